/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the lines go: standard output, or a file that is locked, so that two scans never write to one, and
 * in which nothing is lost: it is new or empty, or gone on with (resume.h). A standard output that is a file
 * is locked against being gone on with by another, too.
 */
#ifndef NMX_CLI_SCAN_TARGET_H
#define NMX_CLI_SCAN_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/scan/resume.h"
#include "cli/scan/settings.h"

struct target {
	int fd;
	const char *name;
	bool is_file; /* of --output or --resume, for target_done() */
	bool is_regular;
	bool has_resume;
	struct resume resume;
};

/* Changes nothing in a file that is there. A code to exit with; told. */
int target_open(const struct scan_settings *settings, struct target *ret_target);
void target_done(struct target *target);

/* Cuts off what a crash left half-written, and says what is kept. */
int target_begin(struct target *target);
/* After the last write: as many octets at the end are no whole line, and are cut off again. A write error
 * that comes to light now is told. */
int target_end(struct target *target, uint64_t torn);

#endif
