/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The distribution of whole orders of a tier, by going through every shuffle and every number that RFC 2782
 * may draw: what draws and shares are held against.
 */
#ifndef NMX_TESTS_EXACT_H
#define NMX_TESTS_EXACT_H

#include <stddef.h>
#include <stdint.h>

enum { EXACT_MOST = 5, EXACT_ORDERS = 120 };

struct exact {
	const uint32_t *weights;
	size_t n;
	double probabilities[EXACT_ORDERS]; /* by number */
};

size_t exact_factorial(size_t n);
/* The number of a permutation of 0..n-1, 0..n!-1 (Lehmer's code). */
size_t exact_number_of(const uint16_t *order, size_t n);
/* Of at most EXACT_MOST weights, which are lent. */
void exact_compute(struct exact *exact, const uint32_t *weights, size_t n);
/* The share of host in first place. */
double exact_first_share(const struct exact *exact, size_t host);

#endif
