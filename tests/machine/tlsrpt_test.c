/* SPDX-License-Identifier: BSD-2-Clause */
/* What deliveries count for TLS reports (RFC 8460), and the reports that come of it. */
#include <stdio.h>
#include <string.h>

#include "machine.h"
#include "resolver/tlsrpt.h"
#include "script_fetch.h"
#include "suites.h"

/* The script's clock begins on this day. */
#define DAY "2027-01-15"

static const char *const on[] = {"sts", "on", "backoff", "no", NULL};

/* What the caller's function says of each attempt. */
struct says {
	enum nmx_cause cause;
	int tls; /* negative: it does not say */
};

static enum nmx_result
deliver(struct nmx_attempt *attempt, void *user)
{
	const struct says *says = user;

	if (says->tls >= 0)
		nmx_attempt_set_tls(attempt, (enum nmx_tlsrpt_result)says->tls);
	return nmx_attempt_set_result(attempt, says->cause, 0, NULL, NULL);
}

static void
mail(struct nmx_context *ctx, const char *domain, enum nmx_cause cause, int tls)
{
	struct says says = {cause, tls};
	struct nmx_report *report;

	CU_ASSERT_EQUAL_FATAL(nmx_deliver(ctx, domain, deliver, &says, &report), 0);
	nmx_report_unref(report);
}

struct reports {
	int n;
	char text[4][4096];
};

static void
take(const char *domain, const char *json, void *user)
{
	struct reports *reports = user;

	CU_ASSERT(strstr(json, domain) != NULL);
	snprintf(reports->text[reports->n++ % 4], sizeof(reports->text[0]), "%s", json);
}

static int
report(struct nmx_context *ctx, const char *day, struct reports *ret)
{
	*ret = (struct reports){0};
	return nmx_tlsrpt_report(ctx, day, "Us, \"Ltd\"", "postmaster@us.test", take, ret);
}

static void
has(const char *text, const char *part)
{
	CU_ASSERT(strstr(text, part) != NULL);
	if (!strstr(text, part))
		printf("\n%s\nis not in\n%s\n", part, text);
}

/* d.test enforces, its host is named; p.test has no policy; both MX hosts are the same. */
static void
publish(void)
{
	script_reset();
	script_fetch_reset();
	script_rrset("d.test", "MX", "10 m.d.test|20 other.test", 0, SCRIPT_INSIDE);
	script_rrset("p.test", "MX", "10 m.d.test", 0, SCRIPT_INSIDE);
	script_rrset("m.d.test", "A", "192.0.2.1", 0, SCRIPT_INSIDE);
	script_rrset("other.test", "A", "192.0.2.2", 0, SCRIPT_INSIDE);
	script_rrset("mta-sts.d.test", "A", "192.0.2.9", 0, SCRIPT_INSIDE);
	script_rrset("_mta-sts.d.test", "TXT", "v=STSv1; id=1", 0, SCRIPT_INSIDE);
	script_fetch_put("mta-sts.d.test", FETCH_OK,
			 "version: STSv1\nmode: enforce\nmx: *.d.test\nmax_age: 604800\n",
			 SCRIPT_INSIDE);
}

