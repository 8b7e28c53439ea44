/* SPDX-License-Identifier: BSD-2-Clause */
/* What master and workers share; threads stand for processes, so that TSan sees both sides. */
#include "daemon/shared.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/unit/unit.h"

const char unit_name[] = "daemon/shared";

static struct shared *
fresh(unsigned n_workers)
{
	struct shared *shared = shared_new(n_workers);

	CHECK(shared, "memory");
	return shared;
}

static const char *
at(const struct shared *shared, unsigned worker, unsigned place)
{
	static char subject[SHARED_NAME];

	shared_in_flight(shared, worker, place, subject);
	return subject;
}

/* ---- In flight ------------------------------------------------------------------------------ */

static void
a_place_is_taken_and_left(void)
{
	struct shared *shared = fresh(2);
	int a = shared_enter(shared, 0, "a.example"), b = shared_enter(shared, 0, "b.example");

	CHECK(a >= 0 && b >= 0 && a != b, "%d %d", a, b);
	CHECK_TEXT(at(shared, 0, (unsigned)a), "a.example", "first");
	CHECK_TEXT(at(shared, 0, (unsigned)b), "b.example", "second");
	CHECK_TEXT(at(shared, 1, (unsigned)a), "", "another worker's");
	shared_leave(shared, 0, a);
	CHECK_TEXT(at(shared, 0, (unsigned)a), "", "left");
	CHECK_TEXT(at(shared, 0, (unsigned)b), "b.example", "the other stays");
	CHECK_TEXT(at(shared, 0, SHARED_IN_FLIGHT), "", "no such place");
	shared_leave(shared, 0, -1);
	shared_leave(shared, 0, SHARED_IN_FLIGHT);
	shared_reset(shared, 0);
	CHECK_TEXT(at(shared, 0, (unsigned)b), "", "emptied");
	shared_free(shared);
}

static void
places_run_out(void)
{
	struct shared *shared = fresh(1);
	char subject[SHARED_NAME];

	for (int i = 0; i < SHARED_IN_FLIGHT; i++) {
		snprintf(subject, sizeof(subject), "d%d.example", i);
		CHECK(shared_enter(shared, 0, subject) >= 0, "place %d", i);
	}
	CHECK(shared_enter(shared, 0, "more.example") == -1, "all are taken");
	shared_leave(shared, 0, 777);
	CHECK(shared_enter(shared, 0, "more.example") == 777, "one is free");
	CHECK_TEXT(at(shared, 0, 777), "more.example", "and taken");
	shared_free(shared);
}

/* A worker out of its mind: names without an end. */
static void
a_long_subject_is_cut(void)
{
	struct shared *shared = fresh(1);
	char longer[2 * SHARED_NAME];

	memset(longer, 'a', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	shared_enter(shared, 0, longer);
	CHECK(strlen(at(shared, 0, 0)) == SHARED_NAME - 1, "cut");
	shared_leave(shared, 0, 0);
	shared_enter(shared, 0, "short");
	CHECK_TEXT(at(shared, 0, 0), "short", "nothing is left of it");
	shared_free(shared);
}

/* ---- Generations ----------------------------------------------------------------------------- */

static uint64_t
sum(struct shared *shared)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < shared_workers(shared); i++)
		n += metric_get(&shared_metrics(shared, i)->late_kept);
	return n;
}

static void
generations_have_parts_of_their_own(void)
{
	struct shared *first = fresh(2), *second, *third;

	metric_add(&shared_metrics(first, 1)->late_kept, 5);
	second = shared_next(first, 1);
	metric_add(&shared_metrics(second, 0)->late_kept, 7);
	CHECK(metric_get(&shared_metrics(first, 0)->late_kept) == 0, "not the old one's");
	CHECK(sum(first) == 12 && sum(second) == 12, "all see all");
	shared_enter(second, 0, "new.example");
	CHECK_TEXT(at(first, 0, 0), "", "not the old one's");
	shared_free(first);
	third = shared_next(second, 4);
	CHECK(metric_get(&shared_metrics(third, 1)->late_kept) == 5, "the part of the first");
	CHECK(shared_workers(third) == 5 && sum(third) == 12, "nothing is lost");
	shared_free(second);
	shared_free(third);
}

