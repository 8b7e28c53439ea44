/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A connection's octets. They are read into the memory all connections of a listener share and taken
 * from there; what is left is held by the connection. So an idle one holds none, and a hot answer
 * costs one recv() and one send().
 *
 * How it ends:
 *
 *	the peer is gone, or no memory		at once; what was asked is cancelled
 *	the peer sends no more			when all it asked is answered and sent
 *	malformed, or too long (PERM)		so, and then lingers
 *	a request is not whole in time		when what was asked before it is answered and sent
 *	the peer takes nothing for too long	at once
 *	idle for too long, or room is needed	at once
 *	drain					when what was asked is answered and sent
 */
#include "daemon/connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/netstring.h"
#include "daemon/moment.h"

static void
start_end(struct connection *c, enum end end, int64_t now_ms)
{
	deadline_start(&c->socketmap->ends[end], &c->ends[end], now_ms);
}

static void
stop_end(struct connection *c, enum end end)
{
	deadline_stop(&c->socketmap->ends[end], &c->ends[end]);
}

/* ---- Requests ----------------------------------------------------------------------------------- */

static bool
may_take(const struct connection *c)
{
	return !c->is_ending && !c->is_broken && c->n_pending < PENDING_MOST &&
	       c->out.length <= OUTBOX_MOST;
}

static void
drop_held(struct connection *c)
{
	free(c->held);
	c->held = NULL;
	c->n_held = c->held_size = 0;
}

/* Octets may be part of what is held. */
static void
hold(struct connection *c, const char *octets, size_t n)
{
	if (n == 0 || c->is_ending || c->is_broken) {
		drop_held(c);
		return;
	}
	if (n > c->held_size) {
		char *held = realloc(c->held, n);

		if (!held) {
			c->is_broken = true;
			return;
		}
		c->held = held;
		c->held_size = n;
	}
	memmove(c->held, octets, n);
	c->n_held = n;
}

static void
fault(struct connection *c, const char *reason)
{
	c->is_ending = c->is_faulty = true;
	socketmap_refused(c->socketmap, reason);
}

/* Takes one request, if there is a whole one. How many octets it had. */
static size_t
take_one(struct connection *c, const char *octets, size_t n)
{
	size_t start, length, used = 0;

	switch (netstring_read(octets, n, REQUEST_MOST, &start, &length, &used)) {
	case NETSTRING_WHOLE:
		stop_end(c, END_REQUEST); /* the next one's time begins anew */
		request_take(c, octets + start, length);
		break;
	case NETSTRING_MORE:
		c->is_read = true;
		if (c->is_eof)
			c->is_ending = true;
		break;
	case NETSTRING_LONG:
		request_too_long(c);
		fault(c, "request too long");
		break;
	case NETSTRING_MALFORMED:
		fault(c, "malformed request");
		break;
	}
	return used;
}

static void
take(struct connection *c, const char *octets, size_t n)
{
	size_t at = 0;

	c->is_read = false;
	while (!c->is_read && may_take(c))
		at += take_one(c, octets + at, n - at);
	hold(c, octets + at, n - at);
}

/* ---- Turns -------------------------------------------------------------------------------------- */

static void
flush(struct connection *c)
{
	size_t before = c->out.length;

	if (c->is_blocked || c->is_broken || before == 0)
		return;
	switch (outbox_send(&c->out, c->fd)) {
	case OUTBOX_ALL:
		break;
	case OUTBOX_SOME:
	case OUTBOX_NOTHING:
		c->is_blocked = true;
		break;
	case OUTBOX_BROKEN:
		c->is_broken = true;
		break;
	}
	if (c->out.length < before)
		stop_end(c, END_OUTPUT); /* it moves: its time begins anew */
}

