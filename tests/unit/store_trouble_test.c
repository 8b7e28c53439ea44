/* SPDX-License-Identifier: BSD-2-Clause */
/* RULES STS-5: folders and files that cannot be used, or not now. */
#include "resolver/store.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "store_bed.h"
#include "unit.h"

const char unit_name[] = "resolver/store, trouble";

enum { TODAY = BED_NOW / DAY };

/* ---- What must be refused ------------------------------------------------------------------- */

static int
try_folder(const char *folder, char *error, size_t size)
{
	struct bed bed;
	int result;

	bed_init(&bed, false);
	snprintf(bed.folder, sizeof(bed.folder), "%s", folder);
	result = bed_open(&bed);
	snprintf(error, size, "%s", bed.error);
	bed_done(&bed, false);
	return result;
}

static void
a_folder_that_cannot_be_used_is_said(void)
{
	char error[300];
	struct bed bed;

	CHECK(try_folder("/nowhere/at/all", error, sizeof(error)) == NMX_E_CONFIG, "%s", error);
	CHECK_TEXT(error, "/nowhere/at/all: No such file or directory", "reason");
	CHECK(try_folder("/dev/null", error, sizeof(error)) == NMX_E_CONFIG, "%s", error);
	CHECK_TEXT(error, "/dev/null: Not a directory", "reason");
	bed_init(&bed, true);
	CHECK(mkdir(bed_path(&bed, "nextmx.db"), 0700) == 0, "a folder in its place");
	CHECK(bed_open(&bed) == NMX_E_CONFIG, "%s", bed.error);
	rmdir(bed_path(&bed, "nextmx.db"));
	bed_done(&bed, true);
}

/* In a child without privileges, for root may write everywhere. Returns its exit status. */
static int
in_child(int (*act)(struct bed *bed), struct bed *bed)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		if (getuid() == 0 &&
		    (chown(bed->folder, 65534, 65534) || setgid(65534) || setuid(65534)))
			_exit(99);
		_exit(act(bed));
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + status;
}

static int
open_unwritable(struct bed *bed)
{
	if (chmod(bed->folder, 0500))
		return 1;
	if (bed_open(bed) != NMX_E_CONFIG || !strstr(bed->error, "Permission denied"))
		return 2;
	if (chmod(bed->folder, 0700) || bed_open(bed))
		return 3;
	bed_close(bed);
	if (chmod(bed_path(bed, "nextmx.db"), 0400))
		return 4;
	return bed_open(bed) == NMX_E_CONFIG && strstr(bed->error, "readonly") ? 0 : 5;
}

static void
a_folder_or_file_that_may_not_be_written_is_said(void)
{
	struct bed bed;

	bed_init(&bed, true);
	CHECK(in_child(open_unwritable, &bed) == 0, "in the child");
	bed_done(&bed, true);
}

/* A folder that becomes read-only: what is open goes on; a file begun anew waits. */
static int
become_unwritable(struct bed *bed)
{
	if (bed_open(bed) || !bed_put(bed, "a.test", "one") || !bed_settle(bed))
		return 1;
	if (unlink(bed_path(bed, "nextmx.db")) || chmod(bed->folder, 0500))
		return 2;
	if (!bed_put(bed, "b.test", "two") || bed_settle(bed))
		return 3;
	if (strcmp(bed_text(bed, "a.test"), "one") != 0 ||
	    strcmp(bed_text(bed, "b.test"), "two") != 0)
		return 4;
	if (bed_said(bed, "cannot be written now") != 1)
		return 5;
	if (chmod(bed->folder, 0700))
		return 6;
	bed_advance_ms(bed, 31000);
	if (!bed_settle(bed) || bed_said(bed, "can be written again") != 1)
		return 7;
	bed_close(bed);
	return bed_open(bed) || store_count(bed->store) != 2 ? 8 : 0;
}

static void
sts_5_a_folder_that_becomes_read_only(void)
{
	struct bed bed;
	int status;

	bed_init(&bed, true);
	status = in_child(become_unwritable, &bed);
	CHECK(status == 0, "%d", status);
	bed_done(&bed, true);
}

