/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a configuration would start a worker: tried in a process that is what a worker would be.
 * Its sentence is short enough for the pipe to hold it whole, so it is read when the process has ended.
 */
#include "daemon/master_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/privilege.h"
#include "daemon/start.h"

static bool
try_config(const struct master *m, const struct config *config, char *ret_error, size_t size)
{
	if (!privilege_drop(config, ret_error, size))
		return false;
	worker_die_with_master(m); /* another account forgets it */
	privilege_warn(config);
	return start_try(config, NULL, ret_error, size) == 0;
}

_Noreturn static void
run_child(const struct master *m, const struct config *config, int fd)
{
	char text[ERROR_SIZE] = "";
	bool is_good;

	worker_prepare(m);
	master_open_log(config, "check");
	is_good = try_config(m, config, text, sizeof(text));
	if (!is_good)
		(void)!write(fd, text, strlen(text));
	_exit(is_good ? 0 : EXIT_CONFIG);
}

bool
check_begin(struct master *m, struct config *config, char *ret_error, size_t size)
{
	int pipe_fds[2];
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) < 0) {
		snprintf(ret_error, size, "no pipe: %s", strerror(errno));
		config_free(config);
		return false;
	}
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		run_child(m, config, pipe_fds[1]);
	close(pipe_fds[1]);
	if (pid < 0) {
		snprintf(ret_error, size, "no process: %s", strerror(errno));
		close(pipe_fds[0]);
		config_free(config);
		return false;
	}
	m->check = (struct check){.pid = pid,
				  .fd = pipe_fds[0],
				  .config = config,
				  .due = master_now() + m->times.check};
	return true;
}

bool
check_end(struct check *check, int status, struct config **ret_config, char *ret_error, size_t size)
{
	bool is_good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	ssize_t n = read(check->fd, ret_error, size - 1);
	char how[64];

	ret_error[n > 0 ? n : 0] = '\0';
	if (!is_good && check->is_late)
		snprintf(ret_error, size, "the check of the configuration takes too long");
	else if (!is_good && n <= 0)
		snprintf(ret_error, size, "the check of the configuration ended by %s",
			 death_text(status, how));
	close(check->fd);
	*ret_config = check->config;
	*check = (struct check){.fd = -1};
	return is_good;
}

void
check_tick(struct check *check, int64_t now)
{
	if (check->pid == 0 || check->is_late || now < check->due)
		return;
	check->is_late = true;
	kill(check->pid, SIGKILL);
}
