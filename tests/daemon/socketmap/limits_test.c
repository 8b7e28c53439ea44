/* SPDX-License-Identifier: BSD-2-Clause */
/* Each limit of a connection has its end, and that end is the one written in connection.c. */
#include "bed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char unit_name[] = "daemon/socketmap limits";

#define ASK "19:route a@now.example,"
#define ANSWER "14:OK now.example,"
#define ASK_SLOW "20:route a@slow.example,"

static uint64_t
refused(const struct bed *bed)
{
	return metric_get((metric *)&bed->metrics.refused[PROTOCOL_ROUTE]);
}

static void
check_refused(const struct bed *bed, unsigned n, const char *reason)
{
	CHECK(refused(bed) == n && fakes.logged == n, "%u of %u", (unsigned)refused(bed), n);
	CHECK_TEXT(fakes.log_reason, reason, "refused");
}

/* What was asked before is answered, then it ends. */
static void
malformed(void)
{
	static const struct {
		const char *octets;
		size_t n;
	} cases[] = {
#define OCTETS(text) {text, sizeof(text) - 1}
		OCTETS("019:route a@now.example,"),
		OCTETS("-1:,"),
		OCTETS("+1:a,"),
		OCTETS(":"),
		OCTETS(" "),
		OCTETS("\n"),
		OCTETS("1:ab"),
		OCTETS("1x"),
		OCTETS("\0"),
		OCTETS("1:\0\0"),
		OCTETS("00"),
		OCTETS("0:,,"),
		OCTETS("GET /metrics HTTP/1.1\r\n\r\n"),
#undef OCTETS
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct bed bed;
		int client;

		bed_start(&bed, i % 2 ? AF_UNIX : AF_INET);
		client = bed_connect(&bed);
		bed_push(client, ASK_SLOW ASK, sizeof(ASK_SLOW ASK) - 1);
		bed_push(client, cases[i].octets, cases[i].n);
		bed_push(client, ASK ASK, sizeof(ASK ASK) - 1); /* not asked */
		bed_settle(&bed);
		bed_expect_nothing(&bed, client);
		CHECK(fakes.asked == 2, "case %zu: %u", i, fakes.asked);
		fakes_reply("slow.example", REPLY_OK, "1");
		bed_expect(&bed, client, "4:OK 1," ANSWER);
		if (strncmp(cases[i].octets, "0:,,", 4) == 0)
			bed_expect_reply(&bed, client, "PERM no map of that name");
		bed_expect_end(&bed, client);
		check_refused(&bed, 1, "malformed request");
		close(client);
		bed_settle(&bed);
		CHECK(socketmap_connections(bed.socketmap) == 0, "case %zu", i);
		bed_stop(&bed);
	}
}

static void
the_longest_request(void)
{
	static char request[REQUEST_MOST + 16];
	struct bed bed;
	int client;

	bed_start(&bed, AF_UNIX);
	client = bed_connect(&bed);
	memset(request, 'a', sizeof(request));
	memcpy(request, "10000:route ", 12);
	memcpy(request + 6 + REQUEST_MOST - 12, "@now.example,", 13);
	for (int i = 0; i < 3; i++)
		bed_send_octets(&bed, client, request, 6 + REQUEST_MOST + 1);
	bed_expect(&bed, client, ANSWER ANSWER ANSWER);
	close(client);
	bed_stop(&bed);
}

/* Told by its length, before it is there; and the answer arrives though the client goes on sending. */
static void
too_long(void)
{
	static char more[8000];
	struct bed bed;
	int client;

	bed_start(&bed, AF_INET);
	client = bed_connect(&bed);
	bed_send(&bed, client, ASK_SLOW ASK "10001:route ");
	bed_expect_nothing(&bed, client);
	fakes_reply("slow.example", REPLY_OK, "1");
	bed_expect(&bed, client, "4:OK 1," ANSWER);
	for (int i = 0; i < 20; i++)
		bed_send_octets(&bed, client, more, sizeof(more));
	bed_expect(&bed, client, "13:PERM too long,");
	bed_expect_end(&bed, client);
	check_refused(&bed, 1, "request too long");
	CHECK(socketmap_connections(bed.socketmap) == 1, "it waits for the client's end");
	bed_pass_ms(&bed, LINGER_MS - 1);
	CHECK(socketmap_connections(bed.socketmap) == 1, "still");
	bed_send_octets(&bed, client, more, sizeof(more)); /* no reason to wait longer */
	bed_pass_ms(&bed, 1);
	CHECK(socketmap_connections(bed.socketmap) == 0, "but not for ever");
	CHECK(send(client, "x", 1, MSG_NOSIGNAL) <= 0 || recv(client, more, 1, 0) <= 0, "gone");
	close(client);
	bed_stop(&bed);
}

