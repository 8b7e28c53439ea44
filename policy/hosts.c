/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/hosts.h"

#include <stdlib.h>

#include "policy/order.h"
#include "policy/ports.h"

static int
by_priority(const void *a, const void *b)
{
	const struct host *x = a, *y = b;
	int order;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	order = dname_compare(x->name, y->name);
	return order ? order : (x->port > y->port) - (x->port < y->port);
}

/* Brings the records of one target together, its best priority first, to see repeats. */
static int
by_name(const void *a, const void *b)
{
	const struct host *x = a, *y = b;
	int order = dname_compare(x->name, y->name);

	return order ? order : by_priority(a, b);
}

/* Few hosts, as nearly every domain has, are soon put in order one by one. */
static void
sort(struct stage *stage, int (*compare)(const void *, const void *))
{
	enum { FEW = 8 };
	struct host *hosts = stage->hosts;

	if (stage->n_hosts > FEW) {
		qsort(hosts, stage->n_hosts, sizeof(*hosts), compare);
		return;
	}
	for (size_t i = 1; i < stage->n_hosts; i++) {
		for (size_t at = i; at && compare(&hosts[at - 1], &hosts[at]) > 0; at--) {
			struct host moved = hosts[at];

			hosts[at] = hosts[at - 1];
			hosts[at - 1] = moved;
		}
	}
}

void
hosts_drop(struct notes *notes, const struct stage *stage, const struct host *host,
	   enum nmx_drop_code code, enum why_code why)
{
	notes_drop(notes,
		   &(struct drop){.stage = stage->source,
				  .code = code,
				  .port = host->port,
				  .host = host->name},
		   why);
}

/* The name itself: RULES SRV-7, SRV-9, MX-5, NMX-2. */
static bool
name_is_usable(const struct stage *stage, const struct host *host, struct notes *notes)
{
	bool srv = stage->source == NMX_SOURCE_SRV;

	if (dname_is_root(host->name))
		hosts_drop(notes, stage, host, NMX_DROP_NULL_TARGET,
			   srv ? WHY_DROP_NULL_SRV : WHY_DROP_NULL_MX);
	else if (dname_is_address(host->name))
		hosts_drop(notes, stage, host, NMX_DROP_IP_LITERAL_TARGET,
			   srv ? WHY_DROP_IP_TARGET : WHY_DROP_IP_EXCHANGE);
	else if (!dname_is_host(host->name))
		hosts_drop(notes, stage, host, NMX_DROP_BAD_NAME,
			   srv ? WHY_DROP_BAD_TARGET : WHY_DROP_BAD_EXCHANGE);
	else
		return true;
	return false;
}

/* RULES SRV-8, PORT-1. MX ports are always 25 and always allowed. */
static bool
port_is_usable(const struct stage *stage, const struct host *host,
	       const struct policy_settings *settings, struct notes *notes)
{
	bool secure = stage->security == NMX_SECURE;
	const struct port_set *set = secure ? &settings->ports_secure : &settings->ports_insecure;
	const char *denied;
	struct drop drop = {.stage = stage->source,
			    .code = NMX_DROP_PORT_REFUSED,
			    .port = host->port,
			    .host = host->name};

	if (stage->source != NMX_SOURCE_SRV)
		return true;
	denied = port_denied(host->port);
	if (host->port == 0)
		hosts_drop(notes, stage, host, NMX_DROP_PORT_ZERO, WHY_DROP_PORT_ZERO);
	else if (denied)
		notes_drop(notes, &drop, WHY_DROP_PORT_DENIED, (unsigned)host->port, denied);
	else if (!port_in_set(set, host->port))
		notes_drop(notes, &drop, WHY_DROP_PORT_UNLISTED, (unsigned)host->port,
			   secure ? "ports-secure" : "ports-insecure");
	else
		return true;
	return false;
}

/* What is kept of one target so far; hosts arrive sorted by name and priority. */
struct target {
	const uint8_t *name;
	struct host *kept[LIMIT_PORTS];
	unsigned n_kept;
};