/* ---- Bad days ------------------------------------------------------------------------------- */

static void
sts_5_a_busy_file_never_delays_an_answer(void)
{
	static const char *const locks[] = {"BEGIN EXCLUSIVE", "BEGIN IMMEDIATE"};
	struct bed bed;

	bed_begin(&bed);
	bed_put(&bed, "a.test", "one");
	bed_settle(&bed);
	for (size_t i = 0; i < N_OF(locks); i++) {
		sqlite3 *db = bed_other(&bed);
		unsigned answers = 0;

		bed_run(db, locks[i]);
		bed_put(&bed, "a.test", "two");
		bed_put(&bed, "b.test", "three");
		bed_tally(&bed, TODAY, "a.test");
		for (int second = 0; second < 60; second++) {
			bed_advance_ms(&bed, 1000);
			answers += *bed_text(&bed, "a.test") && *bed_text(&bed, "b.test");
		}
		CHECK(answers == 60, "%u answers in a minute", answers);
		CHECK(store_unwritten(bed.store) == 3, "%zu", store_unwritten(bed.store));
		CHECK(bed_said(&bed, "database is locked") == i + 1, "%s", bed.log);
		bed_run(db, "COMMIT");
		bed_advance_ms(&bed, 30000);
		CHECK(store_unwritten(bed.store) == 0, "%zu", store_unwritten(bed.store));
		CHECK(bed_said(&bed, "can be written again") == i + 1, "%s", bed.log);
		sqlite3_close(db);
	}
	CHECK(bed_number(&bed, "SELECT sum(n) FROM tally") == 2, "counted once each");
	bed_done(&bed, true);
}

static void
busy_at_the_start_is_read_later(void)
{
	struct bed bed;
	sqlite3 *db;

	bed_begin(&bed);
	bed_put(&bed, "a.test", "text");
	bed_close(&bed);
	db = bed_other(&bed);
	bed_run(db, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT");
	CHECK(bed_open(&bed) == 0, "%s", bed.error);
	bed_put(&bed, "b.test", "new");
	CHECK(!bed_settle(&bed), "not yet");
	sqlite3_close(db);
	bed_advance_ms(&bed, 30000);
	CHECK(store_unwritten(bed.store) == 0 && *bed_text(&bed, "a.test") &&
		      *bed_text(&bed, "b.test"),
	      "%s", bed.log);
	bed_done(&bed, true);
}

/* No file may grow, from some point on, so that transactions end anywhere. */
static void
sts_5_a_full_disk(void)
{
	struct rlimit old, limit;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	for (rlim_t room = 0; room < 40; room++) {
		char domain[32];
		struct bed bed;

		bed_begin(&bed);
		limit = old;
		limit.rlim_cur = 30000 + room * 3001;
		setrlimit(RLIMIT_FSIZE, &limit);
		for (int i = 0; i < 40; i++) {
			snprintf(domain, sizeof(domain), "d%d.test", i);
			bed_put(&bed, domain, "text");
			bed_tally(&bed, TODAY, "a.test");
			bed_advance_ms(&bed, 10000);
		}
		CHECK(store_count(bed.store) == 40 && store_unwritten(bed.store) > 0, "held");
		CHECK(bed_said(&bed, "cannot be written now") == 1, "%s", bed.log);
		setrlimit(RLIMIT_FSIZE, &old);
		bed_advance_ms(&bed, 30000);
		CHECK(bed_settle(&bed), "%s", bed.log);
		CHECK(bed_number(&bed, "SELECT count(*) FROM policy") == 40, "policies");
		CHECK(bed_number(&bed, "SELECT sum(n) FROM tally") == 40, "counts");
		CHECK(bed_files(&bed, "aside") == 0, "whole");
		bed_done(&bed, true);
	}
}

static bool
write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	return fd >= 0 && close(fd) == 0 && good;
}

