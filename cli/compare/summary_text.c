/* SPDX-License-Identifier: BSD-2-Clause */
/* The summary for people, in the words of the table of groups. */
#include "cli/compare/totals.h"

#include <inttypes.h>

enum { WIDTH = 46 }; /* of what stands in front of a number */

static double
percent(uint64_t n, uint64_t of)
{
	return of ? 100.0 * (double)n / (double)of : 0;
}

static void
print_head(FILE *out, const struct totals *totals)
{
	fprintf(out, "%" PRIu64 " domains in %" PRIu64 " lines", totals->domains, totals->lines);
	if (totals->input_errors)
		fprintf(out, "; %" PRIu64 " entries were no domains", totals->input_errors);
	if (totals->unreadable)
		fprintf(out, "; %" PRIu64 " lines were unreadable", totals->unreadable);
	fputc('\n', out);
}

/* Labels that no domain has are left out. */
static void
print_group(FILE *out, const struct totals *totals, enum compare_group g)
{
	const struct group *group = &groups[g];
	uint64_t of = totals_of(totals, g);

	fprintf(out, "\n%s (%s: %" PRIu64 ")\n", group->title, group->of, of);
	for (size_t i = 0; i < group->n_labels; i++)
		if (totals->counts[g][i])
			fprintf(out, "  %-*s %10" PRIu64 " %6.2f %%\n", WIDTH,
				group->labels[i].title, totals->counts[g][i],
				percent(totals->counts[g][i], of));
}

static bool
print_list(FILE *out, struct totals *totals, enum tally_list list, const char *title, size_t top)
{
	size_t n;
	const struct tally *const *sorted = totals_sorted(totals, list, &n);

	if (!sorted)
		return false;
	if (n == 0)
		return true;
	fprintf(out, "\n%-*s %12s %10s\n", WIDTH, title, "domains", "times");
	for (size_t i = 0; i < n && i < top; i++)
		fprintf(out, "  %-*s %10" PRIu64 " %10" PRIu64 "\n", WIDTH, sorted[i]->name,
			sorted[i]->domains, sorted[i]->n);
	if (n > top)
		fprintf(out, "  and %zu more\n", n - top);
	return true;
}

/* Shares of first attempts, summed up over domains: "12.5" is as much as twelve and a half domains. */
static bool
print_load(FILE *out, struct totals *totals, size_t top)
{
	size_t n;
	const struct tally *const *sorted = totals_sorted(totals, TALLY_HOSTS, &n);

	if (!sorted)
		return false;
	fprintf(out, "\nLoad (%s: %" PRIu64 ")\n", groups[GROUP_REQUIREMENT].of, totals->compared);
	if (totals->compared == 0)
		return true;
	fprintf(out, "  %-*s %10s %6.2f %%\n", WIDTH, "first attempts that go elsewhere for SRV",
		"", 100 * totals_moved(totals));
	fprintf(out, "\n%-*s %12s %10s %10s\n", WIDTH,
		"First attempts, in domains, at host and port", "domains", "with SRV", "by MX");
	for (size_t i = 0; i < n && i < top; i++)
		fprintf(out, "  %-*s %10" PRIu64 " %10.2f %10.2f\n", WIDTH, sorted[i]->name,
			sorted[i]->domains, (double)sorted[i]->routed / SHARE_WHOLE,
			(double)sorted[i]->mx / SHARE_WHOLE);
	if (n > top)
		fprintf(out, "  and %zu more\n", n - top);
	return true;
}

bool
totals_print_text(FILE *out, struct totals *totals, size_t top)
{
	print_head(out, totals);
	if (totals->domains == 0)
		return true;
	for (size_t i = 0; i < N_GROUPS; i++)
		print_group(out, totals, (enum compare_group)i);
	return print_list(out, totals, TALLY_PORTS, "Ports in SRV records", top) &&
	       print_list(out, totals, TALLY_WEIGHTS, "Weights in SRV records", top) &&
	       print_list(out, totals, TALLY_STATUSES, "Why mail is not delivered", top) &&
	       print_list(out, totals, TALLY_DROPS, "Hosts and addresses left out", top) &&
	       print_list(out, totals, TALLY_FAILURES, "Answers that failed", top) &&
	       print_load(out, totals, top);
}
