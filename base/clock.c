/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/clock.h"

#include <endian.h>
#include <openssl/rand.h>
#include <string.h>
#include <time.h>

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts = {0};

	clock_gettime(id, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static int64_t
system_boot_ns(const struct clock *clock)
{
	(void)clock;
	return read_clock(CLOCK_BOOTTIME);
}

static int64_t
system_wall_ns(const struct clock *clock)
{
	(void)clock;
	return read_clock(CLOCK_REALTIME);
}

const struct clock clock_system = {system_boot_ns, system_wall_ns};

/* The finalizer of SplitMix64 (Steele, Lea, Flood 2014): every input bit changes every output bit. */
static uint64_t
mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* The seed is mixed first: --count draws from seeds that follow each other. */
struct rng
rng_from_seed(uint64_t seed)
{
	return (struct rng){mix(seed + UINT64_C(0x6e78746d78)) ^ seed};
}

uint64_t
rng_next(struct rng *rng)
{
	rng->state += UINT64_C(0x9e3779b97f4a7c15);
	return mix(rng->state);
}

/* Rejects the numbers that would make the first remainders likelier than the others. */
uint64_t
rng_below(struct rng *rng, uint64_t bound)
{
	uint64_t number, reject;

	if (bound < 2)
		return 0;
	reject = -bound % bound;
	do
		number = rng_next(rng);
	while (number < reject);
	return number % bound;
}

uint64_t
hash_bytes(uint64_t seed, const void *bytes, size_t n)
{
	const uint8_t *b = bytes;
	uint64_t hash = mix(seed ^ n);

	while (n) {
		size_t take = n < 8 ? n : 8;
		uint64_t word = 0;

		if (take == 8)
			memcpy(&word, b, 8); /* of a known length: one instruction */
		for (size_t i = 0; i < take % 8; i++)
			((uint8_t *)&word)[i] = b[i];
		hash = mix((hash ^ le64toh(word)) + UINT64_C(0x9e3779b97f4a7c15));
		b += take;
		n -= take;
	}
	return hash;
}

bool
random_bytes(void *ret_bytes, size_t n)
{
	return RAND_bytes(ret_bytes, (int)n) == 1;
}
