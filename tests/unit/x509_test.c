/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole certificates and keys, cut, lengthened and changed. */
#include "base/x509.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "unit.h"

const char unit_name[] = "base/x509";

enum { MOST = 512 };

/* Octets in a block of just their size, so that a sanitizer sees who reads beyond. */
static uint8_t *
octets(const char *hex, size_t *ret_length)
{
	size_t n = strlen(hex) / 2;
	uint8_t *data = malloc(n ? n : 1);

	for (size_t i = 0; i < n; i++) {
		unsigned octet = 0;

		sscanf(hex + 2 * i, "%2x", &octet);
		data[i] = (uint8_t)octet;
	}
	*ret_length = n;
	return data;
}

static bool
is(enum x509_result (*what)(const uint8_t *, size_t), const char *hex)
{
	size_t length;
	uint8_t *data = octets(hex, &length);
	bool result = what(data, length);

	free(data);
	return result;
}

static void
what_is_one_and_what_is_not(void)
{
	static const struct {
		const char *hex;
		bool certificate, key;
	} cases[] = {
		{KEYS_CERTIFICATE, true, false},
		{KEYS_KEY, false, true},
		{KEYS_RSA, false, true},
		{KEYS_CERTIFICATE "00", false, false},
		{KEYS_KEY "00", false, false},
		{KEYS_CERTIFICATE KEYS_CERTIFICATE, false, false},
		{KEYS_KEY KEYS_KEY, false, false},
		{KEYS_CERTIFICATE KEYS_KEY, false, false},
		{KEYS_SHA256, false, false},
		{"", false, false},
		{"30", false, false},
		{"3000", false, false},
		{"3080", false, false},
		{"3084ffffffff", false, false},
		{"30847fffffff00", false, false},
		{"0500", false, false},
		{"-----BEGIN CERTIFICATE-----", false, false},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		CHECK(is(x509_is_certificate, cases[i].hex) == cases[i].certificate, "%zu", i);
		CHECK(is(x509_is_public_key, cases[i].hex) == cases[i].key, "%zu", i);
	}
	CHECK(!x509_is_certificate(NULL, 0) && !x509_is_public_key(NULL, 0), "nothing at all");
}

/* ---- Made now: what OpenSSL writes, of the kinds of keys that mail servers have ---------------- */

/* Puts octets behind *data, in a block of just that size. */
static uint8_t *
lengthened(const uint8_t *data, int length, int more)
{
	uint8_t *copy = calloc(1, (size_t)(length + more));

	memcpy(copy, data, (size_t)(length < length + more ? length : length + more));
	return copy;
}

/* As it is, it is one; shorter or longer by an octet it is not; and it never is the other. */
static void
check_written(uint8_t *data, int length, bool is_certificate, const char *kind)
{
	CHECK(length > 0, "%s: written", kind);
	for (int more = -1; more <= 1; more++) {
		uint8_t *copy = lengthened(data, length, more);
		size_t n = (size_t)(length + more);

		CHECK(x509_is_certificate(copy, n) == (is_certificate && more == 0),
		      "%s, certificate, %+d octets", kind, more);
		CHECK(x509_is_public_key(copy, n) == (!is_certificate && more == 0),
		      "%s, key, %+d octets", kind, more);
		free(copy);
	}
	OPENSSL_free(data);
}

static void
check_key(EVP_PKEY *key, const EVP_MD *digest, const char *kind)
{
	X509 *x509 = X509_new();
	unsigned char *data = NULL;
	int length;

	CHECK(key && x509, "%s", kind);
	length = i2d_PUBKEY(key, &data);
	check_written(data, length, false, kind);
	X509_gmtime_adj(X509_getm_notBefore(x509), 0);
	X509_gmtime_adj(X509_getm_notAfter(x509), -60); /* ended: usage 3 does not mind */
	CHECK(X509_set_pubkey(x509, key) && X509_sign(x509, key, digest), "%s: signed", kind);
	data = NULL;
	length = i2d_X509(x509, &data);
	check_written(data, length, true, kind);
	X509_free(x509);
	EVP_PKEY_free(key);
}

