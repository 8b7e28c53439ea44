/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/self.h"

#include <stdlib.h>
#include <string.h>

#include "policy/addresses.h"
#include "policy/ports.h"

/* What makes a host this machine. */
struct judge {
	const struct policy_settings *settings; /* by name, or */
	const struct own_addresses *own;	/* by address */
};

static int
compare(const void *a, const void *b)
{
	return address_compare(a, b);
}

static bool
is_listed(const struct own_addresses *own, const struct address *address)
{
	return bsearch(address, own->addresses, own->n, sizeof(*address), compare) != NULL;
}

/* An IPv4 address inside counts, and then nothing else. Whether there is one takes longer to find out than
 * whether it would be ours. */
bool
self_is_address(const struct own_addresses *own, const struct address *address, uint16_t port)
{
	struct address last = {.family = 4}, inside;

	if (own->n == 0 || !port_in_set(own->ports, port))
		return false;
	if (address->family == 4)
		return is_listed(own, address);
	memcpy(last.bytes, address->bytes + 12, 4);
	if (is_listed(own, &last) && address_inside(own->nat64, address, &inside))
		return true;
	return is_listed(own, address) && !address_inside(own->nat64, address, &inside);
}

static bool
is_own_name(const struct own_names *own, const uint8_t *name)
{
	const uint8_t *at = own->names;

	for (size_t i = 0; i < own->n; i++, at += dname_length(at))
		if (dname_equal(at, name))
			return true;
	return false;
}

static const struct address *
own_address_in(const struct own_addresses *own, const struct answer *answer, uint16_t port)
{
	if (answer->state != ANSWER_DATA)
		return NULL;
	for (size_t i = 0; i < answer->n_rrs; i++)
		if (self_is_address(own, &answer->rrs[i].address, port))
			return &answer->rrs[i].address;
	return NULL;
}

/* Whether the host is this machine; the drop is noted. */
static bool
cut_if_self(const struct stage *stage, struct host *host, const struct judge *judge,
	    struct notes *notes)
{
	struct drop drop = {stage->source, NMX_DROP_SELF, host->port, host->name, NULL, 0};

	if (judge->settings) {
		if (!host->name || !is_own_name(&judge->settings->own_names, host->name))
			return false;
		notes_drop(notes, &drop, WHY_DROP_SELF_NAME);
	} else {
		if (!host->answers)
			return false;
		drop.address = own_address_in(judge->own, &host->answers->a, host->port);
		if (!drop.address)
			drop.address = own_address_in(judge->own, &host->answers->aaaa, host->port);
		if (!drop.address)
			return false;
		notes_drop(notes, &drop, WHY_DROP_SELF_ADDRESS);
	}
	host->out = true;
	return true;
}

static void
cut_rest(struct stage *stage, unsigned priority, enum why_code why, struct notes *notes)
{
	for (size_t i = 0; i < stage->n_hosts; i++) {
		struct host *host = &stage->hosts[i];

		if (host->out || host->priority < priority)
			continue;
		notes_drop(notes,
			   &(struct drop){stage->source, NMX_DROP_BEYOND_SELF, host->port,
					  host->name, NULL, 0},
			   why);
		host->out = true;
	}
}

static void
cut(struct selection *sel, const struct judge *judge, struct notes *notes)
{
	for (size_t s = 0; s < sel->n_stages; s++) {
		struct stage *stage = &sel->stages[s];
		unsigned best = UINT16_MAX + 1u;

		for (size_t i = 0; i < stage->n_hosts; i++) {
			struct host *host = &stage->hosts[i];

			if (!host->out && cut_if_self(stage, host, judge, notes) &&
			    host->priority < best)
				best = host->priority;
		}
		if (best > UINT16_MAX)
			continue;
		cut_rest(stage, best, WHY_DROP_BEYOND_SELF, notes);
		for (size_t after = s + 1; after < sel->n_stages; after++)
			cut_rest(&sel->stages[after], 0, WHY_DROP_AFTER_SELF, notes);
		break;
	}
}

void
self_cut_names(struct selection *sel, const struct policy_settings *settings, struct notes *notes)
{
	if (settings->own_names.n)
		cut(sel, &(struct judge){.settings = settings}, notes);
}

void
self_cut_addresses(struct selection *sel, const struct own_addresses *own, struct notes *notes)
{
	cut(sel, &(struct judge){.own = own}, notes);
}