static void
sessions_are_counted(void)
{
	struct nmx_context *ctx;
	struct reports reports;

	publish();
	ctx = start_context(on);
	mail(ctx, "d.test", NMX_CAUSE_NONE, -1);
	mail(ctx, "d.test", NMX_CAUSE_NONE, -1);
	mail(ctx, "d.test", NMX_CAUSE_5XX, -1);
	mail(ctx, "d.test", NMX_CAUSE_CONNECT, -1);
	mail(ctx, "d.test", NMX_CAUSE_4XX, -1);
	mail(ctx, "d.test", NMX_CAUSE_TLS, -1);
	mail(ctx, "d.test", NMX_CAUSE_TLS, NMX_TLSRPT_CERTIFICATE_EXPIRED);
	mail(ctx, "p.test", NMX_CAUSE_NONE, -1);
	mail(ctx, "p.test", NMX_CAUSE_NONE, NMX_TLSRPT_STARTTLS_NOT_SUPPORTED);
	CU_ASSERT_EQUAL(report(ctx, DAY, &reports), 0);
	CU_ASSERT_EQUAL_FATAL(reports.n, 2);
	has(reports.text[0], "\"organization-name\":\"Us, \\u0022Ltd\\u0022\"");
	has(reports.text[0], "\"date-range\":{\"start-datetime\":\"" DAY
			     "T00:00:00Z\",\"end-datetime\":\"" DAY "T23:59:59Z\"}");
	has(reports.text[0], "\"contact-info\":\"postmaster@us.test\"");
	has(reports.text[0],
	    "\"policy\":{\"policy-type\":\"sts\",\"policy-string\":[\"version: STSv1\","
	    "\"mode: enforce\",\"mx: *.d.test\",\"max_age: 604800\"],\"policy-domain\":\"d.test\","
	    "\"mx-host\":[\"*.d.test\"]}");
	/* Seven deliveries, each of which left other.test out: it is named by no mx. */
	has(reports.text[0], "\"summary\":{\"total-successful-session-count\":3,"
			     "\"total-failure-session-count\":9}");
	has(reports.text[0], "{\"result-type\":\"certificate-expired\",\"receiving-mx-hostname\":"
			     "\"m.d.test\",\"failed-session-count\":1}");
	has(reports.text[0], "{\"result-type\":\"validation-failure\",\"receiving-mx-hostname\":"
			     "\"m.d.test\",\"failed-session-count\":1}");
	has(reports.text[0], "{\"result-type\":\"validation-failure\",\"receiving-mx-hostname\":"
			     "\"other.test\",\"failed-session-count\":7}");
	has(reports.text[1], "\"policy\":{\"policy-type\":\"no-policy-found\","
			     "\"policy-domain\":\"p.test\"}");
	has(reports.text[1], "\"total-successful-session-count\":0,"
			     "\"total-failure-session-count\":1}");
	CU_ASSERT_EQUAL(report(ctx, "2027-01-14", &reports), 0);
	CU_ASSERT_EQUAL(reports.n, 0);
	nmx_context_free(ctx);
}

/* What kept a route from its policy counts once for each delivery, in the words of RFC 8460. */
static void
policies_that_cannot_be_had(void)
{
	static const struct {
		enum fetch_fault fault;
		const char *served, *result;
	} cases[] = {
		{FETCH_CONNECT, "refused", "sts-policy-fetch-error"},
		{FETCH_STATUS, "404", "sts-policy-fetch-error"},
		{FETCH_TIMEOUT, "nothing came", "sts-policy-fetch-error"},
		{FETCH_TYPE, "text/html", "sts-policy-fetch-error"},
		{FETCH_SIZE, "too large", "sts-policy-invalid"},
		{FETCH_OK, "version: STSv2\n", "sts-policy-invalid"},
		{FETCH_TLS, "another host's", "sts-webpki-invalid"},
	};
	struct nmx_context *ctx;
	struct reports reports;
	char part[128];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		publish();
		script_fetch_put("mta-sts.d.test", cases[i].fault, cases[i].served, SCRIPT_INSIDE);
		ctx = start_context(on);
		mail(ctx, "d.test", NMX_CAUSE_NONE, -1);
		mail(ctx, "d.test", NMX_CAUSE_NONE, -1);
		CU_ASSERT_EQUAL(report(ctx, DAY, &reports), 0);
		CU_ASSERT_EQUAL_FATAL(reports.n, 1);
		snprintf(part, sizeof(part), "{\"result-type\":\"%s\",\"failed-session-count\":2}",
			 cases[i].result);
		has(reports.text[0], part);
		nmx_context_free(ctx);
	}
}

/* STS-6: in testing a host that is not named is used, and counted against the policy. */
static void
testing_is_counted(void)
{
	struct nmx_context *ctx;
	struct reports reports;

	publish();
	script_fetch_put("mta-sts.d.test", FETCH_OK,
			 "version: STSv1\nmode: testing\nmx: m.d.test\nmax_age: 604800\n",
			 SCRIPT_INSIDE);
	ctx = start_context(on);
	mail(ctx, "d.test", NMX_CAUSE_NONE, -1);
	mail(ctx, "d.test", NMX_CAUSE_NONE, NMX_TLSRPT_SUCCESS);
	CU_ASSERT_EQUAL(report(ctx, DAY, &reports), 0);
	CU_ASSERT_EQUAL_FATAL(reports.n, 1);
	has(reports.text[0], "\"summary\":{\"total-successful-session-count\":1,"
			     "\"total-failure-session-count\":2}");
	has(reports.text[0], "{\"result-type\":\"validation-failure\",\"receiving-mx-hostname\":"
			     "\"other.test\",\"failed-session-count\":2}");
	nmx_context_free(ctx);
}

