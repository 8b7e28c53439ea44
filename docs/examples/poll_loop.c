/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many deliveries in one poll(2) loop: poll_loop [OPTION=VALUE] ... DOMAIN ... Each attempt connects without
 * blocking, so the delivery is told later; a server that accepts the connection counts as having taken the
 * message.
 */
#include <errno.h>
#include <nextmx.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 64, CONNECT_MS = 30000 };

/* Connections that are being made: fds[i] belongs to attempts[i], until[i]; fds[0] is the context's. */
static struct pollfd fds[MOST];
static struct nmx_attempt *attempts[MOST];
static long long until[MOST];
static int n = 1, running;

static long long
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* What the deadline ends is not remembered as bad; so half of an attempt's share is for connecting. */
static unsigned
limit_of(const struct nmx_attempt *attempt)
{
	unsigned half = nmx_attempt_ms_share(attempt) / 2;

	return half < CONNECT_MS ? half : CONNECT_MS;
}

static enum nmx_result
begin(struct nmx_attempt *attempt, void *user)
{
	socklen_t length;
	const struct sockaddr *address =
		nmx_endpoint_sockaddr(nmx_attempt_endpoint(attempt), &length);
	int fd;

	(void)user;
	if (n == MOST)
		return NMX_STOP_TEMP;
	fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 && errno != EAFNOSUPPORT)
		return NMX_STOP_TEMP; /* our own fault: other endpoints would not help */
	if (fd < 0 || (connect(fd, address, length) && errno != EINPROGRESS)) {
		const char *why = strerror(errno);

		if (fd >= 0)
			close(fd);
		return nmx_attempt_set_result(attempt, NMX_CAUSE_CONNECT, 0, NULL, why);
	}
	fds[n].fd = fd;
	fds[n].events = POLLOUT;
	fds[n].revents = 0;
	until[n] = now_ms() + limit_of(attempt);
	attempts[n++] = attempt;
	return NMX_PENDING;
}

/* Whatever became of the delivery meanwhile, the attempt is finished once. */
static void
end(int i)
{
	socklen_t length = sizeof(int);
	int error = ETIMEDOUT;
	enum nmx_result result;

	if (fds[i].revents)
		getsockopt(fds[i].fd, SOL_SOCKET, SO_ERROR, &error, &length);
	close(fds[i].fd);
	result = nmx_attempt_set_result(attempts[i], error ? NMX_CAUSE_CONNECT : NMX_CAUSE_NONE, 0,
					NULL, error ? strerror(error) : "connected");
	nmx_attempt_finish(attempts[i], result);
	fds[i] = fds[--n];
	attempts[i] = attempts[n];
	until[i] = until[n];
}

/* For poll(2), until the first connection has taken too long. */
static int
ms_left(void)
{
	long long now = now_ms(), left = -1;
	int i;

	for (i = 1; i < n; i++)
		if (left < 0 || until[i] - now < left)
			left = until[i] > now ? until[i] - now : 0;
	return (int)left;
}

static void
reported(int error, struct nmx_report *report, void *user)
{
	running--;
	printf("%s: %s\n", (const char *)user,
	       error ? nmx_strerror(error) : nmx_report_reason(report));
}

/* What has an equals sign is an option: "stub=test=127.0.0.1@5300". */
static int
open_context(struct nmx_context **ret_ctx, char **arguments, const char **ret_why)
{
	int error = nmx_context_new(ret_ctx);

	for (; *arguments && !error; arguments++) {
		char *value = strchr(*arguments, '=');

		if (value) {
			*value = '\0';
			error = nmx_context_set(*ret_ctx, *arguments, value + 1, ret_why);
			*value = '=';
		}
	}
	return error ? error : nmx_context_start(*ret_ctx, ret_why);
}

int
main(int argc, char **argv)
{
	struct nmx_context *ctx;
	const char *why = "out of memory";
	int i;

	if (open_context(&ctx, argv + 1, &why))
		return fprintf(stderr, "%s\n", why), 1;
	for (i = 1; i < argc; i++)
		if (!strchr(argv[i], '='))
			running += nmx_delivery_start(ctx, argv[i], begin, reported, argv[i],
						      NULL) == 0;
	fds[0].fd = nmx_context_fd(ctx);
	fds[0].events = POLLIN;
	while (running && (poll(fds, (nfds_t)n, ms_left()) >= 0 || errno == EINTR)) {
		for (i = n - 1; i > 0; i--)
			if (fds[i].revents || until[i] <= now_ms())
				end(i);
		if (nmx_context_dispatch(ctx) < 0)
			break;
	}
	while (n > 1) /* those whose deliveries are over */
		end(n - 1);
	nmx_context_free(ctx);
	return running != 0;
}
