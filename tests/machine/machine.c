/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

struct nmx_context *
start_context(const char *const *options)
{
	return start_context_on(&script_clock, options);
}

struct nmx_context *
start_context_on(const struct clock *clock, const char *const *options)
{
	struct nmx_context *ctx;
	const char *error = "";

	if (nmx_context_new(&ctx))
		abort();
	ctx->clock = clock;
	nmx_context_set(ctx, "own-ports", "", NULL);
	nmx_context_set(ctx, "allow-networks", "192.0.2.0/24,2001:db8::/32", NULL);
	nmx_context_set(ctx, "sts", "off", NULL); /* unless it is the test's: one question less */
	for (; options && options[0]; options += 2)
		CU_ASSERT_EQUAL_FATAL(nmx_context_set(ctx, options[0], options[1], NULL), 0);
	CU_ASSERT_EQUAL_FATAL(nmx_context_start(ctx, &error), 0);
	return ctx;
}

void
note_route(int error, struct nmx_route *route, void *user)
{
	struct got *got = user;

	got->calls++;
	got->error = error;
	nmx_route_unref(got->route);
	got->route = nmx_route_ref(route);
}

void
got_done(struct got *got)
{
	nmx_route_unref(got->route);
	*got = (struct got){0};
}

int
dispatch_all(struct nmx_context *ctx)
{
	int n, total = 0, idle = 0;

	while (idle < 3) {
		n = nmx_context_dispatch(ctx);
		CU_ASSERT_FATAL(n >= 0);
		idle = n ? 0 : idle + 1;
		total += n;
	}
	return total;
}

uint64_t
stat_of(struct nmx_context *ctx, enum nmx_stat stat)
{
	uint64_t stats[NMX_STAT_COUNT];

	CU_ASSERT_EQUAL(nmx_context_stats(ctx, stats, NMX_STAT_COUNT), 0);
	return stats[stat];
}

char *
json_of(struct nmx_route *route)
{
	struct nmx_plan *plan;
	char *text;

	CU_ASSERT_EQUAL_FATAL(nmx_plan_new(route, 1, &plan), 0);
	CU_ASSERT_EQUAL_FATAL(nmx_json(route, plan, 0, &text), 0);
	nmx_plan_free(plan);
	return text;
}

void
script_example(enum script_when when)
{
	static const char *const hosts[] = {"a.example.test", "b.example.test", "m.example.test"};
	char address[64];

	script_rrset("_smtp._tcp.example.test", "SRV",
		     "10 60 25 a.example.test|10 40 25 b.example.test", 2, when);
	script_rrset("example.test", "MX", "10 m.example.test", 2, when);
	for (int i = 0; i < 3; i++) {
		snprintf(address, sizeof(address), "192.0.2.%d", i + 10);
		script_rrset(hosts[i], "A", address, 2, when);
		snprintf(address, sizeof(address), "2001:db8::%d", i + 10);
		script_rrset(hosts[i], "AAAA", address, 2, when);
		snprintf(address, sizeof(address), "_25._tcp.%s", hosts[i]);
		script_rrset(
			address, "TLSA",
			"3 1 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 2,
			when);
	}
}
