/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/orders.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdbool.h>
#include <string.h>

enum {
	SECONDS_A_DAY = 86400,
	HASH_SIZE = 32, /* SHA-256 */
	/* Seeds tried until a plan begins with the host that it must begin with. A host of share p takes 1/p
	 * of them, and one that has a place has mostly more than 1/128. */
	ATTEMPTS = 512,
};

/* ---- The keyed hash ------------------------------------------------------------------------- */

enum use { USE_PLACES, USE_SLOT, USE_SEED };

enum { SECRET_MOST = 64 };

/* HMAC with the secret, for one domain. */
struct keyed {
	EVP_MAC_CTX *mac; /* the process's */
	const char *domain;
};

/* Once in a process: finding it costs more than all the rest. */
static EVP_MAC *
hmac(void)
{
	static EVP_MAC *found;

	if (!found)
		found = EVP_MAC_fetch(NULL, "HMAC", NULL);
	return found;
}

static EVP_MAC_CTX *
new_mac(const uint8_t *secret, size_t secret_size)
{
	char digest[] = "SHA256";
	const OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end()};
	EVP_MAC *algorithm = hmac();
	EVP_MAC_CTX *mac = algorithm ? EVP_MAC_CTX_new(algorithm) : NULL;

	if (mac && EVP_MAC_init(mac, secret, secret_size, parameters))
		return mac;
	EVP_MAC_CTX_free(mac);
	return NULL;
}

/* A worker has one secret all its life, and taking it in costs as much as two hashes: so the last one
 * stays taken in. */
static EVP_MAC_CTX *
mac_of(const uint8_t *secret, size_t secret_size)
{
	static EVP_MAC_CTX *last;
	static uint8_t last_secret[SECRET_MOST];
	static size_t last_size;

	if (secret_size > sizeof(last_secret))
		return NULL;
	if (last && last_size == secret_size && memcmp(last_secret, secret, secret_size) == 0)
		return last;
	EVP_MAC_CTX_free(last);
	last = new_mac(secret, secret_size);
	last_size = secret_size;
	memcpy(last_secret, secret, secret_size);
	return last;
}

static void
add_number(uint8_t *at, uint64_t number)
{
	for (int i = 7; i >= 0; i--, number >>= 8)
		at[i] = (uint8_t)number;
}

/* Of the domain, what it is for, and two numbers. */
static bool
keyed_hash(const struct keyed *keyed, enum use use, uint64_t a, uint64_t b,
	   uint8_t ret_hash[static HASH_SIZE])
{
	uint8_t head[1 + 8 + 8] = {(uint8_t)use};
	size_t n;

	add_number(head + 1, a);
	add_number(head + 9, b);
	return EVP_MAC_init(keyed->mac, NULL, 0, NULL) &&
	       EVP_MAC_update(keyed->mac, head, sizeof(head)) &&
	       EVP_MAC_update(keyed->mac, (const unsigned char *)keyed->domain,
			      strlen(keyed->domain)) &&
	       EVP_MAC_final(keyed->mac, ret_hash, &n, HASH_SIZE) && n == HASH_SIZE;
}

/*
 * A permutation of 0..63 that a hash chooses: a Feistel network of four rounds over two halves of
 * three bits, whose round functions are four tables of eight octets.
 */
static unsigned
permute(const uint8_t hash[static HASH_SIZE], unsigned number)
{
	unsigned left = number >> 3 & 7, right = number & 7;

	for (unsigned round = 0; round < 4; round++) {
		unsigned mixed = left ^ (hash[8 * round + right] & 7);

		left = right;
		right = mixed;
	}
	return left << 3 | right;
}

/* ---- Who stands first ----------------------------------------------------------------------- */

/* Of how many of the 64 orders each host of the best tier is the first. */
struct places {
	size_t n; /* hosts */
	uint8_t of[ORDERS_A_DAY];
};

static size_t
best_tier(const struct nmx_route *route)
{
	const struct nmx_host *first = nmx_route_host(route, 0), *host;
	size_t n = 0;

	while ((host = nmx_route_host(route, n)) && nmx_host_stage(host) == nmx_host_stage(first) &&
	       nmx_host_priority(host) == nmx_host_priority(first))
		n++;
	return n;
}

/*
 * The exact shares of first place (RULES SRV-3, SRV-4), as parts of a whole. RFC 2782 draws one of
 * sum + 1 numbers. Each record gets as many of them as its weight; the one that is left over goes
 * to the first in the list: in turn to those of weight 0, if there are any, else to all. MX hosts have
 * weight 0. A weight is below 2^32, so nothing here exceeds 2^50.
 */
static uint64_t
exact_shares(const struct nmx_route *route, size_t n, uint64_t ret_parts[static ORDERS_A_DAY])
{
	uint64_t sum = 0, n_zero = 0, n_first;

	for (size_t i = 0; i < n; i++) {
		ret_parts[i] = nmx_host_weight(nmx_route_host(route, i));
		sum += ret_parts[i];
		n_zero += ret_parts[i] == 0;
	}
	n_first = n_zero ? n_zero : n;
	for (size_t i = 0; i < n; i++)
		ret_parts[i] = ret_parts[i] * n_first + (n_zero == 0 || ret_parts[i] == 0);
	return (sum + 1) * n_first;
}

