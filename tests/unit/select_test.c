/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/select.h"

#include <stdlib.h>
#include <string.h>

#include "select_cases.h"
#include "unit.h"

const char unit_name[] = "policy/select";

/* ---- SEL-1 as a table ----------------------------------------------------------------------- */

/* S: the SRV stage, M: the MX stage, I: implicit MX, B: SRV, then MX; J: SRV, then implicit; -: none.
 * Rows as srv_words, columns as mx_words. */
typedef const char *const stage_table[N_SRV];

static stage_table usual = {
	/*  a n 0 c u b e x U */
	"I-------M", /* off */
	"I-------M", /* absent */
	"I-------M", /* ignored */
	"--------M", /* null */
	"I-------M", /* unknown: SRV-14 */
	"I-------M", /* bogus */
	"I-------M", /* empty: SRV-15 */
	"JS-SSSSSB", /* usable */
};
/* (b): signed SRV records beside a null MX. */
static stage_table signed_srv = {
	"I-------M", "I-------M", "I-------M", "--------M",
	"I-------M", "I-------M", "I-------M", "JSSSSSSSB",
};
/* SRV-16: srv-fallback absent lets MX follow only where there are no SRV records. */
static stage_table absent = {
	"I-------M", "I-------M", "I-------M", "--------M",
	"I-------M", "I-------M", "---------", "SS-SSSSSS",
};
static stage_table absent_signed = {
	"I-------M", "I-------M", "I-------M", "--------M",
	"I-------M", "I-------M", "---------", "SSSSSSSSS",
};

static char
choice_letter(struct stage_choice choice)
{
	if (choice.srv)
		return choice.mx ? 'B' : choice.implicit ? 'J' : 'S';
	return choice.mx ? 'M' : choice.implicit ? 'I' : '-';
}

static void
check_stages(stage_table table, bool secure, enum srv_fallback fallback, bool defers)
{
	const struct policy_settings settings = {.srv_fallback = fallback,
						 .srv_error_defers = defers};

	for (int srv = 0; srv < N_SRV; srv++) {
		for (int mx = 0; mx < N_MX; mx++) {
			/* SRV-14: srv-error defer gives up, whatever MX is */
			bool aborted = defers && (srv == SRV_UNKNOWN || srv == SRV_BOGUS);
			char expected = aborted ? '-' : table[srv][mx];
			char got = choice_letter(select_stages((enum srv_state)srv, secure,
							       (enum mx_state)mx, &settings));

			CHECK(got == expected,
			      "SRV %s (%s), MX %s, fallback %d, defer %d: %c, not %c",
			      srv_words[srv], secure ? "signed" : "unsigned", mx_words[mx],
			      (int)fallback, defers, got, expected);
		}
	}
}

/* SEL-1: the whole table. What srv-fallback unusable means is seen when addresses are known. */
static void
sel_1_the_whole_table(void)
{
	for (int defers = 0; defers < 2; defers++) {
		check_stages(usual, false, SRV_FALLBACK_EXHAUSTED, defers);
		check_stages(usual, false, SRV_FALLBACK_UNUSABLE, defers);
		check_stages(absent, false, SRV_FALLBACK_ABSENT, defers);
		check_stages(signed_srv, true, SRV_FALLBACK_EXHAUSTED, defers);
		check_stages(signed_srv, true, SRV_FALLBACK_UNUSABLE, defers);
		check_stages(absent_signed, true, SRV_FALLBACK_ABSENT, defers);
	}
}

/* ---- From answers --------------------------------------------------------------------------- */

