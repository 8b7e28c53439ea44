/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters, in memory that master and workers share (shared.h), so that any worker can show all and
 * a worker's death loses none. Written by one thread each, read by all; relaxed atomics, and none that
 * locks the bus, for an answer counts a dozen.
 */
#ifndef NMX_DAEMON_METRICS_H
#define NMX_DAEMON_METRICS_H

#include <nextmx.h>

#include <stdatomic.h>
#include <stdbool.h>

enum protocol {
	PROTOCOL_ROUTE,	  /* socketmap "route" */
	PROTOCOL_EXIM,	  /* socketmap "exim" and "exim-class" */
	PROTOCOL_TLS_SEC, /* socketmap "tls-sec" */
	PROTOCOL_TLS_STS, /* socketmap "tls-sts" */
	PROTOCOL_HTTP,	  /* GET /v1/route */
	PROTOCOL_COUNT,
};

/* What a client was told. */
enum told {
	TOLD_ANSWER, /* hosts, or a TLS requirement */
	TOLD_NOTFOUND,
	TOLD_DEFER, /* the domain's own trouble */
	TOLD_REJECT,
	TOLD_LATER, /* the deadline came first */
	TOLD_QUARANTINED,
	TOLD_OVERLOAD, /* a limit of ours */
	TOLD_ERROR,    /* a malformed question, no memory */
	TOLD_COUNT,
};

/* Upper bounds of the latency histogram in microseconds; one bucket more for what is above. */
#define METRICS_BUCKETS                                                                       \
	{                                                                                     \
		100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, \
			1000000, 2500000, 5000000, 10000000                                   \
	}
enum { METRICS_BUCKET_COUNT = 17 };

typedef _Atomic uint64_t metric;

/* Of one worker; zero is its beginning. */
struct metrics {
	metric told[PROTOCOL_COUNT][TOLD_COUNT];
	metric latency[PROTOCOL_COUNT][METRICS_BUCKET_COUNT];
	metric latency_us[PROTOCOL_COUNT];  /* the sum */
	metric routes_by_source[8];	    /* enum nmx_source, of the routes that were answered */
	metric routes_by_security[4];	    /* enum nmx_security */
	metric hosts_by_tls[4];		    /* enum nmx_tls, of their hosts */
	metric drops[32];		    /* enum nmx_drop_code */
	metric connections[PROTOCOL_COUNT]; /* accepted: socketmap at PROTOCOL_ROUTE, http */
	metric connections_now[PROTOCOL_COUNT];
	metric refused[PROTOCOL_COUNT]; /* connections ended by one of our limits */
	metric late_kept, late_used;	/* routes finished after "later" */
	metric passed_on;		/* questions answered by the worker that has the domain */
	metric log_lost;
	/* enum nmx_stat, brought up to date about once a second: totals over all lives of the worker's
	 * process, and for those whose name ends in "now" or that are sizes the present one's. */
	metric stats[NMX_STAT_COUNT];
};

/* One question was answered: counts it and its latency. */
void metrics_told(struct metrics *m, enum protocol protocol, enum told told, uint64_t us);
/* What a route looked like. */
void metrics_route(struct metrics *m, const struct nmx_route *route);
/* Whether it goes down as well as up: its name ends in "now", or it is a size. */
bool metrics_is_gauge(enum nmx_stat stat);
/* Master: the process that wrote them is gone; what it had open is not open any more. */
void metrics_died(struct metrics *m);

static inline void
metric_add(metric *m, uint64_t n)
{
	atomic_store_explicit(m, atomic_load_explicit(m, memory_order_relaxed) + n,
			      memory_order_relaxed);
}

static inline uint64_t
metric_get(metric *m)
{
	return atomic_load_explicit(m, memory_order_relaxed);
}

const char *
protocol_name(enum protocol protocol); /* "route", "exim", "tls-sec", "tls-sts", "http" */
const char *told_name(enum told told); /* "answer", "notfound", ... */

#endif
