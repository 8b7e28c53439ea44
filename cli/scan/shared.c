/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/shared.h"

#include "cli/cli.h"
#include "cli/scan/wake.h"

bool
shared_init(struct shared *s, unsigned n_threads)
{
	*s = (struct shared){.code = EXIT_OK, .window.size = WINDOW};
	s->main_wake = wake_new();
	if (s->main_wake < 0)
		return false;
	for (; s->n_wakes < n_threads; s->n_wakes++) {
		s->wakes[s->n_wakes] = wake_new();
		if (s->wakes[s->n_wakes] < 0)
			break;
	}
	if (s->n_wakes == n_threads && pthread_mutex_init(&s->lock, NULL) == 0)
		return true;
	while (s->n_wakes > 0)
		close(s->wakes[--s->n_wakes]);
	close(s->main_wake);
	return false;
}

void
shared_done(struct shared *s)
{
	while (s->n_wakes > 0)
		close(s->wakes[--s->n_wakes]);
	close(s->main_wake);
	pthread_mutex_destroy(&s->lock);
}

void
shared_wake_all(struct shared *s)
{
	for (unsigned i = 0; i < s->n_wakes; i++)
		wake_set(s->wakes[i]);
	wake_set(s->main_wake);
}

void
shared_stop(struct shared *s, enum scan_stop stop)
{
	int before = atomic_load(&s->stop);

	while (before < (int)stop && !atomic_compare_exchange_weak(&s->stop, &before, (int)stop))
		;
	shared_wake_all(s);
}

void
shared_fail(struct shared *s, int code)
{
	pthread_mutex_lock(&s->lock);
	s->code = graver(s->code, code);
	pthread_mutex_unlock(&s->lock);
	shared_stop(s, STOP_NOW);
}

bool
shared_has_room(struct shared *s, uint64_t number)
{
	bool has_room;

	pthread_mutex_lock(&s->lock);
	has_room = window_has_room(&s->window, number);
	s->room_is_awaited = !has_room;
	pthread_mutex_unlock(&s->lock);
	return has_room;
}

/* With the lock, which it gives up. */
static void
finish(struct shared *s, uint64_t number)
{
	uint64_t first = s->window.first;
	bool wakes;

	s->counts.done++;
	window_finish(&s->window, number);
	wakes = s->room_is_awaited && s->window.first > first;
	if (wakes)
		s->room_is_awaited = false;
	pthread_mutex_unlock(&s->lock);
	if (wakes)
		wake_set(s->main_wake);
}

void
shared_finish(struct shared *s, uint64_t number, enum nmx_outcome outcome)
{
	pthread_mutex_lock(&s->lock);
	s->counts.outcomes[outcome]++;
	finish(s, number);
}

void
shared_finish_fault(struct shared *s, uint64_t number)
{
	pthread_mutex_lock(&s->lock);
	s->counts.errors++;
	finish(s, number);
}

void
shared_finish_kept(struct shared *s, uint64_t number)
{
	pthread_mutex_lock(&s->lock);
	s->counts.kept++;
	finish(s, number);
}

struct counts
shared_counts(struct shared *s)
{
	struct counts counts;

	pthread_mutex_lock(&s->lock);
	counts = s->counts;
	pthread_mutex_unlock(&s->lock);
	return counts;
}
