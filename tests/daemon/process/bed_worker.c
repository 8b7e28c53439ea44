/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker that does what its connections say, a command a line, an answer a line. After SIGTERM it
 * accepts no more and ends when its connections have.
 */
#include "stand_ins.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bed_commands.h"

enum { CONNECTIONS = 512, LISTENERS = 8, LINE = 1024 };

struct connection {
	int fd;
	size_t length;
	char line[LINE];
};

static volatile sig_atomic_t is_ending;

static void
end(int number)
{
	(void)number;
	is_ending = 1;
}

/* False if it is over. */
static bool
serve(struct bed *bed, struct connection *c)
{
	char answer[ANSWER];
	ssize_t n = read(c->fd, c->line + c->length, sizeof(c->line) - 1 - c->length);
	char *newline;

	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	c->length += (size_t)n;
	c->line[c->length] = '\0';
	while ((newline = strchr(c->line, '\n'))) {
		*newline = '\0';
		bed_command(bed, c->line, answer);
		strcat(answer, "\n");
		if (write(c->fd, answer, strlen(answer)) < 0)
			return false;
		c->length -= (size_t)(newline + 1 - c->line);
		memmove(c->line, newline + 1, c->length + 1);
	}
	return true;
}

static void
receive(struct bed *bed)
{
	const struct worker_start *start = bed->start;

	for (unsigned i = 0; i < start->n_workers; i++) {
		int fd = start->links[start->index * start->n_workers + i];
		ssize_t n;

		while (fd >= 0 && (n = read(fd, bed->received, sizeof(bed->received) - 1)) > 0)
			bed->received[n] = '\0';
	}
}

static void
take(struct connection *connections, size_t *n, int listening)
{
	int fd;

	while (*n < CONNECTIONS &&
	       (fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0)
		connections[(*n)++] = (struct connection){.fd = fd};
}

static void
turn(struct bed *bed, struct connection *connections, size_t *n)
{
	static struct pollfd polled[LISTENERS + CONNECTIONS];
	const struct listeners *listeners = &bed->start->listeners;
	size_t n_listeners = is_ending ? 0 : listeners->n, at = 0, kept = 0, had = *n;

	for (size_t i = 0; i < n_listeners; i++)
		polled[at++] = (struct pollfd){listeners->all[i].fd, POLLIN, 0};
	for (size_t i = 0; i < had; i++)
		polled[at++] = (struct pollfd){connections[i].fd, POLLIN, 0};
	receive(bed);
	if (poll(polled, at, 20) <= 0)
		return;
	for (size_t i = 0; i < had; i++) {
		if (polled[n_listeners + i].revents && !serve(bed, &connections[i]))
			close(connections[i].fd);
		else
			connections[kept++] = connections[i];
	}
	*n = kept;
	for (size_t i = 0; i < n_listeners; i++) {
		if (polled[i].revents)
			take(connections, n, listeners->all[i].fd);
	}
}

int
worker_run(const struct worker_start *start)
{
	static struct connection connections[CONNECTIONS];
	const char *how = start->config->classes[WORD_START];
	struct bed bed = {.start = start};
	size_t n = 0;

	signal(SIGTERM, end);
	if (strcmp(how, "config") == 0)
		return 78;
	if (strcmp(how, "crash") == 0)
		abort();
	if (strcmp(how, "once") == 0 && shared_restarts(start->shared, start->index) == 0)
		abort();
	if (strcmp(how, "never") != 0)
		shared_ready(start->shared, start->index);
	while (!is_ending || n > 0) {
		shared_beat(start->shared, start->index);
		turn(&bed, connections, &n);
	}
	return 0;
}
