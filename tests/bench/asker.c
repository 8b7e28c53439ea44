/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads a socketmap server, as redis-benchmark(1) does redis: each connection sends a request, waits for
 * the reply and sends the next, so that a request costs one read() and one write() here and there.
 * Keys are asked in the order of their file, over and over. With --redis the same client sends GET to a
 * redis server, whose values count as OK.
 *
 *	asker --connect 127.0.0.1:PORT|unix:PATH --connections N --map NAME --keys FILE
 *	      --requests TOTAL [--redis]
 *	asker --serve PORT
 *
 * Prints a name and a number a line; octets is the mean of what a reply has behind its status. With --serve
 * it is the other side until it is killed: it says the same to whatever comes, which is as fast as
 * a server with one thread can be.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
	REPLY_MOST = 128 * 1024,
	EVENTS = 256,
	PATIENCE_MS = 30000, /* without any reply */
};

enum kind { OK, NOTFOUND, TEMP, PERM, OTHER, KINDS };

static const char *const kind_names[KINDS] = {"ok", "notfound", "temp", "perm", "other"};

struct request {
	char *octets;
	size_t length;
};

struct connection {
	int fd;
	/* What has come of a reply that is not whole yet; most come whole. */
	char *partial;
	size_t n_partial;
};

struct asker {
	const char *address, *map, *keys;
	size_t n_connections;
	uint64_t wanted, sent, received;
	bool is_redis;
	struct request *requests;
	size_t n_requests, next;
	struct connection *connections;
	int epoll;
	uint64_t by_kind[KINDS], octets;
};

