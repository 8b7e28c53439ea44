/* SPDX-License-Identifier: BSD-2-Clause */
/* What callers do: join, cancel and free at any moment, fork, and ask for too much. */
#include <poll.h>
#include <stdlib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine.h"
#include "suites.h"

/* A request whose callback does something to itself, to others or to the context. */
struct actor {
	struct nmx_context *ctx;
	struct nmx_request *own, *other;
	int calls, result;
	void (*act)(struct actor *actor);
};

static void
act(int error, struct nmx_route *route, void *user)
{
	struct actor *actor = user;

	CU_ASSERT_EQUAL(error, 0);
	CU_ASSERT_PTR_NOT_NULL(route);
	actor->calls++;
	actor->act(actor);
}

static void
free_own(struct actor *actor)
{
	nmx_request_free(actor->own);
}

static void
cancel_own(struct actor *actor)
{
	nmx_request_cancel(actor->own);
}

static void
free_other(struct actor *actor)
{
	nmx_request_free(actor->other);
}

static void
free_context(struct actor *actor)
{
	nmx_context_free(actor->ctx);
}

static void
dispatch_again(struct actor *actor)
{
	actor->result = nmx_context_dispatch(actor->ctx);
}

static void
resolve_again(struct actor *actor)
{
	struct nmx_route *route;

	actor->result = nmx_resolve(actor->ctx, "example.test", &route);
}

static void
free_in_callback(void)
{
	struct actor actor = {.ctx = start_context(NULL), .act = free_own};

	script_example(SCRIPT_INSIDE);
	nmx_request_start(actor.ctx, "example.test", act, &actor, &actor.own);
	CU_ASSERT_EQUAL(dispatch_all(actor.ctx), 1);
	nmx_context_free(actor.ctx);
}

static void
cancel_in_callback(void)
{
	struct actor actor = {.ctx = start_context(NULL), .act = cancel_own};

	script_example(SCRIPT_INSIDE);
	nmx_request_start(actor.ctx, "example.test", act, &actor, &actor.own);
	CU_ASSERT_EQUAL(dispatch_all(actor.ctx), 1);
	nmx_request_free(actor.own);
	nmx_context_free(actor.ctx);
}

/* Both are answered by the same lookup; the first callback frees the second request. */
static void
free_other_in_callback(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct actor actors[2] = {{.ctx = ctx, .act = free_other}, {.ctx = ctx, .act = free_other}};

	script_example(SCRIPT_INSIDE);
	nmx_request_start(ctx, "example.test", act, &actors[0], &actors[0].own);
	nmx_request_start(ctx, "example.test", act, &actors[1], &actors[1].own);
	actors[0].other = actors[1].own;
	actors[1].other = actors[0].own;
	CU_ASSERT_EQUAL(dispatch_all(ctx), 1);
	CU_ASSERT_EQUAL(actors[0].calls + actors[1].calls, 1);
	nmx_request_free(actors[0].calls ? actors[0].own : actors[1].own);
	nmx_context_free(ctx);
}

/* The context goes when dispatch returns; the request that stays is only good for freeing. */
static void
free_context_in_callback(void)
{
	struct actor actor = {.ctx = start_context(NULL), .act = free_context};
	struct nmx_request *waiting;
	struct got got = {0};

	script_example(SCRIPT_INSIDE);
	script_rrset("other.test", "MX", "", 2, SCRIPT_NEVER);
	nmx_request_start(actor.ctx, "other.test", note_route, &got, &waiting);
	nmx_request_start(actor.ctx, "example.test", act, &actor, &actor.own);
	CU_ASSERT_EQUAL(nmx_context_dispatch(actor.ctx), 1);
	CU_ASSERT_EQUAL(got.calls, 0);
	nmx_request_cancel(waiting);
	nmx_request_free(waiting);
	nmx_request_free(actor.own);
	script_release_all(); /* questions outlive the context */
}

