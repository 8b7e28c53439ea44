/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of quarantine.h, whole. */
#include "daemon/quarantine.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

const char unit_name[] = "daemon/quarantine";

#define NS_PER_S INT64_C(1000000000)

enum { FIRST_S = 600, DAY_S = 86400 };

/* Deaths and what comes of them, as text: "name:seconds" with blanks between. */
struct bench {
	struct quarantine *q;
	char said[4096];
	int64_t until;
};

static struct bench
fresh(unsigned first_s)
{
	struct bench b = {.q = quarantine_new(first_s)};

	CHECK(b.q, "memory");
	return b;
}

static void
say(const char *subject, const char *reason, unsigned seconds, int64_t until, void *user)
{
	struct bench *b = user;
	size_t length = strlen(b->said);

	CHECK(reason[0], "a reason");
	snprintf(b->said + length, sizeof(b->said) - length, "%s%s:%u", length ? " " : "", subject,
		 seconds);
	b->until = until;
}

/* In flight: the words of names and n others "SERIAL-0" ..., which no other call has. */
static const char *
died(struct bench *b, enum death death, const char *names, unsigned n_others, int64_t at_s)
{
	static char subjects[5000][SHARED_NAME];
	static unsigned serial;
	char copy[1024], *rest = copy, *word;
	size_t n = 0;

	serial++;
	for (unsigned i = 0; i < n_others; i++)
		snprintf(subjects[n++], SHARED_NAME, "%u-%u", serial, i);
	snprintf(copy, sizeof(copy), "%s", names);
	while ((word = strsep(&rest, " ")))
		snprintf(subjects[n++], SHARED_NAME, "%s", word);
	b->said[0] = '\0';
	quarantine_death(b->q, death, subjects, n, at_s * NS_PER_S, say, b);
	return b->said;
}

/* Each kind of death, few or many in flight, seen at each kind of death before or never. */
static void
whole_table(void)
{
	static const struct {
		int before; /* enum death, -1: never seen */
		enum death death;
		unsigned n_others;
		const char *said;
	} cases[] = {
		{-1, DEATH_CRASH, 0, "x:600"},
		{-1, DEATH_CRASH, 20, ""},
		{-1, DEATH_KILLED, 0, ""},
		{-1, DEATH_KILLED, 20, ""},
		{-1, DEATH_ENDED, 0, ""},
		{-1, DEATH_ENDED, 20, ""},
		{DEATH_CRASH, DEATH_CRASH, 0, "x:600"},
		{DEATH_CRASH, DEATH_CRASH, 20, "x:600"},
		{DEATH_CRASH, DEATH_KILLED, 0, "x:600"},
		{DEATH_CRASH, DEATH_KILLED, 20, "x:600"},
		{DEATH_CRASH, DEATH_ENDED, 0, ""},
		{DEATH_CRASH, DEATH_ENDED, 20, ""},
		{DEATH_KILLED, DEATH_CRASH, 0, "x:600"},
		{DEATH_KILLED, DEATH_CRASH, 20, "x:600"},
		{DEATH_KILLED, DEATH_KILLED, 0, "x:600"},
		{DEATH_KILLED, DEATH_KILLED, 20, "x:600"},
		{DEATH_KILLED, DEATH_ENDED, 0, ""},
		{DEATH_KILLED, DEATH_ENDED, 20, ""},
		{DEATH_ENDED, DEATH_CRASH, 0, "x:600"},
		{DEATH_ENDED, DEATH_CRASH, 20, ""},
		{DEATH_ENDED, DEATH_KILLED, 0, ""},
		{DEATH_ENDED, DEATH_KILLED, 20, ""},
		{DEATH_ENDED, DEATH_ENDED, 0, ""},
		{DEATH_ENDED, DEATH_ENDED, 20, ""},
	};

	for (unsigned i = 0; i < N_OF(cases); i++) {
		struct bench b = fresh(FIRST_S);

		if (cases[i].before >= 0)
			CHECK_TEXT(died(&b, (enum death)cases[i].before, "x", 20, 1), "",
				   "case %u, before", i);
		CHECK_TEXT(died(&b, cases[i].death, "x", cases[i].n_others, 2), cases[i].said,
			   "case %u", i);
		quarantine_free(b.q);
	}
}

