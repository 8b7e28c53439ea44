/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/store_file_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "resolver/store_folder.h"

enum {
	APPLICATION = 0x6e6d7831, /* "nmx1" */
	SCHEMA = 1,
	/* For a lock, in opening: at most so often, with so long a pause. */
	OPEN_TRIES = 100,
	OPEN_PAUSE_MS = 10,
	/* Octets of one value: no policy is larger, whatever is written there. */
	MOST_VALUE = 1024 * 1024,
};

/*
 * seq grows with every row written, so what others wrote is read from where we had got to. sum is over
 * everything else: what a disk or a hand has changed is no policy of anybody's.
 */
static const char schema[] =
	"BEGIN IMMEDIATE;"
	"CREATE TABLE policy (seq INTEGER PRIMARY KEY AUTOINCREMENT, domain TEXT NOT NULL UNIQUE,"
	" id TEXT NOT NULL, fetched INTEGER NOT NULL, expires INTEGER NOT NULL,"
	" since INTEGER NOT NULL, mode INTEGER NOT NULL, max_age INTEGER NOT NULL,"
	" text BLOB NOT NULL, sum INTEGER NOT NULL) STRICT;"
	"CREATE TABLE tally (day INTEGER NOT NULL, domain TEXT NOT NULL, policy INTEGER NOT NULL,"
	" result INTEGER NOT NULL, host TEXT NOT NULL, n INTEGER NOT NULL,"
	" PRIMARY KEY (day, domain, policy, result, host)) STRICT, WITHOUT ROWID;"
	"PRAGMA application_id = 0x6e6d7831;"
	"PRAGMA user_version = 1;"
	"COMMIT";

/* Before anything is read. */
static const char pragmas[] = "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;"
			      "PRAGMA temp_store = MEMORY; PRAGMA synchronous = NORMAL;"
			      "PRAGMA journal_size_limit = 16777216";

/*
 * How many files are open in this process, and which process that is. SQLite keeps one record of a
 * file's locks for a whole process: a child that inherits it and opens the same file takes its parent's
 * locks for its own, and ends by damaging it.
 */
static atomic_int n_open, opener;

/* ---- Codes ---------------------------------------------------------------------------------- */

static enum store_file_result
meaning(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return STORE_FILE_OK;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return STORE_FILE_BUSY;
	case SQLITE_NOMEM:
		return STORE_FILE_NOMEM;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_ERROR: /* no such table: our statements are right */
	case SQLITE_TOOBIG:
	case SQLITE_MISMATCH:
	case SQLITE_FORMAT:
	case SQLITE_CONSTRAINT: /* cannot be, if the indexes are whole */
		return STORE_FILE_CORRUPT;
	default:
		return STORE_FILE_LATER;
	}
}

enum store_file_result
store_file_judge(struct store_file *file, int code)
{
	enum store_file_result result =
		code == SQLITE_IOERR_NOMEM ? STORE_FILE_NOMEM : meaning(code);

	if (result != STORE_FILE_OK) {
		struct text text = text_into(file->error, sizeof(file->error));
		int system = file->db ? sqlite3_system_errno(file->db) : 0;

		text_add(&text, sqlite3_errstr(code));
		if (system && result == STORE_FILE_LATER)
			text_printf(&text, " (%s)", strerror(system));
	}
	return result;
}

const char *
store_file_error(const struct store_file *file)
{
	return file->error;
}

/* ---- The -wal ------------------------------------------------------------------------------- */

enum { CHECKPOINT_PAGES = 1000 };

/*
 * The first commit after a -wal has begun anew syncs it: here, not in the loop. If that must wait, it
 * is not worth it.
 */
static void
begin_wal(struct store_file *file)
{
	sqlite3_exec(file->db, "PRAGMA user_version = 1", NULL, NULL, NULL);
}

bool
store_file_checkpoint_due(const struct store_file *file)
{
	return file->wal_pages >=
	       (file->next_checkpoint ? file->next_checkpoint : CHECKPOINT_PAGES);
}

