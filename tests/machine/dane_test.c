/* SPDX-License-Identifier: BSD-2-Clause */
/* TLSA in the machine: rounds, orders of answers, questions asked ahead, deadlines, no room. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "suites.h"

#define DIGEST "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define TLSA "3 1 1 " DIGEST

/* ---- Rounds --------------------------------------------------------------------------------- */

/* name is an alias of target; security is that of the whole answer, the alias itself is signed. */
static void
script_alias(const char *name, const char *target, int security, enum script_when when)
{
	static const char *const types[] = {"A", "AAAA"};
	static const char *const addresses[] = {"192.0.2.1", "2001:db8::1"};
	static struct packet packet;

	for (int i = 0; i < 2; i++) {
		packet_begin(&packet, 0, name, packet_type(types[i]));
		packet_text(&packet, ANSWER_SECTION, name, 300, "CNAME", target);
		packet_text(&packet, ANSWER_SECTION, target, 300, types[i], addresses[i]);
		script_put(name, packet_type(types[i]), 0, &packet, security, NULL, when);
	}
	script_rrset(name, "CNAME", target, 2, when);
}

enum host_kind { PLAIN, ALIAS, ALIAS_END_UNSIGNED };

/* many.test: n SRV hosts and n MX hosts, all with TLSA, aliases at their first name. */
static void
script_many(unsigned n, enum host_kind kind, int naming)
{
	char name[32], end[32], owner[64], srv[4096] = "", mx[4096] = "";

	for (unsigned i = 0; i < 2 * n; i++) {
		struct text text =
			i < n ? text_into(srv + strlen(srv), 100) : text_into(mx + strlen(mx), 100);

		snprintf(name, sizeof(name), "h%u.test", i);
		text_printf(&text, i < n ? "%s10 1 25 %s" : "%s10 %s", i % n ? "|" : "", name);
		snprintf(end, sizeof(end), "end%u.test", i);
		snprintf(owner, sizeof(owner), "_25._tcp.%s", name);
		script_rrset(owner, "TLSA", TLSA, 2, SCRIPT_LATER);
		if (kind == PLAIN)
			script_rrset(name, "A", "192.0.2.1", 2, SCRIPT_LATER);
		else
			script_alias(name, end, kind == ALIAS ? 2 : 0, SCRIPT_LATER);
	}
	script_rrset("_smtp._tcp.many.test", "SRV", srv, naming, SCRIPT_LATER);
	script_rrset("many.test", "MX", mx, naming, SCRIPT_LATER);
}

/* How often somebody must wait: all that was asked is answered, then the lookup goes on. */
static unsigned
rounds_of(const char *domain, const char *const *options, enum nmx_tls expected)
{
	struct nmx_context *ctx = start_context(options);
	struct got got = {0};
	unsigned rounds = 0;

	nmx_request_start(ctx, domain, note_route, &got, NULL);
	dispatch_all(ctx);
	for (; !got.calls && script_waiting(); rounds++) {
		script_release_all();
		dispatch_all(ctx);
	}
	CU_ASSERT_EQUAL_FATAL(got.calls, 1);
	CU_ASSERT_EQUAL(nmx_route_outcome(got.route), NMX_DELIVERABLE);
	for (size_t i = 0; i < nmx_route_host_count(got.route); i++)
		CU_ASSERT_EQUAL(nmx_host_tls(nmx_route_host(got.route, i)), expected);
	got_done(&got);
	nmx_context_free(ctx);
	return rounds;
}

