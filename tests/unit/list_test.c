/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/list.h"

#include "unit.h"

const char unit_name[] = "base/list";

enum { N = 5 };

struct thing {
	char letter;
	struct list_node node;
};

/* The letters from the first to the last; checks that the way back is the same. */
static const char *
text_of(const struct list *list)
{
	static char text[N + 1];
	size_t n = 0;

	for (struct list_node *at = list->first; at && n < N; at = at->next) {
		CHECK(at->next ? at->next->previous == at : list->last == at, "the way back");
		text[n++] = LIST_THING(at, struct thing, node)->letter;
	}
	text[n] = '\0';
	CHECK(list->first ? !list->first->previous && !list->last->next : !list->last, "ends");
	return text;
}

static void
fill(struct list *list, struct thing *things)
{
	*list = (struct list){0};
	for (int i = 0; i < N; i++) {
		things[i] = (struct thing){.letter = (char)('a' + i)};
		list_add_last(list, &things[i].node);
	}
}

static void
things_are_added_at_both_ends(void)
{
	struct thing things[N];
	struct list list = {0};

	CHECK_TEXT(text_of(&list), "", "empty");
	CHECK(LIST_THING(list.first, struct thing, node) == NULL, "nothing");
	for (int i = 0; i < N; i++) {
		things[i] = (struct thing){.letter = (char)('a' + i)};
		if (i % 2)
			list_add_first(&list, &things[i].node);
		else
			list_add_last(&list, &things[i].node);
	}
	CHECK_TEXT(text_of(&list), "dbace", "both ends");
}

/* Every place, and what is taken out can be put in again. */
static void
things_are_taken_out_anywhere(void)
{
	static const char *const left[N] = {"bcde", "acde", "abde", "abce", "abcd"};
	struct thing things[N];
	struct list list;

	for (int i = 0; i < N; i++) {
		fill(&list, things);
		list_remove(&list, &things[i].node);
		CHECK(!things[i].node.next && !things[i].node.previous, "%d", i);
		CHECK_TEXT(text_of(&list), left[i], "%d", i);
		list_add_first(&list, &things[i].node);
		CHECK(text_of(&list)[0] == 'a' + i, "%d", i);
	}
	fill(&list, things);
	for (int i = 0; i < N; i++)
		list_remove(&list, &things[(i * 2) % N].node);
	CHECK_TEXT(text_of(&list), "", "all");
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(things_are_added_at_both_ends),
	UNIT_TEST(things_are_taken_out_anywhere),
	CU_TEST_INFO_NULL,
};
