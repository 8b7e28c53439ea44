/* SPDX-License-Identifier: BSD-2-Clause */
/* Routes of any text, as the library makes them of what is asked; and what their lines say. */
#ifndef NMX_TESTS_SCAN_LINES_H
#define NMX_TESTS_SCAN_LINES_H

#include <nextmx.h>

#include "cli/scan/line.h"

/* Rejected, if the library takes the text for no domain, else put off. For nmx_route_unref(). */
struct nmx_route *lines_route(const char *domain);

/* Entry 1, line 7 of "list.csv". */
struct input_item lines_item(const char *domain, const char *fault);

/* The line of an entry, or of its fault: for free(). Checks its length and that it is one line. */
char *lines_of(const struct input_item *item, const struct fields *fields);

#endif
