/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/privilege.h"

enum {
	BACKLOG = 4096,
	FIRST_FD = 3,	   /* of the service manager's */
	MOST_MANAGED = 64, /* more are a mistake */
};

static const char *const kind_names[] = {
	[LISTENER_SOCKETMAP] = "socketmap", [LISTENER_HTTP] = "http"};

__attribute__((format(printf, 3, 4))) static bool
fail(char *ret_error, size_t size, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret_error, size, format, args);
	va_end(args);
	return false;
}

/* ---- The list --------------------------------------------------------------------------------- */

bool
listeners_have(const struct listeners *listeners, int fd)
{
	for (size_t i = 0; i < listeners->n; i++) {
		if (listeners->all[i].fd == fd)
			return true;
	}
	return false;
}

void
listeners_close(struct listeners *listeners, const struct listeners *kept)
{
	for (size_t i = 0; i < listeners->n; i++) {
		struct listener *listener = &listeners->all[i];

		if (!kept || !listeners_have(kept, listener->fd)) {
			listen_unix_remove(listener);
			close(listener->fd);
		}
		free((char *)listener->text);
	}
	free(listeners->all);
	*listeners = (struct listeners){0};
}

/* Takes the descriptor only if there is memory. */
static bool
add(struct listeners *list, const struct listener *listener)
{
	struct listener *all = realloc(list->all, (list->n + 1) * sizeof(*all));
	char *text = strdup(listener->text);

	if (all)
		list->all = all;
	if (!all || !text) {
		free(text);
		return false;
	}
	all[list->n] = *listener;
	all[list->n++].text = text;
	return true;
}

/* ---- From the service manager ----------------------------------------------------------------- */

static bool
is_listening(int fd)
{
	int yes = 0, type = 0;
	socklen_t size = sizeof(yes);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) == 0 && yes &&
	       getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

/* The kind that the name, up to its colon, stands for; -1 if none. */
static int
kind_of(const char *name, size_t length)
{
	for (int kind = LISTENER_SOCKETMAP; kind <= LISTENER_HTTP; kind++) {
		if (strlen(kind_names[kind]) == length &&
		    strncmp(kind_names[kind], name, length) == 0)
			return kind;
	}
	return -1;
}

static bool
take(int fd, const char *name, size_t name_length, struct listeners *list, char *ret_error,
     size_t size)
{
	int kind = kind_of(name, name_length), flags = fcntl(fd, F_GETFL);
	struct listener listener = {.fd = fd, .is_managed = true};
	char text[64];

	if (kind < 0)
		return fail(ret_error, size,
			    "the service manager's socket %d has another name than socketmap or "
			    "http (FileDescriptorName)",
			    fd);
	if (flags < 0 || !is_listening(fd))
		return fail(ret_error, size,
			    "the service manager's socket %d (%s) is not a listening stream socket",
			    fd, kind_names[kind]);
	if (fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return fail(ret_error, size, "the service manager's socket %d: %s", fd,
			    strerror(errno));
	snprintf(text, sizeof(text), "service manager, %s", kind_names[kind]);
	listener.kind = (enum listener_kind)kind;
	listener.text = text;
	if (!add(list, &listener))
		return fail(ret_error, size, "out of memory");
	return true;
}

static bool
take_all(long n, const char *names, struct listeners *ret, char *ret_error, size_t size)
{
	struct listeners list = {0};

	if (n < 0 || n > MOST_MANAGED)
		return fail(ret_error, size, "LISTEN_FDS is no number of 0 to %d", MOST_MANAGED);
	for (int fd = FIRST_FD; fd < FIRST_FD + n; fd++) {
		size_t length = strcspn(names, ":");

		if (!take(fd, names, length, &list, ret_error, size)) {
			listeners_close(&list, NULL);
			return false;
		}
		names += length + (names[length] == ':');
	}
	*ret = list;
	return true;
}

bool
listeners_take(struct listeners *ret, char *ret_error, size_t size)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	const char *names = getenv("LISTEN_FDNAMES");
	bool is_good = true;
	char *end = NULL;
	long n;

	if (pid && fds && strtol(pid, NULL, 10) == getpid()) {
		n = strtol(fds, &end, 10);
		is_good =
			take_all(*fds && !*end ? n : -1, names ? names : "", ret, ret_error, size);
	} else {
		*ret = (struct listeners){0};
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return is_good;
}

/* ---- From the configuration ------------------------------------------------------------------- */

static bool
bind_inet(int fd, const struct listen_spec *spec, char *ret_fault, size_t size)
{
	int yes = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0)
		return fail(ret_fault, size, "%s", strerror(errno));
	/* "[::]" is IPv6 alone: IPv4 can be said beside it. */
	if (spec->address.ss_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)) < 0)
		return fail(ret_fault, size, "%s", strerror(errno));
	if (bind(fd, (const struct sockaddr *)&spec->address, spec->length) < 0)
		return fail(ret_fault, size, "%s", strerror(errno));
	return true;
}

