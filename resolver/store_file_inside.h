/* SPDX-License-Identifier: BSD-2-Clause */
/* What store_file.c (reading, writing) and store_file_open.c (opening, closing) share. */
#ifndef NMX_RESOLVER_STORE_FILE_INSIDE_H
#define NMX_RESOLVER_STORE_FILE_INSIDE_H

#include "resolver/store_file.h"

struct sqlite3;
struct sqlite3_stmt;

enum store_statement {
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_CHANGED,
	SQL_LAST,
	SQL_READ,
	SQL_READ_BACK,
	SQL_REMOVE_OLDER,
	SQL_PUT,
	SQL_REMOVE,
	SQL_COUNT,
	SQL_COUNT_KNOWN,
	SQL_PURGE,
	SQL_PAGES,
	SQL_FREE_PAGES,
	SQL_TALLIES,
	N_STORE_STATEMENTS,
};

extern const char *const store_file_sql[N_STORE_STATEMENTS];

struct store_file {
	struct sqlite3 *db;
	struct sqlite3_stmt *statements[N_STORE_STATEMENTS];
	int64_t read_to;     /* seq of the last row read */
	int64_t before;	     /* seq of the last row when the transaction began */
	int64_t version;     /* PRAGMA data_version of the last look */
	int wal_pages;	     /* as of the last commit */
	int next_checkpoint; /* at so many */
	bool is_alone;	     /* to be read, without memory shared with others */
	char error[200];
};

/* What a code of SQLite's means, and its words into error. */
enum store_file_result store_file_judge(struct store_file *file, int code);
/* Runs it to its end; the value of its first row's first column, if it has one. */
enum store_file_result store_file_run(struct store_file *file, enum store_statement which,
				      int64_t *ret_value);

#endif
