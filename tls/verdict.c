/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a connection is what its endpoint demands. OpenSSL's "verified" is true of a resumed
 * session, of a handshake without a certificate, and of an SSL that was told to verify something
 * else or nothing; so nothing is taken for met that is not seen on the SSL itself: a handshake, a
 * certificate, a chain, a match, a name.
 *
 *	no SSL			may: clear, else no-tls
 *	handshake not done	why the certificate was refused, else handshake
 *	may			encrypted
 *	not as setup left it,
 *	or resumed		unverified
 *	encrypt			encrypted
 *	certificate refused	no-match, name, expired, untrusted
 *	sts			pkix, if a chain was verified and the host's name is in it
 *	dane			dane, if a record that is the host's matches, and for usage 2 a name
 */
#include "tls/verdict_text.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

struct judgement {
	SSL *ssl;
	const struct nmx_endpoint *endpoint;
	enum nmx_tls tls;
	struct nmx_tls_verdict *verdict;
	struct sentence text;
};

static void
decide(struct judgement *j, enum nmx_tls_result result)
{
	j->verdict->result = result;
	j->verdict->met = result < NMX_TLS_RESULT_NO_TLS;
}

static void
decide_unverified(struct judgement *j, const char *why)
{
	decide(j, NMX_TLS_RESULT_UNVERIFIED);
	sentence_add(&j->text, "%s", why);
}

/* Why OpenSSL refuses the certificate. */
static void
decide_refused(struct judgement *j, long error)
{
	switch (error) {
	case X509_V_ERR_DANE_NO_MATCH:
		decide(j, NMX_TLS_RESULT_NO_MATCH);
		sentence_add(&j->text, "no TLSA record matches the certificate");
		break;
	case X509_V_ERR_HOSTNAME_MISMATCH:
		decide(j, NMX_TLS_RESULT_NAME);
		verdict_text_name(&j->text, j->ssl, j->endpoint);
		break;
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		decide(j, NMX_TLS_RESULT_EXPIRED);
		verdict_text_date(&j->text, j->ssl);
		break;
	default:
		decide(j, NMX_TLS_RESULT_UNTRUSTED);
		verdict_text_untrusted(&j->text, j->ssl, error);
	}
}

static void
decide_unfinished(struct judgement *j)
{
	long error = SSL_get_verify_result(j->ssl);

	if (j->tls >= NMX_TLS_STS && error != X509_V_OK) {
		decide_refused(j, error);
		return;
	}
	decide(j, NMX_TLS_RESULT_HANDSHAKE);
	verdict_text_handshake(&j->text, j->ssl);
}

/* What is wrong with the connection, whatever its certificate; NULL if nothing is. */
static const char *
fault_of_connection(const struct judgement *j)
{
	if (prepared_of(j->ssl) == PREPARED_NOT)
		return "connection was not prepared by nmx_tls_setup()";
	if (prepared_of(j->ssl) != prepared_for(j->tls))
		return "connection was prepared for another endpoint";
	if (SSL_session_reused(j->ssl))
		return "session was resumed, so nothing was verified";
	if (SSL_version(j->ssl) < TLS1_2_VERSION)
		return "TLS is older than 1.2";
	if (SSL_get_cipher_bits(j->ssl, NULL) <= 0)
		return "the cipher does not encrypt";
	if (j->tls < NMX_TLS_STS)
		return NULL;
	if (!SSL_get0_peer_certificate(j->ssl))
		return "the server sent no certificate";
	if (SSL_get_verify_callback(j->ssl) != prepared_verify)
		return "the verify callback is not nmx_tls_setup()'s";
	return NULL;
}

/* Whether OpenSSL verified the host's names and no others. */
static bool
has_names(const struct judgement *j)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(j->ssl);
	const char *name, *set;
	size_t i = 0;

	for (; (name = prepared_name(j->endpoint, i)); i++) {
		set = X509_VERIFY_PARAM_get0_host(param, (int)i);
		if (!set || strcmp(set, name) != 0)
			return false;
	}
	return i > 0 && !X509_VERIFY_PARAM_get0_host(param, (int)i) &&
	       X509_VERIFY_PARAM_get_hostflags(param) == prepared_name_flags(j->tls);
}

