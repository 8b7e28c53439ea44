/* SPDX-License-Identifier: BSD-2-Clause */
/* A hook of test builds: looking up the domain or host in NEXTMXD_TEST_CRASH kills the worker, as a
 * fault of libunbound's would; "hang:NAME" makes it hang. In other builds there is none. */
#ifndef NMX_DAEMON_CRASH_H
#define NMX_DAEMON_CRASH_H

#if NMX_TEST_BUILD

void crash_if_told(const char *key);

#else

static inline void
crash_if_told(const char *key)
{
	(void)key;
}

#endif

#endif
