/* SPDX-License-Identifier: BSD-2-Clause */
/* RULES SRV-16 and OUT-3 as whole tables, against an oracle that is written from the rules. */
#include "policy/delivery.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

const char unit_name[] = "policy/delivery";

enum { N_CAUSES = NMX_CAUSE_5XX + 1 };

/* ---- SRV-16 --------------------------------------------------------------------------------- */

static void
srv_16_result_of_every_cause_at_every_port(void)
{
	static const enum nmx_result at_25[N_CAUSES] = {
		NMX_DELIVERED, NMX_TRY_NEXT,  NMX_TRY_NEXT,  NMX_TRY_NEXT,
		NMX_TRY_NEXT,  NMX_STOP_PERM, NMX_STOP_PERM,
	};

	for (unsigned port = 0; port <= UINT16_MAX; port++) {
		for (int cause = 0; cause < N_CAUSES; cause++) {
			enum nmx_result expected = at_25[cause];

			if (cause == NMX_CAUSE_EARLY_5XX && port != 25)
				expected = NMX_TRY_NEXT;
			if (delivery_result_of((enum nmx_cause)cause, (uint16_t)port) != expected)
				CHECK(false, "cause %d, port %u", cause, port);
		}
	}
	CHECK(delivery_result_of((enum nmx_cause)N_CAUSES, 25) == NMX_STOP_TEMP, "none of ours");
	CHECK(delivery_result_of((enum nmx_cause) - 1, 25) == NMX_STOP_TEMP, "none of ours");
}

/* BAK-1: what a server said, or a handshake that failed, is a contact. */
static void
bak_1_what_is_a_contact(void)
{
	for (int cause = 0; cause < N_CAUSES; cause++) {
		struct tried tried = {.cause = (enum nmx_cause)cause, .result = NMX_TRY_NEXT};

		CHECK(delivery_was_contacted(&tried) == (cause >= NMX_CAUSE_TLS), "%d", cause);
		tried.result = NMX_DELIVERED;
		CHECK(delivery_was_contacted(&tried), "%d, delivered", cause);
	}
}

/* ---- OUT-3, the oracle ---------------------------------------------------------------------- */

/* A cause with a code that it can have. */
static const struct said {
	enum nmx_cause cause;
	unsigned code;
	unsigned rank;	/* what it tells about the message */
	bool permanent; /* nothing about it is temporary */
	const char *words;
} sayings[] = {
	{NMX_CAUSE_NONE, 0, 1, false, "no reason given"},
	{NMX_CAUSE_CONNECT, 0, 2, false, "no connection"},
	{NMX_CAUSE_GREETING, 0, 3, false, "refused at the greeting"},
	{NMX_CAUSE_GREETING, 421, 3, false, "refused at the greeting"},
	{NMX_CAUSE_GREETING, 554, 3, true, "refused at the greeting"},
	{NMX_CAUSE_TLS, 0, 4, false, "TLS is not as it must be"},
	{NMX_CAUSE_TLS, 454, 4, false, "TLS is not as it must be"},
	{NMX_CAUSE_EARLY_5XX, 500, 5, true, "refused before MAIL"},
	{NMX_CAUSE_EARLY_5XX, 599, 5, true, "refused before MAIL"},
	{NMX_CAUSE_4XX, 400, 6, false, "refused for now"},
	{NMX_CAUSE_4XX, 499, 6, false, "refused for now"},
	{NMX_CAUSE_5XX, 550, 7, true, "refused"},
};
static const char *const enhanceds[] = {"", "4.7.1", "5.123.123"};
static const enum nmx_result results[] = {NMX_DELIVERED, NMX_TRY_NEXT, NMX_STOP_TEMP,
					  NMX_STOP_PERM};

enum { N_SAYINGS = N_OF(sayings), N_ENHANCED = N_OF(enhanceds) };

struct walk {
	struct tried tried[3];
	const struct said *said[3];
	size_t n;
	enum delivery_end end;
	bool softened;
};

static void
add(struct walk *walk, size_t saying, const char *enhanced, enum nmx_result result)
{
	static const char *const addresses[] = {"192.0.2.1", "192.0.2.2", "2001:db8::3"};
	struct tried *tried = &walk->tried[walk->n];

	*tried = (struct tried){.host = "mx.example", .address = addresses[walk->n], .port = 25};
	tried->result = result;
	tried->cause = sayings[saying].cause;
	tried->code = sayings[saying].code;
	strcpy(tried->enhanced, enhanced);
	walk->said[walk->n++] = &sayings[saying];
}

