/* SPDX-License-Identifier: BSD-2-Clause */
/* The target of an HTTP request to nextmxd, and its Host: a stranger's, and not even text. */
#include "target.h"

#include <string.h>
#include <strings.h>

#include "daemon/http_target.h"

/* 0: a target; 1: a domain, percent-decoded and with a query; 2: a Host. */
const unsigned fuzz_kinds = 3;

static void
check_route(const struct question *q)
{
	size_t n = strnlen(q->subject, QUESTION_SUBJECT);

	MUST(q->kind == QUESTION_JSON && q->port == 0 && q->wait_ms == 0);
	MUST(n >= 1 && n < QUESTION_SUBJECT);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)q->subject[i];

		MUST(c >= 0x20 && c != 0x7f && !(c >= 'A' && c <= 'Z'));
	}
	MUST(q->seed <= NMX_SEED_MAX && (q->has_seed || q->seed == 0));
	MUST(q->json_flags <= (NMX_JSON_NO_WHY | NMX_JSON_NO_QUERIES));
}

/* What was read, asked again in hexadecimal, is the same. */
static void
check_again(const struct question *q)
{
	char target[3 * QUESTION_SUBJECT + 20] = "/v1/route/";
	size_t n = strlen(target);
	struct question again;
	const char *error;

	for (const char *c = q->subject; *c; c++)
		n += (size_t)snprintf(target + n, sizeof(target) - n, "%%%02x", (unsigned char)*c);
	snprintf(target + n, sizeof(target) - n, "."); /* the one that is taken off */
	MUST(http_target_read(target, &again, &error) == TARGET_ROUTE);
	MUST(strcmp(again.subject, q->subject) == 0);
}

static void
check_target(const char *target)
{
	struct question question, untouched;
	const char *error = NULL;

	memset(&question, 0x55, sizeof(question));
	untouched = question;
	switch (http_target_read(target, &question, &error)) {
	case TARGET_ROUTE:
		MUST(!error);
		check_route(&question);
		check_again(&question);
		break;
	case TARGET_BAD:
		MUST(error && is_printable(error, true));
		MUST(memcmp(&question, &untouched, sizeof(question)) == 0);
		break;
	case TARGET_HEALTHZ:
	case TARGET_METRICS:
	case TARGET_UNKNOWN:
		MUST(!error && memcmp(&question, &untouched, sizeof(question)) == 0);
		break;
	}
}

/* Nothing that a name in the DNS could be, but localhost. */
static void
check_host(const char *host)
{
	if (!http_host_is_local(host))
		return;
	MUST(strspn(host, "0123456789abcdefABCDEF.:[]") == strlen(host) ||
	     strncasecmp(host, "localhost", 9) == 0);
	MUST(strlen(host) <= 60);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char route[] = "/v1/route/";
	char *text, *target;

	if (size < 1)
		return 0;
	text = string_of(data + 1, size - 1);
	target = malloc(sizeof(route) + strlen(text));
	if (!target)
		abort();
	snprintf(target, sizeof(route) + strlen(text), "%s%s", route, text);
	switch (data[0] % fuzz_kinds) {
	case 0:
		check_target(text);
		break;
	case 1:
		check_target(target);
		break;
	default:
		check_host(text);
		break;
	}
	free(target);
	free(text);
	return 0;
}