/* SRV-6: a lone "." rejects only when signed, no wildcard, and MX is NODATA. */
static void
srv_6_a_lone_null_target(void)
{
	static const struct select_case cases[] = {
		{"", "secure 0 0 0 .", "secure NODATA", "", "", SRV_NULL, MX_ABSENT},
		{"", "secure 0 0 0 .", "insecure NODATA", "", "", SRV_NULL, MX_ABSENT},
		{"", "secure 7 9 25 .", "secure NODATA", "", "", SRV_NULL, MX_ABSENT},
		{"", "secure wildcard 0 0 0 .", "secure NODATA",
		 "implicit secure 0/0 example.org:25", "", SRV_ABSENT, MX_ABSENT},
		{"srv-null ignore", "secure 0 0 0 .", "secure NODATA",
		 "implicit secure 0/0 example.org:25", "", SRV_ABSENT, MX_ABSENT},
		{"", "insecure 0 0 0 .", "insecure NODATA", "implicit insecure 0/0 example.org:25",
		 "", SRV_ABSENT, MX_ABSENT},
		{"", "insecure 0 0 0 .", "secure NODATA", "implicit secure 0/0 example.org:25", "",
		 SRV_IGNORED, MX_ABSENT},
		{"srv any", "insecure 0 0 0 .", "secure NODATA",
		 "implicit secure 0/0 example.org:25", "", SRV_ABSENT, MX_ABSENT},
		{"", "secure 0 0 0 .", "secure " MX1, MX1_SECURE, "", SRV_ABSENT, MX_USABLE},
		{"", "secure 0 0 0 .", "SERVFAIL", "", "", SRV_ABSENT, MX_UNKNOWN},
		{"", "secure 0 0 0 .", "BOGUS", "", "", SRV_ABSENT, MX_BOGUS},
		{"", "secure 0 0 0 .", "secure 0 .", "", "", SRV_ABSENT, MX_NULL},
		{"", "secure 0 0 0 .", "secure NXDOMAIN", "", "", SRV_ABSENT, MX_NXDOMAIN},
	};

	select_check(cases, N_OF(cases));
}

/* SRV-7: "." among others. */
static void
srv_7_a_null_target_among_others(void)
{
	static const struct select_case cases[] = {
		{"", "0 0 25 .; 5 1 25 a.example", MX1,
		 "srv insecure 5/1 a.example:25 | " MX1_STAGE, "null-target .:25 SRV-7", SRV_USABLE,
		 MX_USABLE},
		{"", "secure 0 0 0 .; 5 1 0 a.example", "secure NODATA",
		 "implicit secure 0/0 example.org:25",
		 "null-target .:0 SRV-7; port-zero a.example:0 SRV-8", SRV_EMPTY, MX_ABSENT},
		{"", "secure 0 0 0 .; 1 0 0 .", "secure NODATA",
		 "implicit secure 0/0 example.org:25",
		 "null-target .:0 SRV-7; null-target .:0 SRV-7", SRV_EMPTY, MX_ABSENT},
	};

	select_check(cases, N_OF(cases));
}

static void
srv_8_port_zero(void)
{
	static const struct select_case cases[] = {
		{"", "1 1 0 a.example; 2 1 25 b.example", "NODATA",
		 "srv insecure 2/1 b.example:25 | implicit insecure 0/0 example.org:25",
		 "port-zero a.example:0 SRV-8", SRV_USABLE, MX_ABSENT},
		{"ports-secure 1-65535", "secure 1 1 0 a.example", "secure " MX1, MX1_SECURE,
		 "port-zero a.example:0 SRV-8", SRV_EMPTY, MX_USABLE},
	};

	select_check(cases, N_OF(cases));
}

/* SRV-9: what a target may be called. */
static void
srv_9_target_names(void)
{
	static const struct {
		const char *target, *drop; /* "": used */
	} cases[] = {
		{"a.example", ""},
		{"_mail.a.example", ""},
		{"1.example", ""},
		{"xn--bcher-kva.example", ""},
		{"192.0.2.1", "ip-literal-target"},
		{"2001:db8::1", "ip-literal-target"},
		{"[192.0.2.1]", "ip-literal-target"},
		{"-a.example", "bad-name"},
		{"a-.example", "bad-name"},
		{"a\\032b.example", "bad-name"},
		{"a\\000b.example", "bad-name"},
		{"a\\010b.example", "bad-name"},
		{"*.example", "bad-name"},
		{"a,b.example", "bad-name"},
		{"a.1", "bad-name"},
		{"1234", "bad-name"},
		{"a\\255.example", "bad-name"},
		{"a\\046b.example", "bad-name"},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct bench *bench = bench_new("");
		struct text srv = text_growing();
		struct selection sel;

		text_printf(&srv, "1 1 25 %s", cases[i].target);
		sel = select_answers(bench, srv.data, "NODATA");
		CHECK((sel.srv == SRV_USABLE) == (*cases[i].drop == '\0'), "%s", cases[i].target);
		if (*cases[i].drop)
			CHECK(strncmp(bench_drops_text(bench), cases[i].drop,
				      strlen(cases[i].drop)) == 0 &&
				      strstr(bench_drops_text(bench), "SRV-9"),
			      "%s: %s", cases[i].target, bench_drops_text(bench));
		free(srv.data);
		bench_free(bench);
	}
}

