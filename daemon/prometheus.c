/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/prometheus.h"

#include <assert.h>
#include <event2/buffer.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

struct writer {
	struct shared *shared;
	struct evbuffer *out;
	bool failed;
};

/* How the library's counters are called here. New ones have to be added. */
static const struct {
	enum nmx_stat stat;
	const char *name, *type, *help;
} stats[] = {
	{NMX_STAT_REQUESTS, "nextmx_route_requests_total", "counter",
	 "Routes that were asked of the resolver."},
	{NMX_STAT_CACHE_HITS, "nextmx_route_cache_hits_total", "counter",
	 "Routes taken from the route cache."},
	{NMX_STAT_JOINED, "nextmx_lookups_joined_total", "counter",
	 "Requests that joined a lookup already running."},
	{NMX_STAT_LOOKUPS, "nextmx_lookups_total", "counter", "Lookups begun."},
	{NMX_STAT_LOOKUPS_NOW, "nextmx_lookups_in_flight", "gauge",
	 "Lookups running or waiting to begin."},
	{NMX_STAT_QUESTIONS, "nextmx_unbound_questions_total", "counter",
	 "DNS questions handed to libunbound."},
	{NMX_STAT_QUESTIONS_NOW, "nextmx_unbound_questions_in_flight", "gauge",
	 "DNS questions in flight, orphans included."},
	{NMX_STAT_ORPHANS_NOW, "nextmx_unbound_orphans", "gauge",
	 "DNS questions in flight that nobody waits for."},
	{NMX_STAT_OVERLOADS, "nextmx_unbound_overloads_total", "counter",
	 "DNS questions not asked because too many were in flight."},
	{NMX_STAT_DEADLINES, "nextmx_deadlines_total", "counter",
	 "Requests and lookups ended by their deadline."},
	{NMX_STAT_CACHED_ROUTES, "nextmx_cached_routes", "gauge", "Routes in the route cache."},
	{NMX_STAT_CACHED_BYTES, "nextmx_cached_route_bytes", "gauge", "Size of the route cache."},
	{NMX_STAT_REBUILDS, "nextmx_resolver_rebuilds_total", "counter",
	 "Times the resolver was built anew after a jump of the clock."},
	{NMX_STAT_VERDICT_HITS, "nextmx_verdict_hits_total", "counter",
	 "Failed answers taken from the last minute's."},
	{NMX_STAT_DELIVERIES, "nextmx_deliveries_total", "counter", "Deliveries started."},
	{NMX_STAT_DELIVERIES_NOW, "nextmx_deliveries_in_flight", "gauge",
	 "Deliveries that are not over."},
	{NMX_STAT_ATTEMPTS, "nextmx_delivery_attempts_total", "counter",
	 "Endpoints handed to deliveries."},
	{NMX_STAT_BACKOFF_NOW, "nextmx_backoff_endpoints", "gauge", "Endpoints remembered as bad."},
	{NMX_STAT_PUT_BACK, "nextmx_put_back_total", "counter",
	 "Endpoints moved behind others of their tier."},
};
static_assert(sizeof(stats) / sizeof(stats[0]) == NMX_STAT_COUNT, "a counter is missing");

__attribute__((format(printf, 2, 3))) static void
add(struct writer *w, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	w->failed |= evbuffer_add_vprintf(w->out, format, args) < 0;
	va_end(args);
}

static void
head(struct writer *w, const char *name, const char *type, const char *help)
{
	add(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* The sum over workers of the counter that is at this offset in each. */
static uint64_t
sum(struct writer *w, size_t offset)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < shared_workers(w->shared); i++)
		total += metric_get((metric *)((char *)shared_metrics(w->shared, i) + offset));
	return total;
}

#define SUM(writer, member) sum(writer, offsetof(struct metrics, member))

static void
one(struct writer *w, const char *name, const char *type, const char *help, uint64_t value)
{
	head(w, name, type, help);
	add(w, "%s %" PRIu64 "\n", name, value);
}

/* ---- By protocol ------------------------------------------------------------------------------ */

static void
write_requests(struct writer *w)
{
	static const char name[] = "nextmx_requests_total";

	head(w, name, "counter", "Questions by protocol and what was answered.");
	for (int p = 0; p < PROTOCOL_COUNT; p++)
		for (int t = 0; t < TOLD_COUNT; t++)
			add(w, "%s{protocol=\"%s\",outcome=\"%s\"} %" PRIu64 "\n", name,
			    protocol_name((enum protocol)p), told_name((enum told)t),
			    SUM(w, told[p][t]));
}

static void
write_histogram(struct writer *w, const char *name, int p)
{
	static const uint64_t bounds[] = METRICS_BUCKETS;
	const char *protocol = protocol_name((enum protocol)p);
	uint64_t total = 0, us = SUM(w, latency_us[p]);

	static_assert(sizeof(bounds) / sizeof(bounds[0]) == METRICS_BUCKET_COUNT - 1, "buckets");
	for (int i = 0; i < METRICS_BUCKET_COUNT - 1; i++) {
		total += SUM(w, latency[p][i]);
		add(w, "%s_bucket{protocol=\"%s\",le=\"%g\"} %" PRIu64 "\n", name, protocol,
		    (double)bounds[i] / 1e6, total);
	}
	total += SUM(w, latency[p][METRICS_BUCKET_COUNT - 1]);
	add(w, "%s_bucket{protocol=\"%s\",le=\"+Inf\"} %" PRIu64 "\n", name, protocol, total);
	add(w, "%s_sum{protocol=\"%s\"} %" PRIu64 ".%06u\n", name, protocol, us / 1000000,
	    (unsigned)(us % 1000000));
	add(w, "%s_count{protocol=\"%s\"} %" PRIu64 "\n", name, protocol, total);
}

