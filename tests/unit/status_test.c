/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/status.h"

#include <string.h>

#include "bench.h"
#include "unit.h"

const char unit_name[] = "policy/status";

enum { N_SRV = SRV_USABLE + 1, N_MX = MX_USABLE + 1, N_CODES = NMX_DROP_LIMIT + 1 };

/* ---- OUT-4 ---------------------------------------------------------------------------------- */

/* OUT-4, code by code. */
static const struct {
	enum nmx_drop_code code;
	enum status_cause cause;
	const char *status; /* of a domain whose hosts were dropped for that alone */
} causes[] = {
	{NMX_DROP_PORT_ZERO, CAUSE_PERMANENT, "5.4.4"},
	{NMX_DROP_PORT_REFUSED, CAUSE_LOCAL, "4.7.0"},
	{NMX_DROP_NULL_TARGET, CAUSE_PERMANENT, "5.4.4"},
	{NMX_DROP_BAD_NAME, CAUSE_PERMANENT, "5.4.4"},
	{NMX_DROP_IP_LITERAL_TARGET, CAUSE_PERMANENT, "5.4.4"},
	{NMX_DROP_DUPLICATE, CAUSE_NONE, "5.4.4"},
	{NMX_DROP_SELF, CAUSE_PERMANENT, "5.4.6"},
	{NMX_DROP_BEYOND_SELF, CAUSE_PERMANENT, "5.4.4"},
	{NMX_DROP_NO_ADDRESS, CAUSE_PERMANENT, "5.4.4"},
	{NMX_DROP_ADDRESS_FAILED, CAUSE_TEMPORARY, "4.4.4"},
	{NMX_DROP_ADDRESS_BOGUS, CAUSE_TEMPORARY, "4.7.0"},
	{NMX_DROP_LOOPBACK_ADDRESS, CAUSE_PERMANENT, "5.4.4"},
	{NMX_DROP_PRIVATE_ADDRESS, CAUSE_LOCAL, "4.7.0"},
	{NMX_DROP_RESERVED_ADDRESS, CAUSE_LOCAL, "4.7.0"},
	{NMX_DROP_DENIED_ADDRESS, CAUSE_LOCAL, "4.7.0"},
	{NMX_DROP_CNAME_CHAIN, CAUSE_PERMANENT, "5.4.4"},
	{NMX_DROP_DNSSEC_REQUIRED, CAUSE_LOCAL, "4.7.0"},
	{NMX_DROP_TLSA_FAILED, CAUSE_TEMPORARY, "4.7.5"},
	{NMX_DROP_DANE_REQUIRED, CAUSE_LOCAL, "4.7.0"},
	{NMX_DROP_STS_MISMATCH, CAUSE_TEMPORARY, "4.7.0"},
	{NMX_DROP_LIMIT, CAUSE_TEMPORARY, "4.4.4"},
};

static void
out_4_every_drop_code(void)
{
	CHECK(N_OF(causes) == N_CODES, "every code is in the table");
	for (size_t i = 0; i < N_OF(causes); i++) {
		CHECK(causes[i].code == (enum nmx_drop_code)i, "%zu", i);
		CHECK(status_cause_of(causes[i].code) == causes[i].cause, "%s",
		      nmx_drop_code_name(causes[i].code));
	}
}

/* ---- OUT-1, OUT-2 --------------------------------------------------------------------------- */

/* A sentence of the explanation for each code, none of which takes an argument. */
static void
add_drop(struct bench *bench, enum nmx_drop_code code)
{
	notes_drop(&bench->notes,
		   &(struct drop){.stage = NMX_SOURCE_MX,
				  .code = code,
				  .port = 25,
				  .host = bench_name(bench, "mx.example")},
		   WHY_DROP_PORT_ZERO);
}

