/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/csv.h"

#include <string.h>

struct csv
csv_row(char *row, size_t length)
{
	return (struct csv){.at = row, .end = row + length};
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

void
csv_trim(char **text, size_t *length)
{
	while (*length && is_blank(**text))
		(*text)++, (*length)--;
	while (*length && is_blank((*text)[*length - 1]))
		(*length)--;
}

/* Goes on behind the comma at `at`, or there is no more. */
static void
go_on(struct csv *csv, char *at)
{
	csv->at = at < csv->end ? at + 1 : NULL;
}

static enum csv_result
bad(struct csv *csv, const char *fault, const char **ret_fault)
{
	csv->at = NULL;
	*ret_fault = fault;
	return CSV_BAD;
}

/* from: behind the quote. */
static enum csv_result
next_quoted(struct csv *csv, char *from, char **ret_field, size_t *ret_length,
	    const char **ret_fault)
{
	char *to = from, *field = from;

	for (;;) {
		*ret_field = field;
		*ret_length = (size_t)(to - field);
		if (from == csv->end)
			return bad(csv, "a quote of CSV that does not end on its line", ret_fault);
		if (*from == '"' && (++from == csv->end || *from != '"'))
			break;
		*to++ = *from++;
	}
	while (from < csv->end && is_blank(*from))
		from++;
	if (from < csv->end && *from != ',')
		return bad(csv, "text behind a field in quotes", ret_fault);
	go_on(csv, from);
	return CSV_FIELD;
}

enum csv_result
csv_next(struct csv *csv, char **ret_field, size_t *ret_length, const char **ret_fault)
{
	char *start = csv->at, *comma;

	if (!start)
		return CSV_END;
	while (start < csv->end && is_blank(*start))
		start++;
	if (start < csv->end && *start == '"') {
		enum csv_result result =
			next_quoted(csv, start + 1, ret_field, ret_length, ret_fault);

		csv_trim(ret_field, ret_length);
		return result;
	}
	comma = memchr(start, ',', (size_t)(csv->end - start));
	comma = comma ? comma : csv->end;
	go_on(csv, comma);
	*ret_field = start;
	*ret_length = (size_t)(comma - start);
	csv_trim(ret_field, ret_length);
	return CSV_FIELD;
}
