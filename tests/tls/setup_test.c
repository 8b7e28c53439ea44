/* SPDX-License-Identifier: BSD-2-Clause */
/* What an SSL has after nmx_tls_setup(), and which ones it refuses. */
#include "peers.h"
#include "unit.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <string.h>

const char unit_name[] = "setup";

static SSL_CTX *ctx; /* a client's that trusts CERT_CA */
static struct peers_endpoint may, encrypt, sts, dane;

/* Made once, and never freed. */
static void
begin(void)
{
	if (ctx)
		return;
	ctx = peers_client_ctx(true);
	peers_endpoint_init(&may, NMX_TLS_MAY, NULL);
	peers_endpoint_init(&encrypt, NMX_TLS_ENCRYPT, NULL);
	peers_endpoint_init(&sts, NMX_TLS_STS, NULL);
	peers_endpoint_init(&dane, NMX_TLS_DANE, "3 1 1 good");
}

static struct peers_endpoint *
endpoint_of(enum nmx_tls tls)
{
	struct peers_endpoint *all[] = {&may, &encrypt, &sts, &dane};

	return all[tls];
}

/* A setup of a new SSL; the SSL is freed. */
static int
setup_new(SSL_CTX *of, const struct peers_endpoint *endpoint)
{
	SSL *ssl = SSL_new(of);
	int error = nmx_tls_setup(ssl, &endpoint->endpoint);

	SSL_free(ssl);
	ERR_clear_error();
	return error;
}

static void
check_prepared(enum nmx_tls tls, const SSL_METHOD *method)
{
	const char *name = nmx_tls_name(tls);
	SSL_CTX *own = SSL_CTX_new(method);
	SSL *ssl = SSL_new(own);
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	unsigned flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;

	SSL_set_min_proto_version(ssl, TLS1_VERSION);
	SSL_set_verify(ssl, tls < NMX_TLS_STS ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	CHECK(nmx_tls_setup(ssl, &endpoint_of(tls)->endpoint) == 0, "%s", name);
	CHECK(!SSL_is_server(ssl), "%s", name);
	CHECK(SSL_get_min_proto_version(ssl) ==
		      (tls == NMX_TLS_MAY ? TLS1_VERSION : TLS1_2_VERSION),
	      "%s", name);
	CHECK_TEXT(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name), "mx.test.example", "%s",
		   name);
	CHECK(SSL_get_verify_mode(ssl) == (tls < NMX_TLS_STS ? SSL_VERIFY_NONE : SSL_VERIFY_PEER),
	      "%s", name);
	CHECK(ERR_peek_error() == 0, "%s leaves errors", name);
	if (tls >= NMX_TLS_STS) {
		CHECK_TEXT(X509_VERIFY_PARAM_get0_host(param, 0), "mx.test.example", "%s", name);
		flags |= tls == NMX_TLS_STS ? X509_CHECK_FLAG_NEVER_CHECK_SUBJECT : 0;
		CHECK(X509_VERIFY_PARAM_get_hostflags(param) == flags, "%s", name);
	}
	if (tls == NMX_TLS_DANE)
		CHECK_TEXT(X509_VERIFY_PARAM_get0_host(param, 1), "domain.example", "%s", name);
	else
		CHECK(!X509_VERIFY_PARAM_get0_host(param, 1), "%s", name);
	SSL_free(ssl);
	SSL_CTX_free(own);
}

static void
test_prepared(void)
{
	begin();
	for (enum nmx_tls tls = NMX_TLS_MAY; tls <= NMX_TLS_DANE; tls++) {
		check_prepared(tls, TLS_client_method());
		check_prepared(tls, TLS_method());
	}
}

/* What the caller's SSL_CTX had is replaced where it is weaker, and kept where it is stronger. */
static void
test_inherited(void)
{
	SSL_CTX *own = SSL_CTX_new(TLS_client_method());
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(own);
	SSL *ssl;

	begin();
	SSL_CTX_set_min_proto_version(own, TLS1_3_VERSION);
	X509_VERIFY_PARAM_set1_host(param, "evil.example", 0);
	X509_VERIFY_PARAM_add1_host(param, "worse.example", 0);
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT);
	for (enum nmx_tls tls = NMX_TLS_STS; tls <= NMX_TLS_DANE; tls++) {
		ssl = SSL_new(own);
		param = SSL_get0_param(ssl);
		CHECK(nmx_tls_setup(ssl, &endpoint_of(tls)->endpoint) == 0, "setup");
		CHECK(SSL_get_min_proto_version(ssl) == TLS1_3_VERSION, "not lowered");
		CHECK_TEXT(X509_VERIFY_PARAM_get0_host(param, 0), "mx.test.example", "replaced");
		CHECK(!X509_VERIFY_PARAM_get0_host(param, tls == NMX_TLS_DANE ? 2 : 1), "no more");
		CHECK(!(X509_VERIFY_PARAM_get_hostflags(param) &
			X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT),
		      "replaced");
		SSL_free(ssl);
	}
	SSL_CTX_free(own);
}

