/* SPDX-License-Identifier: BSD-2-Clause */
#include "exact.h"

#include <string.h>

size_t
exact_factorial(size_t n)
{
	return n < 2 ? 1 : n * exact_factorial(n - 1);
}

size_t
exact_number_of(const uint16_t *order, size_t n)
{
	size_t number = 0;

	for (size_t i = 0; i < n; i++) {
		size_t smaller = 0;

		for (size_t j = i + 1; j < n; j++)
			smaller += order[j] < order[i];
		number = number * (n - i) + smaller;
	}
	return number;
}

/*
 * RFC 2782, page 4, on the records left in list: a number between 0 and the sum inclusive, each as
 * likely; the first record whose running sum is not smaller is next. A record with running sum R
 * after one with Q is hit by the numbers Q+1..R, the first one by 0..R.
 */
static void
draw_rest(struct exact *exact, const uint16_t *list, size_t n_list, uint16_t *order, size_t n_order,
	  double probability)
{
	uint64_t sum = 0;

	if (n_list == 0) {
		exact->probabilities[exact_number_of(order, n_order)] += probability;
		return;
	}
	for (size_t i = 0; i < n_list; i++)
		sum += exact->weights[list[i]];
	for (size_t i = 0; i < n_list; i++) {
		uint64_t numbers = exact->weights[list[i]] + (i == 0);
		uint16_t rest[EXACT_MOST];

		if (numbers == 0)
			continue;
		memcpy(rest, list, i * sizeof(*list));
		memcpy(rest + i, list + i + 1, (n_list - i - 1) * sizeof(*list));
		order[n_order] = list[i];
		draw_rest(exact, rest, n_list - 1, order, n_order + 1,
			  probability * (double)numbers / ((double)sum + 1));
	}
}

/* Every permutation of the records [at, n) of list whose weight is zero or not, as asked; n_same of
 * them stand from at on. */
static void
shuffle_then_draw(struct exact *exact, uint16_t *list, size_t at, size_t n_zero, double probability)
{
	size_t end = at < n_zero ? n_zero : exact->n;

	if (at == exact->n) {
		uint16_t order[EXACT_MOST];

		draw_rest(exact, list, exact->n, order, 0, probability);
		return;
	}
	for (size_t i = at; i < end; i++) {
		uint16_t swap = list[at];

		list[at] = list[i];
		list[i] = swap;
		shuffle_then_draw(exact, list, at + 1, n_zero, probability / (double)(end - at));
		list[i] = list[at];
		list[at] = swap;
	}
}

void
exact_compute(struct exact *exact, const uint32_t *weights, size_t n)
{
	uint16_t list[EXACT_MOST] = {0};
	size_t n_zero = 0, at;

	*exact = (struct exact){.weights = weights, .n = n};
	for (size_t i = 0; i < n; i++)
		if (weights[i] == 0)
			list[n_zero++] = (uint16_t)i;
	at = n_zero;
	for (size_t i = 0; i < n; i++)
		if (weights[i] != 0)
			list[at++] = (uint16_t)i;
	shuffle_then_draw(exact, list, 0, n_zero, 1);
}

double
exact_first_share(const struct exact *exact, size_t host)
{
	double share = 0;
	size_t orders_each = exact_factorial(exact->n - 1);

	/* Lehmer's code counts by the first element first. */
	for (size_t i = 0; i < orders_each; i++)
		share += exact->probabilities[host * orders_each + i];
	return share;
}
