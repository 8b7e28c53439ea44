/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One program for each foo_test.c, linked with main.c: the file lists its tests in unit_tests, and
 * main.c runs them. A program whose tests assert nothing fails.
 */
#ifndef NMX_TESTS_UNIT_H
#define NMX_TESTS_UNIT_H

#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stddef.h>

extern const char unit_name[];
extern CU_TestInfo unit_tests[];

/* clang-format off */
#define UNIT_TEST(function) {#function, function}
/* clang-format on */

/* An assertion that says with what it failed: a case of a table, a number. */
#define CHECK(condition, ...) unit_check((condition), #condition, __FILE__, __LINE__, __VA_ARGS__)
__attribute__((format(printf, 5, 6))) bool unit_check(bool good, const char *condition,
						      const char *file, unsigned line,
						      const char *format, ...);

/* Two texts that must be the same; both are shown when they are not. */
#define CHECK_TEXT(got, expected, ...) \
	unit_check_text((got), (expected), #got, __FILE__, __LINE__, __VA_ARGS__)
__attribute__((format(printf, 6, 7))) bool unit_check_text(const char *got, const char *expected,
							   const char *what, const char *file,
							   unsigned line, const char *format, ...);

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
