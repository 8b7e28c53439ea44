/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bucket of tokens is the time at which it will be full again: a question moves that on by what a question
 * costs. Times are whole nanoseconds and a fraction of 1/rate, so that nothing is rounded however long a
 * scan takes. Times beyond what fits are the last that does.
 */
#ifndef NMX_CLI_SCAN_BUCKET_H
#define NMX_CLI_SCAN_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket {
	int64_t full_at;
	uint64_t part; /* and so many parts of milli, of a nanosecond */
};

struct rate {
	uint64_t milli;		     /* thousandths of questions a second; 0: no limit */
	uint64_t cost_ns, cost_part; /* of a question, likewise */
};

/* More than a million questions a second is a million. */
struct rate rate_of(uint64_t milli);

/* When there will be a question in it: now, or later. */
int64_t bucket_when(const struct bucket *bucket, const struct rate *rate, int64_t now);
void bucket_charge(struct bucket *bucket, const struct rate *rate, uint64_t questions, int64_t now);
/* It makes no difference whether there is one. */
bool bucket_is_full(const struct bucket *bucket, int64_t now);
/* a will be full before b. */
bool bucket_is_before(const struct bucket *a, const struct bucket *b);

#endif
