/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/budget.h"

#include <string.h>

/* Empties the steps that have begun since the last one. */
static void
turn_to(struct budget *budget, int64_t step)
{
	if (step - budget->last >= BUDGET_STEPS)
		memset(budget->waited, 0, sizeof(budget->waited));
	else
		for (int64_t i = budget->last + 1; i <= step; i++)
			budget->waited[i % BUDGET_STEPS] = 0;
	if (step > budget->last)
		budget->last = step;
}

void
budget_spend(struct budget *budget, int64_t from_ms, int64_t to_ms)
{
	if (to_ms - from_ms < BUDGET_QUICK_MS)
		return;
	if (to_ms - from_ms > BUDGET_WINDOW_MS)
		from_ms = to_ms - BUDGET_WINDOW_MS;
	while (from_ms < to_ms) {
		int64_t step = from_ms / BUDGET_STEP_MS;
		int64_t end = (step + 1) * BUDGET_STEP_MS;

		if (end > to_ms)
			end = to_ms;
		turn_to(budget, step);
		budget->waited[step % BUDGET_STEPS] += (uint8_t)(end - from_ms);
		from_ms = end;
	}
}

/* Of the last 10 s. The oldest step is partly out; its wait is taken to be at its beginning, so that
 * after 10 quiet seconds nothing is left. */
static int64_t
spent(const struct budget *budget, int64_t now_ms)
{
	int64_t since = now_ms - BUDGET_WINDOW_MS, sum = 0;
	int64_t first = since < 0 ? 0 : since / BUDGET_STEP_MS;

	if (budget->last < first)
		return 0;
	if (budget->last - first >= BUDGET_STEPS)
		first = budget->last - BUDGET_STEPS + 1;
	for (int64_t step = first; step <= budget->last; step++) {
		int64_t waited = budget->waited[step % BUDGET_STEPS];
		int64_t outside = since - step * BUDGET_STEP_MS;

		if (outside > 0)
			waited = waited > outside ? waited - outside : 0;
		sum += waited;
	}
	return sum;
}

unsigned
budget_left(const struct budget *budget, int64_t now_ms, int64_t waiting_ms, unsigned whole_ms)
{
	int64_t left = (int64_t)whole_ms - spent(budget, now_ms) - waiting_ms;

	if (left < BUDGET_LEAST_MS)
		left = BUDGET_LEAST_MS;
	return left < (int64_t)whole_ms ? (unsigned)left : whole_ms;
}