/* Its time runs from its first octet, whatever comes after. */
static void
slow_loris(void)
{
	static const char octets[] = "50:route aaaaaaaaaaaaaaaaaaaaaaa";
	struct bed bed;
	int client, other;

	bed_start(&bed, AF_INET);
	client = bed_connect(&bed);
	other = bed_connect(&bed);
	bed_pass_ms(&bed, 30000); /* idle is not slow */
	bed_send(&bed, client, ASK_SLOW);
	for (int i = 0; i < 20; i++) {
		bed_send_octets(&bed, client, octets + i, 1);
		bed_pass_ms(&bed, 499);
		CHECK(refused(&bed) == 0, "octet %d", i);
	}
	bed_pass_ms(&bed, 20);
	check_refused(&bed, 1, "request not whole in time");
	/* What it asked before is answered. */
	bed_send_octets(&bed, client, octets + 20, 1);
	CHECK(fakes.open == 1 && fakes_reply("slow.example", REPLY_OK, "1"), "asked");
	bed_expect(&bed, client, "4:OK 1,");
	bed_expect_end(&bed, client);
	CHECK(socketmap_connections(bed.socketmap) == 2, "its last octet is unread: it lingers");
	bed_ask(&bed, other, "route a@now.example");
	bed_expect(&bed, other, ANSWER);
	close(client);
	close(other);
	bed_stop(&bed);
}

/* Each request has its own time, also if its beginning came with the one before. */
static void
each_request_has_its_time(void)
{
	struct bed bed;
	int client;

	bed_start(&bed, AF_UNIX);
	client = bed_connect(&bed);
	bed_send(&bed, client, "1");
	for (int i = 0; i < 5; i++) {
		bed_pass_ms(&bed, REQUEST_MS - 1);
		bed_send(&bed, client, "9:route a@now.example,1");
		bed_expect(&bed, client, ANSWER);
	}
	CHECK(refused(&bed) == 0, "never late");
	bed_pass_ms(&bed, REQUEST_MS);
	bed_expect_end(&bed, client);
	check_refused(&bed, 1, "request not whole in time");
	close(client);
	bed_stop(&bed);
}

/* While 64 wait for answers we do not read, so the time of what is in the socket does not run. */
static void
no_time_runs_while_we_do_not_read(void)
{
	struct bed bed;
	int client;

	bed_start(&bed, AF_UNIX);
	client = bed_connect(&bed);
	for (int i = 0; i < PENDING_MOST; i++)
		bed_push(client, ASK_SLOW, sizeof(ASK_SLOW) - 1);
	bed_send(&bed, client, "1");
	bed_pass_ms(&bed, REQUEST_MS * 2);
	CHECK(refused(&bed) == 0, "it waits for us");
	fakes_reply("slow.example", REPLY_OK, "1");
	bed_pass_ms(&bed, REQUEST_MS - 1);
	CHECK(refused(&bed) == 0, "now it runs");
	bed_pass_ms(&bed, 1);
	check_refused(&bed, 1, "request not whole in time");
	close(client);
	bed_stop(&bed);
}

/* A reader that takes nothing: we stop reading from it, and end it. */
static void
slow_reader(void)
{
	enum { N = 400 };
	static const char request[] = "27:route a@large-20000.example,";
	struct bed bed;
	size_t now;
	unsigned asked;
	int client;

	bed_start(&bed, AF_UNIX);
	client = bed_connect(&bed);
	for (int i = 0; i < N; i++)
		bed_push(client, request, sizeof(request) - 1);
	bed_settle(&bed);
	asked = fakes.asked;
	CHECK(asked < N, "all are asked, though nobody reads");
	/* It takes what has come from time to time. (Of a part the kernel may not tell.) */
	for (int i = 0; i < 8; i++) {
		bed_pass_ms(&bed, OUTPUT_MS - 1);
		CHECK(refused(&bed) == 0, "time %d", i);
		now = bed_take(client, NULL, SIZE_MAX);
		CHECK(now > 0, "time %d", i);
		bed_settle(&bed);
	}
	CHECK(fakes.asked > asked, "it goes on when something is taken");
	bed_pass_ms(&bed, OUTPUT_MS - 1);
	CHECK(refused(&bed) == 0, "not yet");
	bed_pass_ms(&bed, 1);
	check_refused(&bed, 1, "answers not taken in time");
	CHECK(socketmap_connections(bed.socketmap) == 0, "ended");
	close(client);
	bed_stop(&bed);
}