static bool
has_unread(const struct connection *c)
{
	char octet;

	return recv(c->fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/*
 * A socket closed with octets unread resets its connection, and the peer may lose the answers before
 * it. So where the peer may still be sending, only our direction is closed, and what comes is thrown
 * away until it closes too, or for LINGER_MS.
 */
static bool
linger(struct connection *c)
{
	if (!c->lingers)
		c->lingers = !c->is_eof && (c->is_faulty || has_unread(c)) &&
			     shutdown(c->fd, SHUT_WR) == 0;
	return c->lingers;
}

static bool
listen_for(struct event *event, bool *is_added, bool wanted)
{
	if (*is_added == wanted)
		return true;
	if ((wanted ? event_add(event, NULL) : event_del(event)) < 0)
		return false;
	*is_added = wanted;
	return true;
}

static void
set_end(struct connection *c, enum end end, bool wanted, int64_t now_ms)
{
	if (wanted)
		start_end(c, end, now_ms);
	else
		stop_end(c, end);
}

static void
settle(struct connection *c)
{
	int64_t now_ms = moment_ms();
	bool is_done = c->n_pending == 0 && c->out.length == 0;

	if (c->is_broken || (c->is_ending && is_done && !linger(c)) ||
	    !listen_for(&c->readable, &c->is_reading, c->lingers || (!c->is_eof && may_take(c))) ||
	    !listen_for(&c->writable, &c->is_writing, c->out.length > 0)) {
		connection_close(c);
		return;
	}
	set_end(c, END_IDLE, is_done && c->n_held == 0 && !c->lingers, now_ms);
	/* While we do not read, the request cannot become whole. */
	set_end(c, END_REQUEST, c->n_held && c->is_read && c->is_reading, now_ms);
	set_end(c, END_OUTPUT, c->out.length > 0, now_ms);
	set_end(c, END_LINGER, c->lingers, now_ms);
	socketmap_arm(c->socketmap, now_ms);
}

void
connection_turn(struct connection *c)
{
	do {
		if (!c->is_read && !c->is_ending)
			take(c, c->n_held ? c->held : "", c->n_held);
		flush(c);
	} while (!c->is_read && may_take(c));
	settle(c);
}

/* ---- Events ------------------------------------------------------------------------------------- */

/* Whether nobody reads our answers any more. A unix socket tells that apart from half a close; with TCP
 * it shows when something is sent. */
static bool
is_gone(const struct connection *c)
{
	struct pollfd poll_fd = {.fd = c->fd};

	return poll(&poll_fd, 1, 0) > 0 && poll_fd.revents & (POLLHUP | POLLERR);
}

/* Puts what arrived behind what is held. */
static void
receive(struct connection *c)
{
	char *scratch = c->socketmap->scratch;
	size_t held = c->n_held;
	ssize_t n = recv(c->fd, scratch + held, SCRATCH_SIZE - held, MSG_DONTWAIT);

	if (n < 0) {
		c->is_broken = errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
		return;
	}
	c->is_eof = n == 0;
	if (c->lingers) {
		c->is_broken = c->is_eof;
		return;
	}
	stop_end(c, END_IDLE);
	if (c->is_eof && is_gone(c)) {
		c->is_broken = true;
		return;
	}
	if (held)
		memcpy(scratch, c->held, held);
	take(c, scratch, held + (size_t)n);
}

static void
on_readable(evutil_socket_t fd, short what, void *user)
{
	struct connection *c = user;

	(void)fd;
	(void)what;
	c->n_at_once = 0;
	receive(c);
	connection_turn(c);
}

static void
on_writable(evutil_socket_t fd, short what, void *user)
{
	struct connection *c = user;

	(void)fd;
	(void)what;
	c->is_blocked = false;
	connection_turn(c);
}

/* ---- Beginning and end -------------------------------------------------------------------------- */

void
connection_new(struct socketmap *socketmap, int fd)
{
	struct metrics *metrics = socketmap->env->metrics;
	struct connection *c = calloc(1, sizeof(*c));

	if (!c) {
		close(fd);
		return;
	}
	c->socketmap = socketmap;
	c->fd = fd;
	c->is_read = true;
	TAILQ_INIT(&c->pending);
	for (int i = 0; i < END_COUNT; i++)
		c->ends[i].owner = c;
	event_assign(&c->readable, socketmap->env->base, fd, EV_READ | EV_PERSIST, on_readable, c);
	event_assign(&c->writable, socketmap->env->base, fd, EV_WRITE | EV_PERSIST, on_writable, c);
	if (socketmap->is_tcp) /* an answer is one packet, and waits for none */
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	TAILQ_INSERT_TAIL(&socketmap->connections, c, link);
	socketmap->n_connections++;
	metric_add(&metrics->connections[PROTOCOL_ROUTE], 1);
	metric_add(&metrics->connections_now[PROTOCOL_ROUTE], 1);
	connection_turn(c);
}

void
connection_close(struct connection *c)
{
	struct socketmap *socketmap = c->socketmap;

	requests_cancel(c);
	for (int i = 0; i < END_COUNT; i++)
		stop_end(c, i);
	event_del(&c->readable);
	event_del(&c->writable);
	close(c->fd);
	drop_held(c);
	outbox_done(&c->out);
	TAILQ_REMOVE(&socketmap->connections, c, link);
	socketmap->n_connections--;
	metric_add(&socketmap->env->metrics->connections_now[PROTOCOL_ROUTE], UINT64_MAX); /* -1 */
	free(c);
}

void
connection_finish(struct connection *c)
{
	c->is_ending = true;
	drop_held(c);
	connection_turn(c);
}

void
connection_expire(struct connection *c, enum end end)
{
	switch (end) {
	case END_REQUEST:
		socketmap_refused(c->socketmap, "request not whole in time");
		connection_finish(c);
		return;
	case END_OUTPUT:
		socketmap_refused(c->socketmap, "answers not taken in time");
		break;
	default: /* the usual end of a connection */
		break;
	}
	connection_close(c);
}
