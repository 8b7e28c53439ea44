/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/http_target.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

static const char ROUTE[] = "/v1/route/";

static enum http_target
bad(const char *error, const char **ret_error)
{
	*ret_error = error;
	return TARGET_BAD;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One octet at text[*at], which is moved beyond it; -1 if there is no octet to be had. */
static int
decode(const char *text, size_t length, size_t *at)
{
	char c = text[(*at)++];
	int high, low;

	if (c != '%')
		return (unsigned char)c;
	if (length - *at < 2)
		return -1;
	high = hex_digit(text[(*at)++]);
	low = hex_digit(text[(*at)++]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* As the keys of a socketmap: one final dot less, ASCII in lower case. NULL, or what is wrong. */
static const char *
read_subject(const char *text, size_t length, char ret_subject[static QUESTION_SUBJECT])
{
	size_t n = 0, at = 0;

	while (at < length) {
		int octet = decode(text, length, &at);

		if (octet < 0)
			return "the domain has a % without two hexadecimal digits";
		if (octet < 0x20 || octet == 0x7f)
			return "the domain has control characters";
		if (n == QUESTION_SUBJECT) /* one more for the final dot */
			return "the domain has more than 255 octets";
		ret_subject[n++] = (char)(octet >= 'A' && octet <= 'Z' ? octet + 32 : octet);
	}
	if (n > 0 && ret_subject[n - 1] == '.')
		n--;
	if (n == 0)
		return "which domain?";
	if (ret_subject[n - 1] == '.')
		return "the domain ends in more than one dot";
	if (n == QUESTION_SUBJECT)
		return "the domain has more than 255 octets";
	ret_subject[n] = '\0';
	return NULL;
}

static bool
read_seed(const char *value, size_t length, uint64_t *ret_seed)
{
	uint64_t seed = 0;

	if (length == 0 || length > 16) /* digits of NMX_SEED_MAX */
		return false;
	for (size_t i = 0; i < length; i++) {
		if (value[i] < '0' || value[i] > '9')
			return false;
		seed = seed * 10 + (uint64_t)(value[i] - '0');
	}
	if (seed > NMX_SEED_MAX)
		return false;
	*ret_seed = seed;
	return true;
}

enum { SAW_SEED = 1, SAW_WHY = 2, SAW_QUERIES = 4 };

static bool
is_name(const char *text, size_t length, const char *name)
{
	return length == strlen(name) && memcmp(text, name, length) == 0;
}

/* 0 leaves out what the flag names, 1 is as without it. */
static const char *
read_flag(const char *value, size_t length, unsigned flag, unsigned *flags, const char *error)
{
	if (length != 1 || (*value != '0' && *value != '1'))
		return error;
	if (*value == '0')
		*flags |= flag;
	return NULL;
}

/* One NAME=VALUE. NULL, or what is wrong. */
static const char *
read_parameter(const char *text, size_t length, unsigned *saw, struct question *ret)
{
	const char *equals = memchr(text, '=', length);
	size_t name = equals ? (size_t)(equals - text) : length;
	const char *value = equals ? equals + 1 : text + length;
	size_t rest = (size_t)(text + length - value);
	unsigned before = *saw;
	const char *error = NULL;

	if (is_name(text, name, "seed")) {
		*saw |= SAW_SEED;
		ret->has_seed = true;
		if (!read_seed(value, rest, &ret->seed))
			error = "seed: 0-9007199254740991";
	} else if (is_name(text, name, "why")) {
		*saw |= SAW_WHY;
		error = read_flag(value, rest, NMX_JSON_NO_WHY, &ret->json_flags, "why: 0 or 1");
	} else if (is_name(text, name, "queries")) {
		*saw |= SAW_QUERIES;
		error = read_flag(value, rest, NMX_JSON_NO_QUERIES, &ret->json_flags,
				  "queries: 0 or 1");
	} else {
		return "unknown parameter: there are seed, why and queries";
	}
	return !error && *saw == before ? "a parameter is there twice" : error;
}

static const char *
read_query(const char *query, struct question *ret)
{
	unsigned saw = 0;

	while (*query) {
		size_t length = strcspn(query, "&");
		const char *error = read_parameter(query, length, &saw, ret);

		if (error)
			return error;
		query += length + (query[length] == '&');
	}
	return NULL;
}

static enum http_target
read_route(const char *text, struct question *ret, const char **ret_error)
{
	struct question question = {.kind = QUESTION_JSON};
	size_t length = strcspn(text, "?");
	const char *error;

	if (memchr(text, '/', length))
		return TARGET_UNKNOWN;
	error = read_subject(text, length, question.subject);
	if (!error && text[length] == '?')
		error = read_query(text + length + 1, &question);
	if (error)
		return bad(error, ret_error);
	*ret = question;
	return TARGET_ROUTE;
}

enum http_target
http_target_read(const char *target, struct question *ret, const char **ret_error)
{
	size_t path = strcspn(target, "?");

	if (is_name(target, path, "/healthz"))
		return TARGET_HEALTHZ;
	if (is_name(target, path, "/metrics"))
		return TARGET_METRICS;
	if (strncmp(target, ROUTE, sizeof(ROUTE) - 1) != 0)
		return TARGET_UNKNOWN;
	return read_route(target + sizeof(ROUTE) - 1, ret, ret_error);
}

static bool
is_port(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n >= 1 && n <= 5 && text[n] == '\0';
}

bool
http_host_is_local(const char *host)
{
	char name[INET6_ADDRSTRLEN + 1];
	struct in6_addr address; /* holds an in_addr, too */
	bool bracket = *host == '[';
	const char *start = host + bracket;
	size_t n = strcspn(start, bracket ? "]" : ":");
	const char *rest = start + n;

	if (n >= sizeof(name) || (bracket && *rest++ != ']'))
		return false;
	if (*rest != '\0' && (*rest != ':' || !is_port(rest + 1)))
		return false;
	memcpy(name, start, n);
	name[n] = '\0';
	if (bracket)
		return inet_pton(AF_INET6, name, &address) == 1;
	return inet_pton(AF_INET, name, &address) == 1 || strcasecmp(name, "localhost") == 0;
}