static void
dispatch_in_callback(void)
{
	struct actor actor = {.ctx = start_context(NULL), .act = dispatch_again};

	script_example(SCRIPT_INSIDE);
	nmx_request_start(actor.ctx, "example.test", act, &actor, NULL);
	dispatch_all(actor.ctx);
	CU_ASSERT_EQUAL(actor.result, NMX_E_STATE);
	actor.act = resolve_again;
	nmx_request_start(actor.ctx, "example.test", act, &actor, NULL);
	dispatch_all(actor.ctx);
	CU_ASSERT_EQUAL(actor.result, NMX_E_STATE);
	CU_ASSERT_EQUAL(actor.calls, 2);
	nmx_context_free(actor.ctx);
}

/* Two requests, one lookup; each ends at its own deadline, and the lookup serves the second. */
static void
joined_with_different_deadlines(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct nmx_request *first, *second;
	struct got early = {0}, late = {0};

	script_example(SCRIPT_LATER);
	nmx_request_start(ctx, "example.test", note_route, &early, &first);
	nmx_request_start(ctx, "Example.Test", note_route, &late, &second);
	CU_ASSERT_EQUAL(nmx_request_set_deadline(first, 100), 0);
	CU_ASSERT_EQUAL(nmx_request_set_deadline(second, 30000), 0);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_JOINED), 1);
	script_advance_ms(100);
	CU_ASSERT_EQUAL(dispatch_all(ctx), 1);
	CU_ASSERT_EQUAL(early.calls, 1);
	CU_ASSERT_EQUAL(nmx_route_outcome(early.route), NMX_DEFER);
	CU_ASSERT_EQUAL(nmx_request_set_deadline(first, 100), NMX_E_STATE);
	script_advance_ms(25000); /* past the option's deadline, not past the second's */
	CU_ASSERT_EQUAL(dispatch_all(ctx), 0);
	while (script_waiting()) {
		script_release_all();
		dispatch_all(ctx);
	}
	CU_ASSERT_EQUAL(late.calls, 1);
	CU_ASSERT_EQUAL(nmx_route_outcome(late.route), NMX_DELIVERABLE);
	CU_ASSERT_EQUAL(script_asked(NULL, 0), EXAMPLE_QUESTIONS);
	nmx_request_free(first);
	nmx_request_free(second);
	got_done(&early);
	got_done(&late);
	nmx_context_free(ctx);
}

/* After a deadline the lookup goes on for the cache; after a cancel it has no purpose. */
static void
lookup_goes_on_after_deadline(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct nmx_request *req;
	struct got got = {0};

	script_example(SCRIPT_LATER);
	nmx_request_start(ctx, "example.test", note_route, &got, &req);
	nmx_request_set_deadline(req, 50);
	dispatch_all(ctx);
	script_advance_ms(50);
	CU_ASSERT_EQUAL(dispatch_all(ctx), 1);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_LOOKUPS_NOW), 1);
	while (script_waiting()) {
		script_release_all();
		dispatch_all(ctx);
	}
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_CACHED_ROUTES), 1);
	nmx_request_start(ctx, "example.test", note_route, &got, NULL);
	CU_ASSERT_EQUAL(dispatch_all(ctx), 1);
	CU_ASSERT_EQUAL(nmx_route_outcome(got.route), NMX_DELIVERABLE);
	nmx_request_free(req);
	got_done(&got);
	nmx_context_free(ctx);
}

static void
context_freed_in_flight(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct nmx_request *held[8];
	struct got got = {0};
	char domain[32];

	script_default(2, SCRIPT_LATER);
	for (int i = 0; i < 8; i++) {
		snprintf(domain, sizeof(domain), "d%d.test", i);
		nmx_request_start(ctx, domain, note_route, &got, &held[i]);
		nmx_request_start(ctx, domain, note_route, &got, NULL);
		if (i == 3)
			dispatch_all(ctx);
	}
	nmx_context_free(ctx);
	script_release_all();
	for (int i = 0; i < 8; i++)
		nmx_request_free(held[i]);
	CU_ASSERT_EQUAL(got.calls, 0);
}

