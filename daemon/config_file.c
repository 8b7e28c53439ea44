/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of the file: whatever stands in its place is an error, and nobody is waited for. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/config_parse.h"

enum { MOST_OCTETS = 1024 * 1024 };

/* What it is, if it is no regular file. */
static const char *
kind_of(mode_t mode)
{
	return S_ISDIR(mode)	? "a folder"
	       : S_ISFIFO(mode) ? "a pipe"
	       : S_ISSOCK(mode) ? "a socket"
				: "a device";
}

/* Octets read, or -1. The file may be written to meanwhile, so its size is not believed. */
static ssize_t
read_all(int fd, char *buffer, size_t size)
{
	size_t length = 0;

	while (length < size) {
		ssize_t n = read(fd, buffer + length, size - length);

		if (n == 0)
			break;
		if (n > 0)
			length += (size_t)n;
		else if (errno != EINTR)
			return -1;
	}
	return (ssize_t)length;
}

static bool
load(int fd, char **ret_text, size_t *ret_length, struct fault *fault)
{
	struct stat status;
	ssize_t n;
	char *text;

	if (fstat(fd, &status) < 0)
		return fault_set(fault, 0, "cannot be read: %s", strerror(errno));
	if (!S_ISREG(status.st_mode))
		return fault_set(fault, 0, "cannot be read: it is %s, not a file",
				 kind_of(status.st_mode));
	text = malloc(MOST_OCTETS + 2);
	if (!text)
		return fault_set(fault, 0, "out of memory");
	n = read_all(fd, text, MOST_OCTETS + 1);
	if (n < 0 || n > MOST_OCTETS) {
		if (n < 0)
			fault_set(fault, 0, "cannot be read: %s", strerror(errno));
		else
			fault_set(fault, 0, "is larger than 1 MiB");
		free(text);
		return false;
	}
	*ret_text = text;
	*ret_length = (size_t)n;
	return true;
}

bool
config_load(const char *path, char **ret_text, size_t *ret_length, struct fault *fault)
{
	/* Without O_NONBLOCK a pipe that nobody writes to would hold us here. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	bool good;

	if (fd < 0)
		return errno == ENXIO ? fault_set(fault, 0, "cannot be read: it is not a file")
				      : fault_set(fault, 0, "cannot be read: %s", strerror(errno));
	good = load(fd, ret_text, ret_length, fault);
	close(fd);
	return good;
}
