/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/records.h"

#include <stdlib.h>

static struct published
published_of(const union rr *rr, uint16_t type)
{
	switch (type) {
	case RR_SRV:
		return (struct published){rr->srv.priority, rr->srv.weight, rr->srv.port,
					  rr->srv.target};
	case RR_MX:
		return (struct published){.priority = rr->mx.preference, .name = rr->mx.exchange};
	default:
		return (struct published){.name = rr->name};
	}
}

static int
compare_numbers(unsigned a, unsigned b)
{
	return (a > b) - (a < b);
}

/* As hosts are ordered, and by weight: records may differ in nothing else. */
static int
compare(const void *a, const void *b)
{
	const struct published *x = a, *y = b;
	int order = compare_numbers(x->priority, y->priority);

	if (order == 0)
		order = dname_compare(x->name, y->name);
	if (order == 0)
		order = compare_numbers(x->port, y->port);
	return order ? order : compare_numbers(x->weight, y->weight);
}

bool
records_keep(const struct answer *answer, uint16_t type, struct arena *arena,
	     struct records *ret_records)
{
	struct records kept = {.rcode = answer_rcode_name(answer), .security = answer->security};
	size_t n = answer->state == ANSWER_DATA ? answer->n_rrs : 0;
	struct published *records = arena_array(arena, n, sizeof(*records));

	if (!records)
		return false;
	for (size_t i = 0; i < n; i++)
		records[i] = published_of(&answer->rrs[i], type);
	qsort(records, n, sizeof(*records), compare);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && compare(&records[i], &records[i - 1]) == 0)
			continue;
		if (kept.n < LIMIT_RECORDS_KEPT)
			records[kept.n++] = records[i];
		kept.n_published++;
	}
	kept.records = records;
	*ret_records = kept;
	return true;
}
