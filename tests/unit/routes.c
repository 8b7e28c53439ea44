/* SPDX-License-Identifier: BSD-2-Clause */
#include "routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/plan.h"

enum { MOST_HOSTS = 64, MOST_ADDRESSES = 64 };

_Noreturn static void
die(const char *what)
{
	fprintf(stderr, "test data: %s\n", what);
	abort();
}

/* The next word of a text; false at its end. */
static bool
next_word(char **text, char **ret_word)
{
	*text += strspn(*text, " ");
	if (**text == '\0')
		return false;
	*ret_word = *text;
	*text += strcspn(*text, " ");
	if (**text)
		*(*text)++ = '\0';
	return true;
}

/* What comes of TLSA records of base.example, one to match and one unusable. */
static struct host_tls
make_tls(struct bench *bench, enum nmx_tls requirement)
{
	static const uint8_t data[] = {0x00, 0x9a, 0xff};
	struct host_tls tls = {.requirement = requirement,
			       .sni = bench_name(bench, "base.example"),
			       .tlsa = arena_array(&bench->arena, 2, sizeof(*tls.tlsa)),
			       .n_tlsa = 2};

	tls.tlsa[0] = (struct tlsa_record){{3, 1, 1, sizeof(data), data}, NMX_TLSA_USED};
	tls.tlsa[1] = (struct tlsa_record){{0, 255, 2, 0, NULL}, NMX_TLSA_BAD_USAGE};
	if (requirement == NMX_TLS_DANE) {
		tls.references[tls.n_references++] = tls.sni;
		tls.references[tls.n_references++] = bench_name(bench, "example.org");
	}
	return tls;
}

static void
read_host(struct bench *bench, char *text, enum nmx_security security, struct host *ret)
{
	unsigned priority, weight, port;
	char name[1024], *word;

	if (!next_word(&text, &word) || sscanf(word, "%u/%u", &priority, &weight) != 2)
		die("priority/weight");
	if (!next_word(&text, &word) || sscanf(word, "%1023[^:]:%u", name, &port) != 2)
		die("name:port");
	*ret = (struct host){.priority = (uint16_t)priority,
			     .weight = weight,
			     .port = (uint16_t)port,
			     .name = bench_name(bench, name)};
	ret->addresses = arena_array(&bench->arena, MOST_ADDRESSES, sizeof(*ret->addresses));
	while (next_word(&text, &word)) {
		if (strcmp(word, "dane") == 0)
			ret->tls = make_tls(bench, NMX_TLS_DANE);
		else if (strcmp(word, "encrypt") == 0)
			ret->tls = make_tls(bench, NMX_TLS_ENCRYPT);
		else
			ret->addresses[ret->n_addresses++] =
				(struct host_address){bench_address(word), security};
	}
}

static void
read_stage(struct bench *bench, char *text, struct stage *ret)
{
	static const char *const sources[] = {"none", "srv", "mx", "implicit"};
	char *word, *save = NULL;

	*ret = (struct stage){0};
	if (!next_word(&text, &word))
		die("stage");
	for (unsigned i = 1; i < 4; i++)
		if (strcmp(word, sources[i]) == 0)
			ret->source = (enum nmx_source)i;
	if (!next_word(&text, &word))
		die("security");
	ret->security = strcmp(word, "secure") == 0 ? NMX_SECURE : NMX_INSECURE;
	ret->hosts = arena_array(&bench->arena, MOST_HOSTS, sizeof(*ret->hosts));
	for (char *host = strtok_r(text, ";", &save); host; host = strtok_r(NULL, ";", &save))
		read_host(bench, host, ret->security, &ret->hosts[ret->n_hosts++]);
}

static struct own *
make_own(struct bench *bench, const char *text)
{
	struct network networks[16];
	struct network_set set = {networks, 0};
	struct port_range range = {25, 25};
	struct port_set ports = {&range, 1};
	char *copy = arena_copy(&bench->arena, text, strlen(text) + 1), *word;
	struct own *own;

	while (next_word(&copy, &word))
		networks[set.n++] = (struct network){bench_address(word), 32};
	own = own_new(&set, &ports, &(struct network_set){0});
	if (!own)
		die("memory");
	return own;
}

struct nmx_route *
routes_new(struct bench *bench, const char *hosts, enum family_prefer prefer, const char *own)
{
	char *copy = arena_copy(&bench->arena, hosts, strlen(hosts) + 1), *save = NULL;
	struct stage stages[2];
	struct route_parts parts = {
		.domain = "example.org",
		.ascii = "example.org",
		.verdict = {.outcome = NMX_DELIVERABLE, .code = "2.0.0", .reason = ""},
		.ttl = 300,
		.prefer = prefer,
		.stages = stages,
		.notes = &bench->notes};
	struct nmx_route *route;

	for (char *stage = strtok_r(copy, "|", &save); stage; stage = strtok_r(NULL, "|", &save))
		read_stage(bench, stage, &stages[parts.n_stages++]);
	if (parts.n_stages) {
		parts.source = stages[0].source;
		parts.security = stages[0].security;
	}
	parts.own = make_own(bench, own);
	route = route_new(&parts);
	own_unref(parts.own);
	if (!route)
		die("memory");
	return route;
}

const char *
routes_plan_text(struct bench *bench, struct nmx_route *route, uint64_t seed)
{
	struct text text = text_growing();
	struct nmx_plan *plan;
	const char *copy;

	text_add(&text, "");
	if (nmx_plan_new(route, seed, &plan) != 0)
		die("no plan");
	for (size_t i = 0; i < nmx_plan_count(plan); i++) {
		const struct nmx_endpoint *endpoint = nmx_plan_endpoint(plan, i);
		const struct nmx_host *host = nmx_endpoint_host(endpoint);

		text_printf(&text, "%s%s:%u %s", i ? "; " : "", nmx_host_name(host),
			    nmx_host_port(host), nmx_endpoint_address(endpoint));
	}
	nmx_plan_free(plan);
	copy = arena_copy(&bench->arena, text.data, text.length + 1);
	free(text.data);
	return copy;
}

struct nmx_plan *
routes_draw(struct nmx_route *route, uint64_t seed)
{
	struct nmx_plan *plan;

	if (nmx_plan_new(route, seed, &plan) != 0)
		die("no plan");
	return plan;
}

const struct nmx_host *
routes_host_at(const struct nmx_plan *plan, size_t i)
{
	return nmx_endpoint_host(nmx_plan_endpoint(plan, i));
}
