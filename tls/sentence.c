/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/sentence.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

struct sentence
sentence_into(char *text, size_t size)
{
	text[0] = '\0';
	return (struct sentence){text, size, 0};
}

void
sentence_add(struct sentence *sentence, const char *format, ...)
{
	size_t left = sentence->size - sentence->length;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(sentence->text + sentence->length, left, format, args);
	va_end(args);
	if (n > 0)
		sentence->length += (size_t)n < left ? (size_t)n : left - 1;
}

static void
add_escaped(struct sentence *sentence, const void *bytes, size_t n, size_t most, uint8_t least)
{
	const uint8_t *byte = bytes;

	for (size_t i = 0; i < n && i < most; i++) {
		if (byte[i] >= least && byte[i] < 0x7f && byte[i] != '\\' && byte[i] != '"')
			sentence_add(sentence, "%c", byte[i]);
		else
			sentence_add(sentence, "\\x%02x", byte[i]);
	}
	if (n > most)
		sentence_add(sentence, "...");
}

void
sentence_foreign(struct sentence *sentence, const void *bytes, size_t n, size_t most)
{
	add_escaped(sentence, bytes, n, most, '!');
}

void
sentence_words(struct sentence *sentence, const void *bytes, size_t n, size_t most)
{
	add_escaped(sentence, bytes, n, most, ' ');
}

void
sentence_quote(struct sentence *sentence, const void *bytes, size_t n, size_t most)
{
	sentence_add(sentence, "\"");
	sentence_words(sentence, bytes, n, most);
	sentence_add(sentence, "\"");
}
