/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines of a file that a scan wrote, read with pread(2), so that where the descriptor stands does not
 * matter. Memory is bounded by the longest line that is taken.
 */
#ifndef NMX_CLI_SCAN_FILE_LINES_H
#define NMX_CLI_SCAN_FILE_LINES_H

#include <stddef.h>
#include <stdint.h>

/* A route with hundreds of hosts has some hundred thousand octets. */
enum { FILE_LINE = 16 * 1024 * 1024 };

struct file_lines {
	int fd;
	uint64_t read;	/* octets of the file that are or were in memory */
	uint64_t start; /* where the line that was given last begins */
	uint64_t next;	/* where the one after it begins: all before is whole lines */
	char *bytes;
	size_t at, n, size; /* not given yet: from at to n */
};

enum file_lines_result {
	FILE_LINES_LINE,
	FILE_LINES_LONG,   /* a line of more than FILE_LINE octets, which is not given */
	FILE_LINES_END,	   /* the file ends with a line's end, or is empty */
	FILE_LINES_TORN,   /* the file ends without one: after `next` */
	FILE_LINES_FAILED, /* errno says why */
};

void file_lines_init(struct file_lines *lines, int fd, uint64_t offset);
void file_lines_done(struct file_lines *lines);

/* The next line, without its end, lent until the next call. */
enum file_lines_result file_lines_next(struct file_lines *lines, const char **ret_line,
				       size_t *ret_length);

#endif
