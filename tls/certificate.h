/* SPDX-License-Identifier: BSD-2-Clause */
/* What people want to know about a server's certificate, and whether its successor is prepared for. */
#ifndef NMX_TLS_CERTIFICATE_H
#define NMX_TLS_CERTIFICATE_H

#include <nextmx-openssl.h>

#include <stdbool.h>

/* Texts are printable ASCII. */
struct certificate {
	bool is_there;
	char names
		[1024]; /* its DNS names, else its common name, joined by blanks, cut with "..." */
	char issuer[128];   /* common name, else organisation */
	char not_after[16]; /* "2027-01-31" */
	int days_left;	    /* whole days until then, negative if it has passed */
	bool next_key;	    /* dane: a TLSA record will match after the server's key is replaced */
};

/* After a handshake, verified or not. */
struct certificate certificate_of(SSL *ssl, const struct nmx_endpoint *endpoint);

#endif
