/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A block of memory holds what was read and not given yet; lines are given where they stand in it. What is
 * read never blocks where poll(2) is of use: the flags of standard input are not ours to change, since
 * other processes share them, so it is polled first. Pipes with a name are opened in the beginning and kept,
 * since whoever writes into one waits for that; regular files are opened again in their turn.
 */
#include "cli/scan/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/scan/input.h"

/* The longest line with CR LF, and as much again, so that a read is worth its while. */
enum { BLOCK = 2 * INPUT_LINE + 2 };

struct file {
	const char *path; /* NULL: standard input */
	int fd;		  /* -1: not open */
	bool is_regular;
};

struct source {
	struct file *files;
	size_t n_files, at;
	bool is_end;	  /* of the file: nothing is left to read */
	bool is_begun;	  /* the file's mark is dealt with */
	bool is_skipping; /* the rest of a line that is too long */
	bool is_all_known, has_failed;
	uint64_t line, taken, all;
	char *block;
	size_t start, end;
	size_t searched; /* from start on, without finding a line's end */
};

static const char *
name_of(const struct file *file)
{
	return file->path ? file->path : "standard input";
}

static bool
tell(const struct file *file, int error)
{
	complain("scan: %s: %s", name_of(file), strerror(error));
	return false;
}

/* ---- Opening -------------------------------------------------------------------------------- */

