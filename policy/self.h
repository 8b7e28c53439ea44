/* SPDX-License-Identifier: BSD-2-Clause */
/* Mail loops: hosts that are this machine, and what may not be used behind them (RULES SELF-1). */
#ifndef NMX_POLICY_SELF_H
#define NMX_POLICY_SELF_H

#include "policy/select.h"

/* The addresses this machine has or is known by, sorted, an IPv4 address inside an IPv6 address as
 * IPv4; and the ports on which it takes mail. */
struct own_addresses {
	const struct address *addresses;
	size_t n;
	const struct port_set *ports;
	const struct network_set *nat64;
};

bool self_is_address(const struct own_addresses *own, const struct address *address, uint16_t port);

/* Leaves out hosts by name, before any address is asked. */
void self_cut_names(struct selection *sel, const struct policy_settings *settings,
		    struct notes *notes);
/* Leaves out hosts by address; their answers are set. Before ADR-1. */
void self_cut_addresses(struct selection *sel, const struct own_addresses *own,
			struct notes *notes);

#endif
