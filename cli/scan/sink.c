/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/sink.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct buffer {
	char *bytes;
	size_t n, size;
};

struct sink {
	int fd;
	void (*changed)(void *user);
	void *user;
	pthread_t thread;

	pthread_mutex_t lock;
	pthread_cond_t more; /* for the writer */
	struct buffer waiting;
	size_t being_written;
	bool has_ended, is_over, is_full;
	int error;
	uint64_t torn;
};

/* ---- Writing ---------------------------------------------------------------------------------- */

/* The standard output may be somebody's that does not block. */
static ssize_t
write_some(int fd, const char *bytes, size_t n)
{
	for (;;) {
		ssize_t done = write(fd, bytes, n);

		if (done > 0)
			return done;
		if (done < 0 && errno == EAGAIN)
			poll(&(struct pollfd){fd, POLLOUT, 0}, 1, -1);
		else if (done == 0)
			errno = EIO;
		if (done == 0 || (errno != EINTR && errno != EAGAIN))
			return -1;
	}
}

/* How many octets of whole lines there are among the first n. */
static size_t
whole_of(const char *bytes, size_t n)
{
	const char *end = n ? memrchr(bytes, '\n', n) : NULL;

	return end ? (size_t)(end - bytes) + 1 : 0;
}

/* 0, or errno. */
static int
write_all(struct sink *s, const struct buffer *b)
{
	size_t at = 0, whole;
	int error = 0;

	while (at < b->n && !error) {
		size_t n = b->n - at < SINK_WRITE ? b->n - at : SINK_WRITE;
		ssize_t done = write_some(s->fd, b->bytes + at, n);

		if (done > 0)
			at += (size_t)done;
		else
			error = errno;
	}
	whole = whole_of(b->bytes, at);
	pthread_mutex_lock(&s->lock);
	s->torn = at - whole;
	pthread_mutex_unlock(&s->lock);
	return error;
}

/* With the lock. */
static void
wait_for_more(struct sink *s)
{
	struct timespec until;

	while (s->waiting.n == 0 && !s->has_ended)
		pthread_cond_wait(&s->more, &s->lock);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)SINK_MS * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	while (s->waiting.n < SINK_WRITE && !s->has_ended)
		if (pthread_cond_timedwait(&s->more, &s->lock, &until) != 0)
			break;
}

/* What has grown while the reader slept is not kept for ever. */
static void
reset(struct buffer *b)
{
	if (b->size > 2 * (size_t)SINK_FULL) {
		free(b->bytes);
		*b = (struct buffer){0};
	}
	b->n = 0;
}

/* With the lock, which is given up to write. */
static void
write_waiting(struct sink *s, struct buffer *own)
{
	struct buffer filled = s->waiting;
	bool was_full;
	int error;

	s->waiting = *own;
	s->being_written = filled.n;
	pthread_mutex_unlock(&s->lock);
	error = write_all(s, &filled);
	reset(&filled);
	*own = filled;
	pthread_mutex_lock(&s->lock);
	s->being_written = 0;
	s->error = error;
	was_full = s->is_full;
	s->is_full = s->waiting.n >= SINK_FULL;
	if (was_full && !s->is_full) {
		pthread_mutex_unlock(&s->lock);
		s->changed(s->user);
		pthread_mutex_lock(&s->lock);
	}
}

static void *
run(void *user)
{
	struct sink *s = user;
	struct buffer own = {0};

	pthread_mutex_lock(&s->lock);
	for (;;) {
		wait_for_more(s);
		if (s->waiting.n == 0 || s->error)
			break;
		write_waiting(s, &own);
		if (s->error)
			break;
	}
	s->is_over = true;
	pthread_mutex_unlock(&s->lock);
	s->changed(s->user);
	free(own.bytes);
	return NULL;
}

/* ---- Interface -------------------------------------------------------------------------------- */

static int
init(struct sink *s)
{
	pthread_condattr_t attributes;
	int error = pthread_condattr_init(&attributes);

	if (error)
		return error;
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	error = pthread_cond_init(&s->more, &attributes);
	pthread_condattr_destroy(&attributes);
	if (error)
		return error;
	pthread_mutex_init(&s->lock, NULL);
	error = pthread_create(&s->thread, NULL, run, s);
	if (error) {
		pthread_cond_destroy(&s->more);
		pthread_mutex_destroy(&s->lock);
	}
	return error;
}

struct sink *
sink_new(int fd, void (*changed)(void *user), void *user)
{
	struct sink *s = calloc(1, sizeof(*s));
	int error;

	if (!s)
		return NULL;
	s->fd = fd;
	s->changed = changed;
	s->user = user;
	error = init(s);
	if (error) {
		free(s);
		errno = error;
		return NULL;
	}
	return s;
}

void
sink_free(struct sink *s)
{
	if (!s)
		return;
	sink_end(s);
	pthread_join(s->thread, NULL);
	pthread_cond_destroy(&s->more);
	pthread_mutex_destroy(&s->lock);
	free(s->waiting.bytes);
	free(s);
}

/* With the lock. */
static bool
append(struct buffer *b, const char *bytes, size_t n)
{
	if (b->size - b->n < n) {
		size_t size = b->size ? b->size : SINK_WRITE;
		char *grown;

		while (size - b->n < n)
			size *= 2;
		grown = realloc(b->bytes, size);
		if (!grown)
			return false;
		b->bytes = grown;
		b->size = size;
	}
	memcpy(b->bytes + b->n, bytes, n);
	b->n += n;
	return true;
}

bool
sink_put(struct sink *s, const char *lines, size_t length)
{
	bool is_first, is_enough, is_put;

	pthread_mutex_lock(&s->lock);
	is_first = s->waiting.n == 0;
	is_put = !s->is_over && !s->error && append(&s->waiting, lines, length);
	is_enough = s->waiting.n >= SINK_WRITE && s->waiting.n - length < SINK_WRITE;
	s->is_full = s->waiting.n + s->being_written >= SINK_FULL;
	if (is_put && (is_first || is_enough))
		pthread_cond_signal(&s->more);
	pthread_mutex_unlock(&s->lock);
	return is_put;
}

bool
sink_is_full(struct sink *s)
{
	bool is_full;

	pthread_mutex_lock(&s->lock);
	is_full = s->is_full;
	pthread_mutex_unlock(&s->lock);
	return is_full;
}

void
sink_end(struct sink *s)
{
	pthread_mutex_lock(&s->lock);
	s->has_ended = true;
	pthread_cond_signal(&s->more);
	pthread_mutex_unlock(&s->lock);
}

bool
sink_is_over(struct sink *s)
{
	bool is_over;

	pthread_mutex_lock(&s->lock);
	is_over = s->is_over;
	pthread_mutex_unlock(&s->lock);
	return is_over;
}

int
sink_error(struct sink *s)
{
	int error;

	pthread_mutex_lock(&s->lock);
	error = s->error;
	pthread_mutex_unlock(&s->lock);
	return error;
}

uint64_t
sink_torn(struct sink *s)
{
	uint64_t torn;

	pthread_mutex_lock(&s->lock);
	torn = s->torn;
	pthread_mutex_unlock(&s->lock);
	return torn;
}
