/* SPDX-License-Identifier: BSD-2-Clause */
/* Discover: the questions whose answers name the hosts, all at once (RULES SRV-1). */
#include "resolver/context.h"

void
phase_discover_ask(struct lookup *lookup)
{
	const struct settings *settings = &lookup->ctx->settings;
	char labels[LIMIT_LABEL + 8];
	struct text text = text_into(labels, sizeof(labels));

	text_printf(&text, "%s._tcp", settings->srv_label);
	if (settings->policy.srv == SRV_USE_OFF)
		lookup->srv.state = ANSWER_NONE;
	else if (!dname_prepend(labels, lookup->domain.name, lookup->srv_name))
		lookup->srv = (struct answer){.state = ANSWER_NXDOMAIN,
					      .rcode = RCODE_NXDOMAIN,
					      .ttl = UINT32_MAX}; /* no such name can exist */
	else
		lookup_ask(lookup, lookup->srv_name, RR_SRV, &lookup->srv);
	lookup_ask(lookup, lookup->domain.name, RR_MX, &lookup->mx);
}

bool
phase_discover_done(const struct lookup *lookup)
{
	return lookup->srv.state != ANSWER_PENDING && lookup->mx.state != ANSWER_PENDING;
}
