/* SPDX-License-Identifier: BSD-2-Clause */
/* What a caller asks about: a domain in ASCII or UTF-8, or an address literal (RULES IDN-1, LIT-1). */
#ifndef NMX_POLICY_DOMAIN_H
#define NMX_POLICY_DOMAIN_H

#include "base/address.h"
#include "base/arena.h"
#include "base/dname.h"

enum domain_kind { DOMAIN_NAME, DOMAIN_LITERAL, DOMAIN_BAD_NAME, DOMAIN_BAD_LITERAL };

struct domain {
	enum domain_kind kind;
	uint8_t name[LIMIT_NAME]; /* DOMAIN_NAME: wire form, A-labels */
	struct address address;	  /* DOMAIN_LITERAL */
	const char *text;	  /* as asked: no final dot, lower case, printable */
	const char *ascii;	  /* in A-labels; "" if it has none */
	const char *fault;	  /* of the bad kinds; static */
};

/* False only if memory ran out. The strings are the arena's. (libidn2 allocates for itself, and
 * gives back before this returns.) */
bool domain_parse(const char *text, bool single_label, struct arena *arena, struct domain *ret);

/* RULES IDN-1 for a name out of a record, whose owner wrote U-labels where A-labels belong: the name in
 * A-labels, or name itself if it is ASCII or no IDN. False only if memory ran out. */
bool domain_to_alabels(const uint8_t *name, struct arena *arena, const uint8_t **ret_name);

#endif
