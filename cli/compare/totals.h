/* SPDX-License-Identifier: BSD-2-Clause */
/* Sums over any number of lines: the groups, and lists of ports, statuses, drops and hosts. */
#ifndef NMX_CLI_COMPARE_TOTALS_H
#define NMX_CLI_COMPARE_TOTALS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/compare/domain.h"
#include "cli/compare/tallies.h"

enum { MOST_TALLIES = 1000000 };

enum tally_list {
	TALLY_PORTS,	/* of published SRV records, by number */
	TALLY_WEIGHTS,	/* of published SRV records, by number */
	TALLY_STATUSES, /* of domains that cannot be delivered to, by enhanced status code */
	TALLY_DROPS,	/* hosts and addresses left out, by code */
	TALLY_FAILURES, /* SRV and MX answers that failed: "SRV SERVFAIL", "MX TIMEOUT", "MX bogus" */
	TALLY_HOSTS,	/* of domains that are compared: "host:port" */
	N_TALLY_LISTS,
};

struct totals {
	/* Each line is one of: unreadable, a domain, an input error. */
	uint64_t lines, unreadable, domains, input_errors;
	uint64_t counts[N_GROUPS][MOST_LABELS];
	struct tallies *lists[N_TALLY_LISTS];
	uint64_t compared; /* domains that deliver both ways, and by SRV first */
	uint64_t moved;	   /* millionths of their first attempts that go elsewhere, summed up */
};

/* False: memory ran out. */
bool totals_init(struct totals *totals);
void totals_done(struct totals *totals);
/* A line that could be read. False: memory ran out. */
bool totals_add(struct totals *totals, const struct compare_domain *domain);
/* A line that could not. */
void totals_add_unreadable(struct totals *totals);

uint64_t totals_of(const struct totals *totals, enum compare_group group); /* sum of its labels */
/* How much of their first attempts goes elsewhere for SRV, 0..1; 0 if none is compared. */
double totals_moved(const struct totals *totals);

/* Sorted: hosts by the load that moves, then by load; the others by domains, then by number; then by name.
 * Lent until the next call that changes the totals; *ret_n of them. NULL: memory ran out. */
const struct tally *const *totals_sorted(struct totals *totals, enum tally_list list,
					 size_t *ret_n);

/* The summary: nextmx.compare/1 on one line (docs/compare.schema.json), text, and a page. top is how many
 * entries of a list are shown; the JSON says how many there are. False: memory ran out. */
bool totals_print_json(FILE *out, struct totals *totals, size_t top);
bool totals_print_text(FILE *out, struct totals *totals, size_t top);
bool totals_print_page(FILE *out, struct totals *totals, size_t top);

#endif
