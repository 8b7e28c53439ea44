/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/scan/shared.h"

enum { MOST_IN_FLIGHT = 100000, MOST_QPS = 10000000, IN_FLIGHT = 200, SERVER_QPS = 100 };

/* Puts the flag's value in place of what is there, if it was given. False: told. */
static bool
read_number(const struct verb *verb, const char *name, uint64_t least, uint64_t most,
	    uint64_t *ret_number)
{
	const char *value = args_flag(verb, name);
	char flag[32];

	snprintf(flag, sizeof(flag), "--%s", name);
	return !value || args_number(flag, value, least, most, ret_number);
}

/* "K/N" */
static bool
read_shard(const char *value, struct scan_settings *s)
{
	const char *slash = strchr(value, '/');
	char number[32];
	size_t length = slash ? (size_t)(slash - value) : 0;

	if (!slash || length == 0 || length >= sizeof(number)) {
		complain("option --shard: \"%s\": expected K/N, as 1/4", value);
		return false;
	}
	memcpy(number, value, length);
	number[length] = '\0';
	return args_number("--shard", slash + 1, 1, UINT32_MAX, &s->n_shards) &&
	       args_number("--shard", number, 1, s->n_shards, &s->shard);
}

/* Who is asked by way of a cache or server of the caller's need not be spared by us. */
static bool
asks_the_internet(struct nmx_context *ctx)
{
	static const char *const options[] = {"stub", "zone", "upstream"};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		const char *value = nmx_context_get(ctx, options[i]);

		if (value && *value)
			return false;
	}
	return true;
}

static bool
read_numbers(const struct verb *verb, struct scan_settings *s)
{
	uint64_t threads = 1, in_flight = IN_FLIGHT;

	if (!read_number(verb, "threads", 1, MOST_THREADS, &threads) ||
	    !read_number(verb, "in-flight", 1, MOST_IN_FLIGHT, &in_flight) ||
	    !read_number(verb, "qps", 0, MOST_QPS, &s->qps) ||
	    !read_number(verb, "server-qps", 0, MOST_QPS, &s->server_qps) ||
	    !read_number(verb, "seed", 0, NMX_SEED_MAX, &s->seed))
		return false;
	s->threads = (unsigned)(threads < in_flight ? threads : in_flight);
	s->in_flight = (unsigned)in_flight;
	return true;
}

static bool
read_output(struct scan_settings *s)
{
	if (!s->output || !s->resume || strcmp(s->output, s->resume) == 0)
		return true;
	complain("scan: --output and --resume name different files; --resume FILE goes on with "
		 "FILE, and writes there");
	return false;
}

bool
settings_read(const struct verb *verb, struct nmx_context *ctx, struct scan_settings *ret_settings)
{
	const char *shard = args_flag(verb, "shard"), *fields = args_flag(verb, "fields");
	struct scan_settings s = {
		.output = args_flag(verb, "output"),
		.resume = args_flag(verb, "resume"),
		.csv_column = args_flag(verb, "csv-column"),
		.has_seed = args_flag(verb, "seed") != NULL,
		.server_qps = asks_the_internet(ctx) ? SERVER_QPS : 0,
		.shard = 1,
		.n_shards = 1,
	};

	if (!read_numbers(verb, &s) || !read_output(&s) || (shard && !read_shard(shard, &s)))
		return false;
	if (fields && !fields_read(fields, &s.fields))
		return false;
	s.wants_without_srv = !s.fields || fields_has(s.fields, "without_srv");
	*ret_settings = s;
	return true;
}

void
settings_done(struct scan_settings *s)
{
	fields_free(s->fields);
}
