/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page of totals that no scan has: page_totals COUNT NAME... Every number is about COUNT; the names,
 * of any octets, are in all lists. Without names: nothing was counted at all.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/compare/totals.h"

static bool
fill_list(struct tallies *list, uint64_t count, char **names, int n)
{
	for (int i = 0; i < n; i++) {
		struct tally *tally = tallies_count(list, names[i], 1);

		if (!tally)
			return false;
		/* The order of the names is that of the lists. */
		tally->domains = count - (uint64_t)i;
		tally->n = count + 1000 - (uint64_t)i;
		tally->routed = (count - (uint64_t)i) * SHARE_WHOLE;
		tally->mx = (uint64_t)i;
	}
	return true;
}

int
main(int argc, char **argv)
{
	struct totals totals;
	uint64_t count;

	if (argc < 2 || !totals_init(&totals))
		return 1;
	count = strtoull(argv[1], NULL, 10);
	for (int list = 0; list < N_TALLY_LISTS; list++)
		if (!fill_list(totals.lists[list], count, argv + 2, argc - 2))
			return 1;
	if (argc > 2) {
		totals.lines = totals.domains = totals.compared = count;
		totals.unreadable = totals.input_errors = count;
		totals.moved = count * SHARE_WHOLE - 1;
	}
	for (size_t i = 0; argc > 2 && i < N_GROUPS; i++)
		for (size_t label = 0; label < groups[i].n_labels; label++)
			totals.counts[i][label] = count + label;
	if (!totals_print_page(stdout, &totals, (size_t)argc) || fflush(stdout) != 0)
		return 1;
	totals_done(&totals);
	return 0;
}
