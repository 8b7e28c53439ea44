/* SPDX-License-Identifier: BSD-2-Clause */
/* Files one after the other, or standard input, line by line. All that goes wrong with a file is told. */
#ifndef NMX_CLI_COMPARE_LINES_H
#define NMX_CLI_COMPARE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a line may have: a scan's have some thousand octets, its largest some million. */
enum { LINES_MOST = 64 << 20 };

struct line {
	const char *file; /* "standard input" */
	uint64_t number;  /* in the file, from 1 */
	const char *
		text; /* without its newline, not ended by NUL, which it may have inside; NULL: too long */
	size_t length;
};

enum lines_result { LINES_NEXT, LINES_END, LINES_FAILED };

struct lines;

/* No files, or "-": standard input. All are looked at now, so that a wrong name is told before anything is
 * read. EXIT_OK, or the code to exit with. */
int lines_open(char **files, size_t n_files, struct lines **ret_lines);
void lines_close(struct lines *lines);

/* Lent until the next call. FAILED: *ret_code is what to exit with. */
enum lines_result lines_next(struct lines *lines, struct line *ret_line, int *ret_code);

#endif
