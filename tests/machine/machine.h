/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of the request machine share: contexts over the script, and what callbacks saw. */
#ifndef NMX_TESTS_MACHINE_H
#define NMX_TESTS_MACHINE_H

#include <CUnit/CUnit.h>

#include "contexts.h"
#include "resolver/context.h"
#include "script.h"

/* What one request got. */
struct got {
	int calls, error;
	struct nmx_route *route; /* a reference */
};

/* start_context() by another clock. */
struct nmx_context *start_context_on(const struct clock *clock, const char *const *options);
/* Records the call in the struct got that is its user. */
void note_route(int error, struct nmx_route *route, void *user);
void got_done(struct got *got);
/* The route's JSON with a plan of seed 1; the caller frees it. */
char *json_of(struct nmx_route *route);

/* example.test: two SRV hosts, one MX host, all with both families; every answer when. */
void script_example(enum script_when when);
/* SRV and MX; A, AAAA and TLSA of three hosts. */
enum { EXAMPLE_QUESTIONS = 11 };

#endif
