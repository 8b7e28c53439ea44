/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What comparing needs of a line (docs/route.schema.json), checked: a value that the schema does not allow
 * makes the line unreadable, since nobody knows what else is wrong with it. Only what is used is looked at.
 * Strings are lent by the JSON. No memory is asked for.
 */
#ifndef NMX_CLI_COMPARE_READ_H
#define NMX_CLI_COMPARE_READ_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/compare/groups.h"

enum { SHARE_WHOLE = 1000000 };

/* RULES LIM-1 keeps 32 hosts a stage, and a route 64 records of an answer: more are no line of ours. */
enum { READ_HOSTS = 128, READ_RECORDS = 128 };

struct read_host {
	const char
		*name; /* printable, without blanks, quotes, backslashes and what HTML cares for */
	unsigned port;
	enum label_tls tls;
	bool is_secure;
	uint32_t share; /* millionths */
};

/* The route as it goes, or by MX alone. */
struct read_way {
	enum label_outcome outcome;
	struct read_host hosts[READ_HOSTS];
	size_t n_hosts; /* not 0 if deliverable */
	size_t n_best;	/* the first: those of the best tier */
};

struct read_record {
	const char *name;
	unsigned priority, weight, port; /* MX: the preference, 0, 0 */
};

/* What is published. */
struct read_records {
	enum label_state state;
	const char
		*failure; /* of FAILED and BOGUS: an rcode, "bogus" or "indeterminate"; else NULL */
	bool is_secure;
	struct read_record records[READ_RECORDS]; /* those that name a host, not "." */
	size_t n_records;
};

struct read_line {
	const char *status;
	enum label_sts sts;
	enum label_source source;
	json_t *dropped; /* an array of objects with a "code" of letters, digits and hyphens */
	struct read_way route, mx;
	bool has_mx; /* else "without_srv" is null: mx is not set, by MX alone all is the same */
	struct read_records srv_records, mx_records;
};

/* NULL, or the member that is missing or wrong. */
const char *read_line(json_t *line, struct read_line *ret);

#endif
