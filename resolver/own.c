/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/own.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "policy/addresses.h"

struct own {
	atomic_uint references;
	pthread_mutex_t lock;
	atomic_int_fast64_t read_at; /* coarse clock; 0: never */
	atomic_uint version;	     /* counts changes, from 1 */
	struct address *addresses;   /* sorted */
	size_t n;
	struct address *configured;
	size_t n_configured;
	struct port_set ports;
	struct network_set nat64;
};

static int
compare(const void *a, const void *b)
{
	return address_compare(a, b);
}

struct own *
own_new(const struct network_set *addresses, const struct port_set *ports,
	const struct network_set *nat64)
{
	struct own *own = calloc(1, sizeof(*own));

	if (!own)
		return NULL;
	pthread_mutex_init(&own->lock, NULL);
	atomic_init(&own->references, 1);
	atomic_init(&own->read_at, 0);
	atomic_init(&own->version, 1);
	own->configured = calloc(addresses->n + 1, sizeof(*own->configured));
	own->ports.ranges = calloc(ports->n + 1, sizeof(*ports->ranges));
	own->nat64.networks = calloc(nat64->n + 1, sizeof(*nat64->networks));
	if (!own->configured || !own->ports.ranges || !own->nat64.networks) {
		own_unref(own);
		return NULL;
	}
	for (size_t i = 0; i < addresses->n; i++)
		own->configured[own->n_configured++] = addresses->networks[i].address;
	own->ports.n = ports->n;
	if (ports->n)
		memcpy(own->ports.ranges, ports->ranges, ports->n * sizeof(*ports->ranges));
	own->nat64.n = nat64->n;
	if (nat64->n)
		memcpy(own->nat64.networks, nat64->networks, nat64->n * sizeof(*nat64->networks));
	return own;
}

struct own *
own_ref(struct own *own)
{
	atomic_fetch_add_explicit(&own->references, 1, memory_order_relaxed);
	return own;
}

void
own_unref(struct own *own)
{
	if (!own || atomic_fetch_sub_explicit(&own->references, 1, memory_order_acq_rel) != 1)
		return;
	pthread_mutex_destroy(&own->lock);
	free(own->addresses);
	free(own->configured);
	free(own->ports.ranges);
	free(own->nat64.networks);
	free(own);
}

/* False for loopback, and for families that are none of ours. */
static bool
take_address(const struct sockaddr *from, struct address *ret)
{
	struct address address = {0};

	if (from && from->sa_family == AF_INET) {
		address.family = 4;
		memcpy(address.bytes, &((const struct sockaddr_in *)from)->sin_addr, 4);
		if (address.bytes[0] == 127)
			return false;
	} else if (from && from->sa_family == AF_INET6) {
		const struct in6_addr *in6 = &((const struct sockaddr_in6 *)from)->sin6_addr;

		address.family = 6;
		memcpy(address.bytes, in6, 16);
		if (IN6_IS_ADDR_LOOPBACK(in6))
			return false;
	} else {
		return false;
	}
	*ret = address;
	return true;
}

/* Takes the addresses over; the version is another only if they are others. */
static void
replace_addresses(struct own *own, struct address *addresses, size_t n)
{
	bool same = n == own->n;

	for (size_t i = 0; same && i < n; i++)
		same = address_compare(&own->addresses[i], &addresses[i]) == 0;
	free(own->addresses);
	own->addresses = addresses;
	own->n = n;
	if (!same)
		atomic_fetch_add_explicit(&own->version, 1, memory_order_release);
}

/* On any failure the last state is kept. */
static void
read_interfaces(struct own *own)
{
	struct ifaddrs *interfaces, *i;
	struct address *addresses;
	size_t n = own->n_configured;

	if (getifaddrs(&interfaces) < 0)
		return;
	for (i = interfaces; i; i = i->ifa_next)
		n++;
	addresses = calloc(n + 1, sizeof(*addresses));
	if (addresses) {
		n = own->n_configured;
		memcpy(addresses, own->configured, n * sizeof(*addresses));
		for (i = interfaces; i; i = i->ifa_next)
			n += take_address(i->ifa_addr, &addresses[n]);
		for (size_t k = 0; k < n; k++) {
			struct address inside;

			if (address_inside(&own->nat64, &addresses[k], &inside))
				addresses[k] = inside;
		}
		qsort(addresses, n, sizeof(*addresses), compare);
		replace_addresses(own, addresses, n);
	}
	freeifaddrs(interfaces);
}

/* The wall clock: it counts suspended time, in which machines move, and a step back is another reason to
 * look again. */
static bool
is_old(struct own *own, int64_t now)
{
	int64_t read_at = atomic_load_explicit(&own->read_at, memory_order_relaxed);

	return read_at == 0 || now < read_at || now - read_at > LIMIT_OWN_REREAD * NS_PER_S;
}

struct own_addresses
own_lock(struct own *own)
{
	int64_t now = clock_coarse_ns();

	pthread_mutex_lock(&own->lock);
	if (is_old(own, now)) {
		read_interfaces(own);
		atomic_store_explicit(&own->read_at, now, memory_order_relaxed);
	}
	return (struct own_addresses){own->addresses, own->n, &own->ports, &own->nat64};
}

unsigned
own_version(struct own *own)
{
	if (is_old(own, clock_coarse_ns())) {
		own_lock(own);
		own_unlock(own);
	}
	return atomic_load_explicit(&own->version, memory_order_acquire);
}

void
own_unlock(struct own *own)
{
	pthread_mutex_unlock(&own->lock);
}
