/* SPDX-License-Identifier: BSD-2-Clause */
/* For LD_PRELOAD: a machine whose kernel has no IPv6. */
#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((visibility("default"))) int socket(int family, int type, int protocol);

int
socket(int family, int type, int protocol)
{
	if (family == AF_INET6) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	return (int)syscall(SYS_socket, family, type, protocol);
}
