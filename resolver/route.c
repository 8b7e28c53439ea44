/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/route.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/*
 * The block is laid out by going through the parts twice with the same code: once without memory,
 * to know its size, and once to fill it.
 */
struct block {
	uint8_t *bytes; /* NULL: only measure */
	size_t used;
};

static void *
take(struct block *block, size_t size, size_t align)
{
	size_t start = (block->used + align - 1) & ~(align - 1); /* a power of two */

	block->used = start + size;
	return block->bytes ? block->bytes + start : NULL;
}

#define TAKE(block, type, n) ((type *)take(block, (n) * sizeof(type), _Alignof(type)))

static const char *
take_string(struct block *block, const char *string)
{
	size_t n = strlen(string) + 1;
	char *copy = TAKE(block, char, n);

	return copy ? memcpy(copy, string, n) : NULL;
}

static const char *
take_name(struct block *block, const uint8_t *name)
{
	char buffer[LIMIT_NAME_TEXT];

	return take_string(block, dname_text(name, buffer));
}

static void
fill_address(struct route_address *to, const struct host_address *from, uint16_t port)
{
	memset(to, 0, sizeof(*to));
	to->security = from->security;
	if (from->address.family == 4) {
		to->socket.v4.sin_family = AF_INET;
		to->socket.v4.sin_port = htons(port);
		memcpy(&to->socket.v4.sin_addr, from->address.bytes, 4);
	} else {
		to->socket.v6.sin6_family = AF_INET6;
		to->socket.v6.sin6_port = htons(port);
		memcpy(&to->socket.v6.sin6_addr, from->address.bytes, 16);
	}
}

/* The names to verify. */
static const char **
take_references(struct block *block, const struct host_tls *tls)
{
	const char **references = TAKE(block, const char *, tls->n_references);

	for (size_t i = 0; i < tls->n_references; i++) {
		const char *name = take_name(block, tls->references[i]);

		if (references)
			references[i] = name;
	}
	return references;
}

static struct nmx_tlsa *
take_tlsa(struct block *block, const struct host_tls *tls)
{
	struct nmx_tlsa *tlsa = TAKE(block, struct nmx_tlsa, tls->n_tlsa);

	for (size_t i = 0; i < tls->n_tlsa; i++) {
		const struct tlsa_record *from = &tls->tlsa[i];
		uint8_t *data = TAKE(block, uint8_t, from->rr.length);

		if (!tlsa)
			continue;
		if (from->rr.length)
			memcpy(data, from->rr.data, from->rr.length);
		tlsa[i] = (struct nmx_tlsa){from->rr.usage, from->rr.selector,
					    from->rr.mtype, from->state,
					    data,	    from->rr.length};
	}
	return tlsa;
}

static void
lay_host(struct block *block, const struct stage *stage, const struct host *host,
	 const char *literal, struct nmx_host *to)
{
	struct route_address *addresses = TAKE(block, struct route_address, host->n_addresses);
	const char *text = host->name ? host->text : literal;
	const char *name = text ? take_string(block, text) : take_name(block, host->name);
	const char *sni = host->tls.sni ? take_name(block, host->tls.sni)
			  : host->name	? name
					: take_string(block, "");
	const char **references = take_references(block, &host->tls);
	struct nmx_tlsa *tlsa = take_tlsa(block, &host->tls);

	if (!to)
		return;
	*to = (struct nmx_host){.stage = stage->source,
				.priority = host->priority,
				.port = host->port,
				.weight = host->weight,
				.name = name,
				.addresses = addresses,
				.n_addresses = host->n_addresses,
				.tls = host->tls.requirement,
				.is_misnamed = host->tls.is_misnamed,
				.sni = sni,
				.references = references,
				.n_references = host->tls.n_references,
				.tlsa = tlsa,
				.n_tlsa = host->tls.n_tlsa};
	for (size_t i = 0; i < host->n_addresses; i++)
		fill_address(&addresses[i], &host->addresses[i], host->port);
}