static struct verdict
decide(struct bench *bench, enum srv_state srv, enum mx_state mx, bool deliverable, bool overloaded)
{
	struct selection sel = {.srv = srv,
				.mx = mx,
				.bogus = "no signature",
				.srv_failure = "TIMEOUT",
				.mx_failure = "SERVFAIL"};
	struct stage_choice choice = select_stages(srv, true, mx, &bench->settings);
	struct status_input in = {.settings = &bench->settings,
				  .sel = &sel,
				  .notes = &bench->notes,
				  .domain = bench_name(bench, "example.org"),
				  .text = "example.org",
				  .deliverable = deliverable,
				  .overloaded = overloaded};

	sel.n_stages = (size_t)choice.srv + choice.mx + choice.implicit;
	return status_decide(&in);
}

/*
 * What the naming answers alone decide, for no cause at all: rows SRV, columns MX as in the enums.
 * 3: 4.4.3, B: 4.7.0 bogus, 2: 5.1.2, N: 5.1.10, .: it is up to the causes, here none (5.4.4).
 */
typedef const char *const naming_table[N_SRV];

static naming_table usual = {
	/*  absent nxdomain null chain unknown bogus empty exhausted usable */
	".2N.3B...", /* off */
	".2N.3B...", /* absent */
	".2N.3B...", /* ignored */
	"NNNNNNNNN", /* null: SRV-6; beside anything but MX absent it cannot happen */
	"33N33B333", /* unknown: SEL-1 (d) */
	"BBNB3BBBB", /* bogus */
	".2N.3B...", /* empty */
	".2n.3B...", /* usable; n: SRV was signed, and all its hosts went: null MX decides late */
};
static naming_table srv_error_defers = {
	".2N.3B...", ".2N.3B...", ".2N.3B...", "NNNNNNNNN",
	"333333333", "BBBBBBBBB", ".2N.3B...", ".2n.3B...",
};

static const char *
status_of(char letter)
{
	switch (letter) {
	case '3':
		return "4.4.3";
	case 'B':
		return "4.7.0";
	case '2':
		return "5.1.2";
	case 'N':
	case 'n':
		return "5.1.10";
	default:
		return "5.4.4";
	}
}

/* Whether a letter leaves room for a softer cause among the drops. */
static bool
causes_decide(char letter)
{
	return letter == '.' || letter == '2' || letter == 'n';
}

static void
check_verdict(const struct verdict *verdict, const char *status, const char *what, int srv, int mx)
{
	enum nmx_outcome outcome = status[0] == '2'   ? NMX_DELIVERABLE
				   : status[0] == '4' ? NMX_DEFER
						      : NMX_REJECT;

	CHECK(strcmp(verdict->code, status) == 0 && verdict->outcome == outcome,
	      "SRV %d, MX %d, %s: %s %s, not %s", srv, mx, what, nmx_outcome_name(verdict->outcome),
	      verdict->code, status);
	CHECK((*verdict->reason != '\0') == (outcome != NMX_DELIVERABLE), "SRV %d, MX %d, %s", srv,
	      mx, what);
	for (const char *c = verdict->reason; *c; c++)
		CHECK(*c >= 0x20 && *c < 0x7f, "%s", verdict->reason);
}

static void
check_table(const char *options, naming_table table)
{
	for (int srv = 0; srv < N_SRV; srv++) {
		for (int mx = 0; mx < N_MX; mx++) {
			struct bench *bench = bench_new(options);
			char letter = table[srv][mx];
			struct verdict v;

			v = decide(bench, (enum srv_state)srv, (enum mx_state)mx, false, false);
			check_verdict(&v, status_of(letter), "no cause", srv, mx);
			v = decide(bench, (enum srv_state)srv, (enum mx_state)mx, true, false);
			check_verdict(&v, "2.0.0", "deliverable", srv, mx);
			v = decide(bench, (enum srv_state)srv, (enum mx_state)mx, false, true);
			check_verdict(&v, "4.3.2", "overloaded", srv, mx);
			bench_free(bench);
			for (size_t i = 0; i < N_OF(causes); i++) {
				bool soft = causes[i].cause == CAUSE_TEMPORARY ||
					    causes[i].cause == CAUSE_LOCAL ||
					    causes[i].code == NMX_DROP_SELF;
				const char *expected = soft && causes_decide(letter)
							       ? causes[i].status
							       : status_of(letter);

				bench = bench_new(options);
				add_drop(bench, causes[i].code);
				v = decide(bench, (enum srv_state)srv, (enum mx_state)mx, false,
					   false);
				check_verdict(&v, expected, nmx_drop_code_name(causes[i].code), srv,
					      mx);
				bench_free(bench);
			}
		}
	}
}

