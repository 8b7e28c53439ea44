/* SPDX-License-Identifier: BSD-2-Clause */
#include "stand_ins.h"

unsigned
shared_workers(const struct shared *shared)
{
	(void)shared;
	return STAND_IN_WORKERS;
}

struct metrics *
shared_metrics(struct shared *shared, unsigned worker)
{
	return &shared->metrics[worker];
}

uint64_t
shared_restarts(const struct shared *shared, unsigned worker)
{
	return shared->restarts[worker];
}

unsigned
shared_quarantined(const struct shared *shared)
{
	return shared->quarantined;
}

void
metrics_told(struct metrics *m, enum protocol protocol, enum told told, uint64_t us)
{
	metric_add(&m->told[protocol][told], 1);
	metric_add(&m->latency_us[protocol], us);
}

const char *
protocol_name(enum protocol protocol)
{
	static const char *const names[] = {"route", "exim", "tls-sec", "tls-sts", "http"};

	return names[protocol];
}

const char *
told_name(enum told told)
{
	static const char *const names[] = {"answer", "notfound",    "defer",	 "reject",
					    "later",  "quarantined", "overload", "error"};

	return names[told];
}
