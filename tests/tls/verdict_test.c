/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections of which OpenSSL itself has nothing to object, and that still are not what is
 * demanded.
 */
#include "peers.h"
#include "unit.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

const char unit_name[] = "verdict";

static SSL_CTX *ctx, *server; /* the client trusts CERT_CA */
static struct peers_endpoint endpoints[NMX_TLS_DANE + 1];
static struct peers_endpoint ta; /* dane with a record of usage 2 */

/* Made once, and never freed. */
static void
begin(void)
{
	if (ctx)
		return;
	ctx = peers_client_ctx(true);
	server = peers_server_ctx();
	for (enum nmx_tls tls = NMX_TLS_MAY; tls <= NMX_TLS_DANE; tls++)
		peers_endpoint_init(&endpoints[tls], tls, "3 1 1 good");
	peers_endpoint_init(&ta, NMX_TLS_DANE, "2 1 1 intermediate");
}

static void
check(SSL *ssl, const struct peers_endpoint *endpoint, enum nmx_tls_result result, const char *text,
      const char *what)
{
	struct nmx_tls_verdict verdict;

	CHECK(nmx_tls_verdict(ssl, &endpoint->endpoint, &verdict) == 0, "%s", what);
	CHECK_TEXT(nmx_tls_result_name(verdict.result), nmx_tls_result_name(result), "%s %s: %s",
		   what, nmx_tls_name(endpoint->host.tls), verdict.text);
	CHECK(verdict.met == (result < NMX_TLS_RESULT_NO_TLS), "%s: %s", what, verdict.text);
	CHECK(strstr(verdict.text, text), "%s: \"%s\"", what, verdict.text);
	CHECK(!verdict.tlsa == (result != NMX_TLS_RESULT_DANE), "%s", what);
}

static SSL *
prepared(const struct peers_endpoint *endpoint)
{
	SSL *ssl = SSL_new(ctx);

	CHECK(nmx_tls_setup(ssl, &endpoint->endpoint) == 0, "setup");
	return ssl;
}

static bool
talk(SSL *ssl, enum cert_id id)
{
	return peers_talk(ssl, peers_server(server, id, CHAIN_USUAL));
}

static void
finish(SSL *ssl)
{
	SSL_free(ssl);
	ERR_clear_error();
}

static void
test_arguments(void)
{
	struct nmx_tls_verdict verdict = {.depth = 77};

	begin();
	CHECK(nmx_tls_verdict(NULL, NULL, &verdict) == NMX_E_INVALID, "no endpoint");
	CHECK(verdict.depth == 77, "untouched");
	CHECK(nmx_tls_verdict(NULL, &endpoints[0].endpoint, NULL) == NMX_E_INVALID, "no verdict");
}

static void
test_names(void)
{
	static const char *const names[] = {
		"clear",    "encrypted", "pkix",    "dane",	 "no-tls",     "handshake",
		"no-match", "name",	 "expired", "untrusted", "unverified",
	};

	for (int i = 0; i < (int)N_OF(names); i++)
		CHECK_TEXT(nmx_tls_result_name((enum nmx_tls_result)i), names[i], "%d", i);
	CHECK_TEXT(nmx_tls_result_name((enum nmx_tls_result)11), "unknown", "beyond");
	CHECK_TEXT(nmx_tls_result_name((enum nmx_tls_result) - 1), "unknown", "before");
}

static void
test_no_tls(void)
{
	static const char *const text = "TLS is required but was not offered";

	begin();
	check(NULL, &endpoints[NMX_TLS_MAY], NMX_TLS_RESULT_CLEAR, "no TLS", "no SSL");
	for (enum nmx_tls tls = NMX_TLS_ENCRYPT; tls <= NMX_TLS_DANE; tls++)
		check(NULL, &endpoints[tls], NMX_TLS_RESULT_NO_TLS, text, "no SSL");
}

