/* SPDX-License-Identifier: BSD-2-Clause */
/* The text is read by a parser of the format as Prometheus documents it, which knows nothing of ours. */
#include "daemon/prometheus.h"

#include <event2/buffer.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../unit/unit.h"
#include "stand_ins.h"

const char unit_name[] = "daemon/prometheus";

enum { MOST_SAMPLES = 2000, MOST_FAMILIES = 200, MOST_LINE = 400 };

struct sample {
	char series[MOST_LINE]; /* name and labels */
	double value;
	char value_text[40];
};

struct page {
	char *text;
	struct sample samples[MOST_SAMPLES];
	size_t n;
	char family[MOST_LINE], type[20]; /* of the last TYPE */
	char families[MOST_FAMILIES][MOST_LINE];
	size_t n_families;
	bool has_help;
};

static struct page page;
static struct shared shared;

/* ---- The format ------------------------------------------------------------------------------- */

static size_t
name_length(const char *text)
{
	return strspn(text, "abcdefghijklmnopqrstuvwxyz_");
}

/* {label="value",...} or nothing; its end, NULL if it is malformed. */
static const char *
labels_end(const char *text)
{
	if (*text != '{')
		return text;
	do {
		size_t n = name_length(++text);

		if (n == 0 || strncmp(text + n, "=\"", 2) != 0)
			return NULL;
		text += n + 2;
		text += strcspn(text, "\"\\\n");
		if (*text++ != '"')
			return NULL;
	} while (*text == ',');
	return *text == '}' ? text + 1 : NULL;
}

static void
read_comment(const char *line)
{
	char kind[10] = "", name[MOST_LINE] = "", rest[MOST_LINE] = "";

	if (!CHECK(sscanf(line, "# %9s %399s %399[^\n]", kind, name, rest) == 3, "%s", line))
		return;
	if (strcmp(kind, "HELP") == 0) {
		for (size_t i = 0; i < page.n_families; i++)
			CHECK(strcmp(page.families[i], name) != 0, "twice: %s", line);
		snprintf(page.families[page.n_families++], MOST_LINE, "%s", name);
		page.has_help = true;
		return;
	}
	CHECK(strcmp(kind, "TYPE") == 0 && page.has_help, "%s", line);
	CHECK_TEXT(name, page.families[page.n_families - 1], "HELP before TYPE");
	CHECK(!strcmp(rest, "counter") || !strcmp(rest, "gauge") || !strcmp(rest, "histogram"),
	      "%s", line);
	page.has_help = false;
	snprintf(page.family, sizeof(page.family), "%s", name);
	snprintf(page.type, sizeof(page.type), "%s", rest);
}

/* Whether the name is the family's, with what a histogram appends. */
static bool
is_of_family(const char *line, size_t name)
{
	size_t n = strlen(page.family);
	const char *more = line + n;

	if (strncmp(line, page.family, n) != 0)
		return false;
	if (strcmp(page.type, "histogram") != 0)
		return name == n;
	return (name == n + 7 && !strncmp(more, "_bucket", 7)) ||
	       (name == n + 4 && !strncmp(more, "_sum", 4)) ||
	       (name == n + 6 && !strncmp(more, "_count", 6));
}

static void
read_sample(const char *line)
{
	size_t name = name_length(line);
	const char *labels = labels_end(line + name);
	struct sample *s = &page.samples[page.n];
	char *end;

	if (!CHECK(labels && *labels == ' ' && page.n < MOST_SAMPLES, "%s", line))
		return;
	CHECK(is_of_family(line, name), "%s is not of %s", line, page.family);
	if (strcmp(page.type, "counter") == 0)
		CHECK(name > 6 && !strncmp(line + name - 6, "_total", 6), "%s", line);
	snprintf(s->series, sizeof(s->series), "%.*s", (int)(labels - line), line);
	s->value = strtod(labels + 1, &end);
	CHECK(end > labels + 1 && *end == '\0', "%s", line);
	snprintf(s->value_text, sizeof(s->value_text), "%s", labels + 1);
	for (size_t i = 0; i < page.n; i++)
		CHECK(strcmp(page.samples[i].series, s->series) != 0, "twice: %s", line);
	page.n++;
}

