/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that runs out in nmx_tls_setup() or nmx_tls_verdict(), once at each allocation of
 * OpenSSL's in turn: an error, or all is as it should be. Never a connection that is met and
 * should not be.
 */
#include "peers.h"
#include "unit.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdlib.h>

const char unit_name[] = "setup_memory";

/* Counts down to the allocation that fails; negative: none does. */
static long countdown = -1;

static bool
fails(void)
{
	return countdown >= 0 && countdown-- == 0;
}

static void *
failing_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return size == 0 || fails() ? NULL : malloc(size);
}

static void *
failing_realloc(void *old, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : realloc(old, size);
}

static void
plain_free(void *old, const char *file, int line)
{
	(void)file;
	(void)line;
	free(old);
}

static void
begin(void)
{
	static bool begun;

	if (!begun)
		CHECK(CRYPTO_set_mem_functions(failing_malloc, failing_realloc, plain_free),
		      "before OpenSSL's first allocation");
	begun = true;
}

struct row {
	enum nmx_tls tls;
	const char *tlsa;
	enum cert_id good, bad;
};

static const struct row rows[] = {
	{NMX_TLS_STS, NULL, CERT_GOOD, CERT_WRONG},
	{NMX_TLS_STS, NULL, CERT_GOOD, CERT_SELF},
	{NMX_TLS_DANE, "3 1 1 good", CERT_GOOD, CERT_OTHER_KEY},
	{NMX_TLS_DANE, "3 0 2 other-key, 3 1 2 good", CERT_GOOD, CERT_SELF},
	{NMX_TLS_DANE, "2 0 0 ca, 2 1 0 intermediate", CERT_GOOD, CERT_WRONG},
	{NMX_TLS_DANE, "2 0 0 ca, 2 1 0 intermediate", CERT_SECOND, CERT_EXPIRED},
};

/* With the given allocation of the setup failing; false if there was none so far. */
static bool
try_setup(const struct row *row, SSL_CTX *server, const struct peers_endpoint *endpoint, long at,
	  bool good)
{
	/*
	 * The first allocations are for the SSL_CTX, if it is new; the others take less time
	 * without.
	 */
	static SSL_CTX *old;
	SSL_CTX *client = at < 16 || !old ? peers_client_ctx(true) : old;
	SSL *ssl = SSL_new(client);
	struct nmx_tls_verdict verdict;
	bool met, failed, talks;
	int error;

	countdown = at;
	error = nmx_tls_setup(ssl, &endpoint->endpoint);
	failed = countdown < 0;
	countdown = -1;
	CHECK(error == 0 || error == NMX_E_NOMEM || error == NMX_E_SYSTEM, "%s, %ld: %d", row->tlsa,
	      at, error);
	SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
	/*
	 * Who goes on in spite of an error gets nowhere. A part of them is enough, for time's
	 * sake.
	 */
	talks = !failed || at % 8 == 0;
	if (talks)
		peers_talk(ssl, peers_server(server, good ? row->good : row->bad, CHAIN_USUAL));
	CHECK(nmx_tls_verdict(ssl, &endpoint->endpoint, &verdict) == 0, "%ld", at);
	met = error == 0 && good && talks;
	CHECK(verdict.met == met, "%s, %ld: %s", row->tlsa, at, verdict.text);
	SSL_free(ssl);
	if (client != old)
		SSL_CTX_free(old);
	old = client;
	ERR_clear_error();
	return failed;
}

static void
test_setup(void)
{
	SSL_CTX *server;

	begin();
	server = peers_server_ctx();
	for (size_t i = 0; i < 2 * N_OF(rows); i++) {
		const struct row *row = &rows[i / 2];
		struct peers_endpoint endpoint;
		long n = 0;

		peers_endpoint_init(&endpoint, row->tls, row->tlsa);
		while (try_setup(row, server, &endpoint, n, i % 2))
			n++;
		CHECK(n > 1, "%ld allocations", n);
		peers_endpoint_done(&endpoint);
	}
	SSL_CTX_free(server);
}

/* The verdict of one connection, again and again. */
static void
try_verdicts(const struct row *row, SSL *ssl, const struct peers_endpoint *endpoint, bool good)
{
	struct nmx_tls_verdict verdict;
	bool failed = true;

	for (long n = 0; failed; n++) {
		countdown = n;
		CHECK(nmx_tls_verdict(ssl, &endpoint->endpoint, &verdict) == 0, "%ld", n);
		failed = countdown < 0;
		countdown = -1;
		CHECK(good || !verdict.met, "%s, %ld: %s", row->tlsa, n, verdict.text);
	}
	CHECK(verdict.met == good, "%s: %s", row->tlsa, verdict.text);
}

static void
test_verdict(void)
{
	SSL_CTX *client, *server;

	begin();
	client = peers_client_ctx(true);
	server = peers_server_ctx();
	for (size_t i = 0; i < 2 * N_OF(rows); i++) {
		const struct row *row = &rows[i / 2];
		struct peers_endpoint endpoint;
		SSL *ssl = SSL_new(client);

		peers_endpoint_init(&endpoint, row->tls, row->tlsa);
		CHECK(nmx_tls_setup(ssl, &endpoint.endpoint) == 0, "%s", row->tlsa);
		SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
		peers_talk(ssl, peers_server(server, i % 2 ? row->good : row->bad, CHAIN_USUAL));
		try_verdicts(row, ssl, &endpoint, i % 2);
		SSL_free(ssl);
		peers_endpoint_done(&endpoint);
	}
	SSL_CTX_free(client);
	SSL_CTX_free(server);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(test_setup),
	UNIT_TEST(test_verdict),
	CU_TEST_INFO_NULL,
};
