/* SPDX-License-Identifier: BSD-2-Clause */
/* That every allocation may fail is proven by the machine tests, which make each one fail in turn. */
#include "base/arena.h"

#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "unit.h"

const char unit_name[] = "base/arena";

static bool
is_zero(const void *bytes, size_t n)
{
	const uint8_t *b = bytes;

	while (n && *b == 0)
		b++, n--;
	return n == 0;
}

static void
pieces_are_zeroed_aligned_and_apart(void)
{
	struct arena arena;
	uint8_t *pieces[300];

	arena_init(&arena);
	for (size_t n = 0; n < N_OF(pieces); n++) {
		pieces[n] = arena_alloc(&arena, n);
		if (!CHECK(pieces[n] != NULL, "%zu", n))
			break;
		CHECK((uintptr_t)pieces[n] % _Alignof(max_align_t) == 0, "%zu", n);
		CHECK(is_zero(pieces[n], n), "%zu", n);
		memset(pieces[n], (int)n, n);
	}
	for (size_t n = 1; n < N_OF(pieces); n++)
		CHECK(pieces[n][0] == (uint8_t)n && pieces[n][n - 1] == (uint8_t)n, "%zu", n);
	CHECK(!arena.failed, "failed");
	arena_done(&arena);
}

static void
large_pieces_get_a_block_of_their_own(void)
{
	struct arena arena;
	size_t sizes[] = {4000, 4096, 5000, 1 << 20, 1};

	arena_init(&arena);
	for (size_t i = 0; i < N_OF(sizes); i++) {
		uint8_t *piece = arena_alloc(&arena, sizes[i]);

		if (CHECK(piece != NULL, "%zu", sizes[i])) {
			CHECK(is_zero(piece, sizes[i]), "%zu", sizes[i]);
			memset(piece, 0xff, sizes[i]);
		}
	}
	arena_done(&arena);
}

static void
overflow_is_a_failure_that_stays(void)
{
	struct arena arena;

	arena_init(&arena);
	CHECK(arena_array(&arena, SIZE_MAX / 2, 3) == NULL && arena.failed, "n * size");
	CHECK(arena_alloc(&arena, 1) != NULL && arena.failed, "failed stays");
	arena_done(&arena);
	for (size_t less = 0; less < 32; less++) {
		arena_init(&arena);
		CHECK(arena_alloc(&arena, SIZE_MAX - less) == NULL && arena.failed, "-%zu", less);
		arena_done(&arena);
	}
	arena_init(&arena);
	CHECK(arena_array(&arena, 0, SIZE_MAX) != NULL, "none of the largest");
	CHECK(arena_array(&arena, SIZE_MAX, 0) != NULL, "many of nothing");
	CHECK(!arena.failed, "failed");
	arena_done(&arena);
}

static void
copies_are_copies(void)
{
	struct arena arena;
	char text[] = "text", *copy;

	arena_init(&arena);
	copy = arena_copy(&arena, text, sizeof(text));
	text[0] = 'n';
	CHECK_TEXT(copy, "text", "copy");
	CHECK(arena_copy(&arena, text, 0) != NULL, "of nothing");
	arena_done(&arena);
}

/* A mark in each state of the arena: empty, in a block, behind further blocks. */
static void
rewinding_gives_back_what_came_after_the_mark(void)
{
	struct arena arena;
	struct arena_mark empty, mark;
	uint8_t *kept, *first, *again;

	arena_init(&arena);
	empty = arena_mark(&arena);
	kept = arena_copy(&arena, "kept", 5);
	mark = arena_mark(&arena);
	first = arena_alloc(&arena, 100);
	memset(first, 0xff, 100);
	for (int i = 0; i < 20; i++)
		arena_alloc(&arena, 3000);
	arena_rewind(&arena, mark);
	again = arena_alloc(&arena, 100);
	CHECK(again == first, "the same place");
	CHECK(is_zero(again, 100), "zeroed again");
	CHECK_TEXT((const char *)kept, "kept", "before the mark");
	arena_rewind(&arena, mark);
	arena_rewind(&arena, mark);
	CHECK(arena_alloc(&arena, 100) == first, "twice");
	arena_rewind(&arena, empty);
	CHECK(arena.block == NULL, "back to nothing");
	CHECK(arena_alloc(&arena, 1) != NULL, "and usable");
	arena_done(&arena);
	CHECK(arena.block == NULL, "done");
}

/* With AddressSanitizer LIMIT_SPARE_BLOCKS is 0, and none is kept. */
static void
spare_blocks_are_used_again_and_bounded(void)
{
	struct arena_spares spares = {0};
	struct arena arena;
	void *first;

	arena_init_sparing(&arena, &spares);
	first = arena_alloc(&arena, 100);
	memset(first, 0xff, 100);
	arena_alloc(&arena, 100000); /* a block of its own, which nobody else could use */
	arena_done(&arena);
	CHECK(spares.n == 1 * LIMIT_SPARES, "%d kept", spares.n);
	arena_init_sparing(&arena, &spares);
	CHECK(!LIMIT_SPARES || arena_alloc(&arena, 100) == first, "the same block");
	CHECK(is_zero(arena_alloc(&arena, 100), 100), "zeroed");
	CHECK(spares.n == 0, "taken");
	for (int i = 0; i < 3 * LIMIT_SPARE_BLOCKS + 1; i++)
		arena_alloc(&arena, 3000);
	arena_done(&arena);
	CHECK(spares.n == LIMIT_SPARE_BLOCKS, "%d kept", spares.n);
	arena_spares_done(&spares);
	CHECK(spares.n == 0 && !spares.first, "done");
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(pieces_are_zeroed_aligned_and_apart),
	UNIT_TEST(large_pieces_get_a_block_of_their_own),
	UNIT_TEST(overflow_is_a_failure_that_stays),
	UNIT_TEST(copies_are_copies),
	UNIT_TEST(rewinding_gives_back_what_came_after_the_mark),
	UNIT_TEST(spare_blocks_are_used_again_and_bounded),
	CU_TEST_INFO_NULL,
};
