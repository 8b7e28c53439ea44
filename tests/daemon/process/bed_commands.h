/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NMX_TESTS_PROCESS_BED_COMMANDS_H
#define NMX_TESTS_PROCESS_BED_COMMANDS_H

#include "daemon/worker.h"

enum { ANSWER = 4096 };

struct bed {
	const struct worker_start *start;
	char received[256]; /* the last from another worker */
};

/* What a line asks for; the answer has no newline. */
void bed_command(struct bed *bed, char *line, char ret_answer[static ANSWER]);

#endif