/* OUT-1, OUT-2: SRV state, MX state, and each cause. */
static void
out_1_out_2_the_whole_table(void)
{
	check_table("", usual);
	check_table("srv-error defer", srv_error_defers);
}

/* OUT-1: any temporary or local cause beats any permanent one, in either order. */
static void
out_1_soft_before_hard(void)
{
	for (size_t i = 0; i < N_OF(causes); i++) {
		for (size_t j = 0; j < N_OF(causes); j++) {
			struct bench *bench = bench_new("");
			bool soft = causes[i].cause == CAUSE_TEMPORARY ||
				    causes[i].cause == CAUSE_LOCAL ||
				    causes[j].cause == CAUSE_TEMPORARY ||
				    causes[j].cause == CAUSE_LOCAL;
			struct verdict v;

			add_drop(bench, causes[i].code);
			add_drop(bench, causes[j].code);
			v = decide(bench, SRV_ABSENT, MX_USABLE, false, false);
			CHECK((v.outcome == NMX_DEFER) == soft && (v.code[0] == '4') == soft,
			      "%s and %s: %s", nmx_drop_code_name(causes[i].code),
			      nmx_drop_code_name(causes[j].code), v.code);
			bench_free(bench);
		}
	}
}

/* SEL-1 (d): an unknown or bogus stage defers whatever the causes are, but for a null MX. */
static void
sel_1_unknown_stages_never_reject(void)
{
	static const struct {
		enum srv_state srv;
		enum mx_state mx;
	} states[] = {{SRV_UNKNOWN, MX_USABLE},	  {SRV_BOGUS, MX_USABLE},
		      {SRV_ABSENT, MX_UNKNOWN},	  {SRV_ABSENT, MX_BOGUS},
		      {SRV_USABLE, MX_UNKNOWN},	  {SRV_EMPTY, MX_BOGUS},
		      {SRV_UNKNOWN, MX_NXDOMAIN}, {SRV_BOGUS, MX_CHAIN}};

	for (size_t i = 0; i < N_OF(states); i++) {
		for (size_t j = 0; j < N_OF(causes); j++) {
			struct bench *bench = bench_new("");
			struct verdict v;

			add_drop(bench, causes[j].code);
			v = decide(bench, states[i].srv, states[i].mx, false, false);
			CHECK(v.outcome == NMX_DEFER, "SRV %d, MX %d, %s", (int)states[i].srv,
			      (int)states[i].mx, nmx_drop_code_name(causes[j].code));
			bench_free(bench);
		}
	}
}

/* OUT-2: the reason names the record and the rule. */
static void
out_2_reasons(void)
{
	static const struct {
		enum srv_state srv;
		enum mx_state mx;
		int code; /* of a drop, -1 for none */
		const char *reason;
	} cases[] = {
		{SRV_ABSENT, MX_NXDOMAIN, -1, "no such domain: example.org (MX-3)"},
		{SRV_ABSENT, MX_NULL, -1, "example.org takes no mail: null MX (NMX-1)"},
		{SRV_NULL, MX_ABSENT, -1,
		 "example.org takes no mail: its SRV record says so (SRV-6)"},
		{SRV_ABSENT, MX_UNKNOWN, -1, "MX of example.org: SERVFAIL (MX-3)"},
		{SRV_ABSENT, MX_BOGUS, -1, "the MX answer is bogus (MX-3): no signature"},
		{SRV_UNKNOWN, MX_ABSENT, -1, "SRV of example.org: TIMEOUT (SRV-14)"},
		{SRV_BOGUS, MX_ABSENT, -1, "the SRV answer is bogus (SRV-14): no signature"},
		{SRV_ABSENT, MX_CHAIN, -1, "example.org is an alias of more than 8 steps (MX-1)"},
		{SRV_ABSENT, MX_USABLE, NMX_DROP_NO_ADDRESS, "mx.example port 25: port 0 (SRV-8)"},
		{SRV_ABSENT, MX_USABLE, NMX_DROP_LIMIT, "mx.example port 25: port 0 (SRV-8)"},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct bench *bench = bench_new("");
		struct verdict v;

		if (cases[i].code >= 0)
			add_drop(bench, (enum nmx_drop_code)cases[i].code);
		v = decide(bench, cases[i].srv, cases[i].mx, false, false);
		CHECK_TEXT(v.reason, cases[i].reason, "%zu", i);
		bench_free(bench);
	}
}

