/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers that arrive inside the asking, in every order, never, or too late. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "suites.h"

/* Every answer arrives inside the asking; the callback still comes from dispatch only. */
static void
inside_the_asking(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct got got = {0};

	script_example(SCRIPT_INSIDE);
	CU_ASSERT_EQUAL(nmx_request_start(ctx, "example.test", note_route, &got, NULL), 0);
	CU_ASSERT_EQUAL(got.calls, 0);
	CU_ASSERT_EQUAL(script_asked(NULL, 0), 0);
	CU_ASSERT_EQUAL(nmx_context_dispatch(ctx), 1);
	CU_ASSERT_EQUAL(got.calls, 1);
	CU_ASSERT_EQUAL(nmx_route_outcome(got.route), NMX_DELIVERABLE);
	CU_ASSERT_EQUAL(nmx_route_host_count(got.route), 3);
	CU_ASSERT_EQUAL(script_asked(NULL, 0), EXAMPLE_QUESTIONS);
	got_done(&got);
	nmx_context_free(ctx);
}

/* A cached route, too, is handed out by dispatch and never from inside the asking. */
static void
cached_comes_from_dispatch(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct got got = {0};

	script_example(SCRIPT_INSIDE);
	nmx_request_start(ctx, "example.test", note_route, &got, NULL);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(nmx_request_start(ctx, "EXAMPLE.test.", note_route, &got, NULL), 0);
	CU_ASSERT_EQUAL(got.calls, 1);
	CU_ASSERT_EQUAL(nmx_context_dispatch(ctx), 1);
	CU_ASSERT_EQUAL(got.calls, 2);
	CU_ASSERT_EQUAL(script_asked(NULL, 0), EXAMPLE_QUESTIONS);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_CACHE_HITS), 1);
	got_done(&got);
	nmx_context_free(ctx);
}

/* Resolves example.test, releasing waiting questions as the numbers say: i-th of those that wait. */
static char *
resolve_in_order(const unsigned *numbers, size_t n)
{
	struct nmx_context *ctx = start_context(NULL);
	struct got got = {0};
	char *json = NULL;

	nmx_request_start(ctx, "example.test", note_route, &got, NULL);
	dispatch_all(ctx);
	for (size_t i = 0; i < n && script_waiting(); i++) {
		script_release(numbers[i] % script_waiting());
		dispatch_all(ctx);
	}
	while (script_waiting()) {
		script_release(0);
		dispatch_all(ctx);
	}
	CU_ASSERT_EQUAL(got.calls, 1);
	if (got.route)
		json = json_of(got.route);
	got_done(&got);
	nmx_context_free(ctx);
	return json;
}

/* 8 questions, of which MX's host may be asked ahead of SRV, and 3 of TLSA between or behind them: every
 * order of releases that a stack of indices can express gives the same route to the octet, explanation
 * included. Random orders of all of them are in dane_test.c. */
