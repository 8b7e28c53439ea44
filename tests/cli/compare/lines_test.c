/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines out of files and pipes, however they are cut; and the memory of one. */
#include "cli/compare/lines.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/compare/memory.h"
#include "unit.h"

const char unit_name[] = "cli/compare/lines, memory";

static char told[4096];

/* In place of the command's. */
void
complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(told, sizeof(told), format, args);
	va_end(args);
}

static char *
make_file(const char *octets, size_t n)
{
	char *path = strdup("/tmp/nextmx-lines-XXXXXX");
	int fd = path ? mkstemp(path) : -1;
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (!file || fwrite(octets, 1, n, file) != n || fclose(file) != 0)
		abort();
	return path;
}

static void
remove_file(char *path)
{
	unlink(path);
	free(path);
}

static void
expect(struct lines *lines, const char *text, size_t n, uint64_t number)
{
	struct line line;
	int code = -1;

	if (!CHECK(lines_next(lines, &line, &code) == LINES_NEXT, "line %d", (int)number))
		return;
	CHECK(line.number == number, "%d, not %d", (int)line.number, (int)number);
	if (text)
		CHECK(line.text && line.length == n && memcmp(line.text, text, n) == 0,
		      "line %d: %zu", (int)number, line.length);
	else
		CHECK(!line.text, "line %d: %zu", (int)number, line.length);
}

static void
expect_end(struct lines *lines)
{
	struct line line;
	int code = -1;

	CU_ASSERT_EQUAL(lines_next(lines, &line, &code), LINES_END);
	CU_ASSERT_EQUAL(lines_next(lines, &line, &code), LINES_END);
	lines_close(lines);
}

static void
several_files(void)
{
	char *files[] = {make_file("one\n\ntwo", 8), make_file("", 0), make_file("three\0 \n", 8)};
	struct lines *lines;

	CU_ASSERT_EQUAL_FATAL(lines_open(files, 3, &lines), EXIT_OK);
	expect(lines, "one", 3, 1);
	expect(lines, "", 0, 2);
	expect(lines, "two", 3, 3);
	expect(lines, "three\0 ", 7, 1);
	expect_end(lines);
	for (size_t i = 0; i < N_OF(files); i++)
		remove_file(files[i]);
}

/* A pipe that gives an octet at a time. */
static void
in_pieces(void)
{
	static const char octets[] = "one\ntwo\n\nthree";
	int ends[2], saved = dup(STDIN_FILENO);
	struct lines *lines;
	pid_t child;

	if (pipe(ends) < 0 || (child = fork()) < 0)
		abort();
	if (child == 0) {
		for (size_t i = 0; i < sizeof(octets) - 1; i++)
			if (write(ends[1], &octets[i], 1) != 1)
				_exit(1);
		_exit(0);
	}
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	close(ends[1]);
	CU_ASSERT_EQUAL_FATAL(lines_open(NULL, 0, &lines), EXIT_OK);
	expect(lines, "one", 3, 1);
	expect(lines, "two", 3, 2);
	expect(lines, "", 0, 3);
	expect(lines, "three", 5, 4);
	expect_end(lines);
	dup2(saved, STDIN_FILENO);
	close(saved);
	waitpid(child, NULL, 0);
}

/* The longest line is taken; one octet more is not, and costs no memory; the next is read as ever. */
static void
long_lines(void)
{
	size_t sizes[] = {LINES_MOST, LINES_MOST + 1, (size_t)3 * LINES_MOST};
	char *octets = malloc(sizes[2] + 8);

	CU_ASSERT_PTR_NOT_NULL_FATAL(octets);
	memset(octets, 'x', sizes[2] + 8);
	for (size_t i = 0; i < N_OF(sizes); i++)
		for (int last = 0; last < 2; last++) {
			const char *text = sizes[i] > LINES_MOST ? NULL : octets;
			struct lines *lines;
			char *file;

			memcpy(octets + sizes[i], "\nnext", 5);
			file = make_file(octets, sizes[i] + (last ? 0 : 5));
			memcpy(octets + sizes[i], "xxxxx", 5);
			CU_ASSERT_EQUAL_FATAL(lines_open(&file, 1, &lines), EXIT_OK);
			expect(lines, text, sizes[i], 1);
			if (!last)
				expect(lines, "next", 4, 2);
			expect_end(lines);
			remove_file(file);
		}
	free(octets);
}

/* Lines of all lengths around the size of what is read at once. */
static void
all_lengths(void)
{
	enum { SIZE = 1 << 20, BASE = (1 << 18) - 20 };
	char *octets = malloc(SIZE);
	struct lines *lines;
	char *file;
	size_t n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(octets);
	memset(octets, 'y', SIZE);
	for (size_t i = 0; i < 3; i++) {
		n += BASE + 15 * i;
		octets[n++] = '\n';
	}
	file = make_file(octets, n);
	CU_ASSERT_EQUAL_FATAL(lines_open(&file, 1, &lines), EXIT_OK);
	memset(octets, 'y', SIZE);
	for (size_t i = 0; i < 3; i++)
		expect(lines, octets, BASE + 15 * i, i + 1);
	expect_end(lines);
	remove_file(file);
	free(octets);
}

