/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLSA records of a host and its port: which names they may stand under, and what they say (RFC 6698,
 * 7671, 7672, 7673; RULES DANE-1..3, DANE-5, DANE-6, DANE-8).
 */
#ifndef NMX_POLICY_DANE_H
#define NMX_POLICY_DANE_H

#include "policy/select.h"

/* Where an alias leads, and where it began. */
enum { DANE_BASES = 2 };

/* TLSA base domains in order of preference; none: there is no DANE for the host. */
struct dane_bases {
	const uint8_t *names[DANE_BASES];
	size_t n;
	bool alias; /* the first counts only if the alias of that name is signed: type CNAME is to be asked */
};

/* As far as the answers are there. For a host in a stage whose naming is signed. */
struct dane_bases dane_bases_of(const struct host *host, const struct host_answers *answers);

/* What the resolver found for one host and its port. */
struct dane_answers {
	struct dane_bases bases;
	struct answer alias; /* CNAME of the first base, if bases.alias */
	struct answer tlsa[DANE_BASES];
	/* Set by dane_judge: the TLSA answers that had a say, and whether the alias had. */
	size_t n_used;
	bool used_alias;
};

enum dane_state {
	DANE_ABSENT,   /* proven, or nothing that is signed */
	DANE_USABLE,   /* at least one usable record */
	DANE_UNUSABLE, /* signed records, none of them usable */
	DANE_UNKNOWN,  /* a question failed: the host must not be contacted */
};

struct dane_verdict {
	enum dane_state state;
	const uint8_t *base;	     /* usable, unusable, unknown */
	const struct answer *answer; /* of the records, or the one that failed */
	struct tlsa_record *records; /* usable, unusable: sorted, those in use first */
	size_t n_records, n_beyond;  /* beyond LIMIT_TLSA: not looked at */
};

/* Never says absent unless that is proven or the zone is not signed. False only if memory ran out. */
bool dane_judge(struct dane_answers *answers, struct arena *arena,
		struct dane_verdict *ret_verdict);

/* "3 1 1", for explanations. */
const char *dane_record_text(const struct tlsa_record *record, char buffer[static 16]);

#endif
