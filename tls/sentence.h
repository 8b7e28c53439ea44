/* SPDX-License-Identifier: BSD-2-Clause */
/* Text in a buffer of fixed size: what does not fit is left out, and the end is always marked. */
#ifndef NMX_TLS_SENTENCE_H
#define NMX_TLS_SENTENCE_H

#include <stddef.h>

struct sentence {
	char *text;
	size_t size, length;
};

/* Empty, and size is not 0. */
struct sentence sentence_into(char *text, size_t size);
__attribute__((format(printf, 2, 3))) void sentence_add(struct sentence *sentence,
							const char *format, ...);
/*
 * Bytes from the peer, at most most of them: visible ASCII as it is, the rest, quotes and
 * backslashes as \xNN.
 */
void sentence_foreign(struct sentence *sentence, const void *bytes, size_t n, size_t most);
/* The same, but blanks stay. */
void sentence_words(struct sentence *sentence, const void *bytes, size_t n, size_t most);
/* The same in quotes. */
void sentence_quote(struct sentence *sentence, const void *bytes, size_t n, size_t most);

#endif
