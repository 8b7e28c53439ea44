/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line of a scan (docs/scan.schema.json), as far as comparing needs it: read (read.h), judged once
 * (judge.h), counted by totals.c and shown by domain.c (nextmx.compare-domain/1). Shares are in millionths,
 * so that sums are exact and anybody's program gets the same.
 */
#ifndef NMX_CLI_COMPARE_DOMAIN_H
#define NMX_CLI_COMPARE_DOMAIN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/compare/judge.h"

/* A host and port that gets first attempts by SRV (as the route goes), by MX alone, or both. */
struct compare_host {
	const char *name; /* lent by the line */
	unsigned port;
	uint32_t routed, mx; /* millionths of the domain's first attempts */
};

struct compare_domain {
	json_t *line;	     /* lends the strings */
	bool is_input_error; /* the entry was no domain ("error"): the rest is not set */
	struct read_line read;
	int label[N_GROUPS];
	struct compare_host hosts[2 * READ_HOSTS]; /* of the best tiers, as far as they deliver */
	size_t n_hosts;
	bool is_compared; /* it delivers both ways, and by SRV first */
	uint32_t moved;	  /* millionths of first attempts that go elsewhere for SRV, if compared */
};

/*
 * NULL, and the line lends what the domain has; or the member that is missing or wrong: the line is to be
 * counted as unreadable.
 */
const char *domain_read(json_t *line, struct compare_domain *ret_domain);
/* One line of JSON, nextmx.compare-domain/1. False: memory ran out. */
bool domain_print(FILE *out, const struct compare_domain *domain);

#endif
