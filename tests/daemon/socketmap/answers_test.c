/* SPDX-License-Identifier: BSD-2-Clause */
/* What a client gets for what it asks, in which order, however it asks. */
#include "bed.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char unit_name[] = "daemon/socketmap answers";

static bool
has_no_delay(const struct bed *bed)
{
	int fd = TAILQ_FIRST(&bed->socketmap->connections)->fd, no_delay = 0;

	return getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay,
			  &(socklen_t){sizeof(no_delay)}) == 0 &&
	       no_delay;
}

/* One read and one write for a hot answer. */
static void
a_hot_answer(void)
{
	static const char request[] = "25:route user@now.example.or,";
	int families[] = {AF_INET, AF_UNIX};

	for (size_t i = 0; i < N_OF(families); i++) {
		struct bed bed;
		int client;

		bed_start(&bed, families[i]);
		client = bed_connect(&bed);
		for (int turn = 0; turn < 3; turn++) {
			CHECK(bed_push(client, request, 29) == 29, "sent");
			fakes.recvs = fakes.sends = fakes.allocations = 0;
			bed_settle(&bed);
			CHECK(fakes.recvs == 1 && fakes.sends == 1, "%u reads, %u writes",
			      fakes.recvs, fakes.sends);
			/* The fake's own, the pending one, and the outbox at first. */
			CHECK(fakes.allocations == (turn ? 2 : 3), "%u allocations",
			      fakes.allocations);
			bed_expect(&bed, client, "17:OK now.example.or,");
		}
		CHECK(fakes.told[PROTOCOL_ROUTE][TOLD_ANSWER] == 3, "told");
		CHECK(fakes.waits_ms[0] == 2500 && fakes.waits_ms[2] == 2500, "the whole deadline");
		CHECK(has_no_delay(&bed) == (families[i] == AF_INET), "TCP_NODELAY");
		close(client);
		bed_stop(&bed);
	}
}

static void
each_map_and_who_is_not_asked(void)
{
	static const struct {
		const char *request, *reply;
		enum protocol protocol;
		enum told told;
	} cases[] = {
		{"route a@now.example", "OK now.example", PROTOCOL_ROUTE, TOLD_ANSWER},
		{"exim now.example", "OK now.example", PROTOCOL_EXIM, TOLD_ANSWER},
		{"exim-class now.example", "OK now.example", PROTOCOL_EXIM, TOLD_ANSWER},
		{"tls-sec [now.example]:2525", "OK now.example:2525", PROTOCOL_TLS_SEC,
		 TOLD_ANSWER},
		{"tls-sts [now.example]", "OK now.example:25", PROTOCOL_TLS_STS, TOLD_ANSWER},
		{"route *", "NOTFOUND ", PROTOCOL_ROUTE, TOLD_NOTFOUND},
		{"exim a@[192.0.2.1]", "NOTFOUND ", PROTOCOL_EXIM, TOLD_NOTFOUND},
		{"exim-class", "NOTFOUND ", PROTOCOL_EXIM, TOLD_NOTFOUND},
		{"tls-sec mx.example", "NOTFOUND ", PROTOCOL_TLS_SEC, TOLD_NOTFOUND},
		{"tls-sts [192.0.2.1]:25", "NOTFOUND ", PROTOCOL_TLS_STS, TOLD_NOTFOUND},
		/* pass-domains are of domain maps */
		{"route a@OWN.example.", "NOTFOUND ", PROTOCOL_ROUTE, TOLD_NOTFOUND},
		{"exim own.example", "NOTFOUND ", PROTOCOL_EXIM, TOLD_NOTFOUND},
		{"exim-class own.example", "NOTFOUND ", PROTOCOL_EXIM, TOLD_NOTFOUND},
		{"tls-sec [now.own.example]:25", "OK now.own.example:25", PROTOCOL_TLS_SEC,
		 TOLD_ANSWER},
		{"routes a@now.example", "PERM no map of that name", PROTOCOL_ROUTE, TOLD_ERROR},
		{"", "PERM no map of that name", PROTOCOL_ROUTE, TOLD_ERROR},
		{"route a@full.example", "OK retry:4.3.2 trouble 2, full.example", PROTOCOL_ROUTE,
		 TOLD_OVERLOAD},
	};
	struct bed bed;
	int client;

	bed_start(&bed, AF_UNIX);
	client = bed_connect(&bed);
	for (size_t i = 0; i < N_OF(cases); i++) {
		unsigned before = fakes.told[cases[i].protocol][cases[i].told];

		bed_ask(&bed, client, cases[i].request);
		bed_expect_reply(&bed, client, cases[i].reply);
		CHECK(fakes.told[cases[i].protocol][cases[i].told] == before + 1, "%s",
		      cases[i].request);
	}
	bed_ask(&bed, client, "tls-sec [own.example]:26");
	CHECK(fakes.last.kind == QUESTION_TLS_SEC && fakes.last.port == 26, "the question");
	CHECK_TEXT(fakes.last.subject, "own.example", "not passed");
	close(client);
	bed_stop(&bed);
}