/* Compares the names once more, and keeps the one that matches. */
static bool
match_name(struct judgement *j)
{
	X509 *certificate = SSL_get0_peer_certificate(j->ssl);
	const char *name;

	for (size_t i = 0; (name = prepared_name(j->endpoint, i)); i++) {
		struct sentence to = sentence_into(j->verdict->name, sizeof(j->verdict->name));
		char *found = NULL;

		if (X509_check_host(certificate, name, strlen(name), prepared_name_flags(j->tls),
				    &found) != 1)
			continue;
		if (found)
			sentence_foreign(&to, found, strlen(found), sizeof(j->verdict->name));
		OPENSSL_free(found);
		return true;
	}
	return false;
}

/* The names of a certificate whose chain is good. */
static bool
check_names(struct judgement *j)
{
	if (!has_names(j)) {
		decide_unverified(j, "the names to verify are not nmx_tls_setup()'s");
		return false;
	}
	if (!match_name(j)) {
		decide_refused(j, X509_V_ERR_HOSTNAME_MISMATCH);
		return false;
	}
	return true;
}

static void
decide_pkix(struct judgement *j)
{
	STACK_OF(X509) *chain = SSL_get0_verified_chain(j->ssl);

	/* With TLSA records of the caller's, or a callback for the whole chain, it is not PKIX. */
	if (SSL_get0_dane_authority(j->ssl, NULL, NULL) >= 0 || !chain || sk_X509_num(chain) == 0) {
		decide_unverified(j, "the certificate was not verified by its chain");
		return;
	}
	if (!check_names(j))
		return;
	decide(j, NMX_TLS_RESULT_PKIX);
	sentence_add(&j->text, "certificate is trusted, and for %s", j->verdict->name);
}

/*
 * The host's record that OpenSSL says matches, and at which depth; NULL if it is not the host's.
 * A bare key (2 1 0) whose certificate was not sent stands above the certificate that OpenSSL
 * names.
 */
static const struct nmx_tlsa *
find_match(const struct judgement *j, int *ret_depth)
{
	const struct nmx_host *host = nmx_endpoint_host(j->endpoint);
	const unsigned char *data = NULL;
	X509 *certificate = NULL;
	uint8_t usage, selector, mtype;
	size_t length = 0;
	int depth = SSL_get0_dane_tlsa(j->ssl, &usage, &selector, &mtype, &data, &length);

	if (depth < 0 || !data || SSL_get0_dane_authority(j->ssl, &certificate, NULL) < 0)
		return NULL;
	for (size_t i = 0; i < nmx_host_tlsa_count(host); i++) {
		const struct nmx_tlsa *tlsa = nmx_host_tlsa(host, i);
		size_t own_length;
		const uint8_t *own = nmx_tlsa_data(tlsa, &own_length);

		if (nmx_tlsa_usable(tlsa) && nmx_tlsa_usage(tlsa) == usage &&
		    nmx_tlsa_selector(tlsa) == selector && nmx_tlsa_mtype(tlsa) == mtype &&
		    own_length == length && memcmp(own, data, length) == 0) {
			*ret_depth = certificate ? depth : depth + 1;
			return tlsa;
		}
	}
	return NULL;
}

/* RFC 7671 section 9 a second time: OpenSSL leaves out weaker digests too, but by its own table. */
static void
decide_dane(struct judgement *j)
{
	int depth = 0;
	const struct nmx_tlsa *tlsa = find_match(j, &depth);

	if (!tlsa) {
		decide_unverified(j, "no TLSA record of the host was verified");
		return;
	}
	if (nmx_tlsa_state(tlsa) != NMX_TLSA_USED) {
		decide(j, NMX_TLS_RESULT_NO_MATCH);
		verdict_text_tlsa(&j->text, tlsa);
		sentence_add(&j->text, " matches, but is ignored for one with a stronger digest");
		return;
	}
	if (nmx_tlsa_usage(tlsa) != 3 && !check_names(j))
		return;
	decide(j, NMX_TLS_RESULT_DANE);
	j->verdict->tlsa = tlsa;
	j->verdict->depth = depth;
	verdict_text_tlsa(&j->text, tlsa);
	if (nmx_tlsa_usage(tlsa) == 3)
		sentence_add(&j->text, " matches the certificate");
	else
		sentence_add(&j->text, " matches the issuer at depth %d, the certificate is for %s",
			     depth, j->verdict->name);
}

