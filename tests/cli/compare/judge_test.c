/* SPDX-License-Identifier: BSD-2-Clause */
/* The decisions, each as a whole table. */
#include "cli/compare/judge.h"

#include <string.h>

#include "unit.h"

const char unit_name[] = "cli/compare/judge";

enum { N_SRV_STATES = STATE_NO_DOMAIN, N_MX_STATES = STATE_NO_DOMAIN + 1 };

static void
publish(void)
{
	/* SRV down, MX across: published, null, absent, failed, bogus, not-asked, no-domain. */
	static const char *const expected[N_SRV_STATES] = {
		"B S S ? ? - S", /* published */
		"M N N ? ? - D", /* null */
		"M N N ? ? - D", /* absent */
		"? ? ? ? ? - D", /* failed */
		"? ? ? ? ? - D", /* bogus */
		"- - - - - - -", /* not-asked */
	};
	static const char letters[] = "BSMND?-"; /* as the labels stand in the enum */

	for (int srv = 0; srv < N_SRV_STATES; srv++)
		for (int mx = 0; mx < N_MX_STATES; mx++) {
			enum label_publish label =
				judge_publish((enum label_state)srv, (enum label_state)mx);

			CHECK(letters[label] == expected[srv][mx * 2], "SRV %s, MX %s: %s",
			      groups[GROUP_SRV].labels[srv].name, groups[GROUP_MX].labels[mx].name,
			      groups[GROUP_PUBLISH].labels[label].name);
		}
}

static const char *const names[] = {"a.test", "b.test", "c.test"};

static struct read_records
names_of(unsigned set, bool repeat)
{
	struct read_records records = {.state = STATE_PUBLISHED};

	for (unsigned i = 0; i < 3; i++)
		if (set & 1u << i)
			records.records[records.n_records++].name = names[i];
	if (repeat)
		records.records[records.n_records++].name = records.records[0].name;
	return records;
}

/* All sets of up to three names, with and without a name that stands twice (on two ports). */
static void
agreement(void)
{
	for (unsigned srv = 1; srv < 8; srv++)
		for (unsigned mx = 1; mx < 8; mx++)
			for (int repeat = 0; repeat < 4; repeat++) {
				struct read_records a = names_of(srv, repeat & 1),
						    b = names_of(mx, repeat & 2);
				enum label_agreement expected =
					srv == mx	    ? AGREEMENT_SAME
					: (srv & mx) == srv ? AGREEMENT_SRV_FEWER
					: (srv & mx) == mx  ? AGREEMENT_SRV_MORE
					: srv & mx	    ? AGREEMENT_OVERLAP
							    : AGREEMENT_DISJOINT;

				CHECK(judge_agreement(&a, &b) == expected, "SRV %u, MX %u, %d", srv,
				      mx, repeat);
			}
}

struct srv_case {
	const char *what;
	struct read_record records[4]; /* to the first without a name */
	enum label_ports ports;
	enum label_tiers tiers;
	enum label_weights weights;
};

