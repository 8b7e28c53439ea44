/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/notify.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A path, or "@" and an abstract name; false if it is neither. */
static bool
address_of(const char *name, struct sockaddr_un *ret_address, socklen_t *ret_length)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = name ? strlen(name) : 0;

	if (length < 2 || length >= sizeof(address.sun_path) || (name[0] != '/' && name[0] != '@'))
		return false;
	memcpy(address.sun_path, name, length);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	*ret_address = address;
	*ret_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	return true;
}

/* WATCHDOG_USEC, if it is meant for this process. */
static int64_t
watchdog_of_environment(void)
{
	const char *us = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	long long value;
	char *end;

	if (!us || (pid && strtoll(pid, NULL, 10) != getpid()))
		return 0;
	value = strtoll(us, &end, 10);
	if (*us == '\0' || *end || value <= 0 || value > INT64_MAX / 1000)
		return 0;
	return value * 1000;
}

struct notify
notify_open(void)
{
	struct notify notify = {.fd = -1, .watchdog_ns = watchdog_of_environment()};
	/* It waits for a manager that is behind, but not for ever. */
	struct timeval patience = {.tv_sec = 1};

	if (address_of(getenv("NOTIFY_SOCKET"), &notify.address, &notify.length))
		notify.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notify.fd >= 0)
		setsockopt(notify.fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return notify;
}

void
notify_close(struct notify *notify)
{
	if (notify->fd >= 0)
		close(notify->fd);
	notify->fd = -1;
}

/* Not connected, so that a manager which binds its socket anew is found. */
static void
tell(const struct notify *notify, const char *text)
{
	if (notify->fd >= 0)
		(void)!sendto(notify->fd, text, strlen(text), MSG_NOSIGNAL,
			      (const struct sockaddr *)&notify->address, notify->length);
}

void
notify_ready(const struct notify *notify, const char *status)
{
	char text[256];

	snprintf(text, sizeof(text), "READY=1\nSTATUS=%s\n", status);
	tell(notify, text);
}

void
notify_reloading(const struct notify *notify)
{
	struct timespec now;
	char text[128];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\nSTATUS=reloading\n",
		 (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	tell(notify, text);
}

void
notify_status(const struct notify *notify, const char *status)
{
	char text[256];

	snprintf(text, sizeof(text), "STATUS=%s\n", status);
	tell(notify, text);
}

void
notify_stopping(const struct notify *notify)
{
	tell(notify, "STOPPING=1\nSTATUS=finishing what was asked\n");
}

void
notify_alive(struct notify *notify, int64_t now_ns)
{
	if (notify->watchdog_ns == 0 || now_ns < notify->next_ns)
		return;
	notify->next_ns = now_ns + notify->watchdog_ns / 2;
	tell(notify, "WATCHDOG=1\n");
}
