/* SPDX-License-Identifier: BSD-2-Clause */
/* Base domains and verdicts of RULES DANE-2, DANE-3, DANE-6, as whole tables; records in tlsa_test.c. */
#include "policy/dane.h"

#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "keys.h"
#include "unit.h"

const char unit_name[] = "policy/dane";

/* ---- DANE-2: base domains ------------------------------------------------------------------- */

/* Answers that one family of a host's addresses may get. */
static const char *const address_answers[] = {"secure DATA",
					      "secure chain=1 DATA",
					      "insecure DATA",
					      "insecure chain=1 DATA",
					      "secure NODATA",
					      "insecure NODATA",
					      "secure NXDOMAIN",
					      "secure chain=2 NODATA",
					      "insecure chain=1 NODATA",
					      "SERVFAIL",
					      "REFUSED",
					      "BOGUS",
					      "TIMEOUT",
					      "OVERLOAD",
					      "LIMIT",
					      "NONE"};

static struct answer
address_answer(struct bench *bench, uint16_t type, const char *text)
{
	char copy[64];
	char *data;

	strcpy(copy, text);
	data = strstr(copy, "DATA");
	if (data && data[-1] != 'O')
		strcpy(data, type == RR_A ? "192.0.2.1" : "2001:db8::1");
	return bench_answer(bench, type, copy);
}

/* The rule once more, from the texts. */
static const char *
expected_bases(const char *a, const char *aaaa, bool is_implicit_alias)
{
	bool a_has = strstr(a, " DATA") != NULL, aaaa_has = strstr(aaaa, " DATA") != NULL;
	bool a_signed = a_has && strncmp(a, "secure", 6) == 0;
	bool aaaa_signed = aaaa_has && strncmp(aaaa, "secure", 6) == 0;
	const char *deciding = a_signed ? a : aaaa_signed ? aaaa : a_has ? a : aaaa;
	bool alias = strstr(deciding, "chain") != NULL;

	if (!a_has && !aaaa_has)
		return "";
	if (a_signed || aaaa_signed)
		return is_implicit_alias ? alias ? "canonical.example domain.example"
						 : "mx.example domain.example"
		       : alias		 ? "canonical.example mx.example"
					 : "mx.example";
	return alias ? "mx.example if signed" : "";
}

static const char *
bases_text(const struct dane_bases *bases)
{
	static char buffer[4 * LIMIT_NAME_TEXT];
	struct text text = text_into(buffer, sizeof(buffer));

	for (size_t i = 0; i < bases->n; i++) {
		text_add(&text, i ? " " : "");
		dname_print(&text, bases->names[i]);
	}
	text_add(&text, bases->alias ? " if signed" : "");
	return buffer;
}

/* Both come from the same names: one of them alone cannot be an alias. */
static bool
is_contradiction(const char *a, const char *aaaa)
{
	return strstr(a, " DATA") && strstr(aaaa, " DATA") &&
	       !strstr(a, "chain") != !strstr(aaaa, "chain");
}

static void
check_bases(const char *a, const char *aaaa)
{
	struct bench *bench = bench_new("");
	struct host_answers answers = {address_answer(bench, RR_A, a),
				       address_answer(bench, RR_AAAA, aaaa)};
	struct host host = {.port = 25, .name = bench_name(bench, "mx.example")};
	struct dane_bases bases = dane_bases_of(&host, &answers);

	CHECK_TEXT(bases_text(&bases), expected_bases(a, aaaa, false), "A %s, AAAA %s", a, aaaa);
	host.alias = bench_name(bench, "domain.example");
	bases = dane_bases_of(&host, &answers);
	CHECK_TEXT(bases_text(&bases), expected_bases(a, aaaa, true),
		   "A %s, AAAA %s, implicit MX of an alias", a, aaaa);
	bench_free(bench);
}

/* DANE-2: A and AAAA, each in every state; of a host, and of the end of an alias (implicit MX). */
static void
dane_2_the_whole_table_of_base_domains(void)
{
	for (size_t i = 0; i < N_OF(address_answers); i++)
		for (size_t j = 0; j < N_OF(address_answers); j++)
			if (!is_contradiction(address_answers[i], address_answers[j]))
				check_bases(address_answers[i], address_answers[j]);
}