/* If a reader is in the way, again after as many pages. */
void
store_file_checkpoint(struct store_file *file)
{
	int pages = 0, done = 0;

	sqlite3_wal_checkpoint_v2(file->db, "main", SQLITE_CHECKPOINT_PASSIVE, &pages, &done);
	if (pages == done) {
		file->wal_pages = 0;
		begin_wal(file);
	}
	file->next_checkpoint = file->wal_pages + CHECKPOINT_PAGES;
}

/* ---- The folder's lock ------------------------------------------------------------------------ */

/* Sleeps: only at the start. */
static int
lock(const char *folder, bool patient, int *ret_fd)
{
	const struct timespec pause = {0, OPEN_PAUSE_MS * NS_PER_MS};
	int error = folder_lock(folder, ret_fd);

	for (int i = 1; patient && i < OPEN_TRIES && error == EWOULDBLOCK; i++) {
		nanosleep(&pause, NULL);
		error = folder_lock(folder, ret_fd);
	}
	return error;
}

/* ---- Closing -------------------------------------------------------------------------------- */

/* SQLite's own end of a -wal is by name, after a look whether that is still the file's: here it stays, for
 * whoever opens the file next. */
static void
release(struct store_file *file)
{
	for (int i = 0; i < N_STORE_STATEMENTS; i++)
		sqlite3_finalize(file->statements[i]);
	if (file->db) {
		sqlite3_db_config(file->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
		sqlite3_close(file->db);
		atomic_fetch_sub(&n_open, 1);
	}
	free(file);
}

void
store_file_be_patient(struct store_file *file)
{
	sqlite3_busy_timeout(file->db, OPEN_TRIES * OPEN_PAUSE_MS);
}

void
store_file_close(struct store_file *file)
{
	if (!file)
		return;
	if (file->statements[SQL_BEGIN] && !file->is_alone && !store_file_moved(file))
		store_file_checkpoint(file);
	release(file);
}

void
store_file_forget(struct store_file *file)
{
	free(file);
}

bool
store_file_moved(struct store_file *file)
{
	int moved = 0;

	return sqlite3_file_control(file->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) ==
		       SQLITE_OK &&
	       moved;
}

int
store_file_set_aside(struct store_file *file, const char *folder, bool patient, int64_t now_s,
		     char *ret_name)
{
	int fd, error = lock(folder, patient, &fd);

	ret_name[0] = '\0';
	if (error) {
		release(file);
		return error;
	}
	if (!store_file_moved(file))
		error = folder_set_aside(fd, now_s, ret_name);
	release(file);
	folder_unlock(fd);
	return error;
}

/* ---- Opening -------------------------------------------------------------------------------- */

static enum store_file_result
execute(struct store_file *file, const char *sql)
{
	return store_file_judge(file, sqlite3_exec(file->db, sql, NULL, NULL, NULL));
}

/* The first value of the answer, as a number or compared with a word. */
static enum store_file_result
ask(struct store_file *file, const char *sql, const char *expected, int64_t *ret_value)
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(file->db, sql, -1, &statement, NULL);

	if (code != SQLITE_OK)
		return store_file_judge(file, code);
	code = sqlite3_step(statement);
	if (code == SQLITE_ROW) {
		const char *got = (const char *)sqlite3_column_text(statement, 0);

		*ret_value = expected ? got && strcmp(got, expected) == 0
				      : sqlite3_column_int64(statement, 0);
	}
	sqlite3_finalize(statement);
	return store_file_judge(file, code);
}

static int
note_wal(void *user, sqlite3 *db, const char *name, int pages)
{
	struct store_file *file = user;

	(void)db, (void)name;
	file->wal_pages = pages;
	return SQLITE_OK;
}

