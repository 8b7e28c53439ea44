/* SPDX-License-Identifier: BSD-2-Clause */
/* Replies of an SMTP server (RFC 5321 section 4.2), read octet by octet, strictly and within limits. */
#ifndef NMX_TLS_REPLY_H
#define NMX_TLS_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A line has 512 octets at the most (RFC 5321 section 4.5.3.1.5), which some exceed; a reply to EHLO has
 * some 15 lines. */
enum { REPLY_LINE = 2048, REPLY_LINES = 128 };

enum reply_state {
	REPLY_MORE, /* not complete */
	REPLY_DONE,
	REPLY_BAD,  /* no SMTP reply */
	REPLY_LONG, /* over the limits */
};

/* Zeroed at the beginning. */
struct reply {
	unsigned code;	       /* 200..599 */
	bool has_starttls;     /* a line but the first has this keyword */
	unsigned n_lines;      /* complete */
	bool ended;	       /* the line is complete; it stays until the next begins */
	size_t length;	       /* of line */
	char line[REPLY_LINE]; /* the last one, without its end; may hold any octet */
};

/* Takes octets up to the end of the reply; *ret_used says how many. */
enum reply_state reply_read(struct reply *reply, const uint8_t *bytes, size_t n, size_t *ret_used);

#endif