/* DANE-2: an alias may end at octets that no certificate can name; then the original name is left. */
static void
dane_2_an_end_that_is_no_host_name_counts(void)
{
	struct bench *bench = bench_new("");
	struct host_answers answers = {bench_answer(bench, RR_A, "secure chain=1 192.0.2.1"),
				       bench_answer(bench, RR_AAAA, "secure chain=1 NODATA")};
	struct host host = {.port = 25, .name = bench_name(bench, "mx.example")};
	struct dane_bases bases;

	answers.a.canonical = bench_name(bench, "a\\001b.example");
	bases = dane_bases_of(&host, &answers);
	CHECK_TEXT(bases_text(&bases), "a\\001b.example mx.example", "an end with a control octet");
	answers.a.canonical = bench_name(bench, "mx.example");
	bases = dane_bases_of(&host, &answers);
	CHECK(bases.n == 1, "an end that is the name itself is asked once");
	bench_free(bench);
}

/* ---- What the answers say ------------------------------------------------------------------- */

/* Answers to a TLSA or CNAME question, and what one knows by them: U usable, N unusable, - proven that
 * nothing is signed, ? nothing is known. As an alias: y signed, n not, ? unknown. */
static const struct {
	const char *tlsa;
	char means;
	const char *alias;
	char alias_means;
} answers_table[] = {
	{"secure 3 1 1 " KEYS_SHA256, 'U', "secure mx.example.net", 'y'},
	{"secure 2 0 2 " KEYS_SHA512 ";1 1 1 " KEYS_SHA256, 'U', "secure b.example", 'y'},
	{"secure 1 1 1 " KEYS_SHA256, 'N', "insecure mx.example.net", 'n'},
	{"secure 3 1 1 aa;3 1 0", 'N', "insecure b.example", 'n'},
	{"insecure 3 1 1 " KEYS_SHA256, '-', "secure NODATA", 'y'},
	{"insecure 1 1 1 " KEYS_SHA256, '-', "insecure NODATA", 'n'},
	{"secure NODATA", '-', "secure NXDOMAIN", 'y'},
	{"insecure NODATA", '-', "insecure NXDOMAIN", 'n'},
	{"secure NXDOMAIN", '-', "secure NODATA", 'y'},
	{"insecure NXDOMAIN", '-', "insecure NODATA", 'n'},
	{"SERVFAIL", '?', "SERVFAIL", '?'},
	{"REFUSED", '?', "REFUSED", '?'},
	{"BOGUS", '?', "BOGUS", '?'},
	{"TIMEOUT", '?', "TIMEOUT", '?'},
	{"OVERLOAD", '?', "OVERLOAD", '?'},
	{"LIMIT", '?', "LIMIT", '?'},
	{"NONE", '?', "NONE", '?'},
	{"PENDING", '?', "PENDING", '?'},
	{"NOMEM", '?', "NOMEM", '?'},
};

static struct answer
an_answer(struct bench *bench, uint16_t type, const char *text)
{
	struct answer answer;

	if (strcmp(text, "PENDING") && strcmp(text, "NOMEM"))
		return bench_answer(bench, type, text);
	answer = bench_answer(bench, type, "TIMEOUT");
	answer.state = *text == 'P' ? ANSWER_PENDING : ANSWER_NOMEM;
	answer.security = *text == 'P' ? NMX_SECURE : NMX_INSECURE; /* which proves nothing */
	return answer;
}

static enum dane_state
state_of(char means)
{
	return means == 'U' ? DANE_USABLE : means == 'N' ? DANE_UNUSABLE : DANE_UNKNOWN;
}

/* What must come out; n_used is how many TLSA answers it rests on. */
struct expected {
	enum dane_state state;
	int decider; /* of the bases; -1: none */
	size_t n_used;
};

/* The first base domain where more than nothing is known decides. */
static struct expected
expected_of(const char *means)
{
	size_t nothing = strspn(means, "-");

	if (means[nothing])
		return (struct expected){state_of(means[nothing]), (int)nothing, nothing + 1};
	return (struct expected){DANE_ABSENT, -1, nothing};
}

/* With an alias that must be signed. An unknown one is harmless only where TLSA proves that there is
 * nothing to lose, and then it is that proof on which the verdict rests. */
static struct expected
expected_with_alias(char alias, char tlsa)
{
	static const struct {
		char alias, tlsa;
		struct expected expected;
	} table[] = {
		{'y', 'U', {DANE_USABLE, 0, 1}},  {'y', 'N', {DANE_UNUSABLE, 0, 1}},
		{'y', '-', {DANE_ABSENT, -1, 1}}, {'y', '?', {DANE_UNKNOWN, 0, 1}},
		{'n', 'U', {DANE_ABSENT, -1, 0}}, {'n', 'N', {DANE_ABSENT, -1, 0}},
		{'n', '-', {DANE_ABSENT, -1, 0}}, {'n', '?', {DANE_ABSENT, -1, 0}},
		{'?', 'U', {DANE_UNKNOWN, 0, 0}}, {'?', 'N', {DANE_UNKNOWN, 0, 0}},
		{'?', '-', {DANE_ABSENT, -1, 1}}, {'?', '?', {DANE_UNKNOWN, 0, 0}},
	};
	size_t i = 0;

	while (table[i].alias != alias || table[i].tlsa != tlsa)
		i++;
	return table[i].expected;
}

