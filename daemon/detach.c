/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

/* The text comes in one piece, if one comes. */
_Noreturn static void
wait_until_ready(int from, pid_t between)
{
	char text[2048];
	ssize_t n;

	do
		n = read(from, text, sizeof(text) - 1);
	while (n < 0 && errno == EINTR);
	while (waitpid(between, NULL, 0) < 0 && errno == EINTR)
		continue;
	if (n == 1 && text[0] == 'r')
		_exit(EX_OK);
	if (n <= 0) {
		fprintf(stderr, "nextmxd: it ended before it was ready; its log may say why\n");
		_exit(EX_SOFTWARE);
	}
	while (n > 0 && text[n - 1] == '\n')
		n--;
	for (ssize_t i = 0; i < n; i++)
		if (text[i] < 0x20 || text[i] >= 0x7f)
			text[i] = '?';
	fprintf(stderr, "nextmxd: %.*s\n", (int)n, text);
	_exit(EX_CONFIG);
}

static bool
leave_terminal(void)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || chdir("/") < 0)
		return false;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(null, fd) < 0)
			return false;
	if (null > STDERR_FILENO)
		close(null);
	return true;
}

/* A leader of a session could get a terminal again by opening one; its child cannot. */
int
detach(void)
{
	int ends[2], saved;
	pid_t between;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	between = fork();
	saved = errno;
	if (between > 0) {
		close(ends[1]);
		wait_until_ready(ends[0], between);
	}
	close(ends[0]);
	if (between < 0) {
		close(ends[1]);
		errno = saved;
		return -1;
	}
	if (setsid() < 0 ||
	    fork() != 0) /* without a second child nobody writes: the caller tells */
		_exit(EX_OSERR);
	if (!leave_terminal())
		_exit(EX_OSERR);
	return ends[1];
}
