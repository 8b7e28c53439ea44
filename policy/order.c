/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/order.h"

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 wide;

/* number % divisor, exactly, without a division for a small divisor: the quotient that the reciprocal, cut to
 * an integer, gives is at most one too small. */
static inline uint64_t
remainder_of(uint64_t number, uint64_t divisor)
{
#define R(n) UINT64_MAX / (n)
	static const uint64_t reciprocals[] = {
		0,     R(1),  R(2),  R(3),  R(4),  R(5),  R(6),	 R(7),	R(8),  R(9),  R(10),
		R(11), R(12), R(13), R(14), R(15), R(16), R(17), R(18), R(19), R(20), R(21),
		R(22), R(23), R(24), R(25), R(26), R(27), R(28), R(29), R(30), R(31), R(32),
	};
#undef R
	uint64_t quotient, rest;

	if (divisor >= sizeof(reciprocals) / sizeof(reciprocals[0]))
		return number % divisor;
	quotient = (uint64_t)((wide)number * reciprocals[divisor] >> 64);
	rest = number - quotient * divisor;
	return rest < divisor ? rest : rest - divisor;
}
#else
static inline uint64_t
remainder_of(uint64_t number, uint64_t divisor)
{
	return number % divisor;
}
#endif

static inline void
shuffle(uint16_t *order, size_t n, struct rng *rng)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = remainder_of(rng_number(rng, i), i);
		uint16_t swap = order[i - 1];

		order[i - 1] = order[j];
		order[j] = swap;
	}
}

void
order_shuffle(uint16_t *order, size_t n, struct rng *rng)
{
	shuffle(order, n, rng);
}

/*
 * Finds the first from place on whose running sum of weights is not below drawn, and moves it to place;
 * those that were before it are one place back when it is found. Returns its weight.
 */
static uint32_t
draw_place(const uint32_t *weights, size_t n, size_t place, uint64_t drawn, uint16_t *order)
{
	uint16_t found = order[place];
	uint64_t running = weights[found];

	for (size_t at = place + 1; running < drawn && at < n; at++) {
		uint16_t before = found;

		found = order[at];
		order[at] = before;
		running += weights[found];
	}
	order[place] = found;
	return weights[found];
}

/*
 * RFC 2782: records of weight 0 stand first, the running sum of weights is formed, a number is drawn
 * between 0 and the sum *inclusive*, and the first record whose running sum is not smaller is next.
 * The shuffle before makes equal records alike: without it the first of several zero-weight records
 * would always win, and the draw of 0 would always go to the same record.
 */
void
order_draw(const uint32_t *weights, size_t n, size_t n_wanted, struct rng *rng, uint16_t *ret_order)
{
	size_t n_zero = 0, n_other = 0;
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		sum += weights[i];
		if (weights[i] == 0)
			ret_order[n_zero++] = (uint16_t)i;
		else
			ret_order[n - ++n_other] = (uint16_t)i;
	}
	shuffle(ret_order, n_zero, rng);
	shuffle(ret_order + n_zero, n_other, rng);
	for (size_t place = 0; place < n_wanted && place + 1 < n && sum > 0; place++)
		sum -= draw_place(weights, n, place, rng_below(rng, sum + 1), ret_order);
	if (n_wanted >= n && sum > 0)
		rng_skip(rng, sum + 1); /* of one there is no choice */
}

/*
 * Of the sum + 1 numbers that may be drawn, a record is hit by as many as its weight, and the one that
 * stands first by the 0 as well. That is one of the k records of weight 0, each as likely, or without
 * such a record one of all n.
 */
struct order_share
order_first_share(const uint32_t *weights, size_t n, size_t i)
{
	uint64_t numbers = 1;
	size_t n_zero = 0;

	for (size_t at = 0; at < n; at++) {
		numbers += weights[at];
		n_zero += weights[at] == 0;
	}
	if (n_zero == 0)
		return (struct order_share){(uint64_t)weights[i] * n + 1, numbers * n};
	if (weights[i] == 0)
		return (struct order_share){1, numbers * n_zero};
	return (struct order_share){weights[i], numbers};
}
