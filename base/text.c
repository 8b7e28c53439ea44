/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct text
text_into(char *buffer, size_t size)
{
	if (size)
		buffer[0] = '\0';
	return (struct text){.data = buffer, .size = size};
}

struct text
text_growing(void)
{
	return (struct text){.grows = true};
}

static bool
grow(struct text *text, size_t n)
{
	size_t size = text->size ? text->size : 256;
	char *data;

	while (size - text->length <= n)
		size *= 2;
	if (size == text->size)
		return true;
	data = realloc(text->data, size);
	if (!data) {
		text->failed = true;
		return false;
	}
	text->data = data;
	text->size = size;
	return true;
}

void
text_bytes(struct text *text, const char *bytes, size_t n)
{
	size_t room;

	if (text->failed || (text->grows && !grow(text, n)))
		return;
	room = text->length < text->size ? text->size - text->length - 1 : 0;
	if (room > n)
		room = n;
	if (room)
		memcpy(text->data + text->length, bytes, room);
	if (text->length < text->size)
		text->data[text->length + room] = '\0';
	text->length += n;
}

void
text_add(struct text *text, const char *string)
{
	text_bytes(text, string, strlen(string));
}

void
text_char(struct text *text, char c)
{
	text_bytes(text, &c, 1);
}

void
text_u64(struct text *text, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	text_bytes(text, digits + at, sizeof(digits) - at);
}

void
text_printf(struct text *text, const char *format, ...)
{
	char line[512];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (n > 0)
		text_bytes(text, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}

void
text_escaped(struct text *text, const void *bytes, size_t n)
{
	const uint8_t *b = bytes;

	for (size_t i = 0; i < n; i++) {
		if (b[i] >= 0x20 && b[i] < 0x7f)
			text_char(text, (char)b[i]);
		else
			text_printf(text, "\\%03u", b[i]);
	}
}

void
text_hex(struct text *text, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		const char octet[2] = {digits[bytes[i] >> 4], digits[bytes[i] & 15]};

		text_bytes(text, octet, 2);
	}
}
