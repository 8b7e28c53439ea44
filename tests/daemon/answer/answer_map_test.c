/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of daemon/answer.h, whole: map, outcome, class, and what is answered at all. */
#include "daemon/answer.h"

#include <stdio.h>
#include <string.h>

#include "answer_bench.h"
#include "unit.h"

const char unit_name[] = "daemon/answer";

static const enum question_kind domain_kinds[] = {QUESTION_ROUTE, QUESTION_EXIM,
						  QUESTION_EXIM_CLASS};
static const char *const kind_names[] = {"route",   "exim",    "exim-class",
					 "tls-sec", "tls-sts", "json"};

static const char two_hosts[] = "%s %s 10/1 a.example:25 233.252.0.1 ff0e::1; "
				"20/1 b_c.example:2525 233.252.0.2";

static struct nmx_route *
two_host_route(struct bench *bench, const char *source, const char *security)
{
	char hosts[256];

	snprintf(hosts, sizeof(hosts), two_hosts, source, security);
	return routes_new(bench, hosts, PREFER_6, "");
}

/* ---- Domains that are delivered to ---------------------------------------------------------- */

/* The class: of signed naming, of a policy in force, and of what the hosts demand. */
struct demand {
	const char *naming;
	enum nmx_sts_mode sts;
	enum nmx_tls tls; /* of the second host */
};

static enum class expected_class(const struct demand *d) {
	static const enum class by_tls[2][4] =
		{
			/* may, encrypt, sts, dane; naming insecure, no policy in force */
			{CLASS_MAY, CLASS_SEC, CLASS_MAY, CLASS_SEC},
			/* enforce */
			{CLASS_STS, CLASS_STS_SEC, CLASS_STS, CLASS_STS_SEC},
		};
	enum class class = by_tls[d->sts == NMX_STS_ENFORCE][d->tls];

	if (strcmp(d->naming, "secure") != 0) return class;
	return d->sts == NMX_STS_ENFORCE ? CLASS_STS_SEC : CLASS_SEC;
}

static const char *
expected_hosts(enum question_kind kind, enum class class)
{
	static char text[256];
	const char *name = answer_bench_classes[class];

	if (kind == QUESTION_ROUTE)
		snprintf(text, sizeof(text), "OK %s:[a.example]:25, [b_c.example]:2525 (answer)",
			 name);
	else if (kind == QUESTION_EXIM)
		snprintf(text, sizeof(text), "OK <;a.example:25;b_c.example:2525 (answer)");
	else
		snprintf(text, sizeof(text),
			 "OK class=%s hosts=<;a.example:25;b_c.example:2525 (answer)", name);
	return text;
}

/* Outcome is deliverable: every class, source, map and answer mode. */
static void
check_deliverable(const struct demand *d, const char *source)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = two_host_route(bench, source, d->naming);

	route->sts.mode = d->sts;
	route->hosts[1].tls = d->tls;
	CHECK(answer_class(route) == expected_class(d), "%s, sts %d, tls %d", d->naming, d->sts,
	      d->tls);
	for (size_t k = 0; k < N_OF(domain_kinds); k++) {
		for (int srv = 0; srv < 2; srv++) {
			bool is_passed_on = srv && strcmp(source, "srv") != 0;

			CHECK_TEXT(
				answer_bench_ask(domain_kinds[k], srv, route),
				is_passed_on ? "NOTFOUND  (notfound)"
					     : expected_hosts(domain_kinds[k], expected_class(d)),
				"%s, %s %s, sts %d, tls %d, answer %s", kind_names[domain_kinds[k]],
				source, d->naming, d->sts, d->tls, srv ? "srv" : "all");
		}
	}
	nmx_route_unref(route);
	bench_free(bench);
}

static void
deliverable_domains(void)
{
	static const char *const namings[] = {"insecure", "secure"};
	static const char *const sources[] = {"srv", "mx", "implicit"};
	static const enum nmx_sts_mode modes[] = {NMX_STS_ABSENT, NMX_STS_NONE, NMX_STS_TESTING,
						  NMX_STS_ENFORCE};

	for (size_t n = 0; n < N_OF(namings); n++)
		for (size_t m = 0; m < N_OF(modes); m++)
			for (unsigned tls = NMX_TLS_MAY; tls <= NMX_TLS_DANE; tls++)
				for (size_t s = 0; s < N_OF(sources); s++)
					check_deliverable(&(struct demand){namings[n], modes[m],
									   (enum nmx_tls)tls},
							  sources[s]);
}

/* ---- Domains that are not ------------------------------------------------------------------- */

