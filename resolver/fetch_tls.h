/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom a fetch trusts, and what it demands of the policy host's certificate (RULES STS-4): a chain to a
 * trusted authority and the host's name as a DNS-ID, with a wildcard for the whole left label only.
 */
#ifndef NMX_RESOLVER_FETCH_TLS_H
#define NMX_RESOLVER_FETCH_TLS_H

#include "base/text.h"

struct x509_store_st;

/* The authorities of a PEM file, or the system's if it is "". 0, NMX_E_NOMEM, or NMX_E_CONFIG with a
 * sentence in error. */
int fetch_tls_trust(const char *ca_file, struct text *error, struct x509_store_st **ret_trusted);
void fetch_tls_distrust(struct x509_store_st *trusted);

/* One connection's certificate; embedded in the transfer. */
struct fetch_tls {
	struct x509_store_st *trusted;
	const char *host;
	bool begun;    /* TCP is there */
	bool heard;    /* the server has sent something */
	bool seen;     /* it has shown a certificate */
	unsigned work; /* its records have made so far */
	bool closed;   /* it has ended TLS as it should: with close_notify */
	int error;     /* of the certificate: X509_V_OK, or why it is not the host's */
};

/* Of an SSL_CTX that libcurl has made. The checks are in force with or without libcurl's own. False
 * without memory. */
bool fetch_tls_prepare(struct fetch_tls *tls, void *ssl_ctx);
/* Whether the server was cut off, for it sent records without end. */
bool fetch_tls_is_flooded(const struct fetch_tls *tls);
/* Why the certificate is not the host's. */
void fetch_tls_print(struct text *text, const struct fetch_tls *tls);
/* What a call of libcurl has left in the thread's error queue is nobody's. */
void fetch_tls_forget_errors(void);

#endif
