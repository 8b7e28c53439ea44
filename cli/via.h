/* SPDX-License-Identifier: BSD-2-Clause */
/* nextmx resolve --via SOCKET: a running nextmxd is asked (docs/http.md), to see what it sees. */
#ifndef NMX_CLI_VIA_H
#define NMX_CLI_VIA_H

#include <jansson.h>
#include <stdio.h>

#include "cli/cli.h"

bool via_is_wanted(int argc, char **argv);
/* The verb with --via among its arguments: no context is made. The code to exit with. */
int via_resolve(const struct verb *verb, int argc, char **argv);

/* A line of nextmx.route/1 as text. NULL, or the name of what is missing or of the wrong type; what
 * was written is of no use then. */
const char *via_text(FILE *out, json_t *route, bool why);

#endif
