/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Servers: which name servers have the zone that the domain lies in. NS is asked at the domain:
 *
 *	records                   these are they
 *	none, and a SOA record    names the zone that denies them (RFC 2308 section 3): NS is asked there
 *	none, and no SOA record   they cannot be learnt
 *	failure                   likewise
 */
#include "resolver/context.h"

static void
ask(struct lookup *lookup, const uint8_t *name)
{
	struct zone_answer *zone = arena_alloc(&lookup->arena, sizeof(*zone));

	if (!zone) {
		lookup->failed = true;
		return;
	}
	zone->name = name;
	zone->next = lookup->zones;
	lookup->zones = zone;
	lookup_ask(lookup, name, RR_NS, &zone->answer);
}

void
phase_servers_ask(struct lookup *lookup)
{
	ask(lookup, lookup->domain.name);
}

/* The zone above the name that has no servers of its own; NULL if nobody named it, which only a denial
 * does. A SOA that is not above proves nothing, and following it could go in circles. */
static const uint8_t *
zone_above(const struct answer *answer)
{
	if (!answer->zone || !dname_in_zone(answer->canonical, answer->zone) ||
	    dname_equal(answer->canonical, answer->zone))
		return NULL;
	return answer->zone;
}

static size_t
count(const struct zone_answer *zones)
{
	size_t n = 0;

	for (; zones; zones = zones->next)
		n++;
	return n;
}

bool
phase_servers_done(struct lookup *lookup)
{
	const uint8_t *above;

	while (!lookup->failed && count(lookup->zones) < LIMIT_ZONES &&
	       (above = zone_above(&lookup->zones->answer)))
		ask(lookup, above);
	return lookup->pending == 0;
}

struct answer
phase_servers_answer(const struct lookup *lookup)
{
	return lookup->zones ? lookup->zones->answer
			     : (struct answer){.security = NMX_INDETERMINATE};
}
