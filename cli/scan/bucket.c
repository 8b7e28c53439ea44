/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/bucket.h"

enum {
	MOST_MILLI = 1000000000, /* products of two rests fit into 64 bits */
	KEPT_NS = 100000000,	 /* a tenth of a second's worth is kept */
};

/* What a question costs at a thousandth a second. */
static const uint64_t ns_of_milli = UINT64_C(1000000000000);
/* Beyond all times, and far from where sums do not fit. */
static const int64_t never = INT64_MAX / 2;

struct rate
rate_of(uint64_t milli)
{
	struct rate rate = {.milli = milli < MOST_MILLI ? milli : MOST_MILLI};

	if (milli) {
		rate.cost_ns = ns_of_milli / rate.milli;
		rate.cost_part = ns_of_milli % rate.milli;
	}
	return rate;
}

bool
bucket_is_full(const struct bucket *b, int64_t now)
{
	return b->full_at < now || (b->full_at == now && b->part == 0);
}

bool
bucket_is_before(const struct bucket *a, const struct bucket *b)
{
	return a->full_at < b->full_at || (a->full_at == b->full_at && a->part < b->part);
}

/* It holds a tenth of a second's worth, or one question if that is more. */
int64_t
bucket_when(const struct bucket *b, const struct rate *rate, int64_t now)
{
	int64_t when;

	if (!rate->milli || bucket_is_full(b, now))
		return now;
	if (rate->cost_ns >= KEPT_NS)
		when = b->full_at + (b->part > 0);
	else
		when = b->full_at - KEPT_NS + (int64_t)rate->cost_ns +
		       (int64_t)((b->part + rate->cost_part + rate->milli - 1) / rate->milli);
	return when > now ? when : now;
}

/* questions * cost: whole nanoseconds, and parts. False: that does not fit. */
static bool
cost_of(uint64_t questions, const struct rate *rate, uint64_t *ret_ns, uint64_t *ret_part)
{
	uint64_t whole, of_parts, rest = questions % rate->milli * rate->cost_part;

	if (__builtin_mul_overflow(questions, rate->cost_ns, &whole) ||
	    __builtin_mul_overflow(questions / rate->milli, rate->cost_part, &of_parts) ||
	    __builtin_add_overflow(whole, of_parts, &whole) ||
	    __builtin_add_overflow(whole, rest / rate->milli, ret_ns))
		return false;
	*ret_part = rest % rate->milli;
	return true;
}

void
bucket_charge(struct bucket *b, const struct rate *rate, uint64_t questions, int64_t now)
{
	uint64_t ns, part;

	if (!rate->milli)
		return;
	if (bucket_is_full(b, now))
		*b = (struct bucket){.full_at = now};
	if (cost_of(questions, rate, &ns, &part)) {
		part += b->part;
		b->part = part % rate->milli;
		if (!__builtin_add_overflow(b->full_at, ns, &b->full_at) &&
		    !__builtin_add_overflow(b->full_at, part / rate->milli, &b->full_at) &&
		    b->full_at < never)
			return;
	}
	*b = (struct bucket){.full_at = never};
}