static void
addresses_are_not_counted(void)
{
	struct nmx_context *ctx;
	struct reports reports;

	publish();
	ctx = start_context(on);
	mail(ctx, "[192.0.2.1]", NMX_CAUSE_NONE, NMX_TLSRPT_SUCCESS);
	CU_ASSERT_EQUAL(report(ctx, DAY, &reports), 0);
	CU_ASSERT_EQUAL(reports.n, 0);
	CU_ASSERT_EQUAL(nmx_sts_refresh(ctx, "[192.0.2.1]", NULL, 0), NMX_E_VALUE);
	nmx_context_free(ctx);
}

/* TLSA that fails is dnssec-invalid, and a host without it under dane require is dane-required. */
static void
dane_is_counted(void)
{
	static const char *const require[] = {"sts", "on", "dane", "require", NULL};
	struct nmx_context *ctx;
	struct reports reports;

	publish();
	script_default(2, SCRIPT_INSIDE);
	script_rrset("dane.test", "MX", "10 a.test|20 b.test|30 c.test", 2, SCRIPT_INSIDE);
	script_rrset("a.test", "A", "192.0.2.1", 2, SCRIPT_INSIDE);
	script_rrset("b.test", "A", "192.0.2.2", 2, SCRIPT_INSIDE);
	script_rrset("c.test", "A", "192.0.2.3", 2, SCRIPT_INSIDE);
	script_rrset("_25._tcp.a.test", "TLSA",
		     "3 1 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 2,
		     SCRIPT_INSIDE);
	script_put("_25._tcp.b.test", RR_TLSA, 2, NULL, 0, NULL, SCRIPT_INSIDE);
	ctx = start_context(require);
	mail(ctx, "dane.test", NMX_CAUSE_NONE, -1);
	CU_ASSERT_EQUAL(report(ctx, DAY, &reports), 0);
	CU_ASSERT_EQUAL_FATAL(reports.n, 1);
	has(reports.text[0], "\"policy-type\":\"tlsa\",\"policy-domain\":\"dane.test\"}");
	has(reports.text[0], "\"total-successful-session-count\":1,"
			     "\"total-failure-session-count\":2}");
	has(reports.text[0], "{\"result-type\":\"dnssec-invalid\",\"receiving-mx-hostname\":"
			     "\"b.test\",\"failed-session-count\":1}");
	has(reports.text[0], "{\"result-type\":\"dane-required\",\"receiving-mx-hostname\":"
			     "\"c.test\",\"failed-session-count\":1}");
	nmx_context_free(ctx);
}

static void
calls_that_are_refused(void)
{
	static const char *const off[] = {"sts", "off", NULL};
	static const char *const bad_days[] = {
		"",	      "2027-1-15",  "2027-01-32", "2027-02-29", "2027-13-01",  "2027-00-10",
		"2027-01-00", "1969-12-31", "2027/01/15", "+027-01-15", "2027-01-15 ", "20270115",
	};
	struct nmx_context *ctx = start_context(off);
	struct reports reports;

	CU_ASSERT_EQUAL(report(ctx, DAY, &reports), NMX_E_STATE);
	CU_ASSERT_EQUAL(nmx_tlsrpt_report(ctx, NULL, "", "", take, NULL), NMX_E_INVALID);
	CU_ASSERT_EQUAL(nmx_tlsrpt_count(ctx, NULL, NULL, NMX_TLSRPT_SUCCESS), NMX_E_INVALID);
	nmx_context_free(ctx);
	publish();
	ctx = start_context(on);
	for (size_t i = 0; i < sizeof(bad_days) / sizeof(bad_days[0]); i++)
		CU_ASSERT_EQUAL(report(ctx, bad_days[i], &reports), NMX_E_VALUE);
	nmx_context_free(ctx);
	CU_ASSERT_EQUAL(tlsrpt_day("1970-01-01"), 0);
	CU_ASSERT_EQUAL(tlsrpt_day("1970-03-01"), 59);
	CU_ASSERT_EQUAL(tlsrpt_day("2000-02-29"), 11016);
	CU_ASSERT_EQUAL(tlsrpt_day("2000-03-01"), 11017);
	CU_ASSERT_EQUAL(tlsrpt_day("2100-03-01"), 47541);
	CU_ASSERT_EQUAL(tlsrpt_day(DAY), 1800000000 / 86400);
}

/* ---- What is held ----------------------------------------------------------------------------- */

