/* SPDX-License-Identifier: BSD-2-Clause */
#include <nextmx.h>

#include <string.h>

#include "unit.h"

const char unit_name[] = "base/nearest";

static void
the_nearest_word_by_edits(void)
{
	static const char *const words[] = {"srv",    "srv-label", "srv-null",
					    "family", "prefer",	   "own-names"};
	static const char *const cases[][2] = {
		{"srv", "srv"},
		{"svr", "srv"},
		{"srv-lable", "srv-label"},
		{"srvnull", "srv-null"},
		{"fmaily", "family"},
		{"perfer", "prefer"},
		{"own-name", "own-names"},
		{"FAMILY", "srv"},
		{"", "srv"},
	};

	for (size_t i = 0; i < N_OF(cases); i++)
		CHECK_TEXT(nmx_nearest(cases[i][0], words, N_OF(words)), cases[i][1], "%s",
			   cases[i][0]);
}

static void
the_first_of_equals(void)
{
	static const char *const words[] = {"ab", "ac", "ad"};

	CHECK_TEXT(nmx_nearest("a", words, 3), "ab", "equals");
	CHECK(nmx_nearest("a", words, 0) == NULL, "no words");
}

static void
very_long_words_are_cut(void)
{
	static const char *const words[] = {"short", "other"};
	char word[5000];

	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	CHECK(nmx_nearest(word, words, 2) != NULL, "some word");
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(the_nearest_word_by_edits),
	UNIT_TEST(the_first_of_equals),
	UNIT_TEST(very_long_words_are_cut),
	CU_TEST_INFO_NULL,
};
