/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/warn.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/scan/fnv.h"

enum { MOST_KINDS = 256, MOST_IN_A_WHILE = 5, WHILE_S = 10 };

static struct {
	pthread_mutex_t lock;
	uint64_t kinds[MOST_KINDS]; /* a ring of hashes */
	size_t n;
	int64_t since; /* the while's beginning */
	unsigned told; /* in it */
	unsigned long untold;
} warnings = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Numbers count as one. */
static uint64_t
kind_of(const char *text)
{
	uint64_t hash = fnv_begin();

	for (const char *c = text; *c; c++) {
		bool is_digit = *c >= '0' && *c <= '9';

		if (!is_digit)
			hash = fnv_octet(hash, (unsigned char)*c);
		else if (c == text || c[-1] < '0' || c[-1] > '9')
			hash = fnv_octet(hash, '0');
	}
	return fnv_end(hash);
}

/* With the lock. */
static bool
is_told(const char *text)
{
	uint64_t kind = kind_of(text);
	struct timespec now;

	for (size_t i = 0; i < MOST_KINDS && i < warnings.n; i++)
		if (warnings.kinds[i] == kind)
			return false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec >= warnings.since + WHILE_S) {
		warnings.since = now.tv_sec;
		warnings.told = 0;
	}
	if (warnings.told == MOST_IN_A_WHILE)
		return false;
	warnings.told++;
	warnings.kinds[warnings.n++ % MOST_KINDS] = kind;
	return true;
}

void
warn_log(enum nmx_log_level level, const char *text, void *user)
{
	bool tells;

	(void)user;
	if (level > NMX_LOG_WARNING)
		return;
	pthread_mutex_lock(&warnings.lock);
	tells = is_told(text);
	warnings.untold += !tells;
	pthread_mutex_unlock(&warnings.lock);
	if (tells)
		complain("%s", text);
}

void
warn_end(void)
{
	unsigned long n;

	pthread_mutex_lock(&warnings.lock);
	n = warnings.untold;
	warnings.untold = 0;
	pthread_mutex_unlock(&warnings.lock);
	if (n)
		complain("scan: %lu more warnings like these were not shown", n);
}
