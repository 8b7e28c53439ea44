/* SPDX-License-Identifier: BSD-2-Clause */
/* What a zone file consists of; zone.c reads it and zone_answers.c makes answers of it. */
#ifndef NMX_TESTS_ZONE_PARTS_H
#define NMX_TESTS_ZONE_PARTS_H

#include "zone.h"

/* Names are lower case and have no final dot. */
struct zone_record {
	struct zone_record *next;
	const char *name, *type, *rdata;
	uint32_t ttl;
	int security; /* 2 secure, 0 insecure, as libunbound numbers them here */
};

/* What a directive says about an answer. */
enum zone_mark_kind {
	MARK_SERVFAIL,
	MARK_REFUSED,
	MARK_BOGUS,
	MARK_TRUNCATED,
	MARK_MALFORMED,
	MARK_SILENT,
	MARK_WILDCARD,
	MARK_ADDITIONAL,
	MARK_NODATA,
	MARK_NXDOMAIN,
};
#define ZONE_MARK_WORDS                                                                        \
	"@servfail", "@refused", "@bogus", "@truncated", "@malformed", "@silent", "@wildcard", \
		"@additional", "@nodata", "@nxdomain"

struct zone_mark {
	struct zone_mark *next;
	enum zone_mark_kind kind;
	const char *name, *type; /* type NULL: every type */
	const char *text;	 /* reason, or RDATA */
	const char *extra_name, *extra_type;
	uint32_t ttl, minimum;
	bool no_soa;
	int security;
};

struct zone_name {
	struct zone_name *next;
	const char *name;
};

#endif