static void
read_page(void)
{
	struct evbuffer *buffer = evbuffer_new();
	char *line;

	page = (struct page){0};
	if (!CHECK(buffer && prometheus_write(&shared, buffer), "written"))
		return;
	CHECK(evbuffer_get_length(buffer) > 0, "something");
	/* every line has its end */
	CHECK(evbuffer_search_eol(buffer, NULL, NULL, EVBUFFER_EOL_LF).pos >= 0, "lines");
	while ((line = evbuffer_readln(buffer, NULL, EVBUFFER_EOL_LF))) {
		if (*line == '#')
			read_comment(line);
		else
			read_sample(line);
		free(line);
	}
	CHECK(evbuffer_get_length(buffer) == 0, "the last line has its end");
	evbuffer_free(buffer);
}

static const struct sample *
find(const char *series)
{
	for (size_t i = 0; i < page.n; i++)
		if (strcmp(page.samples[i].series, series) == 0)
			return &page.samples[i];
	return NULL;
}

__attribute__((format(printf, 2, 3))) static void
expect(const char *value, const char *format, ...)
{
	char series[MOST_LINE];
	const struct sample *s;
	va_list args;

	va_start(args, format);
	vsnprintf(series, sizeof(series), format, args);
	va_end(args);
	s = find(series);
	CHECK_TEXT(s ? s->value_text : "absent", value, "%s", series);
}

/* ---- Tests ------------------------------------------------------------------------------------ */

/* Each counter a number of its own, so that none stands for another: the sum over workers of its
 * place among all. */
static void
fill(void)
{
	size_t n = sizeof(struct metrics) / sizeof(metric);

	for (unsigned w = 0; w < STAND_IN_WORKERS; w++)
		for (size_t i = 0; i < n; i++)
			((metric *)&shared.metrics[w])[i] = (i + 1) * 1000 + w;
	shared.restarts[1] = 7;
	shared.quarantined = 5;
}

static const char *
sum_of(metric *m)
{
	static char text[40];
	size_t i = (size_t)(m - (metric *)&shared.metrics[0]);

	snprintf(text, sizeof(text), "%zu", (i + 1) * 1000 * STAND_IN_WORKERS + 3);
	return text;
}

static void
nothing_has_happened(void)
{
	memset(&shared, 0, sizeof(shared));
	read_page();
	for (size_t i = 0; i < page.n; i++)
		CHECK(page.samples[i].value ==
			      (strstr(page.samples[i].series, "build_info") != NULL),
		      "%s", page.samples[i].series);
	expect("1", "nextmx_build_info{version=\"%s\"}", nmx_version());
}

static void
every_counter_stands_for_itself(void)
{
	static const char *const sources[] = {"none", "srv", "mx", "implicit", "literal", "host"};
	struct metrics *m = &shared.metrics[0];

	fill();
	read_page();
	for (int p = 0; p < PROTOCOL_COUNT; p++)
		for (int t = 0; t < TOLD_COUNT; t++)
			expect(sum_of(&m->told[p][t]),
			       "nextmx_requests_total{protocol=\"%s\",outcome=\"%s\"}",
			       protocol_name((enum protocol)p), told_name((enum told)t));
	for (size_t i = 0; i < N_OF(sources); i++)
		expect(sum_of(&m->routes_by_source[i]), "nextmx_routes_total{source=\"%s\"}",
		       sources[i]);
	for (int i = 0; i <= NMX_INDETERMINATE; i++)
		expect(sum_of(&m->routes_by_security[i]),
		       "nextmx_routes_by_security_total{security=\"%s\"}",
		       nmx_security_name((enum nmx_security)i));
	for (int i = 0; i <= NMX_TLS_DANE; i++)
		expect(sum_of(&m->hosts_by_tls[i]), "nextmx_hosts_total{tls=\"%s\"}",
		       nmx_tls_name((enum nmx_tls)i));
	for (int i = 0; i <= NMX_DROP_LIMIT; i++)
		expect(sum_of(&m->drops[i]), "nextmx_dropped_total{code=\"%s\"}",
		       nmx_drop_code_name((enum nmx_drop_code)i));
	expect(sum_of(&m->connections_now[PROTOCOL_ROUTE]),
	       "nextmx_connections{protocol=\"socketmap\"}");
	expect(sum_of(&m->connections_now[PROTOCOL_HTTP]), "nextmx_connections{protocol=\"http\"}");
	expect(sum_of(&m->connections[PROTOCOL_HTTP]),
	       "nextmx_connections_total{protocol=\"http\"}");
	expect(sum_of(&m->refused[PROTOCOL_ROUTE]),
	       "nextmx_connections_refused_total{protocol=\"socketmap\"}");
	expect(sum_of(&m->late_kept), "nextmx_late_routes_total{event=\"kept\"}");
	expect(sum_of(&m->late_used), "nextmx_late_routes_total{event=\"used\"}");
	expect(sum_of(&m->passed_on), "nextmx_passed_on_total");
	expect(sum_of(&m->log_lost), "nextmx_log_lines_lost_total");
	expect("0", "nextmx_worker_restarts_total{worker=\"0\"}");
	expect("7", "nextmx_worker_restarts_total{worker=\"1\"}");
	expect("0", "nextmx_worker_restarts_total{worker=\"2\"}");
	expect("5", "nextmx_quarantined");
}

