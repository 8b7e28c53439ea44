/* SPDX-License-Identifier: BSD-2-Clause */
/* Discover: the questions whose answers name the hosts, all at once (RULES SRV-1). */
#include "resolver/context.h"

bool
phase_asks_srv(const struct lookup *lookup)
{
	return lookup->ctx->settings.policy.srv != SRV_USE_OFF && lookup->kind != ROUTE_MX;
}

void
phase_discover_ask(struct lookup *lookup)
{
	const struct settings *settings = &lookup->ctx->settings;
	char labels[LIMIT_LABEL + 8];
	struct text text = text_into(labels, sizeof(labels));

	text_add(&text, settings->srv_label);
	text_add(&text, "._tcp");
	if (!phase_asks_srv(lookup))
		lookup->srv.state = ANSWER_NONE;
	else if (!dname_prepend(labels, lookup->domain.name, lookup->srv_name))
		lookup->srv = (struct answer){.state = ANSWER_NXDOMAIN,
					      .rcode = RCODE_NXDOMAIN,
					      .ttl = UINT32_MAX}; /* no such name can exist */
	else
		lookup_ask(lookup, lookup->srv_name, RR_SRV, &lookup->srv);
	lookup_ask(lookup, lookup->domain.name, RR_MX, &lookup->mx);
	phase_sts_ask(lookup);
}

bool
phase_needs_apex(const struct lookup *lookup, const struct answer *srv, const struct answer *mx)
{
	const struct settings *settings = &lookup->ctx->settings;

	return settings->policy.srv == SRV_USE_AUTO && !settings->dnssec_off &&
	       srv->state == ANSWER_DATA && srv->security == NMX_INSECURE &&
	       answer_is_failure(mx) && mx->state != ANSWER_BOGUS;
}

/*
 * Unsigned SRV records under a signed domain are ignored (RULES SRV-18), and the MX answer shows
 * whether it is signed. When MX fails, somebody may have made it fail: any other answer of the domain
 * shows it as well, and A has a chance to be in a cache.
 */
bool
phase_discover_done(struct lookup *lookup)
{
	if (lookup->srv.state == ANSWER_PENDING || lookup->mx.state == ANSWER_PENDING)
		return false;
	if (lookup->apex.state == ANSWER_NONE &&
	    phase_needs_apex(lookup, &lookup->srv, &lookup->mx))
		lookup_ask(lookup, lookup->domain.name, RR_A, &lookup->apex);
	return lookup->apex.state != ANSWER_PENDING;
}
