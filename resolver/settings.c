/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* Goes along while the options are read. */
struct parse {
	const struct options *options;
	struct arena *arena;
};

static unsigned long
number(const struct options *options, const char *name)
{
	return strtoul(options_get(options, name), NULL, 10);
}

/* Room for as many things as the list has items, and their number. */
static void *
list_room(const struct parse *p, const char *name, size_t size, size_t *ret_n)
{
	const char *list = options_get(p->options, name), *item;
	size_t length, n = 0;

	while (options_next_item(&list, &item, &length))
		n++;
	*ret_n = n;
	return arena_array(p->arena, n, size);
}

/* Goes through the items of an option: body sees item, length and at, the item's number. */
#define FOR_ITEMS(p, name)                                       \
	const char *list = options_get(p->options, name), *item; \
	size_t length;                                           \
	for (size_t at = 0; options_next_item(&list, &item, &length); at++)

static struct port_set
parse_port_set(const struct parse *p, const char *name)
{
	struct port_set set;

	set.ranges = list_room(p, name, sizeof(*set.ranges), &set.n);
	if (!set.ranges)
		return (struct port_set){0};
	FOR_ITEMS(p, name)
	{
		item_ports(item, length, &set.ranges[at]);
	}
	return set;
}

static struct network_set
parse_network_set(const struct parse *p, const char *name)
{
	struct network_set set;

	set.networks = list_room(p, name, sizeof(*set.networks), &set.n);
	if (!set.networks)
		return (struct network_set){0};
	FOR_ITEMS(p, name)
	{
		item_network(item, length, &set.networks[at]);
	}
	return set;
}

static struct texts
parse_texts(const struct parse *p, const char *name)
{
	struct texts texts;

	texts.items = list_room(p, name, sizeof(*texts.items), &texts.n);
	if (!texts.items)
		return (struct texts){0};
	FOR_ITEMS(p, name)
	{
		char *copy = arena_alloc(p->arena, length + 1);

		if (copy)
			memcpy(copy, item, length);
		texts.items[at] = copy;
	}
	return texts;
}

static struct own_names
parse_names(const struct parse *p, const char *name)
{
	struct own_names own = {0};
	size_t n, used = 0;

	own.names = list_room(p, name, LIMIT_NAME, &n);
	if (!own.names)
		return own;
	FOR_ITEMS(p, name)
	{
		dname_from_text(item, length, own.names + used);
		used += dname_length(own.names + used);
		own.n = at + 1;
	}
	return own;
}

static struct servers
parse_servers(const struct parse *p, const char *name, bool is_stub)
{
	struct servers servers = {0};
	size_t n;

	servers.items = list_room(p, name, sizeof(*servers.items), &n);
	if (!servers.items)
		return servers;
	FOR_ITEMS(p, name)
	{
		struct server *server = &servers.items[servers.n];

		if (item_is_resolv_conf(item, length))
			continue;
		if (is_stub)
			item_stub(item, length, server);
		else
			item_server(item, length, server);
		servers.n++;
		(void)at;
	}
	return servers;
}

static bool
names_resolv_conf(const struct parse *p)
{
	FOR_ITEMS(p, "upstream")
	{
		if (item_is_resolv_conf(item, length))
			return true;
		(void)at;
	}
	return false;
}

static void
parse_zones(const struct parse *p, struct settings *s)
{
	struct texts texts = parse_texts(p, "zone");

	s->zones = arena_array(p->arena, texts.n, sizeof(*s->zones));
	for (size_t i = 0; s->zones && i < texts.n; i++) {
		if (!texts.items[i])
			return;
		s->zones[i].file =
			item_zone_name(texts.items[i], strlen(texts.items[i]), s->zones[i].zone);
		s->n_zones = i + 1;
	}
}

static void
parse_policy(const struct parse *p, struct policy_settings *s)
{
	static const enum srv_use srv[] = {SRV_USE_AUTO, SRV_USE_ANY, SRV_USE_SECURE, SRV_USE_OFF};
	static const enum srv_fallback fallback[] = {SRV_FALLBACK_EXHAUSTED, SRV_FALLBACK_UNUSABLE,
						     SRV_FALLBACK_ABSENT};
	static const enum family_use family[] = {FAMILY_BOTH, FAMILY_4, FAMILY_6};
	static const enum family_prefer prefer[] = {PREFER_6, PREFER_4, PREFER_ANY};
	static const enum dane_use dane[] = {DANE_ON, DANE_REQUIRE, DANE_OFF};
	const char *key = options_get(p->options, "limit-key");

	s->srv = srv[options_choice(p->options, "srv")];
	s->srv_null_ignored = options_choice(p->options, "srv-null") == 1;
	s->srv_error_defers = options_choice(p->options, "srv-error") == 1;
	s->srv_fallback = fallback[options_choice(p->options, "srv-fallback")];
	s->ports_insecure = parse_port_set(p, "ports-insecure");
	s->ports_secure = parse_port_set(p, "ports-secure");
	s->family = family[options_choice(p->options, "family")];
	s->prefer = prefer[options_choice(p->options, "prefer")];
	s->allow = parse_network_set(p, "allow-networks");
	s->deny = parse_network_set(p, "deny-networks");
	s->nat64 = parse_network_set(p, "nat64-prefixes");
	s->own_names = parse_names(p, "own-names");
	s->dnssec_required = options_choice(p->options, "dnssec") == 1;
	s->dane = dane[options_choice(p->options, "dane")];
	s->limit_key = hash_bytes(0, key, strlen(key));
}

static const char *
text(const struct parse *p, const char *name)
{
	const char *value = options_get(p->options, name);

	return arena_copy(p->arena, value, strlen(value) + 1);
}

bool
settings_parse(const struct options *options, struct arena *arena, struct settings *ret)
{
	struct parse p = {options, arena};
	struct settings s = {0};

	parse_policy(&p, &s.policy);
	parse_zones(&p, &s);
	s.dnssec_off = options_choice(options, "dnssec") == 2;
	if (s.dnssec_off && s.policy.dane == DANE_ON)
		s.policy.dane = DANE_OFF;
	s.single_label = options_bool(options, "single-label");
	s.srv_label = text(&p, "srv-label");
	s.trust_anchors = parse_texts(&p, "trust-anchor");
	s.upstreams = parse_servers(&p, "upstream", false);
	s.upstream_resolv_conf = names_resolv_conf(&p);
	s.stubs = parse_servers(&p, "stub", true);
	s.own_addresses = parse_network_set(&p, "own-addresses");
	s.own_ports = parse_port_set(&p, "own-ports");
	s.deadline_ms = (unsigned)number(options, "deadline-ms");
	s.delivery_attempts = (unsigned)number(options, "delivery-attempts");
	s.delivery_deadline_ms = (unsigned)number(options, "delivery-deadline-ms");
	s.backoff = options_bool(options, "backoff");
	s.sts = NMX_WITH_STS && options_choice(options, "sts") == 0;
	s.sts_timeout_s = (unsigned)number(options, "sts-timeout");
	s.sts_ca_file = text(&p, "sts-ca-file");
	s.state_dir = text(&p, "state-dir");
	s.max_questions = (unsigned)number(options, "max-questions");
	s.cache_size = number(options, "cache-size");
	s.cache_max_ttl = (unsigned)number(options, "cache-max-ttl");
	s.records = options_bool(options, "records");
	s.outgoing_range = (unsigned)number(options, "outgoing-range");
	s.qname_minimisation = options_bool(options, "qname-minimisation");
	s.dns_cache_large = options_choice(options, "dns-cache") == 1;
	if (arena->failed)
		return false;
	*ret = s;
	return true;
}
