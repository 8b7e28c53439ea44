/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/socketmap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/connection.h"
#include "daemon/log.h"
#include "daemon/moment.h"

static struct timeval
timeval_of(int64_t ms)
{
	return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

/* The limit is the worker's: all its listeners of this kind together. */
static size_t
count_all(const struct env *env)
{
	size_t n = 0;

	for (const struct socketmap *s = env->socketmaps; s; s = s->next)
		n += s->n_connections;
	return n;
}

void
socketmap_refused(struct socketmap *socketmap, const char *reason)
{
	char n[24];

	metric_add(&socketmap->env->metrics->refused[PROTOCOL_ROUTE], 1);
	if (!log_wants(NMX_LOG_WARNING))
		return;
	snprintf(n, sizeof(n), "%zu", count_all(socketmap->env));
	log_write(NMX_LOG_WARNING, "refused", "protocol", "socketmap", "reason", reason,
		  "connections", n, NULL);
}

/* ---- What lasts too long ------------------------------------------------------------------------ */

void
socketmap_arm(struct socketmap *s, int64_t now_ms)
{
	int64_t next = INT64_MAX;
	struct timeval wait;

	for (int i = 0; i < END_COUNT; i++)
		if (deadline_next(&s->ends[i]) < next)
			next = deadline_next(&s->ends[i]);
	/* One that was due for a deadline stopped since comes in vain, once. */
	if (next >= s->sweep_ms)
		return;
	wait = timeval_of(next > now_ms ? next - now_ms : 0);
	if (event_add(&s->sweep, &wait) == 0)
		s->sweep_ms = next;
}

void
socketmap_sweep(struct socketmap *s)
{
	int64_t now_ms = moment_ms();

	for (int i = 0; i < END_COUNT; i++)
		while (deadline_next(&s->ends[i]) <= now_ms)
			connection_expire(deadline_oldest(&s->ends[i])->owner, i);
	socketmap_arm(s, now_ms);
}

static void
on_sweep(evutil_socket_t fd, short what, void *user)
{
	struct socketmap *s = user;

	(void)fd;
	(void)what;
	s->sweep_ms = INT64_MAX;
	socketmap_sweep(s);
}

/* ---- Accepting ---------------------------------------------------------------------------------- */

static struct deadline *
longest_idle(const struct env *env)
{
	struct deadline *longest = NULL;

	for (const struct socketmap *s = env->socketmaps; s; s = s->next) {
		struct deadline *idle = deadline_oldest(&s->ends[END_IDLE]);

		if (idle && (!longest || idle->since_ms < longest->since_ms))
			longest = idle;
	}
	return longest;
}

static bool
make_room(struct socketmap *s)
{
	struct deadline *idle;

	if (count_all(s->env) < s->env->config->connections)
		return true;
	idle = longest_idle(s->env);
	if (!idle) {
		socketmap_refused(s, "too many connections");
		return false;
	}
	socketmap_refused(s, "idle, and room is needed");
	connection_close(idle->owner);
	return true;
}

/* Without descriptors, or with a fault of the listener, accepting again at once would spin. It is said
 * once for each such time. */
static void
pause_listener(struct socketmap *s, int fault)
{
	struct timeval wait = timeval_of(LISTENER_PAUSE_MS);

	event_del(&s->listener);
	event_add(&s->resume, &wait);
	if (!s->is_full)
		log_write(NMX_LOG_ERROR, "accept", "protocol", "socketmap", "error",
			  strerror(fault), NULL);
	s->is_full = true;
}

static void
on_resume(evutil_socket_t fd, short what, void *user)
{
	struct socketmap *s = user;
	struct timeval wait = timeval_of(LISTENER_PAUSE_MS);

	(void)fd;
	(void)what;
	if (event_add(&s->listener, NULL) < 0)
		event_add(&s->resume, &wait);
}

/* Those of the network, which accept(2) hands on, and the connection that has gone meanwhile. */
static bool
is_of_one_connection(int error)
{
	return error == ECONNABORTED || error == EINTR || error == EPERM || error == EPROTO ||
	       error == ENETDOWN || error == EHOSTDOWN || error == EHOSTUNREACH ||
	       error == ENETUNREACH || error == ENONET || error == ENOPROTOOPT;
}

static void
on_connection(evutil_socket_t listening, short what, void *user)
{
	struct socketmap *s = user;

	(void)what;
	for (int i = 0; i < ACCEPT_MOST; i++) {
		int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && is_of_one_connection(errno))
			continue;
		if (fd < 0) {
			if (errno != EAGAIN && errno != EWOULDBLOCK)
				pause_listener(s, errno);
			return;
		}
		s->is_full = false;
		if (make_room(s))
			connection_new(s, fd);
		else
			close(fd);
	}
}

/* ---- Beginning and end -------------------------------------------------------------------------- */

static bool
is_tcp(int fd)
{
	int domain;

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &(socklen_t){sizeof(domain)}) == 0 &&
	       domain != AF_UNIX;
}

struct socketmap *
socketmap_new(struct env *env, int listening)
{
	struct socketmap *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->env = env;
	s->listening = listening;
	s->is_tcp = is_tcp(listening);
	s->sweep_ms = INT64_MAX;
	TAILQ_INIT(&s->connections);
	deadline_queue_init(&s->ends[END_IDLE], (int64_t)env->config->idle_s * 1000);
	deadline_queue_init(&s->ends[END_REQUEST], REQUEST_MS);
	deadline_queue_init(&s->ends[END_OUTPUT], OUTPUT_MS);
	deadline_queue_init(&s->ends[END_LINGER], LINGER_MS);
	event_assign(&s->listener, env->base, listening, EV_READ | EV_PERSIST, on_connection, s);
	evtimer_assign(&s->resume, env->base, on_resume, s);
	evtimer_assign(&s->sweep, env->base, on_sweep, s);
	if (event_add(&s->listener, NULL) < 0) {
		free(s);
		return NULL;
	}
	s->next = env->socketmaps;
	env->socketmaps = s;
	return s;
}

void
socketmap_drain(struct socketmap *s)
{
	struct connection *c = TAILQ_FIRST(&s->connections);

	event_del(&s->listener);
	event_del(&s->resume);
	while (c) {
		struct connection *next = TAILQ_NEXT(c, link);

		connection_finish(c);
		c = next;
	}
}

size_t
socketmap_connections(const struct socketmap *s)
{
	return s->n_connections;
}

void
socketmap_free(struct socketmap *s)
{
	struct connection *c;

	if (!s)
		return;
	for (struct socketmap **at = &s->env->socketmaps; *at; at = &(*at)->next) {
		if (*at == s) {
			*at = s->next;
			break;
		}
	}
	while ((c = TAILQ_FIRST(&s->connections)))
		connection_close(c);
	event_del(&s->listener);
	event_del(&s->resume);
	event_del(&s->sweep);
	free(s);
}
