/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/file_lines.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "unit.h"

const char unit_name[] = "cli/scan/file_lines";

static void
put(int fd, char octet, size_t n)
{
	char *octets = malloc(n + 1);

	if (octets) {
		memset(octets, octet, n);
		(void)!write(fd, octets, n);
	}
	free(octets);
}

/* Lines of every length around the pieces in which the file is read. */
static void
lines_of_any_length(void)
{
	static const size_t lengths[] = {0,	 1,	 262142, 262143,  262144,   262145,
					 524287, 524288, 524289, 1000000, 16777216, 0};
	int fd = memfd_create("lines", MFD_CLOEXEC);
	struct file_lines lines;
	const char *line;
	uint64_t at = 0;
	size_t length;

	for (size_t i = 0; i < N_OF(lengths); i++) {
		put(fd, (char)('a' + i), lengths[i]);
		put(fd, '\n', 1);
	}
	file_lines_init(&lines, fd, 0);
	for (size_t i = 0; i < N_OF(lengths); i++) {
		CU_ASSERT_EQUAL_FATAL(file_lines_next(&lines, &line, &length), FILE_LINES_LINE);
		CHECK(length == lengths[i], "line %zu: %zu", i, length);
		CHECK(length == 0 ||
			      (line[0] == (char)('a' + i) && line[length - 1] == (char)('a' + i)),
		      "line %zu", i);
		CU_ASSERT_EQUAL(lines.start, at);
		at += length + 1;
		CU_ASSERT_EQUAL(lines.next, at);
	}
	CU_ASSERT_EQUAL(file_lines_next(&lines, &line, &length), FILE_LINES_END);
	CU_ASSERT_EQUAL(file_lines_next(&lines, &line, &length), FILE_LINES_END);
	file_lines_done(&lines);
	/* From the middle on. */
	file_lines_init(&lines, fd, 3);
	CU_ASSERT_EQUAL(file_lines_next(&lines, &line, &length), FILE_LINES_LINE);
	CU_ASSERT_EQUAL(length, 262142);
	file_lines_done(&lines);
	close(fd);
}

/* What is too long is passed over without being kept. */
static void
a_line_that_is_too_long(void)
{
	int fd = memfd_create("lines", MFD_CLOEXEC);
	struct file_lines lines;
	const char *line;
	size_t length;

	for (int i = 0; i < 3; i++)
		put(fd, 'x', FILE_LINE);
	put(fd, '\n', 1);
	put(fd, 'y', 5);
	put(fd, '\n', 1);
	for (int i = 0; i < 3; i++)
		put(fd, 'z', FILE_LINE);
	file_lines_init(&lines, fd, 0);
	CU_ASSERT_EQUAL(file_lines_next(&lines, &line, &length), FILE_LINES_LONG);
	CU_ASSERT_EQUAL(lines.next, 3 * (uint64_t)FILE_LINE + 1);
	CU_ASSERT_EQUAL(file_lines_next(&lines, &line, &length), FILE_LINES_LINE);
	CU_ASSERT_EQUAL(length, 5);
	CU_ASSERT_EQUAL(lines.start, 3 * (uint64_t)FILE_LINE + 1);
	CU_ASSERT_EQUAL(file_lines_next(&lines, &line, &length), FILE_LINES_TORN);
	CU_ASSERT_EQUAL(lines.read - lines.next, 3 * (uint64_t)FILE_LINE);
	CU_ASSERT_TRUE(lines.size <= 2 * (size_t)FILE_LINE);
	file_lines_done(&lines);
	close(fd);
}

static void
a_descriptor_that_cannot_be_read(void)
{
	int pipe_fds[2];
	struct file_lines lines;
	const char *line;
	size_t length;

	CU_ASSERT_EQUAL_FATAL(pipe(pipe_fds), 0);
	file_lines_init(&lines, pipe_fds[0], 0);
	CU_ASSERT_EQUAL(file_lines_next(&lines, &line, &length), FILE_LINES_FAILED);
	file_lines_done(&lines);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(lines_of_any_length),
	UNIT_TEST(a_line_that_is_too_long),
	UNIT_TEST(a_descriptor_that_cannot_be_read),
	CU_TEST_INFO_NULL,
};
