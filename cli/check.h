/* SPDX-License-Identifier: BSD-2-Clause */
/* What `nextmx check` prints of a domain whose endpoints were probed. */
#ifndef NMX_CLI_CHECK_H
#define NMX_CLI_CHECK_H

#include "cli/cli.h"
#include "tls/prober.h"

struct checked {
	const struct nmx_route *route;
	const struct nmx_plan *plan;
	const struct probe_report *reports; /* of the plan's endpoints, in their order */
};

/* Every endpoint, and there is one. */
bool check_is_ok(const struct checked *c);
void check_print_text(const struct checked *c);
/* Schema nextmx.check/1. An enum nmx_error. */
int check_print_json(const struct checked *c);

#endif
