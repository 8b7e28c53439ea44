/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RULES DANE-6, as a full table: whatever becomes of two hosts' TLSA and addresses, a failure never
 * turns into cleartext and never into a bounce.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "suites.h"

/* What becomes of a host: D must match, E encrypts, M may; F is skipped for its TLSA, T as well and
 * only the deadline knows; A is only temporarily without an address, W is that at the deadline; G has
 * none. */
enum kind {
	USABLE,
	UNUSABLE,
	ABSENT,
	DENIED_UNSIGNED,
	UNSIGNED,
	SERVFAIL,
	BOGUS,
	REFUSED,
	TRUNCATED,
	MALFORMED,
	SILENT,
	NO_SUCH_HOST,
	ADDRESS_SERVFAIL,
	ADDRESS_SILENT,
	ADDRESS_UNSIGNED,
	LOOPBACK,
	N_KINDS
};
static const char fates[] = "DEMMMFFFFFTGAWMG";
static const char *const kind_names[] = {"usable",     "unusable",  "absent",	  "denied unsigned",
					 "unsigned",   "servfail",  "bogus",	  "refused",
					 "truncated",  "malformed", "silent",	  "no such host",
					 "A servfail", "A silent",  "A unsigned", "loopback"};

/* Where the two hosts stand. */
enum shape { SAME_TIER, TWO_TIERS, SRV_SAME_TIER, SRV_TWO_TIERS, SRV_AND_MX, TWO_PORTS, N_SHAPES };
static const char *const shape_names[] = {"same tier",	    "two tiers",  "SRV, same tier",
					  "SRV, two tiers", "SRV and MX", "two ports"};

struct table_case {
	enum shape shape;
	enum kind kinds[2];
	enum script_when when;
};

static const char *
fate_text(const struct table_case *c)
{
	static char text[256];

	snprintf(text, sizeof(text), "%s: %s, %s%s", shape_names[c->shape], kind_names[c->kinds[0]],
		 kind_names[c->kinds[1]], c->when == SCRIPT_LATER ? ", later" : "");
	return text;
}

/* CUnit copies what it is given. */
static void
expect(bool good, const struct table_case *c, const char *what)
{
	char text[512] = "";

	if (!good)
		snprintf(text, sizeof(text), "%s: %s", fate_text(c), what);
	CU_assertImplementation(good, __LINE__, text, __FILE__, "", CU_FALSE);
}

/* ---- The script ----------------------------------------------------------------------------- */

#define DIGEST "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* A failed answer brings another answer's bytes, which would be usable. */
static void
script_tlsa(const char *owner, enum kind kind, enum script_when when)
{
	static struct packet packet;
	int rcode = kind == SERVFAIL ? RCODE_SERVFAIL : kind == REFUSED ? RCODE_REFUSED : 0;

	packet_begin(&packet, kind == TRUNCATED ? FLAG_TC : 0, owner, RR_TLSA);
	if (kind == ABSENT || kind == DENIED_UNSIGNED)
		packet_soa(&packet, "test", 300, 300);
	else
		packet_text(&packet, ANSWER_SECTION, owner, 300, "TLSA",
			    kind == UNUSABLE ? "1 1 1 " DIGEST : "3 1 1 " DIGEST);
	if (kind == MALFORMED)
		packet.size -= 3;
	script_put(owner, RR_TLSA, rcode, &packet,
		   kind == BOGUS				 ? 1
		   : kind == UNSIGNED || kind == DENIED_UNSIGNED ? 0
								 : 2,
		   kind == BOGUS ? "signature expired" : NULL,
		   kind == SILENT ? SCRIPT_NEVER : when);
}

static void
script_addresses(const char *name, enum kind kind, enum script_when when)
{
	static struct packet packet;

	if (kind == NO_SUCH_HOST)
		return;
	if (kind != ADDRESS_SERVFAIL) {
		script_rrset(name, "A", kind == LOOPBACK ? "127.0.0.1" : "192.0.2.1",
			     kind == ADDRESS_UNSIGNED ? 0 : 2,
			     kind == ADDRESS_SILENT ? SCRIPT_NEVER : when);
		return;
	}
	packet_begin(&packet, 0, name, RR_A);
	packet_text(&packet, ANSWER_SECTION, name, 300, "A", "192.0.2.66");
	script_put(name, RR_A, RCODE_SERVFAIL, &packet, 2, NULL, when);
	script_put(name, RR_AAAA, RCODE_SERVFAIL, NULL, 2, NULL, when);
}

