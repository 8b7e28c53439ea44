/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FOLDER/nextmx.db: SQLite in WAL mode, one connection a store. Nothing here waits, but for at most
 * two seconds in opening; nothing that is called while mail is sent syncs to the disk, but
 * store_file_checkpoint(), once for some 1,000 pages written. So a power cut may lose what was written
 * after the last one, and no more than that; a killed process loses nothing that was committed.
 */
#ifndef NMX_RESOLVER_STORE_FILE_H
#define NMX_RESOLVER_STORE_FILE_H

#include "base/text.h"
#include "resolver/store_policies.h"

struct store_file;

enum store_file_result {
	STORE_FILE_OK,
	STORE_FILE_MORE,  /* of reading: call again */
	STORE_FILE_BUSY,  /* another process holds it; nothing has changed, as below */
	STORE_FILE_LATER, /* disk full, read-only, input or output error */
	STORE_FILE_NOMEM,
	STORE_FILE_CORRUPT, /* set it aside */
	STORE_FILE_FOREIGN, /* a newer nextmx's, or another program's: it is left alone */
	STORE_FILE_WRONG,   /* of opening: the folder or the file cannot be used */
	STORE_FILE_FORKED,  /* of opening: this process was forked while the file was open */
};

/*
 * Opens or begins it; waits for a lock only if patient. A sentence in error unless it is OK. With CORRUPT *ret_file is set, too, for what
 * can still be read and to be set aside; with anything else but OK it is not.
 */
enum store_file_result store_file_open(const char *folder, bool patient, int64_t now_s,
				       struct text *error, struct store_file **ret_file);
/* To be read only, when it cannot be opened to be written: without the memory that is shared with others, for
 * which a full disk may have no room. Others may not have it open. */
enum store_file_result store_file_open_alone(const char *folder, int64_t now_s,
					     struct store_file **ret_file);
/* From now on it waits for others that write, a second at the most. */
void store_file_be_patient(struct store_file *file);
/* Accepts NULL. */
void store_file_close(struct store_file *file);
/* In a child: what is SQLite's and the kernel's is the parent's, and left as it is. */
void store_file_forget(struct store_file *file);

/* What SQLite said last. */
const char *store_file_error(const struct store_file *file);
/* The file that has the name is another by now. */
bool store_file_moved(struct store_file *file);
/* Renames it, unless another process has, and closes it. 0 and the new name ("": another has), or an
 * errno: EWOULDBLOCK while another may be doing it. */
int store_file_set_aside(struct store_file *file, const char *folder, bool patient, int64_t now_s,
			 char *ret_name);

/* Whether another process has written since the last call. Cheap. */
enum store_file_result store_file_changed(struct store_file *file, bool *ret_changed);
/*
 * The rows written since the last call, our own at times, in order; some 500 at once, or with all
 * everything. What makes no sense is passed over and counted. each returns false if memory ran out.
 */
typedef bool (*store_file_row_fn)(void *user, const struct store_row *row);
enum store_file_result store_file_read(struct store_file *file, bool all, store_file_row_fn each,
				       void *user, uint64_t *ret_bad);
/* What can be read of a file that is corrupt, from both ends. */
void store_file_salvage(struct store_file *file, store_file_row_fn each, void *user);

/* A transaction. After anything but OK it is not under way any more, and nothing has changed. */
enum store_file_result store_file_begin(struct store_file *file);
/* Unless the file has a newer one; now as for policies_put(). */
enum store_file_result store_file_put(struct store_file *file, const struct store_row *row,
				      int64_t now);
enum store_file_result store_file_remove(struct store_file *file,
					 const struct store_policy *policy);
/* ret_full: it was not counted, for the file is as large as it may be. */
enum store_file_result store_file_count(struct store_file *file, const struct store_tally *tally,
					bool *ret_full);
/* Some of the counts of days before this one. */
enum store_file_result store_file_purge(struct store_file *file, int64_t day);
enum store_file_result store_file_commit(struct store_file *file);

/* In the order of tallies_compare(). */
enum store_file_result store_file_tallies(struct store_file *file, int64_t day,
					  void (*each)(void *user, const struct store_tally *tally),
					  void *user);

bool store_file_checkpoint_due(const struct store_file *file);
void store_file_checkpoint(struct store_file *file);

void store_file_print_version(struct text *text);

#endif