/* SRV-9: an alias of the SRV name itself is followed up to 8 steps. */
static void
srv_9_the_srv_name_may_be_an_alias(void)
{
	static const struct select_case cases[] = {
		{"", "chain=8 1 1 25 a.example", MX1, "srv insecure 1/1 a.example:25 | " MX1_STAGE,
		 "", SRV_USABLE, MX_USABLE},
		{"", "chain=9 1 1 25 a.example", MX1, MX1_STAGE, "", SRV_ABSENT, MX_USABLE},
	};

	select_check(cases, N_OF(cases));
}

/* SRV-2, SRV-11: priorities ascending; (target, port) is the identity. */
static void
srv_11_repeats(void)
{
	static const struct select_case cases[] = {
		{"srv-fallback absent",
		 "secure 20 1 25 a.example; 10 5 25 a.example; 10 7 25 a.example; 10 1 2525 "
		 "a.example; 5 0 25 b.example",
		 "NXDOMAIN", "srv secure 5/0 b.example:25 10/12 a.example:25 10/1 a.example:2525",
		 "duplicate a.example:25 SRV-11", SRV_USABLE, MX_NXDOMAIN},
		{"", "1 65535 25 a.example; 1 65535 25 a.example; 1 0 25 b.example", "NXDOMAIN",
		 "srv insecure 1/131070 a.example:25 1/0 b.example:25", "", SRV_USABLE,
		 MX_NXDOMAIN},
		{"", "1 0 25 a.example; 2 0 25 a.example; 3 0 25 a.example", "NXDOMAIN",
		 "srv insecure 1/0 a.example:25",
		 "duplicate a.example:25 SRV-11; duplicate a.example:25 SRV-11", SRV_USABLE,
		 MX_NXDOMAIN},
		/* a refused port makes no repeat of a good one */
		{"", "1 0 26 a.example; 2 0 25 a.example", "NXDOMAIN",
		 "srv insecure 2/0 a.example:25", "port-refused a.example:26 PORT-1", SRV_USABLE,
		 MX_NXDOMAIN},
	};

	select_check(cases, N_OF(cases));
}

/* PORT-1: unsigned and signed, sets, the deny list, and 3 ports a host. */
static void
port_1_ports(void)
{
	static const struct select_case cases[] = {
		{"", "1 0 2525 a.example", "NXDOMAIN", "", "port-refused a.example:2525 PORT-1",
		 SRV_EMPTY, MX_NXDOMAIN},
		{"", "secure 1 0 2525 a.example", "NXDOMAIN", "srv secure 1/0 a.example:2525", "",
		 SRV_USABLE, MX_NXDOMAIN},
		{"", "secure 1 0 465 a.example; 1 0 587 b.example; 1 0 26 c.example", "NXDOMAIN",
		 "",
		 "port-refused a.example:465 PORT-1; port-refused b.example:587 PORT-1; "
		 "port-refused c.example:26 PORT-1",
		 SRV_EMPTY, MX_NXDOMAIN},
		{"ports-secure 465", "secure 1 0 465 a.example; 1 0 25 b.example", "NXDOMAIN",
		 "srv secure 1/0 a.example:465", "port-refused b.example:25 PORT-1", SRV_USABLE,
		 MX_NXDOMAIN},
		{"ports-insecure 1-65535;ports-secure 1-65535",
		 "1 0 6379 a.example; 1 0 22 b.example; 1 0 587 c.example", "NXDOMAIN",
		 "srv insecure 1/0 c.example:587",
		 "port-refused a.example:6379 PORT-1; port-refused b.example:22 PORT-1", SRV_USABLE,
		 MX_NXDOMAIN},
		{"",
		 "secure 1 0 2001 a.example; 2 0 2002 a.example; 3 0 2003 a.example; 4 0 2004 "
		 "a.example; 4 0 2004 b.example",
		 "NXDOMAIN",
		 "srv secure 1/0 a.example:2001 2/0 a.example:2002 3/0 a.example:2003 4/0 "
		 "b.example:2004",
		 "port-refused a.example:2004 PORT-1", SRV_USABLE, MX_NXDOMAIN},
	};

	select_check(cases, N_OF(cases));
}