static void
die(const char *what)
{
	fprintf(stderr, "asker: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
complain(const char *what)
{
	fprintf(stderr, "asker: %s\n", what);
	exit(1);
}

static double
now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- Requests --------------------------------------------------------------------------------- */

static struct request
request_of(const struct asker *asker, const char *key)
{
	struct request request;
	size_t size = strlen(asker->map) + strlen(key) + 64;
	int n;

	request.octets = malloc(size);
	if (!request.octets)
		die("memory");
	if (asker->is_redis)
		n = snprintf(request.octets, size, "*2\r\n$3\r\nGET\r\n$%zu\r\n%s\r\n", strlen(key),
			     key);
	else
		n = snprintf(request.octets, size, "%zu:%s %s,",
			     strlen(asker->map) + 1 + strlen(key), asker->map, key);
	request.length = (size_t)n;
	return request;
}

static void
read_keys(struct asker *asker)
{
	FILE *file = fopen(asker->keys, "r");
	size_t size = 0, line_size = 0;
	char *line = NULL;
	ssize_t n;

	if (!file)
		die(asker->keys);
	while ((n = getline(&line, &line_size, file)) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (asker->n_requests == size) {
			size = size ? 2 * size : 1024;
			asker->requests = realloc(asker->requests, size * sizeof(*asker->requests));
			if (!asker->requests)
				die("memory");
		}
		asker->requests[asker->n_requests++] = request_of(asker, line);
	}
	free(line);
	fclose(file);
	if (asker->n_requests == 0)
		complain("there are no keys");
}

/* ---- Replies ---------------------------------------------------------------------------------- */

static bool
begins(const char *octets, size_t n, const char *word, size_t *ret_rest)
{
	size_t length = strlen(word);

	if (n < length || memcmp(octets, word, length) != 0)
		return false;
	*ret_rest = n - length;
	return true;
}

static enum kind
kind_of(const struct asker *asker, const char *data, size_t n, size_t *ret_rest)
{
	static const char *const words[OTHER] = {"OK ", "NOTFOUND ", "TEMP ", "PERM "};

	*ret_rest = n;
	if (asker->is_redis)
		return OK;
	for (unsigned kind = OK; kind < OTHER; kind++)
		if (begins(data, n, words[kind], ret_rest))
			return kind;
	return OTHER;
}

/* The data of a whole reply: n octets from *ret_start, when as many octets as are returned have come; 0
 * if its head is not whole yet. */
static size_t
head_of(const struct asker *asker, const char *octets, size_t n, size_t *ret_start, size_t *ret_n)
{
	size_t at = asker->is_redis ? 1 : 0, length = 0;

	if (asker->is_redis && n && octets[0] != '$')
		complain("redis has no value for a key");
	for (; at < n && octets[at] >= '0' && octets[at] <= '9'; at++)
		length = length * 10 + (size_t)(octets[at] - '0');
	if (at + 1 >= n)
		return 0;
	if (octets[at] != (asker->is_redis ? '\r' : ':') || length > REPLY_MOST / 2)
		complain("a reply is malformed, or there is no value");
	*ret_start = at + (asker->is_redis ? 2 : 1);
	*ret_n = length;
	return *ret_start + length + (asker->is_redis ? 2 : 1);
}

/* Whether a reply is whole: counts it. */
static bool
take(struct asker *asker, const char *octets, size_t n)
{
	size_t start, length, rest, whole = head_of(asker, octets, n, &start, &length);

	if (whole == 0 || n < whole)
		return false;
	if (n > whole || (!asker->is_redis && octets[n - 1] != ','))
		complain("a reply is followed by what nobody asked for");
	asker->by_kind[kind_of(asker, octets + start, length, &rest)]++;
	asker->octets += rest;
	asker->received++;
	return true;
}

/* ---- Connections ------------------------------------------------------------------------------ */

static int
dial_unix(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		complain("the path is too long");
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die(path);
	return fd;
}

static int
dial(const char *where)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	const char *colon = strrchr(where, ':');
	char host[INET_ADDRSTRLEN] = "";
	int fd;

	if (strncmp(where, "unix:", 5) == 0)
		return dial_unix(where + 5);
	if (!colon || (size_t)(colon - where) >= sizeof(host))
		complain("--connect takes ADDRESS:PORT, of IPv4, or unix:PATH");
	memcpy(host, where, (size_t)(colon - where));
	address.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
		complain("--connect takes ADDRESS:PORT, of IPv4, or unix:PATH");
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die(where);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	return fd;
}

static void
connect_all(struct asker *asker)
{
	asker->epoll = epoll_create1(EPOLL_CLOEXEC);
	asker->connections = calloc(asker->n_connections, sizeof(*asker->connections));
	if (asker->epoll < 0 || !asker->connections)
		die("epoll");
	for (size_t i = 0; i < asker->n_connections; i++) {
		struct connection *c = &asker->connections[i];
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};

		c->fd = dial(asker->address);
		if (epoll_ctl(asker->epoll, EPOLL_CTL_ADD, c->fd, &event) < 0)
			die("epoll_ctl");
	}
}

/* Nothing if all are sent. */
static void
ask(struct asker *asker, struct connection *c)
{
	const struct request *request = &asker->requests[asker->next];

	if (asker->sent == asker->wanted)
		return;
	asker->sent++;
	if (++asker->next == asker->n_requests)
		asker->next = 0;
	/* The socket's buffer is empty, so it takes all. */
	if (send(c->fd, request->octets, request->length, MSG_NOSIGNAL) != (ssize_t)request->length)
		die("send");
}

static void
keep(struct connection *c, const char *octets, size_t n)
{
	char *partial = realloc(c->partial, n);

	if (!partial)
		die("memory");
	memmove(partial, octets, n);
	c->partial = partial;
	c->n_partial = n;
}

static void
readable(struct asker *asker, struct connection *c)
{
	static char buffer[REPLY_MOST];
	size_t before = c->n_partial;
	ssize_t n = recv(c->fd, buffer + before, sizeof(buffer) - before, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0)
		die("recv");
	if (n == 0)
		complain("the server has closed a connection");
	if (before)
		memcpy(buffer, c->partial, before);
	if (!take(asker, buffer, before + (size_t)n)) {
		keep(c, buffer, before + (size_t)n);
		return;
	}
	c->n_partial = 0;
	ask(asker, c);
}