static bool
is_srv(enum shape shape, unsigned host)
{
	return shape == SRV_AND_MX ? host == 0 : shape >= SRV_SAME_TIER;
}

static void
script_naming(const struct table_case *c)
{
	static const char *const srv[] = {[SRV_SAME_TIER] = "10 1 25 a.test|10 1 25 b.test",
					  [SRV_TWO_TIERS] = "10 1 25 a.test|20 1 25 b.test",
					  [SRV_AND_MX] = "10 1 25 a.test",
					  [TWO_PORTS] = "10 1 25 a.test|10 1 2525 a.test"};
	static const char *const mx[] = {[SAME_TIER] = "10 a.test|10 b.test",
					 [TWO_TIERS] = "10 a.test|20 b.test",
					 [SRV_SAME_TIER] = "0 .",
					 [SRV_TWO_TIERS] = "0 .",
					 [SRV_AND_MX] = "10 b.test",
					 [TWO_PORTS] = "0 ."};

	if (c->shape >= SRV_SAME_TIER)
		script_rrset("_smtp._tcp.two.test", "SRV", srv[c->shape], 2, c->when);
	script_rrset("two.test", "MX", mx[c->shape], 2, c->when);
}

static void
script_case(const struct table_case *c)
{
	bool one_name = c->shape == TWO_PORTS;

	script_reset();
	script_default(2, c->when);
	script_naming(c);
	script_addresses("a.test", c->kinds[0], c->when);
	script_tlsa("_25._tcp.a.test", c->kinds[0], c->when);
	if (!one_name)
		script_addresses("b.test", c->kinds[1], c->when);
	script_tlsa(one_name ? "_2525._tcp.a.test" : "_25._tcp.b.test", c->kinds[1], c->when);
}

/* ---- What must come out --------------------------------------------------------------------- */

struct expected {
	bool used[2];
	const char *status;
};

/* DDL-1: at the deadline a worse host is no substitute for one that is undecided. */
static bool
is_cut(const struct table_case *c, unsigned host)
{
	bool worse = c->shape == TWO_TIERS || c->shape == SRV_TWO_TIERS;

	return host == 1 && worse && strchr("TW", fates[c->kinds[0]]);
}

static struct expected
expected_of(const struct table_case *c)
{
	struct expected e = {.status = "2.0.0"};
	char both[3] = {fates[c->kinds[0]], fates[c->kinds[1]], '\0'};

	for (unsigned i = 0; i < 2; i++)
		e.used[i] = strchr("DEM", both[i]) && !is_cut(c, i);
	if (e.used[0] || e.used[1])
		return e;
	if (strpbrk(both, "FT"))
		e.status = "4.7.5";
	else if (strpbrk(both, "AW"))
		e.status = "4.4.4";
	else
		e.status = c->shape == SAME_TIER || c->shape == TWO_TIERS || c->shape == SRV_AND_MX
				   ? "5.4.4"
				   : "5.1.10";
	return e;
}

/* ---- The run -------------------------------------------------------------------------------- */

/* Any question that waits and will be answered. */
static bool
release_one(const struct table_case *c)
{
	static const struct {
		const char *name;
		uint16_t type;
		int host; /* -1: of the domain */
		enum kind silent;
	} questions[] = {
		{"_smtp._tcp.two.test", RR_SRV, -1, N_KINDS},
		{"two.test", RR_MX, -1, N_KINDS},
		{"b.test", RR_AAAA, 1, N_KINDS},
		{"b.test", RR_A, 1, ADDRESS_SILENT},
		{"a.test", RR_A, 0, ADDRESS_SILENT},
		{"a.test", RR_AAAA, 0, N_KINDS},
		{"_25._tcp.a.test", RR_TLSA, 0, SILENT},
		{"_25._tcp.b.test", RR_TLSA, 1, SILENT},
		{"_2525._tcp.a.test", RR_TLSA, 1, SILENT},
	};

	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		if ((questions[i].host < 0 || c->kinds[questions[i].host] != questions[i].silent) &&
		    script_release_name(questions[i].name, questions[i].type))
			return true;
	return false;
}

