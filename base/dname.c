/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/dname.h"

#include <string.h>

#include "base/address.h"

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

size_t
dname_length(const uint8_t *name)
{
	size_t at = 0;

	while (name[at])
		at += (size_t)name[at] + 1;
	return at + 1;
}

unsigned
dname_labels(const uint8_t *name)
{
	unsigned n = 0;

	for (; *name; name += *name + 1)
		n++;
	return n;
}

bool
dname_is_root(const uint8_t *name)
{
	return name[0] == 0;
}

bool
dname_equal(const uint8_t *a, const uint8_t *b)
{
	return dname_compare(a, b) == 0;
}

int
dname_compare(const uint8_t *a, const uint8_t *b)
{
	size_t n = dname_length(a), m = dname_length(b);
	int order = memcmp(a, b, n < m ? n : m);

	return order ? order : (n > m) - (n < m);
}

bool
dname_in_zone(const uint8_t *name, const uint8_t *zone)
{
	unsigned n = dname_labels(name), m = dname_labels(zone);

	if (n < m)
		return false;
	for (; n > m; n--)
		name += *name + 1;
	return dname_equal(name, zone);
}

/* Appends one label to a name that is being built; false if it does not fit. */
static bool
append_label(uint8_t *name, size_t *at, const uint8_t *label, size_t length)
{
	if (length == 0 || length > LIMIT_LABEL || *at + length + 2 > LIMIT_NAME)
		return false;
	name[(*at)++] = (uint8_t)length;
	for (size_t i = 0; i < length; i++)
		name[(*at)++] = lower(label[i]);
	name[*at] = 0;
	return true;
}

bool
dname_read(struct cursor *c, uint8_t ret_name[static LIMIT_NAME])
{
	uint8_t name[LIMIT_NAME] = {0};
	struct cursor walk = *c; /* goes where the pointers lead */
	size_t at = 0, earliest = c->at, end = 0;
	unsigned jumps = 0;

	for (;;) {
		uint8_t length = cursor_u8(&walk);

		if (walk.failed)
			break;
		if (length == 0) {
			if (!end)
				end = walk.at;
			c->at = end;
			memcpy(ret_name, name, at + 1);
			return true;
		}
		if ((length & 0xc0) == 0xc0) {
			size_t target = (size_t)(length & 0x3f) << 8 | cursor_u8(&walk);

			if (!end)
				end = walk.at;
			if (walk.failed || target >= earliest || ++jumps > LIMIT_POINTERS)
				break;
			walk.at = earliest = target;
			continue;
		}
		const uint8_t *label = (length & 0xc0) ? NULL : cursor_bytes(&walk, length);
		if (!label || !append_label(name, &at, label, length))
			break;
	}
	c->failed = true;
	return false;
}

bool
dname_from_text(const char *text, size_t length, uint8_t ret_name[static LIMIT_NAME])
{
	uint8_t name[LIMIT_NAME] = {0};
	size_t at = 0, start = 0;

	if (length == 1 && text[0] == '.') {
		ret_name[0] = 0;
		return true;
	}
	if (length && text[length - 1] == '.')
		length--;
	for (size_t i = 0; i <= length; i++) {
		if (i < length && text[i] != '.')
			continue;
		if (!append_label(name, &at, (const uint8_t *)text + start, i - start))
			return false;
		start = i + 1;
	}
	memcpy(ret_name, name, at + 1);
	return true;
}

bool
dname_prepend(const char *prefix, const uint8_t *name, uint8_t ret_name[static LIMIT_NAME])
{
	uint8_t front[LIMIT_NAME];
	size_t n, m = dname_length(name);

	if (!dname_from_text(prefix, strlen(prefix), front))
		return false;
	n = dname_length(front) - 1;
	if (n + m > LIMIT_NAME)
		return false;
	memmove(ret_name + n, name, m);
	memcpy(ret_name, front, n);
	return true;
}

static bool
is_name_octet(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

void
dname_print(struct text *text, const uint8_t *name)
{
	if (dname_is_root(name))
		text_char(text, '.');
	for (const uint8_t *label = name; *label; label += *label + 1) {
		if (label != name)
			text_char(text, '.');
		for (unsigned i = 1, run; i <= *label; i += run) {
			run = 0;
			while (i + run <= *label && is_name_octet(label[i + run]))
				run++;
			text_bytes(text, (const char *)label + i, run);
			if (run == 0) {
				text_printf(text, "\\%03u", label[i]);
				run = 1;
			}
		}
	}
}

const char *
dname_text(const uint8_t *name, char buffer[static LIMIT_NAME_TEXT])
{
	struct text text = text_into(buffer, LIMIT_NAME_TEXT);

	dname_print(&text, name);
	return buffer;
}

static bool
is_host_label(const uint8_t *label, bool *ret_all_digits)
{
	bool all_digits = true;

	if (label[1] == '-' || label[*label] == '-')
		return false;
	for (unsigned i = 1; i <= *label; i++) {
		if (!is_name_octet(label[i]))
			return false;
		if (label[i] < '0' || label[i] > '9')
			all_digits = false;
	}
	*ret_all_digits = all_digits;
	return true;
}

bool
dname_is_host(const uint8_t *name)
{
	bool all_digits = true;

	for (const uint8_t *label = name; *label; label += *label + 1)
		if (!is_host_label(label, &all_digits))
			return false;
	return !all_digits;
}

bool
dname_is_address(const uint8_t *name)
{
	char raw[LIMIT_NAME + 1], *at = raw;
	struct address address;
	size_t n;

	for (const uint8_t *label = name; *label; label += *label + 1) {
		if (memchr(label + 1, 0, *label))
			return false;
		memcpy(at, label + 1, *label);
		at += *label;
		*at++ = '.';
	}
	if (at == raw)
		return false;
	*--at = '\0';
	n = (size_t)(at - raw);
	at = raw;
	if (n > 2 && raw[0] == '[' && raw[n - 1] == ']') {
		raw[n - 1] = '\0';
		at = raw + 1;
	}
	return address_from_text(at, &address);
}
