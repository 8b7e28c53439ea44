/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/master_state.h"

/*
 * A worker that lived 10 s starts again at once, and so does one that did not, for the first time.
 * Then it waits 100 ms, 200 ms ... 2 s, until it has lived for a minute: mail waits for it.
 */
int64_t
master_backoff(unsigned *n_fast, int64_t life)
{
	const int64_t fast = 10 * NS_PER_S, calm = 60 * NS_PER_S;
	const int64_t first = 100 * NS_PER_MS, most = 2 * NS_PER_S;
	int64_t delay = 0;

	if (life >= calm)
		*n_fast = 0;
	if (*n_fast > 0 && life < fast) {
		delay = first;
		for (unsigned i = 1; i < *n_fast && delay < most; i++)
			delay *= 2;
	}
	if (life < fast || *n_fast == 0)
		++*n_fast;
	return delay < most ? delay : most;
}
