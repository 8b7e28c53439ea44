/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether bytes from outside are what X.509 calls them, as the OpenSSL that will verify with them sees it. */
#ifndef NMX_BASE_X509_H
#define NMX_BASE_X509_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One DER certificate with a public key of a known kind, and nothing behind it. */
bool x509_is_certificate(const uint8_t *data, size_t length);

/* One DER SubjectPublicKeyInfo of a known kind, and nothing behind it. */
bool x509_is_public_key(const uint8_t *data, size_t length);

#endif
