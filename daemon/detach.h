/* SPDX-License-Identifier: BSD-2-Clause */
/* Into the background, and no sooner gone than the service is there. */
#ifndef NMX_DAEMON_DETACH_H
#define NMX_DAEMON_DETACH_H

/*
 * Forks. In the daemon it returns a descriptor to which 'r' is written when it serves, or a
 * sentence when it does not; session, folder (/) and standard descriptors are its own then. In the
 * caller it does not return: it waits for that and exits, 0 or 78, or 70 if the daemon ends
 * without a word. -1 if it cannot fork, with errno.
 */
int detach(void);

#endif
