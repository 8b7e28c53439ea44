/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which order of a route is answered now. Postfix keys its queues by the answer's text, so a domain
 * has 64 orders a day and no more, and keeps one for a slot of some seconds. A keyed hash of domain
 * and day gives each of the 64 its seed, so that the first places of the 64 are in proportion to the
 * shares of RFC 2782 (as near as 64 allow); one of domain and slot chooses among them.
 */
#ifndef NMX_DAEMON_ORDERS_H
#define NMX_DAEMON_ORDERS_H

#include <nextmx.h>

enum { ORDERS_A_DAY = 64 };

/* The number of the slot at a moment (wall clock, seconds since 1970). */
uint64_t orders_slot(int64_t now_s, unsigned slot_s);

/* The plan for this moment (wall clock, seconds since 1970). Errors: as nmx_plan_new(). */
int orders_plan(const uint8_t *secret, size_t secret_size, struct nmx_route *route, int64_t now_s,
		unsigned slot_s, struct nmx_plan **ret_plan);

#endif
