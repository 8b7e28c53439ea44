/* SPDX-License-Identifier: BSD-2-Clause */
/* More questions than max-questions allows (RULES OUT-2): who has begun waits for the others' answers. */
#include <stdio.h>

#include "machine.h"
#include "script.h"
#include "sts.h"
#include "suites.h"

enum { DOMAINS = 3, HOSTS = 4, ROOM = 8, MOST_HOSTS = 32 };

static const char *const few[] = {"max-questions", "8", "deadline-ms", "1000", NULL};

/* Each has hosts whose A and AAAA fill all the room. */
static void
wide_domains(int n_domains, int n_hosts, enum script_when when)
{
	char name[32], records[MOST_HOSTS * 32];

	script_default(0, SCRIPT_LATER);
	for (int d = 0; d < n_domains; d++) {
		size_t n = 0;

		for (int h = 0; h < n_hosts; h++) {
			n += (size_t)snprintf(records + n, sizeof(records) - n, "%s10 h%d.w%d.test",
					      h ? "|" : "", h, d);
			snprintf(name, sizeof(name), "h%d.w%d.test", h, d);
			script_rrset(name, "A", "192.0.2.1", 0, when);
			script_rrset(name, "AAAA", "2001:db8::1", 0, when);
		}
		snprintf(name, sizeof(name), "w%d.test", d);
		script_rrset(name, "MX", records, 0, SCRIPT_LATER);
	}
}

static void
start_all(struct nmx_context *ctx, struct got *got, struct nmx_request **ret_requests)
{
	char name[32];

	for (int d = 0; d < DOMAINS; d++) {
		snprintf(name, sizeof(name), "w%d.test", d);
		CU_ASSERT_EQUAL(nmx_request_start(ctx, name, note_route, &got[d], &ret_requests[d]),
				0);
	}
	dispatch_all(ctx);
	script_release_all(); /* SRV and MX; then the hosts are asked for */
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_QUESTIONS_NOW), ROOM);
}

static void
end_all(struct nmx_context *ctx, struct got *got, struct nmx_request **requests)
{
	for (int d = 0; d < DOMAINS; d++) {
		nmx_request_free(requests[d]);
		got_done(&got[d]);
	}
	nmx_context_free(ctx);
}

/* Every domain gets its answer, with never more in flight than allowed. */
static void
who_has_begun_waits(void)
{
	struct nmx_context *ctx = start_context(few);
	struct nmx_request *requests[DOMAINS];
	struct got got[DOMAINS] = {{0}};

	wide_domains(DOMAINS, HOSTS, SCRIPT_LATER);
	start_all(ctx, got, requests);
	for (int i = 0; i < DOMAINS * HOSTS && stat_of(ctx, NMX_STAT_QUESTIONS_NOW) > 0; i++) {
		CU_ASSERT(stat_of(ctx, NMX_STAT_QUESTIONS_NOW) <= ROOM);
		script_release_all();
		dispatch_all(ctx);
	}
	for (int d = 0; d < DOMAINS; d++) {
		CU_ASSERT_EQUAL_FATAL(got[d].calls, 1);
		CU_ASSERT_EQUAL(nmx_route_outcome(got[d].route), NMX_DELIVERABLE);
		CU_ASSERT_EQUAL(nmx_route_host_count(got[d].route), HOSTS);
	}
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_OVERLOADS), 0);
	end_all(ctx, got, requests);
}

/* What waits is answered from inside the asking, in one dispatch. */
static void
answers_come_inside(void)
{
	struct nmx_context *ctx = start_context(few);
	struct nmx_request *requests[DOMAINS];
	struct got got[DOMAINS] = {{0}};

	wide_domains(DOMAINS, HOSTS, SCRIPT_LATER);
	start_all(ctx, got, requests);
	wide_domains(DOMAINS, HOSTS, SCRIPT_INSIDE);
	script_release_all();
	dispatch_all(ctx);
	for (int d = 0; d < DOMAINS; d++)
		CU_ASSERT_EQUAL(got[d].calls, 1);
	end_all(ctx, got, requests);
}

/* What was not asked until the deadline: 4.3.2, and nothing is remembered of the domain. */
static void
the_deadline_comes(void)
{
	struct nmx_context *ctx = start_context(few);
	struct nmx_request *requests[DOMAINS];
	struct got got[DOMAINS] = {{0}};

	wide_domains(DOMAINS, HOSTS, SCRIPT_NEVER);
	start_all(ctx, got, requests);
	script_advance_ms(1000);
	dispatch_all(ctx);
	for (int d = 0; d < DOMAINS; d++) {
		CU_ASSERT_EQUAL_FATAL(got[d].calls, 1);
		CU_ASSERT_EQUAL(nmx_route_outcome(got[d].route), NMX_DEFER);
		CU_ASSERT_STRING_EQUAL(nmx_route_status(got[d].route), d ? "4.3.2" : "4.4.4");
	}
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_CACHED_ROUTES), 1);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_LOOKUPS_NOW), 0);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_OVERLOADS), 2 * HOSTS * (DOMAINS - 1));
	end_all(ctx, got, requests);
}

