/* SPDX-License-Identifier: BSD-2-Clause */
/* A socketmap on a socket of its own, and clients in the same thread: what they wait for comes because
 * bed_... turns the loop. The clock stands but for bed_pass_ms(). Nothing is waited for by time; meson
 * ends a test that hangs. */
#ifndef NMX_TESTS_DAEMON_SOCKETMAP_BED_H
#define NMX_TESTS_DAEMON_SOCKETMAP_BED_H

#include <sys/socket.h>

#include "daemon/connection.h"
#include "fakes.h"
#include "unit.h"

struct bed {
	struct config config; /* may be changed before the first connection */
	struct metrics metrics;
	struct env env;
	struct socketmap *socketmap;
	int listening;
	struct sockaddr_storage address;
	socklen_t length;
};

/* AF_UNIX or AF_INET. */
void bed_start(struct bed *bed, int family);
void bed_stop(struct bed *bed);
/* Turns the loop until it has nothing to do at once. */
void bed_settle(struct bed *bed);
/* Moves the clock, and ends what is over. */
void bed_pass_ms(struct bed *bed, int64_t ms);

/* Connected, accepted; it does not block. */
int bed_connect(struct bed *bed);
/* As many octets as the socket takes without reading by the other side. */
size_t bed_push(int client, const char *octets, size_t n);
/* All of them, the loop turning. */
void bed_send_octets(struct bed *bed, int client, const char *octets, size_t n);
void bed_send(struct bed *bed, int client, const char *text);
/* "MAP KEY" as a netstring. */
void bed_ask(struct bed *bed, int client, const char *request);

/* The next octets are these. */
void bed_expect(struct bed *bed, int client, const char *text);
/* The next reply, as a netstring, is this: "OK data". */
void bed_expect_reply(struct bed *bed, int client, const char *reply);
void bed_expect_nothing(struct bed *bed, int client);
/* The end of the connection, or of its direction, comes next. */
void bed_expect_end(struct bed *bed, int client);
/* Takes what has come so far, into ret or nowhere: how much. */
size_t bed_take(int client, char *ret, size_t most);

#endif
