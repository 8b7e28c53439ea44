/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/http_connections.h"
#include "daemon/moment.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { FULL_SWEEP_MS = 50 };

/* Of this process, whatever its listeners: the limit and the gauge are the worker's. */
static size_t n_now;

static void
set_state(struct http_connection *c, enum connection_state state)
{
	c->state = state;
	c->since_ms = moment_ms();
}

/* The sweep is sooner when connections that are over may be all that keeps others out. */
static void
set_sweep(struct http_connections *all)
{
	bool is_full = n_now >= all->most;
	const struct timeval when = {is_full ? 0 : 1, is_full ? FULL_SWEEP_MS * 1000 : 0};

	all->sweeps_soon = is_full;
	event_add(all->sweep, &when);
}

static void
count_now(struct http_connections *all)
{
	atomic_store_explicit(&all->metrics->connections_now[PROTOCOL_HTTP], n_now,
			      memory_order_relaxed);
	if (!all->listener)
		return;
	if (n_now < all->most)
		evconnlistener_enable(all->listener);
	else
		evconnlistener_disable(all->listener);
	if (n_now >= all->most && !all->sweeps_soon) /* never put off */
		set_sweep(all);
}

static void
on_octets(struct evbuffer *input, const struct evbuffer_cb_info *info, void *user)
{
	struct http_connection *c = user;

	(void)input;
	if (info->n_added && c->state == CONNECTION_IDLE)
		set_state(c, CONNECTION_READING);
}

/* ---- The end of a connection ------------------------------------------------------------------ */

static void
stop_watching(struct http_connection *c)
{
	if (c->closed)
		event_free(c->closed);
	c->closed = NULL;
}

/* evhttp has let go of it, or is about to. */
static void
forget(struct http_connection *c)
{
	void (*gone)(void *) = c->gone;

	stop_watching(c);
	if (c->previous)
		c->previous->next = c->next;
	else
		c->all->first = c->next;
	if (c->next)
		c->next->previous = c->previous;
	c->all->n--;
	n_now--;
	count_now(c->all);
	evbuffer_remove_cb(bufferevent_get_input(c->bufferevent), on_octets, c);
	bufferevent_decref(c->bufferevent);
	if (gone)
		gone(c->user);
	free(c);
}

static void
evhttp_closes(struct evhttp_connection *evhttp, void *user)
{
	(void)evhttp;
	forget(user);
}

static bool
is_let_go(const struct http_connection *c)
{
	bufferevent_event_cb event;

	bufferevent_getcb(c->bufferevent, NULL, NULL, &event, NULL);
	return event == NULL;
}

/* c is of no use afterwards, nor is evhttp's request. */
static void
end(struct http_connection *c)
{
	if (is_let_go(c))
		forget(c);
	else if (c->evhttp)
		evhttp_connection_free(c->evhttp); /* tells evhttp_closes() */
	else /* evhttp reads an end of file, then the sweep finds it let go */
		shutdown(bufferevent_getfd(c->bufferevent), SHUT_RDWR);
}

/* ---- Limits ----------------------------------------------------------------------------------- */

static bool
is_over(const struct http_connection *c, int64_t now)
{
	int64_t age = now - c->since_ms;

	switch (c->state) {
	case CONNECTION_IDLE:
		return age >= c->all->idle_ms;
	case CONNECTION_READING:
		return age >= READING_MS;
	case CONNECTION_ANSWERING:
		return age >= ANSWERING_MS;
	case CONNECTION_ASKED:
		break;
	}
	return false;
}

static void
sweep(struct http_connections *all)
{
	int64_t now = moment_ms();
	struct http_connection *c = all->first, *next;

	for (; c; c = next) {
		next = c->next;
		if (is_let_go(c)) {
			forget(c);
		} else if (is_over(c, now)) {
			if (c->state != CONNECTION_IDLE)
				metric_add(&all->metrics->refused[PROTOCOL_HTTP], 1);
			c->since_ms = now; /* counted once */
			end(c);
		}
	}
	count_now(all); /* the listener begins again after an error */
	set_sweep(all);
}

static void
on_sweep(evutil_socket_t fd, short what, void *user)
{
	(void)fd;
	(void)what;
	sweep(user);
}

