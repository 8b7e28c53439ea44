/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where lines go, never waiting for whoever reads there: false means that the line was not taken.
 * It may have been begun, which the next line makes good with a newline of its own.
 */
#ifndef NMX_DAEMON_LOG_TO_H
#define NMX_DAEMON_LOG_TO_H

#include <stdbool.h>
#include <stddef.h>

/* Opens what may later not be allowed, with privileges dropped. What is open already is kept, if
 * it still is what it was: so a parent opens for its children. */
void log_to_stderr_open(void);
/* The line with its newline. */
bool log_to_stderr(const char *line, size_t length);

/* A socket of syslogd's, /dev/log. syslog(3) would wait for it. */
void log_to_syslog_open(const char *path);
/* The same without newline. severity is of syslog(3), LOG_ERR ...; the facility is LOG_DAEMON. */
bool log_to_syslog(const char *path, int severity, const char *line, size_t length);

#endif
