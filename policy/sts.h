/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MTA-STS (RFC 8461): the TXT record, the policy's text, and which hosts it names (RULES STS-1,
 * STS-3, STS-6). Pure. Strict where leniency would lower protection, lenient where refusing would
 * drop it.
 */
#ifndef NMX_POLICY_STS_H
#define NMX_POLICY_STS_H

#include "base/arena.h"
#include "base/dname.h"
#include "base/limits.h"
#include "base/text.h"

#include <nextmx.h>

struct sts_bytes {
	const uint8_t *data;
	size_t length;
};

/* What the TXT records of _mta-sts.DOMAIN say. */
struct sts_record {
	bool valid;
	char id[LIMIT_STS_ID + 1]; /* "" unless valid */
	bool absent;		   /* no record begins as one of MTA-STS does */
	const char *fault;	   /* static: why there is no valid one; NULL if there is */
	const char *remark; /* static: what its owner should mend all the same; NULL: nothing */
};

/* The strings of each RR are joined already. */
struct sts_record sts_record_read(const struct sts_bytes *rrs, size_t n);

/* The names, in wire form, and the patterns: "*.example.org" is example.org with wildcard set. */
struct sts_pattern {
	bool wildcard;
	const uint8_t *name;
};

struct sts_fault {
	unsigned line;	  /* from 1; 0: the whole text */
	const char *text; /* printable; of a policy that is refused static */
};

struct sts_policy {
	enum nmx_sts_mode mode; /* none, testing or enforce */
	uint32_t max_age;	/* seconds, at most LIMIT_STS_MAX_AGE */
	struct sts_pattern *patterns;
	size_t n_patterns;	   /* at least 1 unless mode is none */
	struct sts_fault *remarks; /* what was ignored or forgiven: its owner should mend it */
	size_t n_remarks;	   /* at most LIMIT_STS_REMARKS */
};

enum sts_result { STS_OK = 0, STS_INVALID = 1, STS_NOMEM = 2 };

/* Everything is in the arena. The results are untouched unless STS_OK, the fault unless
 * STS_INVALID. */
enum sts_result sts_policy_read(const uint8_t *text, size_t length, struct arena *arena,
				struct sts_policy *ret_policy, struct sts_fault *ret_fault);

/* A host name or "*." and one, U-labels as RULES IDN-1 has them. STS_INVALID: *ret_fault is
 * static. */
enum sts_result sts_pattern_read(const char *text, size_t length, struct arena *arena,
				 struct sts_pattern *ret_pattern, const char **ret_fault);
/* The same without "*.". */
enum sts_result sts_host_read(const char *text, size_t length, struct arena *arena,
			      const uint8_t **ret_name, const char **ret_fault);

/* "*" is exactly one label (RFC 8461 section 4.1). Names in wire form, A-labels, any case. */
bool sts_pattern_matches(const struct sts_pattern *pattern, const uint8_t *host);
/* Whether any of the policy's patterns does. */
bool sts_policy_names(const struct sts_policy *policy, const uint8_t *host);
/* As published, in A-labels: "*.example.org". */
void sts_pattern_print(struct text *text, const struct sts_pattern *pattern);

#endif
