/* SPDX-License-Identifier: BSD-2-Clause */
/* What the hosts of a stage are worth when the deadline comes before all answers (RULES DDL-1). */
#ifndef NMX_POLICY_DEADLINE_H
#define NMX_POLICY_DEADLINE_H

#include "policy/select.h"

/* Both families have answered. */
bool deadline_has_addresses(const struct host *host);

/* After addresses and TLS were judged: puts undecided hosts out, and all that are worse than one, unless a
 * host of the best tier is usable. */
void deadline_cut(struct stage *stage, struct notes *notes);

#endif
