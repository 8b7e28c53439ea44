/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The master as a real process, with stand-ins for what is not its: a configuration of plain lines, a
 * log on standard error, and a worker that does what it is told on its connections (bed_worker.c).
 */
#ifndef NMX_TESTS_PROCESS_STAND_INS_H
#define NMX_TESTS_PROCESS_STAND_INS_H

#include "daemon/worker.h"

/* Words of the stand-in configuration that only stand-ins read. */
enum {
	WORD_NAME,  /* of the generation: in the answer to "ping" */
	WORD_START, /* how a worker starts: "", "config", "crash", "never", "once" */
	WORD_CHECK, /* how config_apply() goes: "", "bad", "crash", "hang" */
};

#endif
