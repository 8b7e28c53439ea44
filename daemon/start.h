/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A context with the options of the configuration: a worker's, or one that only shows whether it
 * starts. In a process that has dropped its privileges, so that folders and files are judged, and
 * made, as the workers'; never in the master.
 */
#ifndef NMX_DAEMON_START_H
#define NMX_DAEMON_START_H

#include "daemon/config.h"

/* fn, or NULL, gets the library's messages. On failure ret_error has a sentence that begins with the
 * file, and there is no context. 0, or a negative enum nmx_error: CONFIG if the file is at fault. */
int start_context(const struct config *config, nmx_log_fn fn, struct nmx_context **ret_ctx,
		  char *ret_error, size_t size);

/* Starts one and frees it. */
int start_try(const struct config *config, nmx_log_fn fn, char *ret_error, size_t size);

#endif
