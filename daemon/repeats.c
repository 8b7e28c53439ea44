/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/repeats.h"

#include <stdlib.h>
#include <string.h>

/* Two places for each hash: the newer answer takes the first, and the older one of another route the
 * second. */
enum { WAYS = 2, SETS = REPEATS_MOST / WAYS, SET_BITS = 11 };

_Static_assert(SETS == 1 << SET_BITS, "a set for each value of so many bits");

struct repeat {
	struct nmx_route
		*route; /* a reference, so that no other route takes its address; NULL: empty */
	char *data;
	uint32_t length;
	uint8_t kind, status, told;
};

struct repeats {
	uint64_t slot;
	int64_t until_us;
	size_t n;
	struct reply found;
	struct repeat all[SETS][WAYS];
};

struct repeats *
repeats_new(void)
{
	return calloc(1, sizeof(struct repeats));
}

static void
forget(struct repeats *repeats, struct repeat *repeat)
{
	if (!repeat->route)
		return;
	nmx_route_unref(repeat->route);
	free(repeat->data);
	*repeat = (struct repeat){0};
	repeats->n--;
}

static void
forget_all(struct repeats *repeats)
{
	for (size_t set = 0; repeats->n && set < SETS; set++)
		for (size_t way = 0; way < WAYS; way++)
			forget(repeats, &repeats->all[set][way]);
}

void
repeats_free(struct repeats *repeats)
{
	if (!repeats)
		return;
	forget_all(repeats);
	free(repeats);
}

/* Addresses stand in rows, so every bit has to count. */
static struct repeat *
set_of(struct repeats *repeats, const struct nmx_route *route, enum question_kind kind)
{
	uint64_t number = (uint64_t)(uintptr_t)route + (uint64_t)kind;

	number = (number ^ number >> 33) * UINT64_C(0xff51afd7ed558ccd);
	number = (number ^ number >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return repeats->all[number >> (64 - SET_BITS)];
}

static bool
is_of_now(const struct repeats *repeats, uint64_t slot, int64_t now_us)
{
	return repeats->slot == slot && now_us < repeats->until_us;
}

const struct reply *
repeats_find(struct repeats *repeats, const struct nmx_route *route, enum question_kind kind,
	     uint64_t slot, int64_t now_us)
{
	const struct repeat *set = set_of(repeats, route, kind);

	if (!is_of_now(repeats, slot, now_us))
		return NULL;
	for (size_t way = 0; way < WAYS; way++) {
		if (set[way].route != route || set[way].kind != kind)
			continue;
		repeats->found =
			(struct reply){(enum reply_status)set[way].status, (enum told)set[way].told,
				       set[way].data, set[way].length};
		return &repeats->found;
	}
	return NULL;
}

void
repeats_put(struct repeats *repeats, struct nmx_route *route, enum question_kind kind,
	    uint64_t slot, int64_t now_us, const struct reply *reply)
{
	struct repeat *set = set_of(repeats, route, kind);
	char *data;

	if (!is_of_now(repeats, slot, now_us)) {
		forget_all(repeats);
		repeats->slot = slot;
		repeats->until_us = now_us + REPEATS_LIFE_US;
	}
	if (reply->length > REPEATS_OCTETS_MOST || nmx_route_size(route) > REPEATS_ROUTE_MOST)
		return;
	data = malloc(reply->length + 1); /* none may be asked for where there is nothing to copy */
	if (!data)
		return;
	if (reply->length)
		memcpy(data, reply->data, reply->length);
	forget(repeats, &set[1]);
	set[1] = set[0];
	set[0] = (struct repeat){nmx_route_ref(route),	  data,
				 (uint32_t)reply->length, (uint8_t)kind,
				 (uint8_t)reply->status,  (uint8_t)reply->told};
	repeats->n++;
}
