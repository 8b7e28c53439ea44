/* SPDX-License-Identifier: BSD-2-Clause */
/* SELF-1: the interfaces' addresses and own-addresses, sorted, without loopback. */
#include "resolver/own.h"

#include <string.h>

#include "bench.h"
#include "unit.h"

const char unit_name[] = "resolver/own";

static void
self_1_configured_addresses_and_the_interfaces(void)
{
	struct network networks[] = {{bench_address("233.252.0.9"), 32},
				     {bench_address("ff0e::9"), 128},
				     {bench_address("233.252.0.1"), 32}};
	struct network_set set = {networks, N_OF(networks)};
	struct port_range range = {25, 26};
	struct port_set ports = {&range, 1};
	struct own *own = own_new(&set, &ports, &(struct network_set){0});
	struct own_addresses now;

	if (!CHECK(own != NULL, "memory"))
		return;
	memset(networks, 0, sizeof(networks)); /* the lists are copied */
	range = (struct port_range){1, 1};
	now = own_lock(own);
	CHECK(now.n >= 3, "%zu", now.n);
	for (size_t i = 1; i < now.n; i++)
		CHECK(address_compare(&now.addresses[i - 1], &now.addresses[i]) <= 0, "sorted");
	for (size_t i = 0; i < now.n; i++) {
		const struct address *a = &now.addresses[i];
		static const struct address v6_loopback = {6, {[15] = 1}};

		CHECK(!(a->family == 4 && a->bytes[0] == 127) &&
			      address_compare(a, &v6_loopback) != 0,
		      "loopback is no address of ours");
	}
	for (unsigned port = 24; port <= 27; port++) {
		static const char *const ours[] = {"233.252.0.9", "233.252.0.1", "ff0e::9"};

		for (size_t i = 0; i < N_OF(ours); i++) {
			struct address address = bench_address(ours[i]);

			CHECK(self_is_address(&now, &address, (uint16_t)port) ==
				      (port == 25 || port == 26),
			      "%s:%u", ours[i], port);
		}
	}
	own_unlock(own);
	own_unref(own);
}

static void
references(void)
{
	struct network_set none = {NULL, 0};
	struct port_range range = {25, 25};
	struct port_set ports = {&range, 1};
	struct own *own = own_new(&none, &ports, &(struct network_set){0});

	CHECK(own_ref(own) == own, "ref");
	own_unref(own);
	CHECK(own_lock(own).ports->n == 1, "still there");
	own_unlock(own);
	own_unref(own);
	own_unref(NULL);
}

/* Reading them is a change, for nothing was known before; after that nobody's addresses change here. */
static void
self_1_the_version_changes_with_the_addresses(void)
{
	struct network network = {bench_address("233.252.0.9"), 32};
	struct network_set set = {&network, 1};
	struct port_range range = {25, 25};
	struct port_set ports = {&range, 1};
	struct own *own = own_new(&set, &ports, &(struct network_set){0});
	unsigned version;

	if (!CHECK(own != NULL, "memory"))
		return;
	version = own_version(own);
	CHECK(version > 1, "%u", version);
	CHECK(own_lock(own).n >= 1, "read");
	own_unlock(own);
	CHECK(own_version(own) == version, "%u", own_version(own));
	own_unref(own);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(self_1_configured_addresses_and_the_interfaces),
	UNIT_TEST(self_1_the_version_changes_with_the_addresses),
	UNIT_TEST(references),
	CU_TEST_INFO_NULL,
};