/* New, prepared, and with half a handshake: none is met, not even for may. */
static void
test_unfinished(void)
{
	begin();
	for (enum nmx_tls tls = NMX_TLS_MAY; tls <= NMX_TLS_DANE; tls++) {
		SSL *ssl = SSL_new(ctx);
		BIO *a, *b;

		check(ssl, &endpoints[tls], NMX_TLS_RESULT_HANDSHAKE, "not begun", "new");
		CHECK(nmx_tls_setup(ssl, &endpoints[tls].endpoint) == 0, "setup");
		check(ssl, &endpoints[tls], NMX_TLS_RESULT_HANDSHAKE, "not begun", "prepared");
		BIO_new_bio_pair(&a, 0, &b, 0);
		SSL_set_bio(ssl, a, a);
		SSL_connect(ssl);
		check(ssl, &endpoints[tls], NMX_TLS_RESULT_HANDSHAKE, "did not finish", "waiting");
		BIO_write(b, "220 mx.test.example ESMTP\r\n", 27);
		SSL_connect(ssl);
		check(ssl, &endpoints[tls], NMX_TLS_RESULT_HANDSHAKE,
		      "handshake failed: ", "no TLS spoken");
		BIO_free(b);
		finish(ssl);
	}
}

/* An SSL that the caller made, whatever it verifies. */
static void
test_unprepared(void)
{
	begin();
	for (int i = 0; i < 4; i++) {
		SSL *ssl = SSL_new(ctx);

		if (i > 0)
			SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
		if (i == 2)
			SSL_set1_host(ssl, "mx.test.example");
		if (i == 3) {
			const struct nmx_tlsa *tlsa = &endpoints[NMX_TLS_DANE].tlsa[0];

			SSL_CTX_dane_enable(ctx);
			SSL_dane_enable(ssl, "mx.test.example");
			SSL_dane_tlsa_add(ssl, 3, 1, 1, tlsa->data, tlsa->length);
		}
		CHECK(talk(ssl, CERT_GOOD), "%d", i);
		check(ssl, &endpoints[NMX_TLS_MAY], NMX_TLS_RESULT_ENCRYPTED, "TLSv1.3", "own");
		for (enum nmx_tls tls = NMX_TLS_ENCRYPT; tls <= NMX_TLS_DANE; tls++)
			check(ssl, &endpoints[tls], NMX_TLS_RESULT_UNVERIFIED, "not prepared",
			      "own");
		finish(ssl);
	}
}

/* Prepared for one endpoint, judged for another. */
static void
test_other_endpoint(void)
{
	struct peers_endpoint other, second;

	begin();
	peers_endpoint_init(&other, NMX_TLS_DANE, "3 1 1 other-key, 3 0 1 good");
	peers_endpoint_init(&second, NMX_TLS_STS, NULL);
	second.host.name = "domain.example";
	second.host.n_references = 0;
	for (enum nmx_tls is = NMX_TLS_MAY; is <= NMX_TLS_DANE; is++) {
		SSL *ssl = prepared(&endpoints[is]);

		CHECK(talk(ssl, CERT_GOOD), "%s", nmx_tls_name(is));
		for (enum nmx_tls tls = NMX_TLS_ENCRYPT; tls <= NMX_TLS_DANE; tls++)
			if (tls != is)
				check(ssl, &endpoints[tls], NMX_TLS_RESULT_UNVERIFIED,
				      "another endpoint", nmx_tls_name(is));
		check(ssl, &other, NMX_TLS_RESULT_UNVERIFIED, "", "other records");
		check(ssl, &second, NMX_TLS_RESULT_UNVERIFIED, "", "another name");
		finish(ssl);
	}
	peers_endpoint_done(&other);
	peers_endpoint_done(&second);
}

/* The name is taken away, or weakened, after the setup: OpenSSL is content. */
static void
weaken(SSL *ssl, int how)
{
	switch (how) {
	case 0:
		X509_VERIFY_PARAM_set1_host(SSL_get0_param(ssl), NULL, 0);
		break;
	case 1:
		SSL_set1_host(ssl, "a.example");
		break;
	case 2:
		SSL_add1_host(ssl, "a.example");
		break;
	default:
		SSL_set_hostflags(ssl, X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT);
	}
}

