/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <nextmx.h>

#include "base/limits.h"
#include "resolver/loop_unbound.h"

struct loop {
	const struct clock *clock;
	struct ub_event_base *ub_base;
	int epoll, timer_fd, work_fd;
	struct timer **heap; /* by time; heap[1] is the earliest */
	size_t n_timers, heap_size;
	int64_t armed; /* when the timerfd fires; INT64_MAX never */
	struct epoll_event batch[LIMIT_EVENTS];
	int n_batch; /* events of batch that are still to be run */
	bool fired;  /* the timerfd, since it was armed: whoever waits for edges has had this one */
	bool raised; /* the eventfd says that there is work */
	bool seen;   /* and has had its edge */
	bool due;    /* a timer, when the batch was taken */
	bool full;   /* the kernel may have more than the last batch */
};

/* ---- Timers --------------------------------------------------------------------------------- */

static void
put(struct loop *loop, size_t place, struct timer *timer)
{
	loop->heap[place] = timer;
	timer->place = place;
}

static void
sift(struct loop *loop, struct timer *timer, size_t place)
{
	while (place > 1 && loop->heap[place / 2]->at > timer->at) {
		put(loop, place, loop->heap[place / 2]);
		place /= 2;
	}
	for (size_t child; (child = 2 * place) <= loop->n_timers; place = child) {
		if (child < loop->n_timers && loop->heap[child + 1]->at < loop->heap[child]->at)
			child++;
		if (loop->heap[child]->at >= timer->at)
			break;
		put(loop, place, loop->heap[child]);
	}
	put(loop, place, timer);
}

static bool
make_room(struct loop *loop)
{
	size_t size = loop->heap_size ? 2 * loop->heap_size : 64;
	struct timer **heap;

	if (loop->n_timers + 2 <= loop->heap_size)
		return true;
	heap = realloc(loop->heap, size * sizeof(*heap));
	if (!heap)
		return false;
	loop->heap = heap;
	loop->heap_size = size;
	return true;
}

int
loop_set_timer(struct loop *loop, struct timer *timer, int64_t at)
{
	if (!timer->place) {
		if (!make_room(loop))
			return NMX_E_NOMEM;
		timer->place = ++loop->n_timers;
	}
	timer->at = at;
	sift(loop, timer, timer->place);
	return 0;
}

void
loop_cancel_timer(struct loop *loop, struct timer *timer)
{
	struct timer *last;
	size_t place = timer->place;

	if (!place)
		return;
	timer->place = 0;
	last = loop->heap[loop->n_timers--];
	if (last != timer)
		sift(loop, last, place);
}

static void
run_timers(struct loop *loop)
{
	int64_t now = loop_now(loop);

	for (int i = 0; i < LIMIT_EVENTS && loop->n_timers; i++) {
		struct timer *timer = loop->heap[1];

		if (timer->at > now)
			return;
		loop_cancel_timer(loop, timer);
		timer->fire(timer);
	}
}

/* ---- Watches -------------------------------------------------------------------------------- */

int
loop_watch(struct loop *loop, struct watch *watch, int fd, uint32_t bits)
{
	struct epoll_event want = {.events = bits, .data.ptr = watch};
	int operation = watch->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	if (watch->watched && watch->fd == fd && watch->bits == bits)
		return 0;
	if (epoll_ctl(loop->epoll, operation, fd, &want) < 0)
		return NMX_E_SYSTEM;
	watch->fd = fd;
	watch->bits = bits;
	watch->watched = true;
	return 0;
}

/* A watch that goes must not be run any more from the batch it may be in. */
void
loop_unwatch(struct loop *loop, struct watch *watch)
{
	if (!watch->watched)
		return;
	watch->watched = false;
	epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
	for (int i = 0; i < loop->n_batch; i++)
		if (loop->batch[i].data.ptr == watch)
			loop->batch[i].data.ptr = NULL;
}

/* ---- The loop ------------------------------------------------------------------------------- */

int64_t
loop_now(const struct loop *loop)
{
	return loop->clock->boot_ns(loop->clock);
}