static const char *
server_name_after(const char *sni, const char *before)
{
	static char name[64];
	struct peers_endpoint endpoint;
	SSL *ssl = SSL_new(ctx);
	const char *got;

	peers_endpoint_init(&endpoint, NMX_TLS_ENCRYPT, NULL);
	endpoint.host.sni = sni;
	if (before)
		SSL_set_tlsext_host_name(ssl, before);
	CHECK(nmx_tls_setup(ssl, &endpoint.endpoint) == 0, "%s", sni);
	got = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	strcpy(name, got ? got : "none");
	SSL_free(ssl);
	return name;
}

static void
test_server_name(void)
{
	begin();
	CHECK_TEXT(server_name_after("mx.example", NULL), "mx.example", "a name");
	CHECK_TEXT(server_name_after("mx.example", "other.example"), "mx.example", "another");
	CHECK_TEXT(server_name_after("", NULL), "none", "none");
	CHECK_TEXT(server_name_after("", "other.example"), "none", "the caller's is taken away");
	CHECK_TEXT(server_name_after("192.0.2.1", NULL), "none", "IPv4");
	CHECK_TEXT(server_name_after("2001:db8::1", NULL), "none", "IPv6");
	CHECK_TEXT(server_name_after("[192.0.2.1]", NULL), "none", "a literal");
	CHECK_TEXT(server_name_after("1.2.3.4.example", NULL), "1.2.3.4.example", "a name");
}

static void
test_refused(void)
{
	SSL_CTX *both = SSL_CTX_new(TLS_method()), *server = peers_server_ctx();
	SSL_CTX *datagram = SSL_CTX_new(DTLS_client_method());
	SSL_SESSION *session = SSL_SESSION_new();
	SSL *ssl = SSL_new(both);

	begin();
	CHECK(nmx_tls_setup(NULL, &may.endpoint) == NMX_E_INVALID, "no SSL");
	CHECK(nmx_tls_setup(ssl, NULL) == NMX_E_INVALID, "no endpoint");
	CHECK(setup_new(server, &may) == NMX_E_INVALID, "a server's method");
	CHECK(setup_new(datagram, &may) == NMX_E_INVALID, "datagrams");
	SSL_set_accept_state(ssl);
	CHECK(nmx_tls_setup(ssl, &may.endpoint) == NMX_E_INVALID, "told to accept");
	SSL_set_connect_state(ssl);
	CHECK(nmx_tls_setup(ssl, &may.endpoint) == 0, "told to connect");
	CHECK(nmx_tls_setup(ssl, &may.endpoint) == NMX_E_STATE, "twice");
	CHECK(nmx_tls_setup(ssl, &dane.endpoint) == NMX_E_STATE, "twice, another endpoint");
	SSL_free(ssl);

	ssl = SSL_new(ctx);
	SSL_SESSION_set_protocol_version(session, TLS1_2_VERSION);
	CHECK(SSL_set_session(ssl, session), "a session");
	CHECK(nmx_tls_setup(ssl, &may.endpoint) == NMX_E_STATE, "a session to resume");
	SSL_SESSION_free(session);
	SSL_free(ssl);
	SSL_CTX_free(both);
	SSL_CTX_free(server);
	SSL_CTX_free(datagram);
	ERR_clear_error();
}

/* Once begun, the handshake is of an SSL that nobody told what to verify. */
static void
test_begun(void)
{
	BIO *a, *b;
	SSL *ssl;

	begin();
	ssl = SSL_new(ctx);
	BIO_new_bio_pair(&a, 0, &b, 0);
	SSL_set_bio(ssl, a, a);
	SSL_connect(ssl);
	CHECK(nmx_tls_setup(ssl, &dane.endpoint) == NMX_E_STATE, "begun");
	SSL_free(ssl);
	BIO_free(b);
	ERR_clear_error();
}

struct error_row {
	const char *what;
	const char *tlsa; /* of dane; NULL: sts */
	const char *name; /* the host's, the server's and the only reference; NULL: as usual */
	int error;
};

static const struct error_row error_rows[] = {
	{"no record", "", NULL, NMX_E_SYSTEM},
	{"no usable record", "1 1 1 good, 3 2 1 good, 3 1 3 good", NULL, NMX_E_SYSTEM},
	{"one usable", "1 1 1 good, 3 1 1 good", NULL, 0},
	{"no name for dane", "3 1 1 good", "", NMX_E_SYSTEM},
	{"a name with a dot first", "3 1 1 good", ".example", NMX_E_SYSTEM},
	{"an address for dane", "3 1 1 good", "192.0.2.1", NMX_E_SYSTEM},
	{"no name for sts", NULL, "", NMX_E_SYSTEM},
	{"a name with a dot first for sts", NULL, ".example", NMX_E_SYSTEM},
	{"an address for sts", NULL, "192.0.2.1", NMX_E_SYSTEM},
	{"a literal for sts", NULL, "[192.0.2.1]", NMX_E_SYSTEM},
};

