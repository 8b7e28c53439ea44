/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The master: holds the listening sockets, keeps workers alive, and reads no octet from a client. It
 * makes no context, so nothing that a domain says can reach it.
 */
#ifndef NMX_DAEMON_MASTER_H
#define NMX_DAEMON_MASTER_H

#include "daemon/config.h"

/*
 * Runs in the foreground until SIGTERM or SIGINT; SIGHUP reads config->path again, SIGUSR1 writes
 * statistics to the log. Takes over the configuration. When all workers are ready "r" is written to
 * ready_fd, or a sentence if that fails, and it is closed; -1 is none. Returns the exit status: 0, 78 for
 * what the configuration is to blame for, 1 for the rest.
 */
int master_run(struct config *config, int ready_fd);

#endif