static void
every_order(void)
{
	char *first, *json;
	unsigned differing = 0, n = 0;

	script_reset();
	script_example(SCRIPT_LATER);
	first = resolve_in_order(NULL, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(first);
	for (unsigned code = 0; code < 2 * 6 * 5 * 4 * 3 * 2; code++) {
		unsigned numbers[8], rest = code;

		numbers[0] = rest % 2, rest /= 2;
		numbers[1] = 0;
		for (unsigned i = 2; i < 8; i++) {
			numbers[i] = rest % (8 - i);
			rest /= 8 - i;
		}
		json = resolve_in_order(numbers, 8);
		differing += !json || strcmp(first, json) != 0;
		n++;
		free(json);
	}
	CU_ASSERT_EQUAL(n, 1440);
	CU_ASSERT_EQUAL(differing, 0);
	free(first);
}

/* Every subset of the questions answered inside the asking, the others later. */
static void
every_mixture_of_inside_and_later(void)
{
	static const char tlsa[] =
		"3 1 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
	static const struct {
		const char *name, *type, *records;
	} questions[EXAMPLE_QUESTIONS] = {
		{"_smtp._tcp.example.test", "SRV",
		 "10 60 25 a.example.test|10 40 25 b.example.test"},
		{"example.test", "MX", "10 m.example.test"},
		{"a.example.test", "A", "192.0.2.10"},
		{"a.example.test", "AAAA", "2001:db8::10"},
		{"b.example.test", "A", "192.0.2.11"},
		{"b.example.test", "AAAA", "2001:db8::11"},
		{"m.example.test", "A", "192.0.2.12"},
		{"m.example.test", "AAAA", "2001:db8::12"},
		{"_25._tcp.a.example.test", "TLSA", tlsa},
		{"_25._tcp.b.example.test", "TLSA", ""},
		{"_25._tcp.m.example.test", "TLSA", "0 0 0 00"},
	};
	char *first = NULL;
	unsigned differing = 0;

	for (unsigned mask = 0; mask < 1u << EXAMPLE_QUESTIONS; mask++) {
		char *json;

		script_reset();
		for (unsigned i = 0; i < EXAMPLE_QUESTIONS; i++)
			script_rrset(questions[i].name, questions[i].type, questions[i].records, 2,
				     mask >> i & 1 ? SCRIPT_INSIDE : SCRIPT_LATER);
		json = resolve_in_order(NULL, 0);
		if (!first)
			first = json;
		else
			differing += !json || strcmp(first, json) != 0, free(json);
	}
	CU_ASSERT_EQUAL(differing, 0);
	free(first);
}

/* DDL-1: nothing ever answers; the request ends at its deadline, once, and its questions go on alone. */
static void
never(void)
{
	struct nmx_context *ctx = start_context((const char *const[]){"deadline-ms", "500", NULL});
	struct got got = {0};

	script_example(SCRIPT_NEVER);
	nmx_request_start(ctx, "example.test", note_route, &got, NULL);
	dispatch_all(ctx);
	script_advance_ms(499);
	CU_ASSERT_EQUAL(dispatch_all(ctx), 0);
	script_advance_ms(1);
	CU_ASSERT_EQUAL(dispatch_all(ctx), 1);
	CU_ASSERT_EQUAL(nmx_route_outcome(got.route), NMX_DEFER);
	CU_ASSERT_STRING_EQUAL(nmx_route_status(got.route), "4.4.3");
	CU_ASSERT(nmx_route_ttl(got.route) <= 60);
	CU_ASSERT_STRING_EQUAL(nmx_route_query_rcode(got.route, 0), "TIMEOUT");
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_ORPHANS_NOW), 2);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_LOOKUPS_NOW), 0);
	script_release_all(); /* their answers come after the request is gone */
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_QUESTIONS_NOW), 0);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_ORPHANS_NOW), 0);
	CU_ASSERT_EQUAL(dispatch_all(ctx), 0);
	CU_ASSERT_EQUAL(got.calls, 1);
	got_done(&got);
	nmx_context_free(ctx);
}

static void
after_cancel(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct got got = {0};
	struct nmx_request *req;

	script_example(SCRIPT_LATER);
	nmx_request_start(ctx, "example.test", note_route, &got, &req);
	dispatch_all(ctx);
	nmx_request_cancel(req);
	nmx_request_cancel(req); /* idempotent */
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_LOOKUPS_NOW), 0);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_ORPHANS_NOW), 2);
	script_release_all();
	CU_ASSERT_EQUAL(dispatch_all(ctx), 0);
	CU_ASSERT_EQUAL(got.calls, 0);
	nmx_request_free(req);
	nmx_context_free(ctx);
}

/* Cancelled between its answer and dispatch: the callback must not come any more. */
static void
cancel_when_answered(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct got got = {0}, other = {0};
	struct nmx_request *req;

	script_example(SCRIPT_INSIDE);
	nmx_request_start(ctx, "example.test", note_route, &other, NULL);
	dispatch_all(ctx);
	nmx_request_start(ctx, "example.test", note_route, &got,
			  &req); /* from the cache: answered */
	nmx_request_free(req);
	CU_ASSERT_EQUAL(dispatch_all(ctx), 0);
	CU_ASSERT_EQUAL(got.calls, 0);
	got_done(&other);
	nmx_context_free(ctx);
}