/* What a child process may do with its parent's context: nothing, and free it. */
static bool
child_is_refused(struct nmx_context *ctx, struct nmx_request *req)
{
	struct nmx_route *route;
	uint64_t stat;
	bool refused =
		nmx_context_dispatch(ctx) == NMX_E_FORKED && nmx_context_fd(ctx) == NMX_E_FORKED &&
		nmx_resolve(ctx, "example.test", &route) == NMX_E_FORKED &&
		nmx_request_start(ctx, "example.test", note_route, NULL, NULL) == NMX_E_FORKED &&
		nmx_request_set_deadline(req, 5) == NMX_E_FORKED &&
		nmx_context_set(ctx, "srv", "off", NULL) == NMX_E_FORKED &&
		nmx_context_start(ctx, NULL) == NMX_E_FORKED &&
		nmx_context_set_log(ctx, NULL, NULL) == NMX_E_FORKED &&
		nmx_context_stats(ctx, &stat, 1) == NMX_E_FORKED;

	nmx_context_free(ctx);
	return refused;
}

static void
forked_child(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct nmx_request *req;
	struct got got = {0};
	int status = -1;
	pid_t child;

	script_example(SCRIPT_LATER);
	nmx_request_start(ctx, "example.test", note_route, &got, &req);
	dispatch_all(ctx);
	child = fork();
	if (child == 0)
		_exit(child_is_refused(ctx, req) ? 42 : 1);
	waitpid(child, &status, 0);
	CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 42);
	while (script_waiting()) {
		script_release_all();
		dispatch_all(ctx);
	}
	CU_ASSERT_EQUAL(got.calls, 1); /* the parent's context is untouched */
	nmx_request_free(req);
	got_done(&got);
	nmx_context_free(ctx);
}

/* CLK-1: everything learnt under the old clock is thrown away, what is asked is asked again. */
static void
clock_jump(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct got first = {0}, second = {0};

	script_example(SCRIPT_INSIDE);
	nmx_request_start(ctx, "example.test", note_route, &first, NULL);
	dispatch_all(ctx);
	script_default(2, SCRIPT_LATER);
	nmx_request_start(ctx, "later.test", note_route, &second, NULL);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(script_asked("later.test", RR_MX), 1);
	script_jump_wall_s(60);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(script_rebuilds(), 0);
	script_jump_wall_s(-121);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(script_rebuilds(), 1);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_CACHED_ROUTES), 0);
	CU_ASSERT_EQUAL(script_asked("later.test", RR_MX), 2);
	CU_ASSERT_EQUAL(second.calls, 0);
	script_release_all(); /* the old questions' answers are lost, the new ones' count */
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(second.calls, 1);
	CU_ASSERT_STRING_EQUAL(nmx_route_status(second.route), "5.1.2");
	script_jump_wall_s(1);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(script_rebuilds(), 1);
	got_done(&first);
	got_done(&second);
	nmx_context_free(ctx);
}

