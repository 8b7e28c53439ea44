/* SPDX-License-Identifier: BSD-2-Clause */
/* What libcurl's codes mean for a fetch, in an operator's words. */
#ifndef NMX_RESOLVER_FETCH_FAULT_H
#define NMX_RESOLVER_FETCH_FAULT_H

#include "resolver/fetch.h"

/* The first fault of a transfer, as one printable line. */
struct fetch_note {
	const char *host;
	const struct address *address;
	enum fetch_fault fault;
	char text[1024]; /* a name of 255 octets, an address, and what of libcurl's sentence fits */
};

/* Notes it unless there is one. The text begins with host and address; the caller goes on with it. */
struct text fetch_note_begin(struct fetch_note *note, enum fetch_fault fault);
void fetch_note(struct fetch_note *note, enum fetch_fault fault, const char *why);

/* How far it came. */
enum fetch_stage {
	STAGE_TCP,
	STAGE_HELLO, /* nothing came yet */
	STAGE_TLS,
	STAGE_HEADER,
	STAGE_BODY,
};

/* code is a CURLcode; detail is libcurl's own sentence, or "", with octets from outside; os_error an
 * errno or 0. */
enum fetch_fault fetch_fault_of(int code, enum fetch_stage stage);
void fetch_fault_print(struct text *text, int code, enum fetch_stage stage, const char *detail,
		       int os_error);
/* What was waited for in vain. */
void fetch_fault_print_timeout(struct text *text, enum fetch_stage stage, unsigned time_ms);

#endif
