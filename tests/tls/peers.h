/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client and a server that talk in memory, and the endpoint that the client is told of.
 * Everything aborts that is not under test.
 */
#ifndef NMX_TESTS_TLS_PEERS_H
#define NMX_TESTS_TLS_PEERS_H

#include "certs.h"
#include "resolver/plan.h"

#include <nextmx-openssl.h>

enum { PEERS_TLSA = 16 };

struct peers_endpoint {
	struct nmx_endpoint endpoint;
	struct nmx_host host;
	struct nmx_tlsa tlsa[PEERS_TLSA];
};

/*
 * mx.test.example:25. tlsa is "3 1 1 good, 2 0 0 ca!, ...": usage, selector, matching type and
 * the certificate, with ! for a bit that is wrong; NULL for none. For dane the references are
 * mx.test.example and domain.example.
 */
void peers_endpoint_init(struct peers_endpoint *endpoint, enum nmx_tls tls, const char *tlsa);
void peers_endpoint_done(struct peers_endpoint *endpoint);

/* What the server sends beside its own certificate: the issuers but a root, all, or nothing. */
enum peers_chain { CHAIN_USUAL, CHAIN_WITH_ROOT, CHAIN_LEAF };
const char *peers_chain_name(enum peers_chain chain);

/* A client's SSL_CTX, the caller's; it trusts CERT_CA, or nobody. Any TLS version and cipher. */
SSL_CTX *peers_client_ctx(bool trusting);
SSL_CTX *peers_server_ctx(void);
SSL *peers_server(SSL_CTX *ctx, enum cert_id id, enum peers_chain chain);
/*
 * Joins them, and lets them talk until both are done or one gave up: true if both are done. The
 * error queue is then the client's. Frees the server.
 */
bool peers_talk(SSL *client, SSL *server);

/* One connection from end to end. */
struct peers_try {
	bool trusting, finish; /* finish: SSL_VERIFY_NONE after the setup */
	enum cert_id id;
	enum peers_chain chain;
	/* Then known: */
	int setup;
	bool done;
	struct nmx_tls_verdict verdict;
};
void peers_try(struct peers_try *try, const struct peers_endpoint *endpoint);

#endif
