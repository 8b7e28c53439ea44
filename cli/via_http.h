/* SPDX-License-Identifier: BSD-2-Clause */
/* One HTTP request to a server on this machine, or nearby. */
#ifndef NMX_CLI_VIA_HTTP_H
#define NMX_CLI_VIA_HTTP_H

#include <sys/socket.h>

#include "cli/via_reply.h"

enum { VIA_TIMEOUT_MS = 30 * 1000, VIA_FAULT = 200 };

struct via_address {
	struct sockaddr_storage address;
	socklen_t length;
};

/* A path, which has a slash, or ADDRESS:PORT; IPv6 in brackets. */
bool via_address_read(const char *text, struct via_address *ret);

enum via_result {
	VIA_ANSWERED,
	VIA_UNREACHABLE, /* no connection */
	VIA_BROKEN,	 /* it came to nothing afterwards */
};

/* GET target. With ANSWERED, *ret_octets is what the reply's body is in, for free(); else the fault
 * is a sentence. */
enum via_result via_get(const struct via_address *at, const char *target, struct via_reply *ret,
			char **ret_octets, char ret_fault[static VIA_FAULT]);

#endif