/* DDL-1: one host of the tier is decided, the other not. */
static void
deadline_with_some_hosts(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct got got = {0};

	script_example(SCRIPT_INSIDE);
	script_rrset("b.example.test", "AAAA", "2001:db8::11", 2, SCRIPT_NEVER);
	nmx_request_start(ctx, "example.test", note_route, &got, NULL);
	dispatch_all(ctx);
	script_advance_ms(20000);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL_FATAL(got.calls, 1);
	CU_ASSERT_EQUAL(nmx_route_outcome(got.route), NMX_DELIVERABLE);
	CU_ASSERT_EQUAL(nmx_route_source(got.route), NMX_SOURCE_SRV);
	CU_ASSERT_EQUAL(nmx_route_host_count(got.route), 2);
	CU_ASSERT_EQUAL(nmx_route_dropped_count(got.route), 1);
	CU_ASSERT_EQUAL(nmx_drop_code(nmx_route_dropped(got.route, 0)), NMX_DROP_ADDRESS_FAILED);
	CU_ASSERT_STRING_EQUAL(nmx_drop_rule(nmx_route_dropped(got.route, 0)), "DDL-1");
	got_done(&got);
	nmx_context_free(ctx);
}

/* TTL-1: kept until the least TTL passes, by the boot clock. */
static void
cache_expires(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct got got = {0};

	script_example(SCRIPT_INSIDE);
	nmx_request_start(ctx, "example.test", note_route, &got, NULL);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(nmx_route_ttl(got.route), 300);
	script_advance_ms(299999);
	nmx_request_start(ctx, "example.test", note_route, &got, NULL);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(script_asked(NULL, 0), EXAMPLE_QUESTIONS);
	script_advance_ms(1);
	nmx_request_start(ctx, "example.test", note_route, &got, NULL);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(script_asked(NULL, 0), 2 * EXAMPLE_QUESTIONS);
	CU_ASSERT_EQUAL(got.calls, 3);
	got_done(&got);
	nmx_context_free(ctx);
}

/* A failed answer is kept a minute by name and type, for every domain that meets it. */
static void
failures_are_remembered(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct got got = {0};

	script_rrset("one.test", "MX", "10 m.bad.test", 2, SCRIPT_INSIDE);
	script_rrset("two.test", "MX", "10 m.bad.test", 2, SCRIPT_INSIDE);
	script_put("m.bad.test", RR_A, 2, NULL, 0, NULL, SCRIPT_INSIDE);
	script_put("m.bad.test", RR_AAAA, 2, NULL, 0, NULL, SCRIPT_INSIDE);
	nmx_request_start(ctx, "one.test", note_route, &got, NULL);
	nmx_request_start(ctx, "two.test", note_route, &got, NULL);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(got.calls, 2);
	CU_ASSERT_STRING_EQUAL(nmx_route_status(got.route), "4.4.4");
	CU_ASSERT_EQUAL(script_asked("m.bad.test", RR_A), 1);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_VERDICT_HITS), 2);
	script_advance_ms(60000);
	nmx_request_start(ctx, "two.test", note_route, &got, NULL);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(script_asked("m.bad.test", RR_A), 2);
	got_done(&got);
	nmx_context_free(ctx);
}

/* LIT-1: an address literal is judged without a question, and never mistaken for one that waits. */
static void
literals_ask_nothing(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct got got = {0};

	nmx_request_start(ctx, "[127.0.0.1]", note_route, &got, NULL);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(nmx_route_outcome(got.route), NMX_REJECT);
	CU_ASSERT_STRING_EQUAL(nmx_route_status(got.route), "5.4.4");
	CU_ASSERT_EQUAL(nmx_route_dropped_count(got.route), 1);
	nmx_request_start(ctx, "[ipv6:2001:db8::1]", note_route, &got, NULL);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(nmx_route_outcome(got.route), NMX_DELIVERABLE);
	CU_ASSERT_STRING_EQUAL(nmx_route_domain(got.route), "[IPv6:2001:db8::1]");
	CU_ASSERT_EQUAL(script_asked(NULL, 0), 0);
	got_done(&got);
	nmx_context_free(ctx);
}

CU_TestInfo answers_tests[] = {
	{"inside the asking", inside_the_asking},
	{"cached comes from dispatch", cached_comes_from_dispatch},
	{"every order", every_order},
	{"every mixture of inside and later", every_mixture_of_inside_and_later},
	{"never", never},
	{"after cancel", after_cancel},
	{"cancel when answered", cancel_when_answered},
	{"deadline with some hosts", deadline_with_some_hosts},
	{"cache expires", cache_expires},
	{"failures are remembered", failures_are_remembered},
	{"literals ask nothing", literals_ask_nothing},
	CU_TEST_INFO_NULL,
};
