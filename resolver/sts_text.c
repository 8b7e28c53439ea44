/* SPDX-License-Identifier: BSD-2-Clause */
/* MTA-STS for callers who have the text: the public names of policy/sts.h. No context takes
 * part. */
#include <stdlib.h>
#include <string.h>

#include "policy/sts.h"

/* ---- The record ----------------------------------------------------------------------------- */

int
nmx_sts_txt(const char *const *rrs, size_t n, char *ret_id, size_t size, const char **ret_note)
{
	struct sts_record record;
	struct sts_bytes *bytes;

	if ((!rrs && n) || !ret_id || size < NMX_STS_ID_SIZE)
		return NMX_E_INVALID;
	for (size_t i = 0; i < n; i++)
		if (!rrs[i])
			return NMX_E_INVALID;
	bytes = calloc(n + 1, sizeof(*bytes));
	if (!bytes)
		return NMX_E_NOMEM;
	for (size_t i = 0; i < n; i++)
		bytes[i] = (struct sts_bytes){(const uint8_t *)rrs[i], strlen(rrs[i])};
	record = sts_record_read(bytes, n);
	free(bytes);
	if (ret_note)
		*ret_note = record.fault ? record.fault : record.remark ? record.remark : "";
	if (!record.valid)
		return NMX_E_VALUE;
	memcpy(ret_id, record.id, strlen(record.id) + 1);
	return NMX_OK;
}

/* ---- The policy ----------------------------------------------------------------------------- */

/* It lives in an arena of its own. */
struct nmx_sts_policy {
	struct arena arena;
	struct sts_policy policy;
	const char **mx; /* the patterns as text */
};

static bool
print_patterns(struct nmx_sts_policy *policy)
{
	policy->mx = arena_array(&policy->arena, policy->policy.n_patterns, sizeof(*policy->mx));
	if (!policy->mx)
		return false;
	for (size_t i = 0; i < policy->policy.n_patterns; i++) {
		char buffer[LIMIT_NAME_TEXT + 2];
		struct text text = text_into(buffer, sizeof(buffer));

		sts_pattern_print(&text, &policy->policy.patterns[i]);
		policy->mx[i] = arena_copy(&policy->arena, buffer, text.length + 1);
		if (!policy->mx[i])
			return false;
	}
	return true;
}

int
nmx_sts_policy_new(const void *text, size_t length, struct nmx_sts_policy **ret_policy,
		   unsigned *ret_line, const char **ret_fault)
{
	struct nmx_sts_policy *policy;
	struct sts_fault fault = {0};
	enum sts_result result;

	if (!text || !ret_policy)
		return NMX_E_INVALID;
	policy = calloc(1, sizeof(*policy));
	if (!policy)
		return NMX_E_NOMEM;
	arena_init(&policy->arena);
	result = sts_policy_read(text, length, &policy->arena, &policy->policy, &fault);
	if (result == STS_OK && !print_patterns(policy))
		result = STS_NOMEM;
	if (result == STS_OK) {
		*ret_policy = policy;
		return NMX_OK;
	}
	nmx_sts_policy_free(policy);
	if (result == STS_NOMEM)
		return NMX_E_NOMEM;
	if (ret_line)
		*ret_line = fault.line;
	if (ret_fault)
		*ret_fault = fault.text;
	return NMX_E_VALUE;
}

void
nmx_sts_policy_free(struct nmx_sts_policy *policy)
{
	if (!policy)
		return;
	arena_done(&policy->arena);
	free(policy);
}

enum nmx_sts_mode
nmx_sts_policy_mode(const struct nmx_sts_policy *policy)
{
	return policy->policy.mode;
}

uint32_t
nmx_sts_policy_max_age(const struct nmx_sts_policy *policy)
{
	return policy->policy.max_age;
}

size_t
nmx_sts_policy_mx_count(const struct nmx_sts_policy *policy)
{
	return policy->policy.n_patterns;
}

const char *
nmx_sts_policy_mx(const struct nmx_sts_policy *policy, size_t i)
{
	return i < policy->policy.n_patterns ? policy->mx[i] : NULL;
}

size_t
nmx_sts_policy_remark_count(const struct nmx_sts_policy *policy)
{
	return policy->policy.n_remarks;
}

const char *
nmx_sts_policy_remark(const struct nmx_sts_policy *policy, size_t i, unsigned *ret_line)
{
	if (i >= policy->policy.n_remarks)
		return NULL;
	if (ret_line)
		*ret_line = policy->policy.remarks[i].line;
	return policy->policy.remarks[i].text;
}

/* ---- Matching ------------------------------------------------------------------------------- */

static int
fail(enum sts_result result, const char *what, const char *fault, struct text *text)
{
	if (result == STS_NOMEM)
		return NMX_E_NOMEM;
	text_add(text, what);
	text_add(text, ": ");
	text_add(text, fault);
	return NMX_E_VALUE;
}

static int
match(const char *host, const char *pattern, struct arena *arena, struct text *text)
{
	struct sts_pattern read;
	const uint8_t *name;
	const char *fault;
	enum sts_result result = sts_host_read(host, strlen(host), arena, &name, &fault);

	if (result != STS_OK)
		return fail(result, "the host", fault, text);
	result = sts_pattern_read(pattern, strlen(pattern), arena, &read, &fault);
	if (result != STS_OK)
		return fail(result, "the pattern", fault, text);
	return sts_pattern_matches(&read, name);
}

int
nmx_sts_match(const char *host, const char *pattern, char *ret_fault, size_t size)
{
	struct text text = {.data = ret_fault, .size = size}; /* untouched unless VALUE */
	struct arena arena;
	int result;

	if (!host || !pattern || (!ret_fault && size))
		return NMX_E_INVALID;
	arena_init(&arena);
	result = match(host, pattern, &arena, &text);
	arena_done(&arena);
	return result;
}
