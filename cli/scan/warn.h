/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Warnings of the library, from all threads: what differs in numbers alone is told once, and of the rest a
 * few in a while, so that a million domains do not fill a screen. For nmx_context_set_log().
 */
#ifndef NMX_CLI_SCAN_WARN_H
#define NMX_CLI_SCAN_WARN_H

#include <nextmx.h>

void warn_log(enum nmx_log_level level, const char *text, void *user);
/* Says how many were not told, if any, and forgets them. */
void warn_end(void);

#endif
