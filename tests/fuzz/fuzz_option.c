/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of options: the first octet chooses one of the registry, the rest is its value, twice. */
#include "target.h"

#include <string.h>

#include <nextmx.h>

#include "resolver/settings.h"

/* Kept by hand, since libFuzzer and the driver want a constant; checked below. */
const unsigned fuzz_kinds = 38;

static void
check_ports(const struct port_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		MUST(set->ranges[i].first >= 1 && set->ranges[i].first <= set->ranges[i].last);
}

static void
check_networks(const struct network_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct network *network = &set->networks[i];

		MUST(network->address.family == 4 || network->address.family == 6);
		MUST(network->prefix <= (network->address.family == 4 ? 32 : 128));
		MUST(network_contains(network, &network->address));
	}
}

static void
check_servers(const struct servers *servers)
{
	for (size_t i = 0; i < servers->n; i++) {
		MUST(servers->items[i].port != 0);
		MUST(servers->items[i].address.family == 4 ||
		     servers->items[i].address.family == 6);
		MUST(dname_is_root(servers->items[i].zone) ||
		     dname_is_host(servers->items[i].zone));
	}
}

static void
check_settings(const struct settings *s)
{
	const uint8_t *name = s->policy.own_names.names;

	check_ports(&s->policy.ports_insecure);
	check_ports(&s->policy.ports_secure);
	check_ports(&s->own_ports);
	check_networks(&s->policy.allow);
	check_networks(&s->policy.deny);
	check_networks(&s->policy.nat64);
	check_networks(&s->own_addresses);
	check_servers(&s->stubs);
	check_servers(&s->upstreams);
	for (size_t i = 0; i < s->policy.own_names.n; i++, name += dname_length(name))
		MUST(dname_is_host(name));
	for (size_t i = 0; i < s->n_zones; i++)
		MUST(s->zones[i].file && !strchr(s->zones[i].file, '"') &&
		     !strchr(s->zones[i].file, '\n'));
	for (size_t i = 0; i < s->trust_anchors.n; i++)
		MUST(!strchr(s->trust_anchors.items[i], '"') &&
		     !strchr(s->trust_anchors.items[i], '\n'));
	MUST(*s->srv_label && !strchr(s->srv_label, '.') && is_printable(s->srv_label, false));
	MUST(s->deadline_ms >= 1 && s->max_questions >= 1 && s->outgoing_range >= 16);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct options options;
	struct settings settings;
	struct arena arena;
	const char *name;
	char *value;

	MUST(nmx_option_count() == fuzz_kinds);
	if (size < 1)
		return 0;
	name = nmx_option_name(data[0] % fuzz_kinds);
	value = string_of(data + 1, size - 1);
	arena_init(&arena);
	MUST(options_init(&options));
	for (int i = 0; i < 2; i++) { /* the second appends to a list */
		char buffer[4096];
		struct text error = text_into(buffer, sizeof(buffer));
		int result = options_set(&options, name, value, &error);

		MUST(result == 0 || result == NMX_E_VALUE);
		MUST((result == 0) == (*buffer == '\0') && is_printable(buffer, true));
		MUST(options_get(&options, name));
	}
	MUST(settings_parse(&options, &arena, &settings));
	check_settings(&settings);
	options_done(&options);
	arena_done(&arena);
	free(value);
	return 0;
}
