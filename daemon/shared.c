/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory is one anonymous mapping: a page-aligned head, which only the master writes, and two
 * banks of parts, one for the generation of workers that serves and one for that before it or after
 * it. Nothing is locked: whoever holds a lock may be killed.
 *
 * What is put aside is read while the master writes it. A reader may mix two names, but no mixture has
 * the hash of a whole name beside it that it is; so what never was aside is never found, and what is aside
 * and stays so is always found, as its name is not written again. Who looks while a name comes or goes
 * gets the answer of before or after. All words are atomic.
 */
#include "daemon/shared.h"
#include "daemon/moment.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum {
	BANKS = 2,
	PAGE = 64 * 1024, /* the largest of the usual ones: parts are protected by themselves */
	WORD_BITS = 64,
	NAME_WORDS = SHARED_NAME / 8,
};

_Static_assert(SHARED_NAME % 8 == 0 && SHARED_IN_FLIGHT % WORD_BITS == 0, "whole words");

struct aside {
	_Atomic int64_t until; /* 0: the place is empty */
	_Atomic uint64_t hash;
	_Atomic uint64_t name[NAME_WORDS];
};

struct head {
	_Atomic uint32_t n_used[BANKS]; /* parts that ever had a worker */
	_Atomic uint64_t restarts[SHARED_WORKERS];
	_Atomic uint32_t n_aside;
	struct aside aside[SHARED_QUARANTINE];
};

struct part {
	_Atomic int64_t beat;
	_Atomic bool is_ready;
	_Atomic bool was_started; /* in this generation */
	struct metrics metrics;
	_Atomic uint64_t taken[SHARED_IN_FLIGHT / WORD_BITS];
	_Atomic uint64_t subjects[SHARED_IN_FLIGHT][NAME_WORDS];
};

enum {
	HEAD_SIZE = (sizeof(struct head) + PAGE - 1) / PAGE * PAGE,
	PART_SIZE = (sizeof(struct part) + PAGE - 1) / PAGE * PAGE,
	MAP_SIZE = HEAD_SIZE + BANKS * SHARED_WORKERS * PART_SIZE,
};

struct shared {
	struct head *head; /* the start of the mapping */
	unsigned *n_views; /* of this process */
	unsigned bank;
};

static struct part *
part_at(const struct shared *shared, unsigned bank, unsigned i)
{
	return (struct part *)((char *)shared->head + HEAD_SIZE +
			       ((size_t)bank * SHARED_WORKERS + i) * PART_SIZE);
}

/* Any index gives a part, so that none from outside leads astray. */
static struct part *
part_of(const struct shared *shared, unsigned worker)
{
	return part_at(shared, shared->bank, worker % SHARED_WORKERS);
}

static unsigned
n_used(const struct shared *shared, unsigned bank)
{
	unsigned n = atomic_load_explicit(&shared->head->n_used[bank], memory_order_acquire);

	return n < SHARED_WORKERS ? n : SHARED_WORKERS;
}

/* ---- Views ------------------------------------------------------------------------------------ */

static void
open_bank(struct shared *shared, unsigned n_workers)
{
	unsigned n = n_workers < SHARED_WORKERS ? n_workers : SHARED_WORKERS;

	for (unsigned i = 0; i < n; i++)
		atomic_store(&part_of(shared, i)->was_started, false);
	if (n > n_used(shared, shared->bank))
		atomic_store_explicit(&shared->head->n_used[shared->bank], n, memory_order_release);
}

