/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An endpoint's TLS requirement, done with OpenSSL 3: DANE (RFC 6698, 7671, 7672) and PKIX (RFC
 * 8461) for SMTP clients. Link with -lnextmx-openssl. For each connection:
 *
 *	SSL *ssl = SSL_new(ctx);
 *	nmx_tls_setup(ssl, endpoint);
 *	... connect, STARTTLS, SSL_connect(ssl) ...
 *	nmx_tls_verdict(ssl, endpoint, &verdict);
 *	if (!verdict.met) ... close, and go on with the next endpoint ...
 *
 * No call blocks. The SSL_CTX may be shared between threads, and holds the trust anchors for
 * PKIX. Errors are enum nmx_error.
 */
#ifndef NEXTMX_OPENSSL_H
#define NEXTMX_OPENSSL_H

#include <nextmx.h>
#include <openssl/ssl.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Prepares a client's SSL before its handshake. It sets the server name; for encrypt and
 * stronger, TLS 1.2 as the least; for dane, the TLSA records and the names for a match of usage
 * 2; for sts, the host's name, which the certificate's DNS names must hold (no common name, no
 * partial wildcard). A handshake that does not verify as the endpoint demands is then broken off
 * by OpenSSL; who would rather finish it and ask nmx_tls_verdict() calls SSL_set_verify(ssl,
 * SSL_VERIFY_NONE, NULL) afterwards. For dane and sts the SSL_CTX's verify callback is put aside;
 * a verdict that would rest on a callback, names, TLSA records or a session set on the SSL
 * afterwards is unverified.
 *
 * On failure the SSL must not be used. Errors: INVALID (NULL, DTLS, or a server's SSL; one of
 * TLS_method() that has no direction yet becomes a client's), STATE (its handshake has begun, it
 * was prepared before, has DANE of its own, or would resume a session, which would not be
 * verified), SYSTEM (OpenSSL could not take what the endpoint demands, no TLSA record for one;
 * see its error queue), NOMEM.
 */
NMX_EXPORT int nmx_tls_setup(SSL *ssl, const struct nmx_endpoint *endpoint);

/* What came of it. From NMX_TLS_RESULT_NO_TLS on, the requirement is not met. */
enum nmx_tls_result {
	NMX_TLS_RESULT_CLEAR = 0,     /* no TLS, and none demanded */
	NMX_TLS_RESULT_ENCRYPTED = 1, /* TLS, and nothing to verify */
	NMX_TLS_RESULT_PKIX = 2,      /* the certificate is trusted, and the host's */
	NMX_TLS_RESULT_DANE = 3,      /* a TLSA record matches */
	NMX_TLS_RESULT_NO_TLS = 4,    /* no TLS, but demanded */
	NMX_TLS_RESULT_HANDSHAKE = 5, /* the handshake failed before anything was verified */
	NMX_TLS_RESULT_NO_MATCH = 6,  /* no TLSA record matches */
	NMX_TLS_RESULT_NAME = 7,      /* the certificate is another host's */
	NMX_TLS_RESULT_EXPIRED = 8,   /* expired, or not valid yet */
	NMX_TLS_RESULT_UNTRUSTED = 9, /* the chain ends in no trusted certificate, or is broken */
	/*
	 * for encrypt and stronger: OpenSSL is content, and that proves nothing. A resumed session,
	 * an SSL not prepared for this endpoint or changed since, no certificate, no encryption
	 */
	NMX_TLS_RESULT_UNVERIFIED = 10,
};

struct nmx_tls_verdict {
	enum nmx_tls_result result;
	int met; /* 1: mail may be sent over this connection */
	const struct nmx_tlsa
		*tlsa;	/* dane: the record that matches, lent by the route; else NULL */
	int depth;	/* dane: of the certificate or key that matches it, 0 is the server's own */
	char name[256]; /* the certificate's name that matches, where names are verified */
	char text[512]; /* the same as a sentence in printable ASCII, with what failed exactly */
};

/*
 * Judges a connection after its handshake, done or failed; ssl is NULL if there was none (no
 * STARTTLS). Call it in the thread of the handshake, before its error queue is cleared. Errors:
 * INVALID.
 */
NMX_EXPORT int nmx_tls_verdict(SSL *ssl, const struct nmx_endpoint *endpoint,
			       struct nmx_tls_verdict *ret_verdict);

/* The same in the words of TLS reports (RFC 8460 section 4.3), for nmx_attempt_set_tls(). */
NMX_EXPORT enum nmx_tlsrpt_result nmx_tls_tlsrpt_result(enum nmx_tls_result result);

/* "dane", "no-match", ...; "unknown" for others. Static strings. */
NMX_EXPORT const char *nmx_tls_result_name(enum nmx_tls_result result);

#ifdef __cplusplus
}
#endif

#endif