static void
each_status(void)
{
	struct bed bed;
	int client;

	bed_start(&bed, AF_UNIX);
	client = bed_connect(&bed);
	for (int i = 0; i < 5; i++)
		bed_ask(&bed, client, "route a@slow.example");
	CHECK(fakes_reply("slow.example", REPLY_OK, "x"), "asked");
	fakes_reply("slow.example", REPLY_NOTFOUND, "");
	fakes_reply("slow.example", REPLY_TEMP, "4.4.3 why");
	fakes_reply("slow.example", REPLY_PERM, "no");
	fakes.clock_ms += 7;
	fakes_reply("slow.example", REPLY_OK, "");
	CHECK(fakes.last_us == 7000, "%u us", (unsigned)fakes.last_us);
	bed_expect(&bed, client, "4:OK x,9:NOTFOUND ,14:TEMP 4.4.3 why,7:PERM no,3:OK ,");
	close(client);
	bed_stop(&bed);
}

/* Answers come in any order, and leave in that of the questions. */
static void
order(void)
{
	struct bed bed;
	int client;

	bed_start(&bed, AF_INET);
	client = bed_connect(&bed);
	bed_send(&bed, client,
		 "15:route a@one.one,9:route now,17:route a@two.two.x,18:route a@now.three.,"
		 "7:route *,18:route a@full.four.,6:unmapp,15:route a@five.fi,");
	CHECK(fakes.open == 3, "%u wait", fakes.open); /* one, two, five */
	bed_expect_nothing(&bed, client);
	CHECK(fakes_reply("five.fi", REPLY_OK, "5"), "five");
	CHECK(fakes_reply("two.two.x", REPLY_TEMP, "2"), "two");
	bed_expect_nothing(&bed, client);
	CHECK(fakes_reply("one.one", REPLY_OK, "1"), "one");
	bed_expect(&bed, client,
		   "4:OK 1,9:NOTFOUND ,6:TEMP 2,12:OK now.three,9:NOTFOUND ,"
		   "35:OK retry:4.3.2 trouble 2, full.four,24:PERM no map of that name,4:OK 5,");
	close(client);
	bed_stop(&bed);
}

/* Every order of answering six questions. */
static void
all_orders(void)
{
	struct bed bed;
	int client;

	bed_start(&bed, AF_UNIX);
	client = bed_connect(&bed);
	for (int n = 0; n < 720; n++) {
		bool answered[6] = {false};

		bed_send(&bed, client,
			 "11:route a@0.x,11:route a@1.x,11:route a@2.x,11:route a@3.x,"
			 "11:route a@4.x,11:route a@5.x,");
		for (int left = 6, code = n; left > 0; code /= left, left--) {
			char subject[] = "?.x";
			int i = 0;

			for (int skip = code % left; answered[i] || skip; i++)
				skip -= !answered[i];
			answered[i] = true;
			subject[0] = (char)('0' + i);
			CHECK(fakes_reply(subject, REPLY_OK, subject), "%s of %d", subject, n);
		}
		bed_expect(&bed, client, "6:OK 0.x,6:OK 1.x,6:OK 2.x,6:OK 3.x,6:OK 4.x,6:OK 5.x,");
	}
	close(client);
	bed_stop(&bed);
}

static void
octet_by_octet(void)
{
	static const char octets[] = "19:route a@now.example,0:,12:tls-sec [n]:,";
	struct bed bed;
	int client;

	bed_start(&bed, AF_INET);
	client = bed_connect(&bed);
	for (size_t i = 0; i < sizeof(octets) - 1; i++)
		bed_send_octets(&bed, client, octets + i, 1);
	bed_expect(&bed, client, "14:OK now.example,24:PERM no map of that name,9:NOTFOUND ,");
	close(client);
	bed_stop(&bed);
}

