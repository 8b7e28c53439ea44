/* SPDX-License-Identifier: BSD-2-Clause */
/* A server that never stops talking keeps no call of the channel's for more than one record. */
#include "tls/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peers.h"
#include "unit.h"

const char unit_name[] = "tls/channel";

enum { UPDATES = 40 };

struct pair {
	SSL_CTX *client_ctx, *server_ctx;
	SSL *server;
	struct channel channel;
	int fd;
};

/* Both ends of a socket, after the handshake. */
static void
join(struct pair *p)
{
	int fds[2], done = -1;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0, "%d", errno);
	p->client_ctx = peers_client_ctx(true);
	p->server_ctx = peers_server_ctx();
	p->server = peers_server(p->server_ctx, CERT_GOOD, CHAIN_USUAL);
	p->fd = fds[1];
	p->channel = (struct channel){.fd = fds[0], .ssl = SSL_new(p->client_ctx)};
	channel_bound_tls(&p->channel);
	SSL_set_fd(p->channel.ssl, fds[0]);
	SSL_set_fd(p->server, fds[1]);
	SSL_set_accept_state(p->server);
	for (int i = 0; i < 20 && !(done > 0 && SSL_is_init_finished(p->server)); i++) {
		if (done < 0)
			done = channel_connect_tls(&p->channel);
		SSL_do_handshake(p->server);
	}
	CHECK(done == 1 && p->channel.is_encrypted && SSL_is_init_finished(p->server), "joined");
}

static void
part(struct pair *p)
{
	channel_close(&p->channel);
	CHECK(p->channel.fd == -1 && !p->channel.ssl, "closed");
	channel_close(&p->channel);
	SSL_free(p->server);
	SSL_CTX_free(p->client_ctx);
	SSL_CTX_free(p->server_ctx);
	close(p->fd);
}

/* Each key update (RFC 8446 section 4.6.3) is a record of its own. */
static void
records_without_data_are_worked_off_one_a_call(void)
{
	struct pair p;
	uint8_t octet = 0;
	int calls = 0, n;

	join(&p);
	for (int i = 0; i < UPDATES; i++) {
		SSL_key_update(p.server, SSL_KEY_UPDATE_NOT_REQUESTED);
		CHECK(SSL_do_handshake(p.server) == 1, "update %d", i);
	}
	CHECK(SSL_write(p.server, "x", 1) == 1, "data behind them");
	do {
		n = channel_receive(&p.channel, &octet, 1);
		calls++;
	} while (n < 0 && calls < 1000);
	CHECK(n == 1 && octet == 'x', "%d", n);
	CHECK(calls > UPDATES, "%d calls", calls);
	part(&p);
}

static void
octets_in_the_clear(void)
{
	struct channel channel = {.fd = -1};
	uint8_t octets[8];
	int fds[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0, "%d", errno);
	channel.fd = fds[0];
	CHECK(channel_receive(&channel, octets, sizeof(octets)) == -1, "nothing there yet");
	CHECK(!channel_has_octets(&channel), "nothing there yet");
	CHECK(channel_send(&channel, "EHLO", 4) == 4, "sent");
	CHECK(write(fds[1], "250", 3) == 3, "written");
	CHECK(channel_has_octets(&channel), "something has come");
	CHECK(channel_receive(&channel, octets, sizeof(octets)) == 3, "and is received");
	close(fds[1]);
	CHECK(channel_receive(&channel, octets, sizeof(octets)) == 0, "the end");
	CHECK(channel_send(&channel, "QUIT", 4) == 0, "nobody listens, and no signal");
	channel_close(&channel);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(records_without_data_are_worked_off_one_a_call),
	UNIT_TEST(octets_in_the_clear),
	CU_TEST_INFO_NULL,
};
