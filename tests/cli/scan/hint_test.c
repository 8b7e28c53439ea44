/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/hint.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit.h"

const char unit_name[] = "cli/scan/hint";

/* What it says, from standard error. */
static void
tell(const struct hint *hint, const struct target *target, char *ret_text, size_t size)
{
	int file = memfd_create("told", MFD_CLOEXEC), kept = dup(STDERR_FILENO);
	ssize_t n;

	dup2(file, STDERR_FILENO);
	hint_tell(hint, target);
	fflush(stderr);
	dup2(kept, STDERR_FILENO);
	n = pread(file, ret_text, size - 1, 0);
	ret_text[n > 0 ? n : 0] = '\0';
	close(file);
	close(kept);
}

static void
the_command_is_the_same_but_for_the_file(void)
{
	static const struct {
		const char *arguments[8], *expected;
	} cases[] = {
		{{"list"}, "list"},
		{{"--output", "x", "list"}, "list"},
		{{"--output=x", "list"}, "list"},
		{{"--resume", "x", "--threads", "4", "list"}, "--threads 4 list"},
		{{"--resume=x", "--threads=4", "a", "b"}, "--threads=4 a b"},
		{{"--outputs", "x"}, "--outputs x"},
		{{"--", "--output", "x"}, "-- --output x"},
		{{"a b", "it's", "*"}, "'a b' 'it'\\''s' '*'"},
		{{""}, "''"},
		{{"\033[2J\xc3\xa4'\\"}, "$'\\033[2J\\303\\244\\'\\\\'"},
		{{"-"}, "-"},
	};
	const struct target target = {
		.fd = -1, .name = "the lines", .is_file = true, .is_regular = true};

	for (size_t i = 0; i < N_OF(cases); i++) {
		char *arguments[8], text[512], expected[512];
		struct hint hint;
		int n = 0;

		for (; cases[i].arguments[n]; n++)
			arguments[n] = (char *)(uintptr_t)cases[i].arguments[n];
		CU_ASSERT_TRUE_FATAL(hint_init(&hint, n, arguments));
		tell(&hint, &target, text, sizeof(text));
		snprintf(expected, sizeof(expected),
			 "nextmx: to go on:\n  nextmx scan --resume 'the lines' %s\n",
			 cases[i].expected);
		CHECK_TEXT(text, expected, "case %zu", i);
		hint_done(&hint);
	}
}

static void
standard_output_and_input(void)
{
	const struct target target = {.fd = STDOUT_FILENO, .name = "standard output"};
	char text[512];
	struct hint hint;

	CU_ASSERT_TRUE_FATAL(hint_init(&hint, 0, NULL));
	hint.reads_standard_input = true;
	tell(&hint, &target, text, sizeof(text));
	CHECK_TEXT(text,
		   "nextmx: it can go on if what it wrote to standard output is in a file, say "
		   "LINES, with the same list on standard input:\n  nextmx scan --resume LINES\n",
		   "pipe");
	hint_done(&hint);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(the_command_is_the_same_but_for_the_file),
	UNIT_TEST(standard_output_and_input),
	CU_TEST_INFO_NULL,
};
