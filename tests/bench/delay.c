/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A relay that puts a DNS server further away:
 *
 *	delay PORT MILLISECONDS
 *
 * Prints its own port of 127.0.0.1, for UDP and TCP, and passes on what comes to 127.0.0.1 PORT, until
 * it is killed. Every reply leaves so many milliseconds after its query came; over TCP, after the last
 * octets that came from the client.
 *
 * UDP queries are spread over a few sockets, for knotd gives each socket of a client to one of its
 * threads, and get numbers of ours as ids. Replies wait in one queue, since all wait equally long: one
 * that would leave before the one before it leaves with that. Only so many queries are with knotd at a
 * time as surely fit into one of its sockets' buffers: a burst would lose some there, and nobody who is
 * measured is to blame for that. The others wait here, which nobody notices within the delay.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	N_UPSTREAM = 8,
	N_IDS = 16384, /* of each upstream socket; at 20,000 a second they come again after 6 s */
	MOST_WITH_SERVER = 128, /* the kernel's default buffer takes some 270 */
	LOST_NS = 1000 * 1000 * 1000,
	BATCH = 64,
	MOST_OCTETS = 4096, /* of a UDP message; libunbound takes 1232 */
	MOST_EVENTS = 64,
	BUFFER = 4 << 20,
	/* Replies that are due within this leave together: it costs less, and is 1 % of 20 ms. */
	SLACK_NS = 200 * 1000,
};

/* Who asked, by our id. */
struct asker {
	struct sockaddr_in address;
	int64_t came;
	uint16_t id;
	bool waits;
};

/* A descriptor that epoll knows. */
struct end {
	void (*ready)(struct end *end);
	int fd, index;
	struct pair *pair; /* of a TCP end */
};

/* A TCP connection of a client's and ours to the server. Freed when nothing is held for it. */
struct pair {
	struct end client, server;
	int64_t came;
	unsigned held;
	bool closed;
};

/*
 * A reply that waits: a UDP message for an address, or octets of a TCP connection. Also a query that
 * waits for its turn: then "to" is who asked, and "due" when it came.
 */
struct held {
	struct held *next;
	struct pair *pair; /* NULL: UDP */
	struct sockaddr_in to;
	int64_t due;
	size_t n; /* 0: the server has closed */
	uint8_t octets[];
};

struct queue {
	struct held *first, **last;
};

static struct {
	struct sockaddr_in server;
	int64_t delay;
	int epoll;
	struct end udp, tcp, upstream[N_UPSTREAM];
	struct asker askers[N_UPSTREAM][N_IDS];
	unsigned n_queries, with_server;
	int64_t last_moved;
	struct queue replies, queries;
	int64_t last_due;
} all;

