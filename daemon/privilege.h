/* SPDX-License-Identifier: BSD-2-Clause */
/* What a worker gives up before it reads its first octet from outside. */
#ifndef NMX_DAEMON_PRIVILEGE_H
#define NMX_DAEMON_PRIVILEGE_H

#include "daemon/config.h"

/* Whom workers run as: started as root, the account that the configuration names or "nextmx"; else who
 * we are, and the configuration may name nobody else. On failure ret_error has a sentence. */
bool privilege_account(const struct config *config, uid_t *ret_uid, gid_t *ret_gid, char *ret_error,
		       size_t size);

/*
 * In a process that serves nobody yet: sets its limits, becomes that account with all its groups and
 * nothing of root's, for good, and takes no privileges by what it executes. On failure the process
 * is half changed and must end.
 */
bool privilege_drop(const struct config *config, char *ret_error, size_t size);
/* The master, at its start: as many descriptors as it may have, for each pair of workers is linked; and
 * nobody of the workers' account, which may be its own, reads its memory. */
void privilege_master(void);
/* Says in the log what is not enough for this configuration, but no reason not to begin. */
void privilege_warn(const struct config *config);

#endif
