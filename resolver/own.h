/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The addresses of this machine, for RULES SELF-1: the interfaces', read again every LIMIT_OWN_REREAD
 * seconds, and own-addresses. Shared by a context and its routes, which may be used in other threads:
 * reference-counted, with a lock of its own. Loopback addresses are not ours in this sense: a host
 * that names them is dropped by ADR-1 without taking the hosts behind it along.
 */
#ifndef NMX_RESOLVER_OWN_H
#define NMX_RESOLVER_OWN_H

#include "policy/self.h"

struct own;

/* NULL if memory ran out. The settings' lists are copied. */
struct own *own_new(const struct network_set *addresses, const struct port_set *ports,
		    const struct network_set *nat64);
struct own *own_ref(struct own *own);
void own_unref(struct own *own);

/* The present state, lent until own_unlock. */
struct own_addresses own_lock(struct own *own);
void own_unlock(struct own *own);
/* Never 0, and another number as soon as the addresses are others; without a lock unless they are old. Not
 * between own_lock and own_unlock. */
unsigned own_version(struct own *own);

#endif
