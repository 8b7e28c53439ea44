/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/fetch_tls.h"

#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <unistd.h>

#include <nextmx.h>

/* Ten messages of a handshake and a hundred records are usual. A message costs some 20 us, a record 2. */
enum { WORK_OF_MESSAGE = 100, MOST_WORK = 20000 };

/* ---- Authorities ---------------------------------------------------------------------------- */

static int
cannot_use(const char *ca_file, struct text *error)
{
	unsigned long first = ERR_peek_error();
	const char *reason = ERR_reason_error_string(first);

	if (ERR_SYSTEM_ERROR(first))
		reason = strerror(ERR_GET_REASON(first));
	text_add(error, "the authorities in ");
	text_escaped(error, ca_file, strlen(ca_file));
	text_printf(error, " cannot be used: %s", reason ? reason : "no certificate is in it");
	ERR_clear_error();
	return NMX_E_CONFIG;
}

/*
 * What libcurl was built to trust; the environment, which OpenSSL's own defaults would follow, has no
 * say. A folder is looked into when a certificate needs it, a file is read here and now. Where neither
 * is installed nobody is trusted, and every fetch says so: that is no reason not to start.
 */
static void
trust_system(X509_STORE *trusted)
{
	const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

	if (info->capath && access(info->capath, X_OK) == 0)
		X509_STORE_load_path(trusted, info->capath);
	else if (info->cainfo)
		X509_STORE_load_file(trusted, info->cainfo);
	ERR_clear_error();
}

int
fetch_tls_trust(const char *ca_file, struct text *error, struct x509_store_st **ret_trusted)
{
	X509_STORE *trusted = X509_STORE_new();
	int result = 0;

	if (!trusted)
		return NMX_E_NOMEM;
	ERR_clear_error();
	if (!*ca_file)
		trust_system(trusted);
	else if (X509_STORE_load_file(trusted, ca_file) != 1)
		result = cannot_use(ca_file, error);
	if (result)
		X509_STORE_free(trusted);
	else
		*ret_trusted = trusted;
	return result;
}

void
fetch_tls_distrust(struct x509_store_st *trusted)
{
	X509_STORE_free(trusted);
}

/* ---- The certificate ------------------------------------------------------------------------ */

/* RFC 8461 section 3.3, RFC 6125: a common name does not count, nor does "m*.example.org". */
static bool
demand_host(X509_STORE_CTX *chain, const char *host)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(chain);

	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
						       X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(param, host, 0) == 1;
}

/* In OpenSSL's place, right where the verdict is made: nothing that libcurl sets comes after it. */
static int
verify(X509_STORE_CTX *chain, void *user)
{
	struct fetch_tls *tls = user;

	tls->seen = true;
	tls->error = X509_V_ERR_OUT_OF_MEM;
	if (!demand_host(chain, tls->host)) {
		X509_STORE_CTX_set_error(chain, X509_V_ERR_OUT_OF_MEM);
		return 0;
	}
	if (X509_verify_cert(chain) == 1) {
		tls->error = X509_V_OK;
		return 1;
	}
	tls->error = X509_STORE_CTX_get_error(chain);
	if (tls->error == X509_V_OK)
		tls->error = X509_V_ERR_UNSPECIFIED;
	return 0;
}

/*
 * OpenSSL reads on and on, and does not return to the loop, while there are records that carry no data:
 * a server that sends key updates without end would hold the whole context. So its records are counted,
 * and at a limit OpenSSL is told that the server has said goodbye.
 *
 * A true goodbye (close_notify) is noted, for libcurl takes a connection that was cut for one that was
 * closed: its BIO hides the difference from OpenSSL.
 */
static void
watch_records(int is_ours, int version, int type, const void *data, size_t n, SSL *ssl, void *user)
{
	const uint8_t *octets = data;
	struct fetch_tls *tls = user;

	(void)version;
	if (is_ours)
		return;
	tls->heard = true;
	tls->work += type == SSL3_RT_HANDSHAKE ? WORK_OF_MESSAGE : 1;
	if (tls->work > MOST_WORK)
		SSL_set_shutdown(ssl, SSL_get_shutdown(ssl) | SSL_RECEIVED_SHUTDOWN);
	if (type == SSL3_RT_ALERT && n == 2 && octets[1] == SSL_AD_CLOSE_NOTIFY)
		tls->closed = true;
}

bool
fetch_tls_prepare(struct fetch_tls *tls, void *ssl_ctx)
{
	SSL_CTX *ctx = ssl_ctx;

	tls->begun = true;
	if (!SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION))
		return false;
	SSL_CTX_set1_cert_store(ctx, tls->trusted);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, verify, tls);
	SSL_CTX_set_msg_callback(ctx, watch_records);
	SSL_CTX_set_msg_callback_arg(ctx, tls);
	/* libcurl obeys SSLKEYLOGFILE. */
	SSL_CTX_set_keylog_callback(ctx, NULL);
	return true;
}

bool
fetch_tls_is_flooded(const struct fetch_tls *tls)
{
	return tls->work > MOST_WORK;
}

void
fetch_tls_print(struct text *text, const struct fetch_tls *tls)
{
	switch (tls->error) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
		text_add(text,
			 "the certificate does not name this host (a common name does not count)");
		break;
	case X509_V_ERR_CERT_HAS_EXPIRED:
		text_add(text, "the certificate, or one it depends on, has expired");
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		text_add(text, "the certificate, or one it depends on, is not valid yet");
		break;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		text_add(text, "no trusted authority has signed the certificate: ");
		text_add(text, X509_verify_cert_error_string(tls->error));
		break;
	default:
		text_add(text, "the certificate is not valid: ");
		text_add(text, X509_verify_cert_error_string(tls->error));
	}
}

void
fetch_tls_forget_errors(void)
{
	ERR_clear_error();
}
