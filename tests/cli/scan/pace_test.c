/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/pace.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "unit.h"

const char unit_name[] = "cli/scan/pace";

enum { MOST_SERVERS = 65536, EVENTS = 400000 };

static const int64_t second = 1000000000;

static struct pace *
pace(uint64_t milli_qps, uint64_t milli_server_qps, int64_t now)
{
	struct pace *p = pace_new(milli_qps, milli_server_qps, now);

	if (!p)
		abort();
	return p;
}

/* ---- An hour -------------------------------------------------------------------------------- */

/* What was asked, and when: before[i] questions before event i. */
struct history {
	size_t n;
	int64_t at[EVENTS];
	uint64_t before[EVENTS + 1];
};

/* A scan that begins a domain as soon as it may, of 0 to 29 questions, mostly few, and is late now and
 * then. */
static void
simulate(struct history *h, uint64_t milli, bool is_of_server, uint64_t lateness, uint64_t seed)
{
	static const char *const names[] = {"ns1.example", "ns2.example"};
	struct rng rng = rng_from_seed(seed);
	int64_t start = 77 * second, now = start;
	struct pace *p = pace(is_of_server ? 0 : milli, is_of_server ? milli : 0, now);

	h->n = 0;
	h->before[0] = 0;
	while (now < start + 3600 * second && h->n < EVENTS) {
		uint64_t questions = rng_below(&rng, 4) ? rng_below(&rng, 6) : rng_below(&rng, 30);

		h->at[h->n] = now;
		h->before[h->n + 1] = h->before[h->n] + questions;
		h->n++;
		if (is_of_server) {
			pace_servers_charge(p, names, 2, questions, now);
			now = pace_servers_when(p, names, 2, now);
		} else {
			pace_charge(p, questions, now);
			now = pace_when(p, now);
		}
		now += (int64_t)(lateness ? rng_below(&rng, lateness) : 0);
	}
	pace_free(p);
}

/* In no window more than the rate allows, with what a full bucket holds; the last domain's are a debt. */
static bool
is_within(const struct history *h, uint64_t milli, size_t from, size_t to)
{
	double kept = (double)milli / 10000 > 1 ? (double)milli / 10000 : 1;
	double allowed = (double)(h->at[to] - h->at[from]) / 1e12 * (double)milli + kept;

	return (double)(h->before[to] - h->before[from]) <= allowed + 1e-6;
}

static void
check_hour(struct history *h, uint64_t milli, uint64_t seed)
{
	struct rng rng = rng_from_seed(seed);
	size_t bad = 0, far = 0;

	for (size_t i = 1; i < h->n; i++)
		for (size_t back = 1; back <= 16 && back <= i; back++)
			bad += !is_within(h, milli, i - back, i);
	for (size_t i = 0; i < 100000; i++) {
		size_t a = rng_below(&rng, h->n), b = rng_below(&rng, h->n);

		far += !is_within(h, milli, a < b ? a : b, a < b ? b : a);
	}
	far += !is_within(h, milli, 0, h->n - 1);
	CHECK(bad == 0 && far == 0, "rate %llu/1000: %zu near, %zu far of %zu",
	      (unsigned long long)milli, bad, far, h->n);
}

static const uint64_t rates[] = {10, 333, 1000, 7001, 10000, 33333, 250000};

static void
an_hour_is_within_the_rate(void)
{
	static struct history h;

	for (size_t i = 0; i < N_OF(rates); i++) {
		for (int is_of_server = 0; is_of_server < 2; is_of_server++) {
			for (uint64_t late = 0; late < 2; late++) {
				simulate(&h, rates[i], is_of_server, late * 300000000, i + 1);
				CHECK(h.n > 1, "%zu", i);
				check_hour(&h, rates[i], i + 1);
			}
		}
	}
}

/* Whoever always has a domain to ask about uses the whole rate, but for less than a nanosecond each time that
 * it waits. */
