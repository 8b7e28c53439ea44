/* SPDX-License-Identifier: BSD-2-Clause */
/* Where to listen: "inet:127.0.0.1:8461", "inet:[::1]:8461", "unix:/run/nextmx/http[:660]". */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "daemon/config_parse.h"

enum { DEFAULT_MODE = 0660 };

static const char forms[] = "expected inet:ADDRESS:PORT, inet:[ADDRESS]:PORT or unix:PATH[:MODE]";

static bool
refuse(const struct listen_spec *spec, struct fault *fault, const char *why)
{
	return fault_set(fault, spec->line, "listener \"%.200s\": %s", spec->text, why);
}

/* A number of that base up to the text's end; false if it is none, or more than most. */
static bool
read_number(const char *text, unsigned base, unsigned most, unsigned *ret)
{
	unsigned number = 0;

	if (*text == '\0')
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text >= (char)('0' + base))
			return false;
		number = number * base + (unsigned)(*text - '0');
		if (number > most)
			return false;
	}
	*ret = number;
	return true;
}

/* ---- Forms ------------------------------------------------------------------------------------ */

static bool
set_inet4(struct listen_spec *spec, const char *host, unsigned port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&spec->address;

	if (inet_pton(AF_INET, host, &in->sin_addr) != 1)
		return false;
	in->sin_family = AF_INET;
	in->sin_port = htons((uint16_t)port);
	spec->length = sizeof(*in);
	return true;
}

static bool
set_inet6(struct listen_spec *spec, const char *host, unsigned port)
{
	struct sockaddr_in6 *in = (struct sockaddr_in6 *)&spec->address;

	if (inet_pton(AF_INET6, host, &in->sin6_addr) != 1 || IN6_IS_ADDR_V4MAPPED(&in->sin6_addr))
		return false;
	in->sin6_family = AF_INET6;
	in->sin6_port = htons((uint16_t)port);
	spec->length = sizeof(*in);
	return true;
}

static bool
read_inet(struct listen_spec *spec, const char *where, struct fault *fault)
{
	const char *colon = strrchr(where, ':');
	char host[INET6_ADDRSTRLEN + 2];
	unsigned port;
	size_t n;

	if (!colon)
		return refuse(spec, fault, forms);
	if (!read_number(colon + 1, 10, 65535, &port) || port == 0)
		return refuse(spec, fault, "expected a port of 1-65535 behind the last colon");
	n = (size_t)(colon - where);
	if (n < sizeof(host)) {
		memcpy(host, where, n);
		host[n] = '\0';
		if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
			host[n - 1] = '\0';
			if (set_inet6(spec, host + 1, port))
				return true;
		} else if (set_inet4(spec, host, port)) {
			return true;
		}
	}
	return refuse(spec, fault,
		      "expected an IPv4 address, or an IPv6 address in brackets; names are not "
		      "looked up");
}

static bool
read_unix(struct listen_spec *spec, const char *where, struct fault *fault)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&spec->address;
	const char *colon = strchr(where, ':');
	size_t n = colon ? (size_t)(colon - where) : strlen(where);
	unsigned mode = DEFAULT_MODE;

	if (where[0] != '/' || where[n - 1] == '/')
		return refuse(spec, fault, "expected the whole path of a socket, from / on");
	if (n >= sizeof(un->sun_path))
		return fault_set(
			fault, spec->line,
			"listener \"%.200s\": the path is longer than %zu octets, which is "
			"more than a socket's address takes",
			spec->text, sizeof(un->sun_path) - 1);
	if (colon && !read_number(colon + 1, 8, 0777, &mode))
		return refuse(spec, fault, "expected an octal mode of 0-777 behind the colon");
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, where, n);
	spec->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + 1);
	spec->mode = mode;
	return true;
}

bool
config_listen_read(const char *text, unsigned line, struct listen_spec *ret, struct fault *fault)
{
	*ret = (struct listen_spec){.text = text, .line = line};
	if (strncmp(text, "inet:", 5) == 0)
		return read_inet(ret, text + 5, fault);
	if (strncmp(text, "unix:", 5) == 0)
		return read_unix(ret, text + 5, fault);
	return refuse(ret, fault, forms);
}

/* ---- Together --------------------------------------------------------------------------------- */

static bool
is_remote(const struct listen_spec *spec)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)&spec->address;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&spec->address;

	switch (spec->address.ss_family) {
	case AF_INET:
		return ntohl(in->sin_addr.s_addr) >> 24 != 127;
	case AF_INET6:
		return !IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
	default:
		return false;
	}
}

/* Listener i, the socketmaps first. */
static const struct listen_spec *
listener(const struct config *config, size_t i)
{
	return i < config->n_socketmaps ? &config->socketmaps[i]
					: &config->https[i - config->n_socketmaps];
}

/* Addresses were zero before they were filled in, so octets can be compared. */
static bool
is_same(const struct listen_spec *a, const struct listen_spec *b)
{
	return a->length == b->length && memcmp(&a->address, &b->address, a->length) == 0;
}

static bool
refuse_twice(const struct listen_spec *spec, const struct listen_spec *other, struct fault *fault)
{
	if (other->line == 0)
		return refuse(spec, fault,
			      "this is where the other protocol listens by default; give both");
	return fault_set(fault, spec->line, "listener \"%.200s\" stands already in line %u",
			 spec->text, other->line);
}

bool
config_listen_check(const struct config *config, bool allow_remote, struct fault *fault)
{
	size_t n = config->n_socketmaps + config->n_https;

	if (n == 0)
		return fault_set(fault, 0, "socketmap and http are both none, so nobody could ask");
	for (size_t i = 0; i < n; i++) {
		const struct listen_spec *spec = listener(config, i);

		if (is_remote(spec) && !allow_remote)
			return refuse(
				spec, fault,
				"other machines could ask, and there is no authentication; if that "
				"is meant, set allow-remote = yes");
		for (size_t j = 0; j < i; j++) {
			const struct listen_spec *other = listener(config, j);

			/* The later line is at fault; defaults have line 0. */
			if (is_same(spec, other))
				return spec->line >= other->line ? refuse_twice(spec, other, fault)
								 : refuse_twice(other, spec, fault);
		}
	}
	return true;
}
