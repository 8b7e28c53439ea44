/* SPDX-License-Identifier: BSD-2-Clause */
/* Expected and actual JSON: laid out in lines, read, written, and their difference shown. */
#ifndef NMX_TESTS_COMPARE_H
#define NMX_TESTS_COMPARE_H

#include <stdbool.h>

/* One line of JSON as many: a line for each member, and for each object in an array. For free(). */
char *compare_layout(const char *json);
/* The whole file, for free(); NULL if it cannot be read. */
char *compare_read(const char *path);
bool compare_write(const char *path, const char *text);
/* Lines only in the first text with "-", lines only in the second with "+". */
void compare_print(const char *expected, const char *actual);

#endif
