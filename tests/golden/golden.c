/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs the cases NAME.zone through the real request machine and compares what it says, as JSON, with
 * NAME.json. A case runs three times: with every answer given inside the asking, with answers given
 * later, and later in reverse. The decision must not depend on it.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <nextmx.h>

#include "compare.h"
#include "resolver/context.h"
#include "script_fetch.h"
#include "zone.h"

enum order { INSIDE, FORWARDS, BACKWARDS };

struct tally {
	unsigned passed, failed;
	bool update;
};

/* ---- One run -------------------------------------------------------------------------------- */

static bool
set(struct nmx_context *ctx, const char *name, const char *value)
{
	const char *error;

	if (nmx_context_set(ctx, name, value, &error) == 0)
		return true;
	fprintf(stderr, "golden: %s\n", error);
	return false;
}

/* What every case begins with, unless it says otherwise: no address is ours, and addresses for
 * documentation are as good as any. */
static bool
set_options(struct nmx_context *ctx, const struct zone *zone)
{
	static const struct zone_option given[] = {
		{NULL, "own-ports", ""},
		{NULL, "allow-networks",
		 "192.0.2.0/24,198.51.100.0/24,203.0.113.0/24,2001:db8::/32"}};
	const struct zone_option *option;

	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		for (option = zone->options; option; option = option->next)
			if (strcmp(option->name, given[i].name) == 0)
				break;
		if (!option && !set(ctx, given[i].name, given[i].value))
			return false;
	}
	for (option = zone->options; option; option = option->next)
		if (!set(ctx, option->name, option->value))
			return false;
	return true;
}

static void
take_route(int error, struct nmx_route *route, void *user)
{
	struct nmx_route **ret_route = user;

	if (error)
		fprintf(stderr, "golden: %s\n", nmx_strerror(error));
	*ret_route = nmx_route_ref(route);
}

/* One answer at a time, and what follows from it before the next: a fetched policy, too. */
static void
dispatch(struct nmx_context *ctx, const struct zone *zone, enum order order)
{
	do
		for (int i = 0; i < 4; i++)
			if (nmx_context_dispatch(ctx) > 0)
				i = 0;
	while (zone_release(zone, order == BACKWARDS));
}

/* The policy host's name stands in no case but of a plain domain. */
static void
install_policies(struct nmx_context *ctx, const struct zone *zone)
{
	char host[LIMIT_NAME_TEXT];
	enum fetch_fault fault = FETCH_OK;
	struct store_policy held = {.domain = zone->domain, .id = zone->held_id};
	struct arena *arena = (struct arena *)&zone->arena;
	struct sts_policy policy;
	struct sts_fault invalid;

	snprintf(host, sizeof(host), "mta-sts.%s", zone->domain);
	while (zone->fault && strcmp(zone_faults[fault], zone->fault) != 0)
		fault++;
	if (zone->served || zone->fault)
		script_fetch_put(host, fault, zone->fault ? zone->fault : zone->served,
				 SCRIPT_INSIDE);
	if (!zone->held)
		return;
	held.text = (const uint8_t *)zone->held;
	held.length = strlen(zone->held);
	if (sts_policy_read(held.text, held.length, arena, &policy, &invalid) != STS_OK)
		abort();
	held.mode = policy.mode;
	held.max_age = policy.max_age;
	held.fetched = sts_now(ctx->sts) - zone->held_age;
	held.expires = held.fetched + policy.max_age;
	store_put(sts_store(ctx->sts), &held);
}

/* The clock moves only if somebody never answers, to just beyond the deadline. */
static struct nmx_route *
resolve(struct nmx_context *ctx, const struct zone *zone, enum order order)
{
	struct nmx_route *route = NULL;

	if (order == INSIDE && !zone->silent && zone->start == nmx_request_start) {
		nmx_resolve(ctx, zone->domain, &route);
		return route;
	}
	if (zone->start(ctx, zone->domain, take_route, &route, NULL))
		return NULL;
	dispatch(ctx, zone, order);
	if (!route && zone->silent) {
		script_advance_ms(strtol(nmx_context_get(ctx, "deadline-ms"), NULL, 10) + 1);
		dispatch(ctx, zone, order);
	}
	return route;
}

static char *
json_of(const struct zone *zone, struct nmx_route *route, unsigned flags)
{
	struct nmx_plan *plan = NULL;
	char *text = NULL;

	if (route && nmx_plan_new(route, zone->seed, &plan) == 0)
		nmx_json(route, plan, flags | zone->flags, &text);
	nmx_plan_free(plan);
	return text;
}