static void
keys_and_certificates_made_now(void)
{
	check_key(EVP_EC_gen("P-256"), EVP_sha256(), "P-256");
	check_key(EVP_EC_gen("P-384"), EVP_sha384(), "P-384");
	check_key(EVP_RSA_gen(2048), EVP_sha256(), "RSA");
	check_key(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL, "Ed25519");
}

/* A key of a kind that nobody knows, alone and in a certificate, could never verify. */
static void
unknown_kinds_of_keys_are_none(void)
{
	static const uint8_t ed25519[] = {0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21};
	static const char *const both[] = {KEYS_KEY, KEYS_CERTIFICATE};
	enum x509_result (*const are[])(const uint8_t *, size_t) = {x509_is_public_key,
								    x509_is_certificate};

	for (size_t i = 0; i < N_OF(both); i++) {
		size_t length, at = 0;
		uint8_t *data = octets(both[i], &length);

		while (at + sizeof(ed25519) < length &&
		       memcmp(data + at, ed25519, sizeof(ed25519)) != 0)
			at++;
		CHECK(at + sizeof(ed25519) < length, "the algorithm of the key is found");
		CHECK(are[i](data, length), "%zu: as it was", i);
		data[at + 4] = 0x7f;
		CHECK(!are[i](data, length), "%zu: of an unknown kind", i);
		free(data);
	}
}

static void
every_cut_is_none(void)
{
	static const char *const all[] = {KEYS_CERTIFICATE, KEYS_KEY, KEYS_RSA};

	for (size_t i = 0; i < N_OF(all); i++) {
		char hex[2 * MOST];

		for (size_t length = 0; length < strlen(all[i]); length += 2) {
			memcpy(hex, all[i], length);
			hex[length] = '\0';
			CHECK(!is(x509_is_certificate, hex), "%zu cut to %zu", i, length / 2);
			CHECK(!is(x509_is_public_key, hex), "%zu cut to %zu", i, length / 2);
		}
	}
}

/* Each octet changed to each value: whatever the verdict, nothing else happens, and a key is never a
 * certificate. */
static void
every_change_is_survived(void)
{
	static const char *const all[] = {KEYS_CERTIFICATE, KEYS_KEY};

	for (size_t i = 0; i < N_OF(all); i++) {
		size_t length;
		uint8_t *data = octets(all[i], &length);

		for (size_t at = 0; at < length; at++) {
			uint8_t before = data[at];

			for (unsigned octet = 0; octet < 256; octet += 3) {
				data[at] = (uint8_t)octet;
				CHECK(!x509_is_certificate(data, length) ||
					      !x509_is_public_key(data, length),
				      "%zu: octet %zu is %u", i, at, octet);
			}
			data[at] = before;
		}
		free(data);
	}
}

/* OpenSSL's queue of errors belongs to the thread, and so to the program around us. */
static void
errors_of_others_are_left_alone(void)
{
	static const uint8_t bad[] = {0x30, 0x03, 0x02, 0x01, 0x01};
	unsigned long before;

	ERR_clear_error();
	CHECK(!x509_is_certificate(bad, sizeof(bad)) && !x509_is_public_key(bad, sizeof(bad)),
	      "bad");
	CHECK(ERR_peek_error() == 0, "no error is left");
	ERR_raise(ERR_LIB_USER, 7);
	before = ERR_peek_error();
	x509_is_certificate(bad, sizeof(bad));
	x509_is_public_key(bad, sizeof(bad));
	CHECK(is(x509_is_public_key, KEYS_KEY), "an older error does not matter");
	CHECK(ERR_peek_error() == before && ERR_peek_last_error() == before,
	      "what was there is there");
	ERR_clear_error();
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(what_is_one_and_what_is_not),
	UNIT_TEST(keys_and_certificates_made_now),
	UNIT_TEST(unknown_kinds_of_keys_are_none),
	UNIT_TEST(every_cut_is_none),
	UNIT_TEST(every_change_is_survived),
	UNIT_TEST(errors_of_others_are_left_alone),
	CU_TEST_INFO_NULL,
};