/* Who is given up does not wait any more, nor who begins anew after a jump of the clock. */
static void
nobody_waits_any_more(void)
{
	struct nmx_context *ctx = start_context(few);
	struct nmx_request *requests[DOMAINS];
	struct got got[DOMAINS] = {{0}};
	uint64_t asked;

	wide_domains(DOMAINS, HOSTS, SCRIPT_LATER);
	start_all(ctx, got, requests);
	asked = stat_of(ctx, NMX_STAT_QUESTIONS);
	for (int d = 1; d < DOMAINS; d++)
		nmx_request_cancel(requests[d]);
	script_jump_wall_s(3600);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_QUESTIONS), asked + 2); /* SRV and MX again */
	for (int i = 0; i < HOSTS; i++) {
		script_release_all();
		dispatch_all(ctx);
	}
	CU_ASSERT_EQUAL(got[0].calls, 1);
	CU_ASSERT_EQUAL(got[1].calls + got[2].calls, 0);
	end_all(ctx, got, requests);
}

/* More wait than are asked in one call, and each that is asked leaves its room at once. */
static void
very_many_wait(void)
{
	enum { MANY = 12 };
	static const char *const room[] = {"max-questions", "64", NULL};
	struct nmx_context *ctx = start_context(room);
	struct got got = {0};
	char name[32];

	wide_domains(MANY, MOST_HOSTS, SCRIPT_LATER);
	for (int d = 0; d < MANY; d++) {
		snprintf(name, sizeof(name), "w%d.test", d);
		CU_ASSERT_EQUAL(nmx_request_start(ctx, name, note_route, &got, NULL), 0);
	}
	dispatch_all(ctx);
	script_release_all();
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_QUESTIONS_NOW), 64);
	wide_domains(MANY, MOST_HOSTS, SCRIPT_INSIDE);
	script_release_all();
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(got.calls, MANY);
	CU_ASSERT_EQUAL(nmx_route_host_count(got.route), MOST_HOSTS);
	got_done(&got);
	nmx_context_free(ctx);
}

/* Others wait for every place that becomes free, and yet d.test has its policy. */
static void
a_policy_is_fetched(void)
{
	enum { WIDE = 6, ALL_ROOM = 64, SPARED = 16 };
	static const char *const room[] = {"sts",	    "on", "backoff", "no",
					   "max-questions", "64", NULL};
	struct nmx_context *ctx;
	struct got got = {0}, others = {0};
	char name[32];

	script_reset();
	script_fetch_reset();
	wide_domains(WIDE, MOST_HOSTS, SCRIPT_LATER);
	script_default(0, SCRIPT_INSIDE);
	sts_publish("1", SCRIPT_LATER);
	script_fetch_put("mta-sts.d.test", FETCH_OK, ENFORCE, SCRIPT_INSIDE);
	ctx = start_context(room);
	sts_ask(ctx, &got);
	for (int d = 0; d < WIDE; d++) {
		snprintf(name, sizeof(name), "w%d.test", d);
		CU_ASSERT_EQUAL(nmx_request_start(ctx, name, note_route, &others, NULL), 0);
	}
	dispatch_all(ctx);
	for (int d = 0; d < WIDE; d++) {
		snprintf(name, sizeof(name), "w%d.test", d);
		script_release_name(name, RR_MX);
	}
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_QUESTIONS_NOW), ALL_ROOM - SPARED);
	script_release_name("_mta-sts.d.test", RR_TXT);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(got.calls, 1);
	CU_ASSERT_EQUAL(script_fetched(NULL), 1);
	CU_ASSERT_EQUAL(sts_tls(&got), NMX_TLS_STS);
	nmx_context_free(ctx);
	got_done(&got);
	got_done(&others);
}

/* That it could not be asked says nothing of the domain, and is not kept. */
static void
no_room_for_the_record(void)
{
	enum { SILENT = 2 };
	static const char *const room[] = {"sts",	    "on", "backoff", "no",
					   "max-questions", "8",  NULL};
	struct nmx_context *ctx;
	struct got got = {0}, others = {0};
	char name[64];

	script_reset();
	script_default(0, SCRIPT_INSIDE);
	sts_publish("1", SCRIPT_LATER);
	script_rrset("d.test", "MX", "10 m.d.test", 0, SCRIPT_LATER);
	script_rrset("_smtp._tcp.d.test", "SRV", "", 0, SCRIPT_LATER);
	ctx = start_context(room);
	for (int d = 0; d < SILENT; d++) {
		snprintf(name, sizeof(name), "_smtp._tcp.s%d.test", d);
		script_rrset(name, "SRV", "", 0, SCRIPT_NEVER);
		snprintf(name, sizeof(name), "s%d.test", d);
		script_rrset(name, "MX", "", 0, SCRIPT_NEVER);
		CU_ASSERT_EQUAL(nmx_request_start(ctx, name, note_route, &others, NULL), 0);
	}
	sts_ask(ctx, &got);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_QUESTIONS_NOW), 6);
	script_advance_ms(5001); /* sts-timeout */
	dispatch_all(ctx);
	script_release_name("d.test", RR_MX);
	script_release_name("_smtp._tcp.d.test", RR_SRV);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(got.calls, 1);
	CU_ASSERT_EQUAL(script_asked("_mta-sts.d.test", RR_TXT), 0);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_OVERLOADS), 1);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_CACHED_ROUTES), 0);
	nmx_context_free(ctx);
	got_done(&got);
	got_done(&others);
}

CU_TestInfo room_tests[] = {
	{"a policy is fetched", a_policy_is_fetched},
	{"no room for the record", no_room_for_the_record},
	{"very many wait", very_many_wait},
	{"who has begun waits", who_has_begun_waits},
	{"answers come inside", answers_come_inside},
	{"the deadline comes", the_deadline_comes},
	{"nobody waits any more", nobody_waits_any_more},
	CU_TEST_INFO_NULL,
};
