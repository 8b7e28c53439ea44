/* SPDX-License-Identifier: BSD-2-Clause */
/* Address answers that come so late, or one so long after the other, that TLSA is asked late or never. */
#include <stdio.h>
#include <string.h>

#include "machine.h"
#include "suites.h"

#define TLSA "3 1 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* ---- Together with the deadline -------------------------------------------------------------- */

/* Some questions are answered one by one; then, at the deadline and before anybody has looked at them,
 * all the others that wait. */
static struct got
all_at_the_deadline(unsigned steps)
{
	struct nmx_context *ctx = start_context((const char *const[]){"deadline-ms", "500", NULL});
	struct got got = {0};

	script_reset();
	script_example(SCRIPT_LATER);
	nmx_request_start(ctx, "example.test", note_route, &got, NULL);
	dispatch_all(ctx);
	while (steps-- && script_waiting()) {
		script_release(0);
		dispatch_all(ctx);
	}
	script_release_all();
	script_advance_ms(500);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL_FATAL(got.calls, 1);
	nmx_context_free(ctx);
	return got;
}

/* DANE-6: that a signed host's TLSA was never asked is no absence: all of example.test has TLSA, and no
 * host is used with less. */
static void
answers_with_the_deadline(void)
{
	for (unsigned steps = 0; steps <= EXAMPLE_QUESTIONS; steps++) {
		struct got got = all_at_the_deadline(steps);

		CU_ASSERT_NOT_EQUAL(nmx_route_outcome(got.route), NMX_REJECT);
		for (size_t i = 0; i < nmx_route_host_count(got.route); i++)
			CU_ASSERT_EQUAL(nmx_host_tls(nmx_route_host(got.route, i)), NMX_TLS_DANE);
		got_done(&got);
	}
}

/* The same where nothing else can be wrong: one MX host, whose addresses come with the deadline. */
static void
only_tlsa_is_missing(void)
{
	struct nmx_context *ctx = start_context((const char *const[]){"deadline-ms", "500", NULL});
	struct got got = {0};

	script_default(2, SCRIPT_INSIDE);
	script_rrset("one.test", "MX", "10 m.test", 2, SCRIPT_INSIDE);
	script_rrset("m.test", "A", "192.0.2.1", 2, SCRIPT_LATER);
	script_rrset("m.test", "AAAA", "2001:db8::1", 2, SCRIPT_LATER);
	script_rrset("_25._tcp.m.test", "TLSA", TLSA, 2, SCRIPT_NEVER);
	nmx_request_start(ctx, "one.test", note_route, &got, NULL);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(script_waiting(), 2);
	script_release_name("m.test", RR_A);
	script_release_name("m.test", RR_AAAA);
	script_advance_ms(500);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL_FATAL(got.calls, 1);
	CU_ASSERT_EQUAL(nmx_route_outcome(got.route), NMX_DEFER);
	CU_ASSERT_STRING_EQUAL(nmx_route_status(got.route), "4.7.5");
	CU_ASSERT_EQUAL_FATAL(nmx_route_dropped_count(got.route), 1);
	CU_ASSERT_EQUAL(nmx_drop_code(nmx_route_dropped(got.route, 0)), NMX_DROP_TLSA_FAILED);
	got_done(&got);
	nmx_context_free(ctx);
}

/* ---- One family after the other -------------------------------------------------------------- */

/* name is an alias of its own; A is not signed, AAAA is. */
static void
script_half_signed(const char *name)
{
	static const char *const types[] = {"A", "AAAA"};
	static const char *const addresses[] = {"192.0.2.1", "2001:db8::1"};
	static struct packet packet;
	char target[80];

	snprintf(target, sizeof(target), "end.%s", name);
	for (int i = 0; i < 2; i++) {
		packet_begin(&packet, 0, name, packet_type(types[i]));
		packet_text(&packet, ANSWER_SECTION, name, 300, "CNAME", target);
		packet_text(&packet, ANSWER_SECTION, target, 300, types[i], addresses[i]);
		script_put(name, packet_type(types[i]), 0, &packet, i ? 2 : 0, NULL, SCRIPT_LATER);
	}
}

/* LIM-1: 32 aliases of which first the unsigned, then the signed family answers: what the first alone
 * would call for is not asked on top of what both call for. */
static void
a_hundred_questions_whichever_family_is_first(void)
{
	for (int order = 0; order < 2; order++) {
		struct nmx_context *ctx = start_context(NULL);
		struct got got = {0};
		char mx[4096] = "", name[64];
		struct text text = text_into(mx, sizeof(mx));

		script_reset();
		script_default(2, SCRIPT_INSIDE);
		for (unsigned i = 0; i < 32; i++) {
			snprintf(name, sizeof(name), "h%u.test", i);
			text_printf(&text, "%s10 %s", i ? "|" : "", name);
			script_half_signed(name);
		}
		script_rrset("many.test", "MX", mx, 2, SCRIPT_INSIDE);
		nmx_request_start(ctx, "many.test", note_route, &got, NULL);
		dispatch_all(ctx);
		for (int family = 0; family < 2; family++) {
			for (unsigned i = 0; i < 32; i++) {
				snprintf(name, sizeof(name), "h%u.test", i);
				script_release_name(name, family == order ? RR_A : RR_AAAA);
			}
			dispatch_all(ctx);
		}
		CU_ASSERT_EQUAL(got.calls, 1);
		CU_ASSERT_EQUAL(script_asked(NULL, 0) - 2, 100);
		got_done(&got);
		nmx_context_free(ctx);
	}
}

CU_TestInfo dane_late_tests[] = {
	{"answers with the deadline", answers_with_the_deadline},
	{"only TLSA is missing", only_tlsa_is_missing},
	{"a hundred questions, whichever family is first",
	 a_hundred_questions_whichever_family_is_first},
	CU_TEST_INFO_NULL,
};
