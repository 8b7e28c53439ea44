/* SPDX-License-Identifier: BSD-2-Clause */
/* What a line must have, and what is made of it. */
#include "cli/compare/read.h"

#include <string.h>

#include "line_text.h"
#include "unit.h"

const char unit_name[] = "cli/compare/read";

static struct read_line result;

static void
whole_line(void)
{
	json_t *line = parse(full_line);

	CU_ASSERT_PTR_NULL_FATAL(read_line(line, &result));
	CHECK_TEXT(result.status, "2.0.0", "status");
	CU_ASSERT_EQUAL(result.sts, STS_ENFORCE);
	CU_ASSERT_EQUAL(result.source, SOURCE_SRV);
	CU_ASSERT_EQUAL(result.route.outcome, OUTCOME_DELIVERABLE);
	CU_ASSERT_EQUAL(result.route.n_hosts, 3);
	CU_ASSERT_EQUAL(result.route.n_best, 2);
	CHECK_TEXT(result.route.hosts[0].name, "a.test", "host");
	CU_ASSERT_EQUAL(result.route.hosts[0].port, 2525);
	CU_ASSERT_EQUAL(result.route.hosts[0].share, 600000);
	CU_ASSERT_EQUAL(result.route.hosts[0].tls, TLS_DANE);
	CU_ASSERT_TRUE(result.route.hosts[0].is_secure);
	CU_ASSERT_FALSE(result.route.hosts[1].is_secure);
	CU_ASSERT_EQUAL(result.route.hosts[2].share, SHARE_WHOLE);
	CU_ASSERT_TRUE(result.has_mx);
	CU_ASSERT_EQUAL(result.mx.n_best, 1);
	CU_ASSERT_EQUAL(result.srv_records.state, STATE_PUBLISHED);
	CU_ASSERT_EQUAL(result.srv_records.n_records, 2);
	CU_ASSERT_EQUAL(result.srv_records.records[1].weight, 40);
	CU_ASSERT_TRUE(result.srv_records.is_secure);
	CU_ASSERT_EQUAL(result.mx_records.records[0].priority, 10);
	CU_ASSERT_FALSE(result.mx_records.is_secure);
	json_decref(line);
}

static void
missing_members(void)
{
	static const char *const members[] = {"domain", "outcome", "status",  "source",	    "sts",
					      "hosts",	"dropped", "records", "without_srv"};

	for (size_t i = 0; i < N_OF(members); i++) {
		json_t *line = parse(full_line);
		const char *fault;

		json_object_del(line, members[i]);
		fault = read_line(line, &result);
		CHECK(fault && strcmp(fault, members[i]) == 0, "%s: %s", members[i],
		      fault ? fault : "taken");
		json_decref(line);
	}
}

struct wrong {
	const char *member, *value, *fault;
};

