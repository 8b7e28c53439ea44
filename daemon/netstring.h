/* SPDX-License-Identifier: BSD-2-Clause */
/* Netstrings, "5:hello,", of a socketmap (socketmap_table(5)): read from what has arrived so far. */
#ifndef NMX_DAEMON_NETSTRING_H
#define NMX_DAEMON_NETSTRING_H

#include <stddef.h>

enum netstring {
	NETSTRING_WHOLE, /* *ret_start and *ret_length are its inside, *ret_used all of it */
	NETSTRING_MORE,	 /* more octets are needed */
	NETSTRING_LONG,	 /* its length is over most */
	NETSTRING_MALFORMED,
};

enum netstring netstring_read(const char *octets, size_t n, size_t most, size_t *ret_start,
			      size_t *ret_length, size_t *ret_used);

#endif
