/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/start.h"

#include <stdio.h>
#include <string.h>

static int
start(const struct config *config, struct nmx_context *ctx, char *ret_error, size_t size)
{
	const char *fault = NULL;
	int result;

	if (!config_apply(config, ctx, ret_error, size))
		return NMX_E_CONFIG;
	result = nmx_context_start(ctx, &fault);
	if (result)
		snprintf(ret_error, size, "%s: %s%s", config->path,
			 fault ? fault : nmx_strerror(result),
			 fault && strstr(fault, "ermission denied") ? " to the workers' user" : "");
	return result;
}

int
start_context(const struct config *config, nmx_log_fn fn, struct nmx_context **ret_ctx,
	      char *ret_error, size_t size)
{
	struct nmx_context *ctx;
	int result = nmx_context_new(&ctx);

	if (result) {
		snprintf(ret_error, size, "%s: %s", config->path, nmx_strerror(result));
		return result;
	}
	nmx_context_set_log(ctx, fn, NULL);
	result = start(config, ctx, ret_error, size);
	if (result)
		nmx_context_free(ctx);
	else
		*ret_ctx = ctx;
	return result;
}

int
start_try(const struct config *config, nmx_log_fn fn, char *ret_error, size_t size)
{
	struct nmx_context *ctx;
	int result = start_context(config, fn, &ctx, ret_error, size);

	if (result == 0)
		nmx_context_free(ctx);
	return result;
}