/* No descriptor, or no memory: the next sweep tries again, instead of a loop that spins. */
static void
on_accept_error(struct evconnlistener *listener, void *user)
{
	(void)user;
	evconnlistener_disable(listener);
}

bool
connections_init(struct http_connections *all, struct event_base *base, struct metrics *metrics,
		 size_t most, int64_t idle_ms)
{
	*all = (struct http_connections){
		.base = base, .metrics = metrics, .most = most, .idle_ms = idle_ms};
	all->sweep = event_new(base, -1, 0, on_sweep, all);
	if (!all->sweep)
		return false;
	count_now(all); /* not what a worker before us has left */
	set_sweep(all);
	return true;
}

void
connections_listen(struct http_connections *all, struct evconnlistener *listener)
{
	all->listener = listener;
	evconnlistener_set_error_cb(listener, on_accept_error);
}

void
connections_drain(struct http_connections *all)
{
	struct http_connection *c = all->first, *next;

	all->listener = NULL;
	for (; c; c = next) {
		next = c->next;
		if (c->state == CONNECTION_IDLE)
			end(c);
	}
}

void
connections_done(struct http_connections *all)
{
	all->listener = NULL;
	while (all->first)
		forget(all->first);
	if (all->sweep)
		event_free(all->sweep);
}

/* ---- A connection's life ---------------------------------------------------------------------- */

struct bufferevent *
connections_accept(struct event_base *base, void *user)
{
	struct http_connections *all = user;
	struct http_connection *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->bufferevent = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (!c->bufferevent ||
	    !evbuffer_add_cb(bufferevent_get_input(c->bufferevent), on_octets, c)) {
		if (c->bufferevent)
			bufferevent_free(c->bufferevent);
		free(c);
		return NULL;
	}
	bufferevent_incref(c->bufferevent);
	c->all = all;
	c->next = all->first;
	if (c->next)
		c->next->previous = c;
	all->first = c;
	set_state(c, CONNECTION_IDLE);
	all->n++;
	n_now++;
	metric_add(&all->metrics->connections[PROTOCOL_HTTP], 1);
	count_now(all);
	return c->bufferevent;
}

struct http_connection *
connections_find(struct http_connections *all, struct evhttp_request *request)
{
	struct evhttp_connection *evhttp = evhttp_request_get_connection(request);
	struct bufferevent *bufferevent = evhttp_connection_get_bufferevent(evhttp);
	struct http_connection *c = all->first;

	while (c && c->bufferevent != bufferevent)
		c = c->next;
	if (c && !c->evhttp) {
		c->evhttp = evhttp;
		evhttp_connection_set_closecb(evhttp, evhttp_closes, c);
	}
	return c;
}

/* A client that has only said that it sends no more still waits; one whose socket is closed, or
 * was reset, does not. With TCP the two look alike until something is sent. */
static void
on_closed(evutil_socket_t fd, short what, void *user)
{
	struct pollfd p = {.fd = fd};

	(void)what;
	if (poll(&p, 1, 0) == 1 && p.revents & (POLLHUP | POLLERR))
		end(user);
}

void
connection_asks(struct http_connection *c, void (*gone)(void *user), void *user)
{
	set_state(c, CONNECTION_ASKED);
	c->gone = gone;
	c->user = user;
	/* Edges: octets that nobody reads now, or an error, would else keep the loop turning.
	 * Without memory a question is just not cancelled. */
	c->closed = event_new(c->all->base, bufferevent_getfd(c->bufferevent),
			      EV_READ | EV_CLOSED | EV_ET | EV_PERSIST, on_closed, c);
	if (c->closed)
		event_add(c->closed, NULL);
}

static void
on_answered(struct evhttp_request *request, void *user)
{
	struct http_connection *c = user;
	bool more = evbuffer_get_length(bufferevent_get_input(c->bufferevent)) > 0;

	(void)request;
	set_state(c, more ? CONNECTION_READING : CONNECTION_IDLE);
}

void
connection_answers(struct http_connection *c, struct evhttp_request *request)
{
	stop_watching(c);
	c->gone = NULL;
	set_state(c, CONNECTION_ANSWERING);
	evhttp_request_set_on_complete_cb(request, on_answered, c);
}
