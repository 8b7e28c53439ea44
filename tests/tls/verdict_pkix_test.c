/* SPDX-License-Identifier: BSD-2-Clause */
/* MTA-STS, encrypt and may against a server (RULES STS-6). */
#include "peers.h"
#include "unit.h"

#include <openssl/err.h>
#include <string.h>

const char unit_name[] = "verdict_pkix";

struct row {
	enum nmx_tls tls;
	const char *server;
	bool trusting;
	const char *result, *text; /* the beginning of the text */
};

static const struct row rows[] = {
	{NMX_TLS_MAY, "good", true, "encrypted", "TLSv1.3, nothing to verify"},
	{NMX_TLS_MAY, "self", false, "encrypted", "TLSv1.3"},
	{NMX_TLS_MAY, "nameless", false, "encrypted", "TLSv1.3"},
	{NMX_TLS_ENCRYPT, "good", false, "encrypted", "TLSv1.3"},
	{NMX_TLS_ENCRYPT, "self", false, "encrypted", "TLSv1.3"},
	{NMX_TLS_ENCRYPT, "nameless", false, "encrypted", "TLSv1.3"},
	{NMX_TLS_STS, "good", true, "pkix", "certificate is trusted, and for mx.test.example"},
	{NMX_TLS_STS, "whole", true, "pkix", "certificate is trusted, and for *.test.example"},
	{NMX_TLS_STS, "partial", true, "name",
	 "certificate is for m*.test.example, not for mx.test.example"},
	{NMX_TLS_STS, "wide", true, "name", "certificate is for *.example, not for"},
	{NMX_TLS_STS, "wrong", true, "name",
	 "certificate is for a.example, b.example, not for mx.test.example"},
	{NMX_TLS_STS, "second", true, "name",
	 "certificate is for domain.example, not for mx.test.example"},
	{NMX_TLS_STS, "cn", true, "name",
	 "certificate is for no DNS name, common name \"mx.test.example\", not for "
	 "mx.test.example"},
	{NMX_TLS_STS, "cn-mail", true, "name", "certificate is for no DNS name, common name"},
	{NMX_TLS_STS, "expired", true, "expired", "certificate expired 2021-03-04"},
	{NMX_TLS_STS, "early", true, "expired", "certificate is not valid before 2090-01-01"},
	{NMX_TLS_STS, "old-issuer", true, "expired", "issuer's certificate expired 2021-03-04"},
	{NMX_TLS_STS, "unknown", true, "untrusted", "certificate is not trusted: "},
	{NMX_TLS_STS, "good", false, "untrusted",
	 "certificate is not trusted: unable to get local issuer certificate, issued by "
	 "\"Test Intermediate\""},
	{NMX_TLS_STS, "self", true, "untrusted",
	 "certificate is not trusted: self-signed certificate"},
};

static void
try_row(const struct row *row, bool finish)
{
	struct peers_try try = {.finish = finish,
				.trusting = row->trusting,
				.id = cert_named(row->server, strlen(row->server))};
	struct peers_endpoint endpoint;
	const char *tls = nmx_tls_name(row->tls);
	bool met;

	peers_endpoint_init(&endpoint, row->tls, NULL);
	peers_try(&try, &endpoint);
	met = strcmp(row->result, "encrypted") == 0 || strcmp(row->result, "pkix") == 0;
	CHECK_TEXT(nmx_tls_result_name(try.verdict.result), row->result, "%s: %s, finish %d: %s",
		   tls, row->server, finish, try.verdict.text);
	CHECK(try.verdict.met == met, "%s: %s", tls, row->server);
	CHECK(try.done == (met || finish), "%s: %s, finish %d", tls, row->server, finish);
	CHECK(strncmp(try.verdict.text, row->text, strlen(row->text)) == 0,
	      "%s: %s, finish %d: \"%s\"", tls, row->server, finish, try.verdict.text);
	peers_endpoint_done(&endpoint);
}

static void
test_rows(void)
{
	for (size_t i = 0; i < N_OF(rows); i++) {
		try_row(&rows[i], false);
		try_row(&rows[i], true);
	}
}

/* A server of an older TLS, or without encryption, or without a certificate. */
struct server_row {
	enum nmx_tls tls;
	int most; /* the server's best version */
	const char *ciphers;
	const char *result, *text;
};

