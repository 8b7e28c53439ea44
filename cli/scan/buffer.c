/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/scan/utf8.h"

/* One octet is always left for the zero at the end. */
static bool
grow(struct buffer *b, size_t n)
{
	size_t size = b->size ? b->size : 1024;
	char *text;

	while (size - b->length <= n)
		size *= 2;
	if (size == b->size)
		return true;
	text = realloc(b->text, size);
	if (!text) {
		b->failed = true;
		return false;
	}
	b->text = text;
	b->size = size;
	return true;
}

void
buffer_octets(struct buffer *b, const char *octets, size_t n)
{
	if (b->failed || !grow(b, n))
		return;
	if (n)
		memcpy(b->text + b->length, octets, n);
	b->length += n;
	b->text[b->length] = '\0';
}

void
buffer_string(struct buffer *b, const char *string)
{
	buffer_octets(b, string, strlen(string));
}

static void
add_escape(struct buffer *b, uint32_t unit)
{
	char escape[sizeof("\\uffff")];

	snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)(unit & 0xffff));
	buffer_string(b, escape);
}

static void
add_code(struct buffer *b, uint32_t code)
{
	char c = (char)code;

	if (code > 0xffff) {
		add_escape(b, 0xd800 + ((code - 0x10000) >> 10));
		add_escape(b, 0xdc00 + ((code - 0x10000) & 0x3ff));
	} else if (code < 0x20 || code >= 0x7f) {
		add_escape(b, code);
	} else {
		if (c == '"' || c == '\\')
			buffer_octets(b, "\\", 1);
		buffer_octets(b, &c, 1);
	}
}

void
buffer_quote(struct buffer *b, const char *octets, size_t n)
{
	buffer_octets(b, "\"", 1);
	for (size_t at = 0, length; at < n; at += length) {
		uint32_t code;

		utf8_read(octets + at, n - at, &code, &length);
		add_code(b, code);
	}
	buffer_octets(b, "\"", 1);
}

size_t
buffer_printable_octet(char octet, char ret_text[static BUFFER_PRINTABLE])
{
	unsigned char c = (unsigned char)octet;

	ret_text[0] = octet;
	if (c >= 0x20 && c < 0x7f)
		return 1;
	ret_text[0] = '\\';
	ret_text[1] = (char)('0' + c / 100);
	ret_text[2] = (char)('0' + c / 10 % 10);
	ret_text[3] = (char)('0' + c % 10);
	return BUFFER_PRINTABLE;
}

void
buffer_printable(struct buffer *b, const char *octets, size_t n)
{
	char text[BUFFER_PRINTABLE];

	for (size_t i = 0; i < n; i++)
		buffer_octets(b, text, buffer_printable_octet(octets[i], text));
}

char *
buffer_give(struct buffer *b, size_t *ret_length)
{
	char *text = b->failed ? NULL : b->text;

	if (text)
		*ret_length = b->length;
	else
		free(b->text);
	*b = (struct buffer){.text = NULL};
	return text;
}

void
buffer_done(struct buffer *b)
{
	free(b->text);
	*b = (struct buffer){.text = NULL};
}
