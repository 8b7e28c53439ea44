/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/store_file.h"

#include <string.h>

#include <sqlite3.h>

#include "base/clock.h"
#include "resolver/store_file_inside.h"
#include "resolver/store_tallies.h"

enum {
	READ_ROWS = 500,
	READ_BYTES = 1024 * 1024,
	PURGE_ROWS = 500,
	/* 256 MiB: room for the policies, and as much again for counts and twice. Then only those that
	 * are known are counted on. */
	MOST_PAGES = 4 * (LIMIT_STORE_BYTES / 4096),
};

#define ROW "seq, domain, id, fetched, expires, since, mode, max_age, text, sum"

const char *const store_file_sql[N_STORE_STATEMENTS] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_CHANGED] = "PRAGMA data_version",
	[SQL_LAST] = "SELECT seq FROM sqlite_sequence WHERE name = 'policy'",
	[SQL_READ] = "SELECT " ROW " FROM policy WHERE seq > ?1 ORDER BY seq LIMIT ?2",
	[SQL_READ_BACK] = "SELECT " ROW " FROM policy ORDER BY seq DESC",
	[SQL_REMOVE_OLDER] =
		"DELETE FROM policy WHERE domain = ?1 AND (fetched <= ?2 OR fetched > ?3)",
	[SQL_PUT] =
		"INSERT INTO policy (domain, id, fetched, expires, since, mode, max_age, text, sum)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (domain) DO NOTHING",
	[SQL_REMOVE] = "DELETE FROM policy WHERE domain = ?1 AND fetched <= ?2",
	[SQL_COUNT] = "INSERT INTO tally (day, domain, policy, result, host, n)"
		      " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
		      " ON CONFLICT (day, domain, policy, result, host)"
		      " DO UPDATE SET n = n + excluded.n",
	[SQL_COUNT_KNOWN] = "UPDATE tally SET n = n + ?6 WHERE day = ?1 AND domain = ?2"
			    " AND policy = ?3 AND result = ?4 AND host = ?5",
	[SQL_PURGE] =
		"DELETE FROM tally WHERE (day, domain, policy, result, host) IN"
		" (SELECT day, domain, policy, result, host FROM tally WHERE day < ?1 LIMIT ?2)",
	[SQL_PAGES] = "PRAGMA page_count",
	[SQL_FREE_PAGES] = "PRAGMA freelist_count",
	[SQL_TALLIES] = "SELECT domain, policy, result, host, n FROM tally WHERE day = ?1"
			" ORDER BY domain, policy, result, host",
};

/* ---- Statements ----------------------------------------------------------------------------- */

static enum store_file_result
finish(struct store_file *file, sqlite3_stmt *statement, int code)
{
	enum store_file_result result = store_file_judge(file, code);

	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return result;
}

static enum store_file_result
run(struct store_file *file, sqlite3_stmt *statement, int64_t *ret_value)
{
	int code = sqlite3_step(statement);

	if (code == SQLITE_ROW && ret_value)
		*ret_value = sqlite3_column_int64(statement, 0);
	while (code == SQLITE_ROW)
		code = sqlite3_step(statement);
	return finish(file, statement, code);
}

enum store_file_result
store_file_run(struct store_file *file, enum store_statement which, int64_t *ret_value)
{
	return run(file, file->statements[which], ret_value);
}

/* Lent: the statement is run and reset before the text goes. Failing for want of memory, it leaves the
 * parameter NULL, which the table refuses; so it is looked at. */
static bool
bind_text(sqlite3_stmt *statement, int at, const char *text)
{
	return sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC) == SQLITE_OK;
}

/* An empty one: SQLite takes NULL for no value at all. */
static const uint8_t nothing[1];

/* ---- A row ---------------------------------------------------------------------------------- */

static int64_t
sum_of(const struct store_row *row)
{
	const struct store_policy *policy = &row->policy;
	char numbers[200];
	struct text text = text_into(numbers, sizeof(numbers));
	uint64_t sum;

	text_printf(&text, "%lld %lld %lld %d %lu %s", (long long)policy->fetched,
		    (long long)policy->expires, (long long)row->since, (int)policy->mode,
		    (unsigned long)policy->max_age, policy->id);
	sum = hash_bytes(0, numbers, text.length);
	sum = hash_bytes(sum, policy->domain, strlen(policy->domain));
	return (int64_t)hash_bytes(sum, policy->text, policy->length);
}

static bool
is_text(sqlite3_stmt *statement, int at, size_t most)
{
	return sqlite3_column_type(statement, at) == SQLITE_TEXT &&
	       (size_t)sqlite3_column_bytes(statement, at) <= most &&
	       strlen((const char *)sqlite3_column_text(statement, at)) ==
		       (size_t)sqlite3_column_bytes(statement, at);
}

