/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	server unix:PATH|tcp:PORT CONNECTIONS IDLE_S
 *
 * http.c with answers that are made up: the domain's first label says which. It prints a line when it
 * listens. SIGUSR1: drains, ends when there is no connection left. SIGTERM: ends at once.
 */
#include <event2/event.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/http.h"
#include "stand_ins.h"

enum { BIG = 150 * 1024, SLOW_MS = 300, PATIENT_S = 12, DEADLINE_MS = 1500, CHECK_MS = 20 };

struct asked {
	struct question question;
	reply_fn fn;
	void *user;
	struct event *timer;
};

static struct event_base *base;
static struct http *http;
static unsigned n_asked, n_cancelled, n_waiting;

_Noreturn static void
die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

/* ---- Questions -------------------------------------------------------------------------------- */

static bool
is_about(const struct question *q, const char *label)
{
	size_t n = strlen(label);

	return strncmp(q->subject, label, n) == 0 && (q->subject[n] == '.' || !q->subject[n]);
}

/* What was asked, so that the test sees it. */
static void
echo(const struct question *q, char *text, size_t size)
{
	size_t n = (size_t)snprintf(
		text, size,
		"{\"asked\":%u,\"cancelled\":%u,\"waiting\":%u,\"kind\":%d,"
		"\"seed\":%s%" PRIu64 "%s,\"flags\":%u,\"wait_ms\":%u,\"hex\":\"",
		n_asked, n_cancelled, n_waiting, (int)q->kind, q->has_seed ? "" : "\"none ",
		q->seed, q->has_seed ? "" : "\"", q->json_flags, q->wait_ms);

	for (const char *c = q->subject; *c; c++)
		n += (size_t)snprintf(text + n, size - n, "%02x", (unsigned char)*c);
	snprintf(text + n, size - n, "\"}");
}

static void
answer(evutil_socket_t fd, short what, void *user)
{
	static const struct {
		const char *label;
		enum told told;
		const char *text;
	} troubles[] = {
		{"later", TOLD_LATER, "the look-up goes on"},
		{"never", TOLD_LATER, "the look-up goes on"},
		{"quarantined", TOLD_QUARANTINED, "put aside"},
		{"overload", TOLD_OVERLOAD, "too many"},
		{"error", TOLD_ERROR, "no \"memory\" \\ \x1b[2J"},
	};
	static char text[BIG + 1];
	struct asked asked = *(struct asked *)user;
	struct reply reply = {.status = REPLY_OK, .told = TOLD_ANSWER, .data = text};

	(void)fd;
	(void)what;
	event_free(asked.timer);
	free(user);
	n_waiting--;
	echo(&asked.question, text, sizeof(text));
	for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++)
		if (is_about(&asked.question, troubles[i].label))
			reply = (struct reply){REPLY_TEMP, troubles[i].told, troubles[i].text, 0};
	if (is_about(&asked.question, "big"))
		memset(text, 'x', BIG);
	text[BIG] = '\0';
	reply.length = strlen(reply.data);
	asked.fn(&reply, asked.user);
}

struct asked *
questions_ask(struct questions *questions, const struct question *question, reply_fn fn, void *user)
{
	struct asked *asked = calloc(1, sizeof(*asked));
	struct timeval wait = {0, 0};

	(void)questions;
	if (!asked || is_about(question, "null")) {
		free(asked);
		return NULL;
	}
	if (is_about(question, "slow"))
		wait.tv_usec = SLOW_MS * 1000;
	if (is_about(question, "patient"))
		wait.tv_sec = PATIENT_S;
	if (is_about(question, "never"))
		wait = (struct timeval){question->wait_ms / 1000, question->wait_ms % 1000 * 1000};
	*asked = (struct asked){*question, fn, user, event_new(base, -1, 0, answer, asked)};
	if (!asked->timer || event_add(asked->timer, &wait) != 0)
		die("timer");
	n_asked++;
	n_waiting++;
	return asked;
}

void
questions_cancel(struct asked *asked)
{
	event_free(asked->timer);
	free(asked);
	n_cancelled++;
	n_waiting--;
}

/* ---- The server ------------------------------------------------------------------------------- */

static int
listen_at(const char *where)
{
	struct sockaddr_un path = {.sun_family = AF_UNIX};
	struct sockaddr_in loopback = {.sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr *address = (struct sockaddr *)&path;
	socklen_t length = sizeof(path);
	int fd;

	if (strncmp(where, "tcp:", 4) == 0) {
		loopback.sin_port = htons((uint16_t)atoi(where + 4));
		address = (struct sockaddr *)&loopback;
		length = sizeof(loopback);
	} else {
		snprintf(path.sun_path, sizeof(path.sun_path), "%s", where + 5);
	}
	fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, address, length) != 0 || listen(fd, 1024) != 0 ||
	    getsockname(fd, address, &length) != 0)
		die(where);
	printf("%d\n", address->sa_family == AF_INET ? ntohs(loopback.sin_port) : 0);
	fflush(stdout);
	return fd;
}

static void
on_drain(evutil_socket_t fd, short what, void *user)
{
	(void)fd;
	(void)what;
	(void)user;
	http_drain(http);
	http_drain(http); /* once more does nothing */
}

static void
on_check(evutil_socket_t fd, short what, void *user)
{
	struct event *drain = user;

	(void)fd;
	(void)what;
	/* A signal that has come is not pending any more when it is not persistent. */
	if (!event_pending(drain, EV_SIGNAL, NULL) && http_connections(http) == 0)
		event_base_loopbreak(base);
}

static void
on_term(evutil_socket_t fd, short what, void *user)
{
	(void)fd;
	(void)what;
	(void)user;
	event_base_loopbreak(base);
}

static struct shared shared;

int
main(int argc, char **argv)
{
	const struct timeval check_every = {0, CHECK_MS * 1000};
	struct config config = {.deadline_ms = DEADLINE_MS};
	struct env env = {.config = &config, .shared = &shared, .n_workers = STAND_IN_WORKERS};
	struct event *drain, *check, *term;
	int fd;

	if (argc != 4)
		return EXIT_FAILURE;
	signal(SIGPIPE, SIG_IGN);
	config.connections = (unsigned)atoi(argv[2]);
	config.idle_s = (unsigned)atoi(argv[3]);
	env.metrics = &shared.metrics[0];
	env.base = base = event_base_new();
	fd = listen_at(argv[1]);
	http = http_new(&env, fd);
	if (!http)
		die("http_new");
	drain = event_new(base, SIGUSR1, EV_SIGNAL, on_drain, NULL);
	term = event_new(base, SIGTERM, EV_SIGNAL, on_term, NULL);
	check = event_new(base, -1, EV_PERSIST, on_check, drain);
	event_add(drain, NULL);
	event_add(term, NULL);
	event_add(check, &check_every);
	event_base_dispatch(base);
	http_free(http);
	close(fd);
	printf("waiting %u, now %" PRIu64 "\n", n_waiting,
	       metric_get(&shared.metrics[0].connections_now[PROTOCOL_HTTP]));
	event_free(drain);
	event_free(term);
	event_free(check);
	event_base_free(base);
	return EXIT_SUCCESS;
}
