/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which entries of a list have their line in a file already: the file and the list are read side by side.
 *
 * A scan hands the lines of entries 0..j - WINDOW to the writer before entry j begins, the writer keeps the
 * order, and a crash loses only the end. So, over any number of crashes:
 *
 *	the line of entry i is among the first i + WINDOW lines
 *	if entry i has none, there are fewer lines than i + WINDOW, of entries before i + WINDOW
 *
 * By the first, what has been read before it is decided about entry i is enough, and WINDOW keys are all
 * that is kept. By the second, another list is known by WINDOW entries after the first that is not there,
 * which is before anything is asked (feed.h). Entries that are equal may stand for each other.
 */
#ifndef NMX_CLI_SCAN_RESUME_H
#define NMX_CLI_SCAN_RESUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/scan/file_lines.h"

struct resume {
	/* Of the file as resume_open() found it. */
	uint64_t n_lines; /* whole ones */
	uint64_t whole;	  /* their octets */
	uint64_t torn;	  /* octets of a line without an end after them */

	int fd;
	uint64_t window;	 /* WINDOW; tests have less */
	struct file_lines lines; /* so far, for the keys */
	uint64_t n_read;
	struct keys *keys; /* of those for which no entry has been found */
	bool has_new;
	uint64_t first_new; /* the first entry that is not in the file */
};

enum resume_open_result {
	RESUME_OPEN,
	RESUME_BAD_LINE,   /* line number n_lines is none of a scan's */
	RESUME_UNREADABLE, /* errno says why */
};

/* Reads the whole file and changes nothing in it. The descriptor stays the caller's. After a failure only
 * n_lines is set, and there is nothing to be done. */
enum resume_open_result resume_open(int fd, uint64_t window, struct resume *ret_resume);
void resume_done(struct resume *resume);

enum resume_entry {
	RESUME_NEW,
	RESUME_HAS_LINE,
	RESUME_OTHER_LIST, /* this is not the list that the file was made from */
	RESUME_FAILED,	   /* errno says why */
};

/* About the entry of that number; they come in order, from 0. */
enum resume_entry resume_decide(struct resume *resume, uint64_t number, uint64_t key);

/* Lines for which no entry has been found; 0: the list is right, as far as the file goes. */
uint64_t resume_left(const struct resume *resume);
/* The domain of one of them as JSON, as far as there is room; "" if it cannot be had. */
void resume_example(const struct resume *resume, char *ret_domain, size_t size);

#endif
