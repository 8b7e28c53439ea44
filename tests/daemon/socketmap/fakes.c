/* SPDX-License-Identifier: BSD-2-Clause */
#include "fakes.h"

#include <errno.h>
#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>

#include "daemon/answer.h"
#include "daemon/config.h"
#include "daemon/log.h"

struct fakes fakes;

/* ---- The system --------------------------------------------------------------------------------- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
int __real_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);
ssize_t __real_recv(int fd, void *octets, size_t n, int flags);
ssize_t __real_send(int fd, const void *octets, size_t n, int flags);
int __real_clock_gettime(clockid_t clock, struct timespec *ret);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);
ssize_t __wrap_recv(int fd, void *octets, size_t n, int flags);
ssize_t __wrap_send(int fd, const void *octets, size_t n, int flags);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);

static bool
fails(void)
{
	return ++fakes.allocations == fakes.fail_at;
}

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

int
__wrap_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
	fakes.accepts++;
	if (fakes.accept_error) {
		errno = fakes.accept_error;
		if (fakes.accept_times && --fakes.accept_times == 0)
			fakes.accept_error = 0;
		return -1;
	}
	return __real_accept4(fd, address, length, flags);
}

ssize_t
__wrap_recv(int fd, void *octets, size_t n, int flags)
{
	fakes.recvs++;
	return __real_recv(fd, octets, n, flags);
}

ssize_t
__wrap_send(int fd, const void *octets, size_t n, int flags)
{
	fakes.sends++;
	return __real_send(fd, octets, n, flags);
}

int
__wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
	*ret = (struct timespec){0};
	if (!fakes.clock_stands && __real_clock_gettime(clock, ret) < 0)
		return -1;
	ret->tv_sec += fakes.clock_ms / 1000;
	ret->tv_nsec += fakes.clock_ms % 1000 * 1000000;
	if (ret->tv_nsec >= 1000000000) {
		ret->tv_nsec -= 1000000000;
		ret->tv_sec++;
	}
	return 0;
}

/* ---- Questions ---------------------------------------------------------------------------------- */

struct asked {
	TAILQ_ENTRY(asked) link;
	struct question question;
	reply_fn fn;
	void *user;
};

TAILQ_HEAD(askeds, asked);

/* Those that wait for fakes_reply(), and those answered in the next turn. */
static struct askeds waiting, ready;
static struct event *answering;

static void
reply(struct askeds *list, struct asked *asked, const struct reply *with)
{
	reply_fn fn = asked->fn;
	void *user = asked->user;

	TAILQ_REMOVE(list, asked, link);
	fakes.open--;
	free(asked);
	fn(with, user);
}

static void
reply_by_subject(struct asked *asked)
{
	const struct question *q = &asked->question;
	static char data[REPLY_MOST];
	size_t n;

	if (strncmp(q->subject, "large-", 6) == 0) {
		n = strtoul(q->subject + 6, NULL, 10);
		memset(data, 'x', n);
	} else if (q->port) {
		n = (size_t)snprintf(data, sizeof(data), "%s:%u", q->subject, q->port);
	} else {
		n = (size_t)snprintf(data, sizeof(data), "%s", q->subject);
	}
	reply(&ready, asked, &(struct reply){REPLY_OK, TOLD_ANSWER, data, n});
}

static void
on_answering(evutil_socket_t fd, short what, void *user)
{
	struct asked *asked;

	(void)fd;
	(void)what;
	(void)user;
	while ((asked = TAILQ_FIRST(&ready)))
		reply_by_subject(asked);
}

struct questions *
fakes_start(struct event_base *base)
{
	fakes = (struct fakes){0};
	TAILQ_INIT(&waiting);
	TAILQ_INIT(&ready);
	answering = event_new(base, -1, 0, on_answering, NULL);
	return answering ? (struct questions *)&fakes : NULL;
}

void
fakes_stop(void)
{
	event_free(answering);
	while (!TAILQ_EMPTY(&waiting) || !TAILQ_EMPTY(&ready)) {
		struct askeds *list = TAILQ_EMPTY(&waiting) ? &ready : &waiting;
		struct asked *asked = TAILQ_FIRST(list);

		TAILQ_REMOVE(list, asked, link);
		free(asked);
	}
}

