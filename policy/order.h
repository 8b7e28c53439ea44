/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order of the hosts of one tier (RFC 2782 page 4, RULES SRV-3): each host's place is drawn in
 * proportion to its weight. MX hosts have weight 0, which makes the order uniform (RULES MX-2).
 */
#ifndef NMX_POLICY_ORDER_H
#define NMX_POLICY_ORDER_H

#include "base/clock.h"

#include <stddef.h>
#include <stdint.h>

/* A uniform permutation of order[0..n-1]. */
void order_shuffle(uint16_t *order, size_t n, struct rng *rng);

/*
 * Draws the first n_wanted places of n hosts with these weights into ret_order, as indices into
 * weights. ret_order has room for n; what is behind n_wanted is the rest in no particular order.
 */
void order_draw(const uint32_t *weights, size_t n, size_t n_wanted, struct rng *rng,
		uint16_t *ret_order);

/* part / whole, both exact for up to 4096 hosts of any weights; whole is not 0. */
struct order_share {
	uint64_t part, whole;
};

/* How often order_draw() puts host i of n first, over all seeds (RULES SRV-4). */
struct order_share order_first_share(const uint32_t *weights, size_t n, size_t i);

#endif