static void
shut(struct file *file)
{
	if (file->path && file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

/* False: told, and not open. */
static bool
open_file(struct file *file, struct stat *ret_status)
{
	int error;

	file->fd = file->path ? open(file->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
			      : STDIN_FILENO;
	if (file->fd < 0)
		return tell(file, errno);
	error = fstat(file->fd, ret_status) < 0 ? errno : S_ISDIR(ret_status->st_mode) ? EISDIR : 0;
	file->is_regular = S_ISREG(ret_status->st_mode);
	if (!error)
		return true;
	shut(file);
	return tell(file, error);
}

/* Octets that a regular file has from where it is read. */
static uint64_t
size_of(const struct file *file, const struct stat *status)
{
	off_t at = file->path ? 0 : lseek(file->fd, 0, SEEK_CUR);

	return at >= 0 && at < status->st_size ? (uint64_t)(status->st_size - at) : 0;
}

static bool
try_file(struct source *s, struct file *file)
{
	struct stat status = {.st_mode = 0};

	if (!open_file(file, &status))
		return false;
	if (file->is_regular) {
		s->all += size_of(file, &status);
		shut(file);
	} else {
		s->is_all_known = false;
	}
	return true;
}

bool
source_is_standard_input(const char *path)
{
	return strcmp(path, "-") == 0 || strcmp(path, "/dev/stdin") == 0;
}

static struct source *
new_source(char **files, size_t n)
{
	struct source *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->n_files = n ? n : 1;
	s->is_all_known = true;
	s->files = calloc(s->n_files, sizeof(*s->files));
	s->block = malloc(BLOCK + 1);
	if (!s->files || !s->block) {
		free(s->files);
		free(s->block);
		free(s);
		return NULL;
	}
	for (size_t i = 0; i < s->n_files; i++) {
		s->files[i].path = n && !source_is_standard_input(files[i]) ? files[i] : NULL;
		s->files[i].fd = -1;
	}
	return s;
}

bool
source_open(char **files, size_t n, struct source **ret_source)
{
	struct source *s = new_source(files, n);

	if (!s) {
		complain("scan: out of memory");
		return false;
	}
	for (size_t i = 0; i < s->n_files; i++) {
		if (!try_file(s, &s->files[i])) {
			source_close(s);
			return false;
		}
	}
	*ret_source = s;
	return true;
}

void
source_close(struct source *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_files; i++)
		shut(&s->files[i]);
	free(s->files);
	free(s->block);
	free(s);
}

/* ---- Lines of what is in memory ------------------------------------------------------------- */

static void
advance(struct source *s, size_t n)
{
	s->start += n;
	s->taken += n;
	s->searched = 0;
}

/* The mark at a file's beginning. False: what is there may be a part of one. */
static bool
skip_mark(struct source *s)
{
	static const char mark[] = "\xef\xbb\xbf";
	size_t n = s->end - s->start, most = sizeof(mark) - 1;
	bool is_like = memcmp(s->block + s->start, mark, n < most ? n : most) == 0;

	if (is_like && n < most && !s->is_end)
		return false;
	if (is_like && n >= most)
		advance(s, most);
	s->is_begun = true;
	return true;
}

/* The line up to its end at `lf`, or cut. Behind it goes on. */
static void
give(struct source *s, size_t lf, struct source_line *ret)
{
	size_t length = lf - s->start;

	ret->file = name_of(&s->files[s->at]);
	ret->number = ++s->line;
	ret->text = s->block + s->start;
	if (length && ret->text[length - 1] == '\r')
		length--;
	ret->is_cut = length > INPUT_LINE;
	ret->length = ret->is_cut ? (size_t)INPUT_LINE : length;
	advance(s, lf - s->start + (lf < s->end));
	ret->text[ret->length] = '\0';
}

/* False: more must be read first, or the file is over. */
static bool
take_line(struct source *s, struct source_line *ret)
{
	for (;;) {
		size_t n = s->end - s->start;
		char *from = s->block + s->start + s->searched;
		char *lf = memchr(from, '\n', n - s->searched);

		s->searched = n;
		if (s->is_skipping) {
			s->is_skipping = !lf && !s->is_end;
			advance(s, lf ? (size_t)(lf + 1 - s->block) - s->start : n);
			if (!lf)
				return false;
		} else if (lf) {
			return give(s, (size_t)(lf - s->block), ret), true;
		} else if (n > INPUT_LINE + 1) {
			s->is_skipping = true;
			return give(s, s->end, ret), true;
		} else if (n && s->is_end) {
			return give(s, s->end, ret), true;
		} else {
			return false;
		}
	}
}

/* ---- Reading -------------------------------------------------------------------------------- */

static bool
has_nothing_yet(const struct file *file)
{
	struct pollfd wanted = {.fd = file->fd, .events = POLLIN};

	return !file->is_regular && poll(&wanted, 1, 0) <= 0;
}

/* SOURCE_LINE: there is more in memory, or the file has ended, or it is to be tried again. */
static enum source_result
fill(struct source *s)
{
	struct file *file = &s->files[s->at];
	ssize_t n;

	if (has_nothing_yet(file))
		return SOURCE_WAIT;
	memmove(s->block, s->block + s->start, s->end - s->start);
	s->end -= s->start;
	s->start = 0;
	n = read(file->fd, s->block + s->end, BLOCK - s->end);
	if (n < 0 && errno == EINTR)
		return SOURCE_LINE;
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return SOURCE_WAIT;
	if (n < 0) {
		tell(file, errno);
		return SOURCE_FAILED;
	}
	s->end += (size_t)n;
	s->is_end = n == 0;
	return SOURCE_LINE;
}

static void
next_file(struct source *s)
{
	shut(&s->files[s->at++]);
	s->is_end = s->is_begun = s->is_skipping = false;
	s->line = 0;
	s->start = s->end = s->searched = 0;
}

static enum source_result
step(struct source *s, struct source_line *ret_line, bool *ret_is_given)
{
	struct file *file = &s->files[s->at];
	struct stat status = {.st_mode = 0};

	if (file->fd < 0 && !open_file(file, &status))
		return SOURCE_FAILED;
	if ((s->is_begun || skip_mark(s)) && take_line(s, ret_line)) {
		*ret_is_given = true;
		return SOURCE_LINE;
	}
	if (!s->is_end)
		return fill(s);
	next_file(s);
	return SOURCE_LINE;
}

enum source_result
source_next(struct source *s, struct source_line *ret_line)
{
	enum source_result result = SOURCE_LINE;
	bool is_given = false;

	if (s->has_failed)
		return SOURCE_FAILED;
	while (result == SOURCE_LINE && !is_given) {
		if (s->at == s->n_files)
			return SOURCE_END;
		result = step(s, ret_line, &is_given);
	}
	s->has_failed = result == SOURCE_FAILED;
	return result;
}

int
source_fd(const struct source *s)
{
	return s->at < s->n_files ? s->files[s->at].fd : -1;
}

void
source_progress(const struct source *s, uint64_t *ret_taken, uint64_t *ret_all)
{
	uint64_t all = s->all > s->taken ? s->all : s->taken; /* a file may have grown */

	*ret_taken = s->taken;
	*ret_all = s->is_all_known ? all : 0;
}
