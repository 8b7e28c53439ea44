/* SPDX-License-Identifier: BSD-2-Clause */
/* What a list may be: files, pipes, standard input, and what is none of them. */
#include "cli/scan/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hush.h"
#include "list.h"
#include "unit.h"

const char unit_name[] = "cli/scan/input, files";

static struct input_settings
settings_of(char **files, size_t n)
{
	return (struct input_settings){.files = files, .n_files = n, .shard = 1, .n_shards = 1};
}

static void
check_refused(const char *name, const char *error)
{
	char *files[] = {list_path("good"), list_path(name)}, *text, *said;
	struct input_settings settings = settings_of(files, 2);

	hush();
	text = list_read(&settings);
	said = hush_said();
	CHECK_TEXT(text, "NOT OPENED", "%s", name);
	CHECK(strstr(said, error) && strstr(said, name), "%s: %s", name, said);
	free(text);
	free(said);
}

static void
what_cannot_be_read_is_told_at_once(void)
{
	list_begin();
	list_write("good", "a\n", 2);
	mkdir(list_path("folder"), 0700);
	symlink("nowhere", list_path("dangling"));
	check_refused("absent", strerror(ENOENT));
	check_refused("dangling", strerror(ENOENT));
	check_refused("folder", strerror(EISDIR));
	check_refused("good/more", strerror(ENOTDIR));
	if (geteuid() != 0) {
		list_write("secret", "a\n", 2);
		chmod(list_path("secret"), 0);
		check_refused("secret", strerror(EACCES));
	}
	list_end();
}

/* Gone between the beginning and its turn. */
static void
a_file_that_is_lost_is_told(void)
{
	char *files[2], *text, *said;
	struct input_settings settings = settings_of(files, 2);
	struct input_item item;
	struct input *input;

	list_begin();
	list_write("a", "x\n", 2);
	list_write("b", "y\n", 2);
	files[0] = list_path("a"), files[1] = list_path("b");
	CU_ASSERT_FATAL(input_open(&settings, &input));
	unlink(files[1]);
	hush();
	text = list_read_on(input);
	CHECK_TEXT(text, "1 a:1 x\nFAILED", "b");
	CHECK(input_next(input, &item) == INPUT_FAILED, "for good");
	said = hush_said();
	CHECK(strstr(said, "b: ") && strchr(said, '\n') == said + strlen(said) - 1, "once: %s",
	      said);
	free(text);
	free(said);
	input_close(input);
	list_end();
}

static void
a_file_twice_is_read_twice(void)
{
	char *files[2], *text;
	struct input_settings settings = settings_of(files, 2);

	list_begin();
	list_write("a", "x\ny", 3);
	files[0] = files[1] = list_path("a");
	text = list_read(&settings);
	CHECK_TEXT(text, "1 a:1 x\n2 a:2 y\n3 a:1 x\n4 a:2 y\n", "twice");
	free(text);
	list_end();
}

static void
check_progress(struct input *input, uint64_t taken, uint64_t all)
{
	uint64_t has_taken = 99, has_all = 99;

	input_progress(input, &has_taken, &has_all);
	CHECK(has_taken == taken && has_all == all, "%llu of %llu", (unsigned long long)has_taken,
	      (unsigned long long)has_all);
}

static void
progress_of_files(void)
{
	char *files[2], *text;
	struct input_settings settings = settings_of(files, 2);
	struct input_item item;
	struct input *input;

	list_begin();
	list_write("a",
		   "\xef\xbb\xbf"
		   "abc\r\n",
		   8);
	list_write("b", "\n\nde", 4);
	files[0] = list_path("a"), files[1] = list_path("b");
	CU_ASSERT_FATAL(input_open(&settings, &input));
	check_progress(input, 0, 12);
	CHECK(input_next(input, &item) == INPUT_ITEM, "abc");
	check_progress(input, 8, 12);
	list_write("b", "\n\nde\nfgh", 8);
	text = list_read_on(input);
	CHECK_TEXT(text, "2 b:3 de\n3 b:4 fgh\n", "grown meanwhile");
	check_progress(input, 16, 16);
	CHECK(input_fd(input) == -1, "nothing is open");
	free(text);
	input_close(input);
	list_end();
}

/* ---- Pipes ---------------------------------------------------------------------------------- */

static void
put(int fd, const char *text)
{
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s", text);
}

