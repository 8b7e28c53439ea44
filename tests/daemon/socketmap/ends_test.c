/* SPDX-License-Identifier: BSD-2-Clause */
/* How a connection ends when its client, its daemon or memory goes. */
#include "bed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char unit_name[] = "daemon/socketmap ends";

#define ASK "19:route a@now.example,"
#define ANSWER "14:OK now.example,"
#define ASK_SLOW "20:route a@slow.example,"

/* Closing sends a reset. */
static void
reset(int client)
{
	struct linger linger = {.l_onoff = 1};

	setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(client);
}

static void
client_gone(void)
{
	static const char *const sent[] = {ASK_SLOW, ASK_SLOW ASK_SLOW ASK, ASK_SLOW "1",
					   ASK_SLOW ":"};

	for (size_t i = 0; i < 2 * N_OF(sent); i++) {
		struct bed bed;
		int client;

		bed_start(&bed, i % 2 ? AF_UNIX : AF_INET);
		client = bed_connect(&bed);
		bed_send(&bed, client, sent[i / 2]);
		CHECK(fakes.open == (i / 2 == 1 ? 2 : 1), "%s", sent[i / 2]);
		if (strchr(sent[i / 2], ':') && i / 2 == 3) { /* nothing is read any more */
			close(client);
			fakes_reply("slow.example", REPLY_OK, "1");
			bed_pass_ms(&bed, LINGER_MS);
		} else {
			reset(client);
			bed_settle(&bed);
			CHECK(fakes.cancelled == (i / 2 == 1 ? 2 : 1), "%s", sent[i / 2]);
		}
		CHECK(socketmap_connections(bed.socketmap) == 0, "%s", sent[i / 2]);
		CHECK(fakes.open == 0, "%s", sent[i / 2]);
		bed_stop(&bed);
	}
}

/* With TCP a client that has gone looks like one that sends no more. */
static void
client_gone_quietly(void)
{
	struct bed bed;
	int client;

	bed_start(&bed, AF_INET);
	client = bed_connect(&bed);
	bed_send(&bed, client, ASK_SLOW ASK_SLOW ASK_SLOW);
	close(client);
	bed_settle(&bed);
	CHECK(fakes.open == 3 && fakes.cancelled == 0, "as long as their answers take");
	fakes_reply("slow.example", REPLY_OK, "1");
	bed_settle(&bed);
	fakes_reply("slow.example", REPLY_OK, "2"); /* nobody is there */
	bed_settle(&bed);
	CHECK(fakes.open == 0 && fakes.cancelled == 1, "%u open", fakes.open);
	CHECK(socketmap_connections(bed.socketmap) == 0, "gone");
	bed_stop(&bed);
}

/* It goes while an answer to it waits to be sent. */
static void
client_gone_with_answers(void)
{
	static const char request[] = "27:route a@large-20000.example,";

	for (int i = 0; i < 2; i++) {
		struct bed bed;
		int client;

		bed_start(&bed, i ? AF_UNIX : AF_INET);
		client = bed_connect(&bed);
		bed_send(&bed, client, ASK_SLOW);
		for (int n = 0; n < 300; n++)
			bed_push(client, request, sizeof(request) - 1);
		bed_settle(&bed);
		fakes_reply("slow.example", REPLY_OK, "1");
		bed_settle(&bed);
		reset(client);
		bed_settle(&bed);
		CHECK(socketmap_connections(bed.socketmap) == 0 && fakes.open == 0, "gone");
		bed_stop(&bed);
	}
}

static void
drain(void)
{
	struct bed bed;
	int idle, half, waiting, sending, late;

	bed_start(&bed, AF_INET);
	idle = bed_connect(&bed);
	half = bed_connect(&bed);
	waiting = bed_connect(&bed);
	sending = bed_connect(&bed);
	bed_send(&bed, half, "1");
	bed_send(&bed, waiting, ASK_SLOW ASK_SLOW "19:route");
	bed_send(&bed, sending, ASK_SLOW);
	socketmap_drain(bed.socketmap);
	bed_expect_end(&bed, idle);
	bed_expect_end(&bed, half);
	CHECK(socketmap_connections(bed.socketmap) == 2, "two that wait");
	late = bed_connect(&bed);
	bed_expect_nothing(&bed, late); /* for another worker */
	CHECK(socketmap_connections(bed.socketmap) == 2, "no more are accepted");
	bed_send(&bed, waiting, " a@now.example," ASK);
	CHECK(fakes.asked == 3, "no more is asked");
	for (int i = 1; i <= 3; i++)
		CHECK(fakes_reply("slow.example", REPLY_OK, "1"), "question %d", i);
	bed_expect(&bed, waiting, "4:OK 1,4:OK 1,");
	bed_expect_end(&bed, waiting);
	bed_expect(&bed, sending, "4:OK 1,");
	bed_expect_end(&bed, sending);
	CHECK(socketmap_connections(bed.socketmap) == 1, "octets of one are unread: it lingers");
	bed_pass_ms(&bed, LINGER_MS);
	CHECK(socketmap_connections(bed.socketmap) == 0, "none");
	CHECK(fakes.logged == 0 && fakes.cancelled == 0, "in peace");
	socketmap_drain(bed.socketmap); /* again */
	close(idle);
	close(half);
	close(waiting);
	close(sending);
	close(late);
	bed_stop(&bed);
}

