/* SPDX-License-Identifier: BSD-2-Clause */
/* The public view of a route; see nextmx.h. */
#include "resolver/route.h"

#define GETTER(type, name, field)                            \
	type nmx_route_##name(const struct nmx_route *route) \
	{                                                    \
		return route->field;                         \
	}

GETTER(enum nmx_outcome, outcome, outcome)
GETTER(const char *, status, status)
GETTER(const char *, reason, reason)
GETTER(const char *, domain, domain)
GETTER(const char *, ascii, ascii)
GETTER(uint32_t, ttl, ttl)
GETTER(size_t, size, size)
GETTER(enum nmx_source, source, source)
GETTER(enum nmx_security, security, security)
GETTER(enum nmx_sts_mode, sts_mode, sts.mode)
GETTER(const char *, sts_id, sts.id ? route->sts.id : "")
GETTER(uint32_t, sts_age, sts.age)
GETTER(uint32_t, sts_max_age, sts.max_age)
GETTER(int, sts_was_fetched, sts.was_fetched)
GETTER(int, sts_is_awaited, sts.is_awaited)
GETTER(size_t, sts_mx_count, sts.n_mx)
GETTER(size_t, host_count, n_hosts)
GETTER(size_t, dropped_count, n_drops)
GETTER(size_t, why_count, n_why)
GETTER(size_t, query_count, n_queries)

const char *
nmx_route_sts_mx(const struct nmx_route *route, size_t i)
{
	return i < route->sts.n_mx ? route->sts.mx[i] : NULL;
}

const struct nmx_host *
nmx_route_host(const struct nmx_route *route, size_t i)
{
	return i < route->n_hosts ? &route->hosts[i] : NULL;
}

#define HOST_GETTER(type, name, field)                    \
	type nmx_host_##name(const struct nmx_host *host) \
	{                                                 \
		return host->field;                       \
	}

HOST_GETTER(enum nmx_source, stage, stage)
HOST_GETTER(uint16_t, priority, priority)
HOST_GETTER(uint32_t, weight, weight)
HOST_GETTER(const char *, name, name)
HOST_GETTER(uint16_t, port, port)
HOST_GETTER(size_t, address_count, n_addresses)
HOST_GETTER(enum nmx_tls, tls, tls)
HOST_GETTER(const char *, sni, sni)
HOST_GETTER(size_t, reference_count, n_references)
HOST_GETTER(size_t, tlsa_count, n_tlsa)

const char *
nmx_host_reference(const struct nmx_host *host, size_t i)
{
	return i < host->n_references ? host->references[i] : NULL;
}

const struct nmx_tlsa *
nmx_host_tlsa(const struct nmx_host *host, size_t i)
{
	return i < host->n_tlsa ? &host->tlsa[i] : NULL;
}

#define TLSA_GETTER(type, name, value)                    \
	type nmx_tlsa_##name(const struct nmx_tlsa *tlsa) \
	{                                                 \
		return value;                             \
	}

TLSA_GETTER(uint8_t, usage, tlsa->usage)
TLSA_GETTER(uint8_t, selector, tlsa->selector)
TLSA_GETTER(uint8_t, mtype, tlsa->mtype)
TLSA_GETTER(int, usable, tlsa->state <= NMX_TLSA_WEAKER)
TLSA_GETTER(enum nmx_tlsa_state, state, tlsa->state)

const uint8_t *
nmx_tlsa_data(const struct nmx_tlsa *tlsa, size_t *ret_length)
{
	*ret_length = tlsa->length;
	return tlsa->data;
}

const struct sockaddr *
nmx_host_address(const struct nmx_host *host, size_t i, socklen_t *ret_length)
{
	const struct route_address *address;

	if (i >= host->n_addresses)
		return NULL;
	address = &host->addresses[i];
	if (ret_length)
		*ret_length = address->socket.any.sa_family == AF_INET
				      ? sizeof(struct sockaddr_in)
				      : sizeof(struct sockaddr_in6);
	return &address->socket.any;
}

