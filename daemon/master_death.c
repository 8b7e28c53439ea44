/* SPDX-License-Identifier: BSD-2-Clause */
/* A worker has died: what of, whom it was busy with, and what follows. Nothing that it left is
 * believed. */
#include "daemon/master_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "daemon/log.h"

enum { NAMED = 5 }; /* subjects in a line of the log */

const char *
death_text(int status, char buffer[static 64])
{
	if (WIFSIGNALED(status)) {
		const char *name = sigabbrev_np(WTERMSIG(status));

		snprintf(buffer, 64, "signal %d (%s)", WTERMSIG(status), name ? name : "?");
	} else {
		snprintf(buffer, 64, "status %d", WEXITSTATUS(status));
	}
	return buffer;
}

/* What we killed because it did not end is nobody's fault. */
static enum death
judge(const struct generation *gen, const struct life *life, int status)
{
	if (gen->is_killed)
		return DEATH_ENDED;
	if (life->is_hung)
		return DEATH_CRASH;
	return quarantine_death_of(WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

static size_t
read_subjects(struct master *m, const struct generation *gen, unsigned worker)
{
	size_t n = 0;

	for (unsigned place = 0; place < SHARED_IN_FLIGHT; place++) {
		shared_in_flight(gen->shared, worker, place, m->subjects[n]);
		n += m->subjects[n][0] != '\0';
	}
	return n;
}

static void
log_death(const struct master *m, const struct generation *gen, unsigned worker, int status,
	  size_t n_subjects, int64_t wait_ns)
{
	const struct life *life = &gen->lives[worker];
	char index[24], pid[24], how[64], count[24], wait[24],
		names[NAMED * (SHARED_NAME + 1)] = "";
	size_t length = 0, named = 0;
	bool as_told = gen->is_ending && (status == 0 || status == SIGTERM);

	for (size_t i = 0; i < n_subjects && named < NAMED; i++) {
		if (!quarantine_is_text(m->subjects[i]))
			continue;
		length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%s",
					   named++ ? " " : "", m->subjects[i]);
	}
	snprintf(index, sizeof(index), "%u", worker);
	snprintf(pid, sizeof(pid), "%ld", (long)life->pid);
	snprintf(count, sizeof(count), "%zu", n_subjects);
	snprintf(wait, sizeof(wait), "%" PRId64, wait_ns / NS_PER_MS);
	log_always(as_told ? NMX_LOG_INFO : NMX_LOG_ERROR, as_told ? "worker-ended" : "worker-died",
		   "worker", index, "pid", pid, "by", death_text(status, how), "hung",
		   life->is_hung ? "yes" : NULL, "in-flight", count, "subjects",
		   names[0] ? names : NULL, "restart-ms", gen->is_ending ? NULL : wait, NULL);
}

static void
put_aside(const char *subject, const char *reason, unsigned seconds, int64_t until, void *user)
{
	char text[24];

	shared_quarantine(user, subject, until);
	snprintf(text, sizeof(text), "%u", seconds);
	log_always(NMX_LOG_WARNING, "quarantine", "subject", subject, "seconds", text, "reason",
		   reason, NULL);
}

void
death_of(struct master *m, struct generation *gen, unsigned i, int status, int64_t now)
{
	struct life *life = &gen->lives[i];
	int64_t wait = master_backoff(&life->n_fast, now - life->started);
	size_t n = read_subjects(m, gen, i);

	log_death(m, gen, i, status, n, wait);
	quarantine_death(m->quarantine, judge(gen, life, status), m->subjects, n, now, put_aside,
			 gen->shared);
	metrics_died(shared_metrics(gen->shared, i));
	shared_gone(gen->shared, i);
	life->pid = 0;
	life->restart_at = now + wait;
}
