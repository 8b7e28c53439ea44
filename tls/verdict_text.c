/* SPDX-License-Identifier: BSD-2-Clause */
/* What a certificate says of itself is the peer's word: escaped, and a part of it only. */
#include "tls/verdict_text.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

/* What of the peer's a sentence holds at most. */
enum { MOST_NAMES = 4, MOST_NAME = 64, MOST_ISSUER = 64, DIGEST_SHOWN = 4 };

/*
 * The chain as OpenSSL looked at it, the peer's certificate first, and NULL if there was none. A
 * failed handshake has it too, unlike SSL_get0_peer_certificate(); it may then be incomplete.
 */
static X509 *
chain_at(SSL *ssl, int i)
{
	STACK_OF(X509) *chain = SSL_get0_verified_chain(ssl);

	if (chain && i < sk_X509_num(chain))
		return sk_X509_value(chain, i);
	return i == 0 ? SSL_get0_peer_certificate(ssl) : NULL;
}

void
verdict_text_tlsa(struct sentence *text, const struct nmx_tlsa *tlsa)
{
	size_t length;
	const uint8_t *data = nmx_tlsa_data(tlsa, &length);

	sentence_add(text, "TLSA %d %d %d ", nmx_tlsa_usage(tlsa), nmx_tlsa_selector(tlsa),
		     nmx_tlsa_mtype(tlsa));
	for (size_t i = 0; i < length && i < DIGEST_SHOWN; i++)
		sentence_add(text, "%02x", data[i]);
	sentence_add(text, "...");
}

/* Returns how many DNS names the certificate has. */
static size_t
add_dns_names(struct sentence *text, const X509 *certificate)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	size_t n = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_DNS || n++ >= MOST_NAMES)
			continue;
		sentence_add(text, n > 1 ? ", " : "");
		sentence_foreign(text, ASN1_STRING_get0_data(name->d.dNSName),
				 (size_t)ASN1_STRING_length(name->d.dNSName), MOST_NAME);
	}
	GENERAL_NAMES_free(names);
	if (n > MOST_NAMES)
		sentence_add(text, " and %zu more", n - MOST_NAMES);
	return n;
}

static const ASN1_STRING *
common_name(const X509_NAME *name)
{
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);

	return at < 0 ? NULL : X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
}

void
verdict_text_name(struct sentence *text, SSL *ssl, const struct nmx_endpoint *endpoint)
{
	X509 *certificate = chain_at(ssl, 0);
	const ASN1_STRING *subject =
		certificate ? common_name(X509_get_subject_name(certificate)) : NULL;
	const char *name;

	sentence_add(text, "certificate is for ");
	if (!certificate || add_dns_names(text, certificate) == 0) {
		sentence_add(text, "no DNS name");
		if (subject) {
			sentence_add(text, ", common name ");
			sentence_quote(text, ASN1_STRING_get0_data(subject),
				       (size_t)ASN1_STRING_length(subject), MOST_NAME);
		}
	}
	sentence_add(text, ", not for ");
	for (size_t i = 0; (name = prepared_name(endpoint, i)); i++)
		sentence_add(text, "%s%s", i ? " or " : "", name);
}

static void
add_date(struct sentence *text, const ASN1_TIME *time)
{
	char date[sizeof("2026-01-02")];
	struct tm tm;

	if (ASN1_TIME_to_tm(time, &tm) && strftime(date, sizeof(date), "%Y-%m-%d", &tm))
		sentence_add(text, " %s", date);
}

/* Which certificate it was is not in the result, so it is looked for again. */
void
verdict_text_date(struct sentence *text, SSL *ssl)
{
	X509 *certificate;

	for (int i = 0; (certificate = chain_at(ssl, i)); i++) {
		const ASN1_TIME *begin = X509_get0_notBefore(certificate);
		const ASN1_TIME *end = X509_get0_notAfter(certificate);
		const char *whose = i ? "issuer's certificate" : "certificate";

		if (X509_cmp_current_time(end) < 0) {
			sentence_add(text, "%s expired", whose);
			add_date(text, end);
			return;
		}
		if (X509_cmp_current_time(begin) > 0) {
			sentence_add(text, "%s is not valid before", whose);
			add_date(text, begin);
			return;
		}
	}
	sentence_add(text, "certificate is expired or not valid yet");
}

void
verdict_text_untrusted(struct sentence *text, SSL *ssl, long error)
{
	X509 *certificate = chain_at(ssl, 0);
	const ASN1_STRING *issuer =
		certificate ? common_name(X509_get_issuer_name(certificate)) : NULL;

	sentence_add(text, "certificate is not trusted: %s", X509_verify_cert_error_string(error));
	if (issuer) {
		sentence_add(text, ", issued by ");
		sentence_quote(text, ASN1_STRING_get0_data(issuer),
			       (size_t)ASN1_STRING_length(issuer), MOST_ISSUER);
	}
}

void
verdict_text_handshake(struct sentence *text, SSL *ssl)
{
	unsigned long error = ERR_peek_last_error();
	const char *reason = error ? ERR_reason_error_string(error) : NULL;
	char buffer[128];

	if (SSL_in_before(ssl))
		sentence_add(text, "handshake has not begun");
	else if (reason)
		sentence_add(text, "handshake failed: %s", reason);
	else if (ERR_SYSTEM_ERROR(error))
		sentence_add(text, "handshake failed: %s",
			     strerror_r(ERR_GET_REASON(error), buffer, sizeof(buffer)));
	else
		sentence_add(text, "handshake did not finish");
}
