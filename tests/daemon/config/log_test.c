/* SPDX-License-Identifier: BSD-2-Clause */
/* The log as it leaves: standard error is put in place of a pipe, a socket or a file for each
 * test. */
#include "daemon/log.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "daemon/log_limit.h"
#include "daemon/log_to.h"
#include "unit.h"

const char unit_name[] = "daemon/log";

static int saved_errors = -1;

/* From now on standard error is fd, which it takes over. */
static void
put_errors(int fd)
{
	fflush(stderr);
	if (saved_errors < 0)
		saved_errors = dup(STDERR_FILENO);
	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
		abort();
	close(fd);
}

static void
put_errors_back(void)
{
	dup2(saved_errors, STDERR_FILENO);
	close(saved_errors);
	saved_errors = -1;
	log_to_stderr_open(); /* it lets go of what it held */
}

/* What is there to be read, without waiting. */
static const char *
drain(int fd)
{
	static char text[1 << 20];
	size_t n = 0;
	ssize_t more;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (n < sizeof(text) - 1 && (more = read(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += (size_t)more;
	text[n] = '\0';
	return text;
}

static int
open_pipe(void)
{
	int ends[2];

	if (pipe(ends) < 0)
		abort();
	put_errors(ends[1]);
	return ends[0];
}

/* ---- Lines ------------------------------------------------------------------------------------ */

static void
lines_are_pairs(void)
{
	int from = open_pipe();

	log_open("stderr", NMX_LOG_INFO, "worker0");
	log_write(NMX_LOG_INFO, "route", "domain", "example.org", "left", NULL, "reason", "a b",
		  NULL);
	log_write(NMX_LOG_DEBUG, "unwanted", NULL);
	log_write(NMX_LOG_ERROR, "bad", "text", "x\ny", NULL);
	log_always(NMX_LOG_DEBUG, "wanted", NULL);
	put_errors_back();
	CHECK_TEXT(drain(from),
		   "level=info event=route process=worker0 domain=example.org reason=\"a b\"\n"
		   "level=error event=bad process=worker0 text=x\\x0ay\n"
		   "level=debug event=wanted process=worker0\n",
		   "lines");
	close(from);
}

static void
levels(void)
{
	static const char *const names[] = {"error", "warning", "info", "debug"};
	enum nmx_log_level level = NMX_LOG_DEBUG;

	for (int i = 0; i < 4; i++)
		CHECK(log_level_of(names[i], &level) && (int)level == i, "%s", names[i]);
	CHECK(!log_level_of("why", &level) && !log_level_of("", &level) &&
		      !log_level_of("Error", &level),
	      "none");
	CHECK(level == NMX_LOG_DEBUG, "untouched");
	for (int own = 0; own < 4; own++) {
		log_open("stderr", (enum nmx_log_level)own, "x");
		for (int i = 0; i < 4; i++)
			CHECK(log_wants((enum nmx_log_level)i) == (i <= own), "%d %d", own, i);
	}
}

/* ---- Limits ----------------------------------------------------------------------------------- */

static unsigned
count_lines(const char *text, const char *with)
{
	unsigned n = 0;

	for (const char *at = text; (at = strstr(at, with)); at++)
		n++;
	return n;
}

/* The clock is the machine's: how many are held back is what the line about them must say. */
static void
lines_held_back_are_told(void)
{
	char expected[64];
	const char *text;
	unsigned n;
	int from = open_pipe();

	log_open("stderr", NMX_LOG_INFO, "x");
	for (int i = 0; i < 1000; i++)
		log_write(NMX_LOG_INFO, "flood", NULL);
	log_always(NMX_LOG_INFO, "always", NULL);
	put_errors_back();
	text = drain(from);
	n = count_lines(text, "event=flood");
	CHECK(n >= LOG_AT_ONCE - LOG_FOR_WARNINGS && n < 1000, "%u", n);
	snprintf(expected, sizeof(expected), "event=suppressed process=x lines=");
	CHECK(count_lines(text, expected) >= 1, "told");
	CHECK(count_lines(text, "event=always") == 1, "always");
	close(from);
}

/* Every line is there or counted; nothing waits; and the pipe itself still blocks for others. */
static void
a_full_pipe_costs_lines(void)
{
	char filler[4096], expected[64];
	const char *text;
	int from = open_pipe(), flags;

	log_open("stderr", NMX_LOG_INFO, "x");
	memset(filler, '.', sizeof(filler));
	flags = fcntl(STDERR_FILENO, F_GETFL);
	CHECK(!(flags & O_NONBLOCK), "others' writes wait as they did");
	fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK);
	while (write(STDERR_FILENO, filler, sizeof(filler)) > 0)
		continue;
	fcntl(STDERR_FILENO, F_SETFL, flags);
	for (int i = 0; i < 7; i++)
		log_always(NMX_LOG_INFO, "unread", NULL);
	CHECK(log_lost() == 7, "%llu", (unsigned long long)log_lost());
	drain(from);
	log_always(NMX_LOG_INFO, "read", NULL);
	log_always(NMX_LOG_INFO, "again", NULL);
	CHECK(!(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK), "as it was");
	CHECK(log_lost() == 7, "the sum stays");
	put_errors_back();
	text = drain(from);
	snprintf(expected, sizeof(expected), "level=warning event=lost process=x lines=7\n");
	CHECK(strncmp(text, expected, strlen(expected)) == 0, "%s", text);
	CHECK_TEXT(text + strlen(expected),
		   "level=info event=read process=x\nlevel=info event=again process=x\n", "then");
	close(from);
}

/* systemd gives a stream socket. */
static void
a_full_socket_costs_lines(void)
{
	char filler[4096];
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		abort();
	put_errors(ends[1]);
	log_open("stderr", NMX_LOG_INFO, "x");
	memset(filler, '.', sizeof(filler));
	while (send(STDERR_FILENO, filler, sizeof(filler), MSG_DONTWAIT) > 0)
		continue;
	while (send(STDERR_FILENO, filler, 1, MSG_DONTWAIT) > 0)
		continue;
	log_always(NMX_LOG_INFO, "unread", NULL);
	CHECK(log_lost() == 1, "%llu", (unsigned long long)log_lost());
	drain(ends[0]);
	log_always(NMX_LOG_INFO, "read", NULL);
	put_errors_back();
	CHECK_TEXT(drain(ends[0]),
		   "level=warning event=lost process=x lines=1\nlevel=info event=read process=x\n",
		   "told");
	close(ends[0]);
}

/* Nor does one that is gone, of either kind, end the process. */
static void
nobody_there(void)
{
	int ends[2], from = open_pipe();

	signal(SIGPIPE, SIG_IGN);
	log_open("stderr", NMX_LOG_INFO, "x");
	close(from);
	log_always(NMX_LOG_INFO, "unread", NULL);
	CHECK(log_lost() == 1, "%llu", (unsigned long long)log_lost());
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		abort();
	put_errors(ends[1]);
	log_open("stderr", NMX_LOG_INFO, "x");
	close(ends[0]);
	log_always(NMX_LOG_INFO, "unread", NULL);
	CHECK(log_lost() == 1, "%llu", (unsigned long long)log_lost());
	put_errors_back();
}

/* Somebody closed all that he did not know, and opened others: they do not get our lines. */
static void
a_descriptor_that_was_taken_away(void)
{
	int from = open_pipe(), other[2], out;

	log_open("stderr", NMX_LOG_INFO, "x");
	saved_errors = fcntl(saved_errors, F_DUPFD, 100);
	from = fcntl(from, F_DUPFD, 100);
	close_range(3, 99, 0);
	if (from < 0 || saved_errors < 0 || pipe(other) < 0)
		abort();
	other[0] = fcntl(other[0], F_DUPFD, 100);
	out = fcntl(other[1], F_DUPFD, 100);
	for (int fd = 3; fd < 32; fd++)
		if (dup2(out, fd) < 0)
			abort();
	log_always(NMX_LOG_INFO, "one", NULL);
	CHECK_TEXT(drain(other[0]), "", "others");
	CHECK_TEXT(drain(from), "level=info event=one process=x\n", "standard error");
	put_errors_back();
	close_range(3, ~0U, 0);
}

/* ---- syslog ----------------------------------------------------------------------------------- */

static int
open_syslogd(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	strcpy(address.sun_path, path);
	unlink(path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		abort();
	return fd;
}

static void
syslogd_that_comes_and_goes(void)
{
	char folder[] = "/tmp/nextmx-log-XXXXXX", path[64], message[4096] = "", head[64], tail[64];
	int fd, n_taken = 0;

	if (!mkdtemp(folder))
		abort();
	snprintf(path, sizeof(path), "%s/log", folder);
	CHECK(!log_to_syslog(path, LOG_ERR, "x", 1), "there is none");
	fd = open_syslogd(path);
	CHECK(log_to_syslog(path, LOG_ERR, "level=error", 11), "taken");
	CHECK(recv(fd, message, sizeof(message) - 1, 0) > 0, "there");
	snprintf(head, sizeof(head), "<%d>", LOG_DAEMON | LOG_ERR);
	snprintf(tail, sizeof(tail), " nextmxd[%d]: level=error", (int)getpid());
	CHECK(strncmp(message, head, strlen(head)) == 0, "%s", message);
	CHECK(strlen(message) == strlen(head) + 15 + strlen(tail) &&
		      strcmp(message + strlen(head) + 15, tail) == 0,
	      "%s", message);
	/* Started anew: another socket in the same place. */
	close(fd);
	fd = open_syslogd(path);
	CHECK(log_to_syslog(path, LOG_INFO, "again", 5), "connected again");
	/* It hangs: lines are lost, nothing waits. */
	while (n_taken < 100000 && log_to_syslog(path, LOG_INFO, "full", 4))
		n_taken++;
	CHECK(n_taken < 100000, "%d", n_taken);
	while (recv(fd, message, sizeof(message), 0) > 0)
		continue;
	CHECK(log_to_syslog(path, LOG_INFO, "again", 5), "it reads again");
	close(fd);
	unlink(path);
	rmdir(folder);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(lines_are_pairs),
	UNIT_TEST(levels),
	UNIT_TEST(lines_held_back_are_told),
	UNIT_TEST(a_full_pipe_costs_lines),
	UNIT_TEST(a_full_socket_costs_lines),
	UNIT_TEST(nobody_there),
	UNIT_TEST(syslogd_that_comes_and_goes),
	/* The last, for it closes whatever there is. */
	UNIT_TEST(a_descriptor_that_was_taken_away),
	CU_TEST_INFO_NULL,
};