struct shared *
shared_new(unsigned n_workers)
{
	struct shared *shared = calloc(1, sizeof(*shared));
	unsigned *n_views = calloc(1, sizeof(*n_views));
	/* Most of it is never touched, and so never there. */
	void *map = mmap(NULL, MAP_SIZE, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (!shared || !n_views || map == MAP_FAILED) {
		if (map != MAP_FAILED)
			munmap(map, MAP_SIZE);
		free(shared);
		free(n_views);
		return NULL;
	}
	*n_views = 1;
	*shared = (struct shared){map, n_views, 0};
	open_bank(shared, n_workers);
	return shared;
}

struct shared *
shared_next(struct shared *shared, unsigned n_workers)
{
	struct shared *next = malloc(sizeof(*next));

	if (!next)
		return NULL;
	*next = (struct shared){shared->head, shared->n_views, (shared->bank + 1) % BANKS};
	++*next->n_views;
	open_bank(next, n_workers);
	return next;
}

void
shared_free(struct shared *shared)
{
	if (!shared)
		return;
	if (--*shared->n_views == 0) {
		munmap(shared->head, MAP_SIZE);
		free(shared->n_views);
	}
	free(shared);
}

bool
shared_confine(struct shared *shared, unsigned worker)
{
	struct part *own = part_of(shared, worker);

	return mprotect(shared->head, MAP_SIZE, PROT_READ) == 0 &&
	       mprotect(own, PART_SIZE, PROT_READ | PROT_WRITE) == 0;
}

unsigned
shared_workers(const struct shared *shared)
{
	return n_used(shared, 0) + n_used(shared, 1);
}

/* The part behind an index as of shared_workers(). */
static struct part *
part_shown(const struct shared *shared, unsigned i)
{
	unsigned n_own = n_used(shared, shared->bank);

	if (i < n_own)
		return part_of(shared, i);
	return part_at(shared, (shared->bank + 1) % BANKS, (i - n_own) % SHARED_WORKERS);
}

struct metrics *
shared_metrics(struct shared *shared, unsigned worker)
{
	return &part_shown(shared, worker)->metrics;
}

/* ---- Names ------------------------------------------------------------------------------------ */

/* The name, cut if it is too long, with zeros behind it; and its hash (FNV-1a), which only spares
 * comparisons. */
static uint64_t
name_words(const char *subject, uint64_t ret_words[static NAME_WORDS])
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	char name[SHARED_NAME] = "";

	for (size_t i = 0; i < SHARED_NAME - 1 && subject[i]; i++) {
		name[i] = subject[i];
		hash = (hash ^ (uint8_t)subject[i]) * UINT64_C(0x100000001b3);
	}
	memcpy(ret_words, name, SHARED_NAME);
	return hash;
}

/* ---- In flight -------------------------------------------------------------------------------- */

/* A free place, or -1. Only the worker itself takes and frees. */
static int
free_place(const struct part *part)
{
	for (unsigned i = 0; i < SHARED_IN_FLIGHT / WORD_BITS; i++) {
		uint64_t taken = atomic_load_explicit(&part->taken[i], memory_order_relaxed);

		if (~taken)
			return (int)(i * WORD_BITS) + __builtin_ctzll(~taken);
	}
	return -1;
}

int
shared_enter(struct shared *shared, unsigned worker, const char *subject)
{
	struct part *part = part_of(shared, worker);
	int place = free_place(part);
	size_t n = strnlen(subject, SHARED_NAME - 1);

	if (place < 0)
		return -1;
	/* As far as the name and a zero; what an earlier one has left behind that is no part of it. */
	for (size_t i = 0; i * sizeof(uint64_t) <= n; i++) {
		size_t at = i * sizeof(uint64_t), left = n - at;
		uint64_t word = 0;

		memcpy(&word, subject + at, left < sizeof(word) ? left : sizeof(word));
		atomic_store_explicit(&part->subjects[place][i], word, memory_order_relaxed);
	}
	/* It stands there before it counts, whatever the compiler moves. */
	atomic_fetch_or_explicit(&part->taken[place / WORD_BITS],
				 UINT64_C(1) << (place % WORD_BITS), memory_order_release);
	return place;
}

void
shared_leave(struct shared *shared, unsigned worker, int place)
{
	if (place < 0 || place >= SHARED_IN_FLIGHT)
		return;
	atomic_fetch_and_explicit(&part_of(shared, worker)->taken[place / WORD_BITS],
				  ~(UINT64_C(1) << (place % WORD_BITS)), memory_order_release);
}

void
shared_in_flight(const struct shared *shared, unsigned worker, unsigned place,
		 char ret_subject[static SHARED_NAME])
{
	const struct part *part = part_of(shared, worker);
	uint64_t words[NAME_WORDS];

	ret_subject[0] = '\0';
	if (place >= SHARED_IN_FLIGHT ||
	    !(atomic_load_explicit(&part->taken[place / WORD_BITS], memory_order_acquire) >>
		      (place % WORD_BITS) &
	      1))
		return;
	for (size_t i = 0; i < NAME_WORDS; i++)
		words[i] = atomic_load_explicit(&part->subjects[place][i], memory_order_relaxed);
	memcpy(ret_subject, words, SHARED_NAME);
	ret_subject[SHARED_NAME - 1] = '\0';
}

/* ---- Life ------------------------------------------------------------------------------------- */

void
shared_beat(struct shared *shared, unsigned worker)
{
	atomic_store_explicit(&part_of(shared, worker)->beat, moment_ns(), memory_order_relaxed);
}

void
shared_ready(struct shared *shared, unsigned worker)
{
	atomic_store_explicit(&part_of(shared, worker)->is_ready, true, memory_order_release);
}

bool
shared_is_ready(const struct shared *shared, unsigned worker)
{
	return atomic_load_explicit(&part_of(shared, worker)->is_ready, memory_order_acquire);
}

int64_t
shared_last_beat(const struct shared *shared, unsigned worker)
{
	return atomic_load_explicit(&part_of(shared, worker)->beat, memory_order_relaxed);
}

