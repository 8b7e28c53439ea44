/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/file_lines.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 256 * 1024 };

void
file_lines_init(struct file_lines *lines, int fd, uint64_t offset)
{
	*lines = (struct file_lines){.fd = fd, .read = offset, .start = offset, .next = offset};
}

void
file_lines_done(struct file_lines *lines)
{
	free(lines->bytes);
}

/* Room for another chunk: what was given already goes, and more is got if that was little. */
static bool
make_room(struct file_lines *lines)
{
	size_t size = lines->size ? lines->size : CHUNK;
	char *bytes;

	if (lines->at > 0) {
		memmove(lines->bytes, lines->bytes + lines->at, lines->n - lines->at);
		lines->n -= lines->at;
		lines->at = 0;
	}
	while (size - lines->n < CHUNK)
		size *= 2;
	if (size == lines->size)
		return true;
	bytes = realloc(lines->bytes, size);
	if (!bytes) {
		errno = ENOMEM;
		return false;
	}
	lines->bytes = bytes;
	lines->size = size;
	return true;
}

/* 0 at the end of the file, -1 on failure. */
static ssize_t
read_more(struct file_lines *lines)
{
	ssize_t n;

	if (!make_room(lines))
		return -1;
	do
		n = pread(lines->fd, lines->bytes + lines->n, CHUNK, (off_t)lines->read);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		lines->n += (size_t)n;
		lines->read += (uint64_t)n;
	}
	return n;
}

enum file_lines_result
file_lines_next(struct file_lines *lines, const char **ret_line, size_t *ret_length)
{
	uint64_t gone = 0; /* octets of a long line that are forgotten */
	size_t seen = 0;

	lines->start = lines->next;
	if (!make_room(lines))
		return FILE_LINES_FAILED;
	for (;;) {
		char *line = lines->bytes + lines->at;
		size_t left = lines->n - lines->at;
		char *end = left > seen ? memchr(line + seen, '\n', left - seen) : NULL;
		ssize_t n;

		if (end) {
			lines->at += (size_t)(end - line) + 1;
			lines->next += gone + (uint64_t)(end - line) + 1;
			if (gone)
				return FILE_LINES_LONG;
			*ret_line = line;
			*ret_length = (size_t)(end - line);
			return FILE_LINES_LINE;
		}
		seen = left;
		if (left > FILE_LINE) {
			gone += left;
			lines->at = lines->n;
			seen = 0;
		}
		n = read_more(lines);
		if (n < 0)
			return FILE_LINES_FAILED;
		if (n == 0)
			return gone || left ? FILE_LINES_TORN : FILE_LINES_END;
	}
}
