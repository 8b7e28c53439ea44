/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FNV-1a of 64 bits (RFC 9923), and a mix at the end so that every bit of the result depends on every octet:
 * the low bits alone choose a shard. It must never change: machines, and runs years apart, agree by it.
 */
#ifndef NMX_CLI_SCAN_FNV_H
#define NMX_CLI_SCAN_FNV_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t
fnv_begin(void)
{
	return UINT64_C(0xcbf29ce484222325);
}

static inline uint64_t
fnv_octet(uint64_t hash, unsigned char octet)
{
	return (hash ^ octet) * UINT64_C(0x100000001b3);
}

static inline uint64_t
fnv_octets(uint64_t hash, const char *octets, size_t n)
{
	for (size_t i = 0; i < n; i++)
		hash = fnv_octet(hash, (unsigned char)octets[i]);
	return hash;
}

/* The finisher of SplitMix64: one to one, so nothing is lost. */
static inline uint64_t
fnv_end(uint64_t hash)
{
	hash = (hash ^ hash >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	hash = (hash ^ hash >> 27) * UINT64_C(0x94d049bb133111eb);
	return hash ^ hash >> 31;
}

#endif
