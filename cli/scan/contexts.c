/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/contexts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "cli/cli.h"
#include "cli/scan/settings.h"
#include "cli/scan/warn.h"

enum {
	MOST_QUESTIONS = 100000, /* the option's */
	QUESTIONS = 2000,	 /* its default */
	/* What one domain may have in flight at a time: 32 hosts, their addresses and TLSA. */
	QUESTIONS_A_DOMAIN = 100,
	LEAST_RANGE = 16,      /* of option outgoing-range */
	OWN_DESCRIPTORS = 256, /* beside questions, as the library counts them */
};

/* No number that anybody would give: that it is still there means that no other was given. */
static const char not_given[] = "99991";

static int
set(struct nmx_context *ctx, const char *option, const char *value)
{
	const char *error = "";
	int result = nmx_context_set(ctx, option, value, &error);

	if (result == 0)
		return EXIT_OK;
	complain("scan: %s", *error ? error : nmx_strerror(result));
	return EXIT_INTERNAL;
}

int
contexts_prepare(struct nmx_context *first)
{
	static const struct {
		const char *option, *value;
	} settings[] = {{"outgoing-range", "4096"},
			{"dns-cache", "large"},
			{"records", "yes"},
			{"max-questions", not_given}};
	int code = EXIT_OK;

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]) && code == EXIT_OK; i++)
		if (nmx_context_get(first, settings[i].option))
			code = set(first, settings[i].option, settings[i].value);
	return code;
}

static int
set_number(struct nmx_context *ctx, const char *option, unsigned long number)
{
	char value[24];

	snprintf(value, sizeof(value), "%lu", number);
	return set(ctx, option, value);
}

/* A question that does not fit would be deferred, as if the domain were at fault. */
static int
fit_questions(struct nmx_context *first, const struct scan_settings *s)
{
	unsigned long domains = (s->in_flight + s->threads - 1) / s->threads;
	unsigned long n = domains * QUESTIONS_A_DOMAIN;

	if (strcmp(nmx_context_get(first, "max-questions"), not_given) != 0)
		return EXIT_OK;
	n = n < QUESTIONS ? QUESTIONS : n > MOST_QUESTIONS ? MOST_QUESTIONS : n;
	return set_number(first, "max-questions", n);
}

/* The library fits sockets to the limit of descriptors, for one context: it cannot know of the others. */
static int
fit_sockets(struct nmx_context *first, const struct scan_settings *s)
{
	unsigned long range = strtoul(nmx_context_get(first, "outgoing-range"), NULL, 10), most;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return EXIT_OK;
	if (limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
		getrlimit(RLIMIT_NOFILE, &limit);
	}
	if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur < OWN_DESCRIPTORS)
		return EXIT_OK; /* the library tells */
	most = (unsigned long)(limit.rlim_cur - OWN_DESCRIPTORS) / 2 / s->threads;
	if (most >= range)
		return EXIT_OK;
	return set_number(first, "outgoing-range", most > LEAST_RANGE ? most : LEAST_RANGE);
}

int
contexts_fit(struct nmx_context *first, const struct scan_settings *settings)
{
	int code = fit_questions(first, settings);

	return code == EXIT_OK ? fit_sockets(first, settings) : code;
}

int
contexts_copy(struct nmx_context *first, struct nmx_context **ret_ctx)
{
	struct nmx_context *ctx;
	int error = nmx_context_new(&ctx), code = EXIT_OK;

	if (error) {
		complain("%s", nmx_strerror(error));
		return EXIT_INTERNAL;
	}
	for (size_t i = 0; i < nmx_option_count() && code == EXIT_OK; i++) {
		const char *name = nmx_option_name(i), *value = nmx_context_get(first, name);

		if (!value) {
			complain("out of memory");
			code = EXIT_INTERNAL;
		} else {
			code = set(ctx, name, value);
		}
	}
	if (code == EXIT_OK)
		*ret_ctx = ctx;
	else
		nmx_context_free(ctx);
	return code;
}

int
contexts_start(struct nmx_context *ctx)
{
	const char *error = "";
	int result;

	nmx_context_set_log(ctx, warn_log, NULL);
	result = nmx_context_start(ctx, &error);
	if (result == 0)
		return EXIT_OK;
	complain("%s", error);
	return result == NMX_E_CONFIG ? EXIT_CONFIG : EXIT_INTERNAL;
}