/* Tiers as a plan draws them: runs of one stage and priority. */
static void
number_tiers(struct nmx_host *hosts, size_t n)
{
	for (size_t start = 0, end; start < n; start = end) {
		for (end = start; end < n && hosts[end].stage == hosts[start].stage &&
				  hosts[end].priority == hosts[start].priority;
		     end++)
			hosts[end].tier_at = (uint8_t)(end - start);
		for (size_t i = start; i < end; i++)
			hosts[i].n_tier = (uint8_t)(end - start);
	}
}

static void
lay_hosts(struct block *block, const struct route_parts *p, struct nmx_route *route)
{
	size_t n = 0;
	struct nmx_host *hosts;

	for (size_t s = 0; s < p->n_stages; s++)
		for (size_t i = 0; i < p->stages[s].n_hosts; i++)
			n += !p->stages[s].hosts[i].out;
	hosts = TAKE(block, struct nmx_host, n);
	if (route) {
		route->hosts = hosts;
		route->n_hosts = n;
	}
	n = 0;
	for (size_t s = 0; s < p->n_stages; s++) {
		for (size_t i = 0; i < p->stages[s].n_hosts; i++) {
			const struct host *host = &p->stages[s].hosts[i];

			if (!host->out)
				lay_host(block, &p->stages[s], host, p->ascii,
					 hosts ? &hosts[n++] : NULL);
		}
	}
	if (hosts)
		number_tiers(hosts, n);
}

struct order_share
route_share(const struct nmx_host *host)
{
	const struct nmx_host *tier = host - host->tier_at;
	uint32_t weights[LIMIT_HOSTS];

	for (size_t i = 0; i < host->n_tier; i++)
		weights[i] = tier[i].weight;
	return order_first_share(weights, host->n_tier, host->tier_at);
}

static void
lay_drops(struct block *block, const struct route_parts *p, const uint8_t *lines,
	  struct nmx_route *route)
{
	const struct notes *notes = p->notes;
	struct nmx_drop *drops = TAKE(block, struct nmx_drop, notes->n_drops);

	for (size_t i = 0; i < notes->n_drops; i++) {
		const struct drop *from = &notes->drops[i];
		char buffer[ADDRESS_TEXT_SIZE];
		const char *host =
			from->host ? take_name(block, from->host) : take_string(block, p->ascii);
		const char *address = take_string(
			block, from->address ? address_text(from->address, buffer) : "");

		if (drops)
			drops[i] = (struct nmx_drop){from->stage, from->code, from->port,
						     host,	  address,    lines + from->text};
	}
	if (route) {
		route->drops = drops;
		route->n_drops = notes->n_drops;
	}
}

static void
lay_queries(struct block *block, const struct route_parts *p, struct nmx_route *route)
{
	struct route_query *queries = TAKE(block, struct route_query, p->n_queries);
	const char *name = NULL;

	for (size_t i = 0; i < p->n_queries; i++) {
		/* A and AAAA of a host share one. */
		if (i == 0 || p->queries[i].name != p->queries[i - 1].name)
			name = take_string(block, p->queries[i].name);
		if (!queries)
			continue;
		queries[i] = p->queries[i];
		queries[i].name = name;
	}
	if (route) {
		route->queries = queries;
		route->n_queries = p->n_queries;
	}
}

static const char *
take_pattern(struct block *block, const struct sts_pattern *pattern)
{
	char buffer[LIMIT_NAME_TEXT + 2];
	struct text text = text_into(buffer, sizeof(buffer));

	sts_pattern_print(&text, pattern);
	return take_string(block, buffer);
}

static void
lay_sts(struct block *block, const struct route_parts *p, struct nmx_route *route)
{
	const struct sts_policy *policy = p->sts;
	const char **mx = TAKE(block, const char *, policy->n_patterns);
	const char *id = take_string(block, p->sts_facts.id);

	for (size_t i = 0; i < policy->n_patterns; i++) {
		const char *pattern = take_pattern(block, &policy->patterns[i]);

		if (mx)
			mx[i] = pattern;
	}
	if (route) {
		route->sts = p->sts_facts;
		route->sts.mode = policy->mode;
		route->sts.max_age = policy->max_age;
		route->sts.id = id;
		route->sts.mx = mx;
		route->sts.n_mx = policy->n_patterns;
	}
}