/* False if it makes no sense. Lent until the statement's next step. */
static bool
read_row(sqlite3_stmt *statement, struct store_row *ret)
{
	struct store_policy *policy = &ret->policy;
	int64_t mode = sqlite3_column_int64(statement, 6);
	int64_t max_age = sqlite3_column_int64(statement, 7);

	if (!is_text(statement, 1, LIMIT_NAME) || !is_text(statement, 2, LIMIT_STS_ID) ||
	    mode < NMX_STS_ABSENT || mode > NMX_STS_ENFORCE || max_age < 0 ||
	    max_age > LIMIT_STS_MAX_AGE)
		return false;
	policy->domain = (const char *)sqlite3_column_text(statement, 1);
	policy->id = (const char *)sqlite3_column_text(statement, 2);
	policy->fetched = sqlite3_column_int64(statement, 3);
	policy->expires = sqlite3_column_int64(statement, 4);
	ret->since = sqlite3_column_int64(statement, 5);
	policy->mode = (enum nmx_sts_mode)mode;
	policy->max_age = (uint32_t)max_age;
	policy->text = sqlite3_column_blob(statement, 8);
	policy->length = (size_t)sqlite3_column_bytes(statement, 8);
	if (!policy->text)
		policy->text = nothing;
	return !policies_fault(ret) && sqlite3_column_int64(statement, 9) == sum_of(ret);
}

/* ---- Reading -------------------------------------------------------------------------------- */

enum store_file_result
store_file_changed(struct store_file *file, bool *ret_changed)
{
	int64_t version = file->version;
	enum store_file_result result = store_file_run(file, SQL_CHANGED, &version);

	if (result == STORE_FILE_OK) {
		*ret_changed = version != file->version;
		file->version = version;
	}
	return result;
}

enum store_file_result
store_file_read(struct store_file *file, bool all, store_file_row_fn each, void *user,
		uint64_t *ret_bad)
{
	sqlite3_stmt *statement = file->statements[SQL_READ];
	size_t bytes = 0;
	int code, rows = 0;

	sqlite3_bind_int64(statement, 1, file->read_to);
	sqlite3_bind_int64(statement, 2, all ? -1 : READ_ROWS);
	while ((code = sqlite3_step(statement)) == SQLITE_ROW && (all || bytes < READ_BYTES)) {
		struct store_row row;

		if (!read_row(statement, &row)) {
			++*ret_bad;
		} else if (!each(user, &row)) {
			code = SQLITE_NOMEM;
			break;
		} else {
			bytes += row.policy.length;
		}
		file->read_to = sqlite3_column_int64(statement, 0);
		rows++;
	}
	if (code == SQLITE_ROW || (code == SQLITE_DONE && !all && rows == READ_ROWS))
		return finish(file, statement, SQLITE_OK), STORE_FILE_MORE;
	return finish(file, statement, code);
}

void
store_file_salvage(struct store_file *file, store_file_row_fn each, void *user)
{
	for (int i = SQL_READ; i <= SQL_READ_BACK; i++) {
		sqlite3_stmt *statement;
		struct store_row row;

		if (sqlite3_prepare_v2(file->db, store_file_sql[i], -1, &statement, NULL))
			return;
		if (i == SQL_READ)
			sqlite3_bind_int64(statement, 1, INT64_MIN);
		if (i == SQL_READ)
			sqlite3_bind_int64(statement, 2, -1);
		while (sqlite3_step(statement) == SQLITE_ROW)
			if (read_row(statement, &row) && !each(user, &row))
				break;
		sqlite3_finalize(statement);
	}
}

/* ---- Writing -------------------------------------------------------------------------------- */

/* After a failure that ended the transaction by itself there is none to end. */
static enum store_file_result
given_up(struct store_file *file, enum store_file_result result)
{
	char error[sizeof(file->error)];

	if (result == STORE_FILE_OK)
		return result;
	memcpy(error, file->error, sizeof(error));
	if (!sqlite3_get_autocommit(file->db))
		store_file_run(file, SQL_ROLLBACK, NULL);
	memcpy(file->error, error, sizeof(error));
	return result;
}

enum store_file_result
store_file_begin(struct store_file *file)
{
	enum store_file_result result = store_file_run(file, SQL_BEGIN, NULL);

	file->before = 0;
	if (result == STORE_FILE_OK)
		result = store_file_run(file, SQL_LAST, &file->before);
	return given_up(file, result);
}

