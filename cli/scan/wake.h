/* SPDX-License-Identifier: BSD-2-Clause */
/* A descriptor by which one thread wakes another out of poll(2): readable since wake_set(). */
#ifndef NMX_CLI_SCAN_WAKE_H
#define NMX_CLI_SCAN_WAKE_H

#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* -1: errno says why. */
static inline int
wake_new(void)
{
	return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

static inline void
wake_set(int fd)
{
	(void)!eventfd_write(fd, 1);
}

static inline void
wake_clear(int fd)
{
	eventfd_t value;

	(void)!eventfd_read(fd, &value);
}

#endif