/* The same client, if it reads at last, has every answer. */
static void
late_reader(void)
{
	enum { N = 400, INSIDE = 3 + 20000, SIZE = 6 + INSIDE + 1 };
	static const char request[] = "27:route a@large-20000.example,";
	static char one[SIZE], got[N * SIZE];
	struct bed bed;
	size_t taken = 0, now;
	int client;

	memset(one, 'x', sizeof(one));
	memcpy(one, "20003:OK ", 9);
	one[SIZE - 1] = ',';
	bed_start(&bed, AF_INET);
	client = bed_connect(&bed);
	for (int i = 0; i < N; i++)
		bed_push(client, request, sizeof(request) - 1);
	do {
		bed_settle(&bed);
		now = bed_take(client, got + taken, sizeof(got) - taken);
		taken += now;
	} while (now);
	CHECK(taken == sizeof(got) && fakes.asked == N, "%zu octets, %u", taken, fakes.asked);
	for (size_t i = 0; i < N; i++)
		if (!CHECK(memcmp(got + i * SIZE, one, SIZE) == 0, "answer %zu", i))
			break;
	bed_ask(&bed, client, "route *");
	bed_expect_reply(&bed, client, "NOTFOUND ");
	close(client);
	bed_stop(&bed);
}

static void
idle(void)
{
	struct bed bed;
	int clients[4];

	bed_start(&bed, AF_UNIX);
	for (int i = 0; i < 4; i++)
		clients[i] = bed_connect(&bed);
	bed_pass_ms(&bed, 59000);
	bed_send(&bed, clients[0], ASK_SLOW); /* waits, so it is not idle */
	bed_send(&bed, clients[1], ASK);
	bed_send(&bed, clients[3], "7:route *,"); /* answered at once */
	bed_pass_ms(&bed, 1000);
	bed_expect_end(&bed, clients[2]);
	bed_pass_ms(&bed, 58000);
	bed_expect(&bed, clients[1], ANSWER);
	bed_expect_nothing(&bed, clients[1]);
	bed_expect(&bed, clients[3], "9:NOTFOUND ,");
	bed_expect_nothing(&bed, clients[3]);
	bed_pass_ms(&bed, 1000);
	bed_expect_end(&bed, clients[1]);
	bed_expect_end(&bed, clients[3]);
	bed_pass_ms(&bed, 600000);
	bed_expect_nothing(&bed, clients[0]);
	fakes_reply("slow.example", REPLY_OK, "1");
	bed_expect(&bed, clients[0], "4:OK 1,");
	bed_pass_ms(&bed, 59000);
	bed_expect_nothing(&bed, clients[0]);
	bed_pass_ms(&bed, 1000);
	bed_expect_end(&bed, clients[0]);
	CHECK(refused(&bed) == 0 && fakes.logged == 0, "nothing out of the ordinary");
	for (int i = 0; i < 4; i++)
		close(clients[i]);
	bed_stop(&bed);
}

/* The loop's timer does what bed_pass_ms() does in the others. */
static void
the_timer_comes(void)
{
	struct bed bed;
	int early, late;

	bed_start(&bed, AF_UNIX);
	fakes.clock_stands = false;
	socketmap_free(bed.socketmap);
	bed.config.idle_s = 1;
	bed.socketmap = socketmap_new(&bed.env, bed.listening);
	early = bed_connect(&bed);
	late = bed_connect(&bed);
	bed_send(&bed, late, ASK ASK_SLOW);
	bed_expect_end(&bed, early);
	bed_expect(&bed, late, ANSWER);
	fakes_reply("slow.example", REPLY_OK, "1");
	bed_expect(&bed, late, "4:OK 1,");
	bed_expect_end(&bed, late);
	close(early);
	close(late);
	bed_stop(&bed);
}

/* Room is made by the longest idle one; if none is idle there is none. */
static void
too_many_connections(void)
{
	struct bed bed;
	int clients[3], more;

	bed_start(&bed, AF_UNIX);
	bed.config.connections = 3;
	for (int i = 0; i < 3; i++) {
		clients[i] = bed_connect(&bed);
		bed_pass_ms(&bed, 10);
	}
	bed_send(&bed, clients[0], ASK); /* now 1 is idle the longest */
	bed_expect(&bed, clients[0], ANSWER);
	more = bed_connect(&bed);
	bed_expect_end(&bed, clients[1]);
	check_refused(&bed, 1, "idle, and room is needed");
	close(clients[1]);
	clients[1] = more;
	bed_send(&bed, clients[0], ASK_SLOW);
	bed_send(&bed, clients[1], "1"); /* neither wait nor slow request is idle */
	bed_send(&bed, clients[2], ASK_SLOW);
	more = bed_connect(&bed);
	bed_expect_end(&bed, more);
	check_refused(&bed, 2, "too many connections");
	close(more);
	CHECK(socketmap_connections(bed.socketmap) == 3, "the three");
	CHECK(metric_get(&bed.metrics.connections[PROTOCOL_ROUTE]) == 4, "accepted");
	fakes_reply("slow.example", REPLY_OK, "1");
	bed_expect(&bed, clients[0], "4:OK 1,");
	more = bed_connect(&bed);
	bed_expect_end(&bed, clients[0]);
	bed_send(&bed, more, ASK);
	bed_expect(&bed, more, ANSWER);
	close(more);
	for (int i = 0; i < 3; i++)
		close(clients[i]);
	bed_stop(&bed);
}

