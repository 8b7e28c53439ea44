/* SPDX-License-Identifier: BSD-2-Clause */
#include "peers.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST "mx.test.example"

static const char *references[] = {HOST, "domain.example"};

static void
must(bool good)
{
	if (!good)
		abort();
}

/* The data for a TLSA record of the certificate. */
static void
fill_data(struct nmx_tlsa *tlsa, const struct cert *cert, bool wrong)
{
	unsigned char *der = NULL, *data = malloc(EVP_MAX_MD_SIZE);
	int n = tlsa->selector == 1 ? i2d_PUBKEY(cert->key, &der) : i2d_X509(cert->x509, &der);
	unsigned length;

	must(data && n > 0);
	if (tlsa->mtype == 1 || tlsa->mtype == 2) {
		must(EVP_Digest(der, (size_t)n, data, &length,
				tlsa->mtype == 1 ? EVP_sha256() : EVP_sha512(), NULL));
	} else {
		free(data);
		length = (unsigned)n;
		data = malloc(length);
		must(data);
		memcpy(data, der, length);
	}
	OPENSSL_free(der);
	/* A full certificate's last octet is of its signature, a key's of its point. */
	if (wrong)
		data[length - 1] ^= 1;
	tlsa->data = data;
	tlsa->length = length;
}

static enum nmx_tlsa_state
state_of(const struct peers_endpoint *endpoint, const struct nmx_tlsa *tlsa)
{
	if (tlsa->usage != 2 && tlsa->usage != 3)
		return NMX_TLSA_BAD_USAGE;
	if (tlsa->selector > 1)
		return NMX_TLSA_BAD_SELECTOR;
	if (tlsa->mtype > 2)
		return NMX_TLSA_BAD_MTYPE;
	for (size_t i = 0; i < endpoint->host.n_tlsa; i++) {
		const struct nmx_tlsa *other = &endpoint->tlsa[i];

		if (tlsa->mtype == 1 && other->mtype == 2 && other->usage == tlsa->usage &&
		    other->selector == tlsa->selector)
			return NMX_TLSA_WEAKER;
	}
	return NMX_TLSA_USED;
}

void
peers_endpoint_init(struct peers_endpoint *endpoint, enum nmx_tls tls, const char *tlsa)
{
	struct nmx_host *host = &endpoint->host;
	unsigned usage, selector, mtype;
	char name[32];
	int n;

	memset(endpoint, 0, sizeof(*endpoint));
	*host = (struct nmx_host){.stage = NMX_SOURCE_MX,
				  .tls = tls,
				  .port = 25,
				  .name = HOST,
				  .sni = HOST,
				  .references = references,
				  .n_references = tls == NMX_TLS_DANE  ? 2
						  : tls == NMX_TLS_STS ? 1
								       : 0,
				  .tlsa = endpoint->tlsa};
	endpoint->endpoint.host = host;
	for (; tlsa && *tlsa; tlsa += n) {
		struct nmx_tlsa *to = &endpoint->tlsa[host->n_tlsa++];
		size_t length;

		must(host->n_tlsa <= PEERS_TLSA);
		must(sscanf(tlsa, "%u %u %u %31[a-z!-]%n", &usage, &selector, &mtype, name, &n) ==
		     4);
		n += (int)strspn(tlsa + n, ", ");
		length = strcspn(name, "!");
		must(cert_named(name, length) != CERT_N);
		*to = (struct nmx_tlsa){
			(uint8_t)usage, (uint8_t)selector, (uint8_t)mtype, NMX_TLSA_USED, NULL, 0};
		fill_data(to, cert_get(cert_named(name, length)), name[length] == '!');
	}
	for (size_t i = 0; i < host->n_tlsa; i++)
		endpoint->tlsa[i].state = state_of(endpoint, &endpoint->tlsa[i]);
}

void
peers_endpoint_done(struct peers_endpoint *endpoint)
{
	for (size_t i = 0; i < endpoint->host.n_tlsa; i++)
		free((void *)(uintptr_t)endpoint->tlsa[i].data);
}

