/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries out of the lines of source.c, which lends them. A fault is an entry, too, with as much of its
 * domain as could be read: a list's mistakes must not be lost on the way.
 */
#include "cli/scan/input.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/scan/csv.h"
#include "cli/scan/fnv.h"
#include "cli/scan/source.h"
#include "cli/scan/utf8.h"

static_assert(INPUT_LINE == 65536, "the fault of a long line says so");

/* Of a fault's domain, as many octets as a name may have. */
enum { MOST_SHOWN = 255 };

struct input {
	struct input_settings settings;
	struct source *source;
	const char *column_name; /* NULL: the column has a number, or there is no CSV */
	uint64_t column;	 /* from 1; of the file's header if it has a name */
	uint64_t number;
	bool has_failed;
};

/* What has been read of an entry: not yet a string. */
struct entry {
	char *text;
	size_t length;
	const char *fault;
};

/* ---- Opening -------------------------------------------------------------------------------- */

static bool
read_column(struct input *input, const char *column)
{
	if (!column)
		return true;
	if (*column && strspn(column, "0123456789") == strlen(column))
		return args_number("--csv-column", column, 1, INPUT_LINE, &input->column);
	if (!*column)
		complain("option --csv-column: \"\": expected a number or a name");
	input->column_name = column;
	return *column;
}

bool
input_open(const struct input_settings *settings, struct input **ret_input)
{
	struct input *input = calloc(1, sizeof(*input));

	if (!input) {
		complain("scan: out of memory");
		return false;
	}
	input->settings = *settings;
	if (!read_column(input, settings->csv_column) ||
	    !source_open(settings->files, settings->n_files, &input->source)) {
		free(input);
		return false;
	}
	*ret_input = input;
	return true;
}

void
input_close(struct input *input)
{
	if (input)
		source_close(input->source);
	free(input);
}

/* ---- CSV ------------------------------------------------------------------------------------ */

/* The number of the column with the name, in the file's first line; 0: there is none. */
static uint64_t
column_of(const char *name, const struct source_line *line)
{
	struct csv csv = csv_row(line->text, line->length);
	const char *fault;
	size_t length;
	char *field;

	for (uint64_t i = 1; csv_next(&csv, &field, &length, &fault) == CSV_FIELD; i++)
		if (length == strlen(name) && memcmp(field, name, length) == 0)
			return i;
	return 0;
}

static bool
read_header(struct input *input, const struct source_line *line)
{
	input->column = column_of(input->column_name, line);
	if (!input->column)
		complain("scan: %s: no column \"%s\" in the first line", line->file,
			 input->column_name);
	return input->column;
}

/* From a row to its column. The whole row is read, so that a fault behind the column is seen, too. Of a row
 * that is cut the last field may go on, and is not told. */
static void
take_column(struct entry *e, uint64_t column)
{
	struct csv csv = csv_row(e->text, e->length);
	enum csv_result result;
	const char *fault = NULL;
	bool is_found = false;
	size_t length;
	char *field;

	e->length = 0;
	for (uint64_t i = 1; (result = csv_next(&csv, &field, &length, &fault)) != CSV_END; i++) {
		if (i == column && (csv.at || !e->fault)) {
			e->text = field;
			e->length = length;
			is_found = true;
		}
		if (result == CSV_BAD)
			break;
	}
	if (e->fault)
		return;
	if (result == CSV_BAD)
		e->fault = fault;
	else if (!is_found)
		e->fault = "a row of CSV without the column";
	else if (!e->length)
		e->fault = "a row of CSV with an empty column";
}

/* ---- Entries -------------------------------------------------------------------------------- */

/* False: the line is blank. */
static bool
read_entry(const struct input *input, const struct source_line *line, struct entry *ret)
{
	struct entry e = {.text = line->text, .length = line->length};
	const char *zero;

	csv_trim(&e.text, &e.length);
	if (!e.length && !line->is_cut)
		return false;
	zero = memchr(e.text, '\0', e.length);
	if (line->is_cut)
		e.fault = "a line of more than 65536 octets";
	else if (zero)
		e.fault = "a zero octet";
	if (zero)
		e.length = (size_t)(zero - e.text);
	if (input->column)
		take_column(&e, input->column);
	else
		csv_trim(&e.text, &e.length);
	if (e.fault)
		e.length = utf8_cut(e.text, e.length, MOST_SHOWN);
	e.text[e.length] = '\0';
	*ret = e;
	return true;
}

/* False: the line is none, or of another shard. */
static bool
take_item(struct input *input, const struct source_line *line, struct input_item *ret_item)
{
	const struct input_settings *s = &input->settings;
	struct entry e;

	if (!read_entry(input, line, &e))
		return false;
	input->number++;
	if (s->n_shards > 1 && input_shard(e.text, s->n_shards) != s->shard)
		return false;
	*ret_item = (struct input_item){
		.number = input->number,
		.file = line->file,
		.line = line->number,
		.domain = e.text,
		.fault = e.fault,
	};
	return true;
}

enum input_result
input_next(struct input *input, struct input_item *ret_item)
{
	struct source_line line;

	if (input->has_failed)
		return INPUT_FAILED;
	for (;;) {
		switch (source_next(input->source, &line)) {
		case SOURCE_WAIT:
			return INPUT_WAIT;
		case SOURCE_END:
			return INPUT_END;
		case SOURCE_FAILED:
			return INPUT_FAILED;
		case SOURCE_LINE:
			break;
		}
		if (input->column_name && line.number == 1) {
			input->has_failed = !read_header(input, &line);
			if (input->has_failed)
				return INPUT_FAILED;
		} else if (take_item(input, &line, ret_item)) {
			return INPUT_ITEM;
		}
	}
}

int
input_fd(const struct input *input)
{
	return source_fd(input->source);
}

void
input_progress(const struct input *input, uint64_t *ret_taken, uint64_t *ret_all)
{
	source_progress(input->source, ret_taken, ret_all);
}

/* ---- Shards --------------------------------------------------------------------------------- */

uint64_t
input_hash(const char *domain)
{
	uint64_t hash = fnv_begin();
	size_t n = strlen(domain);

	n -= n && domain[n - 1] == '.';
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)domain[i];

		hash = fnv_octet(hash, c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
	return fnv_end(hash);
}

uint64_t
input_shard(const char *domain, uint64_t n_shards)
{
	return n_shards > 1 ? input_hash(domain) % n_shards + 1 : 1;
}
