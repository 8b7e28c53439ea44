/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/crash.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
crash_if_told(const char *key)
{
	const char *told = getenv("NEXTMXD_TEST_CRASH");

	if (!told)
		return;
	if (strcmp(told, key) == 0) {
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
	}
	if (strncmp(told, "hang:", 5) == 0 && strcmp(told + 5, key) == 0)
		for (;;)
			pause();
}
