/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/resume.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/scan/line.h"
#include "resume_model.h"
#include "unit.h"

const char unit_name[] = "cli/scan/resume";

enum { N = 40, ALL = MODEL_MOST };

static const uint64_t windows[] = {1, 5, 16, 200};
static const unsigned kinds[] = {0, 2, 30};

static int
file_of(const char *text)
{
	int fd = memfd_create("lines", MFD_CLOEXEC);

	(void)!write(fd, text, strlen(text));
	return fd;
}

/* ---- Crashes ------------------------------------------------------------------------------------ */

/* A whole run, cut at every octet, gone on with. */
static void
every_prefix_is_gone_on_with(void)
{
	for (size_t w = 0; w < N_OF(windows); w++)
		for (size_t k = 0; k < N_OF(kinds); k++) {
			struct model whole, m;

			model_init(&whole, windows[w], N, kinds[k]);
			model_init(&m, windows[w], N, kinds[k]);
			CU_ASSERT_EQUAL(model_run(&whole, w, ALL), MODEL_COMPLETE);
			for (size_t octets = model_size(&whole); octets > 0; octets--) {
				model_copy(&m, &whole, octets);
				if (!CHECK(model_run(&m, octets, ALL) == MODEL_COMPLETE &&
						   model_is_right(&m),
					   "window %zu, kinds %zu, octet %zu", w, k, octets))
					break;
			}
			model_done(&m);
			model_done(&whole);
		}
}

/* Many crashes of one scan, each after some lines, and with the end lost. */
static void
many_crashes(void)
{
	struct rng rng = rng_from_seed(4);

	for (uint64_t round = 0; round < 150; round++) {
		size_t w = rng_below(&rng, N_OF(windows)), k = rng_below(&rng, N_OF(kinds));
		enum model_end end = MODEL_CRASHED;
		struct model m;
		unsigned runs = 0;

		model_init(&m, windows[w], 1 + rng_below(&rng, 300), kinds[k]);
		while (end == MODEL_CRASHED && runs++ < 10000) {
			end = model_run(&m, rng_below(&rng, 1000000), rng_below(&rng, 40));
			if (end == MODEL_CRASHED) {
				size_t size = model_size(&m), lost = rng_below(&rng, 200);

				model_cut(&m, lost < size ? size - lost : 0);
				if (rng_below(&rng, 4) == 0)
					end = model_run(&m, 0, 1 + rng_below(&rng, 40));
			}
		}
		CHECK(end == MODEL_COMPLETE && model_is_right(&m),
		      "round %llu: end %d after %u runs", (unsigned long long)round, (int)end,
		      runs);
		model_done(&m);
	}
}

static void
a_complete_file_is_left_alone(void)
{
	struct model m;
	size_t size;

	model_init(&m, 16, N, 0);
	model_run(&m, 1, ALL);
	size = model_size(&m);
	CU_ASSERT_EQUAL(model_run(&m, 2, 0), MODEL_COMPLETE);
	CU_ASSERT_EQUAL(model_size(&m), size);
	CU_ASSERT_TRUE(model_is_right(&m));
	model_done(&m);
}

/* ---- Another list ------------------------------------------------------------------------------- */

enum change { GONE, REPLACED, SWAPPED_FAR, REVERSED, SHORTER, N_CHANGES };

/* False: the change is none here. */
static bool
change_list(struct model *m, enum change change, size_t entry)
{
	unsigned first = m->list[0];

	switch (change) {
	case GONE:
		memmove(m->list + entry, m->list + entry + 1,
			(m->n - entry - 1) * sizeof(m->list[0]));
		m->n--;
		return true;
	case REPLACED:
		m->list[entry] = MODEL_MOST - 1;
		return true;
	case SWAPPED_FAR:
		if (entry < 3 * m->window)
			return false;
		m->list[0] = m->list[entry];
		m->list[entry] = first;
		return true;
	case REVERSED:
		for (size_t i = 0; i < m->n / 2; i++) {
			unsigned kept = m->list[i];

			m->list[i] = m->list[m->n - 1 - i];
			m->list[m->n - 1 - i] = kept;
		}
		return m->n > 6 * m->window;
	default:
		m->n = entry;
		return true;
	}
}

