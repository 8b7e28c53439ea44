/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A text that grows, for a line of output. Once memory has run out nothing more is added, and there is no
 * text in the end, so that it is asked about once.
 */
#ifndef NMX_CLI_SCAN_BUFFER_H
#define NMX_CLI_SCAN_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

enum { BUFFER_PRINTABLE = 4 };

struct buffer {
	char *text;
	size_t length, size;
	bool failed;
};

void buffer_octets(struct buffer *buffer, const char *octets, size_t n);
void buffer_string(struct buffer *buffer, const char *string);

/* As a string of JSON in quotes, ASCII only: it may be shown on a terminal. Octets that are no UTF-8 are
 * U+FFFD. */
void buffer_quote(struct buffer *buffer, const char *octets, size_t n);

/* As the library writes what is no domain: what is not printable ASCII is \DDD. */
void buffer_printable(struct buffer *buffer, const char *octets, size_t n);
/* The same of one octet: how many octets it becomes. */
size_t buffer_printable_octet(char octet, char ret_text[static BUFFER_PRINTABLE]);

/* The text, for free(), with its length; NULL: memory ran out. The buffer is empty then. */
char *buffer_give(struct buffer *buffer, size_t *ret_length);
void buffer_done(struct buffer *buffer);

#endif
