/* SPDX-License-Identifier: BSD-2-Clause */
/* The reply of an HTTP/1.1 server (RFC 9112), read from what has come so far. Pure. */
#ifndef NMX_CLI_VIA_REPLY_H
#define NMX_CLI_VIA_REPLY_H

#include <stdbool.h>
#include <stddef.h>

enum {
	VIA_MOST_HEAD = 16 * 1024,
	VIA_MOST_BODY = 1024 * 1024,
	VIA_MOST = 2 * VIA_MOST_BODY, /* with all that chunks need */
};

enum via_state { VIA_MORE, VIA_WHOLE, VIA_BAD };

struct via_reply {
	unsigned status; /* 200-599 */
	char *body;	 /* in the octets that were read; chunks are put together there */
	size_t length;
};

/* All that has come, from the beginning; is_end if nothing follows, so that it is not MORE. With BAD
 * *ret_fault says what is wrong. */
enum via_state via_reply_read(char *octets, size_t n, bool is_end, struct via_reply *ret,
			      const char **ret_fault);

#endif
