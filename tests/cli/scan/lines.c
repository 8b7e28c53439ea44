/* SPDX-License-Identifier: BSD-2-Clause */
#include "lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "policy/domain.h"
#include "resolver/route.h"
#include "unit.h"

struct nmx_route *
lines_route(const char *text)
{
	struct bench *bench = bench_new("");
	struct own *own = own_new(&(struct network_set){.n = 0}, &(struct port_set){.n = 0},
				  &(struct network_set){.n = 0});
	struct route_parts parts = {.notes = &bench->notes, .own = own};
	struct nmx_route *route;
	struct domain domain;

	if (!own || !domain_parse(text, false, &bench->arena, &domain))
		abort();
	parts.domain = domain.text;
	parts.ascii = domain.ascii;
	parts.verdict.outcome = domain_is_bad(&domain) ? NMX_REJECT : NMX_DEFER;
	snprintf(parts.verdict.code, sizeof(parts.verdict.code), "%s",
		 domain_is_bad(&domain) ? "5.1.2" : "4.4.3");
	parts.verdict.reason = "no answer (X-1)";
	route = route_new(&parts);
	if (!route)
		abort();
	own_unref(own);
	bench_free(bench);
	return route;
}

struct input_item
lines_item(const char *domain, const char *fault)
{
	return (struct input_item){
		.number = 1, .file = "list.csv", .line = 7, .domain = domain, .fault = fault};
}

char *
lines_of(const struct input_item *item, const struct fields *fields)
{
	struct nmx_route *route = item->fault ? NULL : lines_route(item->domain);
	size_t length = 0;
	char *line = route ? line_of_route(item, route, NULL, NULL, fields, &length)
			   : line_of_fault(item, fields, &length);

	if (!line)
		abort();
	CHECK(strlen(line) == length && strchr(line, '\n') == line + length - 1, "%s", line);
	nmx_route_unref(route);
	return line;
}
