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

enum { NS_PER_MS = 1000 * 1000 };
#define NS_PER_S INT64_C(1000000000)

/* A generator for plans: the same seed gives the same numbers everywhere, for ever. Not for
 * secrets. */
struct rng {
	uint64_t state;
};

struct rng rng_from_seed(uint64_t seed);
uint64_t rng_next(struct rng *rng);
/* Uniform in [0, bound), exactly; 0 if bound is 0. */
uint64_t rng_below(struct rng *rng, uint64_t bound);

/* A 64-bit hash of bytes, keyed with seed: for drawing and for tables, not for secrets. */
uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t n);

/* n bytes from the system's random generator; false if there are none. */
bool random_bytes(void *ret_bytes, size_t n);

#endif
