/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libunbound's pluggable event base, made of a loop's watches and timers. One base belongs to each loop
 * and goes with it; the events are made and freed by libunbound.
 */
#include "resolver/loop_unbound.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <unbound-event.h>

struct base {
	struct ub_event_base base; /* first: libunbound hands us this */
	struct loop *loop;
};

/* libunbound's event. It is freed by libunbound, at times inside its own callback. */
struct event {
	struct ub_event base; /* first */
	struct loop *loop;
	struct watch watch;
	struct timer timer;
	int64_t timeout; /* of a persistent event, re-armed after each callback; 0 none */
	int fd;
	short bits;
	void (*callback)(int, short, void *);
	void *arg;
};

static struct event *
event_of(struct ub_event *base)
{
	return (struct event *)base;
}

static int
event_del(struct ub_event *base)
{
	struct event *event = event_of(base);

	loop_cancel_timer(event->loop, &event->timer);
	loop_unwatch(event->loop, &event->watch);
	return 0;
}

static void
run_event(struct event *event, short bits)
{
	if (!(event->bits & UB_EV_PERSIST))
		event_del(&event->base);
	else if (event->timeout)
		loop_set_timer(event->loop, &event->timer, loop_now(event->loop) + event->timeout);
	event->callback(event->fd, bits, event->arg);
}

static void
event_is_ready(struct watch *watch, uint32_t ready)
{
	struct event *event = (struct event *)((char *)watch - offsetof(struct event, watch));
	short bits = 0;

	if (ready & (EPOLLIN | EPOLLERR | EPOLLHUP))
		bits |= UB_EV_READ;
	if (ready & (EPOLLOUT | EPOLLERR | EPOLLHUP))
		bits |= UB_EV_WRITE;
	run_event(event, (short)(bits & event->bits));
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
	uint32_t want = (event->bits & UB_EV_READ ? EPOLLIN : 0u) |
			(event->bits & UB_EV_WRITE ? EPOLLOUT : 0u);

	if (event->fd >= 0 && want && !event->watch.watched &&
	    loop_watch(loop, &event->watch, event->fd, want))
		return -1;
	event->timeout = tv ? timeval_ns(tv) : 0;
	if (!tv) {
		loop_cancel_timer(loop, &event->timer);
		return 0;
	}
	return loop_set_timer(loop, &event->timer, loop_now(loop) + event->timeout) ? -1 : 0;
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
	event->loop = ((struct base *)base)->loop;
	event->watch.fire = event_is_ready;
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

struct ub_event_base *
loop_unbound_new(struct loop *loop)
{
	struct base *base = calloc(1, sizeof(*base));

	if (!base)
		return NULL;
	base->base = (struct ub_event_base){UB_EVENT_MAGIC, &base_vmt};
	base->loop = loop;
	return &base->base;
}
