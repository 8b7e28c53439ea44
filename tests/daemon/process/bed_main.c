/* SPDX-License-Identifier: BSD-2-Clause */
/* bed FILE [READY-FD]: the master. Its times come from the environment, in milliseconds. */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/master_state.h"

static int64_t
time_of(const char *name, int64_t otherwise_ms)
{
	const char *value = getenv(name);

	return (value ? atoll(value) : otherwise_ms) * NS_PER_MS;
}

struct master_times
master_times(void)
{
	return (struct master_times){
		.tick = time_of("BED_TICK", 1000),
		.start = time_of("BED_START", 60000),
		.check = time_of("BED_CHECK", 30000),
		.stop = time_of("BED_STOP", 60000),
		.watchdog = time_of("BED_WATCHDOG", 60000),
		.abort = time_of("BED_ABORT", 100),
	};
}

int
main(int n, char **arguments)
{
	struct config *config;
	char error[1024];

	if (n < 2 || !config_read(arguments[1], &config, error, sizeof(error))) {
		fprintf(stderr, "bed: %s\n", n < 2 ? "no file" : error);
		return EXIT_CONFIG;
	}
	return master_run(config, n > 2 ? atoi(arguments[2]) : -1);
}
