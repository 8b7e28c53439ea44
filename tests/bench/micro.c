/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is done in memory, beside the least that could do it; no servers, the names come from a zone
 * file that inner.py writes.
 *
 *	micro hot-route ZONEFILE NAMES ROUNDS	domains in the file NAMES, one a line
 *	micro order ZONEFILE DOMAIN ROUNDS PLANS	plans of that domain's route
 *
 * Prints "name number" lines: for each round how many a second ours and the reference made, in turn,
 * every other round backwards.
 */
#include <errno.h>
#include <poll.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <nextmx.h>

#include "base/clock.h"
#include "base/limits.h"
#include "resolver/route.h"
#include "resolver/table.h"

enum { BATCH = 64, FILL = 500, NAME_SIZE = 40 };

__attribute__((noreturn)) static void
die(const char *what, const char *why)
{
	fprintf(stderr, "micro: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static void *
must(void *memory)
{
	if (!memory)
		die("memory", "none left");
	return memory;
}

/* Of this thread, the kernel's work for it included: neither side ever sleeps, and what else the machine does
 * does not count. */
static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static unsigned
number(const char *text)
{
	unsigned long value = strtoul(text, NULL, 10);

	if (value == 0 || value > 1000000000)
		die(text, "not a number of something");
	return (unsigned)value;
}

/* Validation off: the file is not signed. The cache has to hold every route. */
static struct nmx_context *
context(const char *zone_file)
{
	char zone[4096];
	const char *settings[][2] = {{"zone", zone},
				     {"dnssec", "off"},
				     {"allow-networks", "198.51.100.0/24"},
				     {"cache-size", "268435456"}};
	struct nmx_context *ctx;
	const char *error = "";

	snprintf(zone, sizeof(zone), ".=%s", zone_file);
	if (nmx_context_new(&ctx))
		die("context", "none");
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (nmx_context_set(ctx, settings[i][0], settings[i][1], &error))
			die(settings[i][0], error);
	if (nmx_context_start(ctx, &error))
		die("start", error);
	return ctx;
}

/* Runs rounds of ours and theirs in turn: who is second in one round is first in the next. */
static void
rounds(unsigned n, const char *prefix, double (*ours)(void *), double (*theirs)(void *), void *user)
{
	for (unsigned i = 0; i < n; i++) {
		double a = 0, b;

		if (i % 2 == 0)
			a = ours(user);
		b = theirs(user);
		if (i % 2)
			a = ours(user);
		printf("%sours.%u %.0f\n%sreference.%u %.0f\n", prefix, i, a, prefix, i, b);
	}
}

/* ---- hot-route ------------------------------------------------------------------------------ */

/* A bare table's entry, as dense as it can be: what the table needs, the value, the key behind it. */
struct bare {
	struct table_entry entry; /* first */
	struct nmx_route *route;
	char name[NAME_SIZE];
};

struct hot {
	struct nmx_context *ctx;
	struct pollfd fd;
	char (*names)[NAME_SIZE]; /* in the order in which they are asked, which is drawn */
	size_t n, in_flight, answered, batch;
	uint64_t touched; /* what was read of the routes */
	struct bare *bare;
	struct table table;
	uint64_t key;
	struct hsearch_data glibc;
};

/* In an order of its own: neighbours in memory are no neighbours in time. */
static void
read_names(struct hot *hot, const char *path)
{
	struct rng rng = rng_from_seed(1);
	FILE *file = fopen(path, "r");
	char line[NAME_SIZE + 1] = "";
	size_t room = 0;

	if (!file)
		die(path, strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (hot->n == room) {
			room = room ? 2 * room : 1024;
			hot->names = must(realloc(hot->names, room * sizeof(*hot->names)));
		}
		if (strlen(line) >= NAME_SIZE)
			die(line, "too long");
		memcpy(hot->names[hot->n++], line, NAME_SIZE);
	}
	fclose(file);
	for (size_t i = hot->n; i > 1; i--) {
		size_t j = rng_below(&rng, i);

		memcpy(line, hot->names[j], NAME_SIZE);
		memcpy(hot->names[j], hot->names[i - 1], NAME_SIZE);
		memcpy(hot->names[i - 1], line, NAME_SIZE);
	}
}

static void
dispatch(struct hot *hot)
{
	poll(&hot->fd, 1, -1);
	if (nmx_context_dispatch(hot->ctx) < 0)
		die("dispatch", "failed");
}

/* What answers a domain the first time: kept for the bare tables. */
static void
filled(int error, struct nmx_route *route, void *user)
{
	struct hot *hot = user;
	struct bare *bare = &hot->bare[hot->answered++];

	if (error || nmx_route_outcome(route) != NMX_DELIVERABLE ||
	    nmx_route_host_count(route) != 2)
		die(error ? nmx_strerror(error) : nmx_route_domain(route), "not answered");
	bare->route = nmx_route_ref(route);
	hot->in_flight--;
}

static void
fill_cache(struct hot *hot)
{
	for (size_t i = 0; i < hot->n || hot->in_flight;) {
		for (; i < hot->n && hot->in_flight < FILL; i++, hot->in_flight++)
			if (nmx_request_start(hot->ctx, hot->names[i], filled, hot, NULL))
				die(hot->names[i], "not started");
		dispatch(hot);
	}
	hot->answered = 0;
}

/* The entries in the order in which the routes were made, as the cache has them. */
static void
fill_tables(struct hot *hot)
{
	if (!table_init(&hot->table) || !random_bytes(&hot->key, sizeof(hot->key)) ||
	    !hcreate_r(2 * hot->n, &hot->glibc))
		die("table", "none");
	for (size_t i = 0; i < hot->n; i++) {
		struct bare *bare = &hot->bare[i];
		ENTRY *found, entry = {bare->name, bare->route};

		snprintf(bare->name, NAME_SIZE, "%s", nmx_route_domain(bare->route));
		table_add(&hot->table, &bare->entry,
			  hash_bytes(hot->key, bare->name, strlen(bare->name)));
		if (!hsearch_r(entry, ENTER, &found, &hot->glibc))
			die("hsearch_r", "full");
	}
}

static void
hit(int error, struct nmx_route *route, void *user)
{
	struct hot *hot = user;

	if (error)
		die("route", nmx_strerror(error));
	hot->touched += nmx_route_host_count(route);
	hot->answered++;
	hot->in_flight--;
}

/* As a program with more to do than mail would: starts what it has, and sleeps until there is something. */
static double
routes(void *user)
{
	struct hot *hot = user;
	double began = seconds();

	hot->answered = hot->touched = 0;
	for (size_t i = 0; i < hot->n;) {
		for (; i < hot->n && hot->in_flight < hot->batch; i++, hot->in_flight++)
			if (nmx_request_start(hot->ctx, hot->names[i], hit, hot, NULL))
				die(hot->names[i], "not started");
		while (hot->in_flight)
			dispatch(hot);
	}
	began = seconds() - began;
	if (hot->answered != hot->n || hot->touched != 2 * hot->n)
		die("routes", "not all answered");
	return (double)hot->n / began;
}

/* The library's own table, with the same keyed hash. */
static double
bare_table(void *user)
{
	struct hot *hot = user;
	double began = seconds();

	hot->touched = 0;
	for (size_t i = 0; i < hot->n; i++) {
		const char *name = hot->names[i];
		struct table_entry *entry =
			table_first(&hot->table, hash_bytes(hot->key, name, strlen(name)));

		while (entry && strcmp(((struct bare *)entry)->name, name) != 0)
			entry = table_next(entry);
		hot->touched += entry ? nmx_route_host_count(((struct bare *)entry)->route) : 0;
	}
	began = seconds() - began;
	if (hot->touched != 2 * hot->n)
		die("table", "not all found");
	return (double)hot->n / began;
}

static double
glibc_table(void *user)
{
	struct hot *hot = user;
	double began = seconds();

	hot->touched = 0;
	for (size_t i = 0; i < hot->n; i++) {
		ENTRY *found, entry = {hot->names[i], NULL};

		if (hsearch_r(entry, FIND, &found, &hot->glibc))
			hot->touched += nmx_route_host_count(found->data);
	}
	began = seconds() - began;
	if (hot->touched != 2 * hot->n)
		die("hsearch_r", "not all found");
	return (double)hot->n / began;
}

/* Once, not timed: every name leads to its own route, out of the cache. */
static void
check(int error, struct nmx_route *route, void *user)
{
	struct hot *hot = user;

	if (error || strcmp(nmx_route_domain(route), hot->names[hot->answered++]) != 0)
		die("route", "another domain's");
}

static void
check_all(struct hot *hot)
{
	uint64_t before[NMX_STAT_COUNT], after[NMX_STAT_COUNT];

	nmx_context_stats(hot->ctx, before, NMX_STAT_COUNT);
	hot->answered = 0;
	for (size_t i = 0; i < hot->n; i++)
		if (nmx_request_start(hot->ctx, hot->names[i], check, hot, NULL))
			die(hot->names[i], "not started");
	while (hot->answered < hot->n)
		dispatch(hot);
	nmx_context_stats(hot->ctx, after, NMX_STAT_COUNT);
	if (after[NMX_STAT_CACHE_HITS] - before[NMX_STAT_CACHE_HITS] != hot->n)
		die("cache", "not all from the cache");
	printf("bytes %.0f\n", (double)after[NMX_STAT_CACHED_BYTES] / (double)hot->n);
}

static int
hot_route(const char *zone, const char *names, unsigned n_rounds)
{
	struct hot hot = {.batch = BATCH};

	read_names(&hot, names);
	hot.bare = must(calloc(hot.n, sizeof(*hot.bare)));
	hot.ctx = context(zone);
	hot.fd = (struct pollfd){.fd = nmx_context_fd(hot.ctx), .events = POLLIN};
	fill_cache(&hot);
	fill_tables(&hot);
	check_all(&hot);
	rounds(n_rounds, "own.", routes, bare_table, &hot);
	rounds(n_rounds, "glibc.", routes, glibc_table, &hot);
	hot.batch = 1;
	rounds(n_rounds, "single.", routes, bare_table, &hot);
	nmx_context_free(hot.ctx);
	return EXIT_SUCCESS;
}

/* ---- order ---------------------------------------------------------------------------------- */

struct place {
	const struct nmx_host *host;
	const struct sockaddr *address;
	unsigned port;
};

/* What the reference hands out: all endpoints in order, and the route that they point into. */
struct literal {
	struct nmx_route *route;
	size_t n;
	struct place places[];
};

struct order {
	struct nmx_route *route;
	unsigned n_plans;
	uint64_t seed; /* of the next plan */
	size_t touched;
	size_t n_addresses;
};

/*
 * One tier as RFC 2782, page 4, says: records of weight 0 first, the running sums, a number between 0
 * and their sum inclusive, the first record whose running sum is not smaller; it is taken out, and all
 * begins anew until there is none. The same generator as ours.
 */
static struct place *
draw_tier(const struct nmx_host *hosts, size_t n, struct rng *rng, struct place *to)
{
	const struct nmx_host *left[LIMIT_HOSTS];
	uint64_t sums[LIMIT_HOSTS];
	size_t n_left = 0;

	for (size_t i = 0; i < n; i++)
		if (hosts[i].weight == 0)
			left[n_left++] = &hosts[i];
	for (size_t i = 0; i < n; i++)
		if (hosts[i].weight != 0)
			left[n_left++] = &hosts[i];
	for (; n_left; n_left--) {
		uint64_t sum = 0, drawn;
		size_t at = 0;

		for (size_t i = 0; i < n_left; i++)
			sums[i] = sum += left[i]->weight;
		drawn = rng_below(rng, sum + 1);
		while (sums[at] < drawn)
			at++;
		for (size_t a = 0; a < left[at]->n_addresses; a++)
			*to++ = (struct place){left[at], &left[at]->addresses[a].socket.any,
					       left[at]->port};
		memmove(&left[at], &left[at + 1], (n_left - at - 1) * sizeof(left[0]));
	}
	return to;
}

/*
 * The reference's plan, from the same route with the same seed. It reads what the library reads,
 * without calls, and as its places point into the route it keeps a reference, as ours does. Not in it
 * is what else ours does: the shuffle that makes equal records alike (the RFC leaves the first of them
 * first more often, and a tier of zeros as it is), families that take turns, a draw among a host's
 * addresses, SELF-1, and LIM-1 with its list of what was left out.
 */
static struct literal *
literal_plan(const struct order *order, uint64_t seed)
{
	const struct nmx_route *route = order->route;
	struct literal *plan = malloc(sizeof(*plan) + order->n_addresses * sizeof(plan->places[0]));
	struct rng rng = rng_from_seed(seed);
	struct place *end;

	if (!plan)
		return NULL;
	end = plan->places;
	for (size_t start = 0; start < route->n_hosts; start += route->hosts[start].n_tier)
		end = draw_tier(&route->hosts[start], route->hosts[start].n_tier, &rng, end);
	plan->n = (size_t)(end - plan->places);
	plan->route = nmx_route_ref(order->route);
	return plan;
}

static double
literal_plans(void *user)
{
	struct order *order = user;
	double began = seconds();

	for (unsigned i = 0; i < order->n_plans; i++) {
		struct literal *plan = must(literal_plan(order, order->seed++));

		if (plan->n != order->n_addresses || !plan->places[0].address)
			die("reference", "not all endpoints");
		order->touched += plan->places[0].port;
		nmx_route_unref(plan->route);
		free(plan);
	}
	return order->n_plans / (seconds() - began);
}

static double
plans(void *user)
{
	struct order *order = user;
	double began = seconds();

	for (unsigned i = 0; i < order->n_plans; i++) {
		const struct nmx_endpoint *first;
		struct nmx_plan *plan;

		if (nmx_plan_new(order->route, order->seed++, &plan))
			die("plan", "none");
		first = nmx_plan_endpoint(plan, 0);
		if (!first || !nmx_endpoint_sockaddr(first, NULL))
			die("plan", "without endpoints");
		order->touched += nmx_host_port(nmx_endpoint_host(first));
		nmx_plan_free(plan);
	}
	return order->n_plans / (seconds() - began);
}

/* Once, not timed: both make every endpoint a place, ours among what LIM-1 left out, too. */
static void
check_plans(struct order *order)
{
	struct nmx_plan *plan;

	for (size_t i = 0; i < nmx_route_host_count(order->route); i++)
		order->n_addresses += nmx_host_address_count(nmx_route_host(order->route, i));
	if (nmx_plan_new(order->route, order->seed, &plan))
		die("plan", "none");
	if (order->n_addresses == 0 ||
	    nmx_plan_count(plan) + nmx_plan_dropped_count(plan) != order->n_addresses)
		die(nmx_route_reason(order->route), "not all endpoints");
	nmx_plan_free(plan);
}

static int
order(const char *zone, const char *domain, unsigned n_rounds, unsigned n_plans)
{
	struct order order = {.n_plans = n_plans, .seed = 1};
	struct nmx_context *ctx = context(zone);

	if (nmx_resolve(ctx, domain, &order.route))
		die(domain, "no route");
	check_plans(&order);
	rounds(n_rounds, "", plans, literal_plans, &order);
	if (order.touched !=
	    2UL * n_rounds * n_plans * nmx_host_port(nmx_route_host(order.route, 0)))
		die(domain, "other ports");
	nmx_route_unref(order.route);
	nmx_context_free(ctx);
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "hot-route") == 0)
		return hot_route(argv[2], argv[3], number(argv[4]));
	if (argc == 6 && strcmp(argv[1], "order") == 0)
		return order(argv[2], argv[3], number(argv[4]), number(argv[5]));
	fputs("usage: micro hot-route ZONEFILE NAMES ROUNDS\n"
	      "       micro order ZONEFILE DOMAIN ROUNDS PLANS\n",
	      stderr);
	return 64;
}