static void
run(struct asker *asker)
{
	struct epoll_event events[EVENTS];

	for (size_t i = 0; i < asker->n_connections; i++)
		ask(asker, &asker->connections[i]);
	while (asker->received < asker->wanted) {
		int n = epoll_wait(asker->epoll, events, EVENTS, PATIENCE_MS);

		if (n < 0 && errno != EINTR)
			die("epoll_wait");
		if (n == 0)
			complain("no reply comes");
		for (int i = 0; i < n; i++)
			readable(asker, events[i].data.ptr);
	}
}

/* ---- The least that a server does ------------------------------------------------------------- */

static void
accept_one(int epoll, int listening)
{
	int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	if (fd < 0)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		die("epoll_ctl");
}

static void
say_the_same(int fd)
{
	static const char reply[] = "48:OK secure match=.sts.test servername=hostname   ,";
	char request[4096];
	ssize_t n = recv(fd, request, sizeof(request), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || send(fd, reply, sizeof(reply) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		close(fd);
}

static void
serve(uint64_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct epoll_event events[EVENTS] = {{.events = EPOLLIN}};
	int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	events[0].data.fd = listening;
	if (bind(listening, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listening, EVENTS) < 0 ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD, listening, &events[0]) < 0)
		die("--serve");
	for (;;) {
		int n = epoll_wait(epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == listening)
				accept_one(epoll, listening);
			else
				say_the_same(events[i].data.fd);
		}
	}
}

/* ---- Beginning and end ------------------------------------------------------------------------ */

static uint64_t
number(const char *text)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 10);

	if (*end || n == 0)
		complain("numbers are 1 or more");
	return n;
}

static void
read_arguments(struct asker *asker, int argc, char **argv)
{
	static const struct option options[] = {
		{"connect", required_argument, NULL, 'c'},
		{"connections", required_argument, NULL, 'n'},
		{"map", required_argument, NULL, 'm'},
		{"keys", required_argument, NULL, 'k'},
		{"requests", required_argument, NULL, 'r'},
		{"redis", no_argument, NULL, 'R'},
		{"serve", required_argument, NULL, 's'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			asker->address = optarg;
			break;
		case 'n':
			asker->n_connections = number(optarg);
			break;
		case 'm':
			asker->map = optarg;
			break;
		case 'k':
			asker->keys = optarg;
			break;
		case 'r':
			asker->wanted = number(optarg);
			break;
		case 'R':
			asker->is_redis = true;
			break;
		case 's':
			serve(number(optarg));
			break;
		default:
			exit(64);
		}
	}
	if (!asker->address || !asker->keys || !asker->wanted || optind != argc)
		complain("see the first comment of asker.c");
}

static void
release(struct asker *asker)
{
	for (size_t i = 0; i < asker->n_connections; i++) {
		close(asker->connections[i].fd);
		free(asker->connections[i].partial);
	}
	for (size_t i = 0; i < asker->n_requests; i++)
		free(asker->requests[i].octets);
	free(asker->connections);
	free(asker->requests);
	close(asker->epoll);
}

int
main(int argc, char **argv)
{
	struct asker asker = {.map = "route", .n_connections = 1};
	double seconds;

	read_arguments(&asker, argc, argv);
	read_keys(&asker);
	connect_all(&asker);
	seconds = now_s();
	run(&asker);
	seconds = now_s() - seconds;
	printf("seconds %.6f\nanswers-per-second %.1f\n", seconds,
	       (double)asker.received / seconds);
	for (unsigned kind = 0; kind < KINDS; kind++)
		printf("%s %llu\n", kind_names[kind], (unsigned long long)asker.by_kind[kind]);
	printf("octets %.1f\n", (double)asker.octets / (double)asker.received);
	release(&asker);
	return 0;
}
