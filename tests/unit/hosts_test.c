/* SPDX-License-Identifier: BSD-2-Clause */
/* RULES LIM-1 on a stage; SRV-7..11, MX-5 and PORT-1 are seen whole in select_test.c. */
#include "policy/hosts.h"

#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "unit.h"

const char unit_name[] = "policy/hosts";

enum { MOST_TIERS = 40 };

/* A stage of tiers of these sizes; the first host of each tier has first_weight. */
static void
make_stage(struct bench *bench, const unsigned *sizes, size_t n_tiers, uint32_t first_weight,
	   struct stage *ret)
{
	struct stage stage = {.source = NMX_SOURCE_SRV, .security = NMX_SECURE};
	size_t n = 0;

	for (size_t t = 0; t < n_tiers; t++)
		n += sizes[t];
	stage.hosts = arena_array(&bench->arena, n, sizeof(*stage.hosts));
	for (size_t t = 0; t < n_tiers; t++) {
		for (unsigned i = 0; i < sizes[t]; i++) {
			char name[32];
			struct text text = text_into(name, sizeof(name));

			text_printf(&text, "h%02zu-%03u.example", t, i);
			stage.hosts[stage.n_hosts++] =
				(struct host){.priority = (uint16_t)(10 * (t + 1)),
					      .weight = i == 0 ? first_weight : 1,
					      .port = 25,
					      .name = bench_name(bench, name)};
		}
	}
	*ret = stage;
}

static void
count_tiers(const struct stage *stage, unsigned *ret_sizes)
{
	memset(ret_sizes, 0, MOST_TIERS * sizeof(*ret_sizes));
	for (size_t i = 0; i < stage->n_hosts; i++)
		ret_sizes[stage->hosts[i].priority / 10 - 1]++;
}

/* LIM-1: the best tiers first, one host of the next tier kept. */
static void
lim_1_tiers(void)
{
	static const struct {
		unsigned sizes[4], kept[4];
	} cases[] = {
		{{32}, {32}},
		{{33}, {32}},
		{{40}, {32}},
		{{4096}, {32}},
		{{10, 22}, {10, 22}},
		{{10, 23}, {10, 22}},
		{{10, 30}, {10, 22}},
		{{31, 1}, {31, 1}},
		{{31, 2}, {31, 1}},
		{{32, 1}, {31, 1}},
		{{40, 5}, {31, 1}},
		{{40, 5, 5}, {31, 1, 0}},
		{{1, 40}, {1, 31}},
		{{1, 40, 1}, {1, 30, 1}},
		{{20, 11, 9}, {20, 11, 1}},
		{{20, 12, 9}, {20, 11, 1}},
		{{30, 1, 1, 8}, {30, 1, 1, 0}},
		{{8, 8, 8, 9}, {8, 8, 8, 8}},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct bench *bench = bench_new("");
		unsigned kept[MOST_TIERS], total = 0;
		struct stage stage;

		make_stage(bench, cases[i].sizes, 4, 1, &stage);
		hosts_limit(&stage, 0, &bench->notes);
		count_tiers(&stage, kept);
		for (size_t t = 0; t < 4; t++) {
			CHECK(kept[t] == cases[i].kept[t], "case %zu, tier %zu: %u, not %u", i, t,
			      kept[t], cases[i].kept[t]);
			total += cases[i].sizes[t];
		}
		if (total - LIMIT_HOSTS < LIMIT_DROPS)
			CHECK(bench->notes.n_drops == total - stage.n_hosts,
			      "case %zu: %zu entries", i, bench->notes.n_drops);
		bench_free(bench);
	}
}

/* LIM-1: forty tiers of one host: the best 32. */
static void
lim_1_many_tiers(void)
{
	struct bench *bench = bench_new("");
	unsigned sizes[MOST_TIERS];
	struct stage stage;

	for (size_t i = 0; i < MOST_TIERS; i++)
		sizes[i] = 1;
	make_stage(bench, sizes, MOST_TIERS, 1, &stage);
	hosts_limit(&stage, 0, &bench->notes);
	CHECK(stage.n_hosts == LIMIT_HOSTS, "%zu", stage.n_hosts);
	for (size_t i = 0; i < stage.n_hosts; i++)
		CHECK(stage.hosts[i].priority == 10 * (i + 1), "%zu", i);
	bench_free(bench);
}

static const char *
kept_text(struct bench *bench, uint64_t key, const unsigned *sizes, size_t n_tiers,
	  uint32_t first_weight)
{
	struct selection sel = {.n_stages = 1};

	make_stage(bench, sizes, n_tiers, first_weight, &sel.stages[0]);
	hosts_limit(&sel.stages[0], key, &bench->notes);
	return bench_stages_text(bench, &sel);
}

/* LIM-1: the same hosts in every process and for every message; another key keeps others. */
static void
lim_1_a_keyed_choice(void)
{
	static const unsigned sizes[] = {40};
	struct bench *bench = bench_new("");
	const char *first = kept_text(bench, 0, sizes, 1, 1);
	unsigned changed = 0;

	CHECK_TEXT(kept_text(bench, 0, sizes, 1, 1), first, "the same key");
	for (uint64_t key = 1; key <= 100; key++)
		changed += strcmp(kept_text(bench, key, sizes, 1, 1), first) != 0;
	CHECK(changed >= 99, "%u of 100 keys keep other hosts", changed);
	bench_free(bench);
}

/* LIM-1: every host is as likely to stay over many keys; drawn by SRV-3, a heavy one always stays. */
static void
lim_1_the_choice_is_drawn_by_weight(void)
{
	static const unsigned sizes[] = {40};
	enum { KEYS = 2000 };
	unsigned kept[40] = {0};

	for (uint64_t key = 0; key < KEYS; key++) {
		struct bench *bench = bench_new("");
		const char *text = kept_text(bench, key, sizes, 1, 65535);

		for (unsigned i = 0; i < 40; i++) {
			char name[16];
			struct text name_text = text_into(name, sizeof(name));

			text_printf(&name_text, "h00-%03u", i);
			kept[i] += strstr(text, name) != NULL;
		}
		bench_free(bench);
	}
	CHECK(kept[0] == KEYS, "the heavy host: %u of %d", kept[0], KEYS);
	/* 31 of 39: expected 1589.7, standard deviation 18 */
	for (unsigned i = 1; i < 40; i++)
		CHECK(kept[i] > 1500 && kept[i] < 1680, "host %u: %u of %d", i, kept[i], KEYS);
}

/* SRV-3: hosts come out sorted by priority, name, port, though the draw has mixed them. */
static void
srv_3_hosts_stay_sorted(void)
{
	static const unsigned sizes[] = {20, 40, 3};
	struct bench *bench = bench_new("");
	struct stage stage;

	make_stage(bench, sizes, 3, 1, &stage);
	hosts_limit(&stage, 5, &bench->notes);
	for (size_t i = 1; i < stage.n_hosts; i++) {
		const struct host *a = &stage.hosts[i - 1], *b = &stage.hosts[i];

		CHECK(a->priority < b->priority ||
			      (a->priority == b->priority && dname_compare(a->name, b->name) < 0),
		      "%zu", i);
		CHECK(!b->out, "%zu", i);
	}
	bench_free(bench);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(lim_1_tiers),
	UNIT_TEST(lim_1_many_tiers),
	UNIT_TEST(lim_1_a_keyed_choice),
	UNIT_TEST(lim_1_the_choice_is_drawn_by_weight),
	UNIT_TEST(srv_3_hosts_stay_sorted),
	CU_TEST_INFO_NULL,
};