/* Requests beyond the 64 were received, but not asked. */
static void
drain_with_more_received(void)
{
	struct bed bed;
	int client;

	bed_start(&bed, AF_UNIX);
	client = bed_connect(&bed);
	for (int i = 0; i < PENDING_MOST + 10; i++)
		bed_push(client, ASK_SLOW, sizeof(ASK_SLOW) - 1);
	bed_settle(&bed);
	socketmap_drain(bed.socketmap);
	for (int i = 0; i < PENDING_MOST; i++) {
		fakes_reply("slow.example", REPLY_OK, "1");
		bed_expect(&bed, client, "4:OK 1,");
	}
	bed_expect_end(&bed, client);
	CHECK(fakes.asked == PENDING_MOST, "%u", fakes.asked);
	CHECK(socketmap_connections(bed.socketmap) == 0, "ended");
	close(client);
	bed_stop(&bed);
}

/* While its listener rests for want of descriptors. */
static void
drain_a_full_one(void)
{
	struct bed bed;
	int client;

	bed_start(&bed, AF_UNIX);
	fakes.accept_error = EMFILE;
	client = bed_connect(&bed);
	socketmap_drain(bed.socketmap);
	fakes.accept_error = 0;
	CHECK(event_base_loop(bed.env.base, EVLOOP_ONCE) == 1, "nothing is left to wait for");
	CHECK(socketmap_connections(bed.socketmap) == 0, "none");
	close(client);
	bed_stop(&bed);
}

static void
freed_with_everything_open(void)
{
	struct bed bed;
	int clients[5];

	bed_start(&bed, AF_INET);
	for (int i = 0; i < 5; i++)
		clients[i] = bed_connect(&bed);
	bed_send(&bed, clients[0], ASK_SLOW ASK);
	bed_send(&bed, clients[1], "1");
	bed_send(&bed, clients[2], "x");
	for (int i = 0; i < 70; i++)
		bed_push(clients[3], ASK_SLOW, sizeof(ASK_SLOW) - 1);
	bed_settle(&bed);
	CHECK(fakes.open == 65, "%u", fakes.open);
	bed_stop(&bed);
	CHECK(fakes.cancelled == 65, "%u", fakes.cancelled);
	for (int i = 0; i < 5; i++)
		close(clients[i]);
}

/* The scene of the next test; memory may fail anywhere in it. What its client has received at the
 * end. */
static size_t
play(struct bed *bed, char *ret, size_t most)
{
	static const char scene[] = ASK_SLOW ASK ASK "23:route a@large-3000.exam,"
						     "18:route a@full.exam.,6:unmapp,7:route *,"
						     "20:route a@slow.example,19:ro";
	int clients[2];
	size_t n;

	for (int i = 0; i < 2; i++)
		clients[i] = bed_connect(bed);
	bed_push(clients[0], scene, sizeof(scene) - 1);
	bed_push(clients[1], "99:", 3);
	bed_settle(bed);
	fakes_reply("slow.example", REPLY_OK, "1");
	bed_push(clients[0], "ute a@now.example,", 18);
	bed_settle(bed);
	fakes_reply("slow.example", REPLY_OK, "2");
	shutdown(clients[0], SHUT_WR);
	bed_settle(bed);
	n = bed_take(clients[0], ret, most);
	bed_expect_end(bed, clients[0]);
	for (int i = 0; i < 2; i++)
		close(clients[i]);
	bed_settle(bed);
	CHECK(fakes.logged == 0, "%s", fakes.log_reason);
	return n;
}

/* A connection without memory ends: what it has sent until then is right, and the others, and the
 * listener, go on. */
static void
memory_fails(void)
{
	static char all[8192], some[8192];
	unsigned allocations;
	struct bed bed;
	size_t n_all;

	bed_start(&bed, AF_UNIX);
	fakes.allocations = 0;
	n_all = play(&bed, all, sizeof(all));
	allocations = fakes.allocations;
	CHECK(allocations > 10 && n_all > 3000, "%u, %zu", allocations, n_all);
	bed_stop(&bed);
	for (unsigned fail_at = 1; fail_at <= allocations; fail_at++) {
		size_t n_some;
		int client;

		bed_start(&bed, AF_UNIX);
		fakes.allocations = 0;
		fakes.fail_at = fail_at;
		n_some = play(&bed, some, sizeof(some));
		CHECK(fakes.allocations >= fail_at, "allocation %u did not fail", fail_at);
		/* The stand-in for questions_ask() answers for memory it has not. */
		CHECK(fakes.told[PROTOCOL_ROUTE][TOLD_OVERLOAD] > 1 ||
			      (n_some <= n_all && memcmp(some, all, n_some) == 0),
		      "allocation %u", fail_at);
		CHECK(socketmap_connections(bed.socketmap) == 0, "allocation %u", fail_at);
		client = bed_connect(&bed);
		bed_send(&bed, client, ASK);
		bed_expect(&bed, client, ANSWER);
		close(client);
		bed_stop(&bed);
	}
}

static void
no_memory_to_begin(void)
{
	struct bed bed;

	bed_start(&bed, AF_UNIX);
	fakes.fail_at = fakes.allocations + 1;
	CHECK(!socketmap_new(&bed.env, bed.listening), "made without memory");
	CHECK(bed.env.socketmaps == bed.socketmap && !bed.socketmap->next, "the list");
	socketmap_free(NULL);
	bed_stop(&bed);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(client_gone),
	UNIT_TEST(client_gone_quietly),
	UNIT_TEST(client_gone_with_answers),
	UNIT_TEST(drain),
	UNIT_TEST(drain_with_more_received),
	UNIT_TEST(drain_a_full_one),
	UNIT_TEST(freed_with_everything_open),
	UNIT_TEST(memory_fails),
	UNIT_TEST(no_memory_to_begin),
	CU_TEST_INFO_NULL,
};
