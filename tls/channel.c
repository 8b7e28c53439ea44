/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/channel.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

/* What OpenSSL's result means here. */
static int
waits_or_ends(struct channel *channel, int result)
{
	if (result > 0)
		return result;
	switch (SSL_get_error(channel->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		channel->events = POLLIN;
		return -1;
	case SSL_ERROR_WANT_WRITE:
		channel->events = POLLOUT;
		return -1;
	default:
		return 0;
	}
}

static int
plain_result(ssize_t n)
{
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? -1 : 0;
	return (int)n;
}

int
channel_receive(struct channel *channel, uint8_t *bytes, size_t size)
{
	if (channel->is_encrypted) {
		ERR_clear_error();
		return waits_or_ends(channel, SSL_read(channel->ssl, bytes, (int)size));
	}
	channel->events = POLLIN;
	return plain_result(recv(channel->fd, bytes, size, MSG_DONTWAIT));
}

int
channel_send(struct channel *channel, const char *bytes, size_t n)
{
	if (channel->is_encrypted) {
		ERR_clear_error();
		return waits_or_ends(channel, SSL_write(channel->ssl, bytes, (int)n));
	}
	channel->events = POLLOUT;
	return plain_result(send(channel->fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL));
}

void
channel_bound_tls(struct channel *channel)
{
	SSL_clear_mode(channel->ssl, SSL_MODE_AUTO_RETRY);
	SSL_set_options(channel->ssl, SSL_OP_NO_RENEGOTIATION);
}

/* The error queue stays, for the verdict. */
int
channel_connect_tls(struct channel *channel)
{
	int result;

	ERR_clear_error();
	result = waits_or_ends(channel, SSL_connect(channel->ssl));
	channel->is_encrypted = result > 0;
	return result;
}

bool
channel_has_octets(const struct channel *channel)
{
	uint8_t octet;

	return recv(channel->fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void
channel_close(struct channel *channel)
{
	if (channel->is_encrypted) {
		ERR_clear_error();
		SSL_shutdown(channel->ssl);
	}
	channel->is_encrypted = false;
	SSL_free(channel->ssl);
	channel->ssl = NULL;
	if (channel->fd >= 0)
		close(channel->fd);
	channel->fd = -1;
}