static void
write_latency(struct writer *w)
{
	static const char name[] = "nextmx_request_seconds";

	head(w, name, "histogram", "Time from question to answer.");
	for (int p = 0; p < PROTOCOL_COUNT; p++)
		write_histogram(w, name, p);
}

/* What is counted by kind of listener: all maps of the socketmap are one. */
static void
write_listeners(struct writer *w, const char *name, const char *type, const char *help,
		size_t offset)
{
	head(w, name, type, help);
	add(w, "%s{protocol=\"socketmap\"} %" PRIu64 "\n", name,
	    sum(w, offset + PROTOCOL_ROUTE * sizeof(metric)));
	add(w, "%s{protocol=\"http\"} %" PRIu64 "\n", name,
	    sum(w, offset + PROTOCOL_HTTP * sizeof(metric)));
}

static void
write_connections(struct writer *w)
{
	write_listeners(w, "nextmx_connections", "gauge", "Connections that are open.",
			offsetof(struct metrics, connections_now));
	write_listeners(w, "nextmx_connections_total", "counter", "Connections accepted.",
			offsetof(struct metrics, connections));
	write_listeners(w, "nextmx_connections_refused_total", "counter",
			"Connections ended by a limit.", offsetof(struct metrics, refused));
}

/* ---- By what routes are ---------------------------------------------------------------------- */

static const char *
source_label(int i)
{
	return i == NMX_SOURCE_HOST ? "host" : nmx_source_name((enum nmx_source)i);
}

static const char *
security_label(int i)
{
	return nmx_security_name((enum nmx_security)i);
}

static const char *
tls_label(int i)
{
	return nmx_tls_name((enum nmx_tls)i);
}

static const char *
drop_label(int i)
{
	return nmx_drop_code_name((enum nmx_drop_code)i);
}

struct family {
	const char *name, *label, *help;
	const char *(*value)(int i);
	size_t offset;
	int n;
};

/* Values without a name are none. */
static void
write_family(struct writer *w, const struct family *f)
{
	head(w, f->name, "counter", f->help);
	for (int i = 0; i < f->n; i++)
		if (strcmp(f->value(i), "unknown") != 0)
			add(w, "%s{%s=\"%s\"} %" PRIu64 "\n", f->name, f->label, f->value(i),
			    sum(w, f->offset + (size_t)i * sizeof(metric)));
}

#define COUNTS(member) \
	offsetof(struct metrics, member), sizeof(((struct metrics *)0)->member) / sizeof(metric)

static void
write_routes(struct writer *w)
{
	static const struct family families[] = {
		{"nextmx_routes_total", "source",
		 "Routes answered, by where their hosts come from.", source_label,
		 COUNTS(routes_by_source)},
		{"nextmx_routes_by_security_total", "security",
		 "Routes answered, by the security of the records that name their hosts.",
		 security_label, COUNTS(routes_by_security)},
		{"nextmx_hosts_total", "tls", "Hosts of routes answered, by what TLS must give.",
		 tls_label, COUNTS(hosts_by_tls)},
		{"nextmx_dropped_total", "code", "Hosts and addresses left out, by the reason.",
		 drop_label, COUNTS(drops)},
	};

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		write_family(w, &families[i]);
}

/* ---- The daemon ------------------------------------------------------------------------------- */

static void
write_workers(struct writer *w)
{
	static const char name[] = "nextmx_worker_restarts_total";

	head(w, name, "counter", "Starts of a worker beyond its first.");
	for (unsigned i = 0; i < shared_workers(w->shared); i++)
		add(w, "%s{worker=\"%u\"} %" PRIu64 "\n", name, i, shared_restarts(w->shared, i));
	one(w, "nextmx_quarantined", "gauge", "Subjects that are put aside after a crash.",
	    shared_quarantined(w->shared));
}

static void
write_daemon(struct writer *w)
{
	static const char late[] = "nextmx_late_routes_total", info[] = "nextmx_build_info";

	head(w, late, "counter", "Routes finished after the deadline: kept, and used later.");
	add(w, "%s{event=\"kept\"} %" PRIu64 "\n", late, SUM(w, late_kept));
	add(w, "%s{event=\"used\"} %" PRIu64 "\n", late, SUM(w, late_used));
	one(w, "nextmx_passed_on_total", "counter",
	    "Questions answered by the worker that has the domain.", SUM(w, passed_on));
	one(w, "nextmx_log_lines_lost_total", "counter", "Lines that the log did not take.",
	    SUM(w, log_lost));
	for (size_t i = 0; i < NMX_STAT_COUNT; i++)
		one(w, stats[i].name, stats[i].type, stats[i].help, SUM(w, stats[stats[i].stat]));
	head(w, info, "gauge", "The version that runs.");
	add(w, "%s{version=\"%s\"} 1\n", info, nmx_version());
}

bool
prometheus_write(struct shared *shared, struct evbuffer *ret)
{
	struct writer w = {.shared = shared, .out = ret};

	write_requests(&w);
	write_latency(&w);
	write_connections(&w);
	write_routes(&w);
	write_workers(&w);
	write_daemon(&w);
	return !w.failed;
}
