/* SPDX-License-Identifier: BSD-2-Clause */
/* How to go on with a scan that has not come to its end: the command, for a shell. */
#ifndef NMX_CLI_SCAN_HINT_H
#define NMX_CLI_SCAN_HINT_H

#include "cli/scan/target.h"

/* The arguments after the verb, as they were given. */
struct hint {
	char **arguments;
	int n;
	bool reads_standard_input;
};

/* False: memory ran out. */
bool hint_init(struct hint *hint, int argc, char **argv);
void hint_done(struct hint *hint);
void hint_tell(const struct hint *hint, const struct target *target);

#endif
