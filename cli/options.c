/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "cli/cli.h"

int
verb_options(const struct verb *verb, int argc, char **argv)
{
	int n, code = args_read(verb, NULL, argc, argv, &n);

	if (code != EXIT_OK || n < 0)
		return code;
	if (n > 0) {
		complain("%s: takes no argument, not \"%s\"", verb->name, argv[0]);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < nmx_option_count(); i++)
		printf("%s = %s\n    %s%s: %s\n", nmx_option_name(i), nmx_option_default(i),
		       nmx_option_is_list(i) ? "list of " : "", nmx_option_type(i),
		       nmx_option_help(i));
	return EXIT_OK;
}
