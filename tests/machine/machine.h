/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of the request machine share: contexts over the script, and what callbacks saw. */
#ifndef NMX_TESTS_MACHINE_H
#define NMX_TESTS_MACHINE_H

#include <CUnit/CUnit.h>

#include "resolver/context.h"
#include "script.h"

/* What one request got. */
struct got {
	int calls, error;
	struct nmx_route *route; /* a reference */
};

/* A started context over the script and its clock. Options as "name", "value", ..., NULL. */
struct nmx_context *start_context(const char *const *options);
/* The same by another clock. */
struct nmx_context *start_context_on(const struct clock *clock, const char *const *options);
/* Records the call in the struct got that is its user. */
void note_route(int error, struct nmx_route *route, void *user);
void got_done(struct got *got);
/* Dispatches until nothing happens any more; returns how many callbacks ran. */
int dispatch_all(struct nmx_context *ctx);
uint64_t stat_of(struct nmx_context *ctx, enum nmx_stat stat);
/* The route's JSON with a plan of seed 1; the caller frees it. */
char *json_of(struct nmx_route *route);

/* example.test: two SRV hosts, one MX host, all with both families; every answer when. */
void script_example(enum script_when when);
/* SRV and MX; A, AAAA and TLSA of three hosts. */
enum { EXAMPLE_QUESTIONS = 11 };

#endif
