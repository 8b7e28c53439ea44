/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libunbound answers test., localhost. and a hundred more by itself. Those at or below a zone that the
 * operator named go, all with an upstream. (A named zone below one that stays, as my.test. below test., is
 * let through by dns_config.c: added here, it would take its siblings along.)
 */
#ifndef NMX_RESOLVER_DNS_BUILTIN_H
#define NMX_RESOLVER_DNS_BUILTIN_H

#include "base/text.h"
#include "resolver/settings.h"

struct ub_ctx;

/*
 * Finishes the context: zones and anchors are read. The context's messages must go to dns_log_stream();
 * they are added to caught, and this thread's text is that afterwards (dns_log_catch). An error of
 * libunbound's, or UB_NOERROR.
 */
int dns_builtin_remove(struct ub_ctx *ub, const struct settings *settings, struct text *caught);

#endif
