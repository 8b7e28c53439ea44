/* SPDX-License-Identifier: BSD-2-Clause */
/* What a scan was asked for on the command line, its files and resolving options apart. */
#ifndef NMX_CLI_SCAN_SETTINGS_H
#define NMX_CLI_SCAN_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/cli.h"
#include "cli/scan/line.h"

struct scan_settings {
	const char *output, *resume;
	unsigned threads;
	unsigned in_flight;	  /* at least one for each thread */
	uint64_t qps, server_qps; /* 0: no limit */
	bool has_seed;
	uint64_t seed;
	struct fields *fields; /* for settings_done() */
	bool wants_without_srv;
	const char *csv_column;
	uint64_t shard, n_shards;
};

/* After args_read(): the first context has the resolving options. False: told. */
bool settings_read(const struct verb *verb, struct nmx_context *ctx,
		   struct scan_settings *ret_settings);
void settings_done(struct scan_settings *settings);

#endif
