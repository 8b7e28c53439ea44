/* SPDX-License-Identifier: BSD-2-Clause */
/* What nmx_tls_setup() gives an SSL, and nmx_tls_verdict() looks for: both take it from here. */
#ifndef NMX_TLS_PREPARED_H
#define NMX_TLS_PREPARED_H

#include <nextmx-openssl.h>
#include <stdbool.h>

/* How far nmx_tls_setup() came with an SSL, and for which requirement. */
enum prepared {
	PREPARED_NOT = 0,
	PREPARED_HALF = 1, /* it failed, or is at it */
	PREPARED_MAY = 2,
	PREPARED_ENCRYPT = 3,
	PREPARED_STS = 4,
	PREPARED_DANE = 5,
};

enum prepared prepared_for(enum nmx_tls tls);
/* False if memory ran out. */
bool prepared_mark(SSL *ssl, enum prepared how);
enum prepared prepared_of(const SSL *ssl);

/* The names of which the certificate must have one, for sts and dane; NULL beyond the last. */
const char *prepared_name(const struct nmx_endpoint *endpoint, size_t i);
/* How they are compared: X509_CHECK_FLAG_... */
unsigned prepared_name_flags(enum nmx_tls tls);

/*
 * The verify callback of sts and dane. It changes nothing, and keeps the SSL_CTX's from doing so.
 */
int prepared_verify(int good, X509_STORE_CTX *store);

#endif
