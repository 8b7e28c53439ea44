/* SPDX-License-Identifier: BSD-2-Clause */
/* The TXT records of MTA-STS, with line feeds between them (RULES STS-1). */
#include "target.h"

#include <ctype.h>
#include <string.h>

#include "policy/sts.h"

const unsigned fuzz_kinds = 1;

enum { MOST_RRS = 64 };

/* The rule once more, from its words: begins with "v=STSv1", blanks, ";". */
static bool
counts(const struct sts_bytes *rr)
{
	size_t at = 7;

	if (rr->length < 8 || memcmp(rr->data, "v=STSv1", 7) != 0)
		return false;
	while (at < rr->length && (rr->data[at] == ' ' || rr->data[at] == '\t'))
		at++;
	return at < rr->length && rr->data[at] == ';';
}

static size_t
split(const uint8_t *data, size_t size, struct sts_bytes *rrs)
{
	size_t n = 0, start = 0;

	for (size_t i = 0; i <= size && n < MOST_RRS; i++)
		if (i == size || data[i] == '\n') {
			rrs[n++] = (struct sts_bytes){data + start, i - start};
			start = i + 1;
		}
	return n;
}

static void
must_be_same(const struct sts_record *a, const struct sts_record *b)
{
	MUST(a->valid == b->valid && a->absent == b->absent && strcmp(a->id, b->id) == 0);
	MUST(a->fault == b->fault && a->remark == b->remark);
}

/* The id alone is a record that says the same, and nobody can object to it. */
static void
check_valid(const struct sts_record *record, const struct sts_bytes *rr)
{
	char text[64];
	struct sts_bytes printed = {(const uint8_t *)text, 0};
	struct sts_record again;

	MUST(strlen(record->id) >= 1 && strlen(record->id) <= LIMIT_STS_ID);
	for (const char *c = record->id; *c; c++)
		MUST(isalnum((unsigned char)*c) && (unsigned char)*c < 0x80);
	MUST(memmem(rr->data, rr->length, record->id, strlen(record->id)) != NULL);
	printed.length = (size_t)snprintf(text, sizeof(text), "v=STSv1; id=%s;", record->id);
	again = sts_record_read(&printed, 1);
	MUST(again.valid && !again.remark && strcmp(again.id, record->id) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sts_bytes other = {(const uint8_t *)"v=spf1 -all", 11};
	static const struct sts_bytes second = {(const uint8_t *)"v=STSv1;", 8};
	struct sts_bytes rrs[MOST_RRS + 1], one = {0};
	size_t n = split(data, size, rrs), n_counted = 0;
	struct sts_record record = sts_record_read(rrs, n), again;

	for (size_t i = 0; i < n; i++)
		if (counts(&rrs[i]) && n_counted++ == 0)
			one = rrs[i];
	MUST(record.absent == (n_counted == 0));
	MUST(!record.valid || n_counted == 1);
	MUST(record.valid == (record.fault == NULL) && record.valid == (record.id[0] != '\0'));
	MUST(!record.fault || is_printable(record.fault, true));
	MUST(!record.remark || (record.valid && is_printable(record.remark, true)));
	if (record.valid)
		check_valid(&record, &one);
	if (n_counted == 1) { /* what else stands there changes nothing */
		again = sts_record_read(&one, 1);
		must_be_same(&record, &again);
	}
	rrs[n] = other;
	again = sts_record_read(rrs, n + 1);
	must_be_same(&record, &again);
	rrs[n] = second;
	again = sts_record_read(rrs, n + 1);
	MUST(!again.valid && !again.absent);
	return 0;
}