void
shared_reset(struct shared *shared, unsigned worker)
{
	struct part *part = part_of(shared, worker);

	if (atomic_exchange(&part->was_started, true))
		atomic_fetch_add(&shared->head->restarts[worker % SHARED_WORKERS], 1);
	for (unsigned i = 0; i < SHARED_IN_FLIGHT / WORD_BITS; i++)
		atomic_store(&part->taken[i], 0);
	metrics_died(&part->metrics);
	atomic_store(&part->is_ready, false);
	atomic_store(&part->beat, moment_ns());
}

void
shared_gone(struct shared *shared, unsigned worker)
{
	atomic_store(&part_of(shared, worker)->is_ready, false);
}

uint64_t
shared_restarts(const struct shared *shared, unsigned worker)
{
	if (worker >= n_used(shared, shared->bank) || worker >= SHARED_WORKERS)
		return 0;
	return atomic_load_explicit(&shared->head->restarts[worker], memory_order_relaxed);
}

/* ---- Quarantine ------------------------------------------------------------------------------- */

/* Whether the place has the name, and until when. */
static bool
aside_is(const struct aside *aside, const uint64_t words[static NAME_WORDS], uint64_t hash,
	 int64_t *ret_until)
{
	if (atomic_load_explicit(&aside->hash, memory_order_relaxed) != hash)
		return false;
	*ret_until = atomic_load_explicit(&aside->until, memory_order_acquire);
	if (*ret_until == 0)
		return false;
	for (size_t i = 0; i < NAME_WORDS; i++) {
		if (atomic_load_explicit(&aside->name[i], memory_order_relaxed) != words[i])
			return false;
	}
	return true;
}

static bool
is_aside(const struct head *head, const char *name)
{
	uint64_t words[NAME_WORDS], hash = name_words(name, words);
	int64_t until;

	for (unsigned i = 0; i < SHARED_QUARANTINE; i++) {
		if (aside_is(&head->aside[i], words, hash, &until))
			return until > moment_ns();
	}
	return false;
}

/* It, or all below one of the domains that it is in: ".example.org". */
bool
shared_is_quarantined(const struct shared *shared, const char *subject)
{
	char name[SHARED_NAME];
	char *rest = name;

	if (atomic_load_explicit(&shared->head->n_aside, memory_order_acquire) == 0)
		return false;
	if (is_aside(shared->head, subject))
		return true;
	snprintf(name, sizeof(name), "%s", subject);
	name[strcspn(name, ":")] = '\0'; /* of a host */
	while ((rest = strchr(rest, '.'))) {
		if (is_aside(shared->head, rest))
			return true;
		rest++;
	}
	return false;
}

unsigned
shared_quarantined(const struct shared *shared)
{
	int64_t now = moment_ns();
	unsigned n = 0;

	for (unsigned i = 0; i < SHARED_QUARANTINE; i++)
		n += atomic_load_explicit(&shared->head->aside[i].until, memory_order_relaxed) >
		     now;
	return n;
}

/* The subject's place, else the one to give it: an empty one, or that which ends first. */
static struct aside *
place_for(struct head *head, const uint64_t words[static NAME_WORDS], uint64_t hash)
{
	struct aside *best = &head->aside[0];
	int64_t until;

	for (unsigned i = 0; i < SHARED_QUARANTINE; i++) {
		if (aside_is(&head->aside[i], words, hash, &until))
			return &head->aside[i];
		if (atomic_load(&head->aside[i].until) < atomic_load(&best->until))
			best = &head->aside[i];
	}
	return best;
}

/* The place is empty while its name changes, and is not while its end alone does. */
static void
write_aside(struct aside *aside, const uint64_t words[static NAME_WORDS], uint64_t hash,
	    int64_t until)
{
	int64_t present;

	if (!aside_is(aside, words, hash, &present)) {
		atomic_store_explicit(&aside->until, 0, memory_order_relaxed);
		for (size_t i = 0; i < NAME_WORDS; i++)
			atomic_store_explicit(&aside->name[i], words[i], memory_order_release);
		atomic_store_explicit(&aside->hash, hash, memory_order_release);
	}
	atomic_store_explicit(&aside->until, until, memory_order_release);
}

void
shared_quarantine(struct shared *shared, const char *subject, int64_t until)
{
	struct head *head = shared->head;
	uint64_t words[NAME_WORDS], hash = name_words(subject, words);
	struct aside *aside = place_for(head, words, hash);
	int64_t present;
	uint32_t n = 0;

	if (until == 0 && !aside_is(aside, words, hash, &present))
		return;
	write_aside(aside, words, hash, until);
	for (unsigned i = 0; i < SHARED_QUARANTINE; i++)
		n += atomic_load(&head->aside[i].until) != 0;
	atomic_store_explicit(&head->n_aside, n, memory_order_release);
}