static const struct failure {
	const char *source;
	enum nmx_outcome outcome;
	const char *status, *reason;
	const char *expected[3]; /* route, exim, exim-class */
	bool with_srv;		 /* said with "answer srv", too */
} failures[] = {
	{"none",
	 NMX_DEFER,
	 "4.4.3",
	 "MX: SERVFAIL",
	 {"OK retry:4.4.3 MX: SERVFAIL (defer)", "TEMP 4.4.3 MX: SERVFAIL (defer)",
	  "OK class=defer status=4.4.3 text=\"MX: SERVFAIL\" (defer)"},
	 false},
	{"srv",
	 NMX_DEFER,
	 "4.7.5",
	 "TLSA of a.example: bogus",
	 {"OK retry:4.7.5 TLSA of a.example: bogus (defer)",
	  "TEMP 4.7.5 TLSA of a.example: bogus (defer)",
	  "OK class=defer status=4.7.5 text=\"TLSA of a.example: bogus\" (defer)"},
	 true},
	{"none",
	 NMX_REJECT,
	 "5.1.10",
	 "the domain takes no mail (null MX, NMX-1)",
	 {"OK error:5.1.10 the domain takes no mail (null MX, NMX-1) (reject)",
	  "PERM 5.1.10 the domain takes no mail (null MX, NMX-1) (reject)",
	  "OK class=fail status=5.1.10 text=\"the domain takes no mail (null MX, NMX-1)\" "
	  "(reject)"},
	 false},
	{"mx",
	 NMX_REJECT,
	 "5.4.4",
	 "no host",
	 {"OK error:5.4.4 no host (reject)", "PERM 5.4.4 no host (reject)",
	  "OK class=fail status=5.4.4 text=\"no host\" (reject)"},
	 false},
	{"srv",
	 NMX_REJECT,
	 "5.4.6",
	 "a loop",
	 {"OK error:5.4.6 a loop (reject)", "PERM 5.4.6 a loop (reject)",
	  "OK class=fail status=5.4.6 text=\"a loop\" (reject)"},
	 true},
	/* a status of the other class, and what a stranger has put into a reason: Postfix would bounce
	 * "error:4", and Exim expand */
	{"mx",
	 NMX_DEFER,
	 "5.1.2",
	 "a \"${run{x}}\"\n9:b,",
	 {"OK retry:4.0.0 a run x 9:b, (defer)", "TEMP 4.0.0 a run x 9:b, (defer)",
	  "OK class=defer status=4.0.0 text=\"a run x 9:b,\" (defer)"},
	 false},
	{"mx",
	 NMX_REJECT,
	 "4.4.3",
	 "",
	 {"OK error:5.0.0 no reason is known (reject)", "PERM 5.0.0 no reason is known (reject)",
	  "OK class=fail status=5.0.0 text=\"no reason is known\" (reject)"},
	 false},
	/* no outcome of ours: never a bounce */
	{"mx",
	 (enum nmx_outcome)7,
	 "5.0.0",
	 "a",
	 {"OK retry:4.0.0 a (defer)", "TEMP 4.0.0 a (defer)",
	  "OK class=defer status=4.0.0 text=\"a\" (defer)"},
	 false},
};

static void
domains_that_cannot_be_delivered_to(void)
{
	for (size_t f = 0; f < N_OF(failures); f++) {
		const struct failure *failure = &failures[f];
		struct bench *bench = bench_new("");
		struct nmx_route *route =
			strcmp(failure->source, "none") == 0
				? routes_new(bench, "", PREFER_6, "")
				: two_host_route(bench, failure->source, "secure");

		answer_bench_fail(route, failure->outcome, failure->status, failure->reason);
		for (size_t k = 0; k < N_OF(domain_kinds); k++) {
			CHECK_TEXT(answer_bench_ask(domain_kinds[k], false, route),
				   failure->expected[k], "%zu", f);
			CHECK_TEXT(answer_bench_ask(domain_kinds[k], true, route),
				   failure->with_srv ? failure->expected[k]
						     : "NOTFOUND  (notfound)",
				   "%zu, answer srv", f);
		}
		nmx_route_unref(route);
		bench_free(bench);
	}
}

