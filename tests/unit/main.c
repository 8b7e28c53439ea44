/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <CUnit/Basic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* CUnit copies what it is given, so the text may be made here. */
bool
unit_check(bool good, const char *condition, const char *file, unsigned line, const char *format,
	   ...)
{
	char text[2048] = "";

	if (!good) {
		size_t n = (size_t)snprintf(text, sizeof(text), "%s: ", condition);
		va_list args;

		va_start(args, format);
		if (n < sizeof(text))
			vsnprintf(text + n, sizeof(text) - n, format, args);
		va_end(args);
	}
	CU_assertImplementation(good, line, text, file, "", CU_FALSE);
	return good;
}

bool
unit_check_text(const char *got, const char *expected, const char *what, const char *file,
		unsigned line, const char *format, ...)
{
	bool good = got && strcmp(got, expected) == 0;
	char text[8192] = "";

	if (!good) {
		size_t n = (size_t)snprintf(text, sizeof(text),
					    "%s: \n\t  got      \"%s\"\n\t  "
					    "expected \"%s\"\n\t  ",
					    what, got ? got : "(null)", expected);
		va_list args;

		va_start(args, format);
		if (n < sizeof(text))
			vsnprintf(text + n, sizeof(text) - n, format, args);
		va_end(args);
	}
	CU_assertImplementation(good, line, text, file, "", CU_FALSE);
	return good;
}

_Noreturn static void
fatal(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", unit_name, what, CU_get_error_msg());
	exit(EXIT_FAILURE);
}

int
main(void)
{
	CU_SuiteInfo suites[] = {{unit_name, NULL, NULL, NULL, NULL, unit_tests},
				 CU_SUITE_INFO_NULL};
	bool failed;

	if (CU_initialize_registry() != CUE_SUCCESS)
		fatal("CUnit does not start");
	if (CU_register_suites(suites) != CUE_SUCCESS)
		fatal("the tests cannot be registered");
	CU_basic_set_mode(CU_BRM_VERBOSE);
	if (CU_basic_run_tests() != CUE_SUCCESS)
		fatal("the tests cannot be run");
	/* CU_basic_run_tests() does not tell failing tests, nor that there were none. */
	failed = CU_get_number_of_asserts() == 0 || CU_get_number_of_failures() != 0;
	CU_cleanup_registry();
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
