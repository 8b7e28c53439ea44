/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/compare/judge.h"

#include <string.h>

const struct read_way *
judge_way_mx(const struct read_line *line)
{
	return line->has_mx ? &line->mx : &line->route;
}

bool
judge_is_compared(const struct read_line *line)
{
	return line->has_mx && line->source == SOURCE_SRV &&
	       line->route.outcome == OUTCOME_DELIVERABLE &&
	       line->mx.outcome == OUTCOME_DELIVERABLE;
}

/* ---- Records ------------------------------------------------------------------------------------ */

static bool
is_open(enum label_state state)
{
	return state == STATE_FAILED || state == STATE_BOGUS;
}

/*
 *	SRV \ MX          published  null, absent  no-domain  failed, bogus  not-asked
 *	published         both       srv-only      srv-only   unknown        not-asked
 *	null, absent      mx-only    neither       no-domain  unknown        not-asked
 *	failed, bogus     unknown    unknown       no-domain  unknown        not-asked
 *	not-asked         not-asked  not-asked     not-asked  not-asked      not-asked
 *
 * Below a domain that does not exist is nothing (RFC 8020), even if the answer about it failed.
 */
enum label_publish
judge_publish(enum label_state srv, enum label_state mx)
{
	if (srv == STATE_NOT_ASKED || mx == STATE_NOT_ASKED)
		return PUBLISH_NOT_ASKED;
	if (mx == STATE_NO_DOMAIN)
		return srv == STATE_PUBLISHED ? PUBLISH_SRV_ONLY : PUBLISH_NO_DOMAIN;
	if (is_open(srv) || is_open(mx))
		return PUBLISH_UNKNOWN;
	if (srv == STATE_PUBLISHED)
		return mx == STATE_PUBLISHED ? PUBLISH_BOTH : PUBLISH_SRV_ONLY;
	return mx == STATE_PUBLISHED ? PUBLISH_MX_ONLY : PUBLISH_NEITHER;
}

/* How many of a's records name a host that b names, too. At most 128 times 128 comparisons. */
static size_t
count_common(const struct read_records *a, const struct read_records *b)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n_records; i++)
		for (size_t j = 0; j < b->n_records; j++)
			if (strcmp(a->records[i].name, b->records[j].name) == 0) {
				n++;
				break;
			}
	return n;
}

enum label_agreement
judge_agreement(const struct read_records *srv, const struct read_records *mx)
{
	size_t of_srv = count_common(srv, mx), of_mx = count_common(mx, srv);
	bool is_srv_in_mx = of_srv == srv->n_records, is_mx_in_srv = of_mx == mx->n_records;

	if (is_srv_in_mx && is_mx_in_srv)
		return AGREEMENT_SAME;
	if (is_srv_in_mx)
		return AGREEMENT_SRV_FEWER;
	if (is_mx_in_srv)
		return AGREEMENT_SRV_MORE;
	return of_srv > 0 ? AGREEMENT_OVERLAP : AGREEMENT_DISJOINT;
}

enum label_ports
judge_ports(const struct read_records *srv)
{
	size_t n = 0;

	for (size_t i = 0; i < srv->n_records; i++)
		n += srv->records[i].port == 25;
	return n == srv->n_records ? PORTS_ONLY_25 : n > 0 ? PORTS_SOME_25 : PORTS_NEVER_25;
}

enum label_tiers
judge_tiers(const struct read_records *srv)
{
	for (size_t i = 1; i < srv->n_records; i++)
		if (srv->records[i].priority != srv->records[0].priority)
			return TIERS_SEVERAL;
	return TIERS_ONE;
}

enum label_weights
judge_weights(const struct read_records *srv)
{
	unsigned best = srv->records[0].priority, least = 65535, most = 0;
	size_t n = 0;

	for (size_t i = 1; i < srv->n_records; i++)
		if (srv->records[i].priority < best)
			best = srv->records[i].priority;
	for (size_t i = 0; i < srv->n_records; i++) {
		const struct read_record *record = &srv->records[i];

		if (record->priority != best)
			continue;
		n++;
		least = record->weight < least ? record->weight : least;
		most = record->weight > most ? record->weight : most;
	}
	if (n == 1)
		return WEIGHTS_ALONE;
	return most == 0 ? WEIGHTS_ALL_ZERO : least == most ? WEIGHTS_EQUAL : WEIGHTS_UNEQUAL;
}

