/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the socketmap protocol share; no other part includes it.
 *
 *	socketmap.c	       accepts, makes room, ends what lasts too long, drains
 *	connection.c	       octets in, octets out, and when a connection ends
 *	socketmap_requests.c  from a request to its reply, replies in the order asked
 *
 * A connection is freed in connection_close() alone, and only connection_turn(), which every event and
 * every reply ends with, and the ends of socketmap.c call that: in between, is_broken is set.
 */
#ifndef NMX_DAEMON_CONNECTION_H
#define NMX_DAEMON_CONNECTION_H

#include "daemon/budget.h"
#include "daemon/deadlines.h"
#include "daemon/outbox.h"
#include "daemon/socketmap.h"

#include <event2/event.h>
#include <event2/event_struct.h>

enum {
	REQUEST_MOST = 10000, /* octets of one; an address has 320 at most, Postfix sends 100,000 */
	SCRATCH_SIZE = 16 * 1024,  /* read at once; holds a request of the most octets */
	PENDING_MOST = 64,	   /* of one connection */
	OUTBOX_MOST = 64 * 1024,   /* with more to send nothing is read */
	REPLY_OCTETS_MOST = 99000, /* Postfix takes 100,000, status included */
	REQUEST_MS = 10 * 1000,	   /* from its first octet until it is whole */
	OUTPUT_MS = 10 * 1000,	   /* until the peer takes some of what is sent */
	LINGER_MS = 2 * 1000,	   /* for the last answer to arrive, see linger() */
	ACCEPT_MOST = 64,	   /* in one turn of the loop */
	LISTENER_PAUSE_MS = 1000,  /* without descriptors */
	AT_ONCE_MOST = 64, /* of one connection in one turn: others want to be answered, too */
};

/* What ends a connection that does nothing else. */
enum end { END_IDLE, END_REQUEST, END_OUTPUT, END_LINGER, END_COUNT };

struct pending; /* a request that was asked: socketmap_requests.c */

struct connection {
	TAILQ_ENTRY(connection) link;
	struct socketmap *socketmap;
	int fd;
	struct event readable, writable;
	struct deadline ends[END_COUNT];
	/* Received and not taken yet: the beginning of a request if is_read, else what nobody has looked
	 * at, because there is much to answer already. No memory while there is none. */
	char *held;
	size_t n_held, held_size;
	struct outbox out;
	TAILQ_HEAD(, pending) pending; /* in the order asked */
	unsigned n_pending, n_at_once;
	int64_t head_since_ms; /* since when the first of them is waited for */
	struct budget budget;
	bool is_reading, is_writing; /* the events are added */
	bool is_read;
	bool is_eof;	 /* the peer sends no more: it may still read */
	bool is_ending;	 /* no more is asked; it ends when what was asked is answered and sent */
	bool is_faulty;	 /* for a fault in what it sent */
	bool is_broken;	 /* ends now */
	bool is_blocked; /* the socket takes nothing now */
	bool lingers;
};

TAILQ_HEAD(connections, connection);

struct socketmap {
	struct socketmap *next; /* env->socketmaps */
	struct env *env;
	int listening;
	bool is_tcp, is_draining, is_full;
	struct event listener, resume, sweep;
	int64_t sweep_ms; /* when it is due; INT64_MAX if it is not */
	struct connections connections;
	size_t n_connections;
	struct deadline_queue ends[END_COUNT];
	char scratch[SCRATCH_SIZE];
};

/* ---- socketmap.c -------------------------------------------------------------------------------- */

/* A limit ended a connection: counted and logged. */
void socketmap_refused(struct socketmap *socketmap, const char *reason);
/* Deadlines were started. */
void socketmap_arm(struct socketmap *socketmap, int64_t now_ms);
/* Ends what lasted too long. */
void socketmap_sweep(struct socketmap *socketmap);

/* ---- connection.c ------------------------------------------------------------------------------- */

/* Takes the descriptor; closes it if there is no memory. */
void connection_new(struct socketmap *socketmap, int fd);
/* After each event: takes requests that wait, sends what there is, decides what to wait for. It may
 * free the connection. */
void connection_turn(struct connection *connection);
/* Something lasted too long. */
void connection_expire(struct connection *connection, enum end end);
/* No more requests are taken. */
void connection_finish(struct connection *connection);
void connection_close(struct connection *connection);

/* ---- socketmap_requests.c ----------------------------------------------------------------------- */

/* One whole request: answers or asks. */
void request_take(struct connection *connection, const char *octets, size_t n);
/* In place of one that is too long to be read. */
void request_too_long(struct connection *connection);
/* What was asked is not waited for any more. */
void requests_cancel(struct connection *connection);

#endif
