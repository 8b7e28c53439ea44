/* SPDX-License-Identifier: BSD-2-Clause */
/* The verbs of nextmx sts that want a context; sts.c has the table of all. */
#ifndef NMX_CLI_STS_H
#define NMX_CLI_STS_H

#include "cli/cli.h"

int sts_list(const struct verb *verb, int argc, char **argv);
int sts_show(const struct verb *verb, int argc, char **argv);
int sts_forget(const struct verb *verb, int argc, char **argv);
int sts_refresh(const struct verb *verb, int argc, char **argv);
int sts_report(const struct verb *verb, int argc, char **argv);

#endif
