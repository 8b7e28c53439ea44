/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/via_http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct exchange {
	int fd;
	int64_t until_ms;
	char *fault; /* VIA_FAULT octets */
};

/* ---- Addresses -------------------------------------------------------------------------------- */

static bool
read_path(const char *text, struct via_address *ret)
{
	struct sockaddr_un *path = (struct sockaddr_un *)&ret->address;

	if (strlen(text) >= sizeof(path->sun_path))
		return false;
	path->sun_family = AF_UNIX;
	memcpy(path->sun_path, text, strlen(text) + 1);
	ret->length = sizeof(*path);
	return true;
}

static bool
read_port(const char *text, in_port_t *ret)
{
	size_t n = strspn(text, "0123456789");
	unsigned long port = n >= 1 && n <= 5 && !text[n] ? strtoul(text, NULL, 10) : 0;

	if (port < 1 || port > 65535)
		return false;
	*ret = htons((uint16_t)port);
	return true;
}

static bool
read_inet(const char *text, struct via_address *ret)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&ret->address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&ret->address;
	const char *colon = strrchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;
	bool bracket = *text == '[' && n > 2 && text[n - 1] == ']';
	char name[INET6_ADDRSTRLEN];

	n -= bracket ? 2 : 0;
	if (!colon || n >= sizeof(name))
		return false;
	memcpy(name, text + bracket, n);
	name[n] = '\0';
	if (bracket) {
		in6->sin6_family = AF_INET6;
		ret->length = sizeof(*in6);
		return inet_pton(AF_INET6, name, &in6->sin6_addr) == 1 &&
		       read_port(colon + 1, &in6->sin6_port);
	}
	in->sin_family = AF_INET;
	ret->length = sizeof(*in);
	return inet_pton(AF_INET, name, &in->sin_addr) == 1 && read_port(colon + 1, &in->sin_port);
}

bool
via_address_read(const char *text, struct via_address *ret)
{
	struct via_address address = {0};
	bool ok = strchr(text, '/') ? read_path(text, &address) : read_inet(text, &address);

	if (ok)
		*ret = address;
	return ok;
}

/* ---- Waiting ---------------------------------------------------------------------------------- */

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool
fail(struct exchange *x, const char *fault)
{
	snprintf(x->fault, VIA_FAULT, "%s", fault);
	return false;
}

/* False, with the fault told, when the time is over. */
static bool
wait_for(struct exchange *x, short events)
{
	struct pollfd p = {.fd = x->fd, .events = events};
	int64_t left = x->until_ms - now_ms();
	int n;

	if (left <= 0)
		return fail(x, "no answer in 30 seconds");
	n = poll(&p, 1, (int)left);
	if (n < 0 && errno != EINTR)
		return fail(x, strerror(errno));
	return true;
}

/* ---- One request ------------------------------------------------------------------------------ */

/* A unix socket whose queue is full says EAGAIN, and nothing tells when it is not. */
enum { FULL_MS = 20 };

static bool
connect_to(struct exchange *x, const struct via_address *at)
{
	int error = 0;
	socklen_t length = sizeof(error);

	x->fd = socket(at->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (x->fd < 0)
		return fail(x, strerror(errno));
	while (connect(x->fd, (const struct sockaddr *)&at->address, at->length) != 0) {
		if (errno == EISCONN)
			break;
		if (errno == EAGAIN)
			poll(NULL, 0, FULL_MS);
		else if (errno != EINPROGRESS && errno != EALREADY && errno != EINTR)
			return fail(x, strerror(errno));
		if (!wait_for(x, POLLOUT))
			return false;
		if (getsockopt(x->fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error)
			return fail(x, strerror(error));
	}
	return true;
}

static bool
send_all(struct exchange *x, const char *text, size_t length)
{
	while (length) {
		ssize_t n = send(x->fd, text, length, MSG_NOSIGNAL);

		if (n > 0) {
			text += n;
			length -= (size_t)n;
		} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
			return fail(x, strerror(errno));
		} else if (!wait_for(x, POLLOUT)) {
			return false;
		}
	}
	return true;
}

static bool
send_request(struct exchange *x, const char *target)
{
	static const char format[] = "GET %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: nextmx\r\n"
				     "Accept: application/json\r\nConnection: close\r\n\r\n";
	size_t size = sizeof(format) + strlen(target);
	char *text = malloc(size);
	bool ok;

	if (!text)
		return fail(x, "out of memory");
	ok = send_all(x, text, (size_t)snprintf(text, size, format, target));
	free(text);
	return ok;
}

/* Room for more is VIA_MOST at once: memory that is not touched costs nothing. */
static bool
receive(struct exchange *x, char *octets, struct via_reply *ret)
{
	enum via_state state = VIA_MORE;
	const char *fault = "";
	size_t n = 0;

	while (state == VIA_MORE) {
		ssize_t got = recv(x->fd, octets + n, VIA_MOST - n, 0);

		if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
			if (!wait_for(x, POLLIN))
				return false;
			continue;
		}
		if (got < 0)
			return fail(x, strerror(errno));
		n += (size_t)got;
		state = via_reply_read(octets, n, got == 0, ret, &fault);
		if (state == VIA_MORE && now_ms() >= x->until_ms)
			return fail(x, "no whole answer in 30 seconds");
	}
	if (state == VIA_WHOLE)
		return true;
	snprintf(x->fault, VIA_FAULT, "no valid reply: %s", fault);
	return false;
}

enum via_result
via_get(const struct via_address *at, const char *target, struct via_reply *ret, char **ret_octets,
	char ret_fault[static VIA_FAULT])
{
	struct exchange x = {-1, now_ms() + VIA_TIMEOUT_MS, ret_fault};
	char *octets = malloc(VIA_MOST);
	enum via_result result = VIA_BROKEN;

	if (!octets)
		fail(&x, "out of memory");
	else if (!connect_to(&x, at))
		result = VIA_UNREACHABLE;
	else if (send_request(&x, target) && receive(&x, octets, ret))
		result = VIA_ANSWERED;
	if (x.fd >= 0)
		close(x.fd);
	if (result == VIA_ANSWERED)
		*ret_octets = octets;
	else
		free(octets);
	return result;
}
