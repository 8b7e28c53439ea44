/* SPDX-License-Identifier: BSD-2-Clause */
/* The words are a contract: docs/route.schema.json and users' scripts rely on them. */
#include <nextmx.h>

#include <limits.h>
#include <string.h>

#include "unit.h"

const char unit_name[] = "base/names";

static void
words_of_every_enum(void)
{
	static const char *const outcomes[] = {"deliverable", "defer", "reject", "unknown"};
	static const char *const securities[] = {"insecure", "bogus", "secure", "indeterminate",
						 "unknown"};
	static const char *const sources[] = {"none",	 "srv",	 "mx",	   "implicit",
					      "literal", "host", "unknown"};
	static const char *const tls[] = {"may", "encrypt", "sts", "dane", "unknown"};
	static const char *const drops[] = {"port-zero",
					    "port-refused",
					    "null-target",
					    "bad-name",
					    "ip-literal-target",
					    "duplicate",
					    "self",
					    "beyond-self",
					    "no-address",
					    "address-failed",
					    "address-bogus",
					    "loopback-address",
					    "private-address",
					    "reserved-address",
					    "denied-address",
					    "cname-chain",
					    "dnssec-required",
					    "tlsa-failed",
					    "dane-required",
					    "sts-mismatch",
					    "limit",
					    "unknown"};

	static const char *const tlsa[] = {"used",	   "weaker-digest", "bad-usage",
					   "bad-selector", "bad-mtype",	    "bad-length",
					   "bad-data",	   "unknown"};

	static const char *const modes[] = {"absent", "none", "testing", "enforce", "unknown"};

	for (size_t i = 0; i < N_OF(modes); i++)
		CHECK_TEXT(nmx_sts_mode_name((enum nmx_sts_mode)i), modes[i], "%zu", i);
	for (size_t i = 0; i < N_OF(tlsa); i++)
		CHECK_TEXT(nmx_tlsa_state_name((enum nmx_tlsa_state)i), tlsa[i], "%zu", i);
	for (size_t i = 0; i < N_OF(outcomes); i++)
		CHECK_TEXT(nmx_outcome_name((enum nmx_outcome)i), outcomes[i], "%zu", i);
	for (size_t i = 0; i < N_OF(securities); i++)
		CHECK_TEXT(nmx_security_name((enum nmx_security)i), securities[i], "%zu", i);
	for (size_t i = 0; i < N_OF(sources); i++)
		CHECK_TEXT(nmx_source_name((enum nmx_source)i), sources[i], "%zu", i);
	for (size_t i = 0; i < N_OF(tls); i++)
		CHECK_TEXT(nmx_tls_name((enum nmx_tls)i), tls[i], "%zu", i);
	for (size_t i = 0; i < N_OF(drops); i++)
		CHECK_TEXT(nmx_drop_code_name((enum nmx_drop_code)i), drops[i], "%zu", i);
}

static void
every_statistic_has_a_name_of_its_own(void)
{
	for (unsigned i = 0; i < NMX_STAT_COUNT; i++) {
		CHECK(strcmp(nmx_stat_name((enum nmx_stat)i), "unknown") != 0, "%u", i);
		for (unsigned j = 0; j < i; j++)
			CHECK(strcmp(nmx_stat_name((enum nmx_stat)i),
				     nmx_stat_name((enum nmx_stat)j)) != 0,
			      "%u %u", i, j);
	}
	CHECK_TEXT(nmx_stat_name(NMX_STAT_COUNT), "unknown", "beyond");
}

static void
every_error_has_a_text(void)
{
	for (int error = NMX_E_LIMIT; error <= 0; error++)
		CHECK(strcmp(nmx_strerror(error), "unknown") != 0, "%d", error);
	CHECK_TEXT(nmx_strerror(NMX_OK), "no error", "0");
	CHECK_TEXT(nmx_strerror(NMX_E_NOMEM), "out of memory", "memory");
	CHECK_TEXT(nmx_strerror(NMX_E_LIMIT - 1), "unknown", "beyond");
	CHECK_TEXT(nmx_strerror(1), "unknown", "positive");
	CHECK_TEXT(nmx_strerror(INT_MIN), "unknown", "least");
	CHECK_TEXT(nmx_strerror(INT_MAX), "unknown", "most");
}

static void
negative_values_are_unknown(void)
{
	CHECK_TEXT(nmx_outcome_name((enum nmx_outcome) - 1), "unknown", "-1");
	CHECK_TEXT(nmx_drop_code_name((enum nmx_drop_code)INT_MAX), "unknown", "INT_MAX");
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(words_of_every_enum),
	UNIT_TEST(every_statistic_has_a_name_of_its_own),
	UNIT_TEST(every_error_has_a_text),
	UNIT_TEST(negative_values_are_unknown),
	CU_TEST_INFO_NULL,
};
