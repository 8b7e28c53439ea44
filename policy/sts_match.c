/* SPDX-License-Identifier: BSD-2-Clause */
/* The hosts that a policy names (RULES STS-6, RFC 8461 section 4.1). */
#include <string.h>

#include "policy/domain.h"
#include "policy/sts.h"

static enum sts_result
bad(const char **ret_fault, const char *fault)
{
	*ret_fault = fault;
	return STS_INVALID;
}

static bool
is_address(const char *text)
{
	uint8_t name[LIMIT_NAME];

	return dname_from_text(text, strlen(text), name) && dname_is_address(name);
}

/* The strings that domain_parse leaves in the arena are given back. */
static enum sts_result
read_name(const char *text, struct arena *arena, const uint8_t **ret_name, const char **ret_fault)
{
	struct arena_mark mark = arena_mark(arena);
	struct domain domain;
	bool parsed = domain_parse(text, true, arena, &domain);
	const uint8_t *name;

	arena_rewind(arena, mark);
	if (!parsed)
		return STS_NOMEM;
	if (domain.kind == DOMAIN_LITERAL || is_address(text))
		return bad(ret_fault, "an address is no name");
	if (domain.kind != DOMAIN_NAME)
		return bad(ret_fault, domain.fault);
	name = arena_copy(arena, domain.name, dname_length(domain.name));
	if (!name)
		return STS_NOMEM;
	*ret_name = name;
	return STS_OK;
}

enum sts_result
sts_host_read(const char *text, size_t length, struct arena *arena, const uint8_t **ret_name,
	      const char **ret_fault)
{
	char copy[LIMIT_DOMAIN_TEXT];

	if (length >= sizeof(copy))
		return bad(ret_fault, "too long");
	if (length == 0)
		return bad(ret_fault, "empty");
	memcpy(copy, text, length);
	copy[length] = '\0';
	return read_name(copy, arena, ret_name, ret_fault);
}

/*
 *	example.org		that host
 *	*.example.org		the hosts one label below it
 *	*, *., a*.example.org,	none
 *	a.*.org, *.*.org
 */
enum sts_result
sts_pattern_read(const char *text, size_t length, struct arena *arena,
		 struct sts_pattern *ret_pattern, const char **ret_fault)
{
	bool wildcard = length > 2 && text[0] == '*' && text[1] == '.';
	size_t skip = wildcard ? 2 : 0;
	const uint8_t *name;
	enum sts_result result;

	if (length > skip && memchr(text + skip, '*', length - skip))
		return bad(ret_fault, "\"*\" stands for the left-most label and no other");
	result = sts_host_read(text + skip, length - skip, arena, &name, ret_fault);
	if (result == STS_OK)
		*ret_pattern = (struct sts_pattern){wildcard, name};
	return result;
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* Length octets are below the letters, so that they can be compared as these are. */
static bool
same_name(const uint8_t *a, const uint8_t *b)
{
	size_t n = dname_length(a);

	if (dname_length(b) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

bool
sts_pattern_matches(const struct sts_pattern *pattern, const uint8_t *host)
{
	if (pattern->wildcard && dname_is_root(host))
		return false;
	return same_name(pattern->name, pattern->wildcard ? host + *host + 1 : host);
}

bool
sts_policy_names(const struct sts_policy *policy, const uint8_t *host)
{
	for (size_t i = 0; i < policy->n_patterns; i++)
		if (sts_pattern_matches(&policy->patterns[i], host))
			return true;
	return false;
}

void
sts_pattern_print(struct text *text, const struct sts_pattern *pattern)
{
	if (pattern->wildcard)
		text_add(text, "*.");
	dname_print(text, pattern->name);
}