/* Listeners of one worker share the limit, and their idle connections make room for each other. */
static void
two_listeners(void)
{
	struct bed bed;
	struct socketmap *maps[2];
	struct sockaddr_storage first;
	socklen_t first_length;
	int clients[3], second;

	bed_start(&bed, AF_UNIX);
	first = bed.address;
	first_length = bed.length;
	bed.config.connections = 2;
	maps[0] = bed.socketmap;
	clients[0] = bed_connect(&bed);
	bed_pass_ms(&bed, 10);
	/* Clients connect to the second from here on. */
	second = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bed.address.ss_family = AF_UNIX;
	bed.length = sizeof(bed.address);
	CU_ASSERT_FATAL(bind(second, (void *)&bed.address, sizeof(sa_family_t)) == 0 &&
			listen(second, 10) == 0 &&
			getsockname(second, (void *)&bed.address, &bed.length) == 0);
	maps[1] = socketmap_new(&bed.env, second);
	CU_ASSERT_FATAL(maps[1] != NULL);
	clients[1] = bed_connect(&bed);
	bed_pass_ms(&bed, 10);
	clients[2] = bed_connect(&bed);
	CHECK(socketmap_connections(maps[0]) == 0 && socketmap_connections(maps[1]) == 2,
	      "the one of the first was idle for longest");
	bed_expect_end(&bed, clients[0]);
	bed_expect_nothing(&bed, clients[1]);
	close(clients[0]);
	bed.address = first;
	bed.length = first_length;
	clients[0] = bed_connect(&bed);
	CHECK(socketmap_connections(maps[0]) == 1 && socketmap_connections(maps[1]) == 1,
	      "and now that of the second");
	bed_expect_end(&bed, clients[1]);
	for (int i = 0; i < 3; i++)
		close(clients[i]);
	bed_settle(&bed);
	socketmap_free(maps[1]);
	close(second);
	bed_stop(&bed);
}

/* Without descriptors the listener rests: no turn of the loop is spent on it, and one line says so. */
static void
no_descriptors(void)
{
	static const int errors[] = {EMFILE, ENFILE, ENOMEM};
	struct bed bed;
	int client;

	bed_start(&bed, AF_UNIX);
	fakes.accept_error = errors[0];
	client = bed_connect(&bed);
	for (size_t i = 1; i < N_OF(errors); i++) {
		unsigned tries = fakes.accepts;

		bed_settle(&bed);
		CHECK(fakes.accepts == tries, "it does not rest after %s", strerror(errors[i - 1]));
		fakes.accept_error = errors[i];
		while (fakes.accepts == tries)
			event_base_loop(bed.env.base, EVLOOP_ONCE);
	}
	CHECK(fakes.logged == 1, "%u lines", fakes.logged);
	CHECK_TEXT(fakes.log_event, "accept", "the line");
	CHECK(socketmap_connections(bed.socketmap) == 0, "none");
	fakes.accept_error = 0;
	bed_send(&bed, client, ASK);
	bed_expect(&bed, client, ANSWER);
	/* When it happens again, it is said again. */
	fakes.accept_error = EMFILE;
	close(bed_connect(&bed));
	CHECK(fakes.logged == 2, "%u lines", fakes.logged);
	close(client);
	bed_stop(&bed);
}

/* A connection that went before it was accepted is not the listener's fault. */
static void
gone_before_it_was_accepted(void)
{
	struct bed bed;
	int client;

	bed_start(&bed, AF_INET);
	fakes.accept_error = ECONNABORTED;
	fakes.accept_times = ACCEPT_MOST * 2;
	client = bed_connect(&bed);
	CHECK(fakes.accept_error == 0, "it goes on");
	bed_send(&bed, client, ASK);
	bed_expect(&bed, client, ANSWER);
	CHECK(fakes.logged == 0, "nothing to say");
	close(client);
	bed_stop(&bed);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(malformed),
	UNIT_TEST(the_longest_request),
	UNIT_TEST(too_long),
	UNIT_TEST(slow_loris),
	UNIT_TEST(each_request_has_its_time),
	UNIT_TEST(no_time_runs_while_we_do_not_read),
	UNIT_TEST(slow_reader),
	UNIT_TEST(late_reader),
	UNIT_TEST(idle),
	UNIT_TEST(the_timer_comes),
	UNIT_TEST(too_many_connections),
	UNIT_TEST(two_listeners),
	UNIT_TEST(no_descriptors),
	UNIT_TEST(gone_before_it_was_accepted),
	CU_TEST_INFO_NULL,
};
