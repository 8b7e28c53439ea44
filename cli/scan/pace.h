/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How fast a scan asks: questions a second in all, and for the domains of one name server. A bucket of
 * tokens for each (RFC 2697's idea): a question takes one, they come back at the rate, a tenth of a second's
 * worth is kept at the most (at least one), and debts are paid before anything else is begun. Pure: the time
 * is the caller's, in nanoseconds. One for each thread, with its part of the rates.
 */
#ifndef NMX_CLI_SCAN_PACE_H
#define NMX_CLI_SCAN_PACE_H

#include <stddef.h>
#include <stdint.h>

struct pace;

/* Thousandths of questions a second; 0: no limit. NULL: memory ran out. */
struct pace *pace_new(uint64_t milli_qps, uint64_t milli_server_qps, int64_t now);
void pace_free(struct pace *pace);

/* When another domain may begin, as far as the total goes: now, or later. */
int64_t pace_when(struct pace *pace, int64_t now);
void pace_charge(struct pace *pace, uint64_t questions, int64_t now);

/*
 * The same for a domain of these name servers, of which the slowest decides; names as the library gives
 * them. None: they could not be learnt, and all such domains count as one server's. Servers that are
 * not in debt need no memory; 65,536 are remembered at the most, then the one that is soonest out of debt
 * is forgotten.
 */
int64_t pace_servers_when(struct pace *pace, const char *const *servers, size_t n, int64_t now);
void pace_servers_charge(struct pace *pace, const char *const *servers, size_t n,
			 uint64_t questions, int64_t now);

#endif
