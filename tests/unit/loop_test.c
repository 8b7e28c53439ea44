/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/loop.h"
#include "unit.h"

#include <nextmx.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

const char unit_name[] = "loop";

struct end {
	struct watch watch; /* first */
	struct loop *loop;
	int pipe[2];
	struct end *other; /* unwatched and closed when this fires */
	unsigned fired;
	uint32_t bits;
};

static void
close_end(struct end *end)
{
	loop_unwatch(end->loop, &end->watch);
	close(end->pipe[0]);
	close(end->pipe[1]);
	end->pipe[0] = end->pipe[1] = -1;
}

static void
end_is_ready(struct watch *watch, uint32_t bits)
{
	struct end *end = (struct end *)watch;

	end->fired++;
	end->bits = bits;
	if (end->other && end->other->pipe[0] >= 0)
		close_end(end->other);
}

static void
open_end(struct end *end, struct loop *loop)
{
	*end = (struct end){.loop = loop, .watch.fire = end_is_ready};
	CU_ASSERT_FATAL(pipe(end->pipe) == 0);
	CU_ASSERT(loop_watch(loop, &end->watch, end->pipe[0], EPOLLIN) == 0);
}

static struct loop *
new_loop(void)
{
	struct loop *loop = NULL;

	CU_ASSERT_FATAL(loop_new(&clock_system, &loop) == 0);
	return loop;
}

static void
test_watch(void)
{
	struct loop *loop = new_loop();
	struct end end;

	open_end(&end, loop);
	loop_run(loop, false);
	CU_ASSERT(end.fired == 0);
	CU_ASSERT(write(end.pipe[1], "x", 1) == 1);
	loop_run(loop, false);
	loop_run(loop, false);
	CHECK(end.fired == 2 && end.bits == EPOLLIN, "level-triggered: %u", end.fired);
	loop_unwatch(loop, &end.watch);
	loop_unwatch(loop, &end.watch);
	loop_run(loop, false);
	CU_ASSERT(end.fired == 2);
	CU_ASSERT(loop_watch(loop, &end.watch, end.pipe[0], EPOLLIN) == 0);
	loop_run(loop, false);
	CU_ASSERT(end.fired == 3);
	close_end(&end);
	CU_ASSERT(loop_watch(loop, &end.watch, -1, EPOLLIN) == NMX_E_SYSTEM);
	CU_ASSERT(!end.watch.watched);
	loop_free(loop);
}

/* Other bits of the same descriptor. */
static void
test_change(void)
{
	struct loop *loop = new_loop();
	struct end end;

	open_end(&end, loop);
	CU_ASSERT(write(end.pipe[1], "x", 1) == 1);
	CU_ASSERT(loop_watch(loop, &end.watch, end.pipe[0], EPOLLOUT) == 0);
	loop_run(loop, false);
	CU_ASSERT(end.fired == 0);
	CU_ASSERT(loop_watch(loop, &end.watch, end.pipe[0], EPOLLIN | EPOLLOUT) == 0);
	loop_run(loop, false);
	CU_ASSERT(end.fired == 1);
	close_end(&end);
	loop_free(loop);
}

/* Both are in one batch; whichever comes first takes the other away, and its number is used again. */
static void
test_gone_in_batch(void)
{
	struct loop *loop = new_loop();
	struct end one, two, late;

	open_end(&one, loop);
	open_end(&two, loop);
	one.other = &two;
	two.other = &one;
	CU_ASSERT(write(one.pipe[1], "x", 1) == 1 && write(two.pipe[1], "x", 1) == 1);
	loop_run(loop, false);
	CHECK(one.fired + two.fired == 1, "%u, %u", one.fired, two.fired);
	open_end(&late, loop);
	loop_run(loop, false);
	CU_ASSERT(late.fired == 0);
	close_end(&late);
	close_end(one.fired ? &one : &two);
	loop_free(loop);
}

static bool
is_readable(const struct loop *loop)
{
	struct pollfd fd = {.fd = loop_fd(loop), .events = POLLIN};

	return poll(&fd, 1, 0) == 1;
}

static unsigned n_timers_fired;

static void
timer_fired(struct timer *timer)
{
	(void)timer;
	n_timers_fired++;
}

/* The descriptor says that there is work, or that a timer is due, and no more once that is gone. */
static void
test_settle(void)
{
	struct loop *loop = new_loop();
	struct timer timer = {.fire = timer_fired};

	loop_settle(loop, false);
	CU_ASSERT(!is_readable(loop));
	loop_settle(loop, true);
	loop_settle(loop, true);
	CU_ASSERT(is_readable(loop) && loop_take(loop, true) == 0 && !loop_is_due(loop));
	loop_settle(loop, true);
	CU_ASSERT(is_readable(loop));
	loop_settle(loop, false);
	CU_ASSERT(!is_readable(loop));
	CU_ASSERT(loop_set_timer(loop, &timer, loop_now(loop)) == 0);
	loop_settle(loop, true);
	loop_settle(loop, false);
	CU_ASSERT(is_readable(loop) && loop_take(loop, true) == 0 && loop_is_due(loop));
	loop_fire(loop);
	CU_ASSERT(n_timers_fired == 1 && loop_take(loop, false) == 0 && !loop_is_due(loop));
	loop_settle(loop, false);
	CU_ASSERT(!is_readable(loop));
	loop_free(loop);
}

/* Whoever polls for edges hears of work that is still there after it was looked at, but not twice. */
static void
test_edges(void)
{
	struct loop *loop = new_loop();
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	int outer = epoll_create1(0);

	CU_ASSERT_FATAL(outer >= 0);
	CU_ASSERT(epoll_ctl(outer, EPOLL_CTL_ADD, loop_fd(loop), &event) == 0);
	loop_settle(loop, true);
	CU_ASSERT(epoll_wait(outer, &event, 1, 0) == 1 && epoll_wait(outer, &event, 1, 0) == 0);
	loop_settle(loop, true);
	CU_ASSERT(epoll_wait(outer, &event, 1, 0) == 0);
	loop_run(loop, false);
	loop_settle(loop, true);
	CU_ASSERT(epoll_wait(outer, &event, 1, 0) == 1);
	loop_run(loop, false);
	loop_settle(loop, false);
	CU_ASSERT(epoll_wait(outer, &event, 1, 0) == 0);
	close(outer);
	loop_free(loop);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(test_watch),	UNIT_TEST(test_change), UNIT_TEST(test_gone_in_batch),
	UNIT_TEST(test_settle), UNIT_TEST(test_edges),	CU_TEST_INFO_NULL,
};
