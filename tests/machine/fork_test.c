/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A child that is forked inside a callback and returns from it: the call it returns into ends with FORKED,
 * calls nobody else, and frees the context if the child asked for that. The parent notices nothing.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "delivery.h"
#include "suites.h"

enum call { DISPATCH, BLOCKING };

/* Which of its callbacks forks, and what the child does there. */
struct forking {
	struct nmx_context *ctx;
	int fork_in; /* 1 route, 2 deliver, 3 report */
	bool free_there;
	bool in_child, was_freed;
	pid_t child;
	int calls_in_child, routes, deliveries, reports;
};

static void
called(struct forking *f, int where)
{
	f->calls_in_child += f->in_child;
	if (where != f->fork_in)
		return;
	f->fork_in = 0;
	f->child = fork();
	f->in_child = f->child == 0;
	if (f->in_child && f->free_there) {
		nmx_context_free(f->ctx);
		f->was_freed = true;
	}
}

static void
route_known(int error, struct nmx_route *route, void *user)
{
	struct forking *f = user;

	(void)error, (void)route;
	f->routes++;
	called(f, 1);
}

static enum nmx_result
deliver(struct nmx_attempt *attempt, void *user)
{
	struct forking *f = user;

	(void)attempt;
	f->deliveries++;
	called(f, 2);
	return NMX_TRY_NEXT;
}

static void
reported(int error, struct nmx_report *report, void *user)
{
	struct forking *f = user;

	(void)error, (void)report;
	f->reports++;
	called(f, 3);
}

static int
run(struct forking *f, enum call call)
{
	struct nmx_report *report = NULL;
	int result = 1;

	if (call == BLOCKING) {
		result = nmx_deliver(f->ctx, "mail.test", deliver, f, &report);
		nmx_report_unref(report);
		f->reports += result == 0;
		return result;
	}
	for (int i = 0; i < 3; i++)
		nmx_request_start(f->ctx, "mail.test", route_known, f, NULL);
	nmx_delivery_start(f->ctx, "mail.test", deliver, reported, f, NULL);
	while (result > 0)
		result = nmx_context_dispatch(f->ctx);
	return result;
}

static void
child_ends(struct forking *f, int result)
{
	bool well = result == NMX_E_FORKED && f->calls_in_child == 0;

	if (!f->was_freed)
		nmx_context_free(f->ctx);
	_exit(well ? 42 : 1);
}

static void
one(enum call call, int fork_in, bool free_there)
{
	struct forking f = {.fork_in = fork_in, .free_there = free_there};
	int status = -1, result;

	mail_zone(SCRIPT_INSIDE);
	f.ctx = start_context(NULL);
	result = run(&f, call);
	if (f.in_child)
		child_ends(&f, result);
	waitpid(f.child, &status, 0);
	CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 42);
	CU_ASSERT_EQUAL(result, 0);
	CU_ASSERT_EQUAL(f.routes, call == DISPATCH ? 3 : 0);
	CU_ASSERT_EQUAL(f.deliveries, MAIL_HOSTS);
	CU_ASSERT_EQUAL(f.reports, 1);
	nmx_context_free(f.ctx);
	script_reset();
}

static void
child_of_a_callback_returns(void)
{
	for (int free_there = 0; free_there < 2; free_there++) {
		for (int fork_in = 1; fork_in <= 3; fork_in++)
			one(DISPATCH, fork_in, free_there);
		one(BLOCKING, 2, free_there);
	}
}

CU_TestInfo fork_tests[] = {
	{"child of a callback returns", child_of_a_callback_returns},
	CU_TEST_INFO_NULL,
};