static const struct wrong wrong_cases[] = {
	{"domain", "5", "domain"},
	{"outcome", "\"bounce\"", "outcome"},
	{"outcome", "null", "outcome"},
	{"status", "\"2 0\"", "status"},
	{"status", "\"\"", "status"},
	{"source", "\"host\"", "source"},
	{"sts", "\"enforce\"", "sts"},
	{"sts", "{\"mode\":\"absent\"}", "sts"},
	{"hosts", "{}", "hosts"},
	{"hosts", "[]", "hosts"}, /* deliverable, to nobody */
	{"hosts", "[null]", "hosts"},
	{"hosts", "[" HOST("none", 1, 1, "a", 25, "secure", "may") "]", "hosts"},
	{"hosts", "[" HOST("mx", -1, 1, "a", 25, "secure", "may") "]", "hosts"},
	{"hosts", "[" HOST("mx", 65536, 1, "a", 25, "secure", "may") "]", "hosts"},
	{"hosts", "[" HOST("mx", 1, 1.000001, "a", 25, "secure", "may") "]", "hosts"},
	{"hosts", "[" HOST("mx", 1, -0.1, "a", 25, "secure", "may") "]", "hosts"},
	{"hosts", "[" HOST("mx", 1, true, "a", 25, "secure", "may") "]", "hosts"},
	{"hosts", "[" HOST("mx", 1, 1, "", 25, "secure", "may") "]", "hosts"},
	{"hosts", "[" HOST("mx", 1, 1, "a<b", 25, "secure", "may") "]", "hosts"},
	{"hosts", "[" HOST("mx", 1, 1, "a\\u001bb", 25, "secure", "may") "]", "hosts"},
	{"hosts", "[" HOST("mx", 1, 1, "a", 0, "secure", "may") "]", "hosts"},
	{"hosts", "[" HOST("mx", 1, 1, "a", 65536, "secure", "may") "]", "hosts"},
	{"hosts", "[" HOST("mx", 1, 1, "a", 25.0, "secure", "may") "]", "hosts"},
	{"hosts", "[" HOST("mx", 1, 1, "a", 25, "good", "may") "]", "hosts"},
	{"hosts", "[" HOST("mx", 1, 1, "a", 25, "secure", "none") "]", "hosts"},
	{"dropped", "{}", "dropped"},
	{"dropped", "[{}]", "dropped"},
	{"dropped", "[{\"code\":\"a b\"}]", "dropped"},
	{"records", "null", "records.srv"},
	{"records", "{\"srv\":null}", "records.mx"},
	{"records", "{\"mx\":null,\"srv\":{}}", "records.srv"},
	{"records", "{\"mx\":null,\"srv\":" ANSWER("A B", "secure", "") "}", "records.srv"},
	{"records", "{\"mx\":null,\"srv\":" ANSWER("NOERROR", "good", "") "}", "records.srv"},
	{"records", "{\"mx\":null,\"srv\":" ANSWER("NOERROR", "secure", "5") "}", "records.srv"},
	{"records", "{\"mx\":null,\"srv\":" ANSWER("NOERROR", "secure", SRV(1, 65536, 1, "a")) "}",
	 "records.srv"},
	{"records", "{\"mx\":null,\"srv\":" ANSWER("NOERROR", "secure", SRV(1, 1, 1, "")) "}",
	 "records.srv"},
	{"records", "{\"srv\":null,\"mx\":" ANSWER("NOERROR", "secure", SRV(1, 1, 1, "a")) "}",
	 "records.mx"},
	{"without_srv", "5", "without_srv.outcome"},
	{"without_srv", "{\"outcome\":\"defer\"}", "without_srv.hosts"},
	{"without_srv", "{\"outcome\":\"deliverable\",\"hosts\":[]}", "without_srv.hosts"},
};

static void
wrong_values(void)
{
	for (size_t i = 0; i < N_OF(wrong_cases); i++) {
		json_t *line = line_with(wrong_cases[i].member, wrong_cases[i].value);
		const char *fault = read_line(line, &result);

		CHECK(fault && strcmp(fault, wrong_cases[i].fault) == 0, "%s %s: %s",
		      wrong_cases[i].member, wrong_cases[i].value, fault ? fault : "taken");
		json_decref(line);
	}
}

/* rcode by security by records: what the answer is, and why it failed. */
static void
states(void)
{
	static const struct {
		const char *answer;
		enum label_state srv, mx;
		const char *failure;
	} cases[] = {
		{"null", STATE_NOT_ASKED, STATE_NOT_ASKED, NULL},
		{ANSWER("NOERROR", "secure", ""), STATE_ABSENT, STATE_ABSENT, NULL},
		{ANSWER("NXDOMAIN", "insecure", ""), STATE_ABSENT, STATE_NO_DOMAIN, NULL},
		{ANSWER("NXDOMAIN", "bogus", ""), STATE_BOGUS, STATE_BOGUS, "bogus"},
		{ANSWER("SERVFAIL", "bogus", ""), STATE_BOGUS, STATE_BOGUS, "bogus"},
		{ANSWER("SERVFAIL", "indeterminate", ""), STATE_FAILED, STATE_FAILED, "SERVFAIL"},
		{ANSWER("TIMEOUT", "secure", ""), STATE_FAILED, STATE_FAILED, "TIMEOUT"},
		{ANSWER("NOERROR", "indeterminate", ""), STATE_FAILED, STATE_FAILED,
		 "indeterminate"},
		{ANSWER("NXDOMAIN", "indeterminate", ""), STATE_FAILED, STATE_FAILED,
		 "indeterminate"},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		char records[1024];
		json_t *line;

		snprintf(records, sizeof(records), "{\"srv\":%s,\"mx\":%s}", cases[i].answer,
			 cases[i].answer);
		line = line_with("records", records);
		CU_ASSERT_PTR_NULL_FATAL(read_line(line, &result));
		CHECK(result.srv_records.state == cases[i].srv, "%s", cases[i].answer);
		CHECK(result.mx_records.state == cases[i].mx, "%s", cases[i].answer);
		CHECK(!cases[i].failure == !result.srv_records.failure, "%s", cases[i].answer);
		if (cases[i].failure)
			CHECK_TEXT(result.srv_records.failure, cases[i].failure, "%s",
				   cases[i].answer);
		json_decref(line);
	}
}

