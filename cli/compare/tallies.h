/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts by name, for lists whose names are not known before: ports, codes, hosts. Bounded: beyond a number
 * of names all others are summed up in one tally, "others", which is always the last.
 */
#ifndef NMX_CLI_COMPARE_TALLIES_H
#define NMX_CLI_COMPARE_TALLIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One thing of an open-ended list. */
struct tally {
	char *name;
	uint64_t domains;    /* that have it */
	uint64_t n;	     /* times: records of a port, hosts dropped */
	uint64_t routed, mx; /* hosts: millionths of domains' first attempts, summed up */
};

struct tallies;

/* NULL: memory ran out. */
struct tallies *tallies_new(size_t most_names);
void tallies_free(struct tallies *tallies);

/* Counts it once: domains is counted up if this domain, a number that is new for each and not 0, has not
 * had the name yet. NULL: memory ran out. */
struct tally *tallies_count(struct tallies *tallies, const char *name, uint64_t domain);

/* All, in this order but for "others", and how many; lent until the next call. NULL: memory ran out. */
typedef int tally_order(const struct tally *a, const struct tally *b);
const struct tally *const *tallies_sorted(struct tallies *tallies, tally_order *order,
					  size_t *ret_n);

#endif
