/* SPDX-License-Identifier: BSD-2-Clause */
/* Listening sockets: from the configuration, or from the service manager (sd_listen_fds(3)). */
#ifndef NMX_DAEMON_LISTEN_H
#define NMX_DAEMON_LISTEN_H

#include "daemon/config.h"

enum listener_kind { LISTENER_SOCKETMAP, LISTENER_HTTP };

struct listener {
	enum listener_kind kind;
	int fd;		  /* non-blocking, close-on-exec */
	const char *text; /* as in the configuration; owned */
	/* The master's own business. */
	bool is_managed; /* the service manager's: for the life of the daemon */
	struct sockaddr_storage address;
	socklen_t length;
	dev_t device; /* the file of a unix socket is ours while these two are its */
	ino_t inode;
};

struct listeners {
	struct listener *all;
	size_t n;
};

/* Takes the sockets that the service manager has bound, named "socketmap" and "http", out of the
 * environment. None is success; on failure ret_error has a sentence. */
bool listeners_take(struct listeners *ret, char *ret_error, size_t size);

/*
 * The listeners of a configuration: those of present that are the service manager's, or have the
 * same address, are the same descriptors, the others are bound. For a kind that the manager has
 * sockets for, the configuration's are left out. On failure nothing has changed, and ret_error
 * names the line.
 */
bool listeners_open(const struct config *config, const struct listeners *present,
		    struct listeners *ret, char *ret_error, size_t size);

/* When the configuration takes over: files that were kept may have another mode now. */
void listeners_set_modes(const struct listeners *listeners, const struct config *config);

/* Frees the list, and closes those that are not in kept, too; their files go, if they are still ours.
 * kept may be NULL. */
void listeners_close(struct listeners *listeners, const struct listeners *kept);
bool listeners_have(const struct listeners *listeners, int fd);

/* ---- listen_unix.c ------------------------------------------------------------------------ */

/* Binds to a path. A file that is there goes if it is a socket that nobody answers on. It has its mode
 * and owner before anyone can connect. On failure fault is what follows the path in a sentence. */
bool listen_unix_bind(int fd, const struct listen_spec *spec, uid_t uid, gid_t gid,
		      struct listener *ret, char *ret_fault, size_t size);
/* Whether its file is still there. */
bool listen_unix_is_there(const struct listener *listener);
/* If it is: another mode; and off with it. */
void listen_unix_mode(const struct listener *listener, mode_t mode);
void listen_unix_remove(const struct listener *listener);

#endif
