/* SPDX-License-Identifier: BSD-2-Clause */
/* RULES STS-5: a file that is damaged is set aside, whenever that shows, and nothing false is read. */
#include "resolver/store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "resolver/store_file.h"
#include "resolver/store_folder.h"
#include "store_bed.h"
#include "unit.h"

const char unit_name[] = "resolver/store, corruption";

enum { N_POLICIES = 60, N_TRIALS = 300, N_PROCESSES = 4, N_ROUNDS = 10 };

static void
name_of(int i, char domain[32])
{
	snprintf(domain, 32, "d%d.test", i);
}

/* As another process: closing a descriptor of the file here would drop this one's locks. */
static void
in_child(void (*act)(const char *path, void *arg), const char *path, void *arg)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		act(path, arg);
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0, "%d", status);
}

struct damage {
	struct rng *rng;
	int bytes; /* 0: all of it becomes zero */
};

static void
damage(const char *path, void *arg)
{
	const struct damage *how = arg;
	int fd = open(path, O_RDWR);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || st.st_size == 0)
		return; /* set aside, and none begun yet */
	if (!how->bytes) {
		uint8_t *zero = calloc(1, (size_t)st.st_size);

		if (!zero || pwrite(fd, zero, (size_t)st.st_size, 0) != st.st_size)
			_exit(1);
		free(zero);
	}
	for (int i = 0; i < how->bytes; i++) {
		uint8_t byte = (uint8_t)rng_next(how->rng);

		if (pwrite(fd, &byte, 1, (off_t)rng_below(how->rng, (uint64_t)st.st_size)) != 1)
			_exit(2);
	}
	close(fd);
}

/* Written, and then the process is gone: what is in the -wal stays there. */
static void
write_and_die(const char *path, void *arg)
{
	struct bed *bed = arg;
	char domain[32];

	(void)path;
	if (bed_open(bed))
		_exit(3);
	for (int i = 0; i < N_POLICIES; i++) {
		name_of(i, domain);
		if (!bed_put(bed, domain, domain))
			_exit(4);
		if (i == N_POLICIES / 2) { /* half of it in the file itself */
			bed_close(bed);
			if (bed_open(bed))
				_exit(5);
		}
	}
	_exit(bed_settle(bed) ? 0 : 6);
}

/* Everything in the file itself. */
static void
write_and_close(const char *path, void *arg)
{
	struct bed *bed = arg;
	char domain[32];

	(void)path;
	if (bed_open(bed))
		_exit(3);
	for (int i = 0; i < N_POLICIES; i++) {
		name_of(i, domain);
		if (!bed_put(bed, domain, domain))
			_exit(4);
	}
	bed_close(bed);
}

/* How many are held; each must be as it was put. */
static int
held(struct bed *bed)
{
	char domain[32];
	int n = 0;

	for (int i = 0; i < N_POLICIES; i++) {
		const char *text;

		name_of(i, domain);
		text = bed_text(bed, domain);
		if (*text)
			CHECK_TEXT(text, domain, "as it was put");
		n += *text != '\0';
	}
	return n;
}

static const char *const names[] = {"nextmx.db", "nextmx.db-wal", "nextmx.db-shm"};

/* What another process left. */
static void
copy_folder(const struct bed *from, const struct bed *to)
{
	for (size_t i = 0; i < N_OF(names); i++) {
		static char bytes[4 * 1024 * 1024];
		FILE *file = fopen(bed_path(from, names[i]), "r");
		size_t n = file ? fread(bytes, 1, sizeof(bytes), file) : 0;

		if (!file)
			continue;
		fclose(file);
		file = fopen(bed_path(to, names[i]), "w");
		CHECK(file && fwrite(bytes, 1, n, file) == n && fclose(file) == 0, "%s", names[i]);
	}
}