/* Each of them would be "verify nothing" to OpenSSL. And after a failure there is no second try. */
static void
test_errors(void)
{
	SSL_CTX *server = peers_server_ctx();

	begin();
	for (size_t i = 0; i < N_OF(error_rows); i++) {
		const struct error_row *row = &error_rows[i];
		struct peers_endpoint endpoint;
		struct nmx_tls_verdict verdict;
		SSL *ssl = SSL_new(ctx);

		peers_endpoint_init(&endpoint, row->tlsa ? NMX_TLS_DANE : NMX_TLS_STS, row->tlsa);
		if (row->name) {
			endpoint.host.name = endpoint.host.sni = row->name;
			endpoint.host.references = &endpoint.host.name;
			endpoint.host.n_references = 1;
		}
		CHECK(nmx_tls_setup(ssl, &endpoint.endpoint) == row->error, "%s", row->what);
		CHECK(nmx_tls_setup(ssl, &endpoint.endpoint) == NMX_E_STATE, "%s", row->what);
		peers_talk(ssl, peers_server(server, CERT_GOOD, CHAIN_USUAL));
		nmx_tls_verdict(ssl, &endpoint.endpoint, &verdict);
		CHECK(verdict.met == !row->error, "%s: %s", row->what, verdict.text);
		SSL_free(ssl);
		ERR_clear_error();
		peers_endpoint_done(&endpoint);
	}
	SSL_CTX_free(server);
}

/* The name of the handshake alone is none; and sts has one name, whatever the host has. */
static void
test_odd_names(void)
{
	struct peers_endpoint endpoint;
	SSL *ssl;

	begin();
	peers_endpoint_init(&endpoint, NMX_TLS_DANE, "3 1 1 good");
	endpoint.host.sni = "192.0.2.1";
	CHECK(setup_new(ctx, &endpoint) == NMX_E_SYSTEM, "an address for SNI");
	peers_endpoint_done(&endpoint);

	peers_endpoint_init(&endpoint, NMX_TLS_STS, NULL);
	endpoint.host.n_references = 2;
	ssl = SSL_new(ctx);
	CHECK(nmx_tls_setup(ssl, &endpoint.endpoint) == 0, "two names");
	CHECK_TEXT(X509_VERIFY_PARAM_get0_host(SSL_get0_param(ssl), 0), "mx.test.example", "first");
	CHECK(!X509_VERIFY_PARAM_get0_host(SSL_get0_param(ssl), 1), "no second");
	SSL_free(ssl);
}

/* What does not parse is unusable even if the route says otherwise. */
static void
test_unreadable(void)
{
	static const uint8_t bytes[] = {0x30, 0x03, 0x02, 0x01};
	struct peers_endpoint endpoint;

	begin();
	for (uint8_t selector = 0; selector < 2; selector++) {
		for (uint8_t mtype = 0; mtype < 3; mtype++) {
			peers_endpoint_init(&endpoint, NMX_TLS_DANE, "");
			endpoint.tlsa[0] = (struct nmx_tlsa){
				3, selector, mtype, NMX_TLSA_USED, bytes, sizeof(bytes)};
			endpoint.host.n_tlsa = 1;
			CHECK(setup_new(ctx, &endpoint) == NMX_E_SYSTEM, "3 %d %d", selector,
			      mtype);
		}
	}
}

/* The caller's own DANE is not ours to add to. */
static void
test_dane_already(void)
{
	SSL *ssl;

	begin();
	ssl = SSL_new(ctx);
	SSL_CTX_dane_enable(ctx);
	SSL_dane_enable(ssl, "other.example");
	CHECK(nmx_tls_setup(ssl, &dane.endpoint) == NMX_E_STATE, "enabled before");
	SSL_free(ssl);
	ERR_clear_error();
}

static void *
set_up_many(void *user)
{
	static const char ok[] = "ok";
	bool good = true;

	for (int i = 0; i < 50; i++)
		good = setup_new(user, i % 2 ? &dane : &sts) == 0 && good;
	return good ? (void *)(uintptr_t)ok : NULL;
}

/* Whoever comes first turns DANE on for all. */
static void
test_threads(void)
{
	begin();
	for (int i = 0; i < 20; i++) {
		SSL_CTX *shared = peers_client_ctx(true);
		pthread_t threads[2];
		void *good[2] = {NULL, NULL};

		for (int j = 0; j < 2; j++)
			pthread_create(&threads[j], NULL, set_up_many, shared);
		for (int j = 0; j < 2; j++)
			pthread_join(threads[j], &good[j]);
		CHECK(good[0] && good[1], "round %d", i);
		SSL_CTX_free(shared);
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(test_prepared),  UNIT_TEST(test_inherited),  UNIT_TEST(test_server_name),
	UNIT_TEST(test_refused),   UNIT_TEST(test_begun),      UNIT_TEST(test_errors),
	UNIT_TEST(test_odd_names), UNIT_TEST(test_unreadable), UNIT_TEST(test_dane_already),
	UNIT_TEST(test_threads),   CU_TEST_INFO_NULL,
};
