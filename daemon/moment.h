/* SPDX-License-Identifier: BSD-2-Clause */
/* Two clocks: one that only goes forward, for waiting; the wall's, for what days and slots are. */
#ifndef NMX_DAEMON_MOMENT_H
#define NMX_DAEMON_MOMENT_H

#include <stdint.h>
#include <time.h>

static inline int64_t
moment_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline int64_t
moment_us(void)
{
	return moment_ns() / 1000;
}

static inline int64_t
moment_ms(void)
{
	return moment_ns() / 1000000;
}

static inline int64_t
moment_wall_s(void)
{
	return (int64_t)time(NULL);
}

#endif
