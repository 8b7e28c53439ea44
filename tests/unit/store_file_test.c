/* SPDX-License-Identifier: BSD-2-Clause */
/* RULES STS-5: policies and counts on disk. Two beds in one folder are two processes to SQLite. */
#include "resolver/store.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "store_bed.h"
#include "unit.h"

const char unit_name[] = "resolver/store, disk";

enum { WEEK = 7 * DAY, TODAY = BED_NOW / DAY };

/* libsqlite3's calls come here. */
static unsigned syncs;
__attribute__((visibility("default"))) int fsync(int fd);
__attribute__((visibility("default"))) int fdatasync(int fd);

int
fsync(int fd)
{
	syncs++;
	return (int)syscall(SYS_fsync, fd);
}

int
fdatasync(int fd)
{
	syncs++;
	return (int)syscall(SYS_fdatasync, fd);
}

/* ---- Good days ------------------------------------------------------------------------------ */

static void
sts_5_a_policy_survives_a_restart(void)
{
	struct bed bed;
	const struct store_policy *policy;

	bed_begin(&bed);
	CHECK(bed_put(&bed, "a.test", "text of a") && bed_put(&bed, "b.test", "text of b"), "put");
	CHECK(store_unwritten(bed.store) == 2 && bed_settle(&bed), "written by the loop");
	bed_put(&bed, "c.test", "text of c"); /* by closing */
	store_forget(bed.store, "b.test");
	bed_reopen(&bed);
	CHECK(store_count(bed.store) == 2, "%zu", store_count(bed.store));
	policy = store_find(bed.store, "a.test");
	CU_ASSERT_PTR_NOT_NULL_FATAL(policy);
	CHECK_TEXT(policy->id, "20260101", "id");
	CHECK(policy->fetched == BED_NOW && policy->expires == BED_NOW + WEEK &&
		      policy->mode == NMX_STS_ENFORCE && policy->max_age == WEEK,
	      "numbers");
	CHECK_TEXT(bed_text(&bed, "a.test"), "text of a", "a");
	CHECK_TEXT(bed_text(&bed, "b.test"), "", "b");
	CHECK_TEXT(bed_text(&bed, "c.test"), "text of c", "c");
	CHECK_TEXT(bed.log, "", "nothing to say");
	bed_done(&bed, true);
}

static void
only_its_owner_reads_the_file(void)
{
	static const char *const names[] = {"nextmx.db", "nextmx.db-wal", "nextmx.db-shm"};
	struct bed bed;
	struct stat st;
	mode_t old = umask(0);

	bed_begin(&bed);
	bed_put(&bed, "a.test", "text");
	CHECK(bed_settle(&bed), "written");
	umask(old);
	for (size_t i = 0; i < N_OF(names); i++) {
		CHECK(stat(bed_path(&bed, names[i]), &st) == 0, "%s", names[i]);
		CHECK((st.st_mode & 07777) == 0600, "%s: %o", names[i], st.st_mode);
	}
	CHECK(bed_files(&bed, "") == 3, "nothing else");
	bed_done(&bed, true);
}

static void
sts_5_processes_see_each_other_after_ten_seconds(void)
{
	struct bed a, b;

	bed_begin(&a);
	bed_join(&b, &a);
	CHECK(bed_open(&b) == 0, "b");
	bed_put(&a, "a.test", "one");
	CHECK(bed_settle(&a), "written");
	bed_advance_ms(&b, 9999);
	CHECK_TEXT(bed_text(&b, "a.test"), "", "not yet");
	bed_advance_ms(&b, 1);
	CHECK_TEXT(bed_text(&b, "a.test"), "one", "seen");
	/* b forgets it; a, which held an older copy, does not bring it back. */
	b.wall_s += 5;
	CHECK(store_forget(b.store, "a.test") && bed_settle(&b), "forgotten");
	bed_put(&a, "b.test", "two");
	CHECK(bed_settle(&a), "written");
	bed_advance_ms(&a, 10000);
	CHECK_TEXT(bed_text(&a, "a.test"), "", "forgotten");
	a.wall_s += 9;
	bed_put(&a, "a.test", "new");
	CHECK(bed_settle(&a), "written");
	bed_advance_ms(&b, 10000);
	CHECK_TEXT(bed_text(&b, "a.test"), "new", "fetched anew");
	bed_done(&b, false);
	bed_done(&a, true);
}

/* b holds one that is not written, while a's newer one, or a's forgetting, is in the file. */
static void
sts_5_an_older_policy_is_never_written_over_a_newer_one(void)
{
	for (int forget = 0; forget < 2; forget++) {
		struct bed a, b;
		struct store_policy old =
			bed_policy("a.test", NMX_STS_TESTING, BED_NOW - 5, WEEK, "old");

		bed_begin(&a);
		bed_join(&b, &a);
		CHECK(bed_open(&b) == 0, "b");
		CHECK(store_put(b.store, &old), "b's");
		bed_put(&a, "a.test", "new");
		if (forget)
			store_forget(a.store, "a.test");
		CHECK(bed_settle(&a) && bed_settle(&b), "written");
		bed_advance_ms(&b, 10000);
		CHECK_TEXT(bed_text(&b, "a.test"), forget ? "" : "new", "in b");
		bed_reopen(&a);
		CHECK_TEXT(bed_text(&a, "a.test"), forget ? "" : "new", "in the file");
		bed_done(&b, false);
		bed_done(&a, true);
	}
}