static void
the_whole_rate_is_used(void)
{
	static struct history h;

	for (size_t i = 0; i < N_OF(rates); i++) {
		for (int is_of_server = 0; is_of_server < 2; is_of_server++) {
			double asked, allowed;

			simulate(&h, rates[i], is_of_server, 0, i + 1);
			asked = (double)h.before[h.n - 1];
			allowed = (double)(h.at[h.n - 1] - h.at[0]) / 1e12 * (double)rates[i];
			CHECK(asked >= allowed - (double)h.n * 1e-12 * (double)rates[i] - 1e-6,
			      "rate %llu/1000: %f of %f", (unsigned long long)rates[i], asked,
			      allowed);
		}
	}
}

static void
no_limit(void)
{
	static const char *const names[] = {"ns.example"};
	struct pace *p = pace(0, 0, 5);

	pace_charge(p, 1000000, 5);
	pace_servers_charge(p, names, 1, 1000000, 5);
	pace_servers_charge(p, NULL, 0, 1000000, 5);
	CHECK(pace_when(p, 5) == 5, "total");
	CHECK(pace_servers_when(p, names, 1, 5) == 5, "a server");
	CHECK(pace_servers_when(p, NULL, 0, 5) == 5, "none known");
	pace_free(p);
	pace_free(NULL);
}

/* ---- Servers -------------------------------------------------------------------------------- */

static void
the_slowest_decides(void)
{
	static const char *const a[] = {"a.example"}, *const ab[] = {"a.example", "b.example"},
				 *const bb[] = {"b.example", "b.example"},
				 *const c[] = {"c.example"},
				 *const cab[] = {"c.example", "a.example", "b.example"};
	struct pace *p = pace(0, 1000, 0);

	pace_servers_charge(p, a, 1, 5, 0);
	CHECK(pace_servers_when(p, a, 1, 0) == 5 * second, "a");
	pace_servers_charge(p, ab, 2, 2, 0);
	CHECK(pace_servers_when(p, a, 1, 0) == 7 * second, "a has 7");
	CHECK(pace_servers_when(p, ab + 1, 1, 0) == 2 * second, "b has 2");
	CHECK(pace_servers_when(p, ab, 2, 0) == 7 * second, "a decides");
	CHECK(pace_servers_when(p, cab, 3, 0) == 7 * second, "wherever it stands");
	CHECK(pace_servers_when(p, c, 1, 0) == 0, "nobody asked c");
	CHECK(pace_servers_when(p, cab, 3, 8 * second) == 8 * second, "all is paid");
	pace_servers_charge(p, bb, 2, 1, 2 * second);
	CHECK(pace_servers_when(p, bb, 2, 0) == 3 * second, "named twice is one server");
	CHECK(pace_when(p, 0) == 0, "the total has no limit");
	pace_free(p);
}

static void
servers_that_are_not_known_are_one(void)
{
	static const char *const a[] = {"a.example"};
	struct pace *p = pace(0, 1000, 0);

	pace_servers_charge(p, NULL, 0, 3, 0);
	CHECK(pace_servers_when(p, NULL, 0, 0) == 3 * second, "all of them");
	CHECK(pace_servers_when(p, a, 1, 0) == 0, "and no other");
	pace_servers_charge(p, a, 1, 9, 0);
	CHECK(pace_servers_when(p, NULL, 0, 0) == 3 * second, "nor the other way round");
	pace_free(p);
}

/* ---- Many servers --------------------------------------------------------------------------- */

static const char *
name_of(unsigned i)
{
	static char name[32];

	snprintf(name, sizeof(name), "ns%u.example", i);
	return name;
}

static void
charge(struct pace *p, unsigned i, uint64_t questions, int64_t now)
{
	const char *name = name_of(i);

	pace_servers_charge(p, &name, 1, questions, now);
}

static int64_t
when(struct pace *p, unsigned i, int64_t now)
{
	const char *name = name_of(i);

	return pace_servers_when(p, &name, 1, now);
}

