/* SPDX-License-Identifier: BSD-2-Clause */
/* Sums and lists; and every allocation fails in turn. */
#include "cli/compare/totals.h"

#include <stdlib.h>
#include <string.h>

#include "line_text.h"
#include "unit.h"

const char unit_name[] = "cli/compare/totals";

/* The linker sends our objects' calls here (--wrap). */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

static int left = -1; /* allocations until one fails; below zero none does */

static bool
fails(void)
{
	return left >= 0 && left-- == 0;
}

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

char *
__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

/* jansson's calls go past the linker's. Where it reads it does not bear to be refused (memory.h). */
static void *
json_get(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

/* ---- Tallies ------------------------------------------------------------------------------------ */

static int
by_name(const struct tally *a, const struct tally *b)
{
	return strcmp(a->name, b->name);
}

static void
names_and_domains(void)
{
	struct tallies *tallies = tallies_new(3);
	const struct tally *const *sorted;
	size_t n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(tallies_sorted(tallies, by_name, &n));
	CU_ASSERT_EQUAL(n, 0);
	tallies_count(tallies, "b", 1);
	tallies_count(tallies, "a", 1);
	tallies_count(tallies, "b", 1);
	tallies_count(tallies, "b", 2);
	sorted = tallies_sorted(tallies, by_name, &n);
	CU_ASSERT_EQUAL_FATAL(n, 2);
	CHECK_TEXT(sorted[0]->name, "a", "sorted");
	CHECK(sorted[1]->domains == 2 && sorted[1]->n == 3, "%d", (int)sorted[1]->n);
	tallies_count(tallies, "c", 3);
	tallies_count(tallies, "d", 3); /* one too many */
	tallies_count(tallies, "e", 3);
	tallies_count(tallies, "a", 3);
	sorted = tallies_sorted(tallies, by_name, &n);
	CU_ASSERT_EQUAL_FATAL(n, 4);
	CHECK(sorted[0]->domains == 2, "%d", (int)sorted[0]->domains);
	CHECK_TEXT(sorted[3]->name, "others", "the last, whatever the order");
	CHECK(sorted[3]->domains == 1 && sorted[3]->n == 2, "%d", (int)sorted[3]->n);
	tallies_free(tallies);
}

/* The table grows, and loses nobody. */
static void
many_names(void)
{
	struct tallies *tallies = tallies_new(100000);
	const struct tally *const *sorted;
	size_t n;

	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < 20000; i++) {
			char name[16];

			snprintf(name, sizeof(name), "%05u", i);
			CU_ASSERT_PTR_NOT_NULL_FATAL(tallies_count(tallies, name, round + 1));
		}
	sorted = tallies_sorted(tallies, by_name, &n);
	CU_ASSERT_EQUAL_FATAL(n, 20000);
	for (unsigned i = 0; i < 20000; i++)
		CHECK(strtoul(sorted[i]->name, NULL, 10) == i && sorted[i]->n == 2, "%u: %s", i,
		      sorted[i]->name);
	tallies_free(tallies);
}

/* ---- Totals ------------------------------------------------------------------------------------- */

static bool
add(struct totals *totals, json_t *line)
{
	static struct compare_domain domain;
	bool good = domain_read(line, &domain) == NULL && totals_add(totals, &domain);

	json_decref(line);
	return good;
}

static const struct tally *
find(struct totals *totals, enum tally_list list, const char *name)
{
	size_t n;
	const struct tally *const *sorted = totals_sorted(totals, list, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(sorted[i]->name, name) == 0)
			return sorted[i];
	return NULL;
}

static void
check_tally(struct totals *totals, enum tally_list list, const char *name, uint64_t domains,
	    uint64_t n)
{
	const struct tally *tally = find(totals, list, name);

	if (CHECK(tally, "%s", name))
		CHECK(tally->domains == domains && tally->n == n, "%s: %d domains, %d times", name,
		      (int)tally->domains, (int)tally->n);
}