static void
restarts_are_not_reloads(void)
{
	struct shared *first = fresh(1), *second;

	shared_reset(first, 0);
	CHECK(shared_restarts(first, 0) == 0, "the first start");
	shared_reset(first, 0);
	CHECK(shared_restarts(first, 0) == 1, "a restart");
	second = shared_next(first, 1);
	shared_reset(second, 0);
	CHECK(shared_restarts(second, 0) == 1, "a reload");
	CHECK(shared_restarts(second, 1) == 0, "of the old one's part, which is counted above");
	shared_free(first);
	first = shared_next(second, 1);
	shared_reset(first, 0);
	CHECK(shared_restarts(first, 0) == 1, "another");
	shared_free(first);
	shared_free(second);
}

static void
a_death_ends_gauges_alone(void)
{
	struct shared *shared = fresh(1);
	struct metrics *m = shared_metrics(shared, 0);

	metric_add(&m->connections[PROTOCOL_ROUTE], 3);
	metric_add(&m->connections_now[PROTOCOL_ROUTE], 3);
	for (unsigned i = 0; i < NMX_STAT_COUNT; i++)
		metric_add(&m->stats[i], 1);
	shared_reset(shared, 0);
	CHECK(metric_get(&m->connections[PROTOCOL_ROUTE]) == 3, "a counter");
	CHECK(metric_get(&m->connections_now[PROTOCOL_ROUTE]) == 0, "a gauge");
	CHECK(metric_get(&m->stats[NMX_STAT_LOOKUPS]) == 1, "a counter");
	CHECK(metric_get(&m->stats[NMX_STAT_LOOKUPS_NOW]) == 0, "a gauge");
	CHECK(metric_get(&m->stats[NMX_STAT_CACHED_BYTES]) == 0, "a size");
	shared_free(shared);
}

static void
life(void)
{
	struct shared *shared = fresh(1);
	int64_t beat;

	shared_reset(shared, 0);
	beat = shared_last_beat(shared, 0);
	CHECK(beat > 0 && !shared_is_ready(shared, 0), "a start");
	shared_ready(shared, 0);
	CHECK(shared_is_ready(shared, 0), "ready");
	shared_beat(shared, 0);
	CHECK(shared_last_beat(shared, 0) > beat, "a beat");
	shared_reset(shared, 0);
	CHECK(!shared_is_ready(shared, 0), "another start");
	shared_free(shared);
}

/* ---- Quarantine ------------------------------------------------------------------------------ */

static void
put_aside_until(void)
{
	struct shared *shared = fresh(1);

	CHECK(!shared_is_quarantined(shared, "x.example"), "nothing is");
	shared_quarantine(shared, "x.example", INT64_MAX);
	shared_quarantine(shared, "over.example", 1);
	CHECK(shared_is_quarantined(shared, "x.example"), "it is");
	CHECK(!shared_is_quarantined(shared, "X.example"), "another name");
	CHECK(!shared_is_quarantined(shared, "x.exampl"), "another name");
	CHECK(!shared_is_quarantined(shared, ""), "no name");
	CHECK(!shared_is_quarantined(shared, "over.example"), "it was");
	CHECK(shared_quarantined(shared) == 1, "%u", shared_quarantined(shared));
	shared_quarantine(shared, "x.example", INT64_MAX - 1);
	CHECK(shared_quarantined(shared) == 1, "the same");
	shared_quarantine(shared, "unknown.example", 0);
	CHECK(shared_quarantined(shared) == 1, "ended before it began");
	shared_quarantine(shared, "x.example", 0);
	CHECK(!shared_is_quarantined(shared, "x.example"), "ended");
	shared_quarantine(shared, ".b.example", INT64_MAX);
	CHECK(shared_is_quarantined(shared, "a.b.example"), "below it");
	CHECK(shared_is_quarantined(shared, "x.a.b.example:25/TCP"), "a host below it");
	CHECK(!shared_is_quarantined(shared, "b.example"), "not itself");
	CHECK(!shared_is_quarantined(shared, "ab.example"), "no label");
	CHECK(!shared_is_quarantined(shared, "a.b.example.org"), "elsewhere");
	shared_quarantine(shared, ".b.example", 0);
	CHECK(shared_quarantined(shared) == 0, "none");
	shared_free(shared);
}

