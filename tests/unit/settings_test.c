/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "unit.h"

const char unit_name[] = "resolver/settings";

struct fixture {
	struct options options;
	struct arena arena;
	struct settings settings;
};

/* Sets pairs of names and values up to a NULL, and parses. */
static void
make(struct fixture *f, const char *const *pairs)
{
	arena_init(&f->arena);
	CHECK(options_init(&f->options), "memory");
	for (; *pairs; pairs += 2) {
		struct text error = text_growing();

		CHECK(options_set(&f->options, pairs[0], pairs[1], &error) == 0, "%s %s", pairs[0],
		      pairs[1]);
		free(error.data);
	}
	CHECK(settings_parse(&f->options, &f->arena, &f->settings), "memory");
}

static void
done(struct fixture *f)
{
	options_done(&f->options);
	arena_done(&f->arena);
}

#define PAIRS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void
defaults(void)
{
	struct fixture f;
	const struct settings *s = &f.settings;
	const struct policy_settings *p = &f.settings.policy;

	make(&f, PAIRS(NULL));
	CHECK(p->srv == SRV_USE_AUTO && !p->srv_null_ignored && !p->srv_error_defers &&
		      p->srv_fallback == SRV_FALLBACK_EXHAUSTED,
	      "SRV");
	CHECK(p->ports_insecure.n == 1 && p->ports_insecure.ranges[0].first == 25, "PORT-1");
	CHECK(p->ports_secure.n == 3 && p->ports_secure.ranges[2].first == 1024 &&
		      p->ports_secure.ranges[2].last == 65535,
	      "PORT-1");
	CHECK(p->family == FAMILY_BOTH && p->prefer == PREFER_6, "ADR-2");
	CHECK(p->allow.n == 0 && p->deny.n == 0 && p->nat64.n == 0 && p->own_names.n == 0, "lists");
	CHECK(!s->records, "records");
	CHECK(!p->dnssec_required && !s->dnssec_off, "DNSSEC-1");
	CHECK(!s->single_label && !s->upstream_resolv_conf && s->upstreams.n == 0 &&
		      s->stubs.n == 0 && s->n_zones == 0,
	      "DNS");
	CHECK_TEXT(s->srv_label, "_smtp", "SRV-1");
	CHECK(s->trust_anchors.n == 1, "anchor");
	CHECK_TEXT(s->trust_anchors.items[0], "/usr/share/dns/root.key", "anchor");
	CHECK(s->deadline_ms == 20000 && s->max_questions == 2000 && s->cache_max_ttl == 86400 &&
		      s->cache_size == 16777216 && s->outgoing_range == 1536,
	      "numbers");
	CHECK(s->own_addresses.n == 0 && s->own_ports.n == 1 && s->own_ports.ranges[0].first == 25,
	      "SELF-1");
	CHECK(!s->qname_minimisation && !s->dns_cache_large, "the rest");
	done(&f);
}

static const struct {
	const char *name, *value;
	int expected;
} choices[] = {
	{"srv", "auto", SRV_USE_AUTO},
	{"srv", "any", SRV_USE_ANY},
	{"srv", "secure", SRV_USE_SECURE},
	{"srv", "off", SRV_USE_OFF},
	{"srv-null", "reject", false},
	{"srv-null", "ignore", true},
	{"srv-error", "continue", false},
	{"srv-error", "defer", true},
	{"srv-fallback", "exhausted", SRV_FALLBACK_EXHAUSTED},
	{"srv-fallback", "unusable", SRV_FALLBACK_UNUSABLE},
	{"srv-fallback", "absent", SRV_FALLBACK_ABSENT},
	{"family", "both", FAMILY_BOTH},
	{"family", "4", FAMILY_4},
	{"family", "6", FAMILY_6},
	{"prefer", "6", PREFER_6},
	{"prefer", "4", PREFER_4},
	{"prefer", "any", PREFER_ANY},
	{"dnssec", "on", 0},
	{"dnssec", "require", 1},
	{"dnssec", "off", 2},
	{"single-label", "yes", true},
	{"single-label", "Off", false},
	{"qname-minimisation", "1", true},
	{"records", "yes", true},
	{"records", "no", false},
	{"dns-cache", "small", false},
	{"dns-cache", "large", true},
};

static void
every_choice_becomes_its_value(void)
{
	for (size_t i = 0; i < N_OF(choices); i++) {
		const char *name = choices[i].name;
		struct fixture f;
		const struct policy_settings *p = &f.settings.policy;
		int got = -1;

		make(&f, PAIRS(name, choices[i].value));
		if (strcmp(name, "srv") == 0)
			got = (int)p->srv;
		else if (strcmp(name, "srv-null") == 0)
			got = p->srv_null_ignored;
		else if (strcmp(name, "srv-error") == 0)
			got = p->srv_error_defers;
		else if (strcmp(name, "srv-fallback") == 0)
			got = (int)p->srv_fallback;
		else if (strcmp(name, "family") == 0)
			got = (int)p->family;
		else if (strcmp(name, "prefer") == 0)
			got = (int)p->prefer;
		else if (strcmp(name, "dnssec") == 0)
			got = p->dnssec_required + 2 * f.settings.dnssec_off;
		else if (strcmp(name, "single-label") == 0)
			got = f.settings.single_label;
		else if (strcmp(name, "qname-minimisation") == 0)
			got = f.settings.qname_minimisation;
		else if (strcmp(name, "records") == 0)
			got = f.settings.records;
		else if (strcmp(name, "dns-cache") == 0)
			got = f.settings.dns_cache_large;
		CHECK(got == choices[i].expected, "%s %s: %d", name, choices[i].value, got);
		done(&f);
	}
}

