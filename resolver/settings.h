/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of a context in the form that it works with: parsed once, when it starts, then frozen. */
#ifndef NMX_RESOLVER_SETTINGS_H
#define NMX_RESOLVER_SETTINGS_H

#include "base/arena.h"
#include "policy/settings.h"
#include "resolver/option_items.h"
#include "resolver/options.h"

/* A list of texts: files, names. */
struct texts {
	const char **items;
	size_t n;
};

struct servers {
	struct server *items;
	size_t n;
};

/* NAME=FILE */
struct zone_file {
	uint8_t zone[LIMIT_NAME];
	const char *file;
};

struct settings {
	struct policy_settings policy;
	bool dnssec_off;
	bool single_label;
	const char *srv_label;
	struct texts trust_anchors;
	struct servers upstreams, stubs;
	bool upstream_resolv_conf;
	struct zone_file *zones;
	size_t n_zones;
	struct network_set own_addresses; /* single addresses */
	struct port_set own_ports;
	unsigned delivery_attempts, delivery_deadline_ms;
	bool backoff;
	bool records;
	bool sts;
	unsigned sts_timeout_s;
	const char *sts_ca_file, *state_dir;
	unsigned deadline_ms, max_questions, cache_max_ttl, outgoing_range;
	size_t cache_size;
	bool qname_minimisation, dns_cache_large;
};

/* False if memory ran out. The settings live in the arena. */
bool settings_parse(const struct options *options, struct arena *arena, struct settings *ret);

/* Whether questions go to a resolver that the operator named. */
static inline bool
settings_forward(const struct settings *s)
{
	return s->upstreams.n || s->upstream_resolv_conf;
}

#endif