/* At most PENDING_MOST are asked at once; the others wait, some with us, some in the socket. */
static void
thousands_pipelined(void)
{
	enum { N = 5000 };
	struct bed bed;
	unsigned answered = 0;
	int client;

	bed_start(&bed, AF_INET);
	client = bed_connect(&bed);
	for (int i = 0; i < N; i++) {
		char request[64];
		int n = snprintf(request, sizeof(request), "18:route a@n%04d.slow,", i);

		CHECK(bed_push(client, request, (size_t)n) == (size_t)n, "request %d", i);
	}
	shutdown(client, SHUT_WR);
	bed_settle(&bed);
	CHECK(fakes.open == PENDING_MOST, "%u", fakes.open);
	/* The last that was asked first. */
	while (fakes.open) {
		unsigned until = fakes.asked;

		while (until-- > answered) {
			char subject[16];

			snprintf(subject, sizeof(subject), "n%04u.slow", until);
			CHECK(fakes_reply(subject, REPLY_OK, subject), "%s", subject);
			bed_settle(&bed);
		}
		for (; answered < N && answered < fakes.asked - fakes.open; answered++) {
			char reply[32];

			snprintf(reply, sizeof(reply), "13:OK n%04u.slow,", answered);
			bed_expect(&bed, client, reply);
		}
	}
	CHECK(answered == N && fakes.asked == N, "%u answers to %u", answered, fakes.asked);
	CHECK(fakes.most_open == PENDING_MOST, "%u at once", fakes.most_open);
	bed_expect_end(&bed, client);
	close(client);
	bed_stop(&bed);
}

/* Exim's readsocket: it asks, closes its direction, and reads to the end. */
static void
half_close(void)
{
	static const struct {
		const char *sent, *got;
	} cases[] = {
		{"16:exim now.example,", "14:OK now.example,"},
		{"6:exim *,", "9:NOTFOUND ,"},
		{"17:exim slow.example,", "6:OK now,"},
		{"17:exim slow.example,6:exim *,", "6:OK now,9:NOTFOUND ,"},
		{"17:exim slow.example,19:exim half", "6:OK now,"}, /* and half a request */
		{"", ""},
		{"1", ""},
	};
	int families[] = {AF_INET, AF_UNIX};

	for (size_t i = 0; i < 2 * N_OF(cases); i++) {
		struct bed bed;
		int client;

		bed_start(&bed, families[i % 2]);
		client = bed_connect(&bed);
		bed_push(client, cases[i / 2].sent, strlen(cases[i / 2].sent));
		shutdown(client, SHUT_WR);
		bed_settle(&bed);
		if (strstr(cases[i / 2].sent, "slow")) {
			bed_expect_nothing(&bed, client);
			CHECK(fakes_reply("slow.example", REPLY_OK, "now"), "case %zu", i / 2);
		}
		bed_expect(&bed, client, cases[i / 2].got);
		bed_expect_end(&bed, client);
		CHECK(socketmap_connections(bed.socketmap) == 0, "case %zu", i / 2);
		CHECK(fakes.logged == 0, "case %zu", i / 2);
		close(client);
		bed_stop(&bed);
	}
}

static void
large_replies(void)
{
	struct bed bed;
	int client;

	bed_start(&bed, AF_INET);
	client = bed_connect(&bed);
	bed_ask(&bed, client, "route a@large-99000.x");
	bed_ask(&bed, client, "route a@large-99001.x");
	bed_expect(&bed, client, "99003:OK xxxx");
	for (size_t taken = 4; taken < 99000; bed_settle(&bed))
		taken += bed_take(client, NULL, 99000 - taken);
	bed_expect(&bed, client, ",27:TEMP the answer is too long,");
	CHECK(fakes.told[PROTOCOL_ROUTE][TOLD_ERROR] == 1, "told");
	CHECK(TAILQ_FIRST(&bed.socketmap->connections)->out.size <= 1024, "memory is kept");
	close(client);
	bed_stop(&bed);
}

/* qmgr asks one at a time: after the deadline's worth of waiting the others wait little. */
static void
waiting_budget(void)
{
	static const unsigned expected[] = {2500, 50, 50, 50, 2500, 1500, 1500};
	static const unsigned waited[] = {2500, 50, 50, 50, 1000, 0, 0};
	struct bed bed;
	int client, other;

	bed_start(&bed, AF_UNIX);
	client = bed_connect(&bed);
	for (size_t i = 0; i < N_OF(expected); i++) {
		if (i == 4)
			fakes.clock_ms += BUDGET_WINDOW_MS;
		bed_ask(&bed, client, "route a@slow.example");
		CHECK(fakes.waits_ms[i] == expected[i], "question %zu: %u", i, fakes.waits_ms[i]);
		fakes.clock_ms += waited[i];
		CHECK(fakes_reply("slow.example", REPLY_TEMP, "later"), "question %zu", i);
		bed_expect_reply(&bed, client, "TEMP later");
	}
	other = bed_connect(&bed);
	bed_ask(&bed, other, "route a@slow.example");
	CHECK(fakes.waits_ms[N_OF(expected)] == 2500, "another connection has its own");
	close(client);
	close(other);
	bed_stop(&bed);
}

