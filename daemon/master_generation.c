/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/master_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/log.h"

enum { LINK_SIZE = 1024 * 1024 };

/* ---- Links ------------------------------------------------------------------------------------ */

/* Some of the longest replies should find room. */
static void
enlarge(int fd)
{
	int size = LINK_SIZE;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static bool
open_link(int *one, int *other)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return false;
	enlarge(pair[0]);
	enlarge(pair[1]);
	*one = pair[0];
	*other = pair[1];
	return true;
}

static bool
open_links(struct generation *gen)
{
	size_t n = gen->n;

	gen->links = malloc(n * n * sizeof(gen->links[0]));
	if (!gen->links)
		return false;
	for (size_t i = 0; i < n * n; i++)
		gen->links[i] = -1;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (!open_link(&gen->links[i * n + j], &gen->links[j * n + i]))
				return false;
	return true;
}

void
generation_close_links(struct generation *gen, unsigned but)
{
	for (unsigned i = 0; gen->links && i < gen->n; i++) {
		for (unsigned j = 0; i != but && j < gen->n; j++) {
			int *link = &gen->links[(size_t)i * gen->n + j];

			if (*link >= 0)
				close(*link);
			*link = -1;
		}
	}
}

/* ---- Life ------------------------------------------------------------------------------------- */

static unsigned
workers_of(const struct config *config)
{
	if (config->workers == 0)
		return 1;
	return config->workers < SHARED_WORKERS ? config->workers : SHARED_WORKERS;
}

struct generation *
generation_new(struct config *config, const struct generation *previous)
{
	struct generation *gen = calloc(1, sizeof(*gen));

	if (!gen) {
		config_free(config);
		return NULL;
	}
	gen->config = config;
	gen->n = workers_of(config);
	gen->shared = previous ? shared_next(previous->shared, gen->n) : shared_new(gen->n);
	if (!gen->shared || !open_links(gen)) {
		generation_free(gen);
		return NULL;
	}
	return gen;
}

void
generation_free(struct generation *gen)
{
	if (!gen)
		return;
	generation_close_links(gen, gen->n);
	free(gen->links);
	shared_free(gen->shared);
	config_free(gen->config);
	free(gen);
}

bool
generation_is_ready(const struct generation *gen)
{
	for (unsigned i = 0; i < gen->n; i++) {
		if (gen->lives[i].pid == 0 || !shared_is_ready(gen->shared, i))
			return false;
	}
	return true;
}

bool
generation_is_gone(const struct generation *gen)
{
	for (unsigned i = 0; i < gen->n; i++) {
		if (gen->lives[i].pid != 0)
			return false;
	}
	return true;
}

bool
generation_beats(const struct generation *gen, int64_t patience)
{
	for (unsigned i = 0; i < gen->n; i++) {
		if (gen->lives[i].pid != 0 && gen->lives[i].silent < patience)
			return true;
	}
	return false;
}

/* ---- Ends ------------------------------------------------------------------------------------- */

/* Workers have another account than a root master: without CAP_KILL it has no hold over them. */
static void
send_signal(const struct life *life, int signal)
{
	char pid[24];

	if (life->pid == 0 || kill(life->pid, signal) == 0)
		return;
	snprintf(pid, sizeof(pid), "%ld", (long)life->pid);
	log_write(NMX_LOG_ERROR, "no-signal", "pid", pid, "reason", strerror(errno), NULL);
}

static void
send_all(const struct generation *gen, int signal)
{
	for (unsigned i = 0; i < gen->n; i++)
		send_signal(&gen->lives[i], signal);
}

void
generation_end(struct generation *gen, int64_t due)
{
	gen->is_ending = true;
	gen->due = due;
	send_all(gen, SIGTERM);
}

/* ---- Ticks ------------------------------------------------------------------------------------ */

/*
 * Silence is the time that passed while we looked, two ticks at the most between two looks: after a
 * machine's sleep everybody's last beat is old. A beat is whatever differs from the last.
 */
static void
listen_to_heart(const struct generation *gen, unsigned i, struct life *life, int64_t elapsed)
{
	int64_t beat = shared_last_beat(gen->shared, i);

	life->silent = beat == life->last_beat ? life->silent + elapsed : 0;
	life->last_beat = beat;
}

static void
watch(struct master *m, struct life *life, int64_t now)
{
	char pid[24];

	if (!life->is_hung && life->silent >= m->times.watchdog) {
		snprintf(pid, sizeof(pid), "%ld", (long)life->pid);
		log_always(NMX_LOG_ERROR, "worker-hangs", "pid", pid, NULL);
		life->is_hung = true;
		life->kill_at = now + m->times.abort;
		send_signal(life, SIGABRT);
	} else if (life->is_hung && now >= life->kill_at) {
		life->kill_at = now + m->times.abort;
		send_signal(life, SIGKILL);
	}
}

static void
restart(struct master *m, struct generation *gen, unsigned i, int64_t now)
{
	if (!worker_start(m, gen, i))
		gen->lives[i].restart_at = now + NS_PER_S;
}

void
generation_tick(struct master *m, struct generation *gen, int64_t now, int64_t elapsed)
{
	if (gen->is_ending) {
		if (!gen->is_killed && now >= gen->due) {
			gen->is_killed = true;
			send_all(gen, SIGKILL);
		}
		return;
	}
	for (unsigned i = 0; i < gen->n; i++) {
		struct life *life = &gen->lives[i];

		if (life->pid != 0) {
			listen_to_heart(gen, i, life, elapsed);
			watch(m, life, now);
		} else if (now >= life->restart_at) {
			restart(m, gen, i, now);
		}
	}
}

int64_t
generation_next(const struct generation *gen)
{
	int64_t next = INT64_MAX;

	if (gen->is_ending)
		return gen->is_killed ? next : gen->due;
	for (unsigned i = 0; i < gen->n; i++) {
		const struct life *life = &gen->lives[i];
		int64_t at = life->pid == 0  ? life->restart_at
			     : life->is_hung ? life->kill_at
					     : INT64_MAX;

		next = at < next ? at : next;
	}
	return next;
}
