/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/log_limit.h"

static const int64_t line_ns = 1000000000 / LOG_A_SECOND;

bool
log_limit_take(struct log_limit *limit, enum nmx_log_level level, int64_t now_ns)
{
	int most = level <= NMX_LOG_WARNING ? LOG_AT_ONCE : LOG_AT_ONCE - LOG_FOR_WARNINGS;

	if (now_ns > limit->last_ns) {
		int64_t passed = now_ns - limit->last_ns;

		limit->spent_ns -= passed < limit->spent_ns ? passed : limit->spent_ns;
		limit->last_ns = now_ns;
	}
	if (limit->spent_ns + line_ns > most * line_ns) {
		limit->n_held_back++;
		return false;
	}
	limit->spent_ns += line_ns;
	return true;
}
