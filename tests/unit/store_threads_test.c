/* SPDX-License-Identifier: BSD-2-Clause */
/* Contexts in several threads, each with its own connection to one file. */
#include "resolver/store.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store_bed.h"
#include "unit.h"

const char unit_name[] = "resolver/store, threads";

enum { N_THREADS = 4, N_ROUNDS = 15, N_PUTS = 10 };

struct worker {
	pthread_t thread;
	const struct bed *shared;
	int i, failures;
};

static void *
run(void *arg)
{
	struct worker *w = arg;
	char domain[32];

	for (int round = 0; round < N_ROUNDS; round++) {
		struct bed bed;

		bed_join(&bed, w->shared);
		w->failures += bed_open(&bed) != 0;
		for (int i = 0; i < N_PUTS && bed.store; i++) {
			snprintf(domain, sizeof(domain), "t%d-%d-%d.test", w->i, round, i);
			w->failures += !bed_put(&bed, domain, domain);
			store_tally(bed.store, BED_NOW / DAY, "a.test", NMX_TLSRPT_STS,
				    NMX_TLSRPT_SUCCESS, "");
			bed_advance_ms(&bed, 10);
		}
		for (int ms = 0; ms < 20000 && bed.store && store_unwritten(bed.store); ms++) {
			bed_advance_ms(&bed, 50);
			usleep(1000);
		}
		w->failures += bed.log[0] != '\0';
		bed_done(&bed, false);
	}
	return NULL;
}

static void
threads_share_a_file(void)
{
	struct worker workers[N_THREADS];
	struct bed bed;
	char expected[64];

	bed_init(&bed, true);
	for (int i = 0; i < N_THREADS; i++) {
		workers[i] = (struct worker){.shared = &bed, .i = i};
		CU_ASSERT_EQUAL_FATAL(pthread_create(&workers[i].thread, NULL, run, &workers[i]),
				      0);
	}
	for (int i = 0; i < N_THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		CHECK(workers[i].failures == 0, "%d", workers[i].failures);
	}
	CHECK(bed_open(&bed) == 0, "%s", bed.error);
	CHECK(store_count(bed.store) == N_THREADS * N_ROUNDS * N_PUTS, "%zu",
	      store_count(bed.store));
	snprintf(expected, sizeof(expected), "a.test 2 0  %d\n", N_THREADS * N_ROUNDS * N_PUTS);
	CHECK_TEXT(bed_tallies(&bed, BED_NOW / DAY), expected, "counted once each");
	bed_done(&bed, true);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(threads_share_a_file),
	CU_TEST_INFO_NULL,
};