int
loop_new(const struct clock *clock, struct loop **ret_loop)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	struct epoll_event want = {.events = EPOLLIN};

	if (!loop)
		return NMX_E_NOMEM;
	loop->clock = clock;
	loop->armed = INT64_MAX;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	loop->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	loop->work_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	loop->ub_base = loop_unbound_new(loop);
	if (!loop->ub_base) {
		loop_free(loop);
		return NMX_E_NOMEM;
	}
	if (loop->epoll < 0 || loop->timer_fd < 0 || loop->work_fd < 0 ||
	    epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->timer_fd, &want) < 0 ||
	    epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->work_fd, &want) < 0) {
		loop_free(loop);
		return NMX_E_SYSTEM;
	}
	*ret_loop = loop;
	return 0;
}

void
loop_free(struct loop *loop)
{
	if (!loop)
		return;
	if (loop->timer_fd >= 0)
		close(loop->timer_fd);
	if (loop->work_fd >= 0)
		close(loop->work_fd);
	if (loop->epoll >= 0)
		close(loop->epoll);
	free(loop->ub_base);
	free(loop->heap);
	free(loop);
}

int
loop_fd(const struct loop *loop)
{
	return loop->epoll;
}

struct ub_event_base *
loop_ub_base(struct loop *loop)
{
	return loop->ub_base;
}

int
loop_take(struct loop *loop, bool wait)
{
	int n = epoll_wait(loop->epoll, loop->batch, LIMIT_EVENTS, wait ? -1 : 0);
	int64_t now;

	if (n < 0 && errno != EINTR)
		return NMX_E_SYSTEM;
	now = loop_now(loop);
	loop->full = n == LIMIT_EVENTS;
	loop->fired = loop->armed <= now;
	loop->seen = loop->raised;
	loop->due = loop->n_timers && loop->heap[1]->at <= now;
	loop->n_batch = 0;
	for (int i = 0; i < n; i++)
		if (loop->batch[i].data.ptr) /* else one of loop_settle's */
			loop->batch[loop->n_batch++] = loop->batch[i];
	return 0;
}

bool
loop_is_due(const struct loop *loop)
{
	return loop->n_batch || loop->due;
}

void
loop_fire(struct loop *loop)
{
	for (int i = 0; i < loop->n_batch; i++) {
		struct watch *watch = loop->batch[i].data.ptr;

		if (watch)
			watch->fire(watch, loop->batch[i].events);
	}
	loop->n_batch = 0;
	run_timers(loop);
}

int
loop_run(struct loop *loop, bool wait)
{
	int result = loop_take(loop, wait);

	if (result == 0)
		loop_fire(loop);
	return result;
}

/* Work that can be done at once. An eventfd, for a timer that is due when it is armed costs the kernel an
 * interrupt, which in a virtual machine is some microseconds. */
static void
settle_work(struct loop *loop, bool work)
{
	eventfd_t count;

	if (work == loop->raised && !(work && loop->seen))
		return;
	if (work)
		eventfd_write(loop->work_fd, 1);
	else
		eventfd_read(loop->work_fd, &count);
	loop->raised = work;
	loop->seen = false;
}

/*
 * A timer that became earlier than what the timerfd is armed for is armed; one that became later, or
 * went, is left to fire for nothing once. At or after its time the timerfd is readable until it is
 * set again, so an armed time in the past is never left standing.
 */
static void
settle_timer(struct loop *loop)
{
	int64_t next = loop->n_timers ? loop->heap[1]->at : INT64_MAX;
	struct itimerspec spec = {{0, 0}, {0, 0}};

	if (next == loop->armed ? !loop->fired : next > loop->armed && loop->armed > loop_now(loop))
		return;
	loop->fired = false;
	loop->armed = next;
	if (next != INT64_MAX) {
		if (next < 1)
			next = 1; /* zero would disarm */
		spec.it_value.tv_sec = next / NS_PER_S;
		spec.it_value.tv_nsec = next % NS_PER_S;
	}
	timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

/* Whoever polls for edges (EPOLLET) hears of more work, or of a timer that is still due, only if it is set
 * anew. With work at once timers can wait: it is settled again when that is done. */
void
loop_settle(struct loop *loop, bool more_work)
{
	bool at_once = more_work || loop->full;

	loop->full = false;
	settle_work(loop, at_once);
	if (!at_once)
		settle_timer(loop);
}
