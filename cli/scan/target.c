/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/target.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/scan/window.h"

/* ---- Opening ---------------------------------------------------------------------------------- */

static int
cannot(const struct target *t, const char *what)
{
	complain("scan: %s: cannot %s: %s", t->name, what, strerror(errno));
	return EXIT_INTERNAL;
}

static int
lock(const struct target *t, int how)
{
	if (flock(t->fd, how | LOCK_NB) == 0)
		return EXIT_OK;
	if (errno != EWOULDBLOCK)
		return EXIT_OK; /* a file system that has no locks */
	complain("scan: %s: another scan writes there", t->name);
	return EXIT_USAGE;
}

static int
open_file(struct target *t, int flags)
{
	struct stat status;
	int code;

	t->fd = open(t->name, flags | O_APPEND | O_CLOEXEC, 0666);
	if (t->fd < 0) {
		complain("scan: %s: %s", t->name, strerror(errno));
		return EXIT_USAGE;
	}
	t->is_file = true;
	code = lock(t, LOCK_EX);
	if (code == EXIT_OK && fstat(t->fd, &status) < 0)
		code = cannot(t, "be asked about");
	t->is_regular = code == EXIT_OK && S_ISREG(status.st_mode);
	if (code != EXIT_OK || !(flags & O_CREAT) || !t->is_regular || status.st_size == 0)
		return code;
	complain("scan: %s is not empty; go on with it with --resume, or name another file",
		 t->name);
	return EXIT_USAGE;
}

static int
open_resume(struct target *t)
{
	int code = open_file(t, O_RDWR);

	if (code != EXIT_OK)
		return code;
	if (!t->is_regular) {
		complain("scan: %s is no file that can be gone on with", t->name);
		return EXIT_USAGE;
	}
	switch (resume_open(t->fd, WINDOW, &t->resume)) {
	case RESUME_BAD_LINE:
		complain("scan: %s: line %" PRIu64 " is none of a scan's; nothing was changed",
			 t->name, t->resume.n_lines);
		return EXIT_DATA;
	case RESUME_UNREADABLE:
		return cannot(t, "be read");
	default:
		t->has_resume = true;
		return EXIT_OK;
	}
}

static int
open_standard_output(struct target *t)
{
	struct stat status;

	t->fd = STDOUT_FILENO;
	t->is_regular = fstat(t->fd, &status) == 0 && S_ISREG(status.st_mode);
	return t->is_regular ? lock(t, LOCK_SH) : EXIT_OK;
}

int
target_open(const struct scan_settings *s, struct target *ret_target)
{
	struct target t = {.fd = -1, .name = "standard output"};
	int code;

	if (s->resume) {
		t.name = s->resume;
		code = open_resume(&t);
	} else if (s->output) {
		t.name = s->output;
		code = open_file(&t, O_WRONLY | O_CREAT);
	} else {
		code = open_standard_output(&t);
	}
	if (code == EXIT_OK)
		*ret_target = t;
	else
		target_done(&t);
	return code;
}

void
target_done(struct target *t)
{
	if (t->has_resume)
		resume_done(&t->resume);
	if (t->is_file)
		close(t->fd);
}

/* ---- What is in it ---------------------------------------------------------------------------- */

static int
cut(const struct target *t, uint64_t size)
{
	return ftruncate(t->fd, (off_t)size) == 0 ? EXIT_OK : cannot(t, "be cut");
}

int
target_begin(struct target *t)
{
	const struct resume *r = &t->resume;

	if (!t->has_resume || (r->whole == 0 && r->torn == 0))
		return EXIT_OK;
	if (r->torn == 0) {
		complain("scan: %s: %" PRIu64 " lines are kept", t->name, r->n_lines);
		return EXIT_OK;
	}
	complain("scan: %s: %" PRIu64 " lines are kept; the last, %" PRIu64
		 " octets without an end, is cut off",
		 t->name, r->n_lines, r->torn);
	return cut(t, r->whole);
}

int
target_end(struct target *t, uint64_t torn)
{
	struct stat status;

	if (!t->is_file || !t->is_regular)
		return EXIT_OK;
	if (torn && fstat(t->fd, &status) == 0 && (uint64_t)status.st_size >= torn)
		return cut(t, (uint64_t)status.st_size - torn);
	return fsync(t->fd) == 0 ? EXIT_OK : cannot(t, "be written");
}
