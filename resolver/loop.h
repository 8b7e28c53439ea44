/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The event loop that libunbound and libcurl run in: an epoll descriptor with a timerfd and an eventfd
 * inside, so that one descriptor stands for every socket and timer and for work that can be done at once,
 * and can itself be polled by the host program.
 */
#ifndef NMX_RESOLVER_LOOP_H
#define NMX_RESOLVER_LOOP_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>

struct loop;
struct ub_event_base;

/* A timer; embedded in what it belongs to, which must cancel it before it goes. Zeroed: not set. */
struct timer {
	int64_t at;   /* boot clock, nanoseconds */
	size_t place; /* in the heap, from 1; 0: not set */
	void (*fire)(struct timer *timer);
};

/* A descriptor that is watched; embedded in what it belongs to, which must unwatch it before the
 * descriptor is closed. Zeroed: not watched. bits: EPOLLIN, EPOLLOUT, and what epoll adds. */
struct watch {
	int fd;
	uint32_t bits;
	bool watched;
	void (*fire)(struct watch *watch, uint32_t bits);
};

/* 0 or NMX_E_NOMEM, NMX_E_SYSTEM. The clock must outlive the loop. */
int loop_new(const struct clock *clock, struct loop **ret_loop);
void loop_free(struct loop *loop);

int loop_fd(const struct loop *loop);
struct ub_event_base *loop_ub_base(struct loop *loop);
/* The clock that timers run on. */
int64_t loop_now(const struct loop *loop);

/* 0 or NMX_E_NOMEM. Setting a timer that is set moves it. */
int loop_set_timer(struct loop *loop, struct timer *timer, int64_t at);
void loop_cancel_timer(struct loop *loop, struct timer *timer);

/*
 * 0 or NMX_E_SYSTEM: then nothing has changed. Watching what is watched changes the bits, of the same
 * descriptor only. Level-triggered: it fires as long as the descriptor is ready.
 */
int loop_watch(struct loop *loop, struct watch *watch, int fd, uint32_t bits);
/* It is not fired any more, not even from what the kernel has reported already. */
void loop_unwatch(struct loop *loop, struct watch *watch);

/*
 * Takes what the kernel reports, at most LIMIT_EVENTS; with wait, sleeps until there is something. 0 or
 * NMX_E_SYSTEM. Then loop_is_due() says whether loop_fire() has something to run: a descriptor, or timers
 * that are due, at most LIMIT_EVENTS of them.
 */
int loop_take(struct loop *loop, bool wait);
bool loop_is_due(const struct loop *loop);
void loop_fire(struct loop *loop);
/* The three together. */
int loop_run(struct loop *loop, bool wait);

/* Says whether the owner has work of its own: then the descriptor is readable at once, else when the
 * kernel has something or the next timer is due. Costs a system call only on a change. */
void loop_settle(struct loop *loop, bool more_work);

#endif