static void
check_on(struct input *input, const char *expected)
{
	char *text = list_read_on(input);

	CHECK_TEXT(text, expected, "%s", expected);
	free(text);
}

static void
check_readable(struct input *input, bool expected)
{
	struct pollfd wanted = {.fd = input_fd(input), .events = POLLIN};

	CHECK((poll(&wanted, 1, 0) > 0) == expected, "readable: %d", !expected);
}

/* Bit by bit; a reader that blocked would hang here. */
static void
check_bits(struct input *input, int to)
{
	check_on(input, "WAIT");
	check_readable(input, false);
	put(to, "\xef");
	check_readable(input, true);
	check_on(input, "WAIT");
	put(to, "\xbb\xbf"
		"a.exa");
	check_on(input, "WAIT");
	put(to, "mple\nb\n\nc\r");
	check_on(input, "1 pipe:1 a.example\n2 pipe:2 b\nWAIT");
	put(to, "\n");
	check_on(input, "3 pipe:4 c\nWAIT");
	check_progress(input, 19, 0);
	put(to, "last");
	check_on(input, "WAIT");
	close(to);
	check_readable(input, true);
	check_on(input, "4 pipe:5 last\n");
	CHECK(input_fd(input) == -1, "at its end");
}

static void
a_pipe_with_a_name(void)
{
	char *file;
	struct input_settings settings = settings_of(&file, 1);
	struct input *input;
	int to;

	list_begin();
	file = list_path("pipe");
	CU_ASSERT_EQUAL_FATAL(mkfifo(file, 0600), 0);
	/* Nobody has it open for writing: that does not hold us, and is not its end. */
	CU_ASSERT_FATAL(input_open(&settings, &input));
	check_on(input, "WAIT");
	to = open(file, O_WRONLY | O_NONBLOCK);
	CU_ASSERT_FATAL(to >= 0);
	check_bits(input, to);
	input_close(input);
	list_end();
}

/* Puts something in the place of standard input; what it was before. */
static int
replace_stdin(int fd)
{
	int before = dup(STDIN_FILENO);

	dup2(fd, STDIN_FILENO);
	close(fd);
	return before;
}

static void
check_standard_input(char **files, size_t n)
{
	struct input_settings settings = settings_of(files, n);
	struct input *input;
	int ends[2], before;

	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	before = replace_stdin(ends[0]);
	CU_ASSERT_FATAL(input_open(&settings, &input));
	check_on(input, "WAIT");
	CHECK(input_fd(input) == STDIN_FILENO, "it is itself");
	put(ends[1], "a\nb");
	check_on(input, "1 standard input:1 a\nWAIT");
	close(ends[1]);
	check_on(input, "2 standard input:2 b\n");
	CHECK(!(fcntl(STDIN_FILENO, F_GETFL) & O_NONBLOCK), "its flags are as they were");
	input_close(input);
	CHECK(fcntl(STDIN_FILENO, F_GETFD) >= 0, "it is still open");
	replace_stdin(before);
}

static void
standard_input(void)
{
	char *names[] = {(char[]){"-"}, (char[]){"/dev/stdin"}};

	check_standard_input(NULL, 0);
	check_standard_input(names, 1);
	check_standard_input(names + 1, 1);
	check_standard_input(names, 2); /* it has ended when it comes again */
}

static void
standard_input_is_a_file(void)
{
	struct input_settings settings = settings_of(NULL, 0);
	struct input *input;
	int before, fd;

	list_begin();
	list_write("a", "skipped\na\nb\n", 12);
	fd = open(list_path("a"), O_RDONLY);
	CU_ASSERT_FATAL(fd >= 0 && lseek(fd, 8, SEEK_SET) == 8);
	before = replace_stdin(fd);
	CU_ASSERT_FATAL(input_open(&settings, &input));
	check_progress(input, 0, 4);
	check_on(input, "1 standard input:1 a\n2 standard input:2 b\n");
	check_progress(input, 4, 4);
	input_close(input);
	replace_stdin(before);
	list_end();
}

static void
check_bad_standard_input(int fd, const char *error)
{
	struct input_settings settings = settings_of(NULL, 0);
	int before = dup(STDIN_FILENO);
	char *text, *said;

	hush();
	if (fd >= 0)
		dup2(fd, STDIN_FILENO), close(fd);
	else
		close(STDIN_FILENO);
	text = list_read(&settings);
	said = hush_said();
	dup2(before, STDIN_FILENO);
	close(before);
	CHECK_TEXT(text, "NOT OPENED", "%s", error);
	CHECK(strstr(said, error) && strstr(said, "standard input"), "%s", said);
	free(text);
	free(said);
}

