/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the key of a socketmap request to a question. Postfix asks with whole addresses as they were
 * typed, recipients and senders, for "*", and for "[host]:port".
 */
#ifndef NMX_DAEMON_KEY_H
#define NMX_DAEMON_KEY_H

#include "daemon/question.h"

enum key {
	KEY_ASK,      /* the question is made: kind, subject, port */
	KEY_NOTFOUND, /* not ours to say: "*", empty, literals, single labels, no bracket ...;
		       * of the question the kind alone is made */
	KEY_NO_MAP,   /* no map of that name */
};

/* A request is "MAP KEY"; neither need be text. The seam's other fields are left zero: wait_ms is the
 * connection's to know. */
enum key key_read(const char *request, size_t length, struct question *ret);

#endif