static void
sums(void)
{
	struct totals totals;
	const struct tally *host;

	CU_ASSERT_TRUE_FATAL(totals_init(&totals));
	CHECK(totals_moved(&totals) == 0, "nothing");
	CU_ASSERT_TRUE(add(&totals, parse(full_line)));
	CU_ASSERT_TRUE(add(&totals, parse(full_line)));
	CU_ASSERT_TRUE(add(&totals, parse("{\"error\":\"none\"}")));
	CU_ASSERT_TRUE(add(&totals, line_with("outcome", "\"defer\"")));
	CU_ASSERT_TRUE(
		add(&totals,
		    line_with("records",
			      "{\"srv\":" ANSWER("SERVFAIL", "indeterminate", "") ",\"mx\":" ANSWER(
				      "NOERROR", "bogus", "") "}")));
	totals_add_unreadable(&totals);
	CU_ASSERT_EQUAL(totals.lines, 6);
	CU_ASSERT_EQUAL(totals.domains, 4);
	CU_ASSERT_EQUAL(totals.input_errors, 1);
	CU_ASSERT_EQUAL(totals.unreadable, 1);
	CU_ASSERT_EQUAL(totals_of(&totals, GROUP_PUBLISH), 4);
	CU_ASSERT_EQUAL(totals.counts[GROUP_PUBLISH][PUBLISH_BOTH], 3);
	CU_ASSERT_EQUAL(totals_of(&totals, GROUP_AGREEMENT), 3);
	CU_ASSERT_EQUAL(totals.compared, 3);
	CU_ASSERT_EQUAL(totals.moved, 1800000);
	CHECK(totals_moved(&totals) == 0.6, "%f", totals_moved(&totals));
	check_tally(&totals, TALLY_PORTS, "2525", 3, 3);
	check_tally(&totals, TALLY_WEIGHTS, "40", 3, 3);
	check_tally(&totals, TALLY_DROPS, "port-zero", 4, 8);
	check_tally(&totals, TALLY_STATUSES, "2.0.0", 1, 1); /* as the line has it */
	check_tally(&totals, TALLY_FAILURES, "SRV SERVFAIL", 1, 1);
	check_tally(&totals, TALLY_FAILURES, "MX bogus", 1, 1);
	host = find(&totals, TALLY_HOSTS, "b.test:25");
	CU_ASSERT_PTR_NOT_NULL_FATAL(host);
	CHECK(host->routed == 1200000 && host->mx == 3000000, "%d", (int)host->routed);
	totals_done(&totals);
}

#define SHARED(stage)                                                   \
	"[" HOST(stage, 1, 0.2, "c.test", 25, "secure",                 \
		 "may") "," HOST(stage, 1, 0.4, "e.test", 25, "secure", \
				 "may") "," HOST(stage, 1, 0.4, "d.test", 25, "secure", "may") "]"

/* Hosts: what moves most, then who has most, then the name. */
static void
order(void)
{
	static const char *const expected[] = {"b.test:25", "a.test:2525", "d.test:25", "e.test:25",
					       "c.test:25"};
	struct totals totals;
	const struct tally *const *sorted;
	json_t *line;
	size_t n;

	CU_ASSERT_TRUE_FATAL(totals_init(&totals));
	/* a: 600000 to 0; b: 400000 to 1000000, which moves as much, of more. */
	CU_ASSERT_TRUE(add(&totals, parse(full_line)));
	/* Nothing moves; c has less. */
	line = line_with("hosts", SHARED("srv"));
	json_object_set_new(json_object_get(line, "without_srv"), "hosts", parse(SHARED("mx")));
	CU_ASSERT_TRUE(add(&totals, line));
	sorted = totals_sorted(&totals, TALLY_HOSTS, &n);
	CU_ASSERT_EQUAL_FATAL(n, N_OF(expected));
	for (size_t i = 0; i < n; i++)
		CHECK_TEXT(sorted[i]->name, expected[i], "%zu", i);
	totals_done(&totals);
}

/* ---- Without memory ----------------------------------------------------------------------------- */

/* Everything once: add, print. False: memory ran out somewhere, and somebody said so. */
static bool
use_all(json_t *line)
{
	struct totals totals;
	static char text[65536];
	FILE *out = fmemopen(text, sizeof(text), "w");
	static struct compare_domain domain;
	bool good = false;

	CU_ASSERT_FATAL(out != NULL);
	CHECK(domain_read(line, &domain) == NULL, "the line is good");
	if (totals_init(&totals)) {
		good = totals_add(&totals, &domain) && domain_print(out, &domain) &&
		       totals_print_json(out, &totals, 5) && totals_print_text(out, &totals, 5);
		totals_done(&totals);
	}
	fclose(out);
	return good;
}

static void
each_in_turn(void)
{
	json_t *line = parse(full_line);
	int n = 0;

	json_set_alloc_funcs(json_get, free);
	for (bool good = false; !good; n++) {
		left = n;
		good = use_all(line);
		CHECK(good == (left >= 0), "allocation %d: %s", n, good ? "not noticed" : "told");
	}
	left = -1;
	json_set_alloc_funcs(malloc, free);
	json_decref(line);
	CHECK(n > 20, "%d allocations", n);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(names_and_domains), UNIT_TEST(many_names), UNIT_TEST(sums), UNIT_TEST(order),
	UNIT_TEST(each_in_turn),      CU_TEST_INFO_NULL,
};