static const struct server_row server_rows[] = {
	{NMX_TLS_MAY, TLS1_1_VERSION, NULL, "encrypted", "TLSv1.1"},
	{NMX_TLS_ENCRYPT, TLS1_1_VERSION, NULL, "handshake",
	 "handshake failed: tlsv1 alert protocol version"},
	{NMX_TLS_STS, TLS1_1_VERSION, NULL, "handshake", "handshake failed: "},
	{NMX_TLS_DANE, TLS1_1_VERSION, NULL, "handshake", "handshake failed: "},
	{NMX_TLS_MAY, TLS1_2_VERSION, "eNULL:@SECLEVEL=0", "encrypted", "TLSv1.2"},
	{NMX_TLS_ENCRYPT, TLS1_2_VERSION, "eNULL:@SECLEVEL=0", "unverified",
	 "the cipher does not encrypt"},
	{NMX_TLS_STS, TLS1_2_VERSION, "eNULL:@SECLEVEL=0", "unverified", "the cipher does"},
	{NMX_TLS_DANE, TLS1_2_VERSION, "eNULL:@SECLEVEL=0", "unverified", "the cipher does"},
	{NMX_TLS_MAY, TLS1_2_VERSION, "aNULL:!eNULL:@SECLEVEL=0", "encrypted", "TLSv1.2"},
	{NMX_TLS_ENCRYPT, TLS1_2_VERSION, "aNULL:!eNULL:@SECLEVEL=0", "encrypted", "TLSv1.2"},
	{NMX_TLS_STS, TLS1_2_VERSION, "aNULL:!eNULL:@SECLEVEL=0", "unverified",
	 "the server sent no certificate"},
	{NMX_TLS_DANE, TLS1_2_VERSION, "aNULL:!eNULL:@SECLEVEL=0", "unverified",
	 "the server sent no certificate"},
	{NMX_TLS_STS, TLS1_2_VERSION, "ECDSA:!eNULL", "pkix", "certificate is trusted"},
	{NMX_TLS_DANE, TLS1_2_VERSION, "ECDSA:!eNULL", "dane", "TLSA 3 1 1"},
};

static void
try_server_row(const struct server_row *row, SSL_CTX *client, SSL_CTX *server)
{
	const char *what = row->ciphers ? row->ciphers : "TLS 1.1";
	struct peers_endpoint endpoint;
	struct nmx_tls_verdict verdict;
	SSL *ssl = SSL_new(client), *peer = peers_server(server, CERT_GOOD, CHAIN_USUAL);

	peers_endpoint_init(&endpoint, row->tls, row->tls == NMX_TLS_DANE ? "3 1 1 good" : NULL);
	SSL_set_max_proto_version(peer, row->most);
	if (row->ciphers)
		SSL_set_cipher_list(peer, row->ciphers);
	CHECK(nmx_tls_setup(ssl, &endpoint.endpoint) == 0, "%s", what);
	peers_talk(ssl, peer);
	CHECK(nmx_tls_verdict(ssl, &endpoint.endpoint, &verdict) == 0, "%s", what);
	CHECK_TEXT(nmx_tls_result_name(verdict.result), row->result, "%s %s: %s",
		   nmx_tls_name(row->tls), what, verdict.text);
	CHECK(verdict.met == (verdict.result < NMX_TLS_RESULT_NO_TLS), "%s", what);
	CHECK(strncmp(verdict.text, row->text, strlen(row->text)) == 0, "%s %s: \"%s\"",
	      nmx_tls_name(row->tls), what, verdict.text);
	SSL_free(ssl);
	ERR_clear_error();
	peers_endpoint_done(&endpoint);
}

static void
test_servers(void)
{
	SSL_CTX *client = peers_client_ctx(true), *server = peers_server_ctx();

	for (size_t i = 0; i < N_OF(server_rows); i++)
		try_server_row(&server_rows[i], client, server);
	SSL_CTX_free(client);
	SSL_CTX_free(server);
}

/* What a certificate says of itself cannot leave its place in the sentence. */
static void
test_strange_names(void)
{
	struct peers_try try = {.trusting = true, .id = CERT_STRANGE};
	struct peers_endpoint endpoint;

	peers_endpoint_init(&endpoint, NMX_TLS_DANE, "2 0 0 other-ca");
	peers_try(&try, &endpoint);
	CHECK_TEXT(
		try.verdict.text,
		"certificate is for a\\x1b[2J.example, not for mx.test.example or domain.example",
		"strange");
	CHECK(try.verdict.name[0] == '\0', "no name matches");
	peers_endpoint_done(&endpoint);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(test_rows),
	UNIT_TEST(test_servers),
	UNIT_TEST(test_strange_names),
	CU_TEST_INFO_NULL,
};