const char *
peers_chain_name(enum peers_chain chain)
{
	static const char *const names[] = {"usual chain", "chain with root", "no chain"};

	return names[chain];
}

/* The system's configuration refuses what an old server offers. */
static SSL_CTX *
new_ctx(const SSL_METHOD *method)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	must(ctx && SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION));
	must(SSL_CTX_set_cipher_list(ctx, "ALL:eNULL:@SECLEVEL=0"));
	return ctx;
}

SSL_CTX *
peers_client_ctx(bool trusting)
{
	SSL_CTX *ctx = new_ctx(TLS_client_method());

	if (trusting)
		must(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), cert_get(CERT_CA)->x509));
	return ctx;
}

SSL_CTX *
peers_server_ctx(void)
{
	SSL_CTX *ctx = new_ctx(TLS_server_method());

	must(SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"tls", 3));
	return ctx;
}

SSL *
peers_server(SSL_CTX *ctx, enum cert_id id, enum peers_chain chain)
{
	const struct cert *cert = cert_get(id);
	STACK_OF(X509) *issuers = sk_X509_new_null();
	SSL *ssl = SSL_new(ctx);

	while (chain != CHAIN_LEAF && cert_issuer(id) != id) {
		id = cert_issuer(id);
		if (chain == CHAIN_WITH_ROOT || cert_issuer(id) != id)
			sk_X509_push(issuers, cert_get(id)->x509);
	}
	must(ssl && SSL_use_cert_and_key(ssl, cert->x509, cert->key, issuers, 1));
	/* Else it would complete the chain from its own store. */
	SSL_set_mode(ssl, SSL_MODE_NO_AUTO_CHAIN);
	sk_X509_free(issuers);
	SSL_set_accept_state(ssl);
	return ssl;
}

/* 1 when it is done, 0 when it waits, -1 when it gave up. */
static int
step(SSL *ssl)
{
	int got = SSL_do_handshake(ssl);

	if (got == 1)
		return 1;
	got = SSL_get_error(ssl, got);
	return got == SSL_ERROR_WANT_READ || got == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

bool
peers_talk(SSL *client, SSL *server)
{
	int ours = 0, theirs = 0;
	BIO *a, *b;

	must(BIO_new_bio_pair(&a, 1 << 16, &b, 1 << 16));
	SSL_set_bio(client, a, a);
	SSL_set_bio(server, b, b);
	SSL_set_connect_state(client);
	for (int i = 0; i < 20 && ours >= 0 && (ours == 0 || theirs == 0); i++) {
		ERR_clear_error();
		theirs = theirs ? theirs : step(server);
		ERR_clear_error();
		ours = step(client);
	}
	/* TLS 1.3: what comes after the handshake, a ticket. */
	if (ours == 1 && theirs == 1) {
		char byte;

		SSL_peek(client, &byte, 1);
	}
	SSL_free(server);
	return ours == 1 && theirs == 1;
}

void
peers_try(struct peers_try *try, const struct peers_endpoint *endpoint)
{
	static SSL_CTX *clients[2], *servers;
	SSL_CTX **client = &clients[try->trusting];
	SSL *ssl;

	if (!*client)
		*client = peers_client_ctx(try->trusting);
	if (!servers)
		servers = peers_server_ctx();
	ssl = SSL_new(*client);
	must(ssl);
	try->done = false;
	memset(&try->verdict, 0x5a, sizeof(try->verdict));
	try->setup = nmx_tls_setup(ssl, &endpoint->endpoint);
	if (try->setup == 0) {
		if (try->finish)
			SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
		try->done = peers_talk(ssl, peers_server(servers, try->id, try->chain));
		must(nmx_tls_verdict(ssl, &endpoint->endpoint, &try->verdict) == 0);
	}
	ERR_clear_error();
	SSL_free(ssl);
}
