/* SPDX-License-Identifier: BSD-2-Clause */
/* A shell command that is given an endpoint, a spool file and a time limit. */
#ifndef NMX_CLI_CHILD_H
#define NMX_CLI_CHILD_H

#include "cli/cli.h"
#include "cli/output.h"

struct child_result {
	bool timed_out;
	int signal;		/* it died of; 0: none */
	int status;		/* else its exit status */
	char line[OUTPUT_LINE]; /* the beginning of the last that was not empty */
};

/*
 * Runs it with `sh -c`, standard input at the beginning of the spool, the environment's variables NEXTMX_...
 * replaced by these, output on our standard error with the prefix, a line at a time and made printable. After
 * the limit its group is terminated, and killed two seconds later. So it is if a signal is to end us, which
 * then does: SIGHUP, SIGINT, SIGTERM. False if it could not be started, or its end not be seen, told.
 */
bool child_run(const char *command, char *const *environment, int spool, const char *prefix,
	       unsigned limit_ms, struct child_result *ret_result);

/* An unnamed file in $TMPDIR that holds what standard input gives. -1 on failure, told. */
int child_spool(void);

#endif
