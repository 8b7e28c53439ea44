/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/why.h"

#include <stdarg.h>
#include <string.h>

enum { CUT_SIZE = 3 }; /* of the line that says that others are missing */

static const struct {
	const char *phase, *rule, *format;
} lines[] = {
#define WHY(name, phase, rule, format) [WHY_##name] = {phase, rule, format},
#include "base/why_lines.h"
#undef WHY
};

struct notes
notes_in(struct arena *arena)
{
	return (struct notes){.arena = arena};
}

/* Room for n more bytes; false when the explanation is full or memory ran out. */
static bool
reserve(struct why *why, struct arena *arena, size_t n)
{
	size_t size = why->size ? why->size : 512;
	uint8_t *bytes;

	if (why->length + n > LIMIT_WHY)
		return false;
	while (size < why->length + n)
		size *= 2;
	if (size == why->size)
		return true;
	bytes = arena_alloc(arena, size);
	if (!bytes)
		return false;
	if (why->length)
		memcpy(bytes, why->bytes, why->length);
	why->bytes = bytes;
	why->size = size;
	return true;
}

/* One argument behind a line that is being built. */
static void
encode(uint8_t *line, size_t *at, char kind, va_list *args)
{
	const void *from = NULL;
	size_t n = 0;
	uint32_t number;

	switch (kind) {
	case 'n':
		from = va_arg(*args, const uint8_t *);
		n = dname_length(from);
		break;
	case 'a': {
		const struct address *address = va_arg(*args, const struct address *);

		line[(*at)++] = address->family;
		from = address->bytes;
		n = address_size(address);
		break;
	}
	case 'u':
		number = va_arg(*args, unsigned);
		from = &number;
		n = sizeof(number);
		break;
	case 's':
		from = va_arg(*args, const char *);
		n = strlen(from);
		if (n > LIMIT_BOGUS_REASON)
			n = LIMIT_BOGUS_REASON;
		line[(*at)++] = (uint8_t)n;
		break;
	}
	if (n)
		memcpy(line + *at, from, n);
	*at += n;
}

/* Returns where the line begins. */
static size_t
add_line(struct why *why, struct arena *arena, enum why_code code, va_list *args)
{
	uint8_t line[1024]; /* no sentence has more than three arguments of 256 bytes */
	size_t at = 3, start = why->length;

	for (const char *f = lines[code].format; (f = strchr(f, '%')); f++)
		encode(line, &at, *++f, args);
	if (why->cut)
		return start;
	if (why->length + at + CUT_SIZE > LIMIT_WHY) {
		why->cut = true;
		code = WHY_CUT;
		at = CUT_SIZE;
	}
	if (!reserve(why, arena, at))
		return start;
	line[0] = (uint8_t)(at >> 8);
	line[1] = (uint8_t)at;
	line[2] = (uint8_t)code;
	memcpy(why->bytes + start, line, at);
	why->length += at;
	why->n++;
	return start;
}

void
notes_why(struct notes *notes, enum why_code code, ...)
{
	va_list args;

	va_start(args, code);
	add_line(&notes->lines, notes->arena, code, &args);
	va_end(args);
}

void
notes_drop(struct notes *notes, const struct drop *drop, enum why_code code, ...)
{
	size_t before = notes->texts.length;
	struct drop *entry;
	va_list args;

	notes->causes |= UINT32_C(1) << drop->code;
	if (notes->n_drops == notes->drops_size) {
		size_t size = notes->drops_size ? 2 * notes->drops_size : 16;
		struct drop *drops;

		if (size > LIMIT_DROPS) {
			if (!notes->drops_cut)
				notes_why(notes, WHY_DROPS_CUT);
			notes->drops_cut = true;
			return;
		}
		drops = arena_array(notes->arena, size, sizeof(*drops));
		if (!drops)
			return;
		if (notes->n_drops)
			memcpy(drops, notes->drops, notes->n_drops * sizeof(*drops));
		notes->drops = drops;
		notes->drops_size = size;
	}
	entry = &notes->drops[notes->n_drops];
	*entry = *drop;
	va_start(args, code);
	entry->text = add_line(&notes->texts, notes->arena, code, &args);
	va_end(args);
	if (notes->texts.length > before)
		notes->n_drops++;
}

enum why_code
why_code_at(const uint8_t *line)
{
	return line[2];
}

size_t
why_next(const uint8_t *bytes, size_t at)
{
	return at + ((size_t)bytes[at] << 8 | bytes[at + 1]);
}

const uint8_t *
why_line(const uint8_t *bytes, size_t n, size_t i)
{
	size_t at = 0;

	if (i >= n)
		return NULL;
	while (i--)
		at = why_next(bytes, at);
	return bytes + at;
}

/* Prints one argument and returns what follows it. */
static const uint8_t *
print_argument(struct text *text, char kind, const uint8_t *at)
{
	struct address address;
	uint32_t number;

	switch (kind) {
	case 'n':
		dname_print(text, at);
		return at + dname_length(at);
	case 'a':
		address.family = *at++;
		memcpy(address.bytes, at, address_size(&address));
		address_print(text, &address);
		return at + address_size(&address);
	case 'u':
		memcpy(&number, at, sizeof(number));
		text_u64(text, number);
		return at + sizeof(number);
	case 's':
		text_escaped(text, at + 1, *at);
		return at + 1 + *at;
	}
	return at;
}

void
why_print(struct text *text, const uint8_t *line)
{
	const uint8_t *at = line + 3;

	for (const char *f = lines[why_code_at(line)].format; *f; f++) {
		if (*f == '%')
			at = print_argument(text, *++f, at);
		else
			text_char(text, *f);
	}
}

const char *
why_rule(enum why_code code)
{
	return lines[code].rule;
}

const char *
why_phase(enum why_code code)
{
	return lines[code].phase;
}