static void
srv_records(void)
{
	static const struct srv_case cases[] = {
		{"one", {{"a", 10, 0, 25}}, PORTS_ONLY_25, TIERS_ONE, WEIGHTS_ALONE},
		{"one, elsewhere", {{"a", 0, 7, 26}}, PORTS_NEVER_25, TIERS_ONE, WEIGHTS_ALONE},
		{"zero",
		 {{"a", 1, 0, 25}, {"b", 1, 0, 25}},
		 PORTS_ONLY_25,
		 TIERS_ONE,
		 WEIGHTS_ALL_ZERO},
		{"same",
		 {{"a", 1, 5, 25}, {"b", 1, 5, 26}},
		 PORTS_SOME_25,
		 TIERS_ONE,
		 WEIGHTS_EQUAL},
		{"zero and one",
		 {{"a", 1, 0, 26}, {"b", 1, 1, 27}},
		 PORTS_NEVER_25,
		 TIERS_ONE,
		 WEIGHTS_UNEQUAL},
		{"largest",
		 {{"a", 1, 65535, 1}, {"b", 1, 65535, 2}},
		 PORTS_NEVER_25,
		 TIERS_ONE,
		 WEIGHTS_EQUAL},
		{"the last differs",
		 {{"a", 1, 5, 25}, {"b", 1, 5, 25}, {"c", 1, 4, 25}},
		 PORTS_ONLY_25,
		 TIERS_ONE,
		 WEIGHTS_UNEQUAL},
		{"best first",
		 {{"a", 1, 0, 25}, {"b", 2, 1, 25}, {"c", 2, 2, 25}},
		 PORTS_ONLY_25,
		 TIERS_SEVERAL,
		 WEIGHTS_ALONE},
		{"best last",
		 {{"a", 2, 1, 25}, {"b", 2, 2, 25}, {"c", 1, 0, 26}},
		 PORTS_SOME_25,
		 TIERS_SEVERAL,
		 WEIGHTS_ALONE},
		{"best around",
		 {{"a", 1, 3, 25}, {"b", 2, 2, 25}, {"c", 1, 3, 25}},
		 PORTS_ONLY_25,
		 TIERS_SEVERAL,
		 WEIGHTS_EQUAL},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		const struct srv_case *c = &cases[i];
		struct read_records srv = {.state = STATE_PUBLISHED};

		for (size_t j = 0; j < N_OF(c->records) && c->records[j].name; j++)
			srv.records[srv.n_records++] = c->records[j];
		CHECK(judge_ports(&srv) == c->ports, "%s", c->what);
		CHECK(judge_tiers(&srv) == c->tiers, "%s", c->what);
		CHECK(judge_weights(&srv) == c->weights, "%s", c->what);
	}
}

static void
change(void)
{
	static const char *const expected[] = {
		"SGG", /* delivered; by MX alone delivered, deferred, rejected */
		"LSO", /* deferred */
		"LOS", /* rejected */
	};
	static const char letters[] = "SGLO";

	for (int routed = 0; routed < 3; routed++)
		for (int mx = 0; mx < 3; mx++)
			CHECK(letters[judge_change((enum label_outcome)routed,
						   (enum label_outcome)mx)] == expected[routed][mx],
			      "%d beside %d", routed, mx);
}

/* All sets of requirements: the least is the last that is in it. */
static void
least_tls(void)
{
	for (unsigned set = 1; set < 16; set++) {
		struct read_host hosts[4] = {0};
		enum label_tls least = TLS_DANE;
		size_t n = 0;

		for (unsigned tls = 0; tls < 4; tls++)
			if (set & 1u << tls) {
				least = (enum label_tls)tls;
				hosts[n++].tls = least;
			}
		CHECK(judge_tls(hosts, n) == least, "set %u", set);
		hosts[0].tls = least; /* the other way round */
		CHECK(judge_tls(hosts, n) == least, "set %u, weakest first", set);
	}
}

/* What a domain is compared by, and which groups are about it. */
static void
who_is_compared(void)
{
	for (unsigned bits = 0; bits < 16; bits++) {
		struct read_line line = {
			.has_mx = bits & 1,
			.source = bits & 2 ? SOURCE_SRV : SOURCE_MX,
			.route.outcome = bits & 4 ? OUTCOME_DELIVERABLE : OUTCOME_DEFER,
			.mx.outcome = bits & 8 ? OUTCOME_DELIVERABLE : OUTCOME_REJECT,
		};
		bool by_mx = bits & 1 ? bits & 8 : bits & 4;
		int labels[N_GROUPS];

		line.route.n_hosts = line.route.n_best = 1;
		line.mx.n_hosts = line.mx.n_best = 1;
		line.route.hosts[0].tls = TLS_STS;
		line.mx.hosts[0].tls = TLS_DANE;
		judge_line(&line, labels);
		CHECK(judge_is_compared(&line) == (bits == 15), "%u", bits);
		CHECK(labels[GROUP_REQUIREMENT] == (bits == 15 ? REQUIREMENT_WEAKER : NOT_COUNTED),
		      "%u", bits);
		CHECK((labels[GROUP_CHANGE] != NOT_COUNTED) == (bits & 1), "%u", bits);
		CHECK((labels[GROUP_TLS] != NOT_COUNTED) == !!(bits & 4), "%u", bits);
		CHECK((labels[GROUP_DANE] != NOT_COUNTED) == !!(bits & 4), "%u", bits);
		CHECK((labels[GROUP_HOST_SECURITY] != NOT_COUNTED) == !!(bits & 4), "%u", bits);
		CHECK((labels[GROUP_TLS_MX] != NOT_COUNTED) == by_mx, "%u", bits);
		CHECK((labels[GROUP_DANE_MX] != NOT_COUNTED) == by_mx, "%u", bits);
		CHECK(labels[GROUP_OUTCOME_MX] ==
			      (int)(bits & 1 ? line.mx.outcome : line.route.outcome),
		      "%u", bits);
	}
}