/* RULES SRV-11 and the port count of PORT-1. True if the host is new. */
static bool
is_new(struct target *target, const struct stage *stage, const struct host *host,
       struct notes *notes)
{
	if (!target->name || !dname_equal(target->name, host->name))
		*target = (struct target){.name = host->name};
	for (unsigned i = 0; i < target->n_kept; i++) {
		struct host *kept = target->kept[i];

		if (kept->port != host->port)
			continue;
		if (kept->priority == host->priority)
			kept->weight += host->weight;
		else
			notes_drop(notes,
				   &(struct drop){.stage = stage->source,
						  .code = NMX_DROP_DUPLICATE,
						  .port = host->port,
						  .host = host->name},
				   stage->source == NMX_SOURCE_SRV ? WHY_DROP_DUPLICATE
								   : WHY_DROP_DUPLICATE_MX,
				   (unsigned)kept->priority);
		return false;
	}
	if (target->n_kept == LIMIT_PORTS) {
		hosts_drop(notes, stage, host, NMX_DROP_PORT_REFUSED, WHY_DROP_PORT_COUNT);
		return false;
	}
	return true;
}

void
hosts_keep_usable(struct stage *stage, const struct policy_settings *settings, struct notes *notes)
{
	struct target target = {0};
	size_t n = 0;

	sort(stage, by_name);
	for (size_t i = 0; i < stage->n_hosts; i++) {
		struct host *host = &stage->hosts[i];

		if (!name_is_usable(stage, host, notes) ||
		    !port_is_usable(stage, host, settings, notes) ||
		    !is_new(&target, stage, host, notes))
			continue;
		if (n < i)
			stage->hosts[n] = *host;
		target.kept[target.n_kept++] = &stage->hosts[n++];
	}
	stage->n_hosts = n;
	sort(stage, by_priority);
}

/* ---- RULES LIM-1: too many hosts ------------------------------------------------------------ */

static size_t
tier_end(const struct stage *stage, size_t start)
{
	size_t end = start;

	while (end < stage->n_hosts && stage->hosts[end].priority == stage->hosts[start].priority)
		end++;
	return end;
}

/* The least octet first, so that every machine hashes the same. */
static uint64_t
hash_number(uint64_t key, uint64_t number)
{
	uint8_t octets[8];

	for (int i = 0; i < 8; i++)
		octets[i] = (uint8_t)(number >> (8 * i));
	return hash_bytes(key, octets, sizeof(octets));
}

static uint64_t
hash_rrset(const struct stage *stage, uint64_t key)
{
	for (size_t i = 0; i < stage->n_hosts; i++) {
		const struct host *h = &stage->hosts[i];

		key = hash_number(key, h->priority);
		key = hash_number(key, h->weight);
		key = hash_number(key, h->port);
		key = hash_bytes(key, h->name, dname_length(h->name));
	}
	return key;
}

/* Leaves out all but n_kept of a tier, drawn by weight. Returns how many were kept. */
static size_t
draw_tier(struct stage *stage, size_t start, size_t end, size_t n_kept, struct rng *rng,
	  struct notes *notes)
{
	size_t n = end - start;
	uint32_t *weights = arena_array(notes->arena, n, sizeof(*weights));
	uint16_t *order = arena_array(notes->arena, n, sizeof(*order));

	if (!weights || !order)
		return 0;
	for (size_t i = 0; i < n; i++)
		weights[i] = stage->hosts[start + i].weight;
	order_draw(weights, n, n_kept, rng, order);
	for (size_t i = n_kept; i < n; i++) {
		struct host *host = &stage->hosts[start + order[i]];

		hosts_drop(notes, stage, host, NMX_DROP_LIMIT, WHY_DROP_HOST_LIMIT);
		host->out = true;
	}
	return n_kept;
}

void
hosts_remove_out(struct stage *stage)
{
	size_t n = 0;

	for (size_t i = 0; i < stage->n_hosts; i++)
		if (!stage->hosts[i].out)
			stage->hosts[n++] = stage->hosts[i];
	stage->n_hosts = n;
}

void
hosts_limit(struct stage *stage, uint64_t key, struct notes *notes)
{
	struct rng rng;
	size_t left = LIMIT_HOSTS;

	if (stage->n_hosts <= LIMIT_HOSTS)
		return;
	rng = rng_from_seed(hash_rrset(stage, key));
	for (size_t start = 0, end; start < stage->n_hosts; start = end) {
		size_t keep, reserved;

		end = tier_end(stage, start);
		reserved = left > 1 && end < stage->n_hosts;
		keep = end - start;
		if (keep > left - reserved)
			keep = left - reserved;
		draw_tier(stage, start, end, keep, &rng, notes);
		left -= keep;
	}
	hosts_remove_out(stage);
}
