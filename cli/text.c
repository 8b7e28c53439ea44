/* SPDX-License-Identifier: BSD-2-Clause */
/* Text that several verbs print. */
#include <stdio.h>

#include "cli/cli.h"

/* A-labels only: what a terminal makes of other scripts is not ours to trust. */
void
print_heading(const struct nmx_route *route, const struct nmx_plan *plan)
{
	const char *ascii = nmx_route_ascii(route);

	printf("%s: %s %s", *ascii ? ascii : nmx_route_domain(route),
	       nmx_outcome_name(nmx_plan_outcome(plan)), nmx_plan_status(plan));
	if (nmx_plan_outcome(plan) == NMX_DELIVERABLE)
		printf(" by %s, %s, TTL %u, seed %llu\n", nmx_source_name(nmx_route_source(route)),
		       nmx_security_name(nmx_route_security(route)), nmx_route_ttl(route),
		       (unsigned long long)nmx_plan_seed(plan));
	else
		printf(": %s\n", nmx_plan_reason(plan));
}

void
print_sts(const struct nmx_route *route)
{
	enum nmx_sts_mode mode = nmx_route_sts_mode(route);

	if (mode == NMX_STS_ABSENT)
		return;
	printf("  MTA-STS: %s, id %s, %s %lu s ago, max_age %lu:", nmx_sts_mode_name(mode),
	       nmx_route_sts_id(route),
	       nmx_route_sts_was_fetched(route) ? "fetched" : "held, fetched",
	       (unsigned long)nmx_route_sts_age(route),
	       (unsigned long)nmx_route_sts_max_age(route));
	for (size_t i = 0; i < nmx_route_sts_mx_count(route); i++)
		printf(" %s", nmx_route_sts_mx(route, i));
	printf("%s\n", nmx_route_sts_mx_count(route) ? "" : " no mx");
}

static void
print_drop(const struct nmx_drop *drop)
{
	const char *address = nmx_drop_address(drop);
	char text[1024];

	nmx_drop_text(drop, text, sizeof(text));
	printf("  left out: %s %s:%u%s%s: %s: %s (%s)\n", nmx_source_name(nmx_drop_stage(drop)),
	       nmx_drop_host(drop), nmx_drop_port(drop), *address ? " " : "", address,
	       nmx_drop_code_name(nmx_drop_code(drop)), text, nmx_drop_rule(drop));
}

void
print_drops(const struct nmx_route *route, const struct nmx_plan *plan)
{
	for (size_t i = 0; i < nmx_route_dropped_count(route); i++)
		print_drop(nmx_route_dropped(route, i));
	for (size_t i = 0; i < nmx_plan_dropped_count(plan); i++)
		print_drop(nmx_plan_dropped(plan, i));
}

void
print_json_string(const char *string)
{
	putchar('"');
	for (; *string; string++) {
		unsigned char c = (unsigned char)*string;

		if (c == '"' || c == '\\' || c < 0x20 || c == 0x7f)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}