static void
decide_connected(struct judgement *j)
{
	const char *fault = j->tls == NMX_TLS_MAY ? NULL : fault_of_connection(j);
	long error = SSL_get_verify_result(j->ssl);

	if (fault) {
		decide_unverified(j, fault);
	} else if (j->tls < NMX_TLS_STS) {
		decide(j, NMX_TLS_RESULT_ENCRYPTED);
		sentence_add(&j->text, "%s, nothing to verify", SSL_get_version(j->ssl));
	} else if (error != X509_V_OK) {
		decide_refused(j, error);
	} else if (j->tls == NMX_TLS_STS) {
		decide_pkix(j);
	} else {
		decide_dane(j);
	}
}

static void
judge(struct judgement *j)
{
	if (!j->ssl && j->tls == NMX_TLS_MAY) {
		decide(j, NMX_TLS_RESULT_CLEAR);
		sentence_add(&j->text, "no TLS, and none required");
	} else if (!j->ssl) {
		decide(j, NMX_TLS_RESULT_NO_TLS);
		sentence_add(&j->text, "TLS is required but was not offered");
	} else if (!SSL_is_init_finished(j->ssl)) {
		decide_unfinished(j);
	} else {
		decide_connected(j);
	}
}

int
nmx_tls_verdict(SSL *ssl, const struct nmx_endpoint *endpoint, struct nmx_tls_verdict *ret_verdict)
{
	struct nmx_tls_verdict verdict = {.result = NMX_TLS_RESULT_UNVERIFIED};
	struct judgement j = {.ssl = ssl, .endpoint = endpoint, .verdict = &verdict};

	if (!endpoint || !ret_verdict)
		return NMX_E_INVALID;
	j.tls = nmx_endpoint_tls(endpoint);
	j.text = sentence_into(verdict.text, sizeof(verdict.text));
	ERR_set_mark();
	judge(&j);
	/* What is unreadable in a certificate leaves errors, which are not the caller's. */
	ERR_pop_to_mark();
	if (!verdict.met)
		verdict.name[0] = '\0';
	*ret_verdict = verdict;
	return 0;
}

enum nmx_tlsrpt_result
nmx_tls_tlsrpt_result(enum nmx_tls_result result)
{
	switch (result) {
	case NMX_TLS_RESULT_ENCRYPTED:
	case NMX_TLS_RESULT_PKIX:
	case NMX_TLS_RESULT_DANE:
		return NMX_TLSRPT_SUCCESS;
	case NMX_TLS_RESULT_CLEAR:
	case NMX_TLS_RESULT_NO_TLS:
		return NMX_TLSRPT_STARTTLS_NOT_SUPPORTED;
	case NMX_TLS_RESULT_NAME:
		return NMX_TLSRPT_CERTIFICATE_HOST_MISMATCH;
	case NMX_TLS_RESULT_EXPIRED:
		return NMX_TLSRPT_CERTIFICATE_EXPIRED;
	case NMX_TLS_RESULT_UNTRUSTED:
		return NMX_TLSRPT_CERTIFICATE_NOT_TRUSTED;
	case NMX_TLS_RESULT_HANDSHAKE:
	case NMX_TLS_RESULT_NO_MATCH:
	case NMX_TLS_RESULT_UNVERIFIED:
		break;
	}
	return NMX_TLSRPT_VALIDATION_FAILURE;
}

const char *
nmx_tls_result_name(enum nmx_tls_result result)
{
	static const char *const names[] = {
		"clear",    "encrypted", "pkix",    "dane",	 "no-tls",     "handshake",
		"no-match", "name",	 "expired", "untrusted", "unverified",
	};

	return (unsigned)result < sizeof(names) / sizeof(names[0]) ? names[result] : "unknown";
}