static void
dots(void)
{
	static const struct {
		const char *records;
		enum label_state srv, mx;
		size_t n_srv;
	} cases[] = {
		{"{\"srv\":" ANSWER("NOERROR", "secure", SRV(0, 0, 0, ".")) ",\"mx\":" ANSWER(
			 "NOERROR", "secure", MX(0, ".")) "}",
		 STATE_NULL, STATE_NULL, 0},
		{"{\"srv\":" ANSWER(
			 "NOERROR", "secure",
			 SRV(0, 0, 0, ".") "," SRV(
				 1, 0, 0, ".")) ",\"mx\":" ANSWER("NOERROR", "secure",
								  MX(0, ".") "," MX(5, ".")) "}",
		 STATE_NULL, STATE_NULL, 0},
		{"{\"srv\":" ANSWER(
			 "NOERROR", "secure",
			 SRV(0, 0, 0, ".") "," SRV(
				 1, 0, 7, "a")) ",\"mx\":" ANSWER("NOERROR", "secure",
								  MX(0, "a") "," MX(5, ".")) "}",
		 STATE_PUBLISHED, STATE_PUBLISHED, 1},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		json_t *line = line_with("records", cases[i].records);

		CU_ASSERT_PTR_NULL_FATAL(read_line(line, &result));
		CHECK(result.srv_records.state == cases[i].srv, "%zu", i);
		CHECK(result.mx_records.state == cases[i].mx, "%zu", i);
		CHECK(result.srv_records.n_records == cases[i].n_srv, "%zu", i);
		json_decref(line);
	}
	CU_ASSERT_EQUAL(result.srv_records.records[0].port, 7);
}

/* Half a millionth rounds up; the tier ends where stage or priority change, and does not begin again. */
static void
shares_and_tiers(void)
{
	json_t *line =
		line_with("hosts", "[" HOST("srv", 5, 0.3333335, "a", 25, "bogus", "may") "," HOST(
					   "srv", 5, 0.6666664, "b", 25, "secure",
					   "may") "," HOST("srv", 6, 0, "c", 25, "secure",
							   "may") "," HOST("srv", 5, 1.0, "d", 25,
									   "secure", "may") "]");

	CU_ASSERT_PTR_NULL_FATAL(read_line(line, &result));
	CU_ASSERT_EQUAL(result.route.n_best, 2);
	CU_ASSERT_EQUAL(result.route.n_hosts, 4);
	CU_ASSERT_EQUAL(result.route.hosts[0].share, 333334);
	CU_ASSERT_EQUAL(result.route.hosts[1].share, 666666);
	CU_ASSERT_FALSE(result.route.hosts[0].is_secure);
	json_decref(line);
	line = line_with("hosts", "[" HOST("srv", 5, 1, "a", 25, "secure", "may") "," HOST(
					  "mx", 5, 1, "a", 25, "secure", "may") "]");
	CU_ASSERT_PTR_NULL_FATAL(read_line(line, &result));
	CU_ASSERT_EQUAL(result.route.n_best, 1);
	json_decref(line);
}

/* Hosts and records up to the limits are taken, and no more. */
static void
limits(void)
{
	for (int more = 0; more < 2; more++) {
		json_t *line = parse(full_line), *hosts = json_object_get(line, "hosts"),
		       *records = json_object_get(
			       json_object_get(json_object_get(line, "records"), "mx"), "records");
		const char *fault;

		while (json_array_size(hosts) < READ_HOSTS)
			json_array_append(hosts, json_array_get(hosts, 0));
		while (json_array_size(records) < READ_RECORDS + (size_t)more)
			json_array_append(records, json_array_get(records, 0));
		fault = read_line(line, &result);
		CHECK(more ? fault && strcmp(fault, "records.mx") == 0 : !fault, "%s",
		      fault ? fault : "taken");
		json_array_append(hosts, json_array_get(hosts, 0));
		fault = read_line(line, &result);
		CHECK(fault && strcmp(fault, "hosts") == 0, "%s", fault ? fault : "taken");
		json_decref(line);
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(whole_line),	 UNIT_TEST(missing_members),
	UNIT_TEST(wrong_values), UNIT_TEST(states),
	UNIT_TEST(dots),	 UNIT_TEST(shares_and_tiers),
	UNIT_TEST(limits),	 CU_TEST_INFO_NULL,
};
