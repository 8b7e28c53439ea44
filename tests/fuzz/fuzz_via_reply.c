/* SPDX-License-Identifier: BSD-2-Clause */
/* What `nextmx resolve --via` reads of an HTTP server, whole and cut off: what has come first decides no
 * other way when more comes. */
#include "target.h"

#include <string.h>

#include "cli/via_reply.h"

const unsigned fuzz_kinds = 1;

struct outcome {
	enum via_state state;
	struct via_reply reply;
	const char *fault;
	char *octets; /* of its own, so that reading beyond is seen */
};

static struct outcome
read_first(const uint8_t *data, size_t n, bool is_end)
{
	struct outcome o = {.octets = malloc(n ? n : 1)};

	if (!o.octets)
		abort();
	memcpy(o.octets, data, n);
	o.state = via_reply_read(o.octets, n, is_end, &o.reply, &o.fault);
	switch (o.state) {
	case VIA_MORE:
		MUST(!is_end && !o.reply.body);
		MUST(memcmp(o.octets, data, n) == 0);
		break;
	case VIA_BAD:
		MUST(o.fault && is_printable(o.fault, true) && !o.reply.body);
		break;
	case VIA_WHOLE:
		MUST(o.reply.status >= 200 && o.reply.status <= 599);
		MUST(o.reply.length <= VIA_MOST_BODY);
		MUST(o.reply.body >= o.octets && o.reply.body + o.reply.length <= o.octets + n);
		break;
	}
	return o;
}

static void
must_be_same(const struct outcome *a, const struct outcome *b)
{
	MUST(a->state == b->state);
	if (a->state == VIA_WHOLE) {
		MUST(a->reply.status == b->reply.status && a->reply.length == b->reply.length);
		MUST(memcmp(a->reply.body, b->reply.body, a->reply.length) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole = read_first(data, size, false), end = read_first(data, size, true);
	size_t step = 1 + size / 61;

	if (whole.state != VIA_MORE)
		must_be_same(&whole, &end);
	for (size_t n = 0; n < size; n += step) {
		struct outcome first = read_first(data, n, false);

		if (first.state != VIA_MORE)
			must_be_same(&first, &whole);
		free(first.octets);
	}
	free(whole.octets);
	free(end.octets);
	return 0;
}
