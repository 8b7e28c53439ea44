/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registry of options, and the settings that come out of it. Values are checked when they are
 * set, so that the error can name the value; they are parsed once, when the context starts.
 */
#ifndef NMX_RESOLVER_OPTIONS_H
#define NMX_RESOLVER_OPTIONS_H

#include "base/arena.h"
#include "base/clock.h"
#include "policy/settings.h"

/* A list of texts: files, names. */
struct texts {
	const char **items;
	size_t n;
};

/* ZONE=ADDR[@PORT], or an upstream, whose zone is the root. */
struct server {
	uint8_t zone[LIMIT_NAME];
	struct address address;
	uint16_t port;
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
	unsigned deadline_ms, max_questions, cache_max_ttl, outgoing_range;
	size_t cache_size;
	bool qname_minimisation, dns_cache_large;
};

struct options {
	char **values; /* by index of the registry; NULL: the default */
};

/* False if memory ran out. */
bool options_init(struct options *options);
void options_done(struct options *options);

/* 0, or NMX_E_OPTION, NMX_E_VALUE, NMX_E_NOMEM with a sentence in error. */
int options_set(struct options *options, const char *name, const char *value, struct text *error);
/* NULL if there is no such option. */
const char *options_get(const struct options *options, const char *name);

/* False if memory ran out. The settings live in the arena. */
bool options_parse(const struct options *options, struct arena *arena, struct settings *ret);

#endif
