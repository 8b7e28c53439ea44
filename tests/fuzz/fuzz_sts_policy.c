/* SPDX-License-Identifier: BSD-2-Clause */
/* MTA-STS policies, and patterns with hosts (RULES STS-3, STS-6). */
#include "target.h"

#include <string.h>

#include "policy/sts.h"

/* 0: a policy's text; 1: a pattern, a line feed, a host. */
const unsigned fuzz_kinds = 2;

/* ---- Policies ------------------------------------------------------------------------------- */

static unsigned
lines_of(const uint8_t *data, size_t size)
{
	unsigned n = size && data[size - 1] != '\n';

	while (size--)
		n += *data++ == '\n';
	return n;
}

static void
check_pattern(const struct sts_pattern *pattern)
{
	MUST(dname_is_host(pattern->name) && !dname_is_root(pattern->name));
	MUST(pattern->wildcard || !dname_is_address(pattern->name));
}

static void
check_policy(const struct sts_policy *policy, unsigned lines)
{
	MUST(policy->mode == NMX_STS_NONE || policy->mode == NMX_STS_TESTING ||
	     policy->mode == NMX_STS_ENFORCE);
	MUST(policy->max_age <= LIMIT_STS_MAX_AGE);
	MUST(policy->n_patterns <= LIMIT_STS_PATTERNS && policy->n_remarks <= LIMIT_STS_REMARKS);
	MUST(policy->n_patterns > 0 || policy->mode == NMX_STS_NONE);
	for (size_t i = 0; i < policy->n_patterns; i++)
		check_pattern(&policy->patterns[i]);
	for (size_t i = 0; i < policy->n_remarks; i++) {
		MUST(policy->remarks[i].line >= 1 && policy->remarks[i].line <= lines);
		MUST(is_printable(policy->remarks[i].text, true));
	}
}

static struct text
print(const struct sts_policy *policy, const char *end)
{
	struct text text = text_growing();

	for (size_t i = 0; i < policy->n_patterns; i++) {
		text_add(&text, "mx: ");
		sts_pattern_print(&text, &policy->patterns[i]);
		text_add(&text, end);
	}
	text_printf(&text, "max_age: %u%smode: %s%sversion: STSv1", policy->max_age, end,
		    nmx_sts_mode_name(policy->mode), end);
	MUST(!text.failed);
	return text;
}

/* What is printed, in another order and with either end of line, says the same. */
static void
check_printed(const struct sts_policy *policy, const char *end, struct arena *arena)
{
	struct text text = print(policy, end);
	struct sts_policy again;
	struct sts_fault fault;

	MUST(sts_policy_read((const uint8_t *)text.data, text.length, arena, &again, &fault) ==
	     STS_OK);
	MUST(again.mode == policy->mode && again.max_age == policy->max_age);
	MUST(again.n_patterns == policy->n_patterns);
	for (size_t i = 0; i < again.n_patterns; i++)
		MUST(again.patterns[i].wildcard == policy->patterns[i].wildcard &&
		     dname_equal(again.patterns[i].name, policy->patterns[i].name));
	free(text.data);
}

static void
check_text(const uint8_t *data, size_t size, struct arena *arena)
{
	struct sts_policy policy;
	struct sts_fault fault = {0};

	switch (sts_policy_read(data, size, arena, &policy, &fault)) {
	case STS_OK:
		check_policy(&policy, lines_of(data, size));
		check_printed(&policy, "\n", arena);
		check_printed(&policy, "\r\n", arena);
		for (size_t i = 0; i < size; i++)
			MUST(data[i] >= 0x20 || data[i] == '\n' || data[i] == '\t' ||
			     (data[i] == '\r' && data[i + 1] == '\n'));
		break;
	case STS_INVALID:
		MUST(fault.line <= lines_of(data, size));
		MUST(is_printable(fault.text, true));
		break;
	case STS_NOMEM:
		MUST(!"memory ran out");
	}
}

/* ---- Matching ------------------------------------------------------------------------------- */

/* The rule once more, on texts: host names have no dots inside labels. */
static bool
naive_match(const char *pattern, const char *host)
{
	if (strncmp(pattern, "*.", 2) == 0) {
		host = strchr(host, '.');
		pattern++;
	}
	return host && strcasecmp(pattern, host) == 0;
}

static void
check_match(const struct sts_pattern *pattern, const uint8_t *host)
{
	const struct sts_pattern of_host = {false, host};
	char pattern_text[LIMIT_NAME_TEXT + 2], host_text[LIMIT_NAME_TEXT];
	struct text text = text_into(pattern_text, sizeof(pattern_text));

	check_pattern(pattern);
	check_pattern(&of_host);
	sts_pattern_print(&text, pattern);
	dname_text(host, host_text);
	MUST(is_printable(pattern_text, false) && is_printable(host_text, false));
	MUST(sts_pattern_matches(pattern, host) == naive_match(pattern_text, host_text));
	MUST(sts_pattern_matches(&of_host, host));
	if (!pattern->wildcard)
		MUST(sts_pattern_matches(pattern, host) ==
		     sts_pattern_matches(&of_host, pattern->name));
}

static void
check_pair(const uint8_t *data, size_t size, struct arena *arena)
{
	const uint8_t *end = memchr(data, '\n', size), *name;
	struct sts_pattern pattern;
	const char *fault = NULL;
	char *text;
	size_t n;

	if (!end)
		return;
	n = (size_t)(end - data);
	text = string_of(data, size);
	if (sts_pattern_read(text, n, arena, &pattern, &fault) != STS_OK)
		MUST(fault && is_printable(fault, true));
	else if (sts_host_read(text + n + 1, size - n - 1, arena, &name, &fault) == STS_OK)
		check_match(&pattern, name);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;

	if (size < 1)
		return 0;
	arena_init(&arena);
	if (data[0] % fuzz_kinds == 0)
		check_text(data + 1, size - 1, &arena);
	else
		check_pair(data + 1, size - 1, &arena);
	MUST(!arena.failed);
	arena_done(&arena);
	return 0;
}
