/* SPDX-License-Identifier: BSD-2-Clause */
/* A line's members: what jansson takes for an object is one, with the same members; a line that is taken has
 * values that are values, and is no line without its end. */
#include "target.h"

#include <jansson.h>
#include <string.h>

#include "cli/scan/members.h"

const unsigned fuzz_kinds = 1;

enum { MOST_DEPTH = 64 };

static unsigned depth_of(json_t *value);

static unsigned
deeper(unsigned deepest, json_t *inner)
{
	unsigned depth = depth_of(inner);

	return depth > deepest ? depth : deepest;
}

/* Arrays and objects around the deepest value. */
static unsigned
depth_of(json_t *value)
{
	unsigned deepest = 0;
	const char *name;
	json_t *inner;
	size_t i;

	json_array_foreach(value, i, inner)
	{
		deepest = deeper(deepest, inner);
	}
	json_object_foreach(value, name, inner)
	{
		deepest = deeper(deepest, inner);
	}
	return json_is_array(value) || json_is_object(value) ? deepest + 1 : 0;
}

/* A value of its own: as the only member it is the same. */
static void
check_value(const struct member *m)
{
	size_t length = m->value_length + 6;
	char *line = malloc(length);
	struct member same;

	if (!line)
		abort();
	memcpy(line, "{\"a\":", 5);
	memcpy(line + 5, m->value, m->value_length);
	line[length - 1] = '}';
	MUST(members_find(line, length, "a", &same));
	MUST(same.value == line + 5 && same.value_length == m->value_length);
	free(line);
}

/* The number of members, -1 if the line is none. */
static int
count_members(const char *line, size_t length)
{
	enum members_result result;
	struct member m;
	size_t at = 0, last = 0;
	int n = 0;

	while ((result = members_next(line, length, &at, &m)) == MEMBERS_NEXT) {
		MUST(at > last && at < length);
		MUST(m.name > line + last && m.name[-1] == '"');
		MUST(m.name[m.name_length] == '"' && m.name + m.name_length < m.value);
		MUST(m.value_length > 0 && m.value + m.value_length <= line + at);
		check_value(&m);
		last = at;
		n++;
	}
	return result == MEMBERS_END ? n : -1;
}

/* Found by name, a string where there is one. */
static void
compare(const char *line, size_t length, json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		struct member m;

		/* Names with escapes stand otherwise in the line. */
		if (strpbrk(name, "\"\\/") || !is_printable(name, true) ||
		    memchr(line, '\\', length))
			continue;
		MUST(members_find(line, length, name, &m));
		MUST(json_is_string(value) == (*m.value == '"'));
		MUST(json_is_object(value) == (*m.value == '{'));
		MUST(json_is_array(value) == (*m.value == '['));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *line = (const char *)data;
	json_t *object = json_loadb(line, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	int n = count_members(line, size);

	if (json_is_object(object) && depth_of(object) <= MOST_DEPTH + 1) {
		MUST(n >= 0 && (size_t)n == json_object_size(object));
		compare(line, size, object);
	}
	if (n >= 0) {
		size_t end = size;

		while (line[end - 1] != '}')
			end--;
		for (size_t cut = 0; cut < end; cut += 1 + end / 64)
			MUST(count_members(line, cut) < 0);
	}
	json_decref(object);
	return 0;
}
