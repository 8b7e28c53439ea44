/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The only way names, ports and texts get into an answer. smtp(8) dies of a host that is no host
 * name and of a port that is none, and the MTA's master then stops all mail; SRV data is a
 * stranger's. So what is printed here is judged here, whatever was judged before.
 */
#ifndef NMX_DAEMON_ENCODE_H
#define NMX_DAEMON_ENCODE_H

#include <stdbool.h>
#include <stddef.h>

/* Text that grows in a buffer of the caller's; what does not fit marks it full and is not begun. */
struct encoder {
	char *buffer;
	size_t size, length;
	bool is_full;
};

struct encoder encoder_in(char *buffer, size_t size);

/* Whether an MTA survives it: labels of letters, digits, underscores and, inside, hyphens; none empty
 * or over 63 octets, at most 253 in all, the last label no number (all digits, or 0x and hexadecimal
 * ones: inet_aton(3)). */
bool encode_is_host(const char *host);
/* "[host]:port", or "host:port" for Exim; false, and nothing is written, if either is not fit or it
 * does not fit in. */
bool encode_bracketed(struct encoder *e, const char *host, unsigned port);
bool encode_plain(struct encoder *e, const char *host, unsigned port);
/* Constant text of ours. */
bool encode_word(struct encoder *e, const char *word);
/* "5.1.10": class 4 or 5 as the caller demands, else class.0.0 is written. */
bool encode_status(struct encoder *e, char class, const char *status);
/* A reason: printable ASCII, one blank for any run of others, no quote, backslash, dollar or brace
 * (Exim expands), at most 200 octets. Where nothing is left, a sentence that says so. */
bool encode_reason(struct encoder *e, const char *reason);

#endif
