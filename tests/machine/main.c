/* SPDX-License-Identifier: BSD-2-Clause */
#include <CUnit/Basic.h>
#include <stdlib.h>

#include "script.h"
#include "suites.h"

static void
begin(void)
{
	script_reset();
}

static void
end(void)
{
	script_reset();
}

static CU_SuiteInfo suites[] = {
	{"answers", NULL, NULL, begin, end, answers_tests},
	{"dane", NULL, NULL, begin, end, dane_tests},
	{"dane late", NULL, NULL, begin, end, dane_late_tests},
	{"two hosts", NULL, NULL, begin, end, two_hosts_tests},
	{"domains", NULL, NULL, begin, end, domains_tests},
	{"requests", NULL, NULL, begin, end, requests_tests},
	{"delivery", NULL, NULL, begin, end, delivery_tests},
	{"delivery, misuse", NULL, NULL, begin, end, delivery_misuse_tests},
	{"delivery, calls", NULL, NULL, begin, end, delivery_calls_tests},
	{"delivery, many", NULL, NULL, begin, end, delivery_many_tests},
	{"delivery, end", NULL, NULL, begin, end, delivery_end_tests},
	{"fork", NULL, NULL, begin, end, fork_tests},
	{"host", NULL, NULL, begin, end, host_tests},
	{"kinds", NULL, NULL, begin, end, kinds_tests},
	{"records", NULL, NULL, begin, end, records_tests},
	{"room", NULL, NULL, begin, end, room_tests},
	{"peek", NULL, NULL, begin, end, peek_tests},
	{"MTA-STS", NULL, NULL, begin, end, sts_tests},
	{"MTA-STS, fetching", NULL, NULL, begin, end, sts_flight_tests},
	{"MTA-STS, late", NULL, NULL, begin, end, sts_late_tests},
	{"TLS reports", NULL, NULL, begin, end, tlsrpt_tests},
	{"memory", NULL, NULL, begin, end, memory_tests},
	CU_SUITE_INFO_NULL,
};

/* CUnit's own result is 0 whatever its assertions said. */
int
main(void)
{
	if (CU_initialize_registry() != CUE_SUCCESS || CU_register_suites(suites) != CUE_SUCCESS)
		return EXIT_FAILURE;
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	bool failed = CU_get_number_of_asserts() == 0 || CU_get_number_of_failures() != 0;
	CU_cleanup_registry();
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
