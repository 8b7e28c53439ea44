/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Typed records from a wire-format answer (RFC 1035, 2782, 3596, 6698). Everything is copied into
 * the arena: nothing points into the packet afterwards.
 */
#ifndef NMX_BASE_RR_H
#define NMX_BASE_RR_H

#include "base/address.h"
#include "base/arena.h"
#include "base/dname.h"

enum rr_type {
	RR_A = 1,
	RR_NS = 2,
	RR_CNAME = 5,
	RR_SOA = 6,
	RR_MX = 15,
	RR_TXT = 16,
	RR_AAAA = 28,
	RR_SRV = 33,
	RR_RRSIG = 46,
	RR_TLSA = 52,
};

enum rr_rcode {
	RCODE_NOERROR = 0,
	RCODE_FORMERR = 1,
	RCODE_SERVFAIL = 2,
	RCODE_NXDOMAIN = 3,
	RCODE_REFUSED = 5,
};

struct rr_mx {
	uint16_t preference;
	const uint8_t *exchange;
};

struct rr_srv {
	uint16_t priority, weight, port;
	const uint8_t *target;
};

struct rr_tlsa {
	uint8_t usage, selector, mtype;
	uint16_t length;
	const uint8_t *data;
};

struct rr_txt {
	const uint8_t *data; /* the strings joined */
	size_t length;
};

/* One record of the type that was asked for. */
union rr {
	struct rr_mx mx;
	struct rr_srv srv;
	struct rr_tlsa tlsa;
	struct rr_txt txt;
	struct address address; /* A, AAAA */
	const uint8_t *name;	/* CNAME, NS */
};

struct rr_answer {
	unsigned rcode;		  /* of the header */
	unsigned n_cnames;	  /* steps of the alias chain, counted up to LIMIT_CNAMES_COUNTED */
	const uint8_t *canonical; /* the name at its end; without a chain the very name asked */
	union rr *rrs;		  /* at canonical, of the type asked */
	size_t n_rrs;
	/* A signature shows that the records, or an alias on the way, were expanded from a wildcard. */
	bool wildcard;
	/* Seconds: the least of the chain and the records, or the negative TTL (RFC 2308: the SOA's
	 * TTL or MINIMUM, LIMIT_NEGATIVE_TTL without SOA). */
	uint32_t ttl;
	/* Without records: the zone that denies them, which the SOA's owner names; NULL without SOA. */
	const uint8_t *zone;
};

enum rr_result {
	RR_OK = 0,
	RR_MALFORMED = 1, /* the packet, or a record of the type asked, does not parse */
	RR_NOMEM = 2,
};

/* Reads the answer to (name, type): one of the types above except SOA and RRSIG. The name must live as
 * long as the answer, which may point to it. */
enum rr_result rr_parse(const uint8_t *packet, size_t size, const uint8_t *name, uint16_t type,
			struct arena *arena, struct rr_answer *ret_answer);

/* "SRV"; "OTHER" for types not listed above. */
const char *rr_type_name(uint16_t type);
/* "NXDOMAIN"; "OTHER" for codes that no answer should carry. */
const char *rr_rcode_name(unsigned rcode);

#endif
