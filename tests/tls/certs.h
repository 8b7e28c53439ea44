/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Certificates with EC keys, made when first asked for and never freed. The host under test is
 * mx.test.example; unless told otherwise a leaf has that DNS name, is signed by the intermediate,
 * that by the CA, and is valid now.
 */
#ifndef NMX_TESTS_TLS_CERTS_H
#define NMX_TESTS_TLS_CERTS_H

#include <openssl/x509.h>
#include <stdbool.h>

enum cert_id {
	CERT_CA,
	CERT_OTHER_CA,	   /* in nobody's SSL_CTX; the same name as the CA, another key */
	CERT_INTERMEDIATE, /* signed by the CA */
	CERT_OLD,	   /* an intermediate that has expired */
	CERT_GOOD,
	CERT_OTHER_KEY,	 /* as good, but another one */
	CERT_SECOND,	 /* domain.example, the second reference identifier */
	CERT_WRONG,	 /* DNS names of others, the common name is the host's */
	CERT_CN,	 /* the common name is the host's, no alternative name */
	CERT_CN_MAIL,	 /* the same with a mail address among the alternative names */
	CERT_PARTIAL,	 /* m*.test.example */
	CERT_WHOLE,	 /* *.test.example */
	CERT_WIDE,	 /* *.example */
	CERT_EXPIRED,	 /* in 2021 */
	CERT_EARLY,	 /* not before 2090 */
	CERT_OLD_ISSUER, /* signed by CERT_OLD */
	CERT_UNKNOWN,	 /* signed by CERT_OTHER_CA */
	CERT_SELF,	 /* self-signed */
	CERT_NAMELESS,	 /* nothing but "Mail" as common name, and expired */
	CERT_STRANGE,	 /* control bytes in its names */
	CERT_N,
};

struct cert {
	X509 *x509;
	EVP_PKEY *key;
};

const struct cert *cert_get(enum cert_id id);
const char *cert_name(enum cert_id id);
/* CERT_N if there is none of that name. */
enum cert_id cert_named(const char *name, size_t n);
enum cert_id cert_issuer(enum cert_id id);

#endif