static unsigned
host_of(const struct table_case *c, const struct nmx_host *host)
{
	if (c->shape == TWO_PORTS)
		return nmx_host_port(host) == 2525;
	return nmx_host_name(host)[0] == 'b';
}

static enum nmx_tls
least_tls(enum kind kind)
{
	return kind == USABLE ? NMX_TLS_DANE : kind == UNUSABLE ? NMX_TLS_ENCRYPT : NMX_TLS_MAY;
}

static void
check_plan(const struct table_case *c, struct nmx_route *route, const struct expected *e)
{
	struct nmx_plan *plan;
	bool used[2] = {false};

	CU_ASSERT_EQUAL_FATAL(nmx_plan_new(route, 1, &plan), 0);
	for (size_t i = 0; i < nmx_plan_count(plan); i++) {
		const struct nmx_endpoint *endpoint = nmx_plan_endpoint(plan, i);
		const struct nmx_host *host = nmx_endpoint_host(endpoint);
		unsigned which = host_of(c, host);
		char fate = fates[c->kinds[which]];

		used[which] = true;
		expect(!strchr("FT", fate), c, "a host whose TLSA failed is in the plan");
		expect(nmx_endpoint_tls(endpoint) == least_tls(c->kinds[which]), c,
		       "another requirement");
		expect((nmx_host_stage(host) == NMX_SOURCE_SRV) == is_srv(c->shape, which), c,
		       "another stage");
	}
	for (unsigned i = 0; i < 2; i++)
		expect(used[i] == e->used[i], c, i ? "the second host" : "the first host");
	nmx_plan_free(plan);
}

static void
check_route(const struct table_case *c, struct nmx_route *route)
{
	struct expected e = expected_of(c);
	bool failed = strchr("FT", fates[c->kinds[0]]) || strchr("FT", fates[c->kinds[1]]);
	char what[64];

	snprintf(what, sizeof(what), "status %s, not %s", nmx_route_status(route), e.status);
	expect(strcmp(nmx_route_status(route), e.status) == 0, c, what);
	if (failed) {
		expect(nmx_route_outcome(route) != NMX_REJECT, c, "bounced for a failed TLSA");
		expect(nmx_route_ttl(route) <= 60, c, "kept for more than a minute");
	}
	check_plan(c, route, &e);
}

static void
run_case(const struct table_case *c)
{
	struct nmx_context *ctx;
	struct got got = {0};

	script_case(c);
	ctx = start_context(NULL);
	nmx_request_start(ctx, "two.test", note_route, &got, NULL);
	dispatch_all(ctx);
	while (release_one(c))
		dispatch_all(ctx);
	if (!got.calls) {
		script_advance_ms(20000);
		dispatch_all(ctx);
	}
	expect(got.calls == 1 && got.error == 0, c, "one answer");
	if (got.route)
		check_route(c, got.route);
	got_done(&got);
	nmx_context_free(ctx);
}

/* One name has one address answer for both ports. */
static bool
makes_sense(const struct table_case *c)
{
	return c->shape != TWO_PORTS || c->kinds[0] == c->kinds[1] ||
	       (c->kinds[0] < NO_SUCH_HOST && c->kinds[1] < NO_SUCH_HOST);
}

static void
the_full_table(void)
{
	struct table_case c;
	unsigned n = 0;

	for (unsigned code = 0; code < N_SHAPES * N_KINDS * N_KINDS * 2; code++) {
		c = (struct table_case){.shape = (enum shape)(code / (2 * N_KINDS * N_KINDS)),
					.kinds = {(enum kind)(code / 2 / N_KINDS % N_KINDS),
						  (enum kind)(code / 2 % N_KINDS)},
					.when = code % 2 ? SCRIPT_LATER : SCRIPT_INSIDE};
		if (!makes_sense(&c))
			continue;
		run_case(&c);
		n++;
	}
	CU_ASSERT_EQUAL(n, 2 * (5 * 16 * 16 + 11 * 11 + 5));
}

CU_TestInfo two_hosts_tests[] = {
	{"the full table", the_full_table},
	CU_TEST_INFO_NULL,
};
