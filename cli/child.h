/* SPDX-License-Identifier: BSD-2-Clause */
/* A shell command that is given an endpoint, a spool file and a time limit. */
#ifndef NMX_CLI_CHILD_H
#define NMX_CLI_CHILD_H

#include "cli/cli.h"

/* What a command's output is cut to: its last line, for reports. */
enum { CHILD_LINE = 400 };

struct child_result {
	bool timed_out;
	int signal; /* it died of; 0: none */
	int status; /* else its exit status */
	char line[CHILD_LINE];
};

/*
 * Runs it with `sh -c`, standard input at the beginning of the spool, environment variables added, output
 * on our standard error with the prefix, a line at a time and made printable. After the limit it is
 * terminated, and killed two seconds later. False if it could not be started, told.
 */
bool child_run(const char *command, char *const *environment, int spool, const char *prefix,
	       unsigned limit_ms, struct child_result *ret_result);

/* An unnamed file that holds what standard input gives. -1 on failure, told. */
int child_spool(void);

#endif
