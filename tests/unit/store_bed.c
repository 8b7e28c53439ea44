/* SPDX-License-Identifier: BSD-2-Clause */
#include "store_bed.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "unit.h"

static int64_t
boot_ns(const struct clock *clock)
{
	return ((const struct bed *)clock)->boot_ns;
}

static int64_t
wall_ns(const struct clock *clock)
{
	return ((const struct bed *)clock)->wall_s * NS_PER_S;
}

static void
note(void *user, enum nmx_log_level level, const char *text)
{
	static const char *const words[] = {"error", "warning", "info", "debug"};
	struct bed *bed = user;
	size_t n = strlen(bed->log);

	snprintf(bed->log + n, sizeof(bed->log) - n, "%s %s\n", words[level], text);
}

void
bed_init(struct bed *bed, bool on_disk)
{
	*bed = (struct bed){.clock = {boot_ns, wall_ns}, .boot_ns = NS_PER_S, .wall_s = BED_NOW};
	if (on_disk) {
		/* In memory if there is such a place: hundreds of files are begun and synced. */
		strcpy(bed->folder, "/dev/shm/nextmx-store-XXXXXX");
		if (!mkdtemp(bed->folder)) {
			strcpy(bed->folder, "/tmp/nextmx-store-XXXXXX");
			CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(bed->folder));
		}
	}
}

void
bed_join(struct bed *bed, const struct bed *other)
{
	bed_init(bed, false);
	bed->boot_ns = other->boot_ns;
	bed->wall_s = other->wall_s;
	strcpy(bed->folder, other->folder);
}

const char *
bed_path(const struct bed *bed, const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", bed->folder, name);
	return path;
}

static unsigned
each_file(const struct bed *bed, const char *what, bool remove)
{
	DIR *folder = opendir(bed->folder);
	unsigned n = 0;

	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		if (entry->d_name[0] == '.' || !strstr(entry->d_name, what))
			continue;
		n++;
		if (remove)
			unlink(bed_path(bed, entry->d_name));
	}
	if (folder)
		closedir(folder);
	return n;
}

unsigned
bed_files(const struct bed *bed, const char *what)
{
	return each_file(bed, what, false);
}

int
bed_open(struct bed *bed)
{
	struct text error = text_into(bed->error, sizeof(bed->error));
	struct store_settings settings = {bed->folder, &bed->clock, NULL, note, bed};
	int result = 0;

	if (!bed->loop)
		result = loop_new(&bed->clock, &bed->loop);
	settings.loop = bed->loop;
	return result ? result : store_open(&settings, &error, &bed->store);
}

void
bed_close(struct bed *bed)
{
	store_close(bed->store, false);
	bed->store = NULL;
}

void
bed_done(struct bed *bed, bool remove)
{
	bed_close(bed);
	loop_free(bed->loop);
	bed->loop = NULL;
	if (remove && bed->folder[0]) {
		each_file(bed, "", true);
		rmdir(bed->folder);
	}
}

void
bed_advance_ms(struct bed *bed, int64_t ms)
{
	for (int64_t step; ms > 0; ms -= step) {
		step = ms > 5 ? 5 : ms;
		bed->boot_ns += step * NS_PER_MS;
		loop_run(bed->loop, false);
	}
}

bool
bed_settle(struct bed *bed)
{
	for (int i = 0; i < 200 && store_unwritten(bed->store); i++)
		bed_advance_ms(bed, 5);
	return store_unwritten(bed->store) == 0;
}

struct store_policy
bed_policy(const char *domain, enum nmx_sts_mode mode, int64_t fetched, uint32_t max_age,
	   const char *text)
{
	return (struct store_policy){domain,
				     "20260101",
				     fetched,
				     fetched + max_age,
				     mode,
				     max_age,
				     (const uint8_t *)text,
				     strlen(text)};
}

bool
bed_put(struct bed *bed, const char *domain, const char *text)
{
	struct store_policy policy =
		bed_policy(domain, NMX_STS_ENFORCE, bed->wall_s, 7 * DAY, text);

	return store_put(bed->store, &policy);
}

const char *
bed_text(struct bed *bed, const char *domain)
{
	static char text[LIMIT_STS_POLICY + 1];
	const struct store_policy *policy = store_find(bed->store, domain);

	if (!policy)
		return "";
	memcpy(text, policy->text, policy->length);
	text[policy->length] = '\0';
	return text;
}

unsigned
bed_said(const struct bed *bed, const char *what)
{
	unsigned n = 0;

	for (const char *at = bed->log; (at = strstr(at, what)); at++)
		n++;
	return n;
}

static void
print_tally(void *user, const struct store_tally *tally)
{
	char *text = user;
	size_t n = strlen(text);

	snprintf(text + n, 4096 - n, "%s %d %d %s %llu\n", tally->domain, (int)tally->policy,
		 (int)tally->result, tally->host, (unsigned long long)tally->n);
}

const char *
bed_tallies(struct bed *bed, int64_t day)
{
	static char text[4096];
	int result;

	text[0] = '\0';
	result = store_tallies(bed->store, day, print_tally, text);
	if (result)
		snprintf(text, sizeof(text), "%d", result);
	return text;
}

void
bed_begin(struct bed *bed)
{
	bed_init(bed, true);
	CU_ASSERT_EQUAL_FATAL(bed_open(bed), 0);
}

void
bed_reopen(struct bed *bed)
{
	bed_close(bed);
	CU_ASSERT_EQUAL_FATAL(bed_open(bed), 0);
}

void
bed_tally(struct bed *bed, int64_t day, const char *domain)
{
	store_tally(bed->store, day, domain, NMX_TLSRPT_STS, NMX_TLSRPT_SUCCESS, "mx.test");
}

sqlite3 *
bed_other(const struct bed *bed)
{
	sqlite3 *db = NULL;

	CU_ASSERT_EQUAL_FATAL(sqlite3_open(bed_path(bed, "nextmx.db"), &db), SQLITE_OK);
	return db;
}

void
bed_run(sqlite3 *db, const char *sql)
{
	CHECK(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", sql,
	      sqlite3_errmsg(db));
}

int
bed_number(const struct bed *bed, const char *sql)
{
	sqlite3 *db = bed_other(bed);
	sqlite3_stmt *statement = NULL;
	int n = -1;

	CHECK(sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK, "%s",
	      sqlite3_errmsg(db));
	if (sqlite3_step(statement) == SQLITE_ROW)
		n = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return n;
}
