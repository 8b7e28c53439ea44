/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports: what they keep, their getters, and the schema nextmx.report/1. */
#include "resolver/report.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "json_reader.h"
#include "routes.h"
#include "unit.h"

const char unit_name[] = "resolver/report";

static const char two_hosts[] =
	"srv secure 10/60 a.example:2525 233.252.0.1 | mx insecure 5/0 c.example:25 ff0e::1";

/* A report on a plan of these hosts; the bench's drops are the route's. */
static struct nmx_report *
report_of(struct bench *bench, const char *hosts, const char *own)
{
	struct nmx_route *route = routes_new(bench, hosts, PREFER_6, own);
	struct nmx_report *report = report_new("example.org", routes_draw(route, 7));

	nmx_route_unref(route);
	if (!report)
		abort();
	return report;
}

static struct tried *
add(struct nmx_report *report, size_t endpoint, enum nmx_result result, enum nmx_cause cause,
    unsigned code)
{
	const struct nmx_endpoint *e = nmx_plan_endpoint(report->plan, endpoint);
	struct tried *tried = report_reserve(report) ? report_add(report) : NULL;

	if (!tried || !e)
		abort();
	tried->endpoint = e;
	tried->host = nmx_host_name(nmx_endpoint_host(e));
	tried->address = nmx_endpoint_address(e);
	tried->port = nmx_host_port(nmx_endpoint_host(e));
	tried->result = result;
	tried->cause = cause;
	tried->code = code;
	return tried;
}

static char *
json(const struct nmx_report *report, unsigned flags)
{
	char *text = NULL;

	if (nmx_report_json(report, flags, &text) != 0 || !text)
		abort();
	return text;
}

static void
every_member_of_the_schema(void)
{
	static const char expected[] =
		"{\"schema\":\"nextmx.report/1\",\"domain\":\"example.org\","
		"\"outcome\":\"defer\",\"status\":\"4.7.1\",\"reason\":\"a.example[233.252.0."
		"1]:2525: 451 4.7.1 \\u0022grey\\u0022 \\u005c listed (2 attempts)\","
		"\"attempts\":[{\"number\":1,\"stage\":\"srv\",\"host\":\"a.example\","
		"\"port\":2525,\"address\":\"233.252.0.1\",\"tls\":\"may\","
		"\"result\":\"try-next\",\"cause\":\"4xx\",\"code\":451,"
		"\"enhanced\":\"4.7.1\",\"text\":\"\\u0022grey\\u0022 \\u005c listed\","
		"\"ms\":1234},{\"number\":2,\"stage\":\"mx\",\"host\":\"c.example\","
		"\"port\":25,\"address\":\"ff0e::1\",\"tls\":\"may\","
		"\"result\":\"try-next\",\"cause\":\"connect\",\"code\":null,"
		"\"enhanced\":\"\",\"text\":\"\",\"ms\":0}],"
		"\"route\":{\"schema\":\"nextmx.route/1\",";
	struct bench *bench = bench_new("");
	struct nmx_report *report = report_of(bench, two_hosts, "");
	struct tried *tried = add(report, 0, NMX_TRY_NEXT, NMX_CAUSE_4XX, 451);
	char *text;

	strcpy(tried->enhanced, "4.7.1");
	strcpy(tried->text, "\"grey\" \\ listed");
	tried->ms = 1234;
	add(report, 1, NMX_TRY_NEXT, NMX_CAUSE_CONNECT, 0);
	report_conclude(report, END_EXHAUSTED);
	text = json(report, NMX_JSON_NO_WHY | NMX_JSON_NO_QUERIES);
	CHECK(strncmp(text, expected, strlen(expected)) == 0, "%s", text);
	json_check(text, "report");
	nmx_text_free(text);
	nmx_report_unref(report);
	bench_free(bench);
}

/* The route in the report is what nmx_json() writes, flags and all. */
static void
the_route_is_the_routes_own_json(void)
{
	struct bench *bench = bench_new("");
	struct nmx_report *report;

	notes_why(&bench->notes, WHY_SRV_ABSENT);
	report = report_of(bench, two_hosts, "");
	add(report, 0, NMX_DELIVERED, NMX_CAUSE_NONE, 250);
	report_conclude(report, END_RESULT);
	for (unsigned flags = 0; flags < 4; flags++) {
		char *text = json(report, flags);
		char *route = NULL;
		struct text tail = text_growing();
		size_t length = strlen(text);

		if (nmx_json(nmx_report_route(report), nmx_report_plan(report), flags, &route))
			abort();
		text_add(&tail, "\"route\":");
		text_add(&tail, route);
		text_char(&tail, '}');
		CHECK(length > tail.length && strcmp(text + length - tail.length, tail.data) == 0,
		      "%u: %s", flags, text);
		free(tail.data);
		CHECK(strstr(text, "\"outcome\":\"delivered\",\"status\":\"2.0.0\""), "%s", text);
		json_check(text, "flags");
		nmx_text_free(text);
		nmx_text_free(route);
	}
	for (unsigned flag = NMX_JSON_HOSTS; flag <= 16; flag *= 2) { /* not of a report's route */
		char *untouched = (char *)report;

		CHECK(nmx_report_json(report, flag, &untouched) == NMX_E_INVALID, "%u", flag);
		CHECK(untouched == (char *)report, "%u: untouched", flag);
	}
	nmx_report_unref(report);
	bench_free(bench);
}

