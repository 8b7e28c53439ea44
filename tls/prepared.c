/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/prepared.h"

#include <openssl/x509v3.h>
#include <pthread.h>

/* The mark is the address of one of these, so it needs neither memory nor a destructor. */
static const char marks[PREPARED_DANE + 1];

/* Where it is kept: made once, and tried again if memory ran out. Negative if it did. */
static int
mark_index(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static int index = -1;
	int made;

	pthread_mutex_lock(&lock);
	if (index < 0)
		index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	made = index;
	pthread_mutex_unlock(&lock);
	return made;
}

enum prepared
prepared_for(enum nmx_tls tls)
{
	switch (tls) {
	case NMX_TLS_MAY:
		return PREPARED_MAY;
	case NMX_TLS_ENCRYPT:
		return PREPARED_ENCRYPT;
	case NMX_TLS_STS:
		return PREPARED_STS;
	case NMX_TLS_DANE:
		return PREPARED_DANE;
	}
	return PREPARED_NOT;
}

bool
prepared_mark(SSL *ssl, enum prepared how)
{
	int index = mark_index();

	return index >= 0 && SSL_set_ex_data(ssl, index, (void *)(uintptr_t)&marks[how]);
}

enum prepared
prepared_of(const SSL *ssl)
{
	int index = mark_index();
	const char *mark = index < 0 ? NULL : SSL_get_ex_data(ssl, index);

	return mark ? (enum prepared)(mark - marks) : PREPARED_NOT;
}

/* RULES DANE-4, STS-6. MTA-STS verifies the host's own name and no other. */
const char *
prepared_name(const struct nmx_endpoint *endpoint, size_t i)
{
	const struct nmx_host *host = nmx_endpoint_host(endpoint);
	bool dane = nmx_endpoint_tls(endpoint) == NMX_TLS_DANE;

	if (i > 0 && !dane)
		return NULL;
	if (nmx_host_reference_count(host) > 0)
		return nmx_host_reference(host, i);
	if (i > 0)
		return NULL;
	return dane ? nmx_endpoint_sni(endpoint) : nmx_host_name(host);
}

/*
 * RFC 7672 section 3.2.3: the common name counts if the certificate has no DNS name, which is what
 * OpenSSL does unless it is told otherwise. RFC 8461 section 4.1: it never counts.
 */
unsigned
prepared_name_flags(enum nmx_tls tls)
{
	unsigned flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;

	return tls == NMX_TLS_DANE ? flags : flags | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
}

int
prepared_verify(int good, X509_STORE_CTX *store)
{
	(void)store;
	return good;
}