/* DANE-2: two rounds for a domain without DANE, three with, whatever the number of hosts and aliases. */
static void
three_rounds(void)
{
	static const unsigned numbers[] = {1, 2, 5, 16, 32};
	static const char *const off[] = {"dane", "off", NULL};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		for (enum host_kind kind = PLAIN; kind <= ALIAS_END_UNSIGNED; kind++) {
			if (kind != PLAIN && numbers[i] > 16)
				continue; /* LIM-1 leaves the second question out */
			script_reset();
			script_default(2, SCRIPT_LATER);
			script_many(numbers[i], kind, 2);
			CU_ASSERT_EQUAL(rounds_of("many.test", NULL, NMX_TLS_DANE), 3);
			CU_ASSERT_EQUAL(rounds_of("many.test", off, NMX_TLS_MAY), 2);
		}
		script_reset();
		script_default(0, SCRIPT_LATER);
		script_many(numbers[i], PLAIN, 0);
		CU_ASSERT_EQUAL(rounds_of("many.test", NULL, NMX_TLS_MAY), 2);
	}
}

/* LIM-1: a hundred questions a stage hold for 32 hosts that are aliases. */
static void
a_hundred_questions(void)
{
	static const enum host_kind kinds[] = {ALIAS, ALIAS_END_UNSIGNED};

	for (int i = 0; i < 2; i++) {
		struct nmx_context *ctx = start_context(NULL);
		struct got got = {0};
		unsigned asked;

		script_reset();
		script_default(2, SCRIPT_INSIDE);
		script_many(32, kinds[i], 2);
		script_rrset("_smtp._tcp.many.test", "SRV", "", 2, SCRIPT_LATER);
		nmx_request_start(ctx, "many.test", note_route, &got, NULL);
		dispatch_all(ctx);
		while (!got.calls && script_waiting()) {
			script_release_all();
			dispatch_all(ctx);
		}
		CU_ASSERT_EQUAL(got.calls, 1);
		asked = script_asked(NULL, 0) - 2;
		CU_ASSERT_EQUAL(asked, 100);
		got_done(&got);
		nmx_context_free(ctx);
	}
}

/* ---- Orders --------------------------------------------------------------------------------- */

/* One of each: an SRV host with TLSA, an alias into an unsigned zone, an alias of which only IPv6 is
 * signed, an MX host whose TLSA fails, and one that is in both stages. */
static void
script_one_of_each(void)
{
	static struct packet packet;

	script_reset();
	script_default(2, SCRIPT_LATER);
	script_rrset("_smtp._tcp.each.test", "SRV",
		     "10 1 25 a.test|10 1 2525 b.test|20 1 25 c.test", 2, SCRIPT_LATER);
	script_rrset("each.test", "MX", "10 c.test|20 d.test|30 e.test", 2, SCRIPT_LATER);
	script_rrset("a.test", "A", "192.0.2.1", 2, SCRIPT_LATER);
	script_rrset("_25._tcp.a.test", "TLSA", TLSA, 2, SCRIPT_LATER);
	script_alias("b.test", "end.test", 0, SCRIPT_LATER);
	script_rrset("_2525._tcp.b.test", "TLSA", TLSA, 2, SCRIPT_LATER);
	script_alias("c.test", "end.test", 2, SCRIPT_LATER);
	packet_begin(&packet, 0, "c.test", RR_A);
	packet_text(&packet, ANSWER_SECTION, "c.test", 300, "CNAME", "end.test");
	packet_text(&packet, ANSWER_SECTION, "end.test", 300, "A", "192.0.2.3");
	script_put("c.test", RR_A, 0, &packet, 0, NULL, SCRIPT_LATER);
	script_rrset("_25._tcp.c.test", "TLSA", "0 0 1 " DIGEST, 2, SCRIPT_LATER);
	script_rrset("d.test", "A", "192.0.2.4", 2, SCRIPT_LATER);
	script_put("_25._tcp.d.test", RR_TLSA, RCODE_SERVFAIL, NULL, 2, NULL, SCRIPT_LATER);
	script_rrset("e.test", "AAAA", "2001:db8::5", 2, SCRIPT_LATER);
}

/* The decision, without the questions: which are asked may depend on the order of answers. */
static char *
decision(struct nmx_route *route)
{
	struct nmx_plan *plan;
	char *text;

	CU_ASSERT_EQUAL_FATAL(nmx_plan_new(route, 1, &plan), 0);
	CU_ASSERT_EQUAL_FATAL(nmx_json(route, plan, NMX_JSON_NO_QUERIES, &text), 0);
	nmx_plan_free(plan);
	return text;
}

