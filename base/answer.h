/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one question got: a validated answer, a proof of absence, or a failure. The three are never
 * mixed; SERVFAIL is no absence and bogus data are no data.
 */
#ifndef NMX_BASE_ANSWER_H
#define NMX_BASE_ANSWER_H

#include "base/rr.h"

#include <nextmx.h>

enum answer_state {
	ANSWER_NONE = 0,    /* not asked: nobody needs it */
	ANSWER_PENDING = 1, /* asked */
	ANSWER_DATA = 2,
	ANSWER_NODATA = 3,
	ANSWER_NXDOMAIN = 4,
	ANSWER_FAILED = 5, /* SERVFAIL, REFUSED, truncated for good, malformed */
	ANSWER_BOGUS = 6,
	ANSWER_TIMEOUT = 7,  /* no answer by our deadline */
	ANSWER_OVERLOAD = 8, /* not asked: too many questions in flight (4.3.2) */
	ANSWER_LIMIT = 9,    /* not asked: RULES LIM-1 */
	ANSWER_NOMEM = 10,
};

struct answer {
	enum answer_state state;
	enum nmx_security security; /* indeterminate unless data or absence or bogus */
	unsigned rcode;		    /* for the explanation */
	unsigned n_cnames;
	const uint8_t *canonical; /* with data or absence: the name at the end of the chain */
	union rr *rrs;
	size_t n_rrs;
	bool wildcard;
	const uint8_t *zone; /* with absence: the zone that denies, NULL if it does not say */
	uint32_t ttl;
	uint32_t us;	   /* from asking to the answer */
	const char *bogus; /* libunbound's reason, printable, or NULL */
};

/* As libunbound's event callback has it; packet must not be touched when rcode is not 0. */
struct answer_raw {
	int rcode;
	const uint8_t *packet;
	size_t size;
	int security; /* 0 insecure, 1 bogus, 2 secure */
	const char *why_bogus;
};

/* Judges in the order of RULES DANE-1: rcode argument or TC, bogus, header rcode, security. The name must
 * live as long as the answer, whose canonical name it may be. */
struct answer answer_judge(const struct answer_raw *raw, const uint8_t *name, uint16_t type,
			   struct arena *arena);

static inline bool
answer_is_absence(const struct answer *answer)
{
	return answer->state == ANSWER_NODATA || answer->state == ANSWER_NXDOMAIN;
}

/* No verdict: the answer is neither data nor absence, though it was wanted. */
static inline bool
answer_is_failure(const struct answer *answer)
{
	return answer->state >= ANSWER_FAILED;
}

/* The rcode's name, or TIMEOUT or OVERLOAD. */
const char *answer_rcode_name(const struct answer *answer);

#endif