/* SRV-13: no SRV. SRV-14: SRV unknown. SRV-15: SRV empty. In each case MX goes on. */
static void
srv_13_14_15_mx_goes_on(void)
{
	static const struct select_case cases[] = {
		{"", "NODATA", MX1, MX1_STAGE, "", SRV_ABSENT, MX_USABLE},
		{"", "NXDOMAIN", "NODATA", "implicit insecure 0/0 example.org:25", "", SRV_ABSENT,
		 MX_ABSENT},
		{"", "SERVFAIL", MX1, MX1_STAGE, "", SRV_UNKNOWN, MX_USABLE},
		{"", "REFUSED", MX1, MX1_STAGE, "", SRV_UNKNOWN, MX_USABLE},
		{"", "TIMEOUT", MX1, MX1_STAGE, "", SRV_UNKNOWN, MX_USABLE},
		{"", "OVERLOAD", MX1, MX1_STAGE, "", SRV_UNKNOWN, MX_USABLE},
		{"", "BOGUS", MX1, MX1_STAGE, "", SRV_BOGUS, MX_USABLE},
		{"", "SERVFAIL", "NODATA", "implicit insecure 0/0 example.org:25", "", SRV_UNKNOWN,
		 MX_ABSENT},
		{"srv-error defer", "SERVFAIL", MX1, "", "", SRV_UNKNOWN, MX_USABLE},
		{"srv-error defer", "BOGUS", MX1, "", "", SRV_BOGUS, MX_USABLE},
		{"srv-error defer", "NODATA", MX1, MX1_STAGE, "", SRV_ABSENT, MX_USABLE},
		{"", "1 1 99 a.example", MX1, MX1_STAGE, "port-refused a.example:99 PORT-1",
		 SRV_EMPTY, MX_USABLE},
		{"", "1 1 99 a.example", "NODATA", "implicit insecure 0/0 example.org:25",
		 "port-refused a.example:99 PORT-1", SRV_EMPTY, MX_ABSENT},
	};

	select_check(cases, N_OF(cases));
}

/* SRV-16: when MX may follow. */
static void
srv_16_fallback(void)
{
	static const struct select_case cases[] = {
		{"srv-fallback absent", "1 1 25 a.example", MX1, "srv insecure 1/1 a.example:25",
		 "", SRV_USABLE, MX_USABLE},
		{"srv-fallback absent", "1 1 25 a.example", "NODATA",
		 "srv insecure 1/1 a.example:25", "", SRV_USABLE, MX_ABSENT},
		{"srv-fallback absent", "1 1 99 a.example", MX1, "",
		 "port-refused a.example:99 PORT-1", SRV_EMPTY, MX_USABLE},
		{"srv-fallback absent", "NODATA", MX1, MX1_STAGE, "", SRV_ABSENT, MX_USABLE},
		{"srv-fallback unusable", "1 1 99 a.example", MX1, MX1_STAGE,
		 "port-refused a.example:99 PORT-1", SRV_EMPTY, MX_USABLE},
		{"srv-fallback unusable", "1 1 25 a.example", MX1,
		 "srv insecure 1/1 a.example:25 | " MX1_STAGE, "", SRV_USABLE, MX_USABLE},
		{"srv-fallback exhausted", "1 1 25 a.example", MX1,
		 "srv insecure 1/1 a.example:25 | " MX1_STAGE, "", SRV_USABLE, MX_USABLE},
	};

	select_check(cases, N_OF(cases));
}