/* What an open needs all along. */
struct opening {
	const struct config *config;
	uid_t uid;
	gid_t gid;
	const struct listeners *present;
	struct listeners *list;
	char *ret_error;
	size_t size;
};

static bool
fault_of(const struct opening *o, enum listener_kind kind, const struct listen_spec *spec,
	 const char *fault)
{
	if (spec->line == 0)
		return fail(o->ret_error, o->size, "%s %s, the default: %s", kind_names[kind],
			    spec->text, fault);
	return fail(o->ret_error, o->size, "%s:%u: %s %s: %s", o->config->path, spec->line,
		    kind_names[kind], spec->text, fault);
}

static bool
open_new(const struct opening *o, enum listener_kind kind, const struct listen_spec *spec)
{
	struct listener listener = {.kind = kind, .text = spec->text, .length = spec->length};
	int family = spec->address.ss_family;
	char fault[256];
	bool is_bound;

	listener.address = spec->address;
	listener.fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener.fd < 0)
		return fault_of(o, kind, spec, strerror(errno));
	is_bound = family == AF_UNIX ? listen_unix_bind(listener.fd, spec, o->uid, o->gid,
							&listener, fault, sizeof(fault))
				     : bind_inet(listener.fd, spec, fault, sizeof(fault));
	if (is_bound && listen(listener.fd, BACKLOG) < 0)
		snprintf(fault, sizeof(fault), "%s", strerror(errno));
	else if (is_bound && !add(o->list, &listener))
		snprintf(fault, sizeof(fault), "out of memory");
	else if (is_bound)
		return true;
	listen_unix_remove(&listener);
	close(listener.fd);
	return fault_of(o, kind, spec, fault);
}

static const struct listener *
find(const struct listeners *list, enum listener_kind kind, const struct listen_spec *spec)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct listener *l = &list->all[i];

		if (l->kind == kind && !l->is_managed && l->length == spec->length &&
		    memcmp(&l->address, &spec->address, spec->length) == 0 &&
		    (l->address.ss_family != AF_UNIX || listen_unix_is_there(l)))
			return l;
	}
	return NULL;
}

/* Whether the manager has sockets for the kind; they are kept. */
static bool
keep_managed(const struct opening *o, enum listener_kind kind, bool *ret_has)
{
	*ret_has = false;
	for (size_t i = 0; i < o->present->n; i++) {
		const struct listener *l = &o->present->all[i];

		if (l->kind != kind || !l->is_managed)
			continue;
		*ret_has = true;
		if (!add(o->list, l))
			return fail(o->ret_error, o->size, "out of memory");
	}
	return true;
}

/* HTTP that nobody has asked for may be missing: its folder is made by the service manager. */
static bool
may_be_missing(enum listener_kind kind, const struct listen_spec *spec)
{
	return kind == LISTENER_HTTP && spec->line == 0;
}

static bool
open_kind(const struct opening *o, enum listener_kind kind, const struct listen_spec *specs,
	  size_t n)
{
	bool has_managed;

	if (!keep_managed(o, kind, &has_managed))
		return false;
	if (has_managed)
		return true;
	for (size_t i = 0; i < n; i++) {
		const struct listener *present = find(o->present, kind, &specs[i]);

		if (find(o->list, kind, &specs[i]))
			return fault_of(o, kind, &specs[i], "it stands there twice");
		if (present && !add(o->list, present))
			return fault_of(o, kind, &specs[i], "out of memory");
		if (present || open_new(o, kind, &specs[i]))
			continue;
		if (!may_be_missing(kind, &specs[i]))
			return false;
		log_write(NMX_LOG_WARNING, "no-listener", "reason", o->ret_error, NULL);
	}
	return true;
}

static void
set_modes(const struct listeners *list, enum listener_kind kind, const struct listen_spec *specs,
	  size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct listener *listener = find(list, kind, &specs[i]);

		if (listener && listener->address.ss_family == AF_UNIX)
			listen_unix_mode(listener, specs[i].mode);
	}
}

void
listeners_set_modes(const struct listeners *list, const struct config *config)
{
	set_modes(list, LISTENER_SOCKETMAP, config->socketmaps, config->n_socketmaps);
	set_modes(list, LISTENER_HTTP, config->https, config->n_https);
}

bool
listeners_open(const struct config *config, const struct listeners *present, struct listeners *ret,
	       char *ret_error, size_t size)
{
	struct listeners list = {0};
	struct opening o = {.config = config,
			    .present = present,
			    .list = &list,
			    .ret_error = ret_error,
			    .size = size};

	if (!privilege_account(config, &o.uid, &o.gid, ret_error, size))
		return false;
	if (!open_kind(&o, LISTENER_SOCKETMAP, config->socketmaps, config->n_socketmaps) ||
	    !open_kind(&o, LISTENER_HTTP, config->https, config->n_https) || list.n == 0) {
		listeners_close(&list, present);
		return false;
	}
	*ret = list;
	return true;
}
