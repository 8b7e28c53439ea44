/* SPDX-License-Identifier: BSD-2-Clause */
/* What a policy host replies, octet by octet as libcurl hands it over: judged as soon as the header is
 * there, and kept if it may be a policy's text (RULES STS-4). */
#ifndef NMX_RESOLVER_FETCH_REPLY_H
#define NMX_RESOLVER_FETCH_REPLY_H

#include "resolver/fetch_fault.h"

/* Embedded in the transfer; zeroed but for the first two. */
struct fetch_reply {
	void *easy;		 /* CURL */
	struct fetch_note *note; /* where a fault is noted */
	size_t header;		 /* octets */
	bool header_done;	 /* and judged */
	bool framed;		 /* where it ends can be told without the end of the connection */
	uint8_t *body;
	size_t length, size;
};

/* Called by libcurl, user is the reply; less than n tells it to end. */
size_t fetch_reply_header(char *line, size_t size, size_t n, void *user);
size_t fetch_reply_body(char *data, size_t size, size_t n, void *user);
void fetch_reply_done(struct fetch_reply *reply);

#endif