static void
the_librarys_counters_by_name(void)
{
	static const struct {
		enum nmx_stat stat;
		const char *series;
	} cases[] = {
		{NMX_STAT_REQUESTS, "nextmx_route_requests_total"},
		{NMX_STAT_CACHE_HITS, "nextmx_route_cache_hits_total"},
		{NMX_STAT_JOINED, "nextmx_lookups_joined_total"},
		{NMX_STAT_LOOKUPS, "nextmx_lookups_total"},
		{NMX_STAT_LOOKUPS_NOW, "nextmx_lookups_in_flight"},
		{NMX_STAT_QUESTIONS, "nextmx_unbound_questions_total"},
		{NMX_STAT_QUESTIONS_NOW, "nextmx_unbound_questions_in_flight"},
		{NMX_STAT_ORPHANS_NOW, "nextmx_unbound_orphans"},
		{NMX_STAT_OVERLOADS, "nextmx_unbound_overloads_total"},
		{NMX_STAT_DEADLINES, "nextmx_deadlines_total"},
		{NMX_STAT_CACHED_ROUTES, "nextmx_cached_routes"},
		{NMX_STAT_CACHED_BYTES, "nextmx_cached_route_bytes"},
		{NMX_STAT_REBUILDS, "nextmx_resolver_rebuilds_total"},
		{NMX_STAT_VERDICT_HITS, "nextmx_verdict_hits_total"},
		{NMX_STAT_DELIVERIES, "nextmx_deliveries_total"},
		{NMX_STAT_DELIVERIES_NOW, "nextmx_deliveries_in_flight"},
		{NMX_STAT_ATTEMPTS, "nextmx_delivery_attempts_total"},
		{NMX_STAT_BACKOFF_NOW, "nextmx_backoff_endpoints"},
		{NMX_STAT_PUT_BACK, "nextmx_put_back_total"},
	};

	fill();
	read_page();
	CHECK(N_OF(cases) == NMX_STAT_COUNT, "all");
	for (size_t i = 0; i < N_OF(cases); i++)
		expect(sum_of(&shared.metrics[0].stats[cases[i].stat]), "%s", cases[i].series);
}

/* A bucket holds those below it, too; the last holds all and is the count. */
static void
the_histogram(void)
{
	static const char *const bounds[] = {
		"0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05",
		"0.1",	  "0.25",    "0.5",    "1",	"2.5",	  "5",	   "10",   "+Inf"};
	struct metrics *m = shared.metrics;
	char text[20];

	CHECK(N_OF(bounds) == METRICS_BUCKET_COUNT, "all");
	memset(&shared, 0, sizeof(shared));
	for (size_t i = 0; i < METRICS_BUCKET_COUNT; i++) {
		m[0].latency[PROTOCOL_HTTP][i] = i;
		m[2].latency[PROTOCOL_HTTP][i] = 1;
	}
	m[0].latency_us[PROTOCOL_HTTP] = 12000003;
	m[1].latency_us[PROTOCOL_HTTP] = 500000;
	read_page();
	for (size_t i = 0, total = 0; i < METRICS_BUCKET_COUNT; i++) {
		total += i + 1;
		snprintf(text, sizeof(text), "%zu", total);
		expect(text, "nextmx_request_seconds_bucket{protocol=\"http\",le=\"%s\"}",
		       bounds[i]);
	}
	expect(text, "nextmx_request_seconds_count{protocol=\"http\"}");
	expect("12.500003", "nextmx_request_seconds_sum{protocol=\"http\"}");
	expect("0", "nextmx_request_seconds_count{protocol=\"route\"}");
	expect("0.000000", "nextmx_request_seconds_sum{protocol=\"route\"}");
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(nothing_has_happened),
	UNIT_TEST(every_counter_stands_for_itself),
	UNIT_TEST(the_librarys_counters_by_name),
	UNIT_TEST(the_histogram),
	CU_TEST_INFO_NULL,
};
