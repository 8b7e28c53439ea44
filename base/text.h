/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Building text: into a buffer of the caller's (what does not fit is counted, not written, as
 * snprintf does) or into memory that grows. Always ends with a zero byte.
 */
#ifndef NMX_BASE_TEXT_H
#define NMX_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *data;
	size_t length; /* of the whole text, without the final zero */
	size_t size;   /* of data */
	bool grows;
	bool failed; /* memory ran out: the text is useless */
};

struct text text_into(char *buffer, size_t size);
struct text text_growing(void); /* data is malloc()ed; the caller frees it */

void text_bytes(struct text *text, const char *bytes, size_t n);
void text_add(struct text *text, const char *string);
void text_char(struct text *text, char c);
void text_u64(struct text *text, uint64_t value);
__attribute__((format(printf, 2, 3))) void text_printf(struct text *text, const char *format, ...);

/* Bytes from outside as printable ASCII: anything else becomes \DDD. Done twice it changes nothing. */
void text_escaped(struct text *text, const void *bytes, size_t n);
/* Two digits an octet, lower case. */
void text_hex(struct text *text, const uint8_t *bytes, size_t n);

#endif
