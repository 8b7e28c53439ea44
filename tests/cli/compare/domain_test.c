/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain's first attempts, and its line. */
#include "cli/compare/domain.h"

#include <string.h>

#include "line_text.h"
#include "unit.h"

const char unit_name[] = "cli/compare/domain";

static struct compare_domain domain;

static void
check_host(size_t i, const char *name, unsigned port, uint32_t routed, uint32_t mx)
{
	const struct compare_host *host = &domain.hosts[i];

	CU_ASSERT_FATAL(i < domain.n_hosts);
	CHECK_TEXT(host->name, name, "host %zu", i);
	CHECK(host->port == port && host->routed == routed && host->mx == mx, "%s: %u, %u, %u",
	      name, host->port, host->routed, host->mx);
}

static void
load(void)
{
	json_t *line = parse(full_line);

	CU_ASSERT_PTR_NULL_FATAL(domain_read(line, &domain));
	CU_ASSERT_TRUE(domain.is_compared);
	CU_ASSERT_EQUAL(domain.n_hosts, 2);
	check_host(0, "a.test", 2525, 600000, 0);
	check_host(1, "b.test", 25, 400000, 1000000);
	CU_ASSERT_EQUAL(domain.moved, 600000);
	CU_ASSERT_EQUAL(domain.label[GROUP_AGREEMENT], AGREEMENT_SRV_MORE);
	CU_ASSERT_EQUAL(domain.label[GROUP_REQUIREMENT], REQUIREMENT_STRONGER);
	json_decref(line);
}

/* The same name on another port is another host; the same pair twice is one. */
static void
names_and_ports(void)
{
	json_t *line =
		line_with("hosts", "[" HOST("srv", 1, 0.5, "b.test", 25, "secure", "may") "," HOST(
					   "srv", 1, 0.25, "b.test", 26, "secure",
					   "may") "," HOST("srv", 1, 0.25, "b.test", 25, "secure",
							   "may") "]");

	CU_ASSERT_PTR_NULL_FATAL(domain_read(line, &domain));
	CU_ASSERT_EQUAL(domain.n_hosts, 2);
	check_host(0, "b.test", 25, 750000, 1000000);
	check_host(1, "b.test", 26, 250000, 0);
	CU_ASSERT_EQUAL(domain.moved, 250000);
	json_decref(line);
}

/* Only what delivers gets attempts; moved is of those that are compared. */
static void
one_way(void)
{
	json_t *line = line_with("outcome", "\"defer\"");

	CU_ASSERT_PTR_NULL_FATAL(domain_read(line, &domain));
	CU_ASSERT_FALSE(domain.is_compared);
	CU_ASSERT_EQUAL(domain.n_hosts, 1);
	check_host(0, "b.test", 25, 0, 1000000);
	CU_ASSERT_EQUAL(domain.moved, 0);
	json_decref(line);
	line = line_with("without_srv", "null");
	CU_ASSERT_PTR_NULL_FATAL(domain_read(line, &domain));
	CU_ASSERT_FALSE(domain.is_compared);
	CU_ASSERT_EQUAL(domain.n_hosts, 2);
	check_host(0, "a.test", 2525, 600000, 600000);
	check_host(1, "b.test", 25, 400000, 400000);
	json_decref(line);
}

static void
what_is_no_domain(void)
{
	json_t *line = parse("{\"error\":\"too long\",\"domain\":\"\"}");

	CU_ASSERT_PTR_NULL_FATAL(domain_read(line, &domain));
	CU_ASSERT_TRUE(domain.is_input_error);
	CU_ASSERT_FALSE(domain.is_compared);
	json_decref(line);
	line = line_with("error", "null");
	CHECK_TEXT(domain_read(line, &domain), "error", "null");
	json_decref(line);
	line = line_with("schema", "\"nextmx.check/1\"");
	CHECK_TEXT(domain_read(line, &domain), "schema", "another");
	json_decref(line);
	line = parse("[]");
	CHECK_TEXT(domain_read(line, &domain), "domain", "an array");
	json_decref(line);
}

static void
printed(void)
{
	static const char expected[] =
		"{\"schema\":\"nextmx.compare-domain/"
		"1\",\"domain\":\"d.test\",\"input\":\"\\\"\\n\\u001B\","
		"\"status\":\"2.0.0\",\"groups\":{\"publish\":\"both\",\"srv\":\"published\","
		"\"mx\":\"published\",\"agreement\":\"srv-more\",\"ports\":\"some-25\","
		"\"tiers\":\"one\",\"weights\":\"unequal\",\"srv-security\":\"secure\","
		"\"mx-security\":\"insecure\",\"host-security\":\"some\",\"dane\":\"some\","
		"\"dane-mx\":\"none\",\"sts\":\"enforce\",\"tls\":\"may\",\"tls-mx\":\"encrypt\","
		"\"source\":\"srv\",\"outcome\":\"deliverable\",\"outcome-mx\":\"deliverable\","
		"\"change\":\"same\",\"requirement\":\"stronger\"},\"moved\":600000,\"hosts\":["
		"{\"host\":\"a.test\",\"port\":2525,\"routed\":600000,\"mx\":0},"
		"{\"host\":\"b.test\",\"port\":25,\"routed\":400000,\"mx\":1000000}]}\n";
	json_t *line = line_with("input", "\"\\\"\\n\\u001b\"");
	char text[4096] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	CU_ASSERT_PTR_NULL_FATAL(domain_read(line, &domain));
	CU_ASSERT_TRUE(domain_print(out, &domain));
	fclose(out);
	CHECK_TEXT(text, expected, "a line");
	json_decref(line);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(load),    UNIT_TEST(names_and_ports),
	UNIT_TEST(one_way), UNIT_TEST(what_is_no_domain),
	UNIT_TEST(printed), CU_TEST_INFO_NULL,
};
