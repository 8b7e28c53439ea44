/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/scan/wake.h"
#include "unit.h"

const char unit_name[] = "cli/scan/sink";

enum { WRITERS = 4, LINES = 20000 };

static void
wake(void *user)
{
	wake_set(*(int *)user);
}

static void
wait_for(int fd)
{
	poll(&(struct pollfd){fd, POLLIN, 0}, 1, -1);
	wake_clear(fd);
}

static void *
put_many(void *user)
{
	char line[64];

	for (int i = 0; i < LINES; i++)
		sink_put(user, line, (size_t)snprintf(line, sizeof(line), "%d\n", i));
	return NULL;
}

/* Lines of several threads: whole, each thread's in its order. The sum tells that none is lost. */
static void
lines_are_whole(void)
{
	int fd = memfd_create("sink", MFD_CLOEXEC), woken = wake_new();
	struct sink *sink = sink_new(fd, wake, &woken);
	pthread_t threads[WRITERS];
	long long sum = 0;
	FILE *file;
	char line[64];
	int n = 0;

	for (int i = 0; i < WRITERS; i++)
		pthread_create(&threads[i], NULL, put_many, sink);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	sink_end(sink);
	while (!sink_is_over(sink))
		wait_for(woken);
	CU_ASSERT_EQUAL(sink_error(sink), 0);
	CU_ASSERT_EQUAL(sink_torn(sink), 0);
	sink_free(sink);
	lseek(fd, 0, SEEK_SET);
	file = fdopen(fd, "r");
	for (; fgets(line, sizeof(line), file); n++)
		sum += atoi(line);
	CU_ASSERT_EQUAL(n, WRITERS * LINES);
	CU_ASSERT_EQUAL(sum, (long long)WRITERS * LINES * (LINES - 1) / 2);
	fclose(file);
	close(woken);
}

/* Nobody reads: it fills, without holding whoever puts; somebody does: it says that there is room. */
static void
a_reader_who_sleeps(void)
{
	static char line[1024];
	int fds[2], woken = wake_new();
	struct sink *sink;
	size_t put = 0, got = 0;
	char bytes[65536];

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	fcntl(fds[1], F_SETFL, O_NONBLOCK); /* as it may be inherited */
	sink = sink_new(fds[1], wake, &woken);
	while (!sink_is_full(sink)) {
		CU_ASSERT_TRUE_FATAL(sink_put(sink, line, sizeof(line)));
		put += sizeof(line);
	}
	CU_ASSERT_TRUE(put >= SINK_FULL);
	CU_ASSERT_TRUE(put <= SINK_FULL + 1024 * 1024);
	/* Those in flight are put all the same. */
	for (int i = 0; i < 100; i++, put += sizeof(line))
		CU_ASSERT_TRUE(sink_put(sink, line, sizeof(line)));
	while (sink_is_full(sink) && got < put) {
		ssize_t n = read(fds[0], bytes, sizeof(bytes));

		got += n > 0 ? (size_t)n : 0;
	}
	sink_end(sink);
	while (got < put) {
		ssize_t n = read(fds[0], bytes, sizeof(bytes));

		got += n > 0 ? (size_t)n : 0;
	}
	CU_ASSERT_EQUAL(got, put);
	while (!sink_is_over(sink))
		wait_for(woken);
	CU_ASSERT_EQUAL(sink_error(sink), 0);
	sink_free(sink);
	close(fds[0]);
	close(fds[1]);
	close(woken);
}

/* A write that fails is told, and what was written of a line. */
static void
what_cannot_be_written(void)
{
	static const char lines[] = "abc\ndef\nghi\njkl\n";
	int fd = memfd_create("sink", MFD_CLOEXEC), woken = wake_new();
	struct rlimit before, limit;
	struct sink *sink;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = before;
	limit.rlim_cur = 10;
	setrlimit(RLIMIT_FSIZE, &limit);
	sink = sink_new(fd, wake, &woken);
	CU_ASSERT_TRUE(sink_put(sink, lines, sizeof(lines) - 1));
	while (!sink_is_over(sink))
		wait_for(woken);
	setrlimit(RLIMIT_FSIZE, &before);
	CU_ASSERT_EQUAL(sink_error(sink), EFBIG);
	CU_ASSERT_EQUAL(sink_torn(sink), 2);
	CU_ASSERT_FALSE(sink_put(sink, "a\n", 2));
	sink_free(sink);
	close(fd);
	close(woken);
}

/* And a reader who has gone. */
static void
a_pipe_that_is_closed(void)
{
	int fds[2], woken = wake_new();
	struct sink *sink;

	signal(SIGPIPE, SIG_IGN);
	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	close(fds[0]);
	sink = sink_new(fds[1], wake, &woken);
	CU_ASSERT_TRUE(sink_put(sink, "a\n", 2));
	while (!sink_is_over(sink))
		wait_for(woken);
	CU_ASSERT_EQUAL(sink_error(sink), EPIPE);
	CU_ASSERT_EQUAL(sink_torn(sink), 0);
	sink_free(sink);
	close(fds[1]);
	close(woken);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(lines_are_whole),
	UNIT_TEST(a_reader_who_sleeps),
	UNIT_TEST(what_cannot_be_written),
	UNIT_TEST(a_pipe_that_is_closed),
	CU_TEST_INFO_NULL,
};
