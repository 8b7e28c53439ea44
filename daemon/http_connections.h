/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connections of the HTTP server, for their limits: evhttp itself knows but one, how long nothing
 * is read or written, so that an octet a second would keep a connection for ever.
 *
 *	idle       no octet of a request yet            idle_ms
 *	reading    from a request's first octet         READING_MS until it is whole
 *	asked      until the answer is there            the question's own deadline
 *	answering  until the answer is written          ANSWERING_MS
 *
 * Each entry holds a reference to its connection's bufferevent, which closes the descriptor when its
 * last reference goes: whatever evhttp has done meanwhile, the descriptor is that of the connection.
 * evhttp tells of a connection's end only once a request of it has been seen; before that, and without,
 * the sweep that runs every second, or sooner when there is no room, finds that the bufferevent has no callbacks any more.
 */
#ifndef NMX_DAEMON_HTTP_CONNECTIONS_H
#define NMX_DAEMON_HTTP_CONNECTIONS_H

#include "daemon/metrics.h"

#include <stdbool.h>
#include <stddef.h>

struct bufferevent;
struct event;
struct event_base;
struct evconnlistener;
struct evhttp_connection;
struct evhttp_request;

enum { READING_MS = 10 * 1000, ANSWERING_MS = 30 * 1000 };

enum connection_state {
	CONNECTION_IDLE,
	CONNECTION_READING,
	CONNECTION_ASKED,
	CONNECTION_ANSWERING,
};

struct http_connection {
	struct http_connections *all;
	struct http_connection *previous, *next;
	struct bufferevent *bufferevent;  /* a reference */
	struct evhttp_connection *evhttp; /* NULL before the first request */
	enum connection_state state;
	int64_t since_ms;
	struct event *closed; /* asked: tells that the client is gone */
	void (*gone)(void *user);
	void *user;
};

struct http_connections {
	struct event_base *base;
	struct metrics *metrics;
	struct evconnlistener *listener; /* NULL: accepts no more */
	struct event *sweep;
	bool sweeps_soon;
	struct http_connection *first;
	size_t n, most;
	int64_t idle_ms;
};

bool connections_init(struct http_connections *all, struct event_base *base,
		      struct metrics *metrics, size_t most, int64_t idle_ms);
/* Accepts by this listener, as long as there are less than most. */
void connections_listen(struct http_connections *all, struct evconnlistener *listener);
/* Accepts no more; those that are idle end now. The listener is not used any more. */
void connections_drain(struct http_connections *all);
/* After evhttp has freed its connections. */
void connections_done(struct http_connections *all);

/* For evhttp_set_bevcb(), with the connections. NULL without memory. */
struct bufferevent *connections_accept(struct event_base *base, void *all);

/* Of a request that is whole. NULL if connections_accept() had no memory for it. */
struct http_connection *connections_find(struct http_connections *all,
					 struct evhttp_request *request);
/* The request waits for its answer: gone is called, once, when the connection ends before
 * connection_answers(). */
void connection_asks(struct http_connection *c, void (*gone)(void *user), void *user);
/* The answer is about to be given to evhttp. */
void connection_answers(struct http_connection *c, struct evhttp_request *request);

#endif
