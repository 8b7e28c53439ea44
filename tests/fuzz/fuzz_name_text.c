/* SPDX-License-Identifier: BSD-2-Clause */
/* Names from text, and what is done with them. */
#include "target.h"

#include <string.h>

#include "base/dname.h"

const unsigned fuzz_kinds = 1;

static void
check_prepended(const uint8_t *name)
{
	uint8_t longer[LIMIT_NAME];
	bool fits = dname_length(name) + 11 <= LIMIT_NAME;

	MUST(dname_prepend("_smtp._tcp", name, longer) == fits);
	if (!fits)
		return;
	MUST(dname_length(longer) == dname_length(name) + 11);
	MUST(dname_in_zone(longer, name) && !dname_equal(longer, name));
	MUST(dname_compare(longer, name) == -dname_compare(name, longer) ||
	     (dname_compare(longer, name) > 0) == (dname_compare(name, longer) < 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = size ? (const char *)data : "";
	uint8_t name[LIMIT_NAME], again[LIMIT_NAME];
	char text[LIMIT_NAME_TEXT];

	if (!dname_from_text(bytes, size, name))
		return 0;
	MUST(size <= 254 && dname_length(name) <= LIMIT_NAME);
	dname_text(name, text);
	MUST(*text && is_printable(text, false));
	if (dname_is_host(name)) {
		MUST(!dname_is_address(name));
		MUST(dname_from_text(text, strlen(text), again) && dname_equal(name, again));
	}
	if (dname_is_root(name))
		MUST(!dname_is_host(name) && strcmp(text, ".") == 0);
	check_prepended(name);
	return 0;
}