/* The shares in 64ths, by the largest remainders; the hash decides between equal ones. */
static void
share_places(const struct nmx_route *route, const uint8_t hash[static HASH_SIZE],
	     struct places *places)
{
	uint64_t parts[ORDERS_A_DAY], whole = exact_shares(route, places->n, parts);
	unsigned left = ORDERS_A_DAY;

	for (size_t i = 0; i < places->n; i++) {
		places->of[i] = (uint8_t)(parts[i] * ORDERS_A_DAY / whole);
		parts[i] = parts[i] * ORDERS_A_DAY % whole;
		left -= places->of[i];
	}
	for (; left; left--) {
		unsigned best = 0;

		for (unsigned i = 1; i < places->n; i++)
			if (parts[i] > parts[best] ||
			    (parts[i] == parts[best] && permute(hash, i) < permute(hash, best)))
				best = i;
		places->of[best]++;
		parts[best] = 0;
	}
}

/* The host that the order begins with; NULL if there is no choice. The hash mixes places, so that they
 * stand in no block, and at other orders for every domain and day. */
static const struct nmx_host *
first_of(const struct nmx_route *route, const uint8_t hash[static HASH_SIZE], unsigned order)
{
	struct places places = {.n = best_tier(route)};
	unsigned place = permute(hash, order);
	size_t host = 0;

	if (places.n < 2 || places.n > ORDERS_A_DAY)
		return NULL;
	share_places(route, hash, &places);
	while (place >= places.of[host])
		place -= places.of[host++];
	return nmx_route_host(route, host);
}

/* ---- The order of a slot -------------------------------------------------------------------- */

static uint64_t
seed_in(const uint8_t hash[static HASH_SIZE])
{
	uint64_t seed = 0;

	for (int i = 0; i < 8; i++)
		seed = seed << 8 | hash[i];
	return seed & NMX_SEED_MAX;
}

/* A plan without endpoints begins with nobody, and no other seed gives it one (RULES SELF-1). */
static bool
begins_as_wanted(const struct nmx_plan *plan, const struct nmx_host *wanted)
{
	const struct nmx_endpoint *first = nmx_plan_endpoint(plan, 0);

	return !wanted || !first || nmx_endpoint_host(first) == wanted;
}

static int
draw(const struct keyed *keyed, struct nmx_route *route, uint64_t day, unsigned order,
     const struct nmx_host *wanted, struct nmx_plan **ret_plan)
{
	for (unsigned attempt = 0;; attempt++) {
		uint8_t hash[HASH_SIZE];
		struct nmx_plan *plan;
		int result;

		if (!keyed_hash(keyed, USE_SEED, day, (uint64_t)attempt << 8 | order, hash))
			return NMX_E_NOMEM;
		result = nmx_plan_new(route, seed_in(hash), &plan);
		if (result != 0)
			return result;
		if (attempt + 1 == ATTEMPTS || begins_as_wanted(plan, wanted)) {
			*ret_plan = plan;
			return 0;
		}
		nmx_plan_free(plan);
	}
}

/* 64 slots that follow each other take each of the 64 orders once, in an order of their own: so
 * shares hold over minutes, not only over a day. */
static int
plan_of_slot(const struct keyed *keyed, struct nmx_route *route, uint64_t day, uint64_t slot,
	     struct nmx_plan **ret_plan)
{
	uint8_t of_slots[HASH_SIZE], of_places[HASH_SIZE];
	unsigned order;

	if (!keyed_hash(keyed, USE_SLOT, slot / ORDERS_A_DAY, 0, of_slots) ||
	    !keyed_hash(keyed, USE_PLACES, day, 0, of_places))
		return NMX_E_NOMEM;
	order = permute(of_slots, slot % ORDERS_A_DAY);
	return draw(keyed, route, day, order, first_of(route, of_places, order), ret_plan);
}

uint64_t
orders_slot(int64_t now_s, unsigned slot_s)
{
	return (now_s > 0 ? (uint64_t)now_s : 0) / (slot_s ? slot_s : 1);
}

/* The day is that of the slot's beginning, so that midnight cuts no slot in two. */
int
orders_plan(const uint8_t *secret, size_t secret_size, struct nmx_route *route, int64_t now_s,
	    unsigned slot_s, struct nmx_plan **ret_plan)
{
	uint64_t slot = orders_slot(now_s, slot_s);
	uint64_t day = slot * (slot_s ? slot_s : 1) / SECONDS_A_DAY;
	const char *domain;
	struct keyed keyed;
	int result = NMX_E_NOMEM;

	if (!secret || !route || !ret_plan)
		return NMX_E_INVALID;
	domain = nmx_route_ascii(route);
	if (*domain == '\0')
		domain = nmx_route_domain(route);
	keyed = (struct keyed){mac_of(secret, secret_size), domain};
	if (keyed.mac)
		result = plan_of_slot(&keyed, route, day, slot, ret_plan);
	return result;
}