/* A file system of its own, of 300 KiB. Becoming root of a user namespace may be forbidden. */
static bool
mount_small(const char *folder)
{
	char users[32], groups[32];

	snprintf(users, sizeof(users), "0 %d 1", (int)getuid());
	snprintf(groups, sizeof(groups), "0 %d 1", (int)getgid());
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
	       write_to("/proc/self/setgroups", "deny") && write_to("/proc/self/uid_map", users) &&
	       write_to("/proc/self/gid_map", groups) &&
	       mount("none", folder, "tmpfs", 0, "size=300k,mode=0700") == 0;
}

static int
fill_disk(struct bed *bed)
{
	char domain[32];

	if (!mount_small(bed->folder))
		return 77;
	if (bed_open(bed))
		return 1;
	for (int i = 0; i < 600; i++) {
		snprintf(domain, sizeof(domain), "d%d.test", i);
		bed_put(bed, domain, "text");
		bed_settle(bed);
	}
	if (store_unwritten(bed->store) == 0 || store_count(bed->store) != 600 ||
	    bed_said(bed, "cannot be written now") == 0)
		return 2;
	if (mount("none", bed->folder, "tmpfs", MS_REMOUNT, "size=9m"))
		return 3;
	bed_advance_ms(bed, 30000);
	return !bed_settle(bed) || bed_files(bed, "aside") ||
	       bed_number(bed, "SELECT count(*) FROM policy") != 600;
}

static void
sts_5_a_full_file_system(void)
{
	struct bed bed;
	pid_t child;
	int status = -1;

	bed_init(&bed, true);
	child = fork();
	if (child == 0)
		_exit(fill_disk(&bed));
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status), "%d", status);
	if (WEXITSTATUS(status) == 77)
		printf("\n    no file system may be mounted here: limited files alone are tried ");
	else
		CHECK(WEXITSTATUS(status) == 0, "%d", WEXITSTATUS(status));
	bed_done(&bed, true);
}

static void
a_full_disk_at_the_start(void)
{
	struct rlimit old, limit;
	struct bed bed;

	bed_init(&bed, true);
	getrlimit(RLIMIT_FSIZE, &old);
	limit = old;
	limit.rlim_cur = 4096;
	setrlimit(RLIMIT_FSIZE, &limit);
	CHECK(bed_open(&bed) == 0, "%s", bed.error);
	bed_put(&bed, "a.test", "text");
	CHECK(!bed_settle(&bed) && *bed_text(&bed, "a.test"), "in memory");
	setrlimit(RLIMIT_FSIZE, &old);
	bed_advance_ms(&bed, 30000);
	CHECK(bed_settle(&bed) && bed_number(&bed, "SELECT count(*) FROM policy") == 1, "%s",
	      bed.log);
	bed_done(&bed, true);
}

/* A file that was removed, by an operator: begun anew, with what memory holds. */
static void
a_file_that_was_removed_is_begun_anew(void)
{
	struct bed bed;

	bed_begin(&bed);
	bed_put(&bed, "a.test", "one");
	bed_settle(&bed);
	unlink(bed_path(&bed, "nextmx.db"));
	bed_put(&bed, "b.test", "two");
	CHECK(bed_settle(&bed), "written");
	CHECK(bed_number(&bed, "SELECT count(*) FROM policy") == 2, "both");
	CHECK(bed_files(&bed, "aside") > 0, "its -wal is not taken for the new file's");
	bed_done(&bed, true);
}

/* ---- What others have written --------------------------------------------------------------- */

static void
sts_5_rows_that_make_no_sense_are_passed_over(void)
{
	static const char *const changes[] = {
		"UPDATE policy SET mode = 7",
		"UPDATE policy SET mode = -1",
		"UPDATE policy SET max_age = 4294967296 + 60",
		"UPDATE policy SET text = zeroblob(65537)",
		"UPDATE policy SET text = x'00'",
		"UPDATE policy SET fetched = -5",
		"UPDATE policy SET fetched = fetched + 1",
		"UPDATE policy SET expires = fetched + 31557601",
		"UPDATE policy SET expires = 9223372036854775807",
		"UPDATE policy SET domain = 'A.' || domain",
		"UPDATE policy SET domain = 'x.' || domain",
		"UPDATE policy SET domain = domain || x'00' || 'y'",
		"UPDATE policy SET id = '-'",
		"UPDATE policy SET id = printf('%050d', 1)",
		"UPDATE policy SET sum = 0",
	};

	for (size_t i = 0; i < N_OF(changes); i++) {
		struct bed bed;
		sqlite3 *db;

		bed_begin(&bed);
		bed_put(&bed, "a.test", "text");
		bed_put(&bed, "b.test", "text");
		bed_close(&bed);
		db = bed_other(&bed);
		bed_run(db, changes[i]);
		sqlite3_close(db);
		CHECK(bed_open(&bed) == 0, "%s", changes[i]);
		CHECK(store_count(bed.store) == 0, "%s", changes[i]);
		CHECK(bed_said(&bed, "2 policies make no sense") == 1, "%s: %s", changes[i],
		      bed.log);
		CHECK(bed_said(&bed, "\n") == 1, "one line: %s", bed.log);
		bed_done(&bed, true);
	}
}

