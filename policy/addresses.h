/* SPDX-License-Identifier: BSD-2-Clause */
/* Which addresses of a host may be connected to (RULES ADR-1..3, DNSSEC-1, LIM-1). */
#ifndef NMX_POLICY_ADDRESSES_H
#define NMX_POLICY_ADDRESSES_H

#include "policy/select.h"

struct address_verdict {
	bool usable;
	enum nmx_drop_code code;
	const char *why; /* the registry's name for it */
	bool embedded;	 /* it is the IPv4 address inside that is refused: */
	struct address inside;
};

/* RULES ADR-1 on one address. */
struct address_verdict address_judge(const struct policy_settings *settings,
				     const struct address *address);

/* The IPv4 address inside an IPv6 address, by which it reaches an IPv4 host; false if there is none. */
bool address_inside(const struct network_set *nat64, const struct address *address,
		    struct address *ret_inside);

/*
 * Sets the addresses of every host of the stage that is not out, or puts it out with its reason. At the
 * deadline hosts whose answers are not all there are left as they are. False only if memory ran out.
 */
bool addresses_judge(struct stage *stage, const struct policy_settings *settings, bool at_deadline,
		     struct notes *notes);

/* Hosts of the stage that are not out. */
size_t stage_usable_hosts(const struct stage *stage);

#endif
