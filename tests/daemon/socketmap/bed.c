/* SPDX-License-Identifier: BSD-2-Clause */
#include "bed.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

_Noreturn static void
die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

void
bed_start(struct bed *bed, int family)
{
	struct sockaddr_in inet = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	bool is_local = family == AF_UNIX; /* its name is made by the kernel */

	*bed = (struct bed){
		.config = {.deadline_ms = 2500, .connections = 1000, .idle_s = 60},
		.length = sizeof(bed->address),
	};
	bed->listening = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (bed->listening < 0 ||
	    bind(bed->listening, is_local ? (struct sockaddr *)&local : (struct sockaddr *)&inet,
		 is_local ? sizeof(local.sun_family) : sizeof(inet)) < 0)
		die("bind");
	if (listen(bed->listening, 4096) < 0 ||
	    getsockname(bed->listening, (struct sockaddr *)&bed->address, &bed->length) < 0)
		die("listen");
	bed->env = (struct env){
		.base = event_base_new(),
		.config = &bed->config,
		.metrics = &bed->metrics,
	};
	bed->env.questions = fakes_start(bed->env.base);
	fakes.clock_stands = true;
	fakes.clock_ms = 1000000;
	bed->socketmap = socketmap_new(&bed->env, bed->listening);
	if (!bed->socketmap)
		die("socketmap_new");
}

/* Loopback delivers before send() returns, so a turn without events means that there is none. */
void
bed_settle(struct bed *bed)
{
	for (int i = 0; i < 10; i++)
		event_base_loop(bed->env.base, EVLOOP_NONBLOCK);
}

void
bed_pass_ms(struct bed *bed, int64_t ms)
{
	bed_settle(bed);
	fakes.clock_ms += ms;
	socketmap_sweep(bed->socketmap);
	bed_settle(bed);
}

int
bed_connect(struct bed *bed)
{
	int fd = socket(bed->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&bed->address, bed->length) < 0)
		die("connect");
	bed_settle(bed);
	return fd;
}

size_t
bed_push(int client, const char *octets, size_t n)
{
	size_t at = 0;

	while (at < n) {
		ssize_t done = send(client, octets + at, n - at, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (done <= 0)
			break;
		at += (size_t)done;
	}
	return at;
}

void
bed_send_octets(struct bed *bed, int client, const char *octets, size_t n)
{
	for (size_t at = 0; at < n;) {
		at += bed_push(client, octets + at, n - at);
		if (at < n)
			event_base_loop(bed->env.base, EVLOOP_ONCE);
	}
	bed_settle(bed);
}

void
bed_send(struct bed *bed, int client, const char *text)
{
	bed_send_octets(bed, client, text, strlen(text));
}

void
bed_ask(struct bed *bed, int client, const char *request)
{
	char text[1024];

	snprintf(text, sizeof(text), "%zu:%s,", strlen(request), request);
	bed_send(bed, client, text);
}

size_t
bed_take(int client, char *ret, size_t most)
{
	static char nowhere[64 * 1024];
	size_t taken = 0;

	while (taken < most) {
		size_t left = most - taken;
		size_t wanted = ret || left < sizeof(nowhere) ? left : sizeof(nowhere);
		ssize_t n = recv(client, ret ? ret + taken : nowhere, wanted, MSG_DONTWAIT);

		if (n <= 0)
			break;
		taken += (size_t)n;
	}
	return taken;
}
