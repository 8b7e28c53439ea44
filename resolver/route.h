/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A route: one block of memory with an atomic reference count and no pointer to the lookup or the
 * context it came from. Its why lines and drops are codes and arguments; text is made when asked for.
 */
#ifndef NMX_RESOLVER_ROUTE_H
#define NMX_RESOLVER_ROUTE_H

#include "base/answer.h"
#include "base/why.h"
#include "policy/order.h"
#include "policy/records.h"
#include "policy/status.h"
#include "policy/sts.h"
#include "resolver/own.h"

#include <netinet/in.h>
#include <stdatomic.h>

/* What was asked for; routes of one domain for different ends are different routes. */
enum route_kind {
	ROUTE_WHOLE, /* the domain's, or a host's */
	ROUTE_MX,    /* by MX alone */
	ROUTE_SERVERS,
};

struct route_address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} socket;
	enum nmx_security security;
};

struct nmx_tlsa {
	uint8_t usage, selector, mtype;
	enum nmx_tlsa_state state;
	const uint8_t *data;
	size_t length;
};

struct nmx_host {
	enum nmx_source stage;
	enum nmx_tls tls;
	bool is_misnamed;	 /* by an MTA-STS policy in testing */
	uint8_t tier_at, n_tier; /* its place among the hosts of its tier, and how many they are */
	uint16_t priority, port;
	uint32_t weight;
	const char *name; /* "[192.0.2.1]" for a literal */
	struct route_address *addresses;
	size_t n_addresses;
	const char *sni;	 /* "" for a literal */
	const char **references; /* names to verify */
	size_t n_references;
	struct nmx_tlsa *tlsa;
	size_t n_tlsa;
};

struct nmx_record {
	uint16_t priority, weight, port;
	const char *name;
};

/* An RRset as published. */
struct route_records {
	const char *rcode; /* static; "": not asked, or not kept */
	enum nmx_security security;
	size_t n_published;
	struct nmx_record *records;
	size_t n;
};

enum { ROUTE_RECORDS = NMX_RECORDS_NS + 1 };

struct nmx_drop {
	enum nmx_source stage;
	enum nmx_drop_code code;
	uint16_t port;
	const char *host, *address;
	const uint8_t *line;
};

struct route_query {
	const char *name;
	uint16_t type;
	enum nmx_security security;
	const char *rcode; /* static */
	uint32_t ttl, us;
};

/* The MTA-STS policy that the route was judged by; mode ABSENT: none. */
struct route_sts {
	enum nmx_sts_mode mode;
	bool was_fetched; /* for this route, else held */
	unsigned trouble; /* enum sts_trouble, with a policy or without */
	bool is_awaited;  /* made before it was known whether there is one */
	const char *id;
	uint32_t max_age, age; /* seconds */
	const char **mx;       /* patterns */
	size_t n_mx;
};

struct nmx_route {
	atomic_uint references;
	enum route_kind kind;
	size_t size; /* of the block */
	struct own *own;
	atomic_uint no_self; /* own_version() by which no host is this machine; 0: not judged */
	enum family_prefer prefer;
	enum nmx_outcome outcome;
	enum nmx_source source;
	enum nmx_security security;
	uint32_t ttl;
	bool is_incomplete; /* a question failed, or was not asked: there may be more hosts */
	bool has_records;
	char status[8];
	const char *domain, *ascii, *reason;
	struct route_sts sts;
	struct nmx_host *hosts; /* in stage and tier order */
	size_t n_hosts;
	struct nmx_drop *drops;
	size_t n_drops;
	struct route_query *queries;
	size_t n_queries;
	uint8_t *why;
	size_t why_length, n_why;
	struct route_records records[]; /* ROUTE_RECORDS with has_records, else none */
};

/* What a route is made of; everything is copied. */
struct route_parts {
	enum route_kind kind;
	const char *domain, *ascii;
	struct verdict verdict;
	enum nmx_source source;
	enum nmx_security security;
	uint32_t ttl;
	bool is_incomplete;
	enum family_prefer prefer;
	struct own *own;	      /* a reference is taken */
	const struct sts_policy *sts; /* NULL: no policy */
	struct route_sts sts_facts;   /* trouble; id, age and was_fetched, if there is one */
	const struct stage *stages;
	size_t n_stages;
	const struct notes *notes;
	const struct records *records; /* of each enum nmx_records; NULL: none are kept */
	const struct route_query *queries;
	size_t n_queries;
};

/* NULL if memory ran out. */
struct nmx_route *route_new(const struct route_parts *parts);

/* The host's share of first attempts at its tier. */
struct order_share route_share(const struct nmx_host *host);

/* The text of a drop's address; the same of an endpoint's. */
const char *route_address_text(const struct route_address *address,
			       char buffer[static ADDRESS_TEXT_SIZE]);
struct address route_address_of(const struct route_address *address);

#endif
