/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bounds-checked reading of bytes from outside. A read beyond the end returns zeroes and sets
 * failed, which stays set: a caller may read a whole record and check once.
 */
#ifndef NMX_BASE_CURSOR_H
#define NMX_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
	const uint8_t *data;
	size_t size, at;
	bool failed;
};

static inline struct cursor
cursor_over(const void *data, size_t size)
{
	return (struct cursor){(const uint8_t *)data, size, 0, false};
}

static inline size_t
cursor_left(const struct cursor *c)
{
	return c->failed ? 0 : c->size - c->at;
}

/* The next n bytes, lent, and moves past them; NULL if there are fewer. */
static inline const uint8_t *
cursor_bytes(struct cursor *c, size_t n)
{
	const uint8_t *bytes = c->data + c->at;

	if (c->failed || c->size - c->at < n) {
		c->failed = true;
		return NULL;
	}
	c->at += n;
	return bytes;
}

static inline uint8_t
cursor_u8(struct cursor *c)
{
	const uint8_t *b = cursor_bytes(c, 1);

	return b ? b[0] : 0;
}

static inline uint16_t
cursor_u16(struct cursor *c)
{
	const uint8_t *b = cursor_bytes(c, 2);

	return b ? (uint16_t)(b[0] << 8 | b[1]) : 0;
}

static inline uint32_t
cursor_u32(struct cursor *c)
{
	const uint8_t *b = cursor_bytes(c, 4);

	return b ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3] : 0;
}

#endif
