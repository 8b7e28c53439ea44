/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines and fields of MTA-STS: cutting them, and what they consist of (RFC 8461 sections 3.1,
 * 3.2). */
#ifndef NMX_POLICY_STS_BYTES_H
#define NMX_POLICY_STS_BYTES_H

#include "base/cursor.h"
#include "policy/sts.h"

/* What stands before the next delimiter, or up to the end; moves past both. */
struct sts_bytes sts_bytes_until(struct cursor *c, uint8_t delimiter, bool *ret_found);
/* Without spaces and tabs (WSP) at both ends. */
struct sts_bytes sts_bytes_trim(struct sts_bytes bytes);

bool sts_bytes_is(struct sts_bytes bytes, const char *string);
bool sts_bytes_has(struct sts_bytes bytes, uint8_t octet);
/* 1 to most letters and digits. */
bool sts_bytes_are_alphanumeric(struct sts_bytes bytes, size_t most);
/* The name of an extension field: a letter or digit, then up to 31 of them and of "_", "-", ".". */
bool sts_bytes_are_key(struct sts_bytes bytes);
/* Why it is no line of text: a control character but the tab, or not UTF-8 (RFC 3629). NULL:
 * it is. */
const char *sts_bytes_fault(struct sts_bytes bytes);

#endif
