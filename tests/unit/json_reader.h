/* SPDX-License-Identifier: BSD-2-Clause */
/* A reader of JSON (RFC 8259), to see that it is some. */
#ifndef NMX_TESTS_JSON_READER_H
#define NMX_TESTS_JSON_READER_H

#include <stdbool.h>

/* Steps over one value. Numbers are not negative and have no exponent, as the library writes them. */
bool json_value(const char **at);
/* An assertion: the text is one value on one line, in UTF-8. */
void json_check(const char *text, const char *what);

#endif
