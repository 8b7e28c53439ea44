/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of domains, "example.org" or ".example.org" for all below it. */
#include <stdlib.h>
#include <string.h>

#include "daemon/config_parse.h"

enum { MOST_DOMAIN = 253, MOST_LABEL = 63 };

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Octets of the label that s begins with, 0 if it is none. Not all digits at the end: an address. */
static size_t
label_length(const char *s)
{
	size_t n = 0, digits = 0;

	for (; s[n] && s[n] != '.'; n++) {
		if (!(s[n] >= 'a' && s[n] <= 'z') && !is_digit(s[n]) && s[n] != '-' && s[n] != '_')
			return 0;
		digits += is_digit(s[n]);
	}
	return n > MOST_LABEL || (s[n] == '\0' && digits == n) ? 0 : n;
}

bool
config_domain_read(char *item)
{
	size_t length = strlen(item);
	const char *at = item + (*item == '.');

	if (length && item[length - 1] == '.')
		item[--length] = '\0';
	for (char *c = item; *c; c++)
		*c = lower(*c);
	if (item + length - at > MOST_DOMAIN)
		return false;
	for (size_t n;; at += n + 1) {
		n = label_length(at);
		if (n == 0)
			return false;
		if (at[n] == '\0')
			return true;
	}
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void
config_domains_sort(const char **domains, size_t *n)
{
	size_t kept = 0;

	if (*n)
		qsort(domains, *n, sizeof(*domains), compare);
	for (size_t i = 0; i < *n; i++)
		if (kept == 0 || strcmp(domains[kept - 1], domains[i]) != 0)
			domains[kept++] = domains[i];
	*n = kept;
}

static bool
has(const char *const *domains, size_t n, const char *name)
{
	return n && bsearch(&name, domains, n, sizeof(*domains), compare);
}

bool
config_domains_have(const char *const *domains, size_t n, const char *domain)
{
	char name[MOST_DOMAIN + 1];
	size_t length = strlen(domain);

	if (n == 0 || length == 0 || length > MOST_DOMAIN)
		return false;
	for (size_t i = 0; i <= length; i++)
		name[i] = lower(domain[i]);
	if (has(domains, n, name))
		return true;
	for (const char *dot = strchr(name + 1, '.'); dot; dot = strchr(dot + 1, '.'))
		if (has(domains, n, dot))
			return true;
	return false;
}
