/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many lines a second are written: LOG_A_SECOND, and twice that at once after a quiet time.
 * Lines of info and debug leave a rest, so that a flood of them does not hide an error.
 */
#ifndef NMX_DAEMON_LOG_LIMIT_H
#define NMX_DAEMON_LOG_LIMIT_H

#include <nextmx.h>

#include <stdbool.h>

enum { LOG_A_SECOND = 200, LOG_AT_ONCE = 400, LOG_FOR_WARNINGS = 50 };

/* Zero is its beginning: at once all may be written. */
struct log_limit {
	int64_t spent_ns;     /* what the lines of late cost, less what time has given back */
	int64_t last_ns;      /* when it was counted last */
	uint64_t n_held_back; /* since that was told */
};

/* Whether a line may be written now (a clock that does not jump); else it is counted. */
bool log_limit_take(struct log_limit *limit, enum nmx_log_level level, int64_t now_ns);

#endif
