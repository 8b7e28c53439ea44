/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <unbound-event.h>

#include <nextmx.h>

#include "base/limits.h"

struct loop {
	struct ub_event_base base; /* first: libunbound hands us this */
	const struct clock *clock;
	int epoll, timer_fd;
	struct timer **heap; /* by time; heap[1] is the earliest */
	size_t n_timers, heap_size;
	int64_t armed; /* when the timerfd fires: 0 at once, INT64_MAX never */
	struct epoll_event batch[LIMIT_EVENTS];
	int n_batch; /* events of batch that are still to be run */
	bool fired;  /* the timerfd, since it was armed: whoever waits for edges has had this one */
	bool full;   /* the kernel may have more than the last batch */
};

/* libunbound's event. It is freed by libunbound, at times inside its own callback. */
struct event {
	struct ub_event base; /* first */
	struct loop *loop;
	struct timer timer;
	int64_t timeout; /* of a persistent event, re-armed after each callback; 0 none */
	int fd;
	short bits;
	bool watched; /* by epoll */
	void (*callback)(int, short, void *);
	void *arg;
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
	int64_t now = loop->clock->boot_ns(loop->clock);

	for (int i = 0; i < LIMIT_EVENTS && loop->n_timers; i++) {
		struct timer *timer = loop->heap[1];

		if (timer->at > now)
			return;
		loop_cancel_timer(loop, timer);
		timer->fire(timer);
	}
}

/* ---- libunbound's events -------------------------------------------------------------------- */

static struct event *
event_of(struct ub_event *base)
{
	return (struct event *)base;
}

/* An event that goes must not be run any more from the batch it may be in. */
static void
forget_in_batch(struct event *event)
{
	struct loop *loop = event->loop;

	for (int i = 0; i < loop->n_batch; i++)
		if (loop->batch[i].data.ptr == event)
			loop->batch[i].data.ptr = NULL;
}

static int
event_del(struct ub_event *base)
{
	struct event *event = event_of(base);

	loop_cancel_timer(event->loop, &event->timer);
	if (event->watched)
		epoll_ctl(event->loop->epoll, EPOLL_CTL_DEL, event->fd, NULL);
	event->watched = false;
	forget_in_batch(event);
	return 0;
}

static void
run_event(struct event *event, short bits)
{
	if (!(event->bits & UB_EV_PERSIST))
		event_del(&event->base);
	else if (event->timeout)
		loop_set_timer(event->loop, &event->timer,
			       event->loop->clock->boot_ns(event->loop->clock) + event->timeout);
	event->callback(event->fd, bits, event->arg);
}

static void
event_timed_out(struct timer *timer)
{
	struct event *event = (struct event *)((char *)timer - offsetof(struct event, timer));

	run_event(event, UB_EV_TIMEOUT);
}

static int64_t
timeval_ns(const struct timeval *tv)
{
	return tv->tv_sec * NS_PER_S + tv->tv_usec * INT64_C(1000);
}

static int
event_add(struct ub_event *base, struct timeval *tv)
{
	struct event *event = event_of(base);
	struct loop *loop = event->loop;
	struct epoll_event want = {.data.ptr = event};

	want.events = (event->bits & UB_EV_READ ? EPOLLIN : 0u) |
		      (event->bits & UB_EV_WRITE ? EPOLLOUT : 0u);
	if (event->fd >= 0 && want.events && !event->watched) {
		if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, event->fd, &want) < 0)
			return -1;
		event->watched = true;
	}
	event->timeout = tv ? timeval_ns(tv) : 0;
	if (!tv) {
		loop_cancel_timer(loop, &event->timer);
		return 0;
	}
	return loop_set_timer(loop, &event->timer,
			      loop->clock->boot_ns(loop->clock) + event->timeout)
		       ? -1
		       : 0;
}

static int
event_add_timer(struct ub_event *base, struct ub_event_base *ub_base,
		void (*callback)(int, short, void *), void *arg, struct timeval *tv)
{
	struct event *event = event_of(base);

	(void)ub_base;
	event->callback = callback;
	event->arg = arg;
	return event_add(base, tv);
}

static void
event_add_bits(struct ub_event *base, short bits)
{
	event_of(base)->bits |= bits;
}

static void
event_del_bits(struct ub_event *base, short bits)
{
	event_of(base)->bits &= (short)~bits;
}

static void
event_set_fd(struct ub_event *base, int fd)
{
	event_of(base)->fd = fd;
}

static void
event_free(struct ub_event *base)
{
	event_del(base);
	free(base);
}

static int
event_no_signal_add(struct ub_event *base, struct timeval *tv)
{
	(void)base, (void)tv;
	return -1;
}

static int
event_no_signal_del(struct ub_event *base)
{
	(void)base;
	return -1;
}

static void
event_no_unregister(struct ub_event *base)
{
	(void)base;
}