static void
the_one_that_ends_first_makes_room(void)
{
	struct shared *shared = fresh(1);
	char subject[SHARED_NAME];

	for (int i = 0; i < SHARED_QUARANTINE; i++) {
		snprintf(subject, sizeof(subject), "d%d.example", i);
		shared_quarantine(shared, subject, INT64_MAX - (i == 99));
	}
	CHECK(shared_quarantined(shared) == SHARED_QUARANTINE, "full");
	shared_quarantine(shared, "more.example", INT64_MAX);
	CHECK(shared_is_quarantined(shared, "more.example"), "the new one");
	CHECK(!shared_is_quarantined(shared, "d99.example"), "it had to go");
	CHECK(shared_is_quarantined(shared, "d98.example"), "others stay");
	shared_free(shared);
}

struct race {
	struct shared *shared;
	_Atomic bool is_over;
	_Atomic uint64_t looked, wrong;
};

/* "always" is aside all the time, in a place that is rewritten all the time; "never" is not. Its
 * name is made of the words of the two that are. */
static void *
look(void *user)
{
	struct race *race = user;

	while (!race->is_over) {
		race->wrong += !shared_is_quarantined(race->shared, "always.aside.example.org");
		race->wrong += shared_is_quarantined(race->shared, "bbbbbbbbaaaaaaaaaaaaaaaa");
		shared_quarantined(race->shared);
		race->looked++;
	}
	return NULL;
}

static void
readers_never_see_half_a_name(void)
{
	struct race race = {.shared = fresh(1)};
	pthread_t threads[3];

	shared_quarantine(race.shared, "always.aside.example.org", INT64_MAX);
	for (unsigned i = 0; i < N_OF(threads); i++)
		CHECK(pthread_create(&threads[i], NULL, look, &race) == 0, "a thread");
	for (unsigned i = 0; race.looked < 20000; i++) {
		shared_quarantine(race.shared, "always.aside.example.org", INT64_MAX - i % 2);
		shared_quarantine(race.shared, "aaaaaaaaaaaaaaaaaaaaaaaa", INT64_MAX);
		shared_quarantine(race.shared, "aaaaaaaaaaaaaaaaaaaaaaaa", 0);
		shared_quarantine(race.shared, "bbbbbbbbbbbbbbbbbbbbbbbb", INT64_MAX);
		shared_quarantine(race.shared, "bbbbbbbbbbbbbbbbbbbbbbbb", 0);
	}
	race.is_over = true;
	for (unsigned i = 0; i < N_OF(threads); i++)
		pthread_join(threads[i], NULL);
	CHECK(race.wrong == 0, "%llu of %llu", (unsigned long long)race.wrong,
	      (unsigned long long)race.looked);
	shared_free(race.shared);
}

/* The master reads a worker's places while it uses them. */
static void *
work(void *user)
{
	struct race *race = user;

	while (!race->is_over) {
		shared_leave(race->shared, 0, shared_enter(race->shared, 0, "busy.example"));
		shared_beat(race->shared, 0);
		metric_add(&shared_metrics(race->shared, 0)->late_kept, 1);
		race->looked++;
	}
	return NULL;
}

static void
a_busy_worker_is_read(void)
{
	struct race race = {.shared = fresh(1)};
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, work, &race) == 0, "a thread");
	while (race.looked < 20000) {
		const char *subject = at(race.shared, 0, 0);

		race.wrong += subject[0] && strcmp(subject, "busy.example") != 0;
		shared_last_beat(race.shared, 0);
	}
	race.is_over = true;
	pthread_join(thread, NULL);
	CHECK(race.wrong == 0, "%llu", (unsigned long long)race.wrong);
	shared_free(race.shared);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(a_place_is_taken_and_left),
	UNIT_TEST(places_run_out),
	UNIT_TEST(a_long_subject_is_cut),
	UNIT_TEST(generations_have_parts_of_their_own),
	UNIT_TEST(restarts_are_not_reloads),
	UNIT_TEST(a_death_ends_gauges_alone),
	UNIT_TEST(life),
	UNIT_TEST(put_aside_until),
	UNIT_TEST(the_one_that_ends_first_makes_room),
	UNIT_TEST(readers_never_see_half_a_name),
	UNIT_TEST(a_busy_worker_is_read),
	CU_TEST_INFO_NULL,
};