static void
lists_become_arrays(void)
{
	struct fixture f;
	const struct settings *s = &f.settings;
	const struct policy_settings *p = &f.settings.policy;
	char text[LIMIT_NAME_TEXT];
	const uint8_t *second;

	make(&f, PAIRS("own-names", "A.example , b.example.", "own-names", "c.example",
		       "allow-networks", "127.0.0.0/8, ::1", "deny-networks", "10.0.0.0/8",
		       "nat64-prefixes", "2001:db8:64::/96", "own-addresses", "192.0.2.1",
		       "own-ports", "25, 2500-2600", "upstream", "192.0.2.53,resolv.conf",
		       "upstream", "2001:db8::53@5353", "stub", "Test=127.0.0.1@5300", "zone",
		       ".=/a/b c,example.org=d=e", "trust-anchor", "/x,/y"));
	CHECK(p->own_names.n == 3, "%zu", p->own_names.n);
	CHECK_TEXT(dname_text(p->own_names.names, text), "a.example", "first");
	second = p->own_names.names + dname_length(p->own_names.names);
	CHECK_TEXT(dname_text(second, text), "b.example", "second");
	CHECK_TEXT(dname_text(second + dname_length(second), text), "c.example", "third");
	CHECK(p->allow.n == 2 && p->allow.networks[0].prefix == 8 &&
		      p->allow.networks[1].prefix == 128,
	      "allow");
	CHECK(p->deny.n == 1 && p->nat64.n == 1, "networks");
	CHECK(s->own_addresses.n == 1 && s->own_addresses.networks[0].address.bytes[3] == 1, "own");
	CHECK(s->own_ports.n == 2 && s->own_ports.ranges[1].last == 2600, "ports");
	CHECK(s->upstreams.n == 2 && s->upstream_resolv_conf, "%zu", s->upstreams.n);
	CHECK(s->upstreams.items[0].port == 53 && s->upstreams.items[1].port == 5353 &&
		      dname_is_root(s->upstreams.items[1].zone),
	      "upstreams");
	CHECK(s->stubs.n == 1 && s->stubs.items[0].port == 5300, "stubs");
	CHECK_TEXT(dname_text(s->stubs.items[0].zone, text), "test", "stub");
	CHECK(s->n_zones == 2 && dname_is_root(s->zones[0].zone), "zones");
	CHECK_TEXT(s->zones[0].file, "/a/b c", "file");
	CHECK_TEXT(s->zones[1].file, "d=e", "file");
	CHECK(s->trust_anchors.n == 2, "anchors");
	CHECK_TEXT(s->trust_anchors.items[1], "/y", "anchor");
	done(&f);
}

static void
numbers_and_emptied_lists(void)
{
	struct fixture f;
	const struct settings *s = &f.settings;

	make(&f, PAIRS("deadline-ms", "1", "max-questions", "100000", "cache-size", "4294967295",
		       "cache-max-ttl", "0", "outgoing-range", "8192", "trust-anchor", "",
		       "own-ports", "", "ports-secure", "", "srv-label", "_submission"));
	CHECK(s->deadline_ms == 1 && s->max_questions == 100000 && s->cache_size == 4294967295 &&
		      s->cache_max_ttl == 0 && s->outgoing_range == 8192,
	      "numbers");
	CHECK(s->trust_anchors.n == 0 && s->own_ports.n == 0 && s->policy.ports_secure.n == 0,
	      "empty");
	CHECK_TEXT(s->srv_label, "_submission", "label");
	done(&f);
}

/* LIM-1: the key is what an operator wrote, the same in every process. */
static void
lim_1_the_key(void)
{
	static const char *const keys[] = {"", "a", "b", "secret"};

	for (size_t i = 0; i < N_OF(keys); i++) {
		struct fixture f, again;

		make(&f, PAIRS("limit-key", keys[i]));
		make(&again, PAIRS("limit-key", keys[i]));
		CHECK(f.settings.policy.limit_key == again.settings.policy.limit_key, "%s",
		      keys[i]);
		CHECK(f.settings.policy.limit_key == hash_bytes(0, keys[i], strlen(keys[i])), "%s",
		      keys[i]);
		done(&f);
		done(&again);
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(defaults),
	UNIT_TEST(every_choice_becomes_its_value),
	UNIT_TEST(lists_become_arrays),
	UNIT_TEST(numbers_and_emptied_lists),
	UNIT_TEST(lim_1_the_key),
	CU_TEST_INFO_NULL,
};