static char *
resolve_in_random_order(uint64_t seed)
{
	struct nmx_context *ctx = start_context(NULL);
	struct rng rng = rng_from_seed(seed);
	struct got got = {0};
	char *text;

	nmx_request_start(ctx, "each.test", note_route, &got, NULL);
	dispatch_all(ctx);
	while (script_waiting()) {
		script_release((unsigned)rng_below(&rng, script_waiting()));
		dispatch_all(ctx);
	}
	CU_ASSERT_EQUAL_FATAL(got.calls, 1);
	text = decision(got.route);
	got_done(&got);
	nmx_context_free(ctx);
	return text;
}

static void
random_orders(void)
{
	unsigned differing = 0;
	char *first;

	script_one_of_each();
	first = resolve_in_random_order(0);
	CU_ASSERT_PTR_NOT_NULL(strstr(first,
				      "\"host\":\"a.test\",\"port\":25,\"address\":"
				      "\"192.0.2.1\",\"security\":\"secure\",\"tls\":\"dane\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(first, "\"security\":\"insecure\",\"tls\":\"dane\","
					     "\"sni\":\"b.test\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(first, "\"tls\":\"encrypt\",\"sni\":\"c.test\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(first, "\"host\":\"d.test\",\"port\":25,\"address\":null,"
					     "\"code\":\"tlsa-failed\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(first, "\"tls\":\"may\",\"sni\":\"e.test\""));
	for (uint64_t seed = 1; seed < 2000; seed++) {
		char *text = resolve_in_random_order(seed);

		differing += strcmp(first, text) != 0;
		nmx_text_free(text);
	}
	CU_ASSERT_EQUAL(differing, 0);
	nmx_text_free(first);
}

/* ---- Asked ahead, and at the deadline -------------------------------------------------------- */

/* One of SRV and MX is silent; the other's hosts were asked for TLSA ahead and keep it. */
static void
check_silent_naming(const char *silent, const char *type, const char *owner, enum nmx_source source)
{
	struct nmx_context *ctx = start_context(NULL);
	struct got got = {0};

	script_reset();
	script_example(SCRIPT_INSIDE);
	script_rrset(silent, type, "", 2, SCRIPT_NEVER);
	nmx_request_start(ctx, "example.test", note_route, &got, NULL);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(got.calls, 0);
	CU_ASSERT_EQUAL(script_asked(owner, RR_TLSA), 1);
	script_advance_ms(20000);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL_FATAL(got.calls, 1);
	CU_ASSERT_EQUAL(nmx_route_outcome(got.route), NMX_DELIVERABLE);
	CU_ASSERT_EQUAL(nmx_route_source(got.route), source);
	for (size_t i = 0; i < nmx_route_host_count(got.route); i++)
		CU_ASSERT_EQUAL(nmx_host_tls(nmx_route_host(got.route, i)), NMX_TLS_DANE);
	CU_ASSERT(nmx_route_ttl(got.route) <= 60);
	got_done(&got);
	nmx_context_free(ctx);
}

/* DDL-1, DANE-2. */
static void
silent_naming(void)
{
	check_silent_naming("_smtp._tcp.example.test", "SRV", "_25._tcp.m.example.test",
			    NMX_SOURCE_MX);
	check_silent_naming("example.test", "MX", "_25._tcp.b.example.test", NMX_SOURCE_SRV);
}

/* Steps of one that wait are answered; what is known at each is cut off by a deadline of its own. */
static struct got
at_step(unsigned steps)
{
	struct nmx_context *ctx = start_context(NULL);
	struct nmx_request *req;
	struct got got = {0};

	script_reset();
	script_example(SCRIPT_LATER);
	nmx_request_start(ctx, "example.test", note_route, &got, &req);
	CU_ASSERT_EQUAL(nmx_request_set_deadline(req, 100), 0);
	dispatch_all(ctx);
	while (steps-- && !got.calls) {
		script_release(0);
		dispatch_all(ctx);
	}
	if (!got.calls) {
		script_advance_ms(100);
		dispatch_all(ctx);
	}
	CU_ASSERT_EQUAL_FATAL(got.calls, 1);
	nmx_request_free(req);
	nmx_context_free(ctx);
	return got;
}

