/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NMX_TESTS_MACHINE_SUITES_H
#define NMX_TESTS_MACHINE_SUITES_H

#include <CUnit/TestDB.h>

extern CU_TestInfo answers_tests[], dane_tests[], dane_late_tests[], domains_tests[],
	requests_tests[], sts_flight_tests[], sts_late_tests[], memory_tests[], two_hosts_tests[],
	sts_flight_tests[], sts_late_tests[], delivery_tests[], delivery_misuse_tests[],
	delivery_calls_tests[], delivery_many_tests[], fork_tests[], host_tests[], peek_tests[],
	kinds_tests[], records_tests[], room_tests[], delivery_end_tests[], sts_tests[],
	sts_flight_tests[], sts_late_tests[], tlsrpt_tests[];

#endif
