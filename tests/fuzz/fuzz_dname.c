/* SPDX-License-Identifier: BSD-2-Clause */
/* Compressed names: two octets say where in the rest one begins. */
#include "target.h"

#include <string.h>

#include "base/dname.h"

const unsigned fuzz_kinds = 1;

/* What was read can be read again from where it was put, and its text is safe. */
static void
check_name(const uint8_t *name)
{
	struct cursor c = cursor_over(name, dname_length(name));
	uint8_t again[LIMIT_NAME];
	char text[LIMIT_NAME_TEXT];

	MUST(dname_length(name) <= LIMIT_NAME);
	MUST(dname_read(&c, again) && cursor_left(&c) == 0);
	MUST(dname_equal(name, again) && dname_in_zone(name, again));
	dname_text(name, text);
	MUST(*text && is_printable(text, false));
	for (const uint8_t *label = name; *label; label += *label + 1)
		for (unsigned i = 1; i <= *label; i++)
			MUST(label[i] < 'A' || label[i] > 'Z');
	if (dname_is_host(name)) {
		MUST(!strchr(text, '\\'));
		MUST(dname_from_text(text, strlen(text), again) && dname_equal(name, again));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t name[LIMIT_NAME];
	struct cursor c;
	size_t start;

	if (size < 3)
		return 0;
	c = cursor_over(data + 2, size - 2);
	start = ((size_t)data[0] << 8 | data[1]) % (size - 2);
	c.at = start;
	if (dname_read(&c, name)) {
		MUST(!c.failed && c.at > start && c.at <= size - 2);
		check_name(name);
	} else {
		MUST(c.failed && cursor_left(&c) == 0);
	}
	return 0;
}
