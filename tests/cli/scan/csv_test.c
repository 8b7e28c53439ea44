/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 4180, a row a line. */
#include "cli/scan/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

const char unit_name[] = "cli/scan/csv";

/* The fields joined by "|", with "!" and what could be read where the row is bad. In memory of exactly its
 * size. */
static const char *
fields_of(const char *row)
{
	static char text[4096];
	size_t size = strlen(row), length, n = 0;
	char *exact = malloc(size ? size : 1), *field;
	struct csv csv = csv_row(exact, size);
	enum csv_result result;
	const char *fault = NULL;

	if (!exact)
		abort();
	memcpy(exact, row, size);
	text[0] = '\0';
	while ((result = csv_next(&csv, &field, &length, &fault)) == CSV_FIELD) {
		CHECK(field >= exact && field + length <= exact + size, "%s", row);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%.*s", n ? "|" : "",
				      (int)length, field);
		n += n == 0 ? (size_t)snprintf(text, sizeof(text), "-") : 0;
	}
	if (result == CSV_BAD)
		snprintf(text + n, sizeof(text) - n, "!%.*s", (int)length, field);
	CHECK((result == CSV_BAD) == (fault != NULL), "%s", row);
	CHECK(csv_next(&csv, &field, &length, &fault) == CSV_END, "%s: after its end", row);
	free(exact);
	return text;
}

/* An empty first field is shown as "-". */
static void
rows(void)
{
	static const struct {
		const char *row, *fields;
	} cases[] = {
		{"a", "a"},
		{"", "-"},
		{"a,b,c", "a|b|c"},
		{",", "-|"},
		{"a,", "a|"},
		{",,a", "-||a"},
		{" a , b\t,\tc\r", "a|b|c"},
		{"\"a\"", "a"},
		{"\"a\",\"b\"", "a|b"},
		{"\"a,b\",c", "a,b|c"},
		{"\"a\"\"b\",c", "a\"b|c"},
		{"\"\"\"\"", "\""},
		{"\"\"", "-"},
		{"\"\",x", "-|x"},
		{"x,\"\"", "x|"},
		{"x,\"\",", "x||"},
		{"\"\"\"a\"\"\"", "\"a\""},
		{" \"a\" , \"b\" ", "a|b"},
		{"\" a \",b", "a|b"},
		{"a\"b,c", "a\"b|c"},
		{"a\"\",c", "a\"\"|c"},
		{"\"a", "!a"},
		{"\"", "!"},
		{"x,\"a,b", "x!a,b"},
		{"x,\"a\"\"", "x!a\""},
		{"\"a\"b,c", "!a"},
		{"\"a\" b", "!a"},
		{"\"a\"\"\"\"", "!a\"\""},
		{"a,\"b\"c", "a!b"},
		{"\xc3\xbc;b", "\xc3\xbc;b"},
	};

	for (size_t i = 0; i < N_OF(cases); i++)
		CHECK_TEXT(fields_of(cases[i].row), cases[i].fields, "%s", cases[i].row);
}

static void
blanks_are_trimmed(void)
{
	static const struct {
		const char *text, *trimmed;
	} cases[] = {{"a", "a"},       {"", ""},       {" \t\r ", ""}, {" a b ", "a b"},
		     {"\ta\r\r", "a"}, {"\va", "\va"}, {" a", "a"},    {"\xc2\xa0", "\xc2\xa0"}};

	for (size_t i = 0; i < N_OF(cases); i++) {
		char copy[16], trimmed[16], *text = copy;
		size_t length = strlen(cases[i].text);

		snprintf(copy, sizeof(copy), "%s", cases[i].text);
		csv_trim(&text, &length);
		snprintf(trimmed, sizeof(trimmed), "%.*s", (int)length, text);
		CHECK_TEXT(trimmed, cases[i].trimmed, "case %zu", i);
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(rows),
	UNIT_TEST(blanks_are_trimmed),
	CU_TEST_INFO_NULL,
};
