/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/log_to.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

/* A descriptor of our own, and what it is: whoever closes descriptors that he does not know and
 * then opens others must not get our lines. */
struct own {
	int fd;
	dev_t device;
	ino_t inode;
};

static struct own errors = {.fd = -1}, syslogd = {.fd = -1};
static bool is_begun; /* a line on standard error that did not get to its end */

static void
own_set(struct own *own, int fd)
{
	struct stat status;

	own->fd = -1;
	if (fd < 0 || fstat(fd, &status) < 0)
		return;
	*own = (struct own){fd, status.st_dev, status.st_ino};
}

static bool
own_is_open(struct own *own)
{
	struct stat status;

	if (own->fd >= 0 && fstat(own->fd, &status) == 0 && status.st_dev == own->device &&
	    status.st_ino == own->inode)
		return true;
	own->fd = -1; /* what it is now is not ours to close */
	return false;
}

/* ---- Standard error --------------------------------------------------------------------------- */

/*
 * Opened once more it does not block, and what others have open stays as it is. A socket needs
 * none of that, a file never blocks.
 */
void
log_to_stderr_open(void)
{
	struct stat status;

	if (fstat(STDERR_FILENO, &status) < 0)
		return;
	if (own_is_open(&errors)) {
		if (errors.device == status.st_dev && errors.inode == status.st_ino)
			return;
		close(errors.fd);
		errors.fd = -1;
	}
	if (S_ISFIFO(status.st_mode) || isatty(STDERR_FILENO))
		own_set(&errors,
			open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

/* write(2) that gives EAGAIN in place of blocking. */
static ssize_t
put(const char *bytes, size_t n)
{
	ssize_t done;

	if (own_is_open(&errors))
		return write(errors.fd, bytes, n);
	done = send(STDERR_FILENO, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (done >= 0 || errno != ENOTSOCK)
		return done;
	if (poll(&(struct pollfd){STDERR_FILENO, POLLOUT, 0}, 1, 0) == 1)
		return write(STDERR_FILENO, bytes, n);
	errno = EAGAIN;
	return -1;
}

static bool
put_whole(const char *bytes, size_t n)
{
	size_t at = 0;

	while (at < n) {
		ssize_t done = put(bytes + at, n - at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			break;
		at += (size_t)done;
	}
	is_begun = at < n && (at > 0 || is_begun);
	return at == n;
}

bool
log_to_stderr(const char *line, size_t length)
{
	if (is_begun && !put_whole("\n", 1))
		return false;
	return put_whole(line, length);
}

/* ---- syslog ----------------------------------------------------------------------------------- */

void
log_to_syslog_open(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(path);
	int fd;

	if (own_is_open(&syslogd) || length >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, length + 1);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		own_set(&syslogd, fd);
	else
		close(fd);
}

/* Two tries: a syslogd that was started anew has another socket of the same name. */
bool
log_to_syslog(const char *path, int severity, const char *line, size_t length)
{
	char message[4096], stamp[32] = "";
	time_t now = time(NULL);
	struct tm tm;
	int n;

	if (localtime_r(&now, &tm))
		strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S ", &tm);
	n = snprintf(message, sizeof(message), "<%d>%snextmxd[%d]: %.*s", LOG_DAEMON | severity,
		     stamp, (int)getpid(), (int)length, line);
	for (int i = 0; i < 2; i++) {
		log_to_syslog_open(path);
		if (!own_is_open(&syslogd))
			return false;
		if (send(syslogd.fd, message, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL) == n)
			return true;
		if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR)
			return false;
		close(syslogd.fd);
		syslogd.fd = -1;
	}
	return false;
}
