/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream of netstrings: the first octet is the most that one may hold. */
#include "target.h"

#include <string.h>

#include "daemon/netstring.h"

const unsigned fuzz_kinds = 1;

/* What came out says what went in. */
static void
check_whole(const char *octets, size_t most, size_t start, size_t length, size_t used)
{
	char head[32];
	int n = snprintf(head, sizeof(head), "%zu:", length);

	MUST(length <= most);
	MUST(start == (size_t)n && memcmp(octets, head, start) == 0);
	MUST(used == start + length + 1 && octets[used - 1] == ',');
}

/* Fewer octets never say anything but that more are needed, or what is wrong already. */
static void
check_shorter(const char *octets, size_t n, size_t most, enum netstring is)
{
	size_t start, length, used;

	for (size_t shorter = 0; shorter < n; shorter++) {
		enum netstring now = netstring_read(octets, shorter, most, &start, &length, &used);

		MUST(now == NETSTRING_MORE || (now == is && is != NETSTRING_WHOLE));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t most = size ? data[0] : 0, at = 1;

	while (at < size) {
		const char *octets = (const char *)data + at;
		size_t start = 0, length = 0, used = 0;
		enum netstring is = netstring_read(octets, size - at, most, &start, &length, &used);

		if (is != NETSTRING_WHOLE) {
			MUST(start == 0 && length == 0 && used == 0);
			check_shorter(octets, size - at, most, is);
			break;
		}
		MUST(used <= size - at);
		check_whole(octets, most, start, length, used);
		check_shorter(octets, used, most, is);
		at += used;
	}
	return 0;
}
