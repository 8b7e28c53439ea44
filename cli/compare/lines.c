/* SPDX-License-Identifier: BSD-2-Clause */
/* A line that is too long is read to its end, and never held. */
#include "cli/compare/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

enum { READ_SIZE = 1 << 18 };

struct lines {
	char **files;
	size_t n_files, next; /* next: the first that is not open yet */
	int fd;		      /* -1: none */
	const char *name;
	uint64_t number;
	bool is_begin; /* nothing of the file has been read */
	bool is_end;   /* all of it has */
	char *buffer;  /* read, from at to n not given yet; to scanned there is no newline */
	size_t at, n, scanned, size;
};

/* ---- Opening ------------------------------------------------------------------------------------ */

static char *no_files[] = {(char[]){"-"}};

static bool
is_standard_input(const char *path)
{
	return strcmp(path, "-") == 0;
}

static const char *
name_of(const char *path)
{
	return is_standard_input(path) ? "standard input" : path;
}

static int
complain_of(const char *path, int code)
{
	complain("%s: cannot be read: %s", name_of(path), strerror(errno));
	return code;
}

static int
open_file(const char *path)
{
	return is_standard_input(path) ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
}

/* RFC 1952. */
static bool
is_gzip(const char *bytes, size_t n)
{
	return n >= 2 && (unsigned char)bytes[0] == 0x1f && (unsigned char)bytes[1] == 0x8b;
}

static int
complain_of_gzip(const char *name)
{
	complain("%s: this is gzip, which is not read: zcat it", name);
	return EXIT_DATA;
}

/* Pipes are not opened to look: whoever writes would take it for the end. */
static int
look_at(const char *path)
{
	struct stat status;
	char begin[2];
	ssize_t n;
	int fd;

	if ((is_standard_input(path) ? fstat(STDIN_FILENO, &status) : stat(path, &status)) < 0)
		return complain_of(path, EXIT_USAGE);
	if (S_ISDIR(status.st_mode)) {
		errno = EISDIR;
		return complain_of(path, EXIT_USAGE);
	}
	if (!S_ISREG(status.st_mode))
		return EXIT_OK;
	fd = open_file(path);
	if (fd < 0)
		return complain_of(path, EXIT_USAGE);
	n = pread(fd, begin, sizeof(begin), 0);
	close(fd);
	if (n < 0)
		return complain_of(path, EXIT_INTERNAL);
	return is_gzip(begin, (size_t)n) ? complain_of_gzip(name_of(path)) : EXIT_OK;
}

int
lines_open(char **files, size_t n_files, struct lines **ret_lines)
{
	struct lines *lines = calloc(1, sizeof(*lines));
	int code = EXIT_OK;

	if (!lines || !(lines->buffer = malloc(READ_SIZE))) {
		free(lines);
		complain("out of memory");
		return EXIT_INTERNAL;
	}
	lines->files = n_files ? files : no_files;
	lines->n_files = n_files ? n_files : 1;
	lines->size = READ_SIZE;
	lines->fd = -1;
	for (size_t i = 0; i < lines->n_files && code == EXIT_OK; i++)
		code = look_at(lines->files[i]);
	if (code != EXIT_OK) {
		lines_close(lines);
		return code;
	}
	*ret_lines = lines;
	return EXIT_OK;
}

void
lines_close(struct lines *lines)
{
	if (!lines)
		return;
	if (lines->fd >= 0)
		close(lines->fd);
	free(lines->buffer);
	free(lines);
}

/* ---- Reading ------------------------------------------------------------------------------------ */

static int
begin_file(struct lines *lines)
{
	const char *path = lines->files[lines->next++];

	lines->fd = open_file(path);
	if (lines->fd < 0)
		return complain_of(path, EXIT_INTERNAL);
	lines->name = name_of(path);
	lines->number = 0;
	lines->is_begin = true;
	lines->is_end = false;
	lines->at = lines->n = lines->scanned = 0;
	return EXIT_OK;
}

static void
end_file(struct lines *lines)
{
	close(lines->fd);
	lines->fd = -1;
}

/* Room to read into: what was given away goes, and a line that is not too long may grow. */
static bool
make_room(struct lines *lines)
{
	size_t size = lines->size * 2;
	char *wider;

	memmove(lines->buffer, lines->buffer + lines->at, lines->n - lines->at);
	lines->n -= lines->at;
	lines->scanned -= lines->at;
	lines->at = 0;
	if (lines->size - lines->n >= READ_SIZE / 2)
		return true;
	wider = realloc(lines->buffer, size);
	if (!wider) {
		complain("out of memory");
		return false;
	}
	lines->buffer = wider;
	lines->size = size;
	return true;
}

static int
read_more(struct lines *lines)
{
	ssize_t n;

	if (!make_room(lines))
		return EXIT_INTERNAL;
	do
		n = read(lines->fd, lines->buffer + lines->n, lines->size - lines->n);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return complain_of(lines->files[lines->next - 1], EXIT_INTERNAL);
	lines->is_end = n == 0;
	lines->n += (size_t)n;
	if (lines->is_begin && is_gzip(lines->buffer, lines->n))
		return complain_of_gzip(lines->name);
	lines->is_begin = false;
	return EXIT_OK;
}

/* Where the line ends, once that is read: at its newline, or with the file. */
static bool
find_end(struct lines *lines, size_t *ret_end)
{
	const char *newline =
		memchr(lines->buffer + lines->scanned, '\n', lines->n - lines->scanned);

	lines->scanned = newline ? (size_t)(newline - lines->buffer) : lines->n;
	*ret_end = lines->scanned;
	return newline || (lines->is_end && lines->n > lines->at);
}

static void
give(struct lines *lines, size_t end, bool is_too_long, struct line *ret_line)
{
	lines->number++;
	*ret_line = (struct line){
		.file = lines->name,
		.number = lines->number,
		.text = is_too_long ? NULL : lines->buffer + lines->at,
		.length = is_too_long ? 0 : end - lines->at,
	};
	lines->at = lines->scanned = end + (end < lines->n); /* the newline, if there is one */
}

/* A line of this file; END: it has none any more. */
static enum lines_result
next_of_file(struct lines *lines, struct line *ret_line, int *ret_code)
{
	bool is_too_long = false;
	size_t end;
	int code;

	while (!find_end(lines, &end)) {
		if (lines->is_end && !is_too_long)
			return LINES_END;
		if (lines->is_end)
			break;
		if (lines->n - lines->at > LINES_MOST) {
			is_too_long = true;
			lines->at = lines->scanned = lines->n;
		}
		code = read_more(lines);
		if (code != EXIT_OK) {
			*ret_code = code;
			return LINES_FAILED;
		}
	}
	give(lines, end, is_too_long || end - lines->at > LINES_MOST, ret_line);
	return LINES_NEXT;
}

enum lines_result
lines_next(struct lines *lines, struct line *ret_line, int *ret_code)
{
	for (;;) {
		enum lines_result result;

		if (lines->fd < 0 && lines->next == lines->n_files)
			return LINES_END;
		if (lines->fd < 0) {
			int code = begin_file(lines);

			if (code != EXIT_OK) {
				*ret_code = code;
				return LINES_FAILED;
			}
		}
		result = next_of_file(lines, ret_line, ret_code);
		if (result != LINES_END)
			return result;
		end_file(lines);
	}
}
