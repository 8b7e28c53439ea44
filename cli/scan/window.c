/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/window.h"

bool
window_has_room(const struct window *window, uint64_t number)
{
	return number - window->first < window->size;
}

static uint64_t *
word_of(struct window *window, uint64_t number, uint64_t *ret_bit)
{
	*ret_bit = (uint64_t)1 << number % WINDOW_WORD;
	return &window->bits[number % WINDOW / WINDOW_WORD];
}

void
window_finish(struct window *window, uint64_t number)
{
	uint64_t bit, *word = word_of(window, number, &bit);

	*word |= bit;
	for (word = word_of(window, window->first, &bit); *word & bit;
	     word = word_of(window, ++window->first, &bit))
		*word &= ~bit;
}