/* A complete file and a list that is not its own: known before a line is written. */
static void
another_list_is_known(void)
{
	static const uint64_t small[] = {1, 5, 9};

	for (size_t w = 0; w < N_OF(small); w++)
		for (int change = 0; change < N_CHANGES; change++)
			for (size_t entry = 0; entry < N; entry++) {
				struct model m;
				size_t size;
				enum model_end end;

				model_init(&m, small[w], N, 0);
				model_run(&m, entry, ALL);
				size = model_size(&m);
				if (change_list(&m, (enum change)change, entry)) {
					end = model_run(&m, 1, 1);
					CHECK(end == MODEL_OTHER_LIST && model_size(&m) == size,
					      "window %zu, change %d, entry %zu: end %d", w, change,
					      entry, (int)end);
				}
				model_done(&m);
			}
}

/* Also by who hands out before every line has found its entry. */
static void
late_entries_are_of_another_list(void)
{
	int fd = file_of("{\"domain\":\"a\"}\n{\"domain\":\"b\"}\n{\"domain\":\"c\"}\n");
	const struct input_item a = {.domain = "a"};
	struct resume r;

	CU_ASSERT_EQUAL_FATAL(resume_open(fd, 4, &r), RESUME_OPEN);
	for (uint64_t i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(resume_decide(&r, i, 1), RESUME_NEW);
	CU_ASSERT_EQUAL(resume_decide(&r, 4, line_key_of_item(&a)), RESUME_OTHER_LIST);
	resume_done(&r);
	close(fd);
}

/* ---- Lines that are none of ours ---------------------------------------------------------------- */

static void
bad_lines_are_told_by_their_number(void)
{
	static const struct {
		const char *text;
		enum resume_open_result result;
		uint64_t n_lines, whole, torn;
	} cases[] = {
		{"", RESUME_OPEN, 0, 0, 0},
		{"{\"domain\":\"a\"}\n", RESUME_OPEN, 1, 15, 0},
		{"{\"domain\":\"a\"}\n{\"dom", RESUME_OPEN, 1, 15, 5},
		{"{\"domain\":\"a\"}", RESUME_OPEN, 0, 0, 14},
		{"{\"domain\":\"a\"}\nhello\n", RESUME_BAD_LINE, 2, 0, 0},
		{"{\"domain\":\"a\"}\nhello\n{\"domain\":\"b\"}\n", RESUME_BAD_LINE, 2, 0, 0},
		{"\n", RESUME_BAD_LINE, 1, 0, 0},
		{"{\"domain\":\"a\"}\n{", RESUME_OPEN, 1, 15, 1},
		{"{\"schema\":\"nextmx.route/1\",\"dom", RESUME_OPEN, 0, 0, 31},
		/* What would be cut off is somebody's. */
		{"hello", RESUME_BAD_LINE, 1, 0, 0},
		{"{\"domain\":\"a\"}\nhello", RESUME_BAD_LINE, 2, 0, 0},
		{"{\"users\":[\"a\",\"b\"]}", RESUME_BAD_LINE, 1, 0, 0},
		{"{\"x\":\"a\"}\n", RESUME_BAD_LINE, 1, 0, 0},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct resume r = {0};
		int fd = file_of(cases[i].text);
		enum resume_open_result result = resume_open(fd, 8, &r);

		CHECK(result == cases[i].result, "case %zu", i);
		CHECK(r.n_lines == cases[i].n_lines, "case %zu", i);
		if (result == RESUME_OPEN) {
			CHECK(r.whole == cases[i].whole && r.torn == cases[i].torn, "case %zu", i);
			resume_done(&r);
		}
		close(fd);
	}
}

static void
one_of_the_lines_left_is_named(void)
{
	char text[16];
	struct resume r;
	int fd = file_of(
		"{\"domain\":\"a\"}\n{\"domain\":\"b\",\"input\":\"B\"}\n{\"domain\":\"c\"}\n");

	CU_ASSERT_EQUAL_FATAL(resume_open(fd, 2, &r), RESUME_OPEN);
	CU_ASSERT_EQUAL(resume_left(&r), 3);
	resume_example(&r, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "\"a\"");
	/* Entry 0 is not there, and there are too many lines for that: two are read by now. */
	CU_ASSERT_EQUAL(resume_decide(&r, 0, 1), RESUME_OTHER_LIST);
	CU_ASSERT_EQUAL(resume_left(&r), 3);
	resume_example(&r, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "\"a\"");
	resume_done(&r);
	close(fd);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(every_prefix_is_gone_on_with),     UNIT_TEST(many_crashes),
	UNIT_TEST(a_complete_file_is_left_alone),    UNIT_TEST(another_list_is_known),
	UNIT_TEST(late_entries_are_of_another_list), UNIT_TEST(bad_lines_are_told_by_their_number),
	UNIT_TEST(one_of_the_lines_left_is_named),   CU_TEST_INFO_NULL,
};
