/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unix sockets as files. The folder may belong to the account of the workers, whom a root master does
 * not trust: a file is opened without following links, and what is changed is the file that was
 * opened.
 */
#include "daemon/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/log.h"

__attribute__((format(printf, 3, 4))) static bool
fail(char *ret_fault, size_t size, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret_fault, size, format, args);
	va_end(args);
	return false;
}

static const char *
path_of(const struct sockaddr_storage *address)
{
	return ((const struct sockaddr_un *)address)->sun_path;
}

/* The file itself, for fstat(2) and the calls that take AT_EMPTY_PATH; -1 if it is no socket. */
static int
open_socket_file(const char *path, struct stat *ret_stat)
{
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && fstat(fd, ret_stat) == 0 && S_ISSOCK(ret_stat->st_mode))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* 0: nobody; EINPROGRESS: somebody; else an error. */
static int
answers(const struct listen_spec *spec)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error = 0;

	if (fd < 0)
		return errno;
	if (connect(fd, (const struct sockaddr *)&spec->address, spec->length) < 0)
		error = errno;
	close(fd);
	if (error == ECONNREFUSED)
		return 0;
	/* Its queue is full, or it is of another type: it is somebody's. */
	return error == 0 || error == EAGAIN || error == EPROTOTYPE ? EINPROGRESS : error;
}

/* Makes way for a socket at the path: false if what is there must stay. */
static bool
clear_path(const struct listen_spec *spec, char *ret_fault, size_t size)
{
	const char *path = path_of(&spec->address);
	struct stat there;
	int error;

	if (lstat(path, &there) < 0)
		return true; /* bind() will say what else is wrong */
	if (!S_ISSOCK(there.st_mode))
		return fail(ret_fault, size, "%s exists and is no socket", path);
	error = answers(spec);
	if (error == EINPROGRESS)
		return fail(ret_fault, size, "another process answers on %s", path);
	if (error == ENOENT)
		return true;
	if (error != 0 || unlink(path) < 0)
		return fail(ret_fault, size, "the old socket %s cannot be replaced: %s", path,
			    strerror(error ? error : errno));
	return true;
}

static bool
bind_fault(const char *path, int error, char *ret_fault, size_t size)
{
	const char *slash = strrchr(path, '/');
	int length = slash ? (int)(slash - path) : 0;

	if (error == ENOENT && length > 0)
		return fail(ret_fault, size, "the folder %.*s does not exist", length, path);
	if (error == EACCES && length > 0)
		return fail(ret_fault, size, "no permission to make a socket in %.*s", length,
			    path);
	return fail(ret_fault, size, "%s", strerror(error));
}

bool
listen_unix_bind(int fd, const struct listen_spec *spec, uid_t uid, gid_t gid, struct listener *ret,
		 char *ret_fault, size_t size)
{
	const char *path = path_of(&spec->address);
	struct stat file;
	mode_t mask;
	int bound, opened;

	if (!clear_path(spec, ret_fault, size))
		return false;
	/* Linux gives the file 0777 but for the mask. */
	mask = umask(~spec->mode & 0777);
	bound = bind(fd, (const struct sockaddr *)&spec->address, spec->length);
	umask(mask);
	if (bound < 0)
		return bind_fault(path, errno, ret_fault, size);
	opened = open_socket_file(path, &file);
	if (opened < 0)
		return fail(ret_fault, size, "%s was replaced at once by somebody else", path);
	if ((file.st_uid != uid || file.st_gid != gid) &&
	    fchownat(opened, "", uid, gid, AT_EMPTY_PATH) < 0)
		fail(ret_fault, size, "the owner of %s cannot be changed: %s", path,
		     strerror(errno));
	else
		bound = 1;
	close(opened);
	if (bound != 1) {
		unlink(path);
		return false;
	}
	ret->device = file.st_dev;
	ret->inode = file.st_ino;
	return true;
}

static bool
is_ours(const struct listener *listener, const struct stat *file)
{
	return !listener->is_managed && listener->inode != 0 && file->st_dev == listener->device &&
	       file->st_ino == listener->inode;
}

bool
listen_unix_is_there(const struct listener *listener)
{
	struct stat file;

	return lstat(path_of(&listener->address), &file) == 0 && is_ours(listener, &file);
}

void
listen_unix_mode(const struct listener *listener, mode_t mode)
{
	struct stat file;
	char name[64];
	int fd = open_socket_file(path_of(&listener->address), &file);

	if (fd < 0)
		return;
	/* fchmod() does not take a descriptor of a path. */
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	if (is_ours(listener, &file) && (file.st_mode & 0777) != mode && chmod(name, mode) < 0)
		log_write(NMX_LOG_WARNING, "listen-mode", "listener", listener->text, "reason",
			  strerror(errno), NULL);
	close(fd);
}

void
listen_unix_remove(const struct listener *listener)
{
	if (listener->address.ss_family == AF_UNIX && listen_unix_is_there(listener))
		unlink(path_of(&listener->address));
}
