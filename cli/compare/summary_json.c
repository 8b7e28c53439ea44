/* SPDX-License-Identifier: BSD-2-Clause */
/* The schema nextmx.compare/1, docs/compare.schema.json. read.c lets no name through that needs escaping. */
#include "cli/compare/totals.h"

#include <inttypes.h>

static void
print_groups(FILE *out, const struct totals *totals)
{
	fputs(",\"groups\":{", out);
	for (size_t i = 0; i < N_GROUPS; i++) {
		const struct group *group = &groups[i];

		fprintf(out, "%s\"%s\":{\"of\":%" PRIu64, i ? "," : "", group->name,
			totals_of(totals, (enum compare_group)i));
		for (size_t j = 0; j < group->n_labels; j++)
			fprintf(out, ",\"%s\":%" PRIu64, group->labels[j].name,
				totals->counts[i][j]);
		fputc('}', out);
	}
	fputc('}', out);
}

static bool
print_list(FILE *out, struct totals *totals, enum tally_list list, const char *name, size_t top)
{
	size_t n;
	const struct tally *const *sorted = totals_sorted(totals, list, &n);

	if (!sorted)
		return false;
	fprintf(out, ",\"%s\":{\"names\":%zu,\"shown\":[", name, n);
	for (size_t i = 0; i < n && i < top; i++) {
		fprintf(out, "%s{\"name\":\"%s\",\"domains\":%" PRIu64, i ? "," : "",
			sorted[i]->name, sorted[i]->domains);
		if (list == TALLY_HOSTS)
			fprintf(out, ",\"routed\":%" PRIu64 ",\"mx\":%" PRIu64 "}",
				sorted[i]->routed, sorted[i]->mx);
		else
			fprintf(out, ",\"n\":%" PRIu64 "}", sorted[i]->n);
	}
	fputs("]}", out);
	return true;
}

bool
totals_print_json(FILE *out, struct totals *totals, size_t top)
{
	fprintf(out,
		"{\"schema\":\"nextmx.compare/1\",\"lines\":%" PRIu64 ",\"unreadable\":%" PRIu64
		",\"domains\":%" PRIu64 ",\"input_errors\":%" PRIu64,
		totals->lines, totals->unreadable, totals->domains, totals->input_errors);
	print_groups(out, totals);
	if (!print_list(out, totals, TALLY_PORTS, "ports", top) ||
	    !print_list(out, totals, TALLY_WEIGHTS, "weights", top) ||
	    !print_list(out, totals, TALLY_STATUSES, "statuses", top) ||
	    !print_list(out, totals, TALLY_DROPS, "drops", top) ||
	    !print_list(out, totals, TALLY_FAILURES, "failures", top))
		return false;
	fprintf(out, ",\"load\":{\"domains\":%" PRIu64 ",\"moved\":%.6f,\"moved_sum\":%" PRIu64,
		totals->compared, totals_moved(totals), totals->moved);
	if (!print_list(out, totals, TALLY_HOSTS, "hosts", top))
		return false;
	fputs("}}\n", out);
	return true;
}