static void
event_no_wouldblock(struct ub_event *base, int bit)
{
	(void)base, (void)bit;
}

/* libunbound wants it writable but does not write it. */
static struct ub_event_vmt event_vmt = {
	event_add_bits,	     event_del_bits,	  event_set_fd,	       event_free,
	event_add,	     event_del,		  event_add_timer,     event_del,
	event_no_signal_add, event_no_signal_del, event_no_unregister, event_no_wouldblock,
};

static struct ub_event *
base_new_event(struct ub_event_base *base, int fd, short bits, void (*callback)(int, short, void *),
	       void *arg)
{
	struct event *event = calloc(1, sizeof(*event));

	if (!event)
		return NULL;
	event->base = (struct ub_event){UB_EVENT_MAGIC, &event_vmt};
	event->loop = (struct loop *)base;
	event->timer.fire = event_timed_out;
	event->fd = fd;
	event->bits = bits;
	event->callback = callback;
	event->arg = arg;
	return &event->base;
}

static void
base_free(struct ub_event_base *base)
{
	(void)base;
}

static int
base_no_dispatch(struct ub_event_base *base)
{
	(void)base;
	return -1;
}

static int
base_no_exit(struct ub_event_base *base, struct timeval *tv)
{
	(void)base, (void)tv;
	return 0;
}

static struct ub_event *
base_no_signal(struct ub_event_base *base, int fd, void (*callback)(int, short, void *), void *arg)
{
	(void)base, (void)fd, (void)callback, (void)arg;
	return NULL;
}

static struct ub_event *
base_no_wsaevent(struct ub_event_base *base, void *wsaevent, void (*callback)(int, short, void *),
		 void *arg)
{
	(void)base, (void)wsaevent, (void)callback, (void)arg;
	return NULL;
}

static struct ub_event_base_vmt base_vmt = {
	base_free, base_no_dispatch, base_no_exit, base_new_event, base_no_signal, base_no_wsaevent,
};

/* ---- The loop ------------------------------------------------------------------------------- */

int
loop_new(const struct clock *clock, struct loop **ret_loop)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	struct epoll_event want = {.events = EPOLLIN};

	if (!loop)
		return NMX_E_NOMEM;
	loop->base = (struct ub_event_base){UB_EVENT_MAGIC, &base_vmt};
	loop->clock = clock;
	loop->armed = INT64_MAX;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	loop->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (loop->epoll < 0 || loop->timer_fd < 0 ||
	    epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->timer_fd, &want) < 0) {
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
	if (loop->epoll >= 0)
		close(loop->epoll);
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
	return &loop->base;
}

static short
event_bits(const struct event *event, uint32_t epoll_bits)
{
	short bits = 0;

	if (epoll_bits & (EPOLLIN | EPOLLERR | EPOLLHUP))
		bits |= UB_EV_READ;
	if (epoll_bits & (EPOLLOUT | EPOLLERR | EPOLLHUP))
		bits |= UB_EV_WRITE;
	return (short)(bits & event->bits);
}

int
loop_run(struct loop *loop, bool wait)
{
	int n = epoll_wait(loop->epoll, loop->batch, LIMIT_EVENTS, wait ? -1 : 0);

	if (n < 0 && errno != EINTR)
		return NMX_E_SYSTEM;
	loop->n_batch = n > 0 ? n : 0;
	loop->full = n == LIMIT_EVENTS;
	loop->fired = loop->armed <= loop->clock->boot_ns(loop->clock);
	for (int i = 0; i < loop->n_batch; i++) {
		struct event *event = loop->batch[i].data.ptr;

		if (event) /* else the timerfd, which loop_settle arms again */
			run_event(event, event_bits(event, loop->batch[i].events));
	}
	loop->n_batch = 0;
	run_timers(loop);
	return 0;
}

/*
 * A timer that became earlier than what the timerfd is armed for is armed; one that became later, or
 * went, is left to fire for nothing once. At or after its time the timerfd is readable until it is
 * set again, so an armed time in the past is never left standing. Whoever polls for edges (EPOLLET)
 * hears of more work only if it is set anew, even to the same time.
 */
void
loop_settle(struct loop *loop, bool more_work)
{
	bool at_once = more_work || loop->full;
	int64_t next = at_once ? 0 : loop->n_timers ? loop->heap[1]->at : INT64_MAX;
	bool expired = loop->armed <= loop->clock->boot_ns(loop->clock);
	struct itimerspec spec = {{0, 0}, {0, 0}};

	if (next >= loop->armed && !(next == loop->armed ? loop->fired : expired))
		return;
	loop->fired = loop->full = false;
	loop->armed = next;
	if (next != INT64_MAX) {
		if (next < 1)
			next = 1; /* zero would disarm */
		spec.it_value.tv_sec = next / NS_PER_S;
		spec.it_value.tv_nsec = next % NS_PER_S;
	}
	timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
}