/* SELF-1: the route was made before this machine had the address; its plan knows. */
static void
self_1_the_plan_counts(void)
{
	static const char reason[] = "this machine has become the best host of the domain (SELF-1)";
	struct bench *bench = bench_new("");
	struct nmx_route *route = routes_new(bench, "srv insecure 10/0 a.example:25 233.252.0.1",
					     PREFER_6, "233.252.0.1");
	char expected[256];

	CHECK(nmx_route_outcome(route) == NMX_DELIVERABLE, "the route");
	for (int srv = 0; srv < 2; srv++) {
		snprintf(expected, sizeof(expected), "OK error:5.4.6 %s (reject)", reason);
		CHECK_TEXT(answer_bench_ask(QUESTION_ROUTE, srv, route), expected, "route");
		snprintf(expected, sizeof(expected), "PERM 5.4.6 %s (reject)", reason);
		CHECK_TEXT(answer_bench_ask(QUESTION_EXIM, srv, route), expected, "exim");
	}
	nmx_route_unref(route);
	answer_bench_drop(bench, "address-failed b.example:25 -");
	route = routes_new(bench, "srv insecure 10/0 a.example:25 233.252.0.1", PREFER_6,
			   "233.252.0.1");
	snprintf(expected, sizeof(expected), "OK retry:4.4.4 %s (defer)", reason);
	CHECK_TEXT(answer_bench_ask(QUESTION_ROUTE, false, route), expected, "temporary");
	nmx_route_unref(route);
	bench_free(bench);
}

/* Own domains, as the map's key says them only after IDNA; and literals, whatever becomes of them. */
static void
what_is_not_ours_to_say(void)
{
	static const struct {
		enum nmx_source source;
		const char *domain, *ascii;
		bool is_ours;
	} table[] = {
		{NMX_SOURCE_SRV, "example.org", "example.org", true},
		{NMX_SOURCE_SRV, "p\xc3\xa4ss.example", "pass.example", false},
		{NMX_SOURCE_SRV, "pass.example", "pass.example", false},
		{NMX_SOURCE_LITERAL, "[192.0.2.1]", "", false},
		{NMX_SOURCE_LITERAL, "192.0.2.1", "", false},
		{NMX_SOURCE_NONE, "[nonsense]", "", false},
	};
	static const enum nmx_outcome outcomes[] = {NMX_DELIVERABLE, NMX_DEFER, NMX_REJECT};

	for (size_t i = 0; i < N_OF(table); i++) {
		struct bench *bench = bench_new("");
		struct nmx_route *route = two_host_route(bench, "srv", "insecure");

		route->source = table[i].source;
		route->domain = table[i].domain;
		route->ascii = table[i].ascii;
		for (size_t o = 0; o < N_OF(outcomes); o++)
			for (size_t k = 0; k < N_OF(domain_kinds); k++) {
				const char *got;

				answer_bench_fail(route, outcomes[o], "5.0.0", "");
				got = answer_bench_ask(domain_kinds[k], false, route);
				CHECK((strcmp(got, "NOTFOUND  (notfound)") != 0) ==
					      table[i].is_ours,
				      "%s, outcome %zu: %s", table[i].domain, o, got);
			}
		nmx_route_unref(route);
		bench_free(bench);
	}
}

/* ---- Hosts ---------------------------------------------------------------------------------- */

static const struct {
	enum nmx_tls tls;
	const char *sec, *sts;
} tls_table[] = {
	{NMX_TLS_DANE, "OK dane-only (answer)", "OK dane-only (answer)"},
	{NMX_TLS_ENCRYPT, "OK encrypt (answer)",
	 "OK secure match=a.example servername=hostname (answer)"},
	{NMX_TLS_MAY, "OK may (answer)", "OK secure match=a.example servername=hostname (answer)"},
	{NMX_TLS_STS, "OK secure match=a.example servername=hostname (answer)",
	 "OK secure match=a.example servername=hostname (answer)"},
	{(enum nmx_tls)9, "TEMP what TLS must give is not known (defer)",
	 "TEMP what TLS must give is not known (defer)"},
};

/* For every answer mode and source: which map is asked is all that counts. */
static void
hosts_that_can_be_connected_to(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route =
		routes_new(bench, "mx secure 0/0 a.example:25 233.252.0.1", PREFER_6, "");

	route->source = NMX_SOURCE_HOST;
	for (size_t i = 0; i < N_OF(tls_table); i++) {
		route->hosts[0].tls = tls_table[i].tls;
		for (int srv = 0; srv < 2; srv++) {
			CHECK_TEXT(answer_bench_ask(QUESTION_TLS_SEC, srv, route), tls_table[i].sec,
				   "%zu", i);
			CHECK_TEXT(answer_bench_ask(QUESTION_TLS_STS, srv, route), tls_table[i].sts,
				   "%zu", i);
		}
	}
	nmx_route_unref(route);
	bench_free(bench);
}

