/* SPDX-License-Identifier: BSD-2-Clause */
/* A socket that never blocks, in the clear first and encrypted later. */
#ifndef NMX_TLS_CHANNEL_H
#define NMX_TLS_CHANNEL_H

#include <openssl/ssl.h>

#include <stdbool.h>
#include <stdint.h>

struct channel {
	int fd;	      /* -1: closed */
	short events; /* what to poll for after a call that has to wait */
	SSL *ssl;     /* from the handshake on */
	bool is_encrypted;
};

/* Octets moved; 0 at the end of the stream or after a fault; -1 if it has to wait. */
int channel_receive(struct channel *channel, uint8_t *bytes, size_t size);
int channel_send(struct channel *channel, const char *bytes, size_t n);
/* Before the handshake: no call works off more than one record, or renegotiates, so that none can be kept busy
 * by the server. */
void channel_bound_tls(struct channel *channel);
/* Goes on with the handshake: 1 done, 0 failed, -1 if it has to wait. */
int channel_connect_tls(struct channel *channel);
/* Whether octets have arrived that nobody has received. */
bool channel_has_octets(const struct channel *channel);
/* Says goodbye if it is encrypted. May be called again. */
void channel_close(struct channel *channel);

#endif
