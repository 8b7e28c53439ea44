/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of CSV: what is written as RFC 4180 says is read again; of any row the fields lie inside it, in order,
 * and there is an end. */
#include "target.h"

#include <string.h>

#include "cli/scan/csv.h"

const unsigned fuzz_kinds = 2;

enum { MOST_FIELDS = 64 };

static void
any_row(const uint8_t *data, size_t size)
{
	char *row = malloc(size ? size : 1), *field, *last;
	struct csv csv = csv_row(row, size);
	enum csv_result result;
	size_t length, n = 0;
	const char *fault = NULL;

	if (!row)
		abort();
	memcpy(row, data, size);
	last = row;
	while ((result = csv_next(&csv, &field, &length, &fault)) != CSV_END) {
		MUST(field >= last && field + length <= row + size);
		MUST((result == CSV_BAD) == (fault != NULL));
		MUST(!fault || is_printable(fault, true));
		last = field + length;
		n++;
		if (result == CSV_BAD)
			break;
	}
	MUST(csv_next(&csv, &field, &length, &fault) == CSV_END);
	MUST(n >= 1 && n <= size + 1);
	free(row);
}

/* Fields between zero octets, written in quotes. */
static void
written_and_read(const uint8_t *data, size_t size)
{
	char *row = malloc(2 * size + 4 * MOST_FIELDS), *to = row, *field;
	size_t starts[MOST_FIELDS], n = 0, at = 0, length;
	const char *fault;
	struct csv csv;

	if (!row)
		abort();
	while (n < MOST_FIELDS && at <= size) {
		starts[n++] = at;
		*to++ = '"';
		for (; at < size && data[at]; at++) {
			if (data[at] == '"')
				*to++ = '"';
			*to++ = (char)data[at];
		}
		at++;
		*to++ = '"';
		*to++ = ',';
	}
	csv = csv_row(row, (size_t)(to - row) - 1);
	for (size_t i = 0; i < n; i++) {
		char *text = string_of(data + starts[i], size - starts[i]), *trimmed = text;
		size_t expected = strlen(text);

		csv_trim(&trimmed, &expected);
		MUST(csv_next(&csv, &field, &length, &fault) == CSV_FIELD);
		MUST(length == expected && memcmp(field, trimmed, length) == 0);
		free(text);
	}
	MUST(csv_next(&csv, &field, &length, &fault) == CSV_END);
	free(row);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	if (data[0] % fuzz_kinds == 0)
		any_row(data + 1, size - 1);
	else
		written_and_read(data + 1, size - 1);
	return 0;
}