/* Only the best tier decides what is demanded of first attempts; of DANE and DNSSEC all hosts are told. */
static void
tiers_and_parts(void)
{
	static struct read_line line = {
		.has_mx = true,
		.source = SOURCE_SRV,
		.route = {.n_hosts = 3, .n_best = 2},
		.mx = {.n_hosts = 2, .n_best = 1},
	};
	int labels[N_GROUPS];

	line.route.hosts[0].tls = TLS_DANE;
	line.route.hosts[1].tls = TLS_STS;
	line.route.hosts[2].tls = TLS_MAY;
	line.route.hosts[2].is_secure = true;
	line.mx.hosts[0].tls = TLS_ENCRYPT;
	line.mx.hosts[1].tls = TLS_DANE;
	judge_line(&line, labels);
	CU_ASSERT_EQUAL(labels[GROUP_REQUIREMENT], REQUIREMENT_STRONGER);
	CU_ASSERT_EQUAL(labels[GROUP_TLS], TLS_MAY);
	CU_ASSERT_EQUAL(labels[GROUP_TLS_MX], TLS_ENCRYPT);
	CU_ASSERT_EQUAL(labels[GROUP_DANE], PART_SOME);
	CU_ASSERT_EQUAL(labels[GROUP_DANE_MX], PART_SOME);
	CU_ASSERT_EQUAL(labels[GROUP_HOST_SECURITY], PART_SOME);
	line.mx.hosts[0].tls = TLS_STS;
	line.route.hosts[2].is_secure = false;
	judge_line(&line, labels);
	CU_ASSERT_EQUAL(labels[GROUP_REQUIREMENT], REQUIREMENT_SAME);
	CU_ASSERT_EQUAL(labels[GROUP_HOST_SECURITY], PART_NONE);
	line.mx.hosts[0].tls = TLS_DANE;
	judge_line(&line, labels);
	CU_ASSERT_EQUAL(labels[GROUP_REQUIREMENT], REQUIREMENT_WEAKER);
	CU_ASSERT_EQUAL(labels[GROUP_DANE_MX], PART_ALL);
}

/* Every label can be found by its name, no name stands twice, and each has a title. */
static void
the_table(void)
{
	for (int g = 0; g < N_GROUPS; g++) {
		const struct group *group = &groups[g];

		CHECK(group->name && group->title && group->of && group->note, "%d", g);
		CHECK(group->n_labels >= 2 && group->n_labels <= MOST_LABELS, "%d", g);
		for (size_t i = 0; i < group->n_labels; i++) {
			CHECK(groups_label((enum compare_group)g, group->labels[i].name) == (int)i,
			      "%s", group->labels[i].name);
			CHECK(strcmp(group->labels[i].name, "of") != 0, "%s", group->name);
			CHECK(group->labels[i].title[0] != '\0', "%s", group->labels[i].name);
		}
		CHECK(groups_label((enum compare_group)g, "no label") == -1, "%d", g);
	}
	CHECK_TEXT(groups[GROUP_MX].labels[STATE_NO_DOMAIN].name, "no-domain", "MX");
	CU_ASSERT_EQUAL(groups[GROUP_SRV].n_labels, STATE_NO_DOMAIN);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(publish),	    UNIT_TEST(agreement), UNIT_TEST(srv_records),
	UNIT_TEST(change),	    UNIT_TEST(least_tls), UNIT_TEST(who_is_compared),
	UNIT_TEST(tiers_and_parts), UNIT_TEST(the_table), CU_TEST_INFO_NULL,
};
