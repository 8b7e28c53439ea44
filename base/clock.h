/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time and randomness. Deadlines and TTLs run on the boot-time clock, which also counts suspended
 * time and never jumps; wall time is only compared with it (RULES CLK-1). Tests put another clock in.
 */
#ifndef NMX_BASE_CLOCK_H
#define NMX_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clock {
	int64_t (*boot_ns)(const struct clock *clock); /* since boot */
	int64_t (*wall_ns)(const struct clock *clock); /* since 1970 */
};

extern const struct clock clock_system;

/* Wall time in steps of some milliseconds, for a tenth of what exact time costs: for the age of things
 * whose age hardly matters. */
int64_t clock_coarse_ns(void);

enum { NS_PER_MS = 1000 * 1000 };
#define NS_PER_S INT64_C(1000000000)

/* A generator for plans: the same seed gives the same numbers everywhere, for ever. Not for
 * secrets. */
struct rng {
	uint64_t state;
};

struct rng rng_from_seed(uint64_t seed);

/* The finalizer of SplitMix64 (Steele, Lea, Flood 2014): every input bit changes every output bit. */
static inline uint64_t
clock_mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static inline uint64_t
rng_next(struct rng *rng)
{
	rng->state += UINT64_C(0x9e3779b97f4a7c15);
	return clock_mix(rng->state);
}

/* The next number that may be drawn for this bound: the least are rejected that would make the first
 * remainders likelier than the others. They are fewer than bound, so nearly never looked at. */
static inline uint64_t
rng_number(struct rng *rng, uint64_t bound)
{
	uint64_t number = rng_next(rng);

	while (number < bound && number < -bound % bound)
		number = rng_next(rng);
	return number;
}

/* Uniform in [0, bound), exactly; 0 without a draw if bound is 0 or 1. */
static inline uint64_t
rng_below(struct rng *rng, uint64_t bound)
{
	return bound < 2 ? 0 : rng_number(rng, bound) % bound;
}

/* Draws a number below bound that nobody wants, so that the ones after it are the same. */
static inline void
rng_skip(struct rng *rng, uint64_t bound)
{
	if (bound >= 2)
		rng_number(rng, bound);
}

/* A 64-bit hash of bytes, keyed with seed: for drawing and for tables, not for secrets. */
uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t n);

/* n bytes from the system's random generator; false if there are none. */
bool random_bytes(void *ret_bytes, size_t n);

#endif
