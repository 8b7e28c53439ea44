/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/answer_hosts.h"

#include <stdbool.h>
#include <string.h>

enum {
	SMTP_PORT = 25,
	/* The library lists a limited number of drops. No honest route comes near this one; beyond it a
	 * stranger may have made so many in order to hide one. */
	DROPS_BELIEVED = 256,
};

/* Connecting to these is connecting to this machine, though they are refused as reserved. */
static bool
is_unspecified(const char *address)
{
	return strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0 ||
	       strcmp(address, "::ffff:0.0.0.0") == 0;
}

/*
 * Whether a name with such an address stays out of answers:
 *
 *	code                                  port 25   another
 *	loopback-address, self, 0.0.0.0, ::   out       out       the MTA would talk to itself
 *	denied-address, dnssec-required       out       out       the operator has forbidden it
 *	private-address, reserved-address     stays     out
 *	limit of a whole host                 stays     out       it has addresses nobody judged
 *
 * Port 25 of a private address is where every MTA goes that is told so by an MX record, and what
 * listens there is made for mail from strangers. Other ports are ours alone: only SRV leads there,
 * and it must not be a way to make the MTA talk to whatever listens inside (RULES PORT-1).
 */
static bool
is_out_for(const struct nmx_drop *drop, unsigned port)
{
	switch (nmx_drop_code(drop)) {
	case NMX_DROP_LOOPBACK_ADDRESS:
	case NMX_DROP_SELF:
	case NMX_DROP_DENIED_ADDRESS:
	case NMX_DROP_DNSSEC_REQUIRED:
		return true;
	case NMX_DROP_PRIVATE_ADDRESS:
	case NMX_DROP_RESERVED_ADDRESS:
		return port != SMTP_PORT || is_unspecified(nmx_drop_address(drop));
	case NMX_DROP_LIMIT:
		return port != SMTP_PORT && nmx_drop_address(drop)[0] == '\0';
	default:
		return false;
	}
}

static bool
is_out_by(const struct nmx_drop *drop, const struct nmx_host *host)
{
	return nmx_drop_port(drop) == nmx_host_port(host) &&
	       strcmp(nmx_drop_host(drop), nmx_host_name(host)) == 0 &&
	       is_out_for(drop, nmx_host_port(host));
}

/* When the texts of drops are cut, the last one stands for others and has the outcome's rule. */
static bool
is_cut(const struct nmx_route *route)
{
	size_t n = nmx_route_dropped_count(route);

	return n > DROPS_BELIEVED ||
	       (n && strcmp(nmx_drop_rule(nmx_route_dropped(route, n - 1)), "OUT-1") == 0);
}

static bool
may_be_named(const struct nmx_route *route, const struct nmx_plan *plan,
	     const struct nmx_host *host)
{
	if (nmx_host_port(host) != SMTP_PORT && is_cut(route))
		return false;
	for (size_t i = 0; i < nmx_route_dropped_count(route); i++)
		if (is_out_by(nmx_route_dropped(route, i), host))
			return false;
	for (size_t i = 0; i < nmx_plan_dropped_count(plan); i++)
		if (is_out_by(nmx_plan_dropped(plan, i), host))
			return false;
	return true;
}

static bool
is_among(const struct nmx_host *host, const struct nmx_host *const *hosts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (nmx_host_port(hosts[i]) == nmx_host_port(host) &&
		    strcmp(nmx_host_name(hosts[i]), nmx_host_name(host)) == 0)
			return true;
	return false;
}

/* An answer cannot say that TLS begins with the first octet: the MTA would wait for a greeting. */
size_t
answer_hosts(const struct nmx_route *route, const struct nmx_plan *plan,
	     const struct nmx_host *ret_hosts[static ANSWER_HOSTS])
{
	size_t n = 0;

	for (size_t i = 0; i < nmx_plan_count(plan) && n < ANSWER_HOSTS; i++) {
		const struct nmx_endpoint *endpoint = nmx_plan_endpoint(plan, i);
		const struct nmx_host *host = nmx_endpoint_host(endpoint);

		if (nmx_endpoint_implicit_tls(endpoint) || is_among(host, ret_hosts, n))
			continue;
		if (may_be_named(route, plan, host))
			ret_hosts[n++] = host;
	}
	return n;
}