static void
without_a_route(void)
{
	struct nmx_report *report = report_new("example.org", NULL);
	char *text;

	report_conclude(report, END_DEADLINE);
	text = json(report, 0);
	CHECK_TEXT(text,
		   "{\"schema\":\"nextmx.report/1\",\"domain\":\"example.org\",\"outcome\":"
		   "\"defer\",\"status\":\"4.4.7\",\"reason\":\"the deadline passed before the "
		   "first attempt\",\"attempts\":[],\"route\":null}",
		   "no route");
	json_check(text, "no route");
	nmx_text_free(text);
	CHECK(nmx_report_route(report) == NULL && nmx_report_plan(report) == NULL, "none");
	nmx_report_unref(report);
}

/* OUT-1: a host that was left out for a temporary or local cause keeps the report temporary. */
static void
out_1_what_was_left_out_softens(void)
{
	for (int code = 0; code <= NMX_DROP_LIMIT; code++) {
		struct bench *bench = bench_new("");
		bool soft = status_cause_of((enum nmx_drop_code)code) >= CAUSE_LOCAL;
		struct nmx_report *report;

		notes_drop(&bench->notes,
			   &(struct drop){.stage = NMX_SOURCE_MX,
					  .code = (enum nmx_drop_code)code,
					  .port = 25,
					  .host = bench_name(bench, "x.example")},
			   WHY_DROP_PORT_ZERO);
		report = report_of(bench, two_hosts, "");
		add(report, 0, NMX_TRY_NEXT, NMX_CAUSE_EARLY_5XX, 550);
		add(report, 1, NMX_TRY_NEXT, NMX_CAUSE_GREETING, 554);
		report_conclude(report, END_EXHAUSTED);
		CHECK(nmx_report_outcome(report) == (soft ? NMX_DEFER : NMX_REJECT), "%s",
		      nmx_drop_code_name((enum nmx_drop_code)code));
		nmx_report_unref(report);
		bench_free(bench);
	}
}

/* LIM-1: the endpoints over 20 might have taken it. */
static void
out_1_endpoints_beyond_the_limit_soften(void)
{
	struct bench *bench = bench_new("");
	struct text text = text_growing();
	struct nmx_report *report;

	text_add(&text, "mx secure");
	for (unsigned i = 1; i <= 21; i++)
		text_printf(&text, "%s 10/0 h%u.example:25 233.252.9.%u", i > 1 ? ";" : "", i, i);
	report = report_of(bench, text.data, "");
	for (size_t i = 0; i < 20; i++)
		add(report, i, NMX_TRY_NEXT, NMX_CAUSE_GREETING, 554);
	report_conclude(report, END_EXHAUSTED);
	CHECK(nmx_report_outcome(report) == NMX_DEFER, "%s", nmx_report_reason(report));
	nmx_report_unref(report);
	free(text.data);
	bench_free(bench);
}

/* SELF-1: the plan's outcome, not the route's. */
static void
a_plan_that_leads_nowhere(void)
{
	struct bench *bench = bench_new("");
	struct nmx_report *report =
		report_of(bench, "mx secure 10/0 a.example:25 233.252.0.1", "233.252.0.1");
	char *text;

	report_conclude_route(report);
	CHECK(nmx_report_outcome(report) == NMX_REJECT, "reject");
	CHECK_TEXT(nmx_report_status(report), "5.4.6", "self");
	CHECK(strstr(nmx_report_reason(report), "SELF-1"), "%s", nmx_report_reason(report));
	text = json(report, 0);
	CHECK(strstr(text, "\"outcome\":\"reject\",\"status\":\"5.4.6\""), "%s", text);
	CHECK(strstr(text, "\"attempts\":[],\"route\":{"), "%s", text);
	json_check(text, "nowhere");
	nmx_text_free(text);
	nmx_report_unref(report);
	bench_free(bench);
}

