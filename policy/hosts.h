/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the records of one naming RRset to the hosts of a stage: which names and ports may be used,
 * what repeats, and which hosts stay when there are too many (RULES SRV-7..11, MX-5, NMX-2, PORT-1,
 * LIM-1). What is left out is noted.
 */
#ifndef NMX_POLICY_HOSTS_H
#define NMX_POLICY_HOSTS_H

#include "policy/select.h"

/* Leaves out what cannot be used and what repeats; sorts the rest by priority, name, port. */
void hosts_keep_usable(struct stage *stage, const struct policy_settings *settings,
		       struct notes *notes);

/*
 * RULES LIM-1. The best tiers are kept whole while they fit and leave a place for the tier behind;
 * the tier that does not is drawn by a hash of the hosts under the key, one host of the next one is
 * kept, and the rest goes.
 */
void hosts_limit(struct stage *stage, uint64_t key, struct notes *notes);

/* Notes a drop whose sentence takes no arguments; the host itself stays where it is. */
void hosts_drop(struct notes *notes, const struct stage *stage, const struct host *host,
		enum nmx_drop_code code, enum why_code why);
/* Takes the hosts that are out off the stage. */
void hosts_remove_out(struct stage *stage);

#endif
