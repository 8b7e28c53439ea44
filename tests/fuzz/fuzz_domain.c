/* SPDX-License-Identifier: BSD-2-Clause */
/* Domains as callers pass them (RULES IDN-1, LIT-1); and names out of records in U-labels. */
#include "target.h"

#include <string.h>

#include "policy/domain.h"

/* 0: the text of a domain; 1: the same, single labels allowed; 2: a name in wire form. */
const unsigned fuzz_kinds = 3;

static void
check_domain(const char *asked, bool single_label, struct arena *arena)
{
	struct domain d, again;
	char text[LIMIT_NAME_TEXT];
	bool bad;

	MUST(domain_parse(asked, single_label, arena, &d));
	bad = d.kind == DOMAIN_BAD_NAME || d.kind == DOMAIN_BAD_LITERAL;
	MUST(d.text && d.ascii && (d.fault != NULL) == bad);
	MUST(is_printable(d.ascii, false));
	MUST((*d.ascii == '\0') == bad);
	for (const char *c = d.text; *c; c++)
		MUST((unsigned char)*c >= 0x20 && *c != 0x7f);
	if (bad) {
		MUST(is_printable(d.text, true) && is_printable(d.fault, true));
		return;
	}
	if (d.kind == DOMAIN_NAME) {
		MUST(dname_is_host(d.name) && !dname_is_address(d.name));
		MUST(strcmp(dname_text(d.name, text), d.ascii) == 0);
		MUST(single_label || dname_labels(d.name) > 1);
		MUST(strlen(d.ascii) <= 253);
	}
	/* what is said about it says the same when it is asked */
	MUST(domain_parse(d.ascii, single_label, arena, &again));
	MUST(again.kind == d.kind && strcmp(again.ascii, d.ascii) == 0);
	MUST(domain_parse(d.text, single_label, arena, &again));
	MUST(again.kind == d.kind && strcmp(again.ascii, d.ascii) == 0 &&
	     strcmp(again.text, d.text) == 0);
}

static void
check_wire(const uint8_t *data, size_t size, struct arena *arena)
{
	struct cursor c = cursor_over(data, size);
	const uint8_t *result;
	uint8_t name[LIMIT_NAME];

	if (!dname_read(&c, name))
		return;
	MUST(domain_to_alabels(name, arena, &result));
	MUST(dname_length(result) <= LIMIT_NAME);
	if (result != name) /* A-labels are ASCII */
		for (size_t i = 0; i < dname_length(result); i++)
			MUST(result[i] < 0x80);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	char *text;

	if (size < 1)
		return 0;
	arena_init(&arena);
	text = string_of(data + 1, size - 1);
	if (data[0] % fuzz_kinds == 2)
		check_wire(data + 1, size - 1, &arena);
	else
		check_domain(text, data[0] % fuzz_kinds == 1, &arena);
	MUST(!arena.failed);
	free(text);
	arena_done(&arena);
	return 0;
}