static enum nmx_outcome
oracle_outcome(const struct walk *walk)
{
	const struct tried *last = &walk->tried[walk->n - 1];
	bool all_permanent = true;

	if (walk->end == END_RESULT)
		return last->result == NMX_DELIVERED   ? NMX_DELIVERABLE
		       : last->result == NMX_STOP_PERM ? NMX_REJECT
						       : NMX_DEFER;
	for (size_t i = 0; i < walk->n; i++)
		all_permanent = all_permanent && walk->said[i]->permanent;
	return all_permanent && walk->end == END_EXHAUSTED && !walk->softened ? NMX_REJECT
									      : NMX_DEFER;
}

/* The attempt that is quoted: the one that ended it, else the first of those that say most. */
static size_t
oracle_quoted(const struct walk *walk)
{
	size_t best = 0;

	if (walk->end == END_RESULT)
		return walk->n - 1;
	for (size_t i = 1; i < walk->n; i++)
		if (walk->said[i]->rank > walk->said[best]->rank)
			best = i;
	return best;
}

static const char *
oracle_status(const struct walk *walk, enum nmx_outcome outcome, char status[static 16])
{
	const struct tried *quoted = &walk->tried[oracle_quoted(walk)];
	const char *subject = quoted->cause == NMX_CAUSE_CONNECT    ? ".4.1"
			      : quoted->cause == NMX_CAUSE_GREETING ? ".3.2"
			      : quoted->cause == NMX_CAUSE_TLS	    ? ".7.5"
								    : ".0.0";

	if (walk->end == END_DEADLINE)
		return "4.4.7";
	if (quoted->enhanced[0])
		subject = quoted->enhanced + 1;
	else if (outcome == NMX_DELIVERABLE)
		subject = ".0.0";
	sprintf(status, "%c%s",
		outcome == NMX_DELIVERABLE ? '2'
		: outcome == NMX_REJECT	   ? '5'
					   : '4',
		subject);
	return status;
}

static void
oracle_reason(const struct walk *walk, char *reason)
{
	static const char *const ends[] = {"", "", ", more were not allowed",
					   ", then the deadline passed"};
	size_t i = oracle_quoted(walk);
	const struct tried *quoted = &walk->tried[i];
	bool says_something =
		quoted->code || quoted->enhanced[0] || quoted->result != NMX_DELIVERED;
	char *at = reason + sprintf(reason, "mx.example[%s]:25%s", quoted->address,
				    says_something ? ":" : "");

	if (quoted->code)
		at += sprintf(at, " %u", quoted->code);
	if (quoted->enhanced[0])
		at += sprintf(at, " %s", quoted->enhanced);
	if (quoted->result != NMX_DELIVERED)
		at += sprintf(at, " %s", walk->said[i]->words);
	if (walk->end != END_RESULT)
		sprintf(at, " (%zu attempt%s%s)", walk->n, walk->n == 1 ? "" : "s",
			ends[walk->end]);
}

static bool
agrees(const struct walk *walk)
{
	struct delivery_verdict v;
	enum nmx_outcome outcome = oracle_outcome(walk);
	char status[16], reason[1024];

	memset(&v, 0x55, sizeof(v));
	delivery_decide(walk->tried, walk->n, walk->end, walk->softened, &v);
	oracle_reason(walk, reason);
	if (v.outcome == outcome && strcmp(v.status, oracle_status(walk, outcome, status)) == 0 &&
	    strcmp(v.reason, reason) == 0)
		return true;
	for (size_t i = 0; i < walk->n; i++)
		CHECK(false, "attempt %zu of %zu: cause %d, code %u, \"%s\", result %d", i, walk->n,
		      walk->tried[i].cause, walk->tried[i].code, walk->tried[i].enhanced,
		      walk->tried[i].result);
	CHECK(false, "end %d, softened %d: %d %s \"%s\"; expected %d %s \"%s\"", walk->end,
	      walk->softened, v.outcome, v.status, v.reason, outcome,
	      oracle_status(walk, outcome, status), reason);
	return false;
}

/* Each way to end, with the results of the last attempt that lead there. False at a fault. */
static bool
all_ends_agree(struct walk *walk, unsigned *ret_n)
{
	for (unsigned at = 0; at < 8; at++) {
		walk->end = (enum delivery_end)(at / 2);
		walk->softened = at % 2;
		for (size_t i = 0; i < N_OF(results); i++) {
			bool stops = results[i] != NMX_TRY_NEXT;

			if (walk->end == END_DEADLINE ? results[i] != NMX_STOP_TEMP && stops
						      : stops != (walk->end == END_RESULT))
				continue;
			walk->tried[walk->n - 1].result = results[i];
			++*ret_n;
			if (!agrees(walk))
				return false;
		}
	}
	return true;
}

