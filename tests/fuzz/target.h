/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fuzz target reads bytes from outside as the library would, and checks what must hold of every
 * result. It runs under libFuzzer (-Dfuzz=true, clang), and in every test run under driver.c, which
 * replays the corpus and then changes its entries.
 */
#ifndef NMX_TESTS_FUZZ_TARGET_H
#define NMX_TESTS_FUZZ_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The first byte of an input, modulo fuzz_kinds, chooses among them: a record type, an option. The
 * driver gives each its share. */
extern const unsigned fuzz_kinds;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                   \
	do {                                                                              \
		if (!(condition)) {                                                       \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, \
				#condition);                                              \
			abort();                                                          \
		}                                                                         \
	} while (0)

/* Printable ASCII; with names, no blank either. */
static inline bool
is_printable(const char *text, bool blanks)
{
	for (; *text; text++)
		if (*text < (blanks ? 0x20 : 0x21) || *text >= 0x7f)
			return false;
	return true;
}

/* The input as a string: to its first zero byte, or its end. For free(). */
static inline char *
string_of(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		abort();
	for (size_t i = 0; i < size; i++)
		text[i] = (char)data[i];
	text[size] = '\0';
	return text;
}

#endif