static void
policies_are_listed_and_forgotten(void)
{
	struct nmx_context *ctx;
	const struct nmx_sts_held *held;
	char text[256] = "";
	size_t length;

	publish();
	ctx = start_context(on);
	CU_ASSERT_EQUAL(nmx_sts_held_count(ctx), 0);
	CU_ASSERT_EQUAL(nmx_sts_forget(ctx, "d.test"), NMX_E_VALUE);
	CU_ASSERT_EQUAL(nmx_sts_refresh(ctx, "d.test", text, sizeof(text)), 0);
	CU_ASSERT_STRING_EQUAL(text, "");
	CU_ASSERT_EQUAL_FATAL(nmx_sts_held_count(ctx), 1);
	held = nmx_sts_held(ctx, 0);
	CU_ASSERT_STRING_EQUAL(nmx_sts_held_domain(held), "d.test");
	CU_ASSERT_STRING_EQUAL(nmx_sts_held_id(held), "1");
	CU_ASSERT_EQUAL(nmx_sts_held_mode(held), NMX_STS_ENFORCE);
	CU_ASSERT_EQUAL(nmx_sts_held_max_age(held), 604800);
	CU_ASSERT_EQUAL(nmx_sts_held_fetched(held), 1800000000);
	CU_ASSERT_EQUAL(nmx_sts_held_expires(held), 1800604800);
	CU_ASSERT(strncmp(nmx_sts_held_text(held, &length), "version", 7) == 0 && length == 58);
	CU_ASSERT_PTR_NULL(nmx_sts_held(ctx, 1));
	CU_ASSERT_PTR_NOT_NULL(nmx_sts_held_find(ctx, "D.Test."));
	CU_ASSERT_PTR_NULL(nmx_sts_held_find(ctx, "p.test"));
	CU_ASSERT_PTR_NULL(nmx_sts_held_find(ctx, "a..b"));
	CU_ASSERT_EQUAL(nmx_sts_forget(ctx, "d.TEST"), 0);
	CU_ASSERT_EQUAL(nmx_sts_held_count(ctx), 0);
	CU_ASSERT_EQUAL(nmx_sts_refresh(ctx, "p.test", text, sizeof(text)), NMX_E_VALUE);
	has(text, "there is no MTA-STS record");
	CU_ASSERT_EQUAL(nmx_sts_refresh(ctx, "a..b", text, sizeof(text)), NMX_E_VALUE);
	nmx_context_free(ctx);
}

/* Whatever comes of it, what is held stays; what failed lately is tried all the same. */
static void
refreshing_loses_nothing(void)
{
	struct nmx_context *ctx;
	char text[256] = "";

	publish();
	ctx = start_context(on);
	CU_ASSERT_EQUAL(nmx_sts_refresh(ctx, "d.test", NULL, 0), 0);
	script_fetch_put("mta-sts.d.test", FETCH_TLS, "another host's certificate", SCRIPT_INSIDE);
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(nmx_sts_refresh(ctx, "d.test", text, sizeof(text)), NMX_E_VALUE);
		has(text, "another host's certificate");
	}
	CU_ASSERT_EQUAL(script_fetched(NULL), 4);
	script_put("_mta-sts.d.test", RR_TXT, 2, NULL, 0, NULL, SCRIPT_INSIDE);
	script_fetch_put("mta-sts.d.test", FETCH_OK,
			 "version: STSv1\nmode: testing\nmx: *.d.test\nmax_age: 604800\n",
			 SCRIPT_INSIDE);
	CU_ASSERT_EQUAL(nmx_sts_held_mode(nmx_sts_held_find(ctx, "d.test")), NMX_STS_ENFORCE);
	CU_ASSERT_EQUAL(nmx_sts_refresh(ctx, "d.test", text, sizeof(text)), 0);
	CU_ASSERT_EQUAL(nmx_sts_held_mode(nmx_sts_held_find(ctx, "d.test")), NMX_STS_TESTING);
	nmx_context_free(ctx);
}

CU_TestInfo tlsrpt_tests[] = {
	{"sessions are counted", sessions_are_counted},
	{"policies that cannot be had", policies_that_cannot_be_had},
	{"testing is counted", testing_is_counted},
	{"addresses are not counted", addresses_are_not_counted},
	{"DANE is counted", dane_is_counted},
	{"calls that are refused", calls_that_are_refused},
	{"policies are listed and forgotten", policies_are_listed_and_forgotten},
	{"refreshing loses nothing", refreshing_loses_nothing},
	CU_TEST_INFO_NULL,
};
