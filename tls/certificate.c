/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/certificate.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "tls/sentence.h"

/* Octets shown of a name, and of an escape of one. */
enum { MOST_NAME = 80, MOST_ESCAPE = 4 };

static void
add_name(struct sentence *text, const ASN1_STRING *name)
{
	sentence_foreign(text, ASN1_STRING_get0_data(name), (size_t)ASN1_STRING_length(name),
			 MOST_NAME);
}

/* One part of a distinguished name; false if it has none. */
static bool
add_part(struct sentence *text, const X509_NAME *name, int nid)
{
	int at = X509_NAME_get_index_by_NID(name, nid, -1);
	const ASN1_STRING *string;

	if (at < 0)
		return false;
	string = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
	sentence_words(text, ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string),
		       MOST_NAME);
	return true;
}

/* As many as fit, with room for the dots. */
static bool
add_dns_names(struct sentence *text, X509 *x509)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
	bool some = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_DNS)
			continue;
		if (text->size - text->length < MOST_NAME * MOST_ESCAPE + 8) {
			sentence_add(text, " ...");
			break;
		}
		sentence_add(text, "%s", some ? " " : "");
		add_name(text, name->d.dNSName);
		some = true;
	}
	GENERAL_NAMES_free(names);
	return some;
}

static void
put_names(X509 *x509, struct certificate *ret)
{
	struct sentence names = sentence_into(ret->names, sizeof(ret->names));
	struct sentence issuer = sentence_into(ret->issuer, sizeof(ret->issuer));
	const X509_NAME *from = X509_get_issuer_name(x509);

	if (!add_dns_names(&names, x509))
		add_part(&names, X509_get_subject_name(x509), NID_commonName);
	if (!add_part(&issuer, from, NID_commonName))
		add_part(&issuer, from, NID_organizationName);
}

static void
put_dates(X509 *x509, struct certificate *ret)
{
	const ASN1_TIME *end = X509_get0_notAfter(x509);
	struct sentence text = sentence_into(ret->not_after, sizeof(ret->not_after));
	struct tm tm;
	int seconds;

	if (ASN1_TIME_to_tm(end, &tm))
		sentence_add(&text, "%04d-%02d-%02d", (tm.tm_year + 1900) % 10000, tm.tm_mon + 1,
			     tm.tm_mday);
	if (!ASN1_TIME_diff(&ret->days_left, &seconds, NULL, end))
		ret->days_left = 0;
	else if (seconds < 0)
		ret->days_left--; /* a day that has begun is over */
}

/* ---- TLSA ----------------------------------------------------------------------------------- */

/* RFC 6698 section 2.1.2: what a record of that selector is about, in DER; freed with OPENSSL_free. */
static int
selected(X509 *x509, uint8_t selector, unsigned char **ret_der)
{
	*ret_der = NULL;
	return selector == 0 ? i2d_X509(x509, ret_der)
			     : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), ret_der);
}

static bool
matches(X509 *x509, const struct nmx_tlsa *tlsa)
{
	const EVP_MD *digests[] = {NULL, EVP_sha256(), EVP_sha512()};
	uint8_t mtype = nmx_tlsa_mtype(tlsa);
	unsigned char digest[EVP_MAX_MD_SIZE], *der;
	unsigned digest_length = 0;
	size_t length;
	const uint8_t *data = nmx_tlsa_data(tlsa, &length);
	int der_length = selected(x509, nmx_tlsa_selector(tlsa), &der);
	bool match = false;

	if (der_length < 0)
		return false;
	if (mtype == 0)
		match = length == (size_t)der_length && memcmp(data, der, length) == 0;
	else if (EVP_Digest(der, (size_t)der_length, digest, &digest_length, digests[mtype], NULL))
		match = length == digest_length && memcmp(data, digest, length) == 0;
	OPENSSL_free(der);
	return match;
}

/*
 * A key is replaced without a gap if its successor's record is there before (RFC 7671 section 8.1): a
 * record of usage 3 that is not about the present certificate, or one of usage 2, which a new certificate
 * of the same authority matches.
 */
static bool
next_key_matches(X509 *x509, const struct nmx_host *host)
{
	for (size_t i = 0; i < nmx_host_tlsa_count(host); i++) {
		const struct nmx_tlsa *tlsa = nmx_host_tlsa(host, i);

		if (nmx_tlsa_state(tlsa) == NMX_TLSA_USED &&
		    (nmx_tlsa_usage(tlsa) == 2 || !matches(x509, tlsa)))
			return true;
	}
	return false;
}

struct certificate
certificate_of(SSL *ssl, const struct nmx_endpoint *endpoint)
{
	X509 *x509 = SSL_get0_peer_certificate(ssl);
	struct certificate certificate = {.is_there = x509 != NULL};

	if (!x509)
		return certificate;
	ERR_set_mark();
	put_names(x509, &certificate);
	put_dates(x509, &certificate);
	certificate.next_key = next_key_matches(x509, nmx_endpoint_host(endpoint));
	ERR_pop_to_mark();
	return certificate;
}