double
nmx_host_share(const struct nmx_host *host)
{
	struct order_share share = route_share(host);

	return (double)share.part / (double)share.whole;
}

/* What the route keeps of the RRset; empty if nothing, or there is no such RRset. */
static struct route_records
records_of(const struct nmx_route *route, enum nmx_records records)
{
	if (!route->has_records || (unsigned)records >= ROUTE_RECORDS ||
	    route->records[records].rcode[0] == '\0')
		return (struct route_records){.rcode = "", .security = NMX_INDETERMINATE};
	return route->records[records];
}

#define RECORDS_GETTER(type, name, field)                                              \
	type nmx_route_##name(const struct nmx_route *route, enum nmx_records records) \
	{                                                                              \
		return records_of(route, records).field;                               \
	}

RECORDS_GETTER(const char *, records_rcode, rcode)
RECORDS_GETTER(enum nmx_security, records_security, security)
RECORDS_GETTER(size_t, records_published, n_published)
RECORDS_GETTER(size_t, record_count, n)

const struct nmx_record *
nmx_route_record(const struct nmx_route *route, enum nmx_records records, size_t i)
{
	struct route_records kept = records_of(route, records);

	return i < kept.n ? &kept.records[i] : NULL;
}

#define RECORD_GETTER(type, name)                               \
	type nmx_record_##name(const struct nmx_record *record) \
	{                                                       \
		return record->name;                            \
	}

RECORD_GETTER(uint16_t, priority)
RECORD_GETTER(uint16_t, weight)
RECORD_GETTER(uint16_t, port)
RECORD_GETTER(const char *, name)

const struct nmx_drop *
nmx_route_dropped(const struct nmx_route *route, size_t i)
{
	return i < route->n_drops ? &route->drops[i] : NULL;
}

#define DROP_GETTER(type, name, value)                    \
	type nmx_drop_##name(const struct nmx_drop *drop) \
	{                                                 \
		return value;                             \
	}

DROP_GETTER(enum nmx_source, stage, drop->stage)
DROP_GETTER(const char *, host, drop->host)
DROP_GETTER(uint16_t, port, drop->port)
DROP_GETTER(const char *, address, drop->address)
DROP_GETTER(enum nmx_drop_code, code, drop->code)
DROP_GETTER(const char *, rule, why_rule(why_code_at(drop->line)))

static int
print_line(const uint8_t *line, char *ret_text, size_t size)
{
	struct text text = text_into(ret_text, size);

	why_print(&text, line);
	return (int)text.length;
}

int
nmx_drop_text(const struct nmx_drop *drop, char *ret_text, size_t size)
{
	return print_line(drop->line, ret_text, size);
}

const char *
nmx_route_why_phase(const struct nmx_route *route, size_t i)
{
	const uint8_t *line = why_line(route->why, route->n_why, i);

	return line ? why_phase(why_code_at(line)) : NULL;
}

const char *
nmx_route_why_rule(const struct nmx_route *route, size_t i)
{
	const uint8_t *line = why_line(route->why, route->n_why, i);

	return line ? why_rule(why_code_at(line)) : NULL;
}

int
nmx_route_why(const struct nmx_route *route, size_t i, char *ret_text, size_t size)
{
	const uint8_t *line = why_line(route->why, route->n_why, i);

	return line ? print_line(line, ret_text, size) : NMX_E_INVALID;
}

#define QUERY_GETTER(type, name, value, beyond)                              \
	type nmx_route_query_##name(const struct nmx_route *route, size_t i) \
	{                                                                    \
		return i < route->n_queries ? (value) : (beyond);            \
	}

QUERY_GETTER(const char *, name, route->queries[i].name, NULL)
QUERY_GETTER(const char *, type, rr_type_name(route->queries[i].type), NULL)
QUERY_GETTER(const char *, rcode, route->queries[i].rcode, NULL)
QUERY_GETTER(enum nmx_security, security, route->queries[i].security, NMX_INDETERMINATE)
QUERY_GETTER(uint32_t, ttl, route->queries[i].ttl, 0)
QUERY_GETTER(double, ms, route->queries[i].us / 1000.0, 0)
