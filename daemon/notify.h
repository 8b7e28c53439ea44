/* SPDX-License-Identifier: BSD-2-Clause */
/* What the service manager wants to know (sd_notify(3)), by its protocol; without one, nothing. */
#ifndef NMX_DAEMON_NOTIFY_H
#define NMX_DAEMON_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct notify {
	int fd; /* -1: nobody wants to know */
	struct sockaddr_un address;
	socklen_t length;
	int64_t watchdog_ns; /* at the latest after so long; 0: never */
	int64_t next_ns;
};

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and takes them out of the environment: workers
 * have no voice. */
struct notify notify_open(void);
void notify_close(struct notify *notify);

void notify_ready(const struct notify *notify, const char *status);
void notify_reloading(const struct notify *notify);
void notify_status(const struct notify *notify, const char *status);
void notify_stopping(const struct notify *notify);
/* Called while all is well, often: says so at half of the time that the manager allows. */
void notify_alive(struct notify *notify, int64_t now_ns);

#endif
