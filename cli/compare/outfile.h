/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file that is either written whole or not at all: what was there stays until the new one is finished.
 * It grows beside it, under a name of its own that goes when we are interrupted.
 */
#ifndef NMX_CLI_COMPARE_OUTFILE_H
#define NMX_CLI_COMPARE_OUTFILE_H

#include <stdbool.h>
#include <stdio.h>

struct outfile {
	const char *path; /* lent; NULL: there is none */
	char *temporary;
	FILE *file; /* NULL: there is none */
};

enum { MOST_OUTFILES = 2 }; /* that are open at a time */

/* Whether two names are one place, where there is a file or where there may be one; "-" is standard input. */
bool outfile_is_same(const char *a, const char *b);

/* All errors are told. A path of NULL opens nothing. */
bool outfile_open(const char *path, struct outfile *ret_outfile);
/* The new file takes the place. False: told, and the old one stays. */
bool outfile_keep(struct outfile *outfile);
/* What was written goes away, if it was not kept. */
void outfile_done(struct outfile *outfile);

#endif
