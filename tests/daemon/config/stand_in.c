/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In place of the master: what the environment names in STAND_IN happens, so that main.c can be
 * seen to deal with it. Privileges are only noted.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/master.h"
#include "daemon/privilege.h"

static bool
is_told(const char *what)
{
	const char *told = getenv("STAND_IN");

	return told && strcmp(told, what) == 0;
}

bool
privilege_drop(const struct config *config, char *ret_error, size_t size)
{
	const char *note = getenv("STAND_IN_DROPPED");

	if (note) {
		FILE *file = fopen(note, "w");

		fprintf(file, "%d", (int)getpid());
		fclose(file);
	}
	if (!is_told("no-privileges"))
		return true;
	snprintf(ret_error, size, "there is no user \"%s\"", config->user ? config->user : "");
	return false;
}

/* Says where it is, and ends by SIGTERM, for which STAND_IN_NOTE is looked at. */
static int
serve(const struct config *config, int ready_fd)
{
	const char *note = getenv("STAND_IN_NOTE");
	char folder[4096] = "", line[8192];
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (note) {
		FILE *file = fopen(note, "w");

		if (!getcwd(folder, sizeof(folder)) || !file)
			return 1;
		snprintf(line, sizeof(line), "%d %d %s %s %d", (int)getpid(), (int)getsid(0),
			 folder, config->path, isatty(STDERR_FILENO));
		fprintf(file, "%s", line);
		fclose(file);
	}
	if (ready_fd >= 0 && write(ready_fd, "r", 1) != 1)
		return 1;
	sigwait(&set, &number);
	return 0;
}

int
master_run(struct config *config, int ready_fd)
{
	static const char fault[] = "127.0.0.1:8461: cannot listen: \033 Address already in use\n";
	int status = 0;

	log_always(NMX_LOG_INFO, "start", "version", nmx_version(), NULL);
	if (is_told("fail") && write(ready_fd, fault, strlen(fault)) < 0)
		status = 1;
	if (is_told("serve"))
		status = serve(config, ready_fd);
	else if (!is_told("fail"))
		status = 7;
	config_free(config);
	return status;
}
