/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/order.h"

void
order_shuffle(uint16_t *order, size_t n, struct rng *rng)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = rng_below(rng, i);
		uint16_t swap = order[i - 1];

		order[i - 1] = order[j];
		order[j] = swap;
	}
}

/* Moves order[from] to order[to], to <= from, and what was between one place back. */
static void
move_forward(uint16_t *order, size_t from, size_t to)
{
	uint16_t moved = order[from];

	for (size_t i = from; i > to; i--)
		order[i] = order[i - 1];
	order[to] = moved;
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
	order_shuffle(ret_order, n_zero, rng);
	order_shuffle(ret_order + n_zero, n_other, rng);
	for (size_t place = 0; place < n_wanted && place < n && sum > 0; place++) {
		uint64_t drawn = rng_below(rng, sum + 1), running = 0;
		size_t at = place;

		while (at < n - 1 && (running += weights[ret_order[at]]) < drawn)
			at++;
		sum -= weights[ret_order[at]];
		move_forward(ret_order, at, place);
	}
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
