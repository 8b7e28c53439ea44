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
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/signals.h"

/* As the shell says that a command cannot be run: no status that would give mail back. */
enum { GRACE_MS = 2000, NOT_RUN = 127 };

/* ---- Spool ---------------------------------------------------------------------------------- */

/* The next octets of the message: read(2), but waits also where that would not. */
static ssize_t
read_input(char *bytes, size_t size)
{
	for (;;) {
		ssize_t n = read(STDIN_FILENO, bytes, size);

		if (n >= 0 || (errno != EINTR && errno != EAGAIN))
			return n;
		if (errno == EAGAIN)
			poll(&(struct pollfd){STDIN_FILENO, POLLIN, 0}, 1, -1);
	}
}

static bool
write_all(int fd, const char *bytes, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t done = write(fd, bytes + at, n - at);

		if (done < 0)
			return false;
		at += (size_t)done;
	}
	return true;
}

static bool
fill(int fd, const char *folder)
{
	char bytes[64 * 1024];
	ssize_t n;

	while ((n = read_input(bytes, sizeof(bytes))) > 0) {
		if (!write_all(fd, bytes, (size_t)n)) {
			complain("the message cannot be kept in %s: %s", folder, strerror(errno));
			return false;
		}
	}
	if (n < 0)
		complain("the message cannot be read from standard input: %s", strerror(errno));
	return n == 0;
}