/* Never "may", and nothing that Postfix would take for a policy. */
static void
hosts_that_cannot(void)
{
	static const enum question_kind kinds[] = {QUESTION_TLS_SEC, QUESTION_TLS_STS};
	struct bench *bench = bench_new("");
	struct nmx_route *route = routes_new(bench, "", PREFER_6, "");
	struct nmx_route *bad =
		routes_new(bench, "mx secure 0/0 -a.example:25 233.252.0.1", PREFER_6, "");

	for (size_t k = 0; k < N_OF(kinds); k++) {
		answer_bench_fail(route, NMX_DELIVERABLE, "2.0.0", "");
		CHECK_TEXT(answer_bench_ask(kinds[k], false, route),
			   "TEMP what TLS must give is not known (defer)", "no host");
		answer_bench_fail(route, NMX_DEFER, "4.7.5", "TLSA of $a: bogus");
		CHECK_TEXT(answer_bench_ask(kinds[k], false, route),
			   "TEMP TLSA of a: bogus (defer)", "defer");
		answer_bench_fail(route, NMX_REJECT, "5.4.4", "no address");
		CHECK_TEXT(answer_bench_ask(kinds[k], true, route), "TEMP no address (defer)",
			   "reject");
	}
	CHECK_TEXT(answer_bench_ask(QUESTION_TLS_STS, false, bad),
		   "TEMP what TLS must give is not known (defer)", "a name that is none");
	nmx_route_unref(route);
	nmx_route_unref(bad);
	bench_free(bench);
}

/* ---- Without a route ------------------------------------------------------------------------ */

#define LATER "the look-up takes longer than it may here; it goes on"
#define ENDED "looking this up has ended a worker; it is left alone for a while"
#define MANY "too many look-ups are running"
#define MEMORY "there is no memory for an answer"

/* clang-format off */
static const struct {
	enum trouble trouble;
	const char *told;
	const char *all[QUESTION_KINDS]; /* route, exim, exim-class, tls-sec, tls-sts, json */
} trouble_table[] = {
	{TROUBLE_LATER, "later", {
		"OK retry:4.4.3 " LATER, "TEMP 4.4.3 " LATER,
		"OK class=defer status=4.4.3 text=\"" LATER "\"",
		"TEMP " LATER, "TEMP " LATER, "TEMP " LATER}},
	{TROUBLE_QUARANTINED, "quarantined", {
		"TEMP " ENDED, "TEMP 4.3.0 " ENDED, "TEMP 4.3.0 " ENDED,
		"TEMP " ENDED, "TEMP " ENDED, "TEMP " ENDED}},
	{TROUBLE_OVERLOAD, "overload", {
		"OK retry:4.3.2 " MANY, "TEMP 4.3.2 " MANY,
		"OK class=defer status=4.3.2 text=\"" MANY "\"",
		"TEMP " MANY, "TEMP " MANY, "TEMP " MANY}},
	{TROUBLE_MEMORY, "error", {
		"OK retry:4.3.2 " MEMORY, "TEMP 4.3.2 " MEMORY,
		"OK class=defer status=4.3.2 text=\"" MEMORY "\"",
		"TEMP " MEMORY, "TEMP " MEMORY, "TEMP " MEMORY}},
};
/* clang-format on */

static void
troubles(void)
{
	for (size_t t = 0; t < N_OF(trouble_table); t++) {
		for (unsigned kind = 0; kind < QUESTION_KINDS; kind++) {
			bool is_passed_on = kind <= QUESTION_EXIM_CLASS &&
					    trouble_table[t].trouble != TROUBLE_QUARANTINED;
			char expected[256];

			snprintf(expected, sizeof(expected), "%s (%s)", trouble_table[t].all[kind],
				 trouble_table[t].told);
			CHECK_TEXT(answer_bench_trouble((enum question_kind)kind, false,
							trouble_table[t].trouble),
				   expected, "%s", kind_names[kind]);
			if (is_passed_on)
				snprintf(expected, sizeof(expected), "NOTFOUND  (%s)",
					 trouble_table[t].told);
			CHECK_TEXT(answer_bench_trouble((enum question_kind)kind, true,
							trouble_table[t].trouble),
				   expected, "%s, answer srv", kind_names[kind]);
		}
	}
}

/* A question that is not for this table gets no route. */
static void
json_is_not_answered_here(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = two_host_route(bench, "srv", "insecure");

	CHECK_TEXT(answer_bench_ask(QUESTION_JSON, false, route), "TEMP " MEMORY " (error)",
		   "json");
	nmx_route_unref(route);
	bench_free(bench);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(deliverable_domains),
	UNIT_TEST(domains_that_cannot_be_delivered_to),
	UNIT_TEST(self_1_the_plan_counts),
	UNIT_TEST(what_is_not_ours_to_say),
	UNIT_TEST(hosts_that_can_be_connected_to),
	UNIT_TEST(hosts_that_cannot),
	UNIT_TEST(troubles),
	UNIT_TEST(json_is_not_answered_here),
	CU_TEST_INFO_NULL,
};