static void
four_at_once_and_five_not(void)
{
	struct bench b = fresh(FIRST_S);

	CHECK_TEXT(died(&b, DEATH_CRASH, "a b c d", 0, 1), "a:600 b:600 c:600 d:600", "four");
	CHECK_TEXT(died(&b, DEATH_CRASH, "i j k l m", 0, 2), "", "five");
	quarantine_free(b.q);
}

static void
a_name_twice_in_flight_is_one(void)
{
	struct bench b = fresh(FIRST_S);

	CHECK_TEXT(died(&b, DEATH_CRASH, "x x", 20, 1), "", "not seen before");
	CHECK_TEXT(died(&b, DEATH_CRASH, "x x", 20, 2), "x:600", "once");
	CHECK_TEXT(died(&b, DEATH_CRASH, "a a b b c c d d", 0, 3), "a:600 b:600 c:600 d:600",
		   "four");
	quarantine_free(b.q);
}

static void
suspicion_lasts_ten_minutes(void)
{
	for (int late = 0; late < 2; late++) {
		struct bench b = fresh(FIRST_S);

		died(&b, DEATH_CRASH, "x", 20, 0);
		CHECK_TEXT(died(&b, DEATH_CRASH, "x", 20, 600 + late), late ? "" : "x:600",
			   "after %d s", 600 + late);
		quarantine_free(b.q);
	}
}

static void
each_time_lasts_twice_as_long_up_to_a_day(void)
{
	static const unsigned seconds[] = {600,	  1200,	 2400,	4800,  9600,
					   19200, 38400, 76800, DAY_S, DAY_S};
	struct bench b = fresh(FIRST_S);
	int64_t at = 0;

	for (unsigned i = 0; i < N_OF(seconds); i++) {
		char said[64];

		snprintf(said, sizeof(said), "x:%u", seconds[i]);
		CHECK_TEXT(died(&b, DEATH_CRASH, "x", 0, at), said, "time %u", i);
		CHECK(b.until == (at + seconds[i]) * NS_PER_S, "until %lld", (long long)b.until);
		at += seconds[i];
	}
	quarantine_free(b.q);
}

static void
what_is_aside_stays_as_it_is(void)
{
	struct bench b = fresh(FIRST_S);

	died(&b, DEATH_CRASH, "x", 0, 0);
	CHECK_TEXT(died(&b, DEATH_CRASH, "x", 0, 599), "", "it is aside");
	CHECK_TEXT(died(&b, DEATH_CRASH, "x", 0, 600), "x:1200", "it is not any more");
	quarantine_free(b.q);
}

static void
a_day_after_its_end_it_is_forgotten(void)
{
	for (int late = 0; late < 2; late++) {
		struct bench b = fresh(FIRST_S);

		died(&b, DEATH_CRASH, "x", 0, 0);
		CHECK_TEXT(died(&b, DEATH_CRASH, "x", 0, 600 + DAY_S - 1 + late),
			   late ? "x:600" : "x:1200", "%d", late);
		quarantine_free(b.q);
	}
}

static void
the_first_time_is_configured(void)
{
	struct bench b = fresh(0);

	CHECK_TEXT(died(&b, DEATH_CRASH, "x", 0, 0), "", "none");
	quarantine_set_first(b.q, 5);
	CHECK_TEXT(died(&b, DEATH_CRASH, "x", 0, 1), "x:5", "five seconds");
	quarantine_set_first(b.q, 10 * DAY_S);
	CHECK_TEXT(died(&b, DEATH_CRASH, "y", 0, 2), "y:86400", "a day at the most");
	quarantine_free(b.q);
}

static void
memory_is_bounded(void)
{
	struct bench b = fresh(FIRST_S);

	died(&b, DEATH_CRASH, "oldest", 20, 1);
	died(&b, DEATH_CRASH, "newer", 20, 2);
	died(&b, DEATH_CRASH, "another", QUARANTINE_SUSPECTS - 43, 3);
	CHECK_TEXT(died(&b, DEATH_CRASH, "oldest", 20, 4), "oldest:600", "all were remembered");
	died(&b, DEATH_CRASH, "last", QUARANTINE_SUSPECTS - 60, 5);
	CHECK_TEXT(died(&b, DEATH_CRASH, "newer", 20, 6), "", "the oldest had to go");
	CHECK_TEXT(died(&b, DEATH_CRASH, "last", 20, 7), "last:600", "the newest is there");
	for (unsigned i = 0; i < 2 * QUARANTINE_KNOWN; i++)
		died(&b, DEATH_CRASH, "", 1, 10 + i);
	CHECK_TEXT(died(&b, DEATH_CRASH, "last", 0, 5000), "last:600", "put aside, forgotten");
	quarantine_free(b.q);
}

