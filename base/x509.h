/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether bytes from outside are what X.509 calls them, as the OpenSSL that will verify with them sees it. */
#ifndef NMX_BASE_X509_H
#define NMX_BASE_X509_H

#include <stddef.h>
#include <stdint.h>

enum x509_result {
	X509_NO,
	X509_YES,
	X509_NOMEM, /* not known: memory ran out. Never taken for NO, which would cost a host its keys */
};

/* One DER certificate with a public key of a known kind, and nothing behind it. */
enum x509_result x509_is_certificate(const uint8_t *data, size_t length);

/* One DER SubjectPublicKeyInfo of a known kind, and nothing behind it. */
enum x509_result x509_is_public_key(const uint8_t *data, size_t length);

#endif
