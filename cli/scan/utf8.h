/* SPDX-License-Identifier: BSD-2-Clause */
/* UTF-8 (RFC 3629) of any octets: what is none counts as U+FFFD, an octet at a time. */
#ifndef NMX_CLI_SCAN_UTF8_H
#define NMX_CLI_SCAN_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UTF8_REPLACEMENT = 0xfffd, UTF8_MOST = 4 };

/* The code point at the beginning of n > 0 octets, and how many octets it has. False: it is none, and
 * stands for UTF8_REPLACEMENT, of one octet. */
bool utf8_read(const char *octets, size_t n, uint32_t *ret_code, size_t *ret_length);

/* Into 1..4 octets: how many. */
size_t utf8_write(uint32_t code, char ret_octets[static UTF8_MOST]);

/* The length of at most `most` octets of a string that end where a character does. */
size_t utf8_cut(const char *octets, size_t n, size_t most);

#endif
