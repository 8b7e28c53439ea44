/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domain names in wire form (RFC 1035 section 3.1): labels with length octets, uncompressed, ending
 * with the root's zero octet, ASCII letters in lower case. The only form used inside; text is for
 * the edges. A pointer to such a name carries its own length.
 */
#ifndef NMX_BASE_DNAME_H
#define NMX_BASE_DNAME_H

#include "base/cursor.h"
#include "base/limits.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Octets of the name, the root's zero included: 1..255. */
size_t dname_length(const uint8_t *name);
/* Labels without the root: 0..127. */
unsigned dname_labels(const uint8_t *name);
bool dname_is_root(const uint8_t *name);
bool dname_equal(const uint8_t *a, const uint8_t *b);
/* A total order, the same everywhere: by octets from the left. */
int dname_compare(const uint8_t *a, const uint8_t *b);
/* Whether name is zone or lies below it. */
bool dname_in_zone(const uint8_t *name, const uint8_t *zone);

/*
 * Reads a possibly compressed name of a packet at the cursor, which moves past it; the cursor must
 * begin at the packet's first octet. False (and the cursor failed) if it is malformed.
 */
bool dname_read(struct cursor *c, uint8_t ret_name[static LIMIT_NAME]);
/* The same, for a name that nobody wants. */
bool dname_skip(struct cursor *c);

/*
 * From text without escapes: labels joined by dots, one final dot allowed, "." is the root. False for
 * empty or over-long labels and names. Any octet but the dot is taken as it is.
 */
bool dname_from_text(const char *text, size_t length, uint8_t ret_name[static LIMIT_NAME]);

/* prefix (text, one or more labels) in front of name; false if that is too long. */
bool dname_prepend(const char *prefix, const uint8_t *name, uint8_t ret_name[static LIMIT_NAME]);

/*
 * Appends the text without the final dot; the root is ".". Octets that are no letter, digit, hyphen
 * or underscore become \DDD (RFC 4343 section 2.1): no blank, dot or control character can come
 * from inside a label.
 */
void dname_print(struct text *text, const uint8_t *name);
/* The same into a buffer of the caller's; dname_put returns its length. */
size_t dname_put(const uint8_t *name, char buffer[static LIMIT_NAME_TEXT]);
const char *dname_text(const uint8_t *name, char buffer[static LIMIT_NAME_TEXT]);

/* Letters, digits, hyphens (not first or last) and underscores in every label; not the root; the
 * last label not all digits, which RFC 3696 section 2 rules out and URLs and MTAs read as IPv4. */
bool dname_is_host(const uint8_t *name);
/* The name's text is an IPv4 or IPv6 address, in brackets or not. */
bool dname_is_address(const uint8_t *name);

#endif