static void
test_weakened_names(void)
{
	const struct peers_endpoint *all[] = {&endpoints[NMX_TLS_STS], &ta};

	begin();
	for (size_t i = 0; i < 2 * 4; i++) {
		enum cert_id id = i / 2 == 3 ? CERT_GOOD : CERT_WRONG;
		SSL *ssl = prepared(all[i % 2]);

		weaken(ssl, (int)i / 2);
		CHECK(talk(ssl, id), "%zu", i);
		check(ssl, all[i % 2], NMX_TLS_RESULT_UNVERIFIED, "names", "weakened");
		finish(ssl);
	}
}

/* A name that is taken away for the handshake and put back after it was never verified. */
static void
test_name_put_back(void)
{
	const struct peers_endpoint *all[] = {&endpoints[NMX_TLS_STS], &ta};

	begin();
	for (size_t i = 0; i < N_OF(all); i++) {
		SSL *ssl = prepared(all[i]);

		X509_VERIFY_PARAM_set1_host(SSL_get0_param(ssl), NULL, 0);
		CHECK(talk(ssl, CERT_WRONG), "%zu", i);
		SSL_set1_host(ssl, "mx.test.example");
		if (i == 1)
			SSL_add1_host(ssl, "domain.example");
		check(ssl, all[i], NMX_TLS_RESULT_NAME, "a.example, b.example, not for",
		      "put back");
		finish(ssl);
	}
}

static void
test_version_lowered(void)
{
	begin();
	for (enum nmx_tls tls = NMX_TLS_ENCRYPT; tls <= NMX_TLS_DANE; tls++) {
		SSL *ssl = prepared(&endpoints[tls]);

		SSL_set_min_proto_version(ssl, TLS1_VERSION);
		SSL_set_max_proto_version(ssl, TLS1_1_VERSION);
		CHECK(talk(ssl, CERT_GOOD), "TLS 1.1");
		check(ssl, &endpoints[tls], NMX_TLS_RESULT_UNVERIFIED, "older", "lowered");
		finish(ssl);
	}
}

static int
accept_all(int good, X509_STORE_CTX *store)
{
	(void)good;
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return 1;
}

static int
accept_chain(X509_STORE_CTX *store, void *user)
{
	(void)store;
	(void)user;
	return 1;
}

/* A callback of the SSL_CTX's that finds all well is put aside; one set afterwards spoils it. */
static void
test_callbacks(void)
{
	SSL_CTX *own = peers_client_ctx(true);

	begin();
	SSL_CTX_set_verify(own, SSL_VERIFY_PEER, accept_all);
	for (enum nmx_tls tls = NMX_TLS_STS; tls <= NMX_TLS_DANE; tls++) {
		SSL *ssl = SSL_new(own);

		CHECK(nmx_tls_setup(ssl, &endpoints[tls].endpoint) == 0, "setup");
		CHECK(!talk(ssl, CERT_SELF), "not accepted");
		finish(ssl);

		ssl = SSL_new(own);
		CHECK(nmx_tls_setup(ssl, &endpoints[tls].endpoint) == 0, "setup");
		SSL_set_verify(ssl, SSL_VERIFY_PEER, accept_all);
		CHECK(talk(ssl, CERT_SELF), "accepted");
		check(ssl, &endpoints[tls], NMX_TLS_RESULT_UNVERIFIED, "callback", "set after");
		finish(ssl);
	}
	SSL_CTX_free(own);
}

/* The same for a callback in place of all verification. */
static void
test_chain_callback(void)
{
	const struct peers_endpoint *all[] = {&endpoints[NMX_TLS_STS], &endpoints[NMX_TLS_DANE],
					      &ta};
	SSL_CTX *own = peers_client_ctx(true);

	begin();
	SSL_CTX_set_cert_verify_callback(own, accept_chain, NULL);
	for (size_t i = 0; i < N_OF(all); i++) {
		SSL *ssl = SSL_new(own);

		CHECK(nmx_tls_setup(ssl, &all[i]->endpoint) == 0, "setup");
		CHECK(talk(ssl, CERT_GOOD), "accepted");
		check(ssl, all[i], NMX_TLS_RESULT_UNVERIFIED, "verified", "chain callback");
		finish(ssl);
	}
	SSL_CTX_free(own);
}

