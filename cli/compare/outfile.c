/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/compare/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

/* ---- When we are interrupted -------------------------------------------------------------------- */

/* Names to remove. A handler reads them: an entry is written as one pointer. */
static char *volatile unfinished[MOST_OUTFILES];

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { N_SIGNALS = sizeof(signals) / sizeof(signals[0]) };

static void
on_signal(int number)
{
	for (size_t i = 0; i < MOST_OUTFILES; i++)
		if (unfinished[i])
			unlink(unfinished[i]);
	raise(number); /* comes when we return, and ends us as it would have */
}

/* What is ignored stays ignored: nohup. */
static void
watch_signals(void)
{
	const struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
	struct sigaction old;

	for (size_t i = 0; i < N_SIGNALS; i++)
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			sigaction(signals[i], &action, NULL);
}

static void
block_signals(bool block)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < N_SIGNALS; i++)
		sigaddset(&set, signals[i]);
	sigprocmask(block ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

static void
exchange(char *old, char *new)
{
	for (size_t i = 0; i < MOST_OUTFILES; i++)
		if (unfinished[i] == old) {
			unfinished[i] = new;
			return;
		}
}

/* ---- Opening ------------------------------------------------------------------------------------ */

/* A device or pipe would be replaced by a file. */
static bool
is_place_for_file(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0 || S_ISREG(status.st_mode))
		return true;
	complain("%s: cannot be written: it is no file", path);
	return false;
}

static bool
look_at(const char *path, struct stat *ret_status)
{
	return (strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, ret_status)
				       : stat(path, ret_status)) == 0;
}

static bool
look_at_folder(const char *path, struct stat *ret_status)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	bool good = folder && stat(folder, ret_status) == 0;

	free(folder);
	return good;
}

static const char *
last_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool
outfile_is_same(const char *a, const char *b)
{
	struct stat first, second;
	bool has_first = look_at(a, &first), has_second = look_at(b, &second);

	if (has_first || has_second)
		return has_first && has_second && is_same(&first, &second);
	return strcmp(last_of(a), last_of(b)) == 0 && look_at_folder(a, &first) &&
	       look_at_folder(b, &second) && is_same(&first, &second);
}

/* As if open(2) had made it. */
static void
set_mode(int fd)
{
	mode_t mask = umask(0);

	umask(mask);
	fchmod(fd, 0666 & ~mask);
}

static FILE *
open_temporary(char *name)
{
	int fd = mkostemp(name, O_CLOEXEC);
	FILE *file;

	if (fd < 0)
		return NULL;
	set_mode(fd);
	file = fdopen(fd, "w");
	if (file)
		return file;
	close(fd);
	unlink(name);
	return NULL;
}

bool
outfile_open(const char *path, struct outfile *ret_outfile)
{
	struct outfile outfile = {.path = path};

	if (!path) {
		*ret_outfile = outfile;
		return true;
	}
	if (!is_place_for_file(path))
		return false;
	if (asprintf(&outfile.temporary, "%s.XXXXXX", path) < 0) {
		complain("out of memory");
		return false;
	}
	block_signals(true);
	outfile.file = open_temporary(outfile.temporary);
	if (outfile.file) {
		exchange(NULL, outfile.temporary);
		watch_signals();
	}
	block_signals(false);
	if (!outfile.file) {
		complain("%s: cannot be written: %s", path, strerror(errno));
		free(outfile.temporary);
		return false;
	}
	*ret_outfile = outfile;
	return true;
}

/* ---- The end ------------------------------------------------------------------------------------ */

/* On the disk before the name says so: a machine that stops must not leave an empty file. */
static bool
finish(struct outfile *outfile)
{
	bool good = fflush(outfile->file) == 0 && !ferror(outfile->file) &&
		    fsync(fileno(outfile->file)) == 0;
	int error = errno;

	if (fclose(outfile->file) != 0 && good) {
		good = false;
		error = errno;
	}
	outfile->file = NULL;
	errno = error;
	return good;
}

bool
outfile_keep(struct outfile *outfile)
{
	bool good;

	if (!outfile->file)
		return true;
	good = finish(outfile) && rename(outfile->temporary, outfile->path) == 0;
	if (!good) {
		complain("%s: cannot be written: %s", outfile->path, strerror(errno));
		return false;
	}
	exchange(outfile->temporary, NULL);
	free(outfile->temporary);
	outfile->temporary = NULL;
	return true;
}

void
outfile_done(struct outfile *outfile)
{
	if (outfile->file)
		fclose(outfile->file);
	if (outfile->temporary) {
		unlink(outfile->temporary);
		exchange(outfile->temporary, NULL);
		free(outfile->temporary);
	}
	*outfile = (struct outfile){0};
}