/* DANE-6, DDL-1: all of example.test has TLSA; whenever the deadline comes, no host is used with less,
 * and nothing is bounced. */
static void
deadline_at_every_step(void)
{
	unsigned usable = 0;

	for (unsigned steps = 0; steps <= EXAMPLE_QUESTIONS; steps++) {
		struct got got = at_step(steps);
		enum nmx_outcome outcome = nmx_route_outcome(got.route);

		CU_ASSERT_NOT_EQUAL(outcome, NMX_REJECT);
		CU_ASSERT_EQUAL(outcome == NMX_DELIVERABLE, nmx_route_host_count(got.route) > 0);
		for (size_t i = 0; i < nmx_route_host_count(got.route); i++)
			CU_ASSERT_EQUAL(nmx_host_tls(nmx_route_host(got.route, i)), NMX_TLS_DANE);
		usable += outcome == NMX_DELIVERABLE;
		got_done(&got);
	}
	CU_ASSERT(usable > 0 && usable < EXAMPLE_QUESTIONS);
}

/* ---- No room -------------------------------------------------------------------------------- */

/* LIM-1, OUT-2: max-questions leaves no room for TLSA: the host is left out for that, mail waits, and
 * nothing is remembered. */
static void
no_room_for_tlsa(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct got got = {0};

	script_default(2, SCRIPT_INSIDE);
	script_rrset("full.test", "MX", "10 m.test", 2, SCRIPT_INSIDE);
	script_rrset("m.test", "A", "192.0.2.1", 2, SCRIPT_LATER);
	script_rrset("_25._tcp.m.test", "TLSA", TLSA, 2, SCRIPT_INSIDE);
	nmx_request_start(ctx, "full.test", note_route, &got, NULL);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(got.calls, 0);
	script_fail_asking(NMX_E_LIMIT);
	script_release_all();
	dispatch_all(ctx);
	CU_ASSERT_EQUAL_FATAL(got.calls, 1);
	CU_ASSERT_EQUAL(nmx_route_outcome(got.route), NMX_DEFER);
	CU_ASSERT_STRING_EQUAL(nmx_route_status(got.route), "4.3.2");
	CU_ASSERT_EQUAL_FATAL(nmx_route_dropped_count(got.route), 1);
	CU_ASSERT_EQUAL(nmx_drop_code(nmx_route_dropped(got.route, 0)), NMX_DROP_LIMIT);
	CU_ASSERT_STRING_EQUAL(nmx_drop_rule(nmx_route_dropped(got.route, 0)), "LIM-1");
	script_fail_asking(0);
	nmx_request_start(ctx, "full.test", note_route, &got, NULL);
	dispatch_all(ctx);
	script_release_all();
	dispatch_all(ctx);
	CU_ASSERT_EQUAL_FATAL(got.calls, 2);
	CU_ASSERT_EQUAL(nmx_route_outcome(got.route), NMX_DELIVERABLE);
	CU_ASSERT_EQUAL(nmx_host_tls(nmx_route_host(got.route, 0)), NMX_TLS_DANE);
	got_done(&got);
	nmx_context_free(ctx);
}

/* DANE-3: _25._tcp does not fit before the longest names, so nothing can stand there: no question is
 * asked, and that proves it for good. */
