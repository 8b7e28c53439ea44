/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * INI: [section], "key = value", comments that have a line of their own and begin with "#" or ";".
 * Lines end in LF or CRLF. Keys may repeat; what that means, and which keys there are, is the
 * reader's affair.
 */
#ifndef NMX_DAEMON_INI_H
#define NMX_DAEMON_INI_H

#include <stdbool.h>
#include <stddef.h>

enum { INI_LINE = 4096 }; /* octets of the longest line */

/* What is wrong, and where; line 0 is the file as a whole. */
struct fault {
	unsigned line;
	char text[768];
};

/* Always false, to be returned. What is quoted from the file need not be printable here; whoever
 * shows the text sees to it. */
__attribute__((format(printf, 3, 4))) bool fault_set(struct fault *fault, unsigned line,
						     const char *format, ...);

struct ini_entry {
	unsigned section; /* its index among the names */
	char *key,
		*value; /* without blanks around them; in the text, which the reader may write to */
	unsigned line;
};

/* False ends the reading; the fault is set then. */
typedef bool (*ini_fn)(const struct ini_entry *entry, void *user, struct fault *fault);

/* Reads text, which is written to and has one octet more than length. Entries point into it. */
bool ini_read(char *text, size_t length, const char *const *sections, size_t n_sections, ini_fn fn,
	      void *user, struct fault *ret_fault);

#endif
