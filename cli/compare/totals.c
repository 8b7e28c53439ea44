/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/compare/totals.h"

#include <stdlib.h>
#include <string.h>

bool
totals_init(struct totals *totals)
{
	struct totals empty = {0};

	for (size_t i = 0; i < N_TALLY_LISTS; i++) {
		empty.lists[i] = tallies_new(MOST_TALLIES);
		if (!empty.lists[i]) {
			totals_done(&empty);
			return false;
		}
	}
	*totals = empty;
	return true;
}

void
totals_done(struct totals *totals)
{
	for (size_t i = 0; i < N_TALLY_LISTS; i++)
		tallies_free(totals->lists[i]);
}

/* ---- Adding ------------------------------------------------------------------------------------- */

/* The number of the domain, from 1, tells it from all others. */
static struct tally *
count(struct totals *totals, enum tally_list list, const char *name)
{
	return tallies_count(totals->lists[list], name, totals->domains);
}

static bool
add_records(struct totals *totals, const struct read_records *srv)
{
	for (size_t i = 0; i < srv->n_records; i++) {
		char port[16], weight[16];

		snprintf(port, sizeof(port), "%u", srv->records[i].port);
		snprintf(weight, sizeof(weight), "%u", srv->records[i].weight);
		if (!count(totals, TALLY_PORTS, port) || !count(totals, TALLY_WEIGHTS, weight))
			return false;
	}
	return true;
}

static bool
add_failure(struct totals *totals, const char *type, const char *failure)
{
	char name[300]; /* read.c takes words of 255 */

	if (!failure)
		return true;
	snprintf(name, sizeof(name), "%s %s", type, failure);
	return count(totals, TALLY_FAILURES, name);
}

static bool
add_drops(struct totals *totals, json_t *dropped)
{
	json_t *drop;
	size_t i;

	json_array_foreach(dropped, i, drop)
	{
		const char *code = json_string_value(json_object_get(drop, "code"));

		if (!count(totals, TALLY_DROPS, code))
			return false;
	}
	return true;
}

static bool
add_hosts(struct totals *totals, const struct compare_domain *domain)
{
	if (!domain->is_compared)
		return true;
	totals->compared++;
	totals->moved += domain->moved;
	for (size_t i = 0; i < domain->n_hosts; i++) {
		const struct compare_host *host = &domain->hosts[i];
		char name[300]; /* read.c takes names of 255 */
		struct tally *tally;

		snprintf(name, sizeof(name), "%s:%u", host->name, host->port);
		tally = count(totals, TALLY_HOSTS, name);
		if (!tally)
			return false;
		tally->routed += host->routed;
		tally->mx += host->mx;
	}
	return true;
}

bool
totals_add(struct totals *totals, const struct compare_domain *domain)
{
	const struct read_line *read = &domain->read;

	totals->lines++;
	if (domain->is_input_error) {
		totals->input_errors++;
		return true;
	}
	totals->domains++;
	for (size_t i = 0; i < N_GROUPS; i++)
		if (domain->label[i] != NOT_COUNTED)
			totals->counts[i][domain->label[i]]++;
	if (read->route.outcome != OUTCOME_DELIVERABLE &&
	    !count(totals, TALLY_STATUSES, read->status))
		return false;
	return add_records(totals, &read->srv_records) &&
	       add_failure(totals, "SRV", read->srv_records.failure) &&
	       add_failure(totals, "MX", read->mx_records.failure) &&
	       add_drops(totals, read->dropped) && add_hosts(totals, domain);
}

void
totals_add_unreadable(struct totals *totals)
{
	totals->lines++;
	totals->unreadable++;
}

/* ---- Results ------------------------------------------------------------------------------------ */

uint64_t
totals_of(const struct totals *totals, enum compare_group group)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < groups[group].n_labels; i++)
		sum += totals->counts[group][i];
	return sum;
}

double
totals_moved(const struct totals *totals)
{
	if (totals->compared == 0)
		return 0;
	return (double)totals->moved / ((double)totals->compared * SHARE_WHOLE);
}

/* The larger first. */
static int
order_of(uint64_t a, uint64_t b)
{
	return a > b ? -1 : a < b;
}

static uint64_t
moved_of(const struct tally *host)
{
	return host->routed > host->mx ? host->routed - host->mx : host->mx - host->routed;
}

static int
by_load(const struct tally *a, const struct tally *b)
{
	int order = order_of(moved_of(a), moved_of(b));

	if (order == 0)
		order = order_of(a->routed + a->mx, b->routed + b->mx);
	return order ? order : strcmp(a->name, b->name);
}

static int
by_number(const struct tally *a, const struct tally *b)
{
	int order = order_of(a->domains, b->domains);

	if (order == 0)
		order = order_of(a->n, b->n);
	return order ? order : strcmp(a->name, b->name);
}

const struct tally *const *
totals_sorted(struct totals *totals, enum tally_list list, size_t *ret_n)
{
	return tallies_sorted(totals->lists[list], list == TALLY_HOSTS ? by_load : by_number,
			      ret_n);
}