/* Together they wait no longer than one. */
static void
waiting_budget_pipelined(void)
{
	struct bed bed;
	int client;

	bed_start(&bed, AF_UNIX);
	client = bed_connect(&bed);
	bed_ask(&bed, client, "route a@1.slow");
	bed_ask(&bed, client, "route a@2.slow");
	fakes.clock_ms += 1000;
	bed_ask(&bed, client, "route a@3.slow");
	CHECK(fakes_reply("2.slow", REPLY_OK, "2"), "not its turn: no wait is over");
	fakes.clock_ms += 500;
	bed_ask(&bed, client, "route a@4.slow");
	CHECK(fakes_reply("1.slow", REPLY_OK, "1"), "1.5 s are over");
	fakes.clock_ms += 500;
	bed_ask(&bed, client, "route a@5.slow");
	CHECK(fakes_reply("3.slow", REPLY_OK, "3") && fakes_reply("4.slow", REPLY_OK, "4") &&
		      fakes_reply("5.slow", REPLY_OK, "5"),
	      "2 s are");
	fakes.clock_ms += 9000;
	bed_ask(&bed, client, "route a@6.slow"); /* the first of them began 11 s ago */
	CHECK(fakes.waits_ms[0] == 2500 && fakes.waits_ms[1] == 2500, "both the whole");
	CHECK(fakes.waits_ms[2] == 1500 && fakes.waits_ms[3] == 1000 && fakes.waits_ms[4] == 500,
	      "%u %u %u", fakes.waits_ms[2], fakes.waits_ms[3], fakes.waits_ms[4]);
	CHECK(fakes.waits_ms[5] == 1500, "%u", fakes.waits_ms[5]);
	close(client);
	bed_stop(&bed);
}

/* What lies in the cache is answered in the same turn, in its turn; and not without end. */
static void
cached_answers(void)
{
	struct bed bed;
	int client;

	bed_start(&bed, AF_UNIX);
	client = bed_connect(&bed);
	bed_ask(&bed, client, "route x@cached.test");
	bed_expect_reply(&bed, client, "OK cached.test");
	CHECK(fakes.at_once == 1 && fakes.asked == 0, "%u, %u", fakes.at_once, fakes.asked);
	CHECK(fakes.told[PROTOCOL_ROUTE][TOLD_ANSWER] == 1, "counted");
	bed_ask(&bed, client, "route x@slow.test");
	bed_ask(&bed, client, "exim cached2.test");
	bed_expect_nothing(&bed, client);
	CHECK(fakes_reply("slow.test", REPLY_TEMP, "later"), "it is asked");
	bed_settle(&bed);
	bed_expect_reply(&bed, client, "TEMP later");
	bed_expect_reply(&bed, client, "OK cached2.test");
	close(client);
	bed_settle(&bed);
	bed_stop(&bed);
}

static void
not_all_cached_answers_at_once(void)
{
	static char requests[(AT_ONCE_MOST + 2) * 32];
	struct bed bed;
	size_t n = 0;
	int client;

	bed_start(&bed, AF_UNIX);
	client = bed_connect(&bed);
	for (int i = 0; i < AT_ONCE_MOST + 2; i++)
		n += (size_t)sprintf(requests + n, "17:route cached.test,");
	bed_send_octets(&bed, client, requests, n);
	for (int i = 0; i < AT_ONCE_MOST + 2; i++)
		bed_expect_reply(&bed, client, "OK cached.test");
	CHECK(fakes.at_once == AT_ONCE_MOST && fakes.asked == 2, "%u, %u", fakes.at_once,
	      fakes.asked);
	close(client);
	bed_settle(&bed);
	bed_stop(&bed);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(a_hot_answer),
	UNIT_TEST(each_map_and_who_is_not_asked),
	UNIT_TEST(each_status),
	UNIT_TEST(order),
	UNIT_TEST(all_orders),
	UNIT_TEST(octet_by_octet),
	UNIT_TEST(thousands_pipelined),
	UNIT_TEST(half_close),
	UNIT_TEST(large_replies),
	UNIT_TEST(waiting_budget),
	UNIT_TEST(waiting_budget_pipelined),
	UNIT_TEST(cached_answers),
	UNIT_TEST(not_all_cached_answers_at_once),
	CU_TEST_INFO_NULL,
};
