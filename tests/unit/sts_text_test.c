/* SPDX-License-Identifier: BSD-2-Clause */
/* The public functions of MTA-STS: arguments, results, lifetimes, and each allocation failing
 * in turn. */
#include <nextmx.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "unit.h"

const char unit_name[] = "resolver/sts_text";

/* The linker sends our objects' calls here (--wrap); libraries' own go past it. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);

static unsigned allocations, fail_at; /* 0: none fails */

static bool
fails(void)
{
	return ++allocations == fail_at;
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

static const char good[] = "version: STSv1\nmode: enforce\nmx: mx.example.org\n"
			   "mx: *.b\xc3\xbc"
			   "cher.example\nmx: *\nmax_age: 604800\n";

/* STS-1 */
static void
sts_1_the_id_of_records(void)
{
	const char *const rrs[] = {"v=spf1 -all", "v=STSv1; id=20261123; x", NULL};
	char id[NMX_STS_ID_SIZE] = "untouched", small[NMX_STS_ID_SIZE - 1];
	const char *note = NULL;

	CHECK(nmx_sts_txt(rrs, 1, id, sizeof(id), &note) == NMX_E_VALUE, "none");
	CHECK_TEXT(id, "untouched", "none");
	CHECK_TEXT(note, "no record begins with v=STSv1;", "none");
	CHECK(nmx_sts_txt(NULL, 0, id, sizeof(id), NULL) == NMX_E_VALUE, "no records");
	CHECK(nmx_sts_txt(rrs, 2, id, sizeof(id), &note) == NMX_OK, "one");
	CHECK_TEXT(id, "20261123", "one");
	CHECK(note && *note, "what others may refuse");
	CHECK(nmx_sts_txt(&(const char *const){"v=STSv1; id=1"}, 1, id, sizeof(id), &note) == 0,
	      "good");
	CHECK_TEXT(note, "", "nothing to say");
	CHECK(nmx_sts_txt(rrs, 2, id, sizeof(id), NULL) == NMX_OK, "without a note");
	CHECK(nmx_sts_txt(rrs, 3, id, sizeof(id), &note) == NMX_E_INVALID, "NULL");
	CHECK(nmx_sts_txt(NULL, 1, id, sizeof(id), &note) == NMX_E_INVALID, "NULL");
	CHECK(nmx_sts_txt(rrs, 2, NULL, sizeof(id), &note) == NMX_E_INVALID, "NULL");
	CHECK(nmx_sts_txt(rrs, 2, small, sizeof(small), &note) == NMX_E_INVALID, "size");
}

/* STS-3 */
static void
sts_3_a_policy_by_its_getters(void)
{
	struct nmx_sts_policy *policy = NULL;
	unsigned line = 7;
	const char *fault = "untouched";

	if (!CHECK(nmx_sts_policy_new(good, sizeof(good) - 1, &policy, &line, &fault) == NMX_OK,
		   "line %u: %s", line, fault))
		return;
	CHECK(line == 7, "untouched");
	CHECK_TEXT(fault, "untouched", "good");
	CHECK(nmx_sts_policy_mode(policy) == NMX_STS_ENFORCE, "mode");
	CHECK(nmx_sts_policy_max_age(policy) == 604800, "max_age");
	CHECK(nmx_sts_policy_mx_count(policy) == 2, "mx");
	CHECK_TEXT(nmx_sts_policy_mx(policy, 0), "mx.example.org", "mx");
	CHECK_TEXT(nmx_sts_policy_mx(policy, 1), "*.xn--bcher-kva.example", "mx");
	CHECK(nmx_sts_policy_mx(policy, 2) == NULL, "beyond");
	CHECK(nmx_sts_policy_remark_count(policy) == 2, "remarks");
	CHECK(nmx_sts_policy_remark(policy, 1, &line) && line == 5, "line %u", line);
	CHECK(nmx_sts_policy_remark(policy, 0, NULL) != NULL, "without a line");
	CHECK(nmx_sts_policy_remark(policy, 2, &line) == NULL && line == 5, "beyond");
	nmx_sts_policy_free(policy);
	nmx_sts_policy_free(NULL);
}

/* STS-3 */
static void
sts_3_a_policy_that_is_refused(void)
{
	struct nmx_sts_policy *policy = NULL;
	unsigned line = 7;
	const char *fault = NULL;

	CHECK(nmx_sts_policy_new("version: 1", 10, &policy, &line, &fault) == NMX_E_VALUE, "bad");
	CHECK(line == 1 && !policy, "line %u", line);
	CHECK_TEXT(fault, "the version is not STSv1", "bad");
	CHECK(nmx_sts_policy_new("", 0, &policy, NULL, NULL) == NMX_E_VALUE, "empty");
	CHECK(nmx_sts_policy_new(NULL, 0, &policy, &line, &fault) == NMX_E_INVALID, "NULL");
	CHECK(nmx_sts_policy_new(good, 1, NULL, &line, &fault) == NMX_E_INVALID, "NULL");
	CHECK(line == 1 && !policy, "untouched");
}

/* STS-6, IDN-1 */
static void
sts_6_matching(void)
{
	char fault[128] = "untouched", cut[12] = "";

	CHECK(nmx_sts_match("MX.Example.", "*.example", fault, sizeof(fault)) == 1, "match");
	CHECK(nmx_sts_match("a.mx.example", "*.example", fault, sizeof(fault)) == 0, "no match");
	CHECK(nmx_sts_match("mx.b\xc3\xbc"
			    "cher.example",
			    "*.xn--bcher-kva.example", NULL, 0) == 1,
	      "U-labels");
	CHECK_TEXT(fault, "untouched", "no fault");
	CHECK(nmx_sts_match("*.example", "*.example", fault, sizeof(fault)) == NMX_E_VALUE,
	      "a pattern is no host");
	CHECK(strncmp(fault, "the host: only letters", 22) == 0, "%s", fault);
	CHECK(nmx_sts_match("a.example", "", fault, sizeof(fault)) == NMX_E_VALUE, "empty");
	CHECK_TEXT(fault, "the pattern: empty", "empty");
	CHECK(nmx_sts_match("192.0.2.1", "a.example", cut, sizeof(cut)) == NMX_E_VALUE, "address");
	CHECK_TEXT(cut, "the host: a", "cut");
	CHECK(nmx_sts_match("", "a.example", NULL, 0) == NMX_E_VALUE, "nowhere to write");
	CHECK(nmx_sts_match(NULL, "a", NULL, 0) == NMX_E_INVALID, "NULL");
	CHECK(nmx_sts_match("a", NULL, NULL, 0) == NMX_E_INVALID, "NULL");
	CHECK(nmx_sts_match("a", "a", NULL, 1) == NMX_E_INVALID, "NULL");
}

static int
read_record(void)
{
	const char *const rr = "v=STSv1; id=1";
	char id[NMX_STS_ID_SIZE];

	return nmx_sts_txt(&rr, 1, id, sizeof(id), NULL);
}

static int
read_policy(void)
{
	struct nmx_sts_policy *policy = NULL;
	int result = nmx_sts_policy_new(good, sizeof(good) - 1, &policy, NULL, NULL);

	CHECK((result == 0) == (policy != NULL), "%d", result);
	nmx_sts_policy_free(policy);
	return result;
}

static int
read_names(void)
{
	return nmx_sts_match("b\xc3\xbc"
			     "cher.example",
			     "*.example", NULL, 0);
}

/* Calls it until no allocation fails any more; returns how often it said so. An allocation may fail
 * inside IDNA without harm, so that the result is right all the same. */
static unsigned
fail_each(int (*call)(void), int expected)
{
	unsigned said = 0, at = 0;
	int result;

	do {
		allocations = 0;
		fail_at = ++at;
		result = call();
		fail_at = 0;
		said += result == NMX_E_NOMEM;
		CHECK(result == NMX_E_NOMEM || result == expected, "allocation %u: %d", at, result);
	} while (allocations >= at);
	CHECK(result == expected, "%d", result);
	return said;
}

static void
without_memory_nothing_is_said(void)
{
	CHECK(fail_each(read_record, NMX_OK) == 1, "record");
	CHECK(fail_each(read_policy, NMX_OK) >= 2, "policy");
	CHECK(fail_each(read_names, 1) >= 1, "names");
}

static char large[30000] = "version: STSv1\nmode: enforce\nmax_age: 604800\n";

static int
read_large(void)
{
	struct nmx_sts_policy *policy = NULL;
	int result = nmx_sts_policy_new(large, strlen(large), &policy, NULL, NULL);

	CHECK((result == 0) == (policy != NULL), "%d", result);
	CHECK(result || nmx_sts_policy_mx_count(policy) == 250, "a pattern is missing");
	nmx_sts_policy_free(policy);
	return result;
}

/* Blocks are of 4 KiB: a policy that needs several fails at each. */
static void
without_memory_nothing_is_said_of_a_large_policy(void)
{
	for (unsigned i = 0; i < 250; i++) {
		size_t n = strlen(large);

		snprintf(large + n, sizeof(large) - n,
			 "mx: %sm%u.b\xc3\xbc"
			 "cher.example\n",
			 i % 2 ? "*." : "", i);
	}
	CHECK(fail_each(read_large, NMX_OK) > 5, "blocks");
}

static char odd[20000];

static int
read_odd(void)
{
	struct nmx_sts_policy *policy = NULL;
	int result = nmx_sts_policy_new(odd, strlen(odd), &policy, NULL, NULL);

	CHECK(result || nmx_sts_policy_remark_count(policy) == 32, "a remark is missing");
	nmx_sts_policy_free(policy);
	return result;
}

/* n patterns, then 32 remarks: eight lines with blanks, a U-label, a final dot, one label. */
static void
write_odd(unsigned n)
{
	struct text text = text_into(odd, sizeof(odd));

	text_add(&text, "version: STSv1\nmode: none\nmax_age: 604800\n");
	while (n--)
		text_printf(&text, "mx: mail%u.example.org\n", n);
	for (unsigned i = 0; i < 8; i++)
		text_printf(&text, "mx : m%u\xc3\xbc.\n", i);
}

/* The end of a block comes at another remark each time. */
static void
without_memory_no_remark_is_lost(void)
{
	for (unsigned n = 0; n < 128; n += 2) {
		write_odd(n);
		CHECK(fail_each(read_odd, NMX_OK) >= 2, "%u", n);
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(sts_1_the_id_of_records),
	UNIT_TEST(sts_3_a_policy_by_its_getters),
	UNIT_TEST(sts_3_a_policy_that_is_refused),
	UNIT_TEST(sts_6_matching),
	UNIT_TEST(without_memory_nothing_is_said),
	UNIT_TEST(without_memory_nothing_is_said_of_a_large_policy),
	UNIT_TEST(without_memory_no_remark_is_lost),
	CU_TEST_INFO_NULL,
};
