/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line of the log, in logfmt. Printable ASCII is kept, quotes and backslashes get a backslash
 * in front, every other octet is \xNN; a value with a blank, "=" or a quote, or none at all, is
 * quoted. So a line is always one, and its pairs are those that were meant, whatever is in the
 * values.
 */
#ifndef NMX_DAEMON_LOG_LINE_H
#define NMX_DAEMON_LOG_LINE_H

#include <stdbool.h>
#include <stddef.h>

enum { LOG_LINE = 2000 }; /* octets of the longest, with its newline; less than PIPE_BUF */

struct log_line {
	char text[LOG_LINE + 1];
	size_t length;
	bool is_cut; /* no pair fits in any more */
};

void log_line_begin(struct log_line *line);
/* A name is ours; what does not fit is cut off and ends in "...". */
void log_line_add(struct log_line *line, const char *name, const char *value);
/* The newline. */
void log_line_end(struct log_line *line);

#endif
