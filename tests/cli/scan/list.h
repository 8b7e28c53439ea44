/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists for the tests of cli/scan/input: files in a folder of their own, and what is read of them as text. */
#ifndef NMX_TESTS_SCAN_LIST_H
#define NMX_TESTS_SCAN_LIST_H

#include <stddef.h>

#include "cli/scan/input.h"

/* Removes what is left. Aborts when something fails that is not tested. */
void list_begin(void);
void list_end(void);
/* Path of a file of the folder, "" and "-" as they are; lent until list_end(). */
char *list_path(const char *name);
void list_write(const char *name, const void *octets, size_t n);

/* Opens and reads to the end: "NUMBER NAME:LINE DOMAIN\n" for each, " !FAULT" behind it, then "WAIT", "FAILED"
 * or nothing. Names are without the folder. "NOT OPENED" if that fails. For free(). */
char *list_read(const struct input_settings *settings);
/* The same of an open one, until it waits or ends. */
char *list_read_on(struct input *input);

#endif