/* A number is a walk: its digits are the attempts. */
static void
out_3_every_walk_of_up_to_three_attempts(void)
{
	enum { EACH = N_SAYINGS * N_ENHANCED };
	unsigned n = 0, limit = 1, faults = 0;

	for (size_t length = 1; length <= 3; length++) {
		limit *= EACH;
		for (unsigned number = 0; number < limit && faults < 5; number++) {
			struct walk walk = {.n = 0};

			for (unsigned rest = number; walk.n < length; rest /= EACH)
				add(&walk, rest % EACH % N_SAYINGS,
				    enhanceds[rest % EACH / N_SAYINGS], NMX_TRY_NEXT);
			faults += !all_ends_agree(&walk, &n);
		}
	}
	CHECK(faults == 0 && n > 600000, "%u walks, %u faults", n, faults);
}

static void
out_3_no_attempt_at_all(void)
{
	struct delivery_verdict v;

	delivery_decide(NULL, 0, END_DEADLINE, true, &v);
	CHECK(v.outcome == NMX_DEFER, "%d", v.outcome);
	CHECK_TEXT(v.status, "4.4.7", "no attempt");
	CHECK_TEXT(v.reason, "the deadline passed before the first attempt", "no attempt");
}

/* OUT-3: no connection, TLS that is not as it must be (RFC 7672 section 2.2: the message is deferred, and
 * who answers STARTTLS with 502 may be an attacker), and what the caller calls a 4xx stay temporary
 * whatever the code. */
static void
out_3_a_temporary_cause_with_a_5xx_code_stays_temporary(void)
{
	static const enum nmx_cause temporary[] = {NMX_CAUSE_CONNECT, NMX_CAUSE_TLS, NMX_CAUSE_4XX};

	for (size_t i = 0; i < N_OF(temporary); i++) {
		struct tried tried = {.host = "mx.example",
				      .address = "192.0.2.1",
				      .port = 25,
				      .cause = temporary[i],
				      .code = 502,
				      .result = NMX_TRY_NEXT};
		struct delivery_verdict v;

		delivery_decide(&tried, 1, END_EXHAUSTED, false, &v);
		CHECK(v.outcome == NMX_DEFER && v.status[0] == '4', "%s with 502: %s",
		      nmx_cause_name(temporary[i]), v.status);
	}
}

/* The longest that a server and a domain can say fits, whole in front and with the count behind. */
static void
reasons_of_the_greatest_length(void)
{
	static struct tried tried;
	struct delivery_verdict v;
	char host[1100];

	memset(host, 'h', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	tried = (struct tried){.host = host,
			       .address = "2001:db8:1111:2222:3333:4444:5555:6666",
			       .port = 65535,
			       .cause = NMX_CAUSE_4XX,
			       .code = 451,
			       .result = NMX_TRY_NEXT,
			       .enhanced = "4.123.123"};
	memset(tried.text, 't', sizeof(tried.text) - 1);
	delivery_decide(&tried, 1, END_LIMITED, false, &v);
	CHECK(strlen(v.reason) < sizeof(v.reason), "%zu", strlen(v.reason));
	CHECK(strstr(v.reason, "]:65535: 451 4.123.123 ttt"), "%s", v.reason);
	CHECK(strstr(v.reason, "t (1 attempt, more were not allowed)"), "%s", v.reason);
}

static void
names_of_results_and_causes(void)
{
	static const char *const result_names[] = {"delivered", "try-next", "stop-temp",
						   "stop-perm", "pending"};
	static const char *const cause_names[] = {"none", "connect",   "greeting", "tls",
						  "4xx",  "early-5xx", "5xx"};

	for (int i = 0; i < 5; i++)
		CHECK_TEXT(nmx_result_name((enum nmx_result)i), result_names[i], "%d", i);
	for (int i = 0; i < N_CAUSES; i++)
		CHECK_TEXT(nmx_cause_name((enum nmx_cause)i), cause_names[i], "%d", i);
	for (int i = -1; i < 8; i += 8) {
		CHECK_TEXT(nmx_result_name((enum nmx_result)i), "unknown", "%d", i);
		CHECK_TEXT(nmx_cause_name((enum nmx_cause)i), "unknown", "%d", i);
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(srv_16_result_of_every_cause_at_every_port),
	UNIT_TEST(bak_1_what_is_a_contact),
	UNIT_TEST(out_3_every_walk_of_up_to_three_attempts),
	UNIT_TEST(out_3_no_attempt_at_all),
	UNIT_TEST(out_3_a_temporary_cause_with_a_5xx_code_stays_temporary),
	UNIT_TEST(reasons_of_the_greatest_length),
	UNIT_TEST(names_of_results_and_causes),
	CU_TEST_INFO_NULL,
};