static void
a_file_that_is_not_ours_is_left_alone(void)
{
	static const char *const files[] = {
		"PRAGMA user_version = 2",
		"PRAGMA application_id = 7",
		"PRAGMA application_id = 0",
		"PRAGMA application_id = 0; PRAGMA user_version = 0",
	};

	for (size_t i = 0; i < N_OF(files); i++) {
		struct bed bed;
		sqlite3 *db;

		bed_begin(&bed);
		bed_put(&bed, "a.test", "text");
		bed_close(&bed);
		db = bed_other(&bed);
		bed_run(db, files[i]);
		sqlite3_close(db);
		CHECK(bed_open(&bed) == 0, "%s", bed.error);
		CHECK(bed_said(&bed, "is not used") == 1 && bed_said(&bed, "\n") == 1, "%s",
		      bed.log);
		bed_put(&bed, "b.test", "text");
		bed_advance_ms(&bed, 20000);
		CHECK(*bed_text(&bed, "b.test") && !*bed_text(&bed, "a.test"), "memory");
		bed_close(&bed);
		CHECK(bed_files(&bed, "aside") == 0, "%s", files[i]);
		CHECK(bed_number(&bed, "SELECT count(*) FROM policy") == 1, "as it was");
		bed_done(&bed, true);
	}
}

/* ---- Fork ----------------------------------------------------------------------------------- */

static int
act_forked(struct bed *bed)
{
	struct bed own;

	store_close(bed->store, true);
	bed->store = NULL;
	bed_join(&own, bed);
	return bed_open(&own) == NMX_E_FORKED && strstr(own.error, "fork") ? 0 : 1;
}

static void
a_forked_child_leaves_the_parents_file_alone(void)
{
	struct bed bed;

	bed_begin(&bed);
	bed_put(&bed, "a.test", "one");
	bed_tally(&bed, TODAY, "a.test");
	CHECK(in_child(act_forked, &bed) == 0, "the child");
	bed_put(&bed, "b.test", "two");
	bed_advance_ms(&bed, 10000);
	CHECK(store_unwritten(bed.store) == 0, "the parent goes on: %s", bed.log);
	bed_reopen(&bed);
	CHECK(store_count(bed.store) == 2, "both");
	CHECK(bed_number(&bed, "SELECT sum(n) FROM tally") == 1, "counted once");
	bed_done(&bed, true);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(a_folder_that_cannot_be_used_is_said),
	UNIT_TEST(a_folder_or_file_that_may_not_be_written_is_said),
	UNIT_TEST(sts_5_a_folder_that_becomes_read_only),
	UNIT_TEST(sts_5_a_busy_file_never_delays_an_answer),
	UNIT_TEST(busy_at_the_start_is_read_later),
	UNIT_TEST(sts_5_a_full_disk),
	UNIT_TEST(sts_5_a_full_file_system),
	UNIT_TEST(a_full_disk_at_the_start),
	UNIT_TEST(a_file_that_was_removed_is_begun_anew),
	UNIT_TEST(sts_5_rows_that_make_no_sense_are_passed_over),
	UNIT_TEST(a_file_that_is_not_ours_is_left_alone),
	UNIT_TEST(a_forked_child_leaves_the_parents_file_alone),
	CU_TEST_INFO_NULL,
};
