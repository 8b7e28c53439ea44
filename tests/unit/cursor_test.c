/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/cursor.h"

#include "unit.h"

const char unit_name[] = "base/cursor";

static const uint8_t seven[] = {1, 2, 3, 4, 0xff, 0xfe, 0xfd};

static void
numbers_are_in_network_order(void)
{
	struct cursor c = cursor_over(seven, sizeof(seven));

	CHECK(cursor_u8(&c) == 1, "u8");
	CHECK(cursor_u16(&c) == 0x0203, "u16");
	CHECK(cursor_u32(&c) == 0x04fffefd, "u32");
	CHECK(cursor_left(&c) == 0 && !c.failed, "left %zu", cursor_left(&c));
	c = cursor_over(seven + 4, 3);
	CHECK(cursor_u16(&c) == 0xfffe, "u16 is not signed");
}

/* Every kind of read at every distance from the end. */
static void
reading_beyond_the_end_fails_for_good(void)
{
	for (size_t size = 0; size <= sizeof(seven); size++) {
		for (size_t n = 0; n <= sizeof(seven) + 1; n++) {
			struct cursor c = cursor_over(seven, size);
			const uint8_t *bytes = cursor_bytes(&c, n);

			CHECK((bytes != NULL) == (n <= size), "%zu of %zu", n, size);
			CHECK(c.failed == (n > size), "%zu of %zu", n, size);
			CHECK(c.at == (n <= size ? n : 0), "%zu of %zu", n, size);
			if (n <= size)
				continue;
			CHECK(cursor_left(&c) == 0, "left");
			CHECK(cursor_u8(&c) == 0 && cursor_u16(&c) == 0 && cursor_u32(&c) == 0,
			      "zeroes after a failure, though %zu are there", size);
			CHECK(cursor_bytes(&c, 0) == NULL, "not even nothing");
			CHECK(c.failed, "failed stays");
		}
	}
}

static void
huge_lengths_do_not_wrap(void)
{
	struct cursor c = cursor_over(seven, sizeof(seven));

	cursor_u32(&c);
	CHECK(cursor_bytes(&c, SIZE_MAX) == NULL && c.failed, "SIZE_MAX");
	c = cursor_over(seven, sizeof(seven));
	cursor_u32(&c);
	CHECK(cursor_bytes(&c, SIZE_MAX - 3) == NULL && c.failed, "wraps to at");
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(numbers_are_in_network_order),
	UNIT_TEST(reading_beyond_the_end_fails_for_good),
	UNIT_TEST(huge_lengths_do_not_wrap),
	CU_TEST_INFO_NULL,
};