int
child_spool(void)
{
	const char *folder = getenv("TMPDIR");
	int fd;

	if (!folder || !*folder)
		folder = "/tmp";
	fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	/* Commands open it again, whatever the umask is. */
	if (fd < 0 || fchmod(fd, 0600) < 0) {
		complain("the message cannot be kept in %s: %s", folder, strerror(errno));
	} else {
		signal(SIGXFSZ, SIG_IGN); /* the size limit is an error of write(2) then */
		if (fill(fd, folder))
			return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* ---- The command ---------------------------------------------------------------------------- */

/* What one is made of. */
struct order {
	const char *command;
	char *const *variables;
	int spool;
};

struct child {
	pid_t pid;
	int pidfd, output;
};

/* Ours only: what we were given under such names was meant for somebody else. */
static void
set_environment(char *const *variables)
{
	size_t kept = 0;

	for (size_t i = 0; environ && environ[i]; i++)
		if (strncmp(environ[i], "NEXTMX_", 7) != 0)
			environ[kept++] = environ[i];
	if (environ)
		environ[kept] = NULL;
	for (; *variables; variables++)
		putenv(*variables);
}

static void
set_signals(void)
{
	sigset_t none;

	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Standard input is the spool, with an offset of its own. */
static bool
set_streams(int spool, int output)
{
	char path[64];
	int input;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", spool);
	input = open(path, O_RDONLY | O_CLOEXEC);
	return input >= 0 && dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
	       dup2(output, STDERR_FILENO) >= 0;
}

/* In the new process. It dies with us, and is a group of its own, to be ended as a whole. */
static void
become(const struct order *order, pid_t parent, int output)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(NOT_RUN);
	if (!set_streams(order->spool, output)) {
		dprintf(output, "no standard input: %s\n", strerror(errno));
		_exit(NOT_RUN);
	}
	set_environment(order->variables);
	set_signals();
	execl("/bin/sh", "sh", "-c", order->command, (char *)NULL);
	dprintf(STDERR_FILENO, "sh: %s\n", strerror(errno));
	_exit(NOT_RUN);
}

/* NULL, or what there is not, for a reason that errno has. */
static const char *
start(const struct order *order, struct child *ret)
{
	pid_t parent = getpid();
	int pipe_fds[2], error;

	if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return "no pipe";
	fcntl(pipe_fds[1], F_SETFL, 0); /* the command's end blocks */
	ret->pid = fork();
	if (ret->pid == 0)
		become(order, parent, pipe_fds[1]);
	error = errno;
	close(pipe_fds[1]);
	ret->output = pipe_fds[0];
	if (ret->pid > 0) {
		setpgid(ret->pid, ret->pid); /* whoever is first: it may have to be ended at once */
		ret->pidfd = pidfd_open(ret->pid, 0);
		if (ret->pidfd >= 0)
			return NULL;
		error = errno;
		kill(-ret->pid, SIGKILL);
		waitpid(ret->pid, NULL, 0);
	}
	close(ret->output);
	errno = error;
	return "no process";
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* For poll(2), until the earlier of two times. */
static int
ms_until(int64_t a, int64_t b)
{
	int64_t left = (a < b ? a : b) - now_ms();

	return left > 0 ? (int)left : 0;
}

/* How a command comes to its end. */
struct course {
	int64_t until;
	bool timed_out;
	bool is_told; /* to end, by SIGTERM; SIGKILL is next */
	int asked;    /* the signal that is to end us */
};

static void
tell(struct course *c, pid_t group)
{
	kill(-group, c->is_told ? SIGKILL : SIGTERM);
	c->is_told = true;
	c->until = now_ms() + GRACE_MS;
}

/*
 * Until the command is over:
 *
 *	by itself        at once: what it leaves in the background does not hold us
 *	after SIGTERM    when its output has ended, too, or two seconds later: others of the group may
 *	                 still clean up
 *
 * A second signal to us does not wait.
 */
static void
attend(const struct child *child, const struct signals *signals, struct output *o, struct course *c)
{
	struct pollfd fds[] = {{child->pidfd, POLLIN, 0}, {signals->fd, POLLIN, 0}, {-1, 0, 0}};

	for (;;) {
		int64_t left = c->until - now_ms();
		int asked;

		fds[2] = output_wants(o);
		if (poll(fds, 3, ms_until(c->until, output_until(o))) < 0)
			continue; /* stopped, and now goes on */
		output_step(o, now_ms());
		if (fds[0].revents)
			fds[0].fd = -1;
		if (fds[0].fd < 0 && (!c->is_told || o->from < 0 || left <= 0))
			return;
		asked = fds[1].revents ? signals_read(signals) : 0;
		if (asked && !c->asked)
			c->asked = asked;
		if (left <= 0 && !c->is_told)
			c->timed_out = true;
		if (left <= 0 || asked)
			tell(c, child->pid);
	}
}

/* What it has said, when it is over. Nobody reads it beyond the time limit, nor a signal to us. */
static void
show_rest(const struct signals *signals, struct output *o, struct course *c)
{
	output_last(o);
	for (;;) {
		struct pollfd fds[] = {output_wants(o), {signals->fd, POLLIN, 0}};
		int asked;

		if (c->until <= now_ms())
			output_hurry();
		output_step(o, now_ms());
		if (output_is_over(o))
			return;
		fds[0] = output_wants(o);
		if (poll(fds, 2, ms_until(c->until, output_until(o))) <= 0 || !fds[1].revents)
			continue;
		asked = signals_read(signals);
		if (asked && !c->asked)
			c->asked = asked;
		if (asked)
			c->until = 0;
	}
}

/* The group's number stays its own until the command, over, is waited for. NULL, or what went wrong, as
 * start(). */
static const char *
finish(const struct child *child, const struct course *c, struct child_result *result)
{
	int status;

	if (c->is_told)
		kill(-child->pid, SIGKILL);
	if (waitpid(child->pid, &status, 0) != child->pid)
		return "the command's exit status is lost";
	result->timed_out = c->timed_out;
	result->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	result->status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	return NULL;
}

static const char *
run(const struct order *order, const struct signals *signals, struct output *o, struct course *c,
    struct child_result *result)
{
	struct child child;
	const char *failure = start(order, &child);
	int error;

	if (failure)
		return failure;
	o->from = child.output;
	attend(&child, signals, o, c);
	failure = finish(&child, c, result);
	error = errno;
	show_rest(signals, o, c);
	close(child.output);
	close(child.pidfd);
	errno = error;
	return failure;
}

bool
child_run(const char *command, char *const *environment, int spool, const char *prefix,
	  unsigned limit_ms, struct child_result *ret_result)
{
	struct order order = {command, environment, spool};
	struct child_result result = {0};
	struct course course = {.until = now_ms() + 1 + limit_ms}; /* not less than it was given */
	struct signals signals;
	struct output o;
	const char *failure;
	int error;

	/*
	 * While a command runs, what is to end us ends the command first: it is in a group of its own, where
	 * neither the terminal nor who started us finds it.
	 */
	if (!signals_hold(&signals))
		return false;
	signal(SIGCHLD, SIG_DFL); /* ignored, as it may be inherited, it hides exit statuses */
	output_init(&o, prefix, result.line);
	failure = run(&order, &signals, &o, &course, &result);
	error = errno;
	output_done(&o);
	if (course.asked)
		signals_end(course.asked);
	signals_release(&signals);
	/* Not before: to say something may take for ever. */
	if (failure)
		complain("%s: %s", failure, strerror(error));
	else
		*ret_result = result;
	return !failure;
}
