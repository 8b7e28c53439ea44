/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The daemon's log: one line a decision worth knowing, in logfmt: level=info event=route
 * domain=example.org ... To standard error or syslog. Values are escaped, so that nothing from outside
 * forges a line; a line is one write; lines are limited per second, and those left out are counted
 * and told. Never blocks: what a full pipe does not take is lost and counted, too.
 */
#ifndef NMX_DAEMON_LOG_H
#define NMX_DAEMON_LOG_H

#include <nextmx.h>

#include <stdbool.h>
#include <stdint.h>

/* Levels are the library's. Until it is called: standard error, info. process is "master" or
 * "worker0"; it stands in every line. */
void log_open(const char *target, enum nmx_log_level level, const char *process);
bool log_wants(enum nmx_log_level level);
/* "error" ... ; false if it is none. */
bool log_level_of(const char *name, enum nmx_log_level *ret_level);
/* Standard error leads nowhere from now on, in this process and its children: "stderr" means
 * syslog. */
void log_detach(void);
/* Lines of this process that nobody took; those that the limit held back are not among them. */
uint64_t log_lost(void);

/* Pairs of strings, name and value, ended by NULL. A NULL value leaves its pair out. */
__attribute__((sentinel)) void log_write(enum nmx_log_level level, const char *event, ...);
/* The same without limit: what was asked for by name (log-why, SIGUSR1, start and end). */
__attribute__((sentinel)) void log_always(enum nmx_log_level level, const char *event, ...);

#endif