/* In any order, with debts of any size, some of them paid meanwhile: each server's is its own, as a plain
 * table says. */
static void
many_servers(void)
{
	enum { SERVERS = 20000 };
	static int64_t expected[SERVERS];
	struct rng rng = rng_from_seed(1);
	struct pace *p = pace(0, 1000, 0);
	int64_t now = 0;
	size_t wrong = 0;

	for (unsigned i = 0; i < SERVERS; i++)
		expected[i] = 0;
	for (unsigned n = 0; n < 300000; n++) {
		unsigned i = (unsigned)rng_below(&rng, SERVERS);
		uint64_t questions = rng_below(&rng, 9);

		now += (int64_t)rng_below(&rng, 1000000);
		charge(p, i, questions, now);
		expected[i] = (expected[i] > now ? expected[i] : now) + (int64_t)questions * second;
		wrong += when(p, i, now) != expected[i];
		i = (unsigned)rng_below(&rng, SERVERS);
		wrong += when(p, i, now) != (expected[i] > now ? expected[i] : now);
	}
	CHECK(wrong == 0, "%zu", wrong);
	pace_free(p);
}

/* Server i is in debt for i + 1 questions. One more than there is room for: number 0 goes, and so on. */
static void
the_one_soonest_out_of_debt_is_forgotten(void)
{
	struct pace *p = pace(0, 1000, 0);
	size_t held = 0;

	for (unsigned i = 0; i < MOST_SERVERS; i++)
		charge(p, MOST_SERVERS - 1 - i, MOST_SERVERS - i, 0);
	for (unsigned i = 0; i < MOST_SERVERS; i++)
		held += when(p, i, 0) == (int64_t)(i + 1) * second;
	CHECK(held == MOST_SERVERS, "%zu", held);
	for (unsigned i = 0; i < 1000; i++) {
		charge(p, MOST_SERVERS + i, 100000, 0);
		CHECK(when(p, i, 0) == 0, "%u is forgotten", i);
		CHECK(when(p, i + 1, 0) == (int64_t)(i + 2) * second, "%u is not", i + 1);
		CHECK(when(p, MOST_SERVERS + i, 0) == 100000 * second, "the new one %u", i);
	}
	/* A debt that grows keeps its place. */
	charge(p, 1000, 500000, 0);
	charge(p, MOST_SERVERS + 1000, 100000, 0);
	CHECK(when(p, 1000, 0) == 501001 * second, "kept");
	CHECK(when(p, 1001, 0) == 0, "the next one is forgotten instead");
	pace_free(p);
}

/* Those that are paid go first, and one whose debt is paid needs no place: a million servers, a few at a
 * time. */
static void
paid_servers_make_room(void)
{
	struct pace *p = pace(0, 1000, 0);
	size_t wrong = 0;
	unsigned debtor = 2000000;

	charge(p, debtor, 2000000, 0);
	for (unsigned i = 0; i < 1000000; i++) {
		int64_t now = i * second / 100; /* 100 a second, each in debt for three */

		charge(p, i, 3, now);
		wrong += when(p, i, now) != now + 3 * second;
		wrong += i >= 100 && when(p, i - 100, now) != now + 2 * second;
		wrong += i >= 300 && when(p, i - 300, now) != now;
	}
	CHECK(wrong == 0, "%zu", wrong);
	CHECK(when(p, debtor, 0) == 2000000 * second, "all the while");
	pace_free(p);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(an_hour_is_within_the_rate),
	UNIT_TEST(the_whole_rate_is_used),
	UNIT_TEST(no_limit),
	UNIT_TEST(the_slowest_decides),
	UNIT_TEST(servers_that_are_not_known_are_one),
	UNIT_TEST(many_servers),
	UNIT_TEST(the_one_soonest_out_of_debt_is_forgotten),
	UNIT_TEST(paid_servers_make_room),
	CU_TEST_INFO_NULL,
};
