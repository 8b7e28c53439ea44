/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/master_state.h"

/* The worker gives itself 10 s to end, systemd gives us 90 to start. */
struct master_times
master_times(void)
{
	return (struct master_times){
		.tick = NS_PER_S,
		.start = 60 * NS_PER_S,
		.check = 30 * NS_PER_S,
		.stop = 15 * NS_PER_S,
		.watchdog = 30 * NS_PER_S,
		.abort = 2 * NS_PER_S,
	};
}
