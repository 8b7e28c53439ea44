/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "cli/cli.h"

int
verb_version(const struct verb *verb, int argc, char **argv)
{
	char line[512];
	int n, code = args_read(verb, NULL, argc, argv, &n);

	if (code != EXIT_OK || n < 0)
		return code;
	if (n > 0) {
		complain("%s: takes no argument, not \"%s\"", verb->name, argv[0]);
		return EXIT_USAGE;
	}
	printf("nextmx %s\n", nmx_version());
	for (size_t i = 0; nmx_version_library(i, line, sizeof(line)) >= 0; i++)
		printf("%s\n", line);
	return EXIT_OK;
}