__attribute__((noreturn)) static void
die(const char *what)
{
	fprintf(stderr, "delay: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static int
checked(int result, const char *what)
{
	if (result < 0)
		die(what);
	return result;
}

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void
watch(struct end *end, int fd, void (*ready)(struct end *end))
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = end};

	end->fd = fd;
	end->ready = ready;
	checked(epoll_ctl(all.epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

/* ---- What waits ----------------------------------------------------------------------------- */

static struct held *
put_last(struct queue *queue, const void *octets, size_t n)
{
	struct held *held = calloc(1, sizeof(*held) + n);

	if (!held)
		die("memory");
	held->n = n;
	if (n)
		memcpy(held->octets, octets, n);
	*queue->last = held;
	queue->last = &held->next;
	return held;
}

static struct held *
take_first(struct queue *queue)
{
	struct held *held = queue->first;

	queue->first = held->next;
	if (!queue->first)
		queue->last = &queue->first;
	return held;
}

static struct held *
hold(int64_t came, const void *octets, size_t n)
{
	struct held *held = put_last(&all.replies, octets, n);

	held->due = came + all.delay;
	if (held->due < all.last_due)
		held->due = all.last_due;
	all.last_due = held->due;
	return held;
}

static void
hold_tcp(struct pair *pair, const void *octets, size_t n)
{
	hold(pair->came, octets, n)->pair = pair;
	pair->held++;
}

/* Freed only when epoll has nothing of it any more and no reply is held for it. */
static void
close_pair(struct pair *pair)
{
	if (!pair->closed) {
		close(pair->client.fd);
		close(pair->server.fd);
	}
	pair->closed = true;
}

/* Small replies into an empty buffer: if one does not fit, the client is not reading, and goes. */
static void
release_tcp(struct held *held)
{
	struct pair *pair = held->pair;

	pair->held--;
	if (!pair->closed && (held->n == 0 || send(pair->client.fd, held->octets, held->n,
						   MSG_NOSIGNAL) != (ssize_t)held->n))
		close_pair(pair);
	if (pair->closed && pair->held == 0)
		free(pair);
	free(held);
}

static void
release_due(void)
{
	int64_t now = now_ns();

	while (all.replies.first && all.replies.first->due <= now) {
		struct held *held = take_first(&all.replies);

		if (held->pair) {
			release_tcp(held);
			continue;
		}
		sendto(all.udp.fd, held->octets, held->n, 0, (struct sockaddr *)&held->to,
		       sizeof(held->to));
		free(held);
	}
}

/* ---- UDP ------------------------------------------------------------------------------------ */

/* Up to BATCH messages that are there. */
static unsigned
receive(int fd, struct mmsghdr *messages, struct sockaddr_in *from)
{
	static uint8_t octets[BATCH][MOST_OCTETS];
	static struct iovec parts[BATCH];
	int n;

	for (int i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){octets[i], MOST_OCTETS};
		messages[i].msg_hdr = (struct msghdr){.msg_name = from ? &from[i] : NULL,
						      .msg_namelen = from ? sizeof(from[i]) : 0,
						      .msg_iov = &parts[i],
						      .msg_iovlen = 1};
	}
	n = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
	return n > 0 ? (unsigned)n : 0;
}

static uint8_t *
octets_of(const struct mmsghdr *message)
{
	return message->msg_hdr.msg_iov->iov_base;
}

static void
ask_server(struct held *query)
{
	unsigned upstream = all.n_queries % N_UPSTREAM, id = all.n_queries / N_UPSTREAM % N_IDS;
	uint8_t *octets = query->octets;

	all.n_queries++;
	all.with_server++;
	all.askers[upstream][id] =
		(struct asker){query->to, query->due, (uint16_t)(octets[0] << 8 | octets[1]), true};
	octets[0] = (uint8_t)(id >> 8);
	octets[1] = (uint8_t)id;
	send(all.upstream[upstream].fd, octets, query->n, 0);
	free(query);
}

/* What is still with the server when nothing has moved for so long was lost. */
static void
ask_what_fits(void)
{
	if (all.queries.first && now_ns() - all.last_moved > LOST_NS)
		all.with_server = 0;
	if (all.queries.first && all.with_server < MOST_WITH_SERVER)
		all.last_moved = now_ns();
	while (all.queries.first && all.with_server < MOST_WITH_SERVER)
		ask_server(take_first(&all.queries));
}

static void
queries_came(struct end *end)
{
	struct mmsghdr messages[BATCH];
	struct sockaddr_in from[BATCH];
	unsigned n;

	do {
		int64_t now = now_ns();

		n = receive(end->fd, messages, from);
		for (unsigned i = 0; i < n; i++) {
			struct held *query;

			if (messages[i].msg_len < 2)
				continue;
			query = put_last(&all.queries, octets_of(&messages[i]),
					 messages[i].msg_len);
			query->to = from[i];
			query->due = now;
		}
	} while (n == BATCH);
}

static void
take_reply(struct mmsghdr *message, int upstream)
{
	uint8_t *octets = octets_of(message);
	struct asker *asker;

	if (message->msg_len < 2)
		return;
	asker = &all.askers[upstream][(octets[0] << 8 | octets[1]) % N_IDS];
	if (!asker->waits)
		return;
	asker->waits = false;
	all.with_server -= all.with_server > 0;
	octets[0] = (uint8_t)(asker->id >> 8);
	octets[1] = (uint8_t)asker->id;
	hold(asker->came, octets, message->msg_len)->to = asker->address;
}

static void
replies_came(struct end *end)
{
	struct mmsghdr messages[BATCH];
	unsigned n;

	do {
		n = receive(end->fd, messages, NULL);
		for (unsigned i = 0; i < n; i++)
			take_reply(&messages[i], end->index);
		all.last_moved = now_ns();
	} while (n == BATCH);
}

/* ---- TCP ------------------------------------------------------------------------------------ */

/* Nobody but the queue frees a pair: another of its events may come in the same batch. */
static void
server_spoke(struct end *end)
{
	uint8_t octets[16384];
	ssize_t n;

	if (end->pair->closed)
		return;
	n = recv(end->fd, octets, sizeof(octets), MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		checked(epoll_ctl(all.epoll, EPOLL_CTL_DEL, end->fd, NULL), "epoll_ctl");
	hold_tcp(end->pair, octets, n > 0 ? (size_t)n : 0);
}

static void
client_spoke(struct end *end)
{
	uint8_t octets[16384];
	struct pair *pair = end->pair;
	ssize_t n;

	if (pair->closed)
		return;
	n = recv(end->fd, octets, sizeof(octets), MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return;
	pair->came = now_ns();
	if (n <= 0 || send(pair->server.fd, octets, (size_t)n, MSG_NOSIGNAL) != n) {
		close_pair(pair);
		hold_tcp(pair, NULL, 0); /* frees it */
	}
}

static void
client_came(struct end *end)
{
	int client = accept(end->fd, NULL, NULL), server;
	struct pair *pair;

	if (client < 0)
		return;
	server = checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
	pair = calloc(1, sizeof(*pair));
	if (!pair)
		die("memory");
	checked(connect(server, (struct sockaddr *)&all.server, sizeof(all.server)), "connect");
	pair->client.pair = pair->server.pair = pair;
	pair->came = now_ns();
	watch(&pair->client, client, client_spoke);
	watch(&pair->server, server, server_spoke);
}

/* ---- Opening -------------------------------------------------------------------------------- */

static int
new_socket(int type)
{
	int fd = checked(socket(AF_INET, type, 0), "socket"), size = BUFFER;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
		   sizeof(size)); /* beyond the limit, for root */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return fd;
}

/* The same port for both, or -1 if TCP's is taken. */
static int
bind_pair(int udp, int tcp)
{
	struct sockaddr_in here = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(here);

	checked(bind(udp, (struct sockaddr *)&here, size), "bind");
	checked(getsockname(udp, (struct sockaddr *)&here, &size), "getsockname");
	return bind(tcp, (struct sockaddr *)&here, size) < 0 ? -1 : ntohs(here.sin_port);
}

static int
open_front(void)
{
	for (int attempt = 0; attempt < 20; attempt++) {
		int udp = new_socket(SOCK_DGRAM), tcp = new_socket(SOCK_STREAM);
		int port = bind_pair(udp, tcp);

		if (port > 0) {
			checked(listen(tcp, SOMAXCONN), "listen");
			watch(&all.udp, udp, queries_came);
			watch(&all.tcp, tcp, client_came);
			return port;
		}
		close(udp);
		close(tcp);
	}
	die("bind");
}

static void
open_upstream(void)
{
	for (int i = 0; i < N_UPSTREAM; i++) {
		int fd = new_socket(SOCK_DGRAM);

		checked(connect(fd, (struct sockaddr *)&all.server, sizeof(all.server)), "connect");
		all.upstream[i].index = i;
		watch(&all.upstream[i], fd, replies_came);
	}
}

static int
wait_for(struct epoll_event *events)
{
	int n;
	int64_t rest = all.queries.first ? LOST_NS : INT64_MAX;
	struct timespec timeout;

	if (all.replies.first && all.replies.first->due + SLACK_NS - now_ns() < rest)
		rest = all.replies.first->due + SLACK_NS - now_ns();
	if (rest < 0)
		rest = 0;
	timeout = (struct timespec){rest / 1000000000, rest % 1000000000};
	n = epoll_pwait2(all.epoll, events, MOST_EVENTS, rest == INT64_MAX ? NULL : &timeout, NULL);
	return n < 0 && errno == EINTR ? 0 : checked(n, "waiting");
}

int
main(int argc, char **argv)
{
	struct epoll_event events[MOST_EVENTS];

	if (argc != 3) {
		fputs("usage: delay PORT MILLISECONDS\n", stderr);
		return EXIT_FAILURE;
	}
	all.server = (struct sockaddr_in){.sin_family = AF_INET,
					  .sin_port = htons((uint16_t)atoi(argv[1])),
					  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	all.delay = (int64_t)(atof(argv[2]) * 1e6);
	all.replies.last = &all.replies.first;
	all.queries.last = &all.queries.first;
	all.epoll = checked(epoll_create1(0), "epoll");
	open_upstream();
	printf("%d\n", open_front());
	fflush(stdout);
	for (;;) {
		int n = wait_for(events);

		for (int i = 0; i < n; i++) {
			struct end *end = events[i].data.ptr;

			end->ready(end);
		}
		ask_what_fits();
		release_due();
	}
}
