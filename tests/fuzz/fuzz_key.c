/* SPDX-License-Identifier: BSD-2-Clause */
/* A request of a socketmap: what becomes of it is a name, or nothing. */
#include "target.h"

#include <string.h>

#include "daemon/key.h"

const unsigned fuzz_kinds = 1;

static bool
is_of_hosts(const struct question *q)
{
	return q->kind == QUESTION_TLS_SEC || q->kind == QUESTION_TLS_STS;
}

static void
check_subject(const struct question *q)
{
	const char *name = q->subject;
	size_t n = strnlen(name, QUESTION_SUBJECT);

	MUST(n > 0 && n < QUESTION_SUBJECT);
	MUST(name[0] != '.' && name[n - 1] != '.' && !strstr(name, ".."));
	MUST(is_of_hosts(q) || strchr(name, '.'));
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)name[i];

		MUST((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("-_.", c) ||
		     (c >= 0x80 && !is_of_hosts(q)));
	}
}

/* A question's subject is a key that makes the same question. */
static void
check_again(const struct question *q)
{
	static const char *const names[] = {"route", "exim", "exim-class", "tls-sec", "tls-sts"};
	char request[QUESTION_SUBJECT + 40];
	struct question again;
	int n;

	if (is_of_hosts(q))
		n = snprintf(request, sizeof(request), "%s [%s]:%u", names[q->kind], q->subject,
			     q->port);
	else
		n = snprintf(request, sizeof(request), "%s x@%s", names[q->kind], q->subject);
	MUST(key_read(request, (size_t)n, &again) == KEY_ASK);
	MUST(again.kind == q->kind && again.port == q->port &&
	     strcmp(again.subject, q->subject) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct question question;

	if (key_read((const char *)data, size, &question) != KEY_ASK)
		return 0;
	MUST(question.kind < QUESTION_JSON);
	MUST(is_of_hosts(&question) ? question.port > 0 : question.port == 0);
	check_subject(&question);
	check_again(&question);
	return 0;
}
