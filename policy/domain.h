/* SPDX-License-Identifier: BSD-2-Clause */
/* What a caller asks about: a domain in ASCII or UTF-8, an address literal, or a host and port of its own
 * (RULES IDN-1, LIT-1, HST-1). */
#ifndef NMX_POLICY_DOMAIN_H
#define NMX_POLICY_DOMAIN_H

#include "base/address.h"
#include "base/arena.h"
#include "base/dname.h"

enum domain_kind { DOMAIN_NAME, DOMAIN_LITERAL, DOMAIN_BAD_NAME, DOMAIN_BAD_LITERAL, DOMAIN_HOST };

struct domain {
	enum domain_kind kind;
	uint8_t name[LIMIT_NAME]; /* DOMAIN_NAME, DOMAIN_HOST: wire form, A-labels */
	uint16_t port;		  /* DOMAIN_HOST */
	struct address address;	  /* DOMAIN_LITERAL */
	/* As asked: no final dot, lower case, printable. Of a host "host:port", which no name is. */
	const char *text;
	const char *ascii; /* in A-labels; "" if it has none */
	const char *fault; /* of the bad kinds; static */
};

/* False only if memory ran out. The strings are the arena's. (libidn2 allocates for itself, and
 * gives back before this returns.) */
bool domain_parse(const char *text, bool single_label, struct arena *arena, struct domain *ret);

/* The same for a host and port (RULES HST-1): DOMAIN_HOST, or DOMAIN_BAD_NAME. */
bool domain_parse_host(const char *host, uint16_t port, struct arena *arena, struct domain *ret);

/* The same for a domain that name servers are asked for: a name, or DOMAIN_BAD_NAME. */
bool domain_parse_served(const char *text, bool single_label, struct arena *arena,
			 struct domain *ret);

/* Whether DNS is asked about it. */
static inline bool
domain_is_asked(const struct domain *domain)
{
	return domain->kind == DOMAIN_NAME || domain->kind == DOMAIN_HOST;
}

/* Whether it is none at all: its text may then be spelt like anything. */
static inline bool
domain_is_bad(const struct domain *domain)
{
	return domain->kind == DOMAIN_BAD_NAME || domain->kind == DOMAIN_BAD_LITERAL;
}

/* RULES IDN-1 for a name out of a record, whose owner wrote U-labels where A-labels belong: the name in
 * A-labels, or name itself if it is ASCII or no IDN. False only if memory ran out. */
bool domain_to_alabels(const uint8_t *name, struct arena *arena, const uint8_t **ret_name);

#endif
