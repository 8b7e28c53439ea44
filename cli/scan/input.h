/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of a scan: files one after the other, or standard input; a domain a line, or a column of CSV
 * (RFC 4180). Memory is bounded by the longest line that is taken. Nothing here is about mail: whether a
 * domain is one is for the library to say.
 */
#ifndef NMX_CLI_SCAN_INPUT_H
#define NMX_CLI_SCAN_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a line may have; a name has 255 octets at the most, a row of CSV may have more columns. */
enum { INPUT_LINE = 65536 };

/* An entry of the list. Blank lines, and the header of CSV, are none. The domain is lent until the next one,
 * the file's name until input_close(); a fault is a literal. */
struct input_item {
	uint64_t number;    /* of the entry, from 1, over all files, whatever shard it is of */
	const char *file;   /* "standard input" */
	uint64_t line;	    /* in the file, from 1 */
	const char *domain; /* blanks and quotes are off; UTF-8 or not, without NUL */
	const char *fault; /* NULL, or why there is no domain: domain is what could be read of it */
};

struct input_settings {
	char **files;		  /* "-" is standard input */
	size_t n_files;		  /* 0: standard input */
	const char *csv_column;	  /* NULL: one a line. A number from 1, or the name in a header */
	uint64_t shard, n_shards; /* 1..n of n; n is 1: everything */
};

enum input_result {
	INPUT_ITEM,
	INPUT_WAIT, /* nothing yet: poll input_fd() */
	INPUT_END,
	INPUT_FAILED, /* told: a file cannot be read, a column is not there */
};

struct input;

/* Every file is opened once at the beginning, so that a wrong name is told before anything is asked.
 * The strings of settings are lent until input_close(). False: told. */
bool input_open(const struct input_settings *settings, struct input **ret_input);
void input_close(struct input *input);

/* The next entry of this shard, lent until the next call. Never blocks where poll(2) is of use. */
enum input_result input_next(struct input *input, struct input_item *ret_item);
int input_fd(const struct input *input);

/* Octets taken, and in all; 0 in all if that is not known (a pipe). */
void input_progress(const struct input *input, uint64_t *ret_taken, uint64_t *ret_all);

/* The shard, 1..n, of a domain: by a fixed hash of what is read, ASCII letters as lower case and without a
 * final dot, that never changes, so that machines agree. */
uint64_t input_shard(const char *domain, uint64_t n_shards);
/* The same hash for other uses. */
uint64_t input_hash(const char *domain);

#endif
