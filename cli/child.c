/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { GRACE_MS = 2000 };

/* ---- Spool ---------------------------------------------------------------------------------- */

static bool
copy_all(int from, int to)
{
	char bytes[64 * 1024];

	for (;;) {
		ssize_t n = read(from, bytes, sizeof(bytes));

		if (n == 0)
			return true;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		for (ssize_t at = 0, done; at < n; at += done) {
			done = write(to, bytes + at, (size_t)(n - at));
			if (done < 0)
				return false;
		}
	}
}

int
child_spool(void)
{
	const char *folder = getenv("TMPDIR");
	int fd = open(folder && *folder ? folder : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 && copy_all(STDIN_FILENO, fd))
		return fd;
	complain("the message cannot be spooled: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* ---- Output --------------------------------------------------------------------------------- */

/* Lines of the command's on their way to standard error. */
struct output {
	const char *prefix;
	char line[CHILD_LINE];
	size_t length;
	char *last; /* CHILD_LINE octets: the last line that had something */
};

static void
end_line(struct output *o)
{
	o->line[o->length] = '\0';
	fprintf(stderr, "%s%s\n", o->prefix, o->line);
	if (o->length)
		memcpy(o->last, o->line, o->length + 1);
	o->length = 0;
}

static void
take_output(struct output *o, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c == '\n') {
			end_line(o);
		} else if (c != '\r') {
			if (o->length == CHILD_LINE - 1)
				end_line(o);
			o->line[o->length++] = c >= 0x20 && c < 0x7f ? (char)c : '?';
		}
	}
}

/* What is there now. False at the end. */
static bool
read_output(struct output *o, int fd)
{
	char bytes[4096];
	ssize_t n = read(fd, bytes, sizeof(bytes));

	if (n > 0)
		take_output(o, bytes, (size_t)n);
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* ---- The command ---------------------------------------------------------------------------- */

struct child {
	pid_t pid;
	int pidfd, output;
};

/* In the new process. It dies with us, and is a group of its own, to be ended as a whole. */
static void
become(const char *command, char *const *environment, int spool, int output)
{
	char path[64];
	int input;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", spool);
	input = open(path, O_RDONLY); /* with an offset of its own */
	if (input < 0 || dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(output, STDERR_FILENO) < 0)
		_exit(71);
	if (input > STDERR_FILENO)
		close(input);
	signal(SIGPIPE, SIG_DFL);
	for (; *environment; environment++)
		putenv(*environment);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	dprintf(STDERR_FILENO, "sh: %s\n", strerror(errno));
	_exit(71);
}

static bool
start(const char *command, char *const *environment, int spool, struct child *ret)
{
	int pipe_fds[2];

	if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) < 0) {
		complain("no pipe: %s", strerror(errno));
		return false;
	}
	fcntl(pipe_fds[1], F_SETFL, 0); /* the command's end blocks */
	ret->pid = fork();
	if (ret->pid == 0)
		become(command, environment, spool, pipe_fds[1]);
	close(pipe_fds[1]);
	ret->output = pipe_fds[0];
	ret->pidfd = ret->pid > 0 ? pidfd_open(ret->pid, 0) : -1;
	if (ret->pidfd >= 0)
		return true;
	complain("no process: %s", strerror(errno));
	if (ret->pid > 0) {
		kill(ret->pid, SIGKILL);
		waitpid(ret->pid, NULL, 0);
	}
	close(ret->output);
	return false;
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until the command is over; what it leaves in the background does not hold us. */
static void
attend(const struct child *child, struct output *o, unsigned limit_ms, struct child_result *result)
{
	struct pollfd fds[] = {{child->pidfd, POLLIN, 0}, {child->output, POLLIN, 0}};
	int64_t until = now_ms() + limit_ms;

	for (;;) {
		int64_t left = until - now_ms();

		if (left <= 0) {
			kill(-child->pid, result->timed_out ? SIGKILL : SIGTERM);
			result->timed_out = true;
			until = now_ms() + GRACE_MS;
			continue;
		}
		if (poll(fds, 2, (int)left) < 0 && errno != EINTR)
			return;
		if (fds[1].revents && !read_output(o, child->output))
			fds[1].fd = -1;
		if (fds[0].revents)
			return;
	}
}

bool
child_run(const char *command, char *const *environment, int spool, const char *prefix,
	  unsigned limit_ms, struct child_result *ret_result)
{
	struct child_result result = {0};
	struct output o = {.prefix = prefix, .last = result.line};
	struct child child;
	int status = 0;

	if (!start(command, environment, spool, &child))
		return false;
	attend(&child, &o, limit_ms, &result);
	waitpid(child.pid, &status, 0);
	while (poll(&(struct pollfd){child.output, POLLIN, 0}, 1, 0) > 0 &&
	       read_output(&o, child.output))
		;
	if (o.length)
		end_line(&o);
	close(child.output);
	close(child.pidfd);
	result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	*ret_result = result;
	return true;
}
