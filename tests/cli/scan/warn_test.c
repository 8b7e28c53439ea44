/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/warn.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit.h"

const char unit_name[] = "cli/scan/warn";

/* What is said of these, from standard error. */
static void
tell(const char *const *texts, char *ret_text, size_t size)
{
	int file = memfd_create("told", MFD_CLOEXEC), kept = dup(STDERR_FILENO);
	ssize_t n;

	dup2(file, STDERR_FILENO);
	for (; *texts; texts++)
		warn_log(NMX_LOG_WARNING, *texts, NULL);
	warn_log(NMX_LOG_INFO, "nobody needs this", NULL);
	warn_end();
	dup2(kept, STDERR_FILENO);
	n = pread(file, ret_text, size - 1, 0);
	ret_text[n > 0 ? n : 0] = '\0';
	close(file);
	close(kept);
}

/* The first of its kind, and five in a while: the second list comes in the while of the first. */
static void
a_few_are_told(void)
{
	static const char *const alike[] = {"store 1: 23 lost", "store 22: 4 lost",
					    "store 1: 23 lost", "another", NULL};
	static const char *const many[] = {"a", "b", "c", "d", "e", "f", NULL};
	char text[1024];

	tell(alike, text, sizeof(text));
	CHECK_TEXT(text,
		   "nextmx: store 1: 23 lost\nnextmx: another\n"
		   "nextmx: scan: 2 more warnings like these were not shown\n",
		   "alike");
	tell(many, text, sizeof(text));
	CHECK_TEXT(text,
		   "nextmx: a\nnextmx: b\nnextmx: c\n"
		   "nextmx: scan: 3 more warnings like these were not shown\n",
		   "many");
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(a_few_are_told),
	CU_TEST_INFO_NULL,
};
