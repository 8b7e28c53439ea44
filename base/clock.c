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

int64_t
clock_coarse_ns(void)
{
	return read_clock(CLOCK_REALTIME_COARSE);
}

const struct clock clock_system = {system_boot_ns, system_wall_ns};

/* The seed is mixed first: --count draws from seeds that follow each other. */
struct rng
rng_from_seed(uint64_t seed)
{
	return (struct rng){clock_mix(seed + UINT64_C(0x6e78746d78)) ^ seed};
}

static uint64_t
add_word(uint64_t hash, uint64_t word)
{
	return clock_mix((hash ^ word) + UINT64_C(0x9e3779b97f4a7c15));
}

uint64_t
hash_bytes(uint64_t seed, const void *bytes, size_t n)
{
	const uint8_t *b = bytes;
	uint64_t hash = clock_mix(seed ^ n), word;

	for (; n >= sizeof(word); b += sizeof(word), n -= sizeof(word)) {
		memcpy(&word, b, sizeof(word));
		hash = add_word(hash, le64toh(word));
	}
	if (n == 0)
		return hash;
	word = 0;
	for (size_t i = 0; i < n; i++)
		word |= (uint64_t)b[i] << (8 * i);
	return add_word(hash, word);
}

bool
random_bytes(void *ret_bytes, size_t n)
{
	return RAND_bytes(ret_bytes, (int)n) == 1;
}