static enum store_file_result
configure(struct store_file *file)
{
	sqlite3_db_config(file->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(file->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(file->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(file->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_limit(file->db, SQLITE_LIMIT_LENGTH, MOST_VALUE);
	sqlite3_limit(file->db, SQLITE_LIMIT_ATTACHED, 0);
	if (file->is_alone && execute(file, "PRAGMA locking_mode = EXCLUSIVE") != STORE_FILE_OK)
		return STORE_FILE_LATER;
	return execute(file, pragmas);
}

/*
 *	application_id   user_version   tables   is
 *	0                0              none     new
 *	ours             1              -        ours
 *	ours             > 1            -        a newer nextmx's: left alone
 *	ours             < 1            -        corrupt
 *	else             -              -        another program's: left alone
 */
static enum store_file_result
identify(struct store_file *file, bool *ret_new)
{
	int64_t application = 0, version = 0, tables = 0;
	enum store_file_result result = ask(file, "PRAGMA application_id", NULL, &application);

	if (result == STORE_FILE_OK)
		result = ask(file, "PRAGMA user_version", NULL, &version);
	if (result == STORE_FILE_OK)
		result = ask(file, "SELECT count(*) FROM sqlite_schema", NULL, &tables);
	if (result != STORE_FILE_OK)
		return result;
	*ret_new = application == 0 && version == 0 && tables == 0;
	if (*ret_new || (application == APPLICATION && version == SCHEMA))
		return STORE_FILE_OK;
	return application == APPLICATION && version < SCHEMA ? STORE_FILE_CORRUPT
							      : STORE_FILE_FOREIGN;
}

static enum store_file_result
settle(struct store_file *file)
{
	int64_t is_wal = 0;
	bool is_new = false;
	enum store_file_result result = configure(file);

	if (result == STORE_FILE_OK)
		result = identify(file, &is_new);
	if (result == STORE_FILE_OK)
		result = ask(file, "PRAGMA journal_mode = WAL", "wal", &is_wal);
	if (result == STORE_FILE_OK && !is_wal) {
		struct text text = text_into(file->error, sizeof(file->error));

		text_add(&text, "its file system has no shared memory (a network's?)");
		return STORE_FILE_WRONG;
	}
	if (result == STORE_FILE_OK && is_new)
		result = execute(file, schema);
	return result;
}

/* Where reading the rows alone would take 40 ms of a full file, this takes 100: once, at the start. */
static enum store_file_result
verify(struct store_file *file)
{
	int64_t good = 0, last = 0;
	enum store_file_result result = STORE_FILE_OK;

	for (int i = 0; i < N_STORE_STATEMENTS && result == STORE_FILE_OK; i++)
		result = store_file_judge(file, sqlite3_prepare_v3(file->db, store_file_sql[i], -1,
								   SQLITE_PREPARE_PERSISTENT,
								   &file->statements[i], NULL));
	if (result == STORE_FILE_OK)
		result = ask(file, "PRAGMA integrity_check(1)", "ok", &good);
	if (result == STORE_FILE_OK)
		result = store_file_run(file, SQL_LAST, &last);
	/* AUTOINCREMENT ends at the last number there is. */
	if (result == STORE_FILE_OK && (!good || last < 0 || last > INT64_MAX / 2)) {
		struct text text = text_into(file->error, sizeof(file->error));

		text_add(&text, "tables and indexes do not agree");
		result = STORE_FILE_CORRUPT;
	}
	return result;
}

/* With the folder locked. */
static enum store_file_result
open_locked(struct store_file *file, const char *path, bool patient)
{
	int code = sqlite3_open_v2(
		path, &file->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	enum store_file_result result = store_file_judge(file, code);

	if (!file->db)
		return STORE_FILE_NOMEM;
	atomic_fetch_add(&n_open, 1);
	sqlite3_busy_timeout(file->db, patient ? OPEN_TRIES * OPEN_PAUSE_MS : 0);
	/* In place of SQLite's own, which checkpoints inside a commit. */
	sqlite3_wal_hook(file->db, note_wal, file);
	if (code == SQLITE_OK && sqlite3_db_readonly(file->db, "main") == 1)
		return store_file_judge(file, SQLITE_READONLY), STORE_FILE_WRONG;
	if ((code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_PERM)
		return STORE_FILE_WRONG;
	return result == STORE_FILE_OK ? settle(file) : result;
}

/* A disk that is full, or memory that is short, will pass; the rest is for the operator. */
static enum store_file_result
meaning_of_errno(int error)
{
	switch (error) {
	case EWOULDBLOCK:
		return STORE_FILE_BUSY;
	case ENOMEM:
		return STORE_FILE_NOMEM;
	case ENOSPC:
	case EDQUOT:
	case EIO:
	case EMFILE:
	case ENFILE:
		return STORE_FILE_LATER;
	default:
		return STORE_FILE_WRONG;
	}
}

static enum store_file_result
open_in(struct store_file *file, const char *folder, bool patient, int64_t now_s)
{
	struct text path = text_growing();
	struct text error_text = text_into(file->error, sizeof(file->error));
	enum store_file_result result = STORE_FILE_NOMEM;
	int fd, error = lock(folder, patient, &fd);

	if (!error) {
		error = faccessat(AT_FDCWD, folder, R_OK | W_OK | X_OK, AT_EACCESS) < 0
				? errno
				: folder_create(fd, now_s);
		text_add(&path, folder);
		text_add(&path, "/" FOLDER_FILE);
		if (!error && !path.failed)
			result = open_locked(file, path.data, patient);
		folder_unlock(fd);
	}
	if (error) {
		if (error == EISDIR)
			text_add(&error_text, FOLDER_FILE " is no file: ");
		text_add(&error_text, strerror(error));
		result = meaning_of_errno(error);
	}
	free(path.data);
	return result;
}

static void
say(struct text *error, const char *folder, const struct store_file *file,
    enum store_file_result result)
{
	text_escaped(error, folder, strlen(folder));
	if (result == STORE_FILE_FOREIGN)
		text_add(error, "/" FOLDER_FILE " is a newer nextmx's, or another program's");
	else if (result == STORE_FILE_FORKED)
		text_add(error, "/" FOLDER_FILE " was open when this process was forked: fork "
				"first, then start a context");
	else
		text_printf(error, ": %s", file->error);
}

static enum store_file_result
open_as(const char *folder, bool patient, bool alone, int64_t now_s, struct text *error,
	struct store_file **ret_file)
{
	struct store_file *file = calloc(1, sizeof(*file));
	enum store_file_result result = STORE_FILE_FORKED;
	bool forked = atomic_load(&n_open) > 0 && atomic_load(&opener) != (int)getpid();

	if (!file)
		return STORE_FILE_NOMEM;
	file->is_alone = alone;
	if (!forked) {
		atomic_store(&opener, (int)getpid());
		result = open_in(file, folder, patient, now_s);
	}
	if (result == STORE_FILE_OK)
		result = verify(file);
	if (result == STORE_FILE_OK || result == STORE_FILE_CORRUPT) {
		sqlite3_busy_timeout(file->db, 0);
		*ret_file = file;
	}
	if (result != STORE_FILE_OK)
		say(error, folder, file, result);
	if (result == STORE_FILE_OK && !alone)
		store_file_checkpoint(file);
	else if (result != STORE_FILE_OK && result != STORE_FILE_CORRUPT)
		release(file);
	return result;
}

enum store_file_result
store_file_open(const char *folder, bool patient, int64_t now_s, struct text *error,
		struct store_file **ret_file)
{
	return open_as(folder, patient, false, now_s, error, ret_file);
}

enum store_file_result
store_file_open_alone(const char *folder, int64_t now_s, struct store_file **ret_file)
{
	char line[LIMIT_LOG_LINE];
	struct text error = text_into(line, sizeof(line));
	enum store_file_result result = open_as(folder, false, true, now_s, &error, ret_file);

	if (result == STORE_FILE_CORRUPT)
		release(*ret_file);
	return result;
}

void
store_file_print_version(struct text *text)
{
	text_printf(text, "SQLite %s", sqlite3_libversion());
}