/* OUT-2: names of 255 hostile octets fit into the reason, or are cut cleanly. */
static void
out_2_reasons_of_hostile_names(void)
{
	struct bench *bench = bench_new("");
	uint8_t name[LIMIT_NAME];
	struct selection sel = {.srv = SRV_ABSENT, .mx = MX_NXDOMAIN};
	struct status_input in = {.settings = &bench->settings,
				  .sel = &sel,
				  .notes = &bench->notes,
				  .domain = name,
				  .text = "hostile"};
	struct drop drop = {.stage = NMX_SOURCE_MX, .code = NMX_DROP_BAD_NAME, .host = name};
	struct verdict v;

	memset(name, 1, sizeof(name));
	name[0] = name[64] = name[128] = 63;
	name[192] = 61;
	name[254] = 0;
	v = status_decide(&in);
	CHECK(strlen(v.reason) > 1000, "%zu", strlen(v.reason));
	notes_drop(&bench->notes, &drop, WHY_HOST_ALIAS, name, name);
	sel.mx = MX_USABLE;
	v = status_decide(&in);
	CHECK(strlen(v.reason) > 1000, "%zu", strlen(v.reason));
	for (const char *c = v.reason; *c; c++)
		CHECK(*c >= 0x20 && *c < 0x7f, "printable");
	bench_free(bench);
}

/* A literal has no name: the reason begins with what there is. */
static void
reasons_of_literals(void)
{
	struct bench *bench = bench_new("");
	struct address address = bench_address("10.0.0.1");
	struct selection sel = {.mx = MX_EMPTY, .n_stages = 1};
	struct status_input in = {.settings = &bench->settings,
				  .sel = &sel,
				  .notes = &bench->notes,
				  .text = "[10.0.0.1]"};
	struct drop drop = {.stage = NMX_SOURCE_LITERAL,
			    .code = NMX_DROP_PRIVATE_ADDRESS,
			    .port = 25,
			    .address = &address};
	struct verdict v;

	notes_drop(&bench->notes, &drop, WHY_DROP_SPECIAL, "private use (RFC 1918)");
	v = status_decide(&in);
	CHECK_TEXT(v.code, "4.7.0", "private");
	CHECK_TEXT(v.reason, "[10.0.0.1] port 25: private use (RFC 1918) (ADR-1)", "private");
	bench_free(bench);
	bench = bench_new("");
	in.settings = &bench->settings;
	in.notes = &bench->notes;
	drop = (struct drop){
		.stage = NMX_SOURCE_LITERAL, .code = NMX_DROP_DNSSEC_REQUIRED, .port = 25};
	notes_drop(&bench->notes, &drop, WHY_DROP_INSECURE_NAMING, "literal");
	v = status_decide(&in);
	CHECK_TEXT(v.code, "4.7.0", "DNSSEC-1: nothing left: defer, never a bounce");
	CHECK_TEXT(v.reason,
		   "[10.0.0.1] port 25: the naming (literal) is not signed (dnssec require) "
		   "(DNSSEC-1)",
		   "DNSSEC-1");
	bench_free(bench);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(out_4_every_drop_code),  UNIT_TEST(out_1_out_2_the_whole_table),
	UNIT_TEST(out_1_soft_before_hard), UNIT_TEST(sel_1_unknown_stages_never_reject),
	UNIT_TEST(out_2_reasons),	   UNIT_TEST(out_2_reasons_of_hostile_names),
	UNIT_TEST(reasons_of_literals),	   CU_TEST_INFO_NULL,
};
