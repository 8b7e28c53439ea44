/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/x509.h"

#include <openssl/err.h>
#include <openssl/x509.h>

bool
x509_is_certificate(const uint8_t *data, size_t length)
{
	const unsigned char *at = data;
	X509 *certificate;
	bool is;

	ERR_set_mark(); /* what is wrong here is nobody else's error */
	certificate = d2i_X509(NULL, &at, (long)length);
	is = certificate && at == data + length && X509_get0_pubkey(certificate);
	X509_free(certificate);
	ERR_pop_to_mark();
	return is;
}

bool
x509_is_public_key(const uint8_t *data, size_t length)
{
	const unsigned char *at = data;
	EVP_PKEY *key;
	bool is;

	ERR_set_mark();
	key = d2i_PUBKEY(NULL, &at, (long)length);
	is = key && at == data + length;
	EVP_PKEY_free(key);
	ERR_pop_to_mark();
	return is;
}