static void
sts_5_damage_anywhere(void)
{
	struct bed left[2];
	struct rng rng = rng_from_seed(8461);
	int total = 0, aside = 0, foreign = 0, whole = 0, salvaged = 0;

	for (int i = 0; i < 2; i++) {
		bed_init(&left[i], true);
		in_child(i ? write_and_die : write_and_close, "", &left[i]);
	}
	for (int trial = 0; trial < N_TRIALS; trial++) {
		struct damage how = {&rng, 1 << trial % 9};
		struct bed bed;
		int n;

		bed_init(&bed, true);
		copy_folder(&left[trial % 2], &bed);
		damage(bed_path(&bed, names[trial % 8 < 6 ? 0 : trial % 8 - 5]),
		       &how); /* nobody has it open */
		if (!CHECK(bed_open(&bed) == 0, "trial %d: %s", trial, bed.error))
			break;
		n = held(&bed);
		total += n;
		whole += n == N_POLICIES;
		aside += bed_files(&bed, "aside") > 0;
		salvaged += n > 0 && bed_files(&bed, "aside") > 0;
		foreign += bed_said(&bed, "is not used") > 0;
		CHECK(bed_said(&bed, "is corrupt") == 0 || bed_files(&bed, "aside") > 0, "kept: %s",
		      bed.log);
		CHECK(n == N_POLICIES || bed.log[0] || trial % 8 >= 6, "trial %d: lost in silence",
		      trial);
		CHECK(bed_put(&bed, "new.test", "new"), "put");
		if (!bed_said(&bed, "is not used")) {
			CHECK(bed_settle(&bed), "trial %d: %s", trial, bed.log);
			bed_close(&bed);
			CHECK(bed_open(&bed) == 0, "again");
			CHECK(held(&bed) >= n, "trial %d: what could be read is written anew",
			      trial);
		}
		CHECK_TEXT(bed_text(&bed, "new.test"), "new", "trial %d: %s", trial, bed.log);
		bed_done(&bed, true);
	}
	bed_done(&left[0], true);
	bed_done(&left[1], true);
	printf("\n    of %d damaged files %d set aside, %d left alone, %d whole; "
	       "%d of %d policies held ",
	       N_TRIALS, aside, foreign, whole, total, N_TRIALS * N_POLICIES);
	CHECK(aside > N_TRIALS / 5, "%d", aside);
	CHECK(salvaged > aside / 4, "something is read of %d", salvaged);
}

/* Damaged while it is open: what memory holds goes to the new file. */
static void
sts_5_damage_while_it_is_open(void)
{
	struct damage zero = {NULL, 0};
	struct bed bed;
	sqlite3 *db = NULL;

	bed_init(&bed, true);
	in_child(write_and_die, "", &bed);
	CU_ASSERT_EQUAL_FATAL(bed_open(&bed), 0);
	store_tally(bed.store, BED_NOW / DAY, "a.test", NMX_TLSRPT_STS, NMX_TLSRPT_SUCCESS, "");
	in_child(damage, bed_path(&bed, "nextmx.db"), &zero);
	/* Another's commit makes SQLite read it again. */
	sqlite3_open(bed_path(&bed, "nextmx.db"), &db);
	sqlite3_exec(db, "PRAGMA user_version = 1", NULL, NULL, NULL);
	sqlite3_close(db);
	bed_put(&bed, "new.test", "new");
	CHECK(held(&bed) == N_POLICIES, "answers go on");
	bed_advance_ms(&bed, 10000);
	CHECK(bed_settle(&bed), "%s", bed.log);
	CHECK(bed_said(&bed, "is corrupt") == 1 && bed_files(&bed, "aside") > 0, "%s", bed.log);
	bed_close(&bed);
	CHECK(bed_open(&bed) == 0 && held(&bed) == N_POLICIES, "all written");
	CHECK_TEXT(bed_text(&bed, "new.test"), "new", "the new one");
	CHECK_TEXT(bed_tallies(&bed, BED_NOW / DAY), "a.test 2 0  1\n", "counted once");
	bed_done(&bed, true);
}

/* A disk that damages every file is not filled with copies. */
static void
sts_5_damage_again_and_again(void)
{
	struct damage zero = {NULL, 0};
	struct bed bed;
	unsigned n = 0;

	bed_init(&bed, true);
	CU_ASSERT_EQUAL_FATAL(bed_open(&bed), 0);
	for (int minute = 0; minute < 100; minute++) {
		in_child(damage, bed_path(&bed, "nextmx.db"), &zero);
		in_child(damage, bed_path(&bed, "nextmx.db-wal"), &zero);
		in_child(damage, bed_path(&bed, "nextmx.db-shm"), &zero);
		bed.wall_s += 60;
		bed_put(&bed, "a.test", "text");
		bed.boot_ns += 59 * NS_PER_S;
		bed_advance_ms(&bed, 1000);
		if (bed_files(&bed, "nextmx.db") - bed_files(&bed, "aside") == 0)
			continue;
		n = bed_files(&bed, "aside");
	}
	CHECK(n / 3 <= 8, "%u in 100 minutes", n / 3);
	CHECK_TEXT(bed_text(&bed, "a.test"), "text", "answers go on");
	bed_done(&bed, true);
}

static void
a_file_that_is_no_database(void)
{
	struct bed bed;
	FILE *file;

	bed_init(&bed, true);
	file = fopen(bed_path(&bed, "nextmx.db"), "w");
	fputs("this is a letter to my aunt", file);
	fclose(file);
	CHECK(bed_open(&bed) == 0 && bed_said(&bed, "is corrupt") == 1, "%s", bed.log);
	CHECK(bed_put(&bed, "a.test", "text") && bed_settle(&bed), "a new one");
	CHECK(bed_files(&bed, "aside-2027") == 1, "with the time: %s", bed.log);
	bed_done(&bed, true);
}

