/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/metrics.h"

#include <string.h>

enum { SOURCES = 8, SECURITIES = 4, TLS_KINDS = 4, DROPS = 32 };

static const uint64_t bounds_us[] = METRICS_BUCKETS;

_Static_assert(sizeof(bounds_us) / sizeof(bounds_us[0]) + 1 == METRICS_BUCKET_COUNT,
	       "a bucket above the last bound");

static void
count(metric *all, size_t n, unsigned which)
{
	if (which < n)
		metric_add(&all[which], 1);
}

void
metrics_told(struct metrics *m, enum protocol protocol, enum told told, uint64_t us)
{
	size_t bucket = 0;

	if (protocol >= PROTOCOL_COUNT || told >= TOLD_COUNT)
		return;
	while (bucket < METRICS_BUCKET_COUNT - 1 && us > bounds_us[bucket])
		bucket++;
	metric_add(&m->told[protocol][told], 1);
	metric_add(&m->latency[protocol][bucket], 1);
	metric_add(&m->latency_us[protocol], us);
}

void
metrics_route(struct metrics *m, const struct nmx_route *route)
{
	size_t n_hosts = nmx_route_host_count(route), n_drops = nmx_route_dropped_count(route);

	count(m->routes_by_source, SOURCES, nmx_route_source(route));
	count(m->routes_by_security, SECURITIES, nmx_route_security(route));
	for (size_t i = 0; i < n_hosts; i++)
		count(m->hosts_by_tls, TLS_KINDS, nmx_host_tls(nmx_route_host(route, i)));
	for (size_t i = 0; i < n_drops; i++)
		count(m->drops, DROPS, nmx_drop_code(nmx_route_dropped(route, i)));
}

bool
metrics_is_gauge(enum nmx_stat stat)
{
	const char *name = nmx_stat_name(stat);
	size_t length = strlen(name);

	if (stat == NMX_STAT_CACHED_ROUTES || stat == NMX_STAT_CACHED_BYTES)
		return true;
	return length > 4 && strcmp(name + length - 4, "-now") == 0;
}

void
metrics_died(struct metrics *m)
{
	for (size_t i = 0; i < PROTOCOL_COUNT; i++)
		atomic_store_explicit(&m->connections_now[i], 0, memory_order_relaxed);
	for (unsigned i = 0; i < NMX_STAT_COUNT; i++) {
		if (metrics_is_gauge(i))
			atomic_store_explicit(&m->stats[i], 0, memory_order_relaxed);
	}
}

const char *
protocol_name(enum protocol protocol)
{
	static const char *const names[] = {"route", "exim", "tls-sec", "tls-sts", "http"};

	_Static_assert(sizeof(names) / sizeof(names[0]) == PROTOCOL_COUNT, "one name each");
	return (unsigned)protocol < PROTOCOL_COUNT ? names[protocol] : "unknown";
}

const char *
told_name(enum told told)
{
	static const char *const names[] = {"answer", "notfound",    "defer",	 "reject",
					    "later",  "quarantined", "overload", "error"};

	_Static_assert(sizeof(names) / sizeof(names[0]) == TOLD_COUNT, "one name each");
	return (unsigned)told < TOLD_COUNT ? names[told] : "unknown";
}
