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
#include <unistd.h>

enum { MOST = 64 };

/* Connections that are being made: fds[i] belongs to attempts[i]; fds[0] is the context's. */
static struct pollfd fds[MOST];
static struct nmx_attempt *attempts[MOST];
static int n = 1, running;

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
	if (fd < 0)
		return NMX_STOP_TEMP;
	if (connect(fd, address, length) && errno != EINPROGRESS) {
		close(fd);
		return nmx_attempt_set_result(attempt, NMX_CAUSE_CONNECT, 0, NULL, strerror(errno));
	}
	fds[n].fd = fd;
	fds[n].events = POLLOUT;
	fds[n].revents = 0;
	attempts[n++] = attempt;
	return NMX_PENDING;
}

static void
end(int i)
{
	socklen_t length = sizeof(int);
	int error = 0;
	enum nmx_result result;

	getsockopt(fds[i].fd, SOL_SOCKET, SO_ERROR, &error, &length);
	close(fds[i].fd);
	result = nmx_attempt_set_result(attempts[i], error ? NMX_CAUSE_CONNECT : NMX_CAUSE_NONE, 0,
					NULL, error ? strerror(error) : "connected");
	nmx_attempt_finish(attempts[i], result);
	fds[i] = fds[--n];
	attempts[i] = attempts[n];
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
	while (running && (poll(fds, (nfds_t)n, -1) >= 0 || errno == EINTR)) {
		for (i = n - 1; i > 0; i--)
			if (fds[i].revents)
				end(i);
		if (nmx_context_dispatch(ctx) < 0)
			break;
	}
	nmx_context_free(ctx);
	return running != 0;
}
