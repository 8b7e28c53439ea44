/* SPDX-License-Identifier: BSD-2-Clause */
/* What every verb that resolves domains begins with. */
#include "cli/cli.h"

static void
print_log(enum nmx_log_level level, const char *text, void *user)
{
	(void)user;
	if (level <= NMX_LOG_WARNING)
		complain("%s", text);
}

static int
start(struct nmx_context *ctx)
{
	const char *error = "";
	int result;

	nmx_context_set_log(ctx, print_log, NULL);
	result = nmx_context_start(ctx, &error);
	if (result == 0)
		return EXIT_OK;
	complain("%s", error);
	return result == NMX_E_CONFIG ? EXIT_CONFIG : EXIT_INTERNAL;
}

static int
run(const struct domain_verb *dv, struct nmx_context *ctx, const struct verb *verb, int argc,
    char **argv, void *settings)
{
	int n = 0, code = args_read(verb, ctx, argc, argv, &n);

	if (code != EXIT_OK || n < 0)
		return code;
	if (!dv->read_settings(verb, ctx, settings))
		return EXIT_USAGE;
	if (n == 0 && !dv->may_be_none) {
		complain("%s: which domain?", verb->name);
		return EXIT_USAGE;
	}
	code = start(ctx);
	return code == EXIT_OK ? dv->run(ctx, argv, n, settings) : code;
}

int
run_with_domains(const struct domain_verb *dv, const struct verb *verb, int argc, char **argv,
		 void *settings)
{
	struct nmx_context *ctx;
	int code, error = nmx_context_new(&ctx);

	if (error) {
		complain("%s", nmx_strerror(error));
		return EXIT_INTERNAL;
	}
	code = run(dv, ctx, verb, argc, argv, settings);
	nmx_context_free(ctx);
	return code;
}
