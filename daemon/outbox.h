/* SPDX-License-Identifier: BSD-2-Clause */
/* Octets that wait to be sent. Grows as it must; emptied, it keeps a little memory for the next
 * answer. Zeroed it is new. */
#ifndef NMX_DAEMON_OUTBOX_H
#define NMX_DAEMON_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>

struct outbox {
	char *data;
	size_t start, length, size; /* those from start on are not sent yet */
};

/* False without memory: nothing is added. */
bool outbox_add(struct outbox *outbox, const char *octets, size_t n);

enum outbox_sent {
	OUTBOX_NOTHING, /* the socket takes nothing now */
	OUTBOX_SOME,	/* and takes no more now */
	OUTBOX_ALL,	/* it is empty */
	OUTBOX_BROKEN,	/* the peer is gone */
};

/* One system call, at most; it raises no SIGPIPE. */
enum outbox_sent outbox_send(struct outbox *outbox, int socket);
void outbox_done(struct outbox *outbox);

#endif