/* ---- Several processes find it -------------------------------------------------------------- */

static int
one_of_many(struct bed *bed, int i, int start)
{
	char domain[32], c;

	snprintf(domain, sizeof(domain), "p%d.test", i);
	if (read(start, &c, 1) != 0) /* until the last one is there */
		return 1;
	if (bed_open(bed) || !bed_put(bed, domain, domain))
		return 2;
	for (int ms = 0; ms < 20000 && store_unwritten(bed->store); ms++) {
		bed_advance_ms(bed, 5);
		usleep(1000);
	}
	if (store_unwritten(bed->store))
		return 3;
	bed_close(bed);
	return 0;
}

static void
run_processes(struct bed *bed)
{
	pid_t children[N_PROCESSES];
	int start[2], status;

	CU_ASSERT_EQUAL_FATAL(pipe(start), 0);
	for (int i = 0; i < N_PROCESSES; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			close(start[1]);
			_exit(one_of_many(bed, i, start[0]));
		}
	}
	close(start[0]);
	close(start[1]);
	for (int i = 0; i < N_PROCESSES; i++)
		CHECK(waitpid(children[i], &status, 0) == children[i] && status == 0, "%d: %d", i,
		      status);
}

static void
sts_5_of_several_processes_one_sets_it_aside(void)
{
	struct damage zero = {NULL, 0};

	for (int round = 0; round < N_ROUNDS; round++) {
		char domain[32];
		struct bed bed;

		bed_init(&bed, true);
		in_child(write_and_die, "", &bed);
		in_child(damage, bed_path(&bed, "nextmx.db"), &zero);
		in_child(damage, bed_path(&bed, "nextmx.db-wal"), &zero);
		run_processes(&bed);
		CHECK(bed_files(&bed, "aside") - bed_files(&bed, "-wal") - bed_files(&bed, "-shm") +
				      2 ==
			      1,
		      "round %d: %u", round, bed_files(&bed, "aside"));
		CHECK(bed_open(&bed) == 0, "open");
		for (int i = 0; i < N_PROCESSES; i++) {
			snprintf(domain, sizeof(domain), "p%d.test", i);
			CHECK_TEXT(bed_text(&bed, domain), domain, "round %d", round);
		}
		bed_done(&bed, true);
	}
}

/* Two find the same file corrupt; before the second acts, the first has begun another. */
static void
sts_5_a_fresh_file_is_not_set_aside(void)
{
	char line[300] = "", name[FOLDER_NAME];
	struct text error = text_into(line, sizeof(line));
	struct store_file *files[3] = {NULL, NULL, NULL};
	struct damage half = {NULL, 0};
	struct store_row row = {bed_policy("a.test", NMX_STS_ENFORCE, BED_NOW, DAY, "text"),
				BED_NOW};
	struct bed bed;

	bed_init(&bed, true);
	in_child(write_and_close, "", &bed);
	damage(bed_path(&bed, "nextmx.db"), &half);
	damage(bed_path(&bed, "nextmx.db-wal"), &half);
	for (int i = 0; i < 2; i++)
		CHECK(store_file_open(bed.folder, true, BED_NOW, &error, &files[i]) ==
			      STORE_FILE_CORRUPT,
		      "%s", line);
	CHECK(store_file_set_aside(files[0], bed.folder, true, BED_NOW, name) == 0 && name[0],
	      "the first");
	CHECK(store_file_open(bed.folder, true, BED_NOW, &error, &files[2]) == STORE_FILE_OK, "%s",
	      line);
	CHECK(store_file_begin(files[2]) == STORE_FILE_OK &&
		      store_file_put(files[2], &row, BED_NOW) == STORE_FILE_OK &&
		      store_file_commit(files[2]) == STORE_FILE_OK,
	      "written");
	CHECK(store_file_set_aside(files[1], bed.folder, true, BED_NOW, name) == 0 && !name[0],
	      "the second: %s", name);
	CHECK(!store_file_moved(files[2]), "it is where it was");
	store_file_close(files[2]);
	CHECK(bed_open(&bed) == 0, "%s", bed.error);
	CHECK_TEXT(bed_text(&bed, "a.test"), "text", "%s", bed.log);
	bed_done(&bed, true);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(sts_5_damage_anywhere),
	UNIT_TEST(sts_5_damage_while_it_is_open),
	UNIT_TEST(sts_5_damage_again_and_again),
	UNIT_TEST(a_file_that_is_no_database),
	UNIT_TEST(sts_5_a_fresh_file_is_not_set_aside),
	UNIT_TEST(sts_5_of_several_processes_one_sets_it_aside),
	CU_TEST_INFO_NULL,
};
