/* SPDX-License-Identifier: BSD-2-Clause */
/* Every allocation of a plan fails in turn, OpenSSL's and the library's. */
#include "daemon/orders.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "routes.h"
#include "unit.h"

const char unit_name[] = "daemon/orders, memory";

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

static size_t n_left = SIZE_MAX; /* allocations that succeed */

static bool
fails(void)
{
	if (n_left == SIZE_MAX)
		return false;
	return n_left == 0 || n_left-- == 0;
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

static void *
crypto_malloc(size_t n, const char *file, int line)
{
	(void)file, (void)line;
	return fails() ? NULL : malloc(n);
}

static void *
crypto_realloc(void *old, size_t n, const char *file, int line)
{
	(void)file, (void)line;
	return fails() ? NULL : realloc(old, n);
}

static void
crypto_free(void *old, const char *file, int line)
{
	(void)file, (void)line;
	free(old);
}

static int
try(struct nmx_route *route, const char *secret, struct nmx_plan **ret_plan)
{
	return orders_plan((const uint8_t *)secret, 6, route, 1728000000, 10, ret_plan);
}

/* The next secret has to be taken in anew. */
static void
take_in_another(struct nmx_route *route)
{
	struct nmx_plan *plan;

	CU_ASSERT_EQUAL_FATAL(try(route, "other!", &plan), 0);
	nmx_plan_free(plan);
}

static void
each_allocation_fails_in_turn(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = routes_new(
		bench, "mx insecure 1/0 a.example:25 233.252.0.1; 1/0 b.example:25 233.252.0.2",
		PREFER_6, "");
	struct nmx_plan *plan = NULL;
	size_t n = 0;
	uint64_t seed;
	int result = try(route, "secret", &plan); /* what is found once in a process */

	CU_ASSERT_EQUAL_FATAL(result, 0);
	seed = nmx_plan_seed(plan);
	nmx_plan_free(plan);
	for (plan = NULL;; n++) {
		take_in_another(route);
		n_left = n;
		result = try(route, "secret", &plan);
		n_left = SIZE_MAX;
		if (result == 0)
			break;
		CHECK(result == NMX_E_NOMEM && plan == NULL, "after %zu: %d", n, result);
	}
	CHECK(n > 3, "%zu allocations", n);
	CHECK(nmx_plan_seed(plan) == seed, "as if nothing had been");
	nmx_plan_free(plan);
	nmx_route_unref(route);
	bench_free(bench);
}

/* The program's first use of OpenSSL. */
static void
openssl_takes_our_memory(void)
{
	CHECK(CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free), "too late");
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(openssl_takes_our_memory),
	UNIT_TEST(each_allocation_fails_in_turn),
	CU_TEST_INFO_NULL,
};
