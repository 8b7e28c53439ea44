/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/loop.h"
#include "unit.h"

#include <nextmx.h>
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

CU_TestInfo unit_tests[] = {
	UNIT_TEST(test_watch),
	UNIT_TEST(test_change),
	UNIT_TEST(test_gone_in_batch),
	CU_TEST_INFO_NULL,
};