/* SRV-16: what is said about the MX stage is what happens. */
static void
srv_16_explanations_are_true(void)
{
	static const char *const fallbacks[] = {"srv-fallback exhausted", "srv-fallback unusable",
						"srv-fallback absent"};
	static const char *const srvs[] = {"NODATA", "SERVFAIL", "1 1 25 a.example",
					   "1 1 99 a.example"};
	static const char *const mxs[] = {
		"NODATA", MX1, "SERVFAIL", "NXDOMAIN", "0 .", "10 a.example", "10 1.2.3.4"};

	for (size_t f = 0; f < N_OF(fallbacks); f++) {
		for (size_t s = 0; s < N_OF(srvs); s++) {
			for (size_t m = 0; m < N_OF(mxs); m++) {
				struct bench *bench = bench_new(fallbacks[f]);
				struct selection sel = select_answers(bench, srvs[s], mxs[m]);
				bool mx = sel.n_stages &&
					  sel.stages[sel.n_stages - 1].source != NMX_SOURCE_SRV;

				CHECK(!(mx && bench_explains(bench, WHY_MX_NOT_AFTER)),
				      "%s, SRV %s, MX %s: %s", fallbacks[f], srvs[s], mxs[m],
				      bench_why_text(bench));
				CHECK(bench_explains(bench, WHY_MX_AFTER_SRV) ==
					      (sel.n_stages == 2),
				      "%s, SRV %s, MX %s: %s", fallbacks[f], srvs[s], mxs[m],
				      bench_why_text(bench));
				bench_free(bench);
			}
		}
	}
}

/* SRV-17, SRV-18: the use of unsigned SRV records, by what MX is. */
static void
srv_17_18_unsigned_records(void)
{
	static const struct {
		const char *mx;
		bool used;
	} mxs[] = {
		{"insecure " MX1, true},  {"secure " MX1, false},      {"insecure NODATA", true},
		{"secure NODATA", false}, {"insecure NXDOMAIN", true}, {"secure NXDOMAIN", false},
		{"BOGUS", false},	  {"SERVFAIL", true},	       {"TIMEOUT", true},
		{"secure 0 .", false},
	};

	for (size_t i = 0; i < N_OF(mxs); i++) {
		static const char *const uses[] = {"srv auto", "srv any", "srv secure", "srv off"};

		for (size_t u = 0; u < N_OF(uses); u++) {
			for (int secure = 0; secure < 2; secure++) {
				bool used = u == 3   ? false
					    : secure ? true
					    : u == 2 ? false
					    : u == 1 ? true
						     : mxs[i].used;
				struct bench *bench = bench_new(uses[u]);
				struct selection sel = select_answers(
					bench,
					secure ? "secure 1 1 25 a.example" : "1 1 25 a.example",
					mxs[i].mx);
				enum srv_state expected = u == 3 ? SRV_OFF
							  : used ? SRV_USABLE
								 : SRV_IGNORED;

				CHECK(sel.srv == expected, "%s, signed %d, MX %s: %s", uses[u],
				      secure, mxs[i].mx, srv_words[sel.srv]);
				bench_free(bench);
			}
		}
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(sel_1_the_whole_table),
	UNIT_TEST(srv_6_a_lone_null_target),
	UNIT_TEST(srv_7_a_null_target_among_others),
	UNIT_TEST(srv_8_port_zero),
	UNIT_TEST(srv_9_target_names),
	UNIT_TEST(srv_9_the_srv_name_may_be_an_alias),
	UNIT_TEST(srv_11_repeats),
	UNIT_TEST(port_1_ports),
	UNIT_TEST(srv_13_14_15_mx_goes_on),
	UNIT_TEST(srv_16_fallback),
	UNIT_TEST(srv_16_explanations_are_true),
	UNIT_TEST(srv_17_18_unsigned_records),
	CU_TEST_INFO_NULL,
};