static void
lay_rrset(struct block *block, const struct records *from, struct route_records *to)
{
	struct nmx_record *records = TAKE(block, struct nmx_record, from->n);

	for (size_t i = 0; i < from->n; i++) {
		const struct published *record = &from->records[i];
		const char *name = take_name(block, record->name);

		if (records)
			records[i] = (struct nmx_record){record->priority, record->weight,
							 record->port, name};
	}
	if (to)
		*to = (struct route_records){.rcode = from->rcode ? from->rcode : "",
					     .security = from->security,
					     .n_published = from->n_published,
					     .records = records,
					     .n = from->n};
}

/* The route with the records at its end: without them it is no larger for being able to have some. */
static struct nmx_route *
lay_head(struct block *block, const struct route_parts *p)
{
	size_t n = p->records ? ROUTE_RECORDS : 0;
	struct nmx_route *route = take(block, sizeof(*route) + n * sizeof(route->records[0]),
				       _Alignof(struct nmx_route));

	for (size_t i = 0; i < n; i++)
		lay_rrset(block, &p->records[i], route ? &route->records[i] : NULL);
	return route;
}

static uint8_t *
take_lines(struct block *block, const struct why *why)
{
	uint8_t *lines = TAKE(block, uint8_t, why->length);

	if (lines && why->length)
		memcpy(lines, why->bytes, why->length);
	return lines;
}

/* Lays the whole block out; returns the route at its start, NULL when measuring. */
static struct nmx_route *
lay(struct block *block, const struct route_parts *p)
{
	struct nmx_route *route = lay_head(block, p);
	const char *domain, *ascii, *reason;
	uint8_t *lines, *texts;

	lay_hosts(block, p, route);
	texts = take_lines(block, &p->notes->texts);
	lay_drops(block, p, texts, route);
	lay_queries(block, p, route);
	if (p->sts)
		lay_sts(block, p, route);
	lines = take_lines(block, &p->notes->lines);
	domain = take_string(block, p->domain);
	ascii = take_string(block, p->ascii);
	reason = take_string(block, p->verdict.reason);
	if (!route)
		return NULL;
	route->domain = domain;
	route->ascii = ascii;
	route->reason = reason;
	route->why = lines;
	route->why_length = p->notes->lines.length;
	route->n_why = p->notes->lines.n;
	return route;
}

struct nmx_route *
route_new(const struct route_parts *p)
{
	struct block block = {NULL, 0};
	struct nmx_route *route;

	lay(&block, p);
	block.bytes =
		malloc(block.used); /* calloc passes by the freed blocks that malloc has at hand */
	if (!block.bytes)
		return NULL;
	memset(block.bytes, 0, block.used);
	block.used = 0;
	route = lay(&block, p);
	atomic_init(&route->references, 1);
	route->size = block.used;
	route->kind = p->kind;
	route->has_records = p->records != NULL;
	route->own = p->own ? own_ref(p->own) : NULL;
	route->prefer = p->prefer;
	route->sts.trouble = p->sts_facts.trouble;
	route->sts.is_awaited = p->sts_facts.is_awaited;
	route->outcome = p->verdict.outcome;
	memcpy(route->status, p->verdict.code, sizeof(route->status));
	route->source = p->source;
	route->security = p->security;
	route->ttl = p->ttl;
	route->is_incomplete = p->is_incomplete;
	return route;
}

struct address
route_address_of(const struct route_address *from)
{
	struct address address = {.family = from->socket.any.sa_family == AF_INET ? 4 : 6};

	if (address.family == 4)
		memcpy(address.bytes, &from->socket.v4.sin_addr, 4);
	else
		memcpy(address.bytes, &from->socket.v6.sin6_addr, 16);
	return address;
}

const char *
route_address_text(const struct route_address *from, char buffer[static ADDRESS_TEXT_SIZE])
{
	struct address address = route_address_of(from);

	return address_text(&address, buffer);
}

struct nmx_route *
nmx_route_ref(struct nmx_route *route)
{
	if (route)
		atomic_fetch_add_explicit(&route->references, 1, memory_order_relaxed);
	return route;
}

void
nmx_route_unref(struct nmx_route *route)
{
	if (!route || atomic_fetch_sub_explicit(&route->references, 1, memory_order_acq_rel) != 1)
		return;
	own_unref(route->own);
	free(route);
}