static void
check_verdict(const struct dane_answers *answers, const struct dane_verdict *verdict,
	      const struct expected *expected, const char *what)
{
	if (!CHECK(verdict->state == expected->state, "%s: %d", what, verdict->state))
		return;
	if (expected->state != DANE_UNKNOWN)
		CHECK(answers->n_used == expected->n_used, "%s: rests on %zu", what,
		      answers->n_used);
	if (expected->decider < 0)
		return;
	CHECK(verdict->base == answers->bases.names[expected->decider], "%s: base", what);
	CHECK(verdict->answer == &answers->tlsa[expected->decider] ||
		      (answers->bases.alias && verdict->answer == &answers->alias),
	      "%s: answer", what);
	CHECK((verdict->n_records != 0) == (expected->state != DANE_UNKNOWN), "%s: records", what);
	if (expected->state == DANE_UNKNOWN)
		CHECK(verdict->answer->state != ANSWER_DATA && !answer_is_absence(verdict->answer),
		      "%s: what failed is named", what);
}

/* A failure never counts as absence: said again without the table, of the answers themselves. */
static void
check_absence_is_proven(const struct dane_answers *answers, const char *what)
{
	bool proven = true;

	for (size_t i = 0; i < answers->bases.n; i++)
		proven &= answer_is_absence(&answers->tlsa[i]) ||
			  (answers->tlsa[i].state == ANSWER_DATA &&
			   answers->tlsa[i].security == NMX_INSECURE);
	if (answers->bases.alias)
		proven |=
			answers->alias.security == NMX_INSECURE &&
			(answers->alias.state == ANSWER_DATA || answer_is_absence(&answers->alias));
	CHECK(proven, "%s: absence without proof", what);
}

static void
judge(struct bench *bench, size_t n, bool alias, const size_t which[3])
{
	struct dane_answers answers = {
		.bases = {.names = {bench_name(bench, "a.example"), bench_name(bench, "b.example")},
			  .n = n,
			  .alias = alias},
		.n_used = 9,
		.used_alias = !alias};
	char means[3] = "", what[512];
	struct text text = text_into(what, sizeof(what));
	struct dane_verdict verdict;
	struct expected expected;

	answers.alias = an_answer(bench, RR_CNAME, answers_table[which[2]].alias);
	if (alias)
		text_printf(&text, "alias %s, ", answers_table[which[2]].alias);
	for (size_t i = 0; i < n; i++) {
		answers.tlsa[i] = an_answer(bench, RR_TLSA, answers_table[which[i]].tlsa);
		means[i] = answers_table[which[i]].means;
		text_printf(&text, "TLSA %s, ", answers_table[which[i]].tlsa);
	}
	expected = alias ? expected_with_alias(answers_table[which[2]].alias_means, *means)
			 : expected_of(means);
	CHECK(dane_judge(&answers, &bench->arena, &verdict), "memory");
	check_verdict(&answers, &verdict, &expected, what);
	CHECK(answers.used_alias == alias, "%s: the alias has a say", what);
	if (verdict.state == DANE_ABSENT)
		check_absence_is_proven(&answers, what);
}

/* DANE-2, DANE-6: no base domain, one, two, and one behind an alias: every combination of answers. */
static void
dane_6_the_whole_table_of_verdicts(void)
{
	size_t which[3] = {0};

	for (which[0] = 0; which[0] < N_OF(answers_table); which[0]++) {
		struct bench *bench = bench_new("");

		for (size_t i = 0; i < N_OF(answers_table); i++) {
			which[1] = which[2] = i;
			judge(bench, 0, false, which);
			judge(bench, 1, false, which);
			judge(bench, 2, false, which);
			judge(bench, 1, true, which);
		}
		bench_free(bench);
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(dane_2_the_whole_table_of_base_domains),
	UNIT_TEST(dane_2_an_end_that_is_no_host_name_counts),
	UNIT_TEST(dane_6_the_whole_table_of_verdicts),
	CU_TEST_INFO_NULL,
};