/* What one step reads is bounded; the rest follows by itself. */
static void
sts_5_a_thousand_policies_of_another_process(void)
{
	struct bed a, b;
	char domain[32];

	bed_begin(&a);
	bed_join(&b, &a);
	CHECK(bed_open(&b) == 0, "b");
	for (int i = 0; i < 2000; i++) {
		snprintf(domain, sizeof(domain), "d%d.test", i);
		bed_put(&a, domain, domain);
	}
	CHECK(bed_settle(&a), "written");
	bed_advance_ms(&b, 10000);
	CHECK(store_count(b.store) == 500, "%zu", store_count(b.store));
	bed_advance_ms(&b, 50);
	CHECK(store_count(b.store) == 2000, "%zu", store_count(b.store));
	bed_done(&b, false);
	bed_done(&a, true);
}

/* An evicted policy leaves the file. */
static void
sts_5_the_file_is_bounded(void)
{
	struct bed bed;
	char domain[32];

	bed_begin(&bed);
	for (int i = 0; i < 1100; i++) {
		static char huge[LIMIT_STS_POLICY + 1];

		memset(huge, 'x', LIMIT_STS_POLICY);
		snprintf(domain, sizeof(domain), "d%d.test", i);
		bed_put(&bed, domain, huge);
		CHECK(bed_settle(&bed), "%d", i);
	}
	CHECK(store_count(bed.store) < 1024, "%zu", store_count(bed.store));
	CHECK(bed_number(&bed, "SELECT count(*) FROM policy") == (int)store_count(bed.store),
	      "the file");
	bed_done(&bed, true);
}

static void
nothing_in_the_loop_syncs_but_checkpoints(void)
{
	struct bed bed;
	char domain[32];

	bed_begin(&bed);
	syncs = 0;
	for (int i = 0; i < 100; i++) {
		snprintf(domain, sizeof(domain), "d%d.test", i);
		bed_put(&bed, domain, "text");
		CHECK(bed_settle(&bed), "%d", i);
	}
	CHECK(syncs == 0, "%u", syncs);
	for (int i = 0; i < 1000; i++) {
		bed_put(&bed, "a.test", "text");
		bed_settle(&bed);
	}
	CHECK(syncs > 0 && syncs <= 24, "%u, of 1,000 commits", syncs);
	CHECK(bed_files(&bed, "") == 3, "nothing else");
	bed_done(&bed, true);
}

/* ---- Counts --------------------------------------------------------------------------------- */

static void
counts_are_written_after_ten_seconds_and_once(void)
{
	struct bed a, b;

	bed_begin(&a);
	bed_join(&b, &a);
	CHECK(bed_open(&b) == 0, "b");
	bed_tally(&a, TODAY, "a.test");
	bed_advance_ms(&a, 9990);
	bed_tally(&a, TODAY, "b.test");
	CHECK(bed_number(&a, "SELECT count(*) FROM tally") == 0, "in memory");
	CHECK_TEXT(bed_tallies(&a, TODAY), "a.test 2 0 mx.test 1\nb.test 2 0 mx.test 1\n", "a");
	CHECK_TEXT(bed_tallies(&b, TODAY), "", "b");
	bed_advance_ms(&a, 10);
	CHECK(store_unwritten(a.store) == 0 && bed_number(&a, "SELECT sum(n) FROM tally") == 2,
	      "written");
	for (int i = 0; i < 3; i++)
		bed_tally(&b, TODAY, "b.test");
	bed_tally(&b, TODAY, "0.test");
	bed_tally(&b, TODAY, "c.test");
	CHECK_TEXT(bed_tallies(&b, TODAY),
		   "0.test 2 0 mx.test 1\na.test 2 0 mx.test 1\nb.test 2 0 mx.test 4\n"
		   "c.test 2 0 mx.test 1\n",
		   "file and memory");
	bed_done(&b, false); /* writes them */
	CHECK(bed_number(&a, "SELECT sum(n) FROM tally") == 7, "all");
	bed_done(&a, true);
}

static void
counts_of_a_month_ago_go(void)
{
	struct bed bed;

	bed_begin(&bed);
	bed_tally(&bed, TODAY - 31, "a.test");
	bed_tally(&bed, TODAY - 30, "a.test");
	bed_advance_ms(&bed, 10000);
	bed.boot_ns += 60 * NS_PER_S;
	bed_tally(&bed, TODAY, "a.test");
	bed_advance_ms(&bed, 10000);
	CHECK(bed_number(&bed, "SELECT count(*) FROM tally") == 2, "one went");
	CHECK_TEXT(bed_tallies(&bed, TODAY - 31), "", "the oldest");
	bed_done(&bed, true);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(sts_5_a_policy_survives_a_restart),
	UNIT_TEST(only_its_owner_reads_the_file),
	UNIT_TEST(sts_5_processes_see_each_other_after_ten_seconds),
	UNIT_TEST(sts_5_an_older_policy_is_never_written_over_a_newer_one),
	UNIT_TEST(sts_5_a_thousand_policies_of_another_process),
	UNIT_TEST(sts_5_the_file_is_bounded),
	UNIT_TEST(nothing_in_the_loop_syncs_but_checkpoints),
	UNIT_TEST(counts_are_written_after_ten_seconds_and_once),
	UNIT_TEST(counts_of_a_month_ago_go),
	CU_TEST_INFO_NULL,
};
