/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

const char unit_name[] = "base/text";

/* Into every size of buffer: the start of the text, a zero, nothing behind, the whole length. */
static void
what_does_not_fit_is_counted(void)
{
	const char *whole = "abcdefg";

	for (size_t size = 0; size <= 10; size++) {
		char buffer[12];
		size_t fits = size == 0 ? 0 : size - 1 < 7 ? size - 1 : 7;
		struct text text;

		memset(buffer, '#', sizeof(buffer));
		text = text_into(buffer, size);
		CHECK(size == 0 || buffer[0] == '\0', "empty at first");
		text_add(&text, "abc");
		text_char(&text, 'd');
		text_bytes(&text, "efgh", 3);
		CHECK(text.length == 7, "%zu: %zu", size, text.length);
		CHECK(memcmp(buffer, whole, fits) == 0, "%zu", size);
		CHECK(size == 0 || buffer[fits] == '\0', "%zu", size);
		CHECK(buffer[size] == '#', "%zu: written beyond", size);
	}
}

static void
growing_text_holds_everything(void)
{
	struct text text = text_growing();

	for (unsigned i = 0; i < 100000; i++)
		text_char(&text, (char)('a' + i % 26));
	CHECK(text.length == 100000 && !text.failed, "%zu", text.length);
	CHECK(strlen(text.data) == 100000, "one zero, at the end");
	for (unsigned i = 0; i < 100000; i += 997)
		CHECK(text.data[i] == (char)('a' + i % 26), "%u", i);
	free(text.data);
	text = text_growing();
	text_add(&text, "");
	CHECK_TEXT(text.data, "", "nothing added is a text, too");
	free(text.data);
}

static void
numbers(void)
{
	static const struct {
		uint64_t number;
		const char *text;
	} cases[] = {{0, "0"},
		     {9, "9"},
		     {10, "10"},
		     {65535, "65535"},
		     {UINT64_C(9007199254740991), "9007199254740991"},
		     {UINT64_MAX, "18446744073709551615"}};

	for (size_t i = 0; i < N_OF(cases); i++) {
		char buffer[32];
		struct text text = text_into(buffer, sizeof(buffer));

		text_u64(&text, cases[i].number);
		CHECK_TEXT(buffer, cases[i].text, "%zu", i);
	}
}

static void
printf_adds(void)
{
	char buffer[32];
	struct text text = text_into(buffer, sizeof(buffer));

	text_printf(&text, "%s=%u", "a", 5u);
	text_printf(&text, ",%03u", 7u);
	CHECK_TEXT(buffer, "a=5,007", "printf");
	CHECK(text.length == 7, "%zu", text.length);
}

/* Each octet; and done twice it changes nothing, for reasons are quoted in other reasons. */
static void
escaped_text_is_printable_ascii(void)
{
	for (unsigned octet = 0; octet < 256; octet++) {
		uint8_t byte = (uint8_t)octet;
		char buffer[8], expected[8], twice[8];
		struct text text = text_into(buffer, sizeof(buffer));
		struct text want = text_into(expected, sizeof(expected));

		text_escaped(&text, &byte, 1);
		if (octet >= 0x20 && octet < 0x7f)
			text_char(&want, (char)octet);
		else
			text_printf(&want, "\\%03u", octet);
		CHECK_TEXT(buffer, expected, "octet %u", octet);
		text = text_into(twice, sizeof(twice));
		text_escaped(&text, buffer, strlen(buffer));
		CHECK_TEXT(twice, expected, "octet %u, twice", octet);
	}
}

/* Every octet, none, and what does not fit. */
static void
octets_in_hexadecimal(void)
{
	uint8_t all[256];
	char buffer[2 * sizeof(all) + 1], expected[2 * sizeof(all) + 1], small[4] = "###";
	struct text text = text_into(buffer, sizeof(buffer)), want;

	want = text_into(expected, sizeof(expected));
	for (unsigned octet = 0; octet < 256; octet++) {
		all[octet] = (uint8_t)octet;
		text_printf(&want, "%02x", octet);
	}
	text_hex(&text, all, sizeof(all));
	CHECK_TEXT(buffer, expected, "every octet");
	CHECK(text.length == 512, "%zu", text.length);
	text_hex(&text, NULL, 0);
	CHECK(text.length == 512, "none");
	text = text_into(small, sizeof(small));
	text_hex(&text, all + 0xab, 4);
	CHECK_TEXT(small, "aba", "what fits");
	CHECK(text.length == 8, "the whole length is counted: %zu", text.length);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(what_does_not_fit_is_counted),
	UNIT_TEST(growing_text_holds_everything),
	UNIT_TEST(numbers),
	UNIT_TEST(printf_adds),
	UNIT_TEST(escaped_text_is_printable_ascii),
	UNIT_TEST(octets_in_hexadecimal),
	CU_TEST_INFO_NULL,
};
