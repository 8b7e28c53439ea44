/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/dns_builtin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unbound.h>

#include "resolver/dns_log.h"

/* Whether one of the zones that the operator named contains this one. An upstream stands for all. */
static bool
is_taken_over(const struct settings *s, const uint8_t *zone)
{
	if (s->upstreams.n || s->upstream_resolv_conf)
		return true;
	for (size_t i = 0; i < s->n_zones; i++)
		if (dname_in_zone(zone, s->zones[i].zone))
			return true;
	for (size_t i = 0; i < s->stubs.n; i++)
		if (dname_in_zone(zone, s->stubs.items[i].zone))
			return true;
	return false;
}

/* A zone of its own without data lets everything below the name through, whatever stands above it. */
static int
let_through(struct ub_ctx *ub, const uint8_t *zone)
{
	char name[LIMIT_NAME_TEXT + 1];
	size_t n = strlen(dname_text(zone, name));

	memcpy(name + n, ".", 2);
	return ub_ctx_zone_add(ub, name, "transparent");
}

/* libunbound's own zone: whether it goes or stays, done in two rounds, for they may lie in each other. */
typedef int builtin_fn(struct ub_ctx *ub, const struct settings *s, const uint8_t *zone);

static int
remove_if_taken_over(struct ub_ctx *ub, const struct settings *s, const uint8_t *zone)
{
	char name[LIMIT_NAME_TEXT];

	return is_taken_over(s, zone) ? ub_ctx_zone_remove(ub, dname_text(zone, name)) : UB_NOERROR;
}

static int
let_named_zones_through(struct ub_ctx *ub, const struct settings *s, const uint8_t *zone)
{
	int result = UB_NOERROR;

	if (is_taken_over(s, zone))
		return result;
	for (size_t i = 0; result == UB_NOERROR && i < s->n_zones; i++)
		if (dname_in_zone(s->zones[i].zone, zone))
			result = let_through(ub, s->zones[i].zone);
	for (size_t i = 0; result == UB_NOERROR && i < s->stubs.n; i++)
		if (dname_in_zone(s->stubs.items[i].zone, zone))
			result = let_through(ub, s->stubs.items[i].zone);
	return result;
}

/* The list is libunbound's: "info: static zone NAME TYPE0 IN" a line. */
static int
for_builtin_zones(struct ub_ctx *ub, const struct settings *s, const char *list, builtin_fn *fn)
{
	int result = UB_NOERROR;

	for (const char *line = list; result == UB_NOERROR && line;) {
		const char *next = strchr(line, '\n');
		char name[LIMIT_NAME_TEXT];
		uint8_t zone[LIMIT_NAME];

		if (sscanf(line, "info: %*s zone %1000s ", name) == 1 &&
		    dname_from_text(name, strlen(name), zone))
			result = fn(ub, s, zone);
		line = next ? next + 1 : NULL;
	}
	return result;
}

int
dns_builtin_remove(struct ub_ctx *ub, const struct settings *s, struct text *caught)
{
	struct text list = text_growing();
	int result;

	dns_log_catch(&list);
	result =
		ub_ctx_print_local_zones(ub); /* finishes the context: zones and anchors are read */
	dns_log_catch(caught);
	if (list.data)
		text_add(caught, list.data);
	if (result == UB_NOERROR)
		result = for_builtin_zones(ub, s, list.data, remove_if_taken_over);
	if (result == UB_NOERROR)
		result = for_builtin_zones(ub, s, list.data, let_named_zones_through);
	free(list.data);
	return result;
}