bool
fakes_reply(const char *subject, enum reply_status status, const char *data)
{
	static const enum told told[] = {TOLD_ANSWER, TOLD_NOTFOUND, TOLD_LATER, TOLD_REJECT};
	struct asked *asked;

	TAILQ_FOREACH(asked, &waiting, link)
	if (strcmp(asked->question.subject, subject) == 0)
		break;
	if (asked)
		reply(&waiting, asked, &(struct reply){status, told[status], data, strlen(data)});
	return asked;
}

static bool
is_ready(const struct question *q)
{
	return strncmp(q->subject, "now", 3) == 0 || strncmp(q->subject, "large-", 6) == 0 ||
	       strncmp(q->subject, "cached", 6) == 0;
}

bool
questions_answer(struct questions *questions, const struct question *question, reply_fn fn,
		 void *user)
{
	const char *data = question->subject;

	(void)questions;
	if (strncmp(data, "cached", 6) != 0)
		return false;
	fakes.at_once++;
	fn(&(struct reply){REPLY_OK, TOLD_ANSWER, data, strlen(data)}, user);
	return true;
}

struct asked *
questions_ask(struct questions *questions, const struct question *question, reply_fn fn, void *user)
{
	struct asked *asked;

	if (questions != (struct questions *)&fakes || strncmp(question->subject, "full", 4) == 0)
		return NULL;
	asked = malloc(sizeof(*asked));
	if (!asked)
		return NULL;
	*asked = (struct asked){.question = *question, .fn = fn, .user = user};
	if (fakes.asked < FAKE_WAITS)
		fakes.waits_ms[fakes.asked] = question->wait_ms;
	fakes.asked++;
	fakes.last = *question;
	if (++fakes.open > fakes.most_open)
		fakes.most_open = fakes.open;
	if (is_ready(question)) {
		TAILQ_INSERT_TAIL(&ready, asked, link);
		event_active(answering, EV_TIMEOUT, 0);
	} else {
		TAILQ_INSERT_TAIL(&waiting, asked, link);
	}
	return asked;
}

void
questions_cancel(struct asked *asked)
{
	TAILQ_REMOVE(is_ready(&asked->question) ? &ready : &waiting, asked, link);
	fakes.cancelled++;
	fakes.open--;
	free(asked);
}

enum protocol
question_protocol(enum question_kind kind)
{
	static const enum protocol protocols[] = {PROTOCOL_ROUTE,   PROTOCOL_EXIM,
						  PROTOCOL_EXIM,    PROTOCOL_TLS_SEC,
						  PROTOCOL_TLS_STS, PROTOCOL_HTTP};

	return protocols[kind];
}

/* ---- The others --------------------------------------------------------------------------------- */

void
answer_trouble(const struct config *config, const struct question *question, enum trouble trouble,
	       char buffer[static ANSWER_SIZE], struct reply *ret)
{
	int n = snprintf(buffer, ANSWER_SIZE, "retry:4.3.2 trouble %d, %s", trouble,
			 question->subject);

	(void)config;
	*ret = (struct reply){REPLY_OK, TOLD_OVERLOAD, buffer, (size_t)n};
}

bool
config_passes(const struct config *config, const char *domain)
{
	return config && strncmp(domain, "own.", 4) == 0;
}

void
metrics_told(struct metrics *m, enum protocol protocol, enum told told, uint64_t us)
{
	(void)m;
	fakes.told[protocol][told]++;
	fakes.last_us = us;
}

bool
log_wants(enum nmx_log_level level)
{
	(void)level;
	return true;
}

void
log_write(enum nmx_log_level level, const char *event, ...)
{
	const char *name;
	va_list args;

	(void)level;
	fakes.logged++;
	snprintf(fakes.log_event, sizeof(fakes.log_event), "%s", event);
	va_start(args, event);
	while ((name = va_arg(args, const char *))) {
		const char *value = va_arg(args, const char *);

		if (strcmp(name, "reason") == 0)
			snprintf(fakes.log_reason, sizeof(fakes.log_reason), "%s", value);
	}
	va_end(args);
}