/* OUT-2: a domain that finds no room waits, and is deferred with 4.3.2 at its deadline. */
static void
overload(void)
{
	struct nmx_context *ctx = start_context(
		(const char *const[]){"max-questions", "8", "deadline-ms", "1000", NULL});
	struct got got[6] = {{0}}, late = {0};
	char domain[32];

	script_default(2, SCRIPT_NEVER);
	for (int i = 0; i < 6; i++) {
		snprintf(domain, sizeof(domain), "d%d.test", i);
		nmx_request_start(ctx, domain, note_route, &got[i], NULL);
	}
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_QUESTIONS_NOW), 6);
	script_advance_ms(1000);
	CU_ASSERT_EQUAL(dispatch_all(ctx), 6);
	for (int i = 0; i < 6; i++)
		CU_ASSERT_STRING_EQUAL(nmx_route_status(got[i].route), i < 3 ? "4.4.3" : "4.3.2");
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_ORPHANS_NOW), 6); /* they still count */
	nmx_request_start(ctx, "late.test", note_route, &late, NULL);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(late.calls, 0);
	script_default(2, SCRIPT_INSIDE);
	script_release_all();
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(late.calls, 1);
	CU_ASSERT_STRING_EQUAL(nmx_route_status(late.route), "5.1.2");
	nmx_request_start(ctx, "d5.test", note_route, &late, NULL); /* its 4.3.2 was not kept */
	dispatch_all(ctx);
	CU_ASSERT_STRING_EQUAL(nmx_route_status(late.route), "5.1.2");
	for (int i = 0; i < 6; i++)
		got_done(&got[i]);
	got_done(&late);
	nmx_context_free(ctx);
}

/* At most 64 completions a call; the descriptor says that there are more. */
static void
completions_are_bounded(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct got got = {0};

	script_example(SCRIPT_INSIDE);
	for (int i = 0; i < 150; i++)
		nmx_request_start(ctx, "example.test", note_route, &got, NULL);
	CU_ASSERT_EQUAL(nmx_context_dispatch(ctx), 64);
	CU_ASSERT_EQUAL(nmx_context_dispatch(ctx), 64);
	CU_ASSERT_EQUAL(nmx_context_dispatch(ctx), 22);
	CU_ASSERT_EQUAL(nmx_context_dispatch(ctx), 0);
	CU_ASSERT_EQUAL(got.calls, 150);
	got_done(&got);
	nmx_context_free(ctx);
}

/* A blocking call runs only its own answer; others' callbacks wait for dispatch. */
static void
blocking_leaves_others(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct nmx_route *route = NULL;
	struct got got = {0};

	script_example(SCRIPT_INSIDE);
	nmx_request_start(ctx, "example.test", note_route, &got, NULL);
	CU_ASSERT_EQUAL(nmx_resolve(ctx, "example.test", &route), 0);
	CU_ASSERT_EQUAL(got.calls, 0);
	CU_ASSERT_EQUAL(nmx_route_outcome(route), NMX_DELIVERABLE);
	CU_ASSERT_EQUAL(nmx_context_dispatch(ctx), 1);
	CU_ASSERT_EQUAL(got.calls, 1);
	nmx_route_unref(route);
	got_done(&got);
	nmx_context_free(ctx);
}

/* A SIGPIPE raised by libunbound's TCP neither kills the program nor stays; one of the program's own,
 * which it has blocked, is still there afterwards. */
static void
sigpipe_is_taken_back(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct got got = {0};
	sigset_t sigpipe, set;

	CU_ASSERT_PTR_EQUAL(signal(SIGPIPE, SIG_DFL), SIG_DFL);
	script_example(SCRIPT_INSIDE);
	script_raise(SIGPIPE);
	nmx_request_start(ctx, "example.test", note_route, &got, NULL);
	CU_ASSERT_EQUAL(dispatch_all(ctx), 1);
	sigemptyset(&sigpipe);
	sigaddset(&sigpipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, NULL, &set);
	CU_ASSERT_EQUAL(sigismember(&set, SIGPIPE), 0); /* the mask is as it was */
	sigpending(&set);
	CU_ASSERT_EQUAL(sigismember(&set, SIGPIPE), 0);

	pthread_sigmask(SIG_BLOCK, &sigpipe, NULL);
	raise(SIGPIPE);
	nmx_request_start(ctx, "other.test", note_route, &got, NULL);
	CU_ASSERT_EQUAL(dispatch_all(ctx), 1);
	sigpending(&set);
	CU_ASSERT_EQUAL(sigismember(&set, SIGPIPE), 1);
	signal(SIGPIPE, SIG_IGN); /* discards it */
	signal(SIGPIPE, SIG_DFL);
	pthread_sigmask(SIG_UNBLOCK, &sigpipe, NULL);
	script_raise(0);
	got_done(&got);
	nmx_context_free(ctx);
}

