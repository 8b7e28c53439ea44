/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/x509.h"

#include <stdbool.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>

/* More than OpenSSL needs for anything that fits a DNS answer. */
enum { ROOM = 512 * 1024 };

static bool
parses_as_certificate(const uint8_t *data, size_t length)
{
	const unsigned char *at = data;
	X509 *certificate = d2i_X509(NULL, &at, (long)length);
	bool is = certificate && at == data + length && X509_get0_pubkey(certificate);

	X509_free(certificate);
	return is;
}

static bool
parses_as_public_key(const uint8_t *data, size_t length)
{
	const unsigned char *at = data;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)length);
	bool is = key && at == data + length;

	EVP_PKEY_free(key);
	return is;
}

/* The base point of P-256 (FIPS 186-4 section D.1.2.3) as a public key: what everybody can read. */
static const uint8_t good_key[] = {
	0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
	0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
	0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5,
	0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4,
	0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a,
	0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33,
	0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
};

/*
 * OpenSSL does not tell reliably whether it was short of memory, now or when it set itself up, or whether
 * the data were bad. So a "no" counts only if it is repeated while there is plenty, and a good key is read.
 */
static enum x509_result
ask(bool (*parses)(const uint8_t *data, size_t length), const uint8_t *data, size_t length)
{
	enum x509_result result = X509_YES;
	void *room;

	ERR_set_mark(); /* what is wrong here is nobody else's error */
	if (!parses(data, length)) {
		room = OPENSSL_malloc(ROOM);
		OPENSSL_free(room);
		if (!room || !parses_as_public_key(good_key, sizeof(good_key)))
			result = X509_NOMEM;
		else
			result = parses(data, length) ? X509_YES : X509_NO;
	}
	ERR_pop_to_mark();
	return result;
}

enum x509_result
x509_is_certificate(const uint8_t *data, size_t length)
{
	return ask(parses_as_certificate, data, length);
}

enum x509_result
x509_is_public_key(const uint8_t *data, size_t length)
{
	return ask(parses_as_public_key, data, length);
}