static void
what_cannot_be_read(void)
{
	static char none[] = "/nowhere/file", dir[] = "/tmp";
	char *files[] = {make_file("x", 1), none}, *dirs[] = {files[0], dir},
	     *gzip = make_file("\x1f\x8b\x08", 3);
	struct lines *lines = NULL;

	CU_ASSERT_EQUAL(lines_open(files, 2, &lines), EXIT_USAGE);
	CHECK(strstr(told, "/nowhere/file"), "%s", told);
	CU_ASSERT_EQUAL(lines_open(dirs, 2, &lines), EXIT_USAGE);
	CHECK(strstr(told, "directory"), "%s", told);
	CU_ASSERT_EQUAL(lines_open(&gzip, 1, &lines), EXIT_DATA);
	CHECK(strstr(told, "gzip"), "%s", told);
	CU_ASSERT_PTR_NULL(lines);
	remove_file(files[0]);
	remove_file(gzip);
}

/* ---- The memory of a line ----------------------------------------------------------------------- */

struct shape {
	const char *begin, *repeat, *end; /* "%zu" in it is a number */
};

/* As much of the shape as fits, for free(). */
static char *
make_shape(const struct shape *shape, size_t size, size_t *ret_n)
{
	char *text = malloc(size + 256), *at = text;

	if (!text)
		abort();
	at = stpcpy(at, shape->begin);
	for (size_t i = 0; at < text + size; i++) {
		const char *mark = strstr(shape->repeat, "%zu");

		at = mark ? at + sprintf(at, "%.*s%zu%s", (int)(mark - shape->repeat),
					 shape->repeat, i, mark + 3)
			  : stpcpy(at, shape->repeat);
	}
	at = stpcpy(at, shape->end);
	*ret_n = (size_t)(at - text);
	return text;
}

/* Whatever a text is made of, what was prepared is enough. */
static void
enough(void)
{
	static const struct shape shapes[] = {
		{"[", "[],", "[]]"},
		{"[", "{},", "{}]"},
		{"[", "1,", "1]"},
		{"[", "\"\",", "1]"},
		{"[", "1.5e3,", "1]"},
		{"[", "null,", "1]"},
		{"[", "[1],", "1]"},
		{"[", "[[[[1]]]],", "1]"},
		{"[", "{\"\":1},", "1]"},
		{"[", "{\"\":{}},", "1]"},
		{"[", "{\"a\":[{\"\":[]}]},", "1]"},
		{"{", "\"%zu\":1,", "\"\":1}"},
		{"{", "\"%zu\":[],", "\"\":1}"},
		{"{", "\"%zu\":{},", "\"\":1}"},
		{"{", "\"%zu\":\"x\",", "\"\":1}"},
		{"[\"", "x", "\"]"},
		{"[\"", "\\u00fc", "\"]"},
		{"{\"", "x", "\":1}"},
		{"[{\"", "x", "\":\"x\"},{\"y\":[[[{}]]]}]"},
	};

	memory_begin();
	for (size_t i = 0; i < N_OF(shapes); i++)
		for (size_t size = 1; size < 1 << 20; size = size * 5 + 3) {
			json_error_t error;
			size_t n;
			char *text = make_shape(&shapes[i], size, &n);

			CHECK(memory_prepare(text, n) == MEMORY_READY, "%s, %zu", shapes[i].repeat,
			      n);
			CHECK(json_loadb(text, n, JSON_REJECT_DUPLICATES, &error), "%s: %s",
			      shapes[i].repeat, error.text);
			CHECK(!memory_rewind(), "%s, %zu octets: more was needed", shapes[i].repeat,
			      n);
			free(text);
		}
	memory_end();
}

static void
too_much(void)
{
	static const struct shape shape = {"[", "[],", "[]]"};
	size_t n;
	char *text = make_shape(&shape, (size_t)24 << 20, &n);
	json_t *json;

	memory_begin();
	CU_ASSERT_EQUAL(memory_prepare(text, n), MEMORY_TOO_MUCH);
	CU_ASSERT_FALSE(memory_rewind());
	CU_ASSERT_EQUAL(memory_prepare("[1]", 3), MEMORY_READY);
	CU_ASSERT_TRUE(json_is_array(json_loads("[1]", 0, NULL)));
	memory_end();
	json = json_loads("[1]", 0, NULL); /* malloc()'s: the sanitizer sees who forgets it */
	CU_ASSERT_TRUE(json_is_array(json));
	json_decref(json);
	free(text);
}

/* The longest line, if it is but a string, is read. */
static void
longest(void)
{
	static const struct shape shape = {"[\"", "x", "\"]"};
	size_t n;
	char *text = make_shape(&shape, LINES_MOST - 2, &n);

	memory_begin();
	CU_ASSERT_EQUAL(memory_prepare(text, n), MEMORY_READY);
	CU_ASSERT_TRUE(json_is_array(json_loadb(text, n, 0, NULL)));
	CU_ASSERT_FALSE(memory_rewind());
	memory_end();
	free(text);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(several_files),
	UNIT_TEST(in_pieces),
	UNIT_TEST(long_lines),
	UNIT_TEST(all_lengths),
	UNIT_TEST(what_cannot_be_read),
	UNIT_TEST(enough),
	UNIT_TEST(too_much),
	UNIT_TEST(longest),
	CU_TEST_INFO_NULL,
};