/* A session in which everything was verified; the next connection resumes it. */
static void
test_resumed(void)
{
	for (int i = 0; i < 2 * (NMX_TLS_DANE + 1); i++) {
		enum nmx_tls tls = (enum nmx_tls)(i / 2);
		struct peers_endpoint *endpoint = &endpoints[tls];
		SSL_SESSION *session;
		SSL *ssl;

		begin();
		ssl = prepared(endpoint);
		SSL_set_max_proto_version(ssl, i % 2 ? TLS1_3_VERSION : TLS1_2_VERSION);
		CHECK(talk(ssl, CERT_GOOD), "first");
		check(ssl, endpoint,
		      tls == NMX_TLS_DANE  ? NMX_TLS_RESULT_DANE
		      : tls == NMX_TLS_STS ? NMX_TLS_RESULT_PKIX
					   : NMX_TLS_RESULT_ENCRYPTED,
		      "", "first");
		session = SSL_get1_session(ssl);
		/* Else a session that did not end well is not resumed. */
		SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
		SSL_free(ssl);

		ssl = prepared(endpoint);
		SSL_set_max_proto_version(ssl, i % 2 ? TLS1_3_VERSION : TLS1_2_VERSION);
		CHECK(SSL_set_session(ssl, session), "after the setup");
		CHECK(talk(ssl, CERT_GOOD), "second");
		CHECK(SSL_session_reused(ssl), "%s, TLS 1.%d", nmx_tls_name(tls), 2 + i % 2);
		check(ssl, endpoint,
		      tls == NMX_TLS_MAY ? NMX_TLS_RESULT_ENCRYPTED : NMX_TLS_RESULT_UNVERIFIED,
		      tls == NMX_TLS_MAY ? "" : "resumed", "second");
		SSL_SESSION_free(session);
		finish(ssl);
	}
}

/* Records of the caller's on an SSL for sts would let a TLSA match stand for PKIX. */
static void
test_dane_under_sts(void)
{
	const struct cert *self = cert_get(CERT_SELF);
	unsigned char digest[32], *der = NULL;
	SSL *ssl;
	int n = i2d_PUBKEY(self->key, &der);

	begin();
	EVP_Digest(der, (size_t)n, digest, NULL, EVP_sha256(), NULL);
	OPENSSL_free(der);
	SSL_CTX_dane_enable(ctx);
	for (int before = 0; before < 2; before++) {
		ssl = SSL_new(ctx);
		if (!before)
			nmx_tls_setup(ssl, &endpoints[NMX_TLS_STS].endpoint);
		CHECK(SSL_dane_enable(ssl, "mx.test.example") == 1, "enable");
		CHECK(SSL_dane_tlsa_add(ssl, 3, 1, 1, digest, sizeof(digest)) == 1, "add");
		if (before)
			nmx_tls_setup(ssl, &endpoints[NMX_TLS_STS].endpoint);
		CHECK(talk(ssl, CERT_SELF), "OpenSSL is content");
		check(ssl, &endpoints[NMX_TLS_STS], NMX_TLS_RESULT_UNVERIFIED, "not verified",
		      "records");
		finish(ssl);
	}
}

/* nmx_tls_verdict() leaves the error queue as it was. */
static void
test_error_queue(void)
{
	SSL *ssl;

	begin();
	ssl = prepared(&endpoints[NMX_TLS_STS]);
	CHECK(!talk(ssl, CERT_SELF), "refused");
	CHECK(ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_CERTIFICATE_VERIFY_FAILED, "there");
	check(ssl, &endpoints[NMX_TLS_STS], NMX_TLS_RESULT_UNTRUSTED, "self-signed", "refused");
	CHECK(ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_CERTIFICATE_VERIFY_FAILED,
	      "still there");
	finish(ssl);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(test_arguments),
	UNIT_TEST(test_names),
	UNIT_TEST(test_no_tls),
	UNIT_TEST(test_unfinished),
	UNIT_TEST(test_unprepared),
	UNIT_TEST(test_other_endpoint),
	UNIT_TEST(test_weakened_names),
	UNIT_TEST(test_name_put_back),
	UNIT_TEST(test_version_lowered),
	UNIT_TEST(test_callbacks),
	UNIT_TEST(test_chain_callback),
	UNIT_TEST(test_resumed),
	UNIT_TEST(test_dane_under_sts),
	UNIT_TEST(test_error_queue),
	CU_TEST_INFO_NULL,
};
