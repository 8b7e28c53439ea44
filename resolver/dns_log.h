/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where libunbound's messages go. Its log stream belongs to the process, not to a context, so this
 * is the one place besides the mutex of dns.c with static state: a short ring of lines that any
 * context's dispatch drains, and per thread a text that catches what is said while opening.
 */
#ifndef NMX_RESOLVER_DNS_LOG_H
#define NMX_RESOLVER_DNS_LOG_H

#include "base/text.h"

#include <stdio.h>

/* The stream for ub_ctx_debugout(); NULL if memory ran out. Made once, never closed. */
FILE *dns_log_stream(void);
/* From now on this thread's messages are appended to the text, a line each; NULL ends that. */
void dns_log_catch(struct text *text);

#endif
