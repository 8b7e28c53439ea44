/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A row of CSV (RFC 4180) of one line: fields between commas, in quotes or not, a quote inside as two. Blanks
 * around a field, in front of its quote too, are no part of it. A field whose quote does not end on the line
 * is refused: what comes behind it would be misread.
 */
#ifndef NMX_CLI_SCAN_CSV_H
#define NMX_CLI_SCAN_CSV_H

#include <stdbool.h>
#include <stddef.h>

struct csv {
	char *at; /* NULL: behind the last field */
	char *end;
};

enum csv_result { CSV_FIELD, CSV_END, CSV_BAD };

/* From at to end, without its newline. A row has one field at least. */
struct csv csv_row(char *row, size_t length);

/* The next field, unquoted where it stands: the row is written over. It is the row's, and no string. With
 * CSV_BAD it is what could be read of it, *ret_fault says why, and there is no next one. */
enum csv_result csv_next(struct csv *csv, char **ret_field, size_t *ret_length,
			 const char **ret_fault);

/* Blanks off both ends. */
void csv_trim(char **text, size_t *length);

#endif