/* The text is for nmx_text_free(); NULL if there is no answer. */
static char *
run(const struct zone *zone, enum order order, unsigned flags)
{
	struct nmx_context *ctx;
	struct nmx_route *route = NULL;
	const char *error = "it did not answer";
	char *text = NULL;

	script_reset();
	script_fetch_reset();
	zone_install(zone, order == INSIDE ? SCRIPT_INSIDE : SCRIPT_LATER);
	if (nmx_context_new(&ctx))
		return NULL;
	ctx->clock = &script_clock;
	if (set_options(ctx, zone) && nmx_context_start(ctx, &error) == 0) {
		install_policies(ctx, zone);
		route = resolve(ctx, zone, order);
	}
	text = json_of(zone, route, flags);
	if (!text)
		fprintf(stderr, "golden: %s\n", error);
	nmx_route_unref(route);
	nmx_context_free(ctx);
	return text;
}

/* ---- One case ------------------------------------------------------------------------------- */

static void
show_difference(const char *before, const char *json, const char *other)
{
	char *first = compare_layout(json), *second = compare_layout(other);

	printf("%s\n", before);
	compare_print(first, second);
	free(first);
	free(second);
}

/* Which questions were asked may depend on the order of answers, no more. */
static bool
order_is_indifferent(const struct zone *zone)
{
	char *inside = run(zone, INSIDE, NMX_JSON_NO_QUERIES);
	bool same = inside != NULL;

	for (enum order order = FORWARDS; same && order <= BACKWARDS; order++) {
		char *later = run(zone, order, NMX_JSON_NO_QUERIES);

		same = later && strcmp(inside, later) == 0;
		if (!same && later)
			show_difference(order == FORWARDS ? "Otherwise with answers given later:"
							  : "Otherwise with answers given later, "
							    "in reverse:",
					inside, later);
		nmx_text_free(later);
	}
	nmx_text_free(inside);
	return same;
}

static bool
check_against(const char *path, const char *actual, bool update)
{
	char *expected = compare_read(path);
	bool same = expected && strcmp(expected, actual) == 0;

	if (!expected && !update)
		printf("%s is missing\n", path);
	else if (!same)
		compare_print(expected ? expected : "", actual);
	free(expected);
	return same || (update && compare_write(path, actual));
}

static bool
run_case(const char *path, bool update)
{
	struct zone zone;
	char json_path[4096];
	char *line = NULL, *actual = NULL;
	bool passed = false;

	snprintf(json_path, sizeof(json_path), "%.*s.json", (int)(strlen(path) - 5), path);
	if (zone_read(path, &zone))
		line = run(&zone, INSIDE, 0);
	if (line) {
		actual = compare_layout(line);
		passed = check_against(json_path, actual, update);
		passed = order_is_indifferent(&zone) && passed;
	}
	free(actual);
	nmx_text_free(line);
	script_reset();
	script_fetch_reset();
	zone_free(&zone);
	return passed;
}

/* ---- All of them ---------------------------------------------------------------------------- */

static bool
is_zone(const char *name)
{
	size_t length = strlen(name);

	return length > 5 && strcmp(name + length - 5, ".zone") == 0;
}

static int
choose_zone(const struct dirent *entry)
{
	return is_zone(entry->d_name);
}

static void
run_file(const char *path, struct tally *tally)
{
	bool passed;

	fflush(stderr);
	passed = is_zone(path) && run_case(path, tally->update);
	tally->passed += passed;
	tally->failed += !passed;
	if (!passed)
		printf("FAILED %s\n\n", path);
	fflush(stdout);
}

static void
run_folder(const char *path, struct tally *tally)
{
	struct dirent **entries;
	int n = scandir(path, &entries, choose_zone, alphasort);

	for (int i = 0; i < n; i++) {
		char file[4096];

		snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
		run_file(file, tally);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

int
main(int argc, char **argv)
{
	struct tally tally = {0};
	struct stat status;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--update") == 0)
			tally.update = true;
		else if (stat(argv[i], &status) == 0 && S_ISDIR(status.st_mode))
			run_folder(argv[i], &tally);
		else
			run_file(argv[i], &tally);
	}
	if (tally.passed + tally.failed == 0)
		fprintf(stderr, "usage: golden [--update] FOLDER|NAME.zone...; no case ran\n");
	if (tally.failed && !tally.update)
		printf("- what should come out, + what came out; scripts/golden --update takes "
		       "it\n");
	printf("%u passed, %u failed\n", tally.passed, tally.failed);
	return tally.failed > 0 || tally.passed == 0;
}
