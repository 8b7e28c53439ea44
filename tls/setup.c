/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells OpenSSL what an endpoint demands, before the handshake (RFC 7672 section 3, RFC 8461
 * section 4.1). Whatever OpenSSL would take in silence as "verify nothing" is an error here: DANE
 * without a record, an empty name, a session to resume.
 */
#include "tls/prepared.h"

#include <openssl/err.h>
#include <pthread.h>
#include <string.h>

/* SSL_CTX_dane_enable() does not lock, and threads share SSL_CTXs. */
static pthread_mutex_t dane_lock = PTHREAD_MUTEX_INITIALIZER;

static int
error_of_openssl(void)
{
	unsigned long error = ERR_peek_last_error();

	if (ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE)
		return NMX_E_NOMEM;
	if (ERR_GET_LIB(error) == ERR_LIB_SSL &&
	    ERR_GET_REASON(error) == SSL_R_DANE_ALREADY_ENABLED)
		return NMX_E_STATE;
	return NMX_E_SYSTEM;
}

/*
 * A new SSL of TLS_method() calls itself a server's until it is told what it is. Only sideways
 * can be seen whether it was: without a direction it refuses to read; with one it sees that
 * nothing more comes, and does no more.
 */
static bool
has_direction(SSL *ssl)
{
	int shutdown = SSL_get_shutdown(ssl);
	char byte;
	int got;

	SSL_set_shutdown(ssl, shutdown | SSL_RECEIVED_SHUTDOWN);
	got = SSL_peek(ssl, &byte, 1);
	SSL_set_shutdown(ssl, shutdown);
	return got >= 0;
}

static int
check_fresh_client(SSL *ssl)
{
	if (SSL_is_dtls(ssl) || SSL_get_ssl_method(ssl) == TLS_server_method())
		return NMX_E_INVALID;
	if (SSL_is_server(ssl) && has_direction(ssl))
		return NMX_E_INVALID;
	if (prepared_of(ssl) != PREPARED_NOT || !SSL_in_before(ssl) || SSL_get_session(ssl))
		return NMX_E_STATE;
	return 0;
}

/* RFC 6066 section 3: the server name is no address. */
static bool
is_address(const char *name)
{
	return strpbrk(name, ":[") || strspn(name, "0123456789.") == strlen(name);
}

static bool
set_server_name(SSL *ssl, const char *name)
{
	/* The macro takes no const; OpenSSL copies the name. */
	return SSL_set_tlsext_host_name(ssl, is_address(name) ? NULL : (char *)(uintptr_t)name);
}

/* The caller's SSL_CTX may demand more. */
static bool
set_least_version(SSL *ssl)
{
	return SSL_get_min_proto_version(ssl) >= TLS1_2_VERSION ||
	       SSL_set_min_proto_version(ssl, TLS1_2_VERSION);
}

/* OpenSSL takes "" for no name at all, and ".example" for every name beneath. */
static bool
set_names(SSL *ssl, const struct nmx_endpoint *endpoint)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	const char *name = prepared_name(endpoint, 0);

	X509_VERIFY_PARAM_set_hostflags(param, prepared_name_flags(nmx_endpoint_tls(endpoint)));
	if (!name)
		return false;
	for (size_t i = 0; name; name = prepared_name(endpoint, ++i)) {
		if (name[0] == '.' || is_address(name))
			return false;
		if (!(i == 0 ? X509_VERIFY_PARAM_set1_host : X509_VERIFY_PARAM_add1_host)(param,
											  name, 0))
			return false;
	}
	return true;
}

/*
 * Adds all that are usable, so that OpenSSL sees the digests too for which others are ignored (RFC
 * 7671 section 9); the verdict then asks whether the one that matches may. Returns whether there is
 * at least one that may.
 */
static bool
add_records(SSL *ssl, const struct nmx_host *host)
{
	size_t n_used = 0;

	for (size_t i = 0; i < nmx_host_tlsa_count(host); i++) {
		const struct nmx_tlsa *tlsa = nmx_host_tlsa(host, i);
		size_t length;
		const uint8_t *data = nmx_tlsa_data(tlsa, &length);
		int added;

		if (!nmx_tlsa_usable(tlsa))
			continue;
		added = SSL_dane_tlsa_add(ssl, nmx_tlsa_usage(tlsa), nmx_tlsa_selector(tlsa),
					  nmx_tlsa_mtype(tlsa), data, length);
		if (added < 0)
			return false;
		n_used += added > 0 && nmx_tlsa_state(tlsa) == NMX_TLSA_USED;
	}
	return n_used > 0;
}

static bool
enable_dane(SSL *ssl, const struct nmx_endpoint *endpoint)
{
	bool enabled;

	if (is_address(nmx_endpoint_sni(endpoint)))
		return false;
	pthread_mutex_lock(&dane_lock);
	enabled = SSL_CTX_dane_enable(SSL_get_SSL_CTX(ssl)) > 0;
	pthread_mutex_unlock(&dane_lock);
	if (!enabled || SSL_dane_enable(ssl, nmx_endpoint_sni(endpoint)) <= 0)
		return false;
	/* RFC 7672 section 3.1.1: a match of usage 3 says all there is to say. */
	SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
	return add_records(ssl, nmx_endpoint_host(endpoint));
}

static bool
prepare(SSL *ssl, const struct nmx_endpoint *endpoint)
{
	enum nmx_tls tls = nmx_endpoint_tls(endpoint);

	if (!set_server_name(ssl, nmx_endpoint_sni(endpoint)))
		return false;
	if (tls >= NMX_TLS_ENCRYPT && !set_least_version(ssl))
		return false;
	if (tls < NMX_TLS_STS) {
		SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
		return true;
	}
	SSL_set_verify(ssl, SSL_VERIFY_PEER, prepared_verify);
	/* SSL_dane_enable() sets a name of its own, so the names come after it. */
	return (tls != NMX_TLS_DANE || enable_dane(ssl, endpoint)) && set_names(ssl, endpoint);
}

int
nmx_tls_setup(SSL *ssl, const struct nmx_endpoint *endpoint)
{
	int error;

	if (!ssl || !endpoint)
		return NMX_E_INVALID;
	ERR_set_mark();
	error = check_fresh_client(ssl);
	if (!error) {
		if (SSL_is_server(ssl))
			SSL_set_connect_state(ssl);
		if (!prepared_mark(ssl, PREPARED_HALF))
			error = NMX_E_NOMEM;
		else if (!prepare(ssl, endpoint))
			error = error_of_openssl();
		else if (!prepared_mark(ssl, prepared_for(nmx_endpoint_tls(endpoint))))
			error = NMX_E_NOMEM;
	}
	/* What records OpenSSL could not use must not be taken for a failure of the handshake. */
	if (error)
		ERR_clear_last_mark();
	else
		ERR_pop_to_mark();
	return error;
}