static void
what_is_no_text_is_left_out(void)
{
	static const struct {
		const char *subject;
		bool is_text;
	} cases[] = {
		{"a.example", true}, {"host.example:25", true},
		{"", false},	     {"a\nb", false},
		{"a\tb", false},     {"a\x7f", false},
		{"\x1b[2J", false},  {"m\xc3\xbcller.example", true},
		{"a b", true},
	};
	char longest[SHARED_NAME], too_long[SHARED_NAME];
	struct bench b = fresh(FIRST_S);

	for (unsigned i = 0; i < N_OF(cases); i++)
		CHECK(quarantine_is_text(cases[i].subject) == cases[i].is_text, "case %u", i);
	memset(longest, 'a', sizeof(longest));
	memset(too_long, 'a', sizeof(too_long));
	longest[SHARED_NAME - 1] = '\0';
	CHECK(quarantine_is_text(longest), "it ends in time");
	CHECK(!quarantine_is_text(too_long), "it has no end");
	CHECK_TEXT(died(&b, DEATH_CRASH, "a\nb c.example", 0, 1), "c.example:600", "in a death");
	quarantine_free(b.q);
}

/* A zone with a wildcard has names without number. */
static void
many_names_of_one_zone(void)
{
	static const char high[] = "x1.poison.test x2.poison.test x3.poison.test x4.poison.test "
				   "x5.poison.test x6.poison.test x7.poison.test";
	struct bench b = fresh(FIRST_S);
	char copy[sizeof(high)], *rest = copy, *word;
	int at = 0;

	CHECK_TEXT(died(&b, DEATH_CRASH, "a.b.example.org", 0, ++at), "a.b.example.org:600", "1");
	CHECK_TEXT(died(&b, DEATH_CRASH, "b.b.example.org:25/TCP", 0, ++at),
		   "b.b.example.org:25/TCP:600", "a host");
	CHECK_TEXT(died(&b, DEATH_CRASH, "b.c.example.org", 0, ++at), "b.c.example.org:600",
		   "another");
	CHECK_TEXT(died(&b, DEATH_CRASH, "c.b.example.org", 0, ++at),
		   "c.b.example.org:600 .b.example.org:600", "3");
	CHECK_TEXT(
		died(&b, DEATH_CRASH, "a.v.example.org b.v.example.org c.v.example.org", 0, ++at),
		"a.v.example.org:600 b.v.example.org:600 c.v.example.org:600", "one death");
	strcpy(copy, high);
	while ((word = strsep(&rest, " ")))
		CHECK(!strstr(died(&b, DEATH_CRASH, word, 0, ++at), " "), "%s", word);
	CHECK_TEXT(died(&b, DEATH_CRASH, "x8.poison.test", 0, ++at),
		   "x8.poison.test:600 .poison.test:600", "two labels may be a registry's");
	for (int i = 0; i < 20; i++) {
		char name[32];

		snprintf(name, sizeof(name), "x%d.test", i);
		CHECK(!strstr(died(&b, DEATH_CRASH, name, 0, ++at), " "), "a top domain: %s", name);
	}
	quarantine_free(b.q);
}

static void
every_signal(void)
{
	static const int crashes[] = {SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE, SIGSYS};

	for (int s = 0; s < 65; s++) {
		enum death expected = s == SIGKILL ? DEATH_KILLED : DEATH_ENDED;

		for (unsigned i = 0; i < N_OF(crashes); i++)
			expected = crashes[i] == s ? DEATH_CRASH : expected;
		CHECK(quarantine_death_of(s) == expected, "signal %d", s);
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(whole_table),
	UNIT_TEST(four_at_once_and_five_not),
	UNIT_TEST(a_name_twice_in_flight_is_one),
	UNIT_TEST(suspicion_lasts_ten_minutes),
	UNIT_TEST(each_time_lasts_twice_as_long_up_to_a_day),
	UNIT_TEST(what_is_aside_stays_as_it_is),
	UNIT_TEST(a_day_after_its_end_it_is_forgotten),
	UNIT_TEST(the_first_time_is_configured),
	UNIT_TEST(memory_is_bounded),
	UNIT_TEST(what_is_no_text_is_left_out),
	UNIT_TEST(many_names_of_one_zone),
	UNIT_TEST(every_signal),
	CU_TEST_INFO_NULL,
};