static void
judge_records(const struct read_records *srv, const struct read_records *mx, int *ret)
{
	ret[GROUP_PUBLISH] = (int)judge_publish(srv->state, mx->state);
	ret[GROUP_SRV] = (int)srv->state;
	ret[GROUP_MX] = (int)mx->state;
	if (ret[GROUP_PUBLISH] == PUBLISH_BOTH)
		ret[GROUP_AGREEMENT] = (int)judge_agreement(srv, mx);
	if (mx->state == STATE_PUBLISHED)
		ret[GROUP_MX_SECURITY] = mx->is_secure ? SECURITY_SECURE : SECURITY_INSECURE;
	if (srv->state != STATE_PUBLISHED)
		return;
	ret[GROUP_SRV_SECURITY] = srv->is_secure ? SECURITY_SECURE : SECURITY_INSECURE;
	ret[GROUP_PORTS] = (int)judge_ports(srv);
	ret[GROUP_TIERS] = (int)judge_tiers(srv);
	ret[GROUP_WEIGHTS] = (int)judge_weights(srv);
}

/* ---- Routes ------------------------------------------------------------------------------------- */

static int
part_of(size_t n, size_t all)
{
	return n == all ? PART_ALL : n > 0 ? PART_SOME : PART_NONE;
}

static int
judge_dane(const struct read_way *way)
{
	size_t n = 0;

	for (size_t i = 0; i < way->n_hosts; i++)
		n += way->hosts[i].tls == TLS_DANE;
	return part_of(n, way->n_hosts);
}

static int
judge_security(const struct read_way *way)
{
	size_t n = 0;

	for (size_t i = 0; i < way->n_hosts; i++)
		n += way->hosts[i].is_secure;
	return part_of(n, way->n_hosts);
}

enum label_tls
judge_tls(const struct read_host *hosts, size_t n)
{
	enum label_tls least = TLS_DANE;

	for (size_t i = 0; i < n; i++)
		if (hosts[i].tls > least)
			least = hosts[i].tls;
	return least;
}

enum label_change
judge_change(enum label_outcome outcome, enum label_outcome by_mx)
{
	if (outcome == by_mx)
		return CHANGE_SAME;
	if (outcome == OUTCOME_DELIVERABLE)
		return CHANGE_GAINED;
	return by_mx == OUTCOME_DELIVERABLE ? CHANGE_LOST : CHANGE_OTHER;
}

static int
judge_requirement(const struct read_way *route, const struct read_way *mx)
{
	enum label_tls routed = judge_tls(route->hosts, route->n_best);
	enum label_tls by_mx = judge_tls(mx->hosts, mx->n_best);

	return routed < by_mx	? REQUIREMENT_STRONGER
	       : routed > by_mx ? REQUIREMENT_WEAKER
				: REQUIREMENT_SAME;
}

static void
judge_ways(const struct read_line *line, int *ret)
{
	const struct read_way *route = &line->route, *mx = judge_way_mx(line);

	ret[GROUP_OUTCOME] = (int)route->outcome;
	ret[GROUP_OUTCOME_MX] = (int)mx->outcome;
	if (route->outcome == OUTCOME_DELIVERABLE) {
		ret[GROUP_HOST_SECURITY] = judge_security(route);
		ret[GROUP_DANE] = judge_dane(route);
		ret[GROUP_TLS] = (int)judge_tls(route->hosts, route->n_hosts);
	}
	if (mx->outcome == OUTCOME_DELIVERABLE) {
		ret[GROUP_DANE_MX] = judge_dane(mx);
		ret[GROUP_TLS_MX] = (int)judge_tls(mx->hosts, mx->n_hosts);
	}
	if (line->has_mx)
		ret[GROUP_CHANGE] = (int)judge_change(route->outcome, mx->outcome);
	if (judge_is_compared(line))
		ret[GROUP_REQUIREMENT] = judge_requirement(route, mx);
}

void
judge_line(const struct read_line *line, int ret_labels[N_GROUPS])
{
	for (size_t i = 0; i < N_GROUPS; i++)
		ret_labels[i] = NOT_COUNTED;
	judge_records(&line->srv_records, &line->mx_records, ret_labels);
	judge_ways(line, ret_labels);
	ret_labels[GROUP_STS] = (int)line->sts;
	ret_labels[GROUP_SOURCE] = (int)line->source;
}
