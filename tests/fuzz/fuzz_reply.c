/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replies of an SMTP server. The first two octets say how the rest is split, once by each: whatever
 * the pieces in which they come, the same octets are the same reply.
 */
#include "target.h"

#include <string.h>

#include "tls/reply.h"

const unsigned fuzz_kinds = 1;

struct outcome {
	struct reply reply;
	enum reply_state state;
	size_t used;
};

static void
check_reply(const struct outcome *o, const uint8_t *data)
{
	const struct reply *r = &o->reply;

	MUST(r->length <= REPLY_LINE && r->n_lines <= REPLY_LINES);
	MUST(r->n_lines == 0 || (r->code >= 200 && r->code <= 599));
	MUST(!r->has_starttls || r->n_lines >= 2);
	MUST(o->used <= (size_t)REPLY_LINES * (REPLY_LINE + 1));
	switch (o->state) {
	case REPLY_DONE:
		MUST(r->n_lines >= 1 && r->ended && r->length >= 3);
		MUST(r->length == 3 || r->line[3] == ' ');
		MUST(data[o->used - 1] == '\n');
		break;
	case REPLY_MORE:
		MUST(r->n_lines < REPLY_LINES);
		break;
	case REPLY_LONG:
		MUST(r->length == REPLY_LINE || r->n_lines == REPLY_LINES);
		break;
	case REPLY_BAD:
		MUST(o->used > 0);
		break;
	}
}

/* Pieces of a pattern that begins with seed; 0: all at once. */
static struct outcome
read_split(const uint8_t *data, size_t size, unsigned seed)
{
	struct outcome o = {.state = REPLY_MORE};

	while (o.used < size && o.state == REPLY_MORE) {
		size_t left = size - o.used, n = seed ? 1 + seed % 31 : left, used = SIZE_MAX;
		uint8_t *piece;

		n = n < left ? n : left;
		/* Of its own, so that reading beyond is seen. */
		piece = malloc(n);
		if (!piece)
			abort();
		memcpy(piece, data + o.used, n);
		o.state = reply_read(&o.reply, piece, n, &used);
		free(piece);
		MUST(used > 0 && used <= n);
		MUST(o.state != REPLY_MORE || used == n);
		o.used += used;
		check_reply(&(struct outcome){o.reply, o.state, o.used}, data);
		if (seed)
			seed = (seed * 1103515245u + 12345u) >> 1 | 1u;
	}
	return o;
}

static void
must_be_same(const struct outcome *a, const struct outcome *b)
{
	MUST(a->state == b->state && a->used == b->used);
	MUST(a->reply.code == b->reply.code && a->reply.n_lines == b->reply.n_lines);
	MUST(a->reply.has_starttls == b->reply.has_starttls && a->reply.ended == b->reply.ended);
	MUST(a->reply.length == b->reply.length);
	MUST(memcmp(a->reply.line, b->reply.line, a->reply.length) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct outcome whole, first, second; /* large */
	struct reply untouched = {0};
	size_t used = SIZE_MAX;

	MUST(reply_read(&untouched, data, 0, &used) == REPLY_MORE && used == 0);
	MUST(untouched.n_lines == 0 && untouched.length == 0);
	if (size < 2)
		return 0;
	whole = read_split(data + 2, size - 2, 0);
	first = read_split(data + 2, size - 2, data[0] + 1u);
	second = read_split(data + 2, size - 2, data[1] + 1u);
	must_be_same(&whole, &first);
	must_be_same(&whole, &second);
	return 0;
}