static enum store_file_result
insert(struct store_file *file, const struct store_row *row)
{
	sqlite3_stmt *statement = file->statements[SQL_PUT];
	const struct store_policy *policy = &row->policy;
	bool good = bind_text(statement, 1, policy->domain) && bind_text(statement, 2, policy->id);

	sqlite3_bind_int64(statement, 3, policy->fetched);
	sqlite3_bind_int64(statement, 4, policy->expires);
	sqlite3_bind_int64(statement, 5, row->since);
	sqlite3_bind_int64(statement, 6, policy->mode);
	sqlite3_bind_int64(statement, 7, policy->max_age);
	good = good && sqlite3_bind_blob(statement, 8, policy->length ? policy->text : nothing,
					 (int)policy->length, SQLITE_STATIC) == SQLITE_OK;
	sqlite3_bind_int64(statement, 9, sum_of(row));
	return good ? run(file, statement, NULL) : finish(file, statement, SQLITE_NOMEM);
}

enum store_file_result
store_file_put(struct store_file *file, const struct store_row *row, int64_t now)
{
	sqlite3_stmt *statement = file->statements[SQL_REMOVE_OLDER];
	enum store_file_result result;

	sqlite3_bind_int64(statement, 2, row->policy.fetched);
	sqlite3_bind_int64(statement, 3, now);
	result = bind_text(statement, 1, row->policy.domain)
			 ? run(file, statement, NULL)
			 : finish(file, statement, SQLITE_NOMEM);
	if (result == STORE_FILE_OK)
		result = insert(file, row);
	return given_up(file, result);
}

enum store_file_result
store_file_remove(struct store_file *file, const struct store_policy *policy)
{
	sqlite3_stmt *statement = file->statements[SQL_REMOVE];
	bool good = bind_text(statement, 1, policy->domain);

	sqlite3_bind_int64(statement, 2, policy->fetched);
	return given_up(file,
			good ? run(file, statement, NULL) : finish(file, statement, SQLITE_NOMEM));
}

static enum store_file_result
is_full(struct store_file *file, bool *ret_full)
{
	int64_t pages = 0, free_pages = 0;
	enum store_file_result result = store_file_run(file, SQL_PAGES, &pages);

	if (result == STORE_FILE_OK)
		result = store_file_run(file, SQL_FREE_PAGES, &free_pages);
	*ret_full = pages - free_pages >= MOST_PAGES;
	return result;
}

enum store_file_result
store_file_count(struct store_file *file, const struct store_tally *tally, bool *ret_full)
{
	bool full;
	enum store_file_result result = is_full(file, &full);
	sqlite3_stmt *statement = file->statements[full ? SQL_COUNT_KNOWN : SQL_COUNT];
	bool good = bind_text(statement, 2, tally->domain) && bind_text(statement, 5, tally->host);

	sqlite3_bind_int64(statement, 1, tally->day);
	sqlite3_bind_int64(statement, 3, tally->policy);
	sqlite3_bind_int64(statement, 4, tally->result);
	sqlite3_bind_int64(statement, 6, (int64_t)tally->n);
	if (result == STORE_FILE_OK)
		result = good ? run(file, statement, NULL) : finish(file, statement, SQLITE_NOMEM);
	if (result == STORE_FILE_OK)
		*ret_full = full && sqlite3_changes(file->db) == 0;
	return given_up(file, result);
}

enum store_file_result
store_file_purge(struct store_file *file, int64_t day)
{
	sqlite3_stmt *statement = file->statements[SQL_PURGE];

	sqlite3_bind_int64(statement, 1, day);
	sqlite3_bind_int64(statement, 2, PURGE_ROWS);
	return given_up(file, run(file, statement, NULL));
}

/* Where nobody else had written, what we wrote need not be read. */
enum store_file_result
store_file_commit(struct store_file *file)
{
	int64_t last = file->before;
	enum store_file_result result = store_file_run(file, SQL_LAST, &last);

	if (result == STORE_FILE_OK)
		result = store_file_run(file, SQL_COMMIT, NULL);
	if (result == STORE_FILE_OK && file->read_to == file->before)
		file->read_to = last;
	return given_up(file, result);
}

/* ---- Counts --------------------------------------------------------------------------------- */

enum store_file_result
store_file_tallies(struct store_file *file, int64_t day,
		   void (*each)(void *user, const struct store_tally *tally), void *user)
{
	sqlite3_stmt *statement = file->statements[SQL_TALLIES];
	int code;

	sqlite3_bind_int64(statement, 1, day);
	while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
		struct store_tally tally = {
			.day = day,
			.domain = (const char *)sqlite3_column_text(statement, 0),
			.policy = (enum nmx_tlsrpt_policy)sqlite3_column_int(statement, 1),
			.result = (enum nmx_tlsrpt_result)sqlite3_column_int(statement, 2),
			.host = (const char *)sqlite3_column_text(statement, 3),
			.n = (uint64_t)sqlite3_column_int64(statement, 4),
		};

		if (!tally.domain || !tally.host) {
			code = SQLITE_NOMEM;
			break;
		}
		if (tally.policy <= NMX_TLSRPT_STS && tally.result <= NMX_TLSRPT_STS_WEBPKI_INVALID)
			each(user, &tally);
	}
	return finish(file, statement, code);
}
