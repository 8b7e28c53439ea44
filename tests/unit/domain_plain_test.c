/* SPDX-License-Identifier: BSD-2-Clause */
/* Names that are read in one pass, beside the functions that judge all the others. */
#include "policy/domain.h"

#include "base/clock.h"
#include "unit.h"

const char unit_name[] = "policy/domain, plain names";

static struct arena arena;

/* Whatever ASCII is asked: the judgement of the wire form, in base/dname.h, decides. */
static void
idn_1_names_in_one_pass_are_judged_alike(void)
{
	static const char octets[] = "aZ09-_..bc";
	struct rng rng = rng_from_seed(5891);

	for (int i = 0; i < 300000; i++) {
		size_t n = 1 + rng_below(&rng, i % 100 ? 12 : 300);
		unsigned kinds = 2 + (unsigned)rng_below(&rng, 9);
		uint8_t name[LIMIT_NAME];
		char text[320], buffer[LIMIT_NAME_TEXT];
		struct domain d;
		bool good;

		for (size_t j = 0; j < n; j++)
			text[j] = octets[rng_below(&rng, kinds)];
		text[n] = '\0';
		good = dname_from_text(text, n, name) && !dname_is_root(name) &&
		       !dname_is_address(name) && dname_is_host(name) &&
		       (i % 2 || dname_labels(name) > 1);
		CHECK(domain_parse(text, i % 2, &arena, &d), "memory");
		CHECK(d.kind == (good ? DOMAIN_NAME : DOMAIN_BAD_NAME), "%s", text);
		if (good) {
			CHECK(dname_equal(d.name, name), "%s", text);
			CHECK_TEXT(d.text, dname_text(name, buffer), "%s", text);
		}
		if (i % 1000 == 0) {
			arena_done(&arena);
			arena_init(&arena);
		}
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(idn_1_names_in_one_pass_are_judged_alike),
	CU_TEST_INFO_NULL,
};
