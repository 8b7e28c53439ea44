/* SPDX-License-Identifier: BSD-2-Clause */
/* Files one after the other as lines, whatever is in them: regular files, pipes, terminals. */
#ifndef NMX_CLI_SCAN_SOURCE_H
#define NMX_CLI_SCAN_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source;

/* A line without its end (LF, or CR LF) and without the mark of UTF-8 at the beginning of a file. A zero
 * stands behind it. It may be written over, and is lent until the next call. */
struct source_line {
	const char *file;
	uint64_t number; /* in the file, from 1 */
	char *text;
	size_t length;
	bool is_cut; /* it has more than INPUT_LINE octets, and these are the first of them */
};

enum source_result { SOURCE_LINE, SOURCE_WAIT, SOURCE_END, SOURCE_FAILED };

/* "-", and by its other name. */
bool source_is_standard_input(const char *path);

/* No files: standard input, which "-" is, too. Each is opened once here. False: told. The files' names are
 * lent until source_close(). */
bool source_open(char **files, size_t n, struct source **ret_source);
void source_close(struct source *source);

/* After SOURCE_WAIT: poll source_fd(). After SOURCE_FAILED, which was told, there is no next one. */
enum source_result source_next(struct source *source, struct source_line *ret_line);
int source_fd(const struct source *source); /* -1: none is open */

/* Octets of lines that were given, and of all files; 0 if that is not known. */
void source_progress(const struct source *source, uint64_t *ret_taken, uint64_t *ret_all);

#endif
