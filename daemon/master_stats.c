/* SPDX-License-Identifier: BSD-2-Clause */
/* SIGUSR1: what an operator without a scraper wants to see. */
#include "daemon/master_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/log.h"

struct number {
	char text[24];
};

static struct number
number(uint64_t value)
{
	struct number n;

	snprintf(n.text, sizeof(n.text), "%" PRIu64, value);
	return n;
}

static void
log_worker(const struct generation *gen, unsigned i, const char *state, int64_t now)
{
	const struct life *life = &gen->lives[i];
	char subject[SHARED_NAME];
	unsigned in_flight = 0;

	for (unsigned place = 0; place < SHARED_IN_FLIGHT; place++) {
		shared_in_flight(gen->shared, i, place, subject);
		in_flight += subject[0] != '\0';
	}
	log_always(NMX_LOG_INFO, "stats-worker", "worker", number(i).text, "state",
		   life->pid ? state : "waits", "pid", number((uint64_t)life->pid).text, "uptime-s",
		   number(life->pid ? (uint64_t)((now - life->started) / NS_PER_S) : 0).text,
		   "restarts", number(shared_restarts(gen->shared, i)).text, "in-flight",
		   number(in_flight).text, NULL);
}

static void
log_generation(const struct generation *gen, const char *state)
{
	int64_t now = master_now();

	for (unsigned i = 0; gen && i < gen->n; i++)
		log_worker(gen, i, state, now);
}

static uint64_t
told(struct shared *shared, enum protocol protocol, enum told what)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < shared_workers(shared); i++)
		sum += metric_get(&shared_metrics(shared, i)->told[protocol][what]);
	return sum;
}

static uint64_t
stat_sum(struct shared *shared, unsigned stat)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < shared_workers(shared); i++)
		sum += metric_get(&shared_metrics(shared, i)->stats[stat]);
	return sum;
}

void
stats_log(const struct master *m)
{
	const struct generation *gen = m->present ? m->present : m->coming;

	log_generation(m->present, "serves");
	log_generation(m->coming, "starts");
	log_generation(m->old, "ends");
	if (!gen)
		return;
	log_always(NMX_LOG_INFO, "stats-quarantine", "subjects",
		   number(shared_quarantined(gen->shared)).text, NULL);
	for (unsigned p = 0; p < PROTOCOL_COUNT; p++) {
		for (unsigned t = 0; t < TOLD_COUNT; t++) {
			uint64_t n = told(gen->shared, p, t);

			if (n > 0)
				log_always(NMX_LOG_INFO, "stats-told", "protocol", protocol_name(p),
					   "told", told_name(t), "count", number(n).text, NULL);
		}
	}
	for (unsigned s = 0; s < NMX_STAT_COUNT; s++) {
		uint64_t n = stat_sum(gen->shared, s);

		if (n > 0)
			log_always(NMX_LOG_INFO, "stats-library", "name", nmx_stat_name(s), "value",
				   number(n).text, NULL);
	}
}