static void
standard_input_is_none(void)
{
	check_bad_standard_input(-1, strerror(EBADF));
	check_bad_standard_input(open("/", O_RDONLY | O_DIRECTORY), strerror(EISDIR));
}

/* Octets may come in any portions: what is read is the same. */
static void
portions_make_no_difference(void)
{
	static char octets[200000];
	char *file, *whole, *bits;
	struct input_settings settings = settings_of(&file, 1);
	size_t n = 0;

	for (unsigned i = 0; n < sizeof(octets) - 100; i++)
		n += (size_t)snprintf(octets + n, 100, "%s%u.example%s", i % 7 ? "" : " \t", i,
				      i % 3 ? "\n" : "\r\n\n");
	list_begin();
	list_write("pipe", octets, n);
	file = list_path("pipe");
	whole = list_read(&settings);
	for (size_t portion = 1; portion < 40000; portion = portion * 7 + 1) {
		struct input *input;
		size_t length = 0;
		int to;

		unlink(file);
		CU_ASSERT_EQUAL_FATAL(mkfifo(file, 0600), 0);
		CU_ASSERT_FATAL(input_open(&settings, &input));
		to = open(file, O_WRONLY | O_NONBLOCK);
		bits = calloc(1, 4 * sizeof(octets));
		CU_ASSERT_FATAL(to >= 0 && bits);
		for (size_t at = 0; at < n; at += portion) {
			size_t m = n - at < portion ? n - at : portion;
			char *text;

			CU_ASSERT_EQUAL_FATAL(write(to, octets + at, m), (ssize_t)m);
			text = list_read_on(input);
			CU_ASSERT_PTR_NOT_NULL_FATAL(strstr(text, "WAIT"));
			*strstr(text, "WAIT") = '\0';
			length += (size_t)sprintf(bits + length, "%s", text);
			free(text);
		}
		close(to);
		check_on(input, "");
		CHECK(strcmp(bits, whole) == 0, "portions of %zu", portion);
		free(bits);
		input_close(input);
	}
	free(whole);
	list_end();
}

/* The longest line that is taken, with CR LF, of which the end comes later. */
static void
a_long_line_bit_by_bit(void)
{
	static char octets[INPUT_LINE + 1];
	char *file;
	struct input_settings settings = settings_of(&file, 1);
	struct input *input;
	char *text;
	int to;

	memset(octets, 'x', INPUT_LINE);
	list_begin();
	file = list_path("pipe");
	CU_ASSERT_EQUAL_FATAL(mkfifo(file, 0600), 0);
	CU_ASSERT_FATAL(input_open(&settings, &input));
	to = open(file, O_WRONLY | O_NONBLOCK);
	CU_ASSERT_FATAL(to >= 0);
	put(to, octets);
	check_on(input, "WAIT");
	put(to, "\r");
	check_on(input, "WAIT");
	put(to, "\ny");
	check_on(input, "1 pipe:1 xxx...(65536)\nWAIT");
	put(to, octets);
	check_on(input, "WAIT");
	put(to, "\r");
	text = list_read_on(input);
	CHECK(strstr(text, "2 pipe:2 yxxx") &&
		      strstr(text, " !a line of more than 65536 octets\nWAIT"),
	      "%s", text);
	free(text);
	put(to, octets);
	check_on(input, "WAIT");
	put(to, "\nz\n");
	check_on(input, "3 pipe:3 z\nWAIT");
	close(to);
	check_on(input, "");
	input_close(input);
	list_end();
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(what_cannot_be_read_is_told_at_once),
	UNIT_TEST(a_file_that_is_lost_is_told),
	UNIT_TEST(a_file_twice_is_read_twice),
	UNIT_TEST(progress_of_files),
	UNIT_TEST(a_pipe_with_a_name),
	UNIT_TEST(standard_input),
	UNIT_TEST(standard_input_is_a_file),
	UNIT_TEST(standard_input_is_none),
	UNIT_TEST(portions_make_no_difference),
	UNIT_TEST(a_long_line_bit_by_bit),
	CU_TEST_INFO_NULL,
};