static void
misuse_is_refused(void)
{
	struct nmx_context *ctx;
	struct nmx_route *route;
	const char *error = NULL;

	CU_ASSERT_EQUAL(nmx_context_new(NULL), NMX_E_INVALID);
	CU_ASSERT_EQUAL(nmx_context_new(&ctx), 0);
	CU_ASSERT_EQUAL(nmx_resolve(ctx, "example.test", &route), NMX_E_STATE);
	CU_ASSERT_EQUAL(nmx_context_dispatch(ctx), NMX_E_STATE);
	CU_ASSERT_EQUAL(nmx_context_fd(ctx), NMX_E_STATE);
	CU_ASSERT_EQUAL(nmx_context_set(ctx, "stubb", "x", &error), NMX_E_OPTION);
	CU_ASSERT_PTR_NOT_NULL_FATAL(error);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "the nearest is stub"));
	CU_ASSERT_EQUAL(nmx_context_set(ctx, "family", "5", &error), NMX_E_VALUE);
	CU_ASSERT_EQUAL(nmx_context_start(ctx, &error), 0);
	CU_ASSERT_EQUAL(nmx_context_start(ctx, &error), NMX_E_STATE);
	CU_ASSERT_EQUAL(nmx_context_set(ctx, "srv", "off", &error), NMX_E_STATE);
	CU_ASSERT_EQUAL(nmx_request_start(ctx, "x.test", NULL, NULL, NULL), NMX_E_INVALID);
	CU_ASSERT_EQUAL(nmx_request_start(ctx, NULL, note_route, NULL, NULL), NMX_E_INVALID);
	nmx_request_free(NULL);
	nmx_route_unref(NULL);
	nmx_plan_free(NULL);
	nmx_context_free(NULL);
	nmx_context_free(ctx);
}

/* By the real clock: a deadline that is set between two dispatches wakes poll(). */
static void
a_new_deadline_wakes_the_descriptor(void)
{
	struct nmx_context *ctx = start_context_on(&clock_system, NULL);
	struct pollfd fd = {nmx_context_fd(ctx), POLLIN, 0};
	struct nmx_request *req;
	struct got got = {0};

	script_example(SCRIPT_NEVER);
	nmx_request_start(ctx, "example.test", note_route, &got, &req);
	for (int i = 0; i < 10; i++)
		nmx_context_dispatch(ctx);
	CU_ASSERT_EQUAL(poll(&fd, 1, 0), 0);
	CU_ASSERT_EQUAL(nmx_request_set_deadline(req, 20), 0);
	CU_ASSERT_EQUAL(poll(&fd, 1, 10000), 1);
	nmx_request_free(req);
	nmx_context_free(ctx);
}

CU_TestInfo requests_tests[] = {
	{"a new deadline wakes the descriptor", a_new_deadline_wakes_the_descriptor},
	{"free in callback", free_in_callback},
	{"cancel in callback", cancel_in_callback},
	{"free other in callback", free_other_in_callback},
	{"free context in callback", free_context_in_callback},
	{"dispatch in callback", dispatch_in_callback},
	{"joined with different deadlines", joined_with_different_deadlines},
	{"lookup goes on after deadline", lookup_goes_on_after_deadline},
	{"context freed in flight", context_freed_in_flight},
	{"forked child", forked_child},
	{"clock jump", clock_jump},
	{"overload", overload},
	{"completions are bounded", completions_are_bounded},
	{"blocking leaves others", blocking_leaves_others},
	{"SIGPIPE is taken back", sigpipe_is_taken_back},
	{"misuse is refused", misuse_is_refused},
	CU_TEST_INFO_NULL,
};