static void
a_name_too_long_for_tlsa(void)
{
	static const unsigned last_labels[] = {51, 52, 61};
	char name[300], owner[320], mx[320];

	for (size_t i = 0; i < sizeof(last_labels) / sizeof(last_labels[0]); i++) {
		bool fits = last_labels[i] <= 52;
		struct nmx_context *ctx = start_context(NULL);
		struct got got = {0};
		unsigned n = 0;

		memset(name, 'a', sizeof(name));
		for (; n < 3; n++)
			name[64 * n + 63] = '.';
		name[192 + last_labels[i]] = '\0';
		snprintf(mx, sizeof(mx), "10 %s", name);
		snprintf(owner, sizeof(owner), "_25._tcp.%s", name);
		script_reset();
		script_default(2, SCRIPT_INSIDE);
		script_rrset("long.test", "MX", mx, 2, SCRIPT_INSIDE);
		script_rrset(name, "A", "192.0.2.1", 2, SCRIPT_INSIDE);
		if (fits)
			script_rrset(owner, "TLSA", TLSA, 2, SCRIPT_INSIDE);
		nmx_request_start(ctx, "long.test", note_route, &got, NULL);
		dispatch_all(ctx);
		CU_ASSERT_EQUAL_FATAL(got.calls, 1);
		CU_ASSERT_EQUAL_FATAL(nmx_route_host_count(got.route), 1);
		CU_ASSERT_EQUAL(nmx_host_tls(nmx_route_host(got.route, 0)),
				fits ? NMX_TLS_DANE : NMX_TLS_MAY);
		CU_ASSERT_EQUAL(script_asked(NULL, 0), fits ? 5 : 4);
		got_done(&got);
		nmx_context_free(ctx);
	}
}

/* TTL-1: a TLSA failure is kept a minute by name, for every domain of the host. */
static void
a_failed_tlsa_is_remembered(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct got got = {0};

	script_rrset("one.test", "MX", "10 m.test", 2, SCRIPT_INSIDE);
	script_rrset("two.test", "MX", "10 m.test", 2, SCRIPT_INSIDE);
	script_rrset("m.test", "A", "192.0.2.1", 2, SCRIPT_INSIDE);
	script_put("_25._tcp.m.test", RR_TLSA, RCODE_SERVFAIL, NULL, 2, NULL, SCRIPT_INSIDE);
	nmx_request_start(ctx, "one.test", note_route, &got, NULL);
	nmx_request_start(ctx, "two.test", note_route, &got, NULL);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL_FATAL(got.calls, 2);
	CU_ASSERT_STRING_EQUAL(nmx_route_status(got.route), "4.7.5");
	CU_ASSERT_EQUAL(script_asked("_25._tcp.m.test", RR_TLSA), 1);
	script_rrset("_25._tcp.m.test", "TLSA", TLSA, 2, SCRIPT_INSIDE);
	script_advance_ms(60000);
	nmx_request_start(ctx, "two.test", note_route, &got, NULL);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(nmx_route_outcome(got.route), NMX_DELIVERABLE);
	CU_ASSERT_EQUAL(nmx_host_tls(nmx_route_host(got.route, 0)), NMX_TLS_DANE);
	got_done(&got);
	nmx_context_free(ctx);
}

/* DANE-7: without validation nothing could ever be delivered, so that is refused at once. */
static void
require_needs_dnssec(void)
{
	struct nmx_context *ctx;
	const char *error = "";

	CU_ASSERT_EQUAL_FATAL(nmx_context_new(&ctx), 0);
	nmx_context_set(ctx, "dane", "require", NULL);
	nmx_context_set(ctx, "dnssec", "off", NULL);
	CU_ASSERT_EQUAL(nmx_context_start(ctx, &error), NMX_E_CONFIG);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "dane"));
	nmx_context_free(ctx);
}

CU_TestInfo dane_tests[] = {
	{"three rounds", three_rounds},
	{"a hundred questions", a_hundred_questions},
	{"random orders", random_orders},
	{"silent naming", silent_naming},
	{"deadline at every step", deadline_at_every_step},
	{"no room for TLSA", no_room_for_tlsa},
	{"a name too long for TLSA", a_name_too_long_for_tlsa},
	{"a failed TLSA is remembered", a_failed_tlsa_is_remembered},
	{"require needs DNSSEC", require_needs_dnssec},
	CU_TEST_INFO_NULL,
};
