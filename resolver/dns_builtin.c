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
	if (settings_forward(s))
		return true;
	for (size_t i = 0; i < s->n_zones; i++)
		if (dname_in_zone(zone, s->zones[i].zone))
			return true;
	for (size_t i = 0; i < s->stubs.n; i++)
		if (dname_in_zone(zone, s->stubs.items[i].zone))
			return true;
	return false;
}

/* libunbound's own list has "info: static zone NAME TYPE0 IN" a line; what is transparent is
 * dns_config.c's. */
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
	for (char *line = list.data; result == UB_NOERROR && line;) {
		char *next = strchr(line, '\n');
		char name[LIMIT_NAME_TEXT], kind[32];
		uint8_t zone[LIMIT_NAME];

		if (sscanf(line, "info: %31s zone %1000s ", kind, name) == 2 &&
		    strcmp(kind, "transparent") != 0 && dname_from_text(name, strlen(name), zone) &&
		    is_taken_over(s, zone))
			result = ub_ctx_zone_remove(ub, name);
		line = next ? next + 1 : NULL;
	}
	free(list.data);
	return result;
}