static void
getters_and_beyond(void)
{
	static const size_t beyond[] = {1, 2, 3, 4, 5, SIZE_MAX};
	struct bench *bench = bench_new("");
	struct nmx_report *report = report_of(bench, two_hosts, "");
	struct tried *tried = add(report, 1, NMX_STOP_PERM, NMX_CAUSE_5XX, 550);

	strcpy(tried->enhanced, "5.1.1");
	strcpy(tried->text, "no such user");
	tried->ms = UINT32_MAX;
	report_conclude(report, END_RESULT);
	CHECK(nmx_report_attempt_count(report) == 1, "one");
	CHECK(nmx_report_endpoint(report, 0) == nmx_plan_endpoint(report->plan, 1), "endpoint");
	CHECK(nmx_report_result(report, 0) == NMX_STOP_PERM, "result");
	CHECK(nmx_report_cause(report, 0) == NMX_CAUSE_5XX, "cause");
	CHECK(nmx_report_code(report, 0) == 550, "code");
	CHECK_TEXT(nmx_report_enhanced(report, 0), "5.1.1", "enhanced");
	CHECK_TEXT(nmx_report_text(report, 0), "no such user", "text");
	CHECK(nmx_report_ms(report, 0) == UINT32_MAX, "ms");
	CHECK_TEXT(nmx_report_domain(report), "example.org", "domain");
	CHECK_TEXT(nmx_report_status(report), "5.1.1", "status");
	for (size_t i = 0; i < N_OF(beyond); i++) {
		CHECK(nmx_report_endpoint(report, beyond[i]) == NULL, "%zu", beyond[i]);
		CHECK(nmx_report_enhanced(report, beyond[i]) == NULL, "%zu", beyond[i]);
		CHECK(nmx_report_text(report, beyond[i]) == NULL, "%zu", beyond[i]);
		CHECK(nmx_report_code(report, beyond[i]) == 0, "%zu", beyond[i]);
		CHECK(nmx_report_ms(report, beyond[i]) == 0, "%zu", beyond[i]);
		CHECK(nmx_report_cause(report, beyond[i]) == NMX_CAUSE_NONE, "%zu", beyond[i]);
		CHECK(nmx_report_result(report, beyond[i]) == NMX_STOP_TEMP, "%zu", beyond[i]);
	}
	nmx_report_unref(report);
	bench_free(bench);
}

static void
misuse(void)
{
	struct nmx_report *report = report_new("example.org", NULL);
	char *untouched = (char *)report;

	report_conclude(report, END_DEADLINE);
	CHECK(nmx_report_json(NULL, 0, &untouched) == NMX_E_INVALID, "no report");
	CHECK(nmx_report_json(report, 0, NULL) == NMX_E_INVALID, "no room");
	CHECK(nmx_report_json(report, 4, &untouched) == NMX_E_INVALID, "no such flag");
	CHECK(untouched == (char *)report, "untouched");
	CHECK(nmx_report_ref(NULL) == NULL, "nothing");
	nmx_report_unref(NULL);
	nmx_report_unref(report);
}

/* ---- Threads -------------------------------------------------------------------------------- */

enum { N_THREADS = 8 };

static pthread_barrier_t barrier;

static void *
read_all(void *user)
{
	struct nmx_report *report = user;
	char *text;

	pthread_barrier_wait(&barrier);
	text = json(report, 0);
	for (size_t i = 0; i < nmx_plan_count(nmx_report_plan(report)); i++)
		if (!*nmx_endpoint_address(nmx_plan_endpoint(nmx_report_plan(report), i)))
			abort();
	nmx_report_unref(report);
	return text;
}

/* "A report may be shared between threads": with -fsanitize=thread this says more. */
static void
shared_between_threads(void)
{
	struct bench *bench = bench_new("");
	struct nmx_report *report = report_of(bench, two_hosts, "");
	pthread_t threads[N_THREADS];
	void *texts[N_THREADS];

	add(report, 0, NMX_DELIVERED, NMX_CAUSE_NONE, 250);
	report_conclude(report, END_RESULT);
	pthread_barrier_init(&barrier, NULL, N_THREADS);
	for (size_t i = 0; i < N_THREADS; i++)
		if (pthread_create(&threads[i], NULL, read_all, nmx_report_ref(report)))
			abort();
	nmx_report_unref(report);
	for (size_t i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], &texts[i]);
	pthread_barrier_destroy(&barrier);
	for (size_t i = 0; i < N_THREADS; i++)
		CHECK_TEXT((char *)texts[i], (char *)texts[0], "thread %zu", i);
	for (size_t i = 0; i < N_THREADS; i++)
		nmx_text_free(texts[i]);
	bench_free(bench);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(every_member_of_the_schema),
	UNIT_TEST(the_route_is_the_routes_own_json),
	UNIT_TEST(without_a_route),
	UNIT_TEST(out_1_what_was_left_out_softens),
	UNIT_TEST(out_1_endpoints_beyond_the_limit_soften),
	UNIT_TEST(a_plan_that_leads_nowhere),
	UNIT_TEST(getters_and_beyond),
	UNIT_TEST(misuse),
	UNIT_TEST(shared_between_threads),
	CU_TEST_INFO_NULL,
};
