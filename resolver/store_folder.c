/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/store_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

/* -shm is worth nothing alone, but must not be taken for the next file's. */
static const char *const suffixes[] = {"", "-wal", "-shm"};

enum { N_SUFFIXES = sizeof(suffixes) / sizeof(suffixes[0]) };

int
folder_lock(const char *path, int *ret_fd)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error;

	if (fd < 0)
		return errno;
	/* Where a folder cannot be locked at all, this is a risk of one moment in a file's life. */
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 || (errno != EWOULDBLOCK && errno != EINTR)) {
		*ret_fd = fd;
		return 0;
	}
	error = EWOULDBLOCK;
	close(fd);
	return error;
}

/* Said, not only by closing: a child forked meanwhile holds the descriptor, too. */
void
folder_unlock(int fd)
{
	flock(fd, LOCK_UN);
	close(fd);
}

static bool
exists(int fd, const char *name)
{
	struct stat st;

	return fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void
join(char name[FOLDER_NAME], const char *stem, const char *suffix)
{
	struct text text = text_into(name, FOLDER_NAME);

	text_add(&text, stem);
	text_add(&text, suffix);
}

static bool
any_exists(int fd, const char *stem)
{
	char name[FOLDER_NAME];

	for (int i = 0; i < N_SUFFIXES; i++) {
		join(name, stem, suffixes[i]);
		if (exists(fd, name))
			return true;
	}
	return false;
}

/* nextmx.db.aside-20261123T101500Z, with -2 and so on if that is there. */
static void
name_aside(int fd, int64_t now_s, char ret_name[FOLDER_NAME])
{
	time_t now = (time_t)now_s;
	char stamp[32] = "unknown";
	struct text text;
	struct tm tm;

	if (gmtime_r(&now, &tm))
		strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
	for (unsigned i = 1; i == 1 || (i < 100000 && any_exists(fd, ret_name)); i++) {
		text = text_into(ret_name, FOLDER_NAME);
		text_printf(&text, FOLDER_FILE ".aside-%s", stamp);
		if (i > 1)
			text_printf(&text, "-%u", i);
	}
}

/* The file itself first: if we die in between, what is left is set aside by whoever begins the next. */
int
folder_set_aside(int fd, int64_t now_s, char ret_name[FOLDER_NAME])
{
	char from[FOLDER_NAME], to[FOLDER_NAME];
	int error = 0;

	name_aside(fd, now_s, ret_name);
	for (int i = 0; i < N_SUFFIXES && !error; i++) {
		join(from, FOLDER_FILE, suffixes[i]);
		join(to, ret_name, suffixes[i]);
		if (renameat(fd, from, fd, to) < 0 && errno != ENOENT)
			error = errno;
	}
	return error;
}

/* Whole at once: nobody sees it with another mode. */
static int
make_file(int fd)
{
	static const char temporary[] = FOLDER_FILE ".new";
	int file, error = 0;

	unlinkat(fd, temporary, 0); /* of one who died just here */
	file = openat(fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0)
		return errno;
	if (fchmod(file, 0600) < 0)
		error = errno;
	close(file);
	if (!error && renameat(fd, temporary, fd, FOLDER_FILE) < 0)
		error = errno;
	if (error)
		unlinkat(fd, temporary, 0);
	return error;
}

int
folder_create(int fd, int64_t now_s)
{
	char name[FOLDER_NAME];
	struct stat st;
	int error = 0;

	if (fstatat(fd, FOLDER_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return S_ISREG(st.st_mode) ? 0 : EISDIR;
	if (errno != ENOENT)
		return errno;
	if (any_exists(fd, FOLDER_FILE))
		error = folder_set_aside(fd, now_s, name);
	return error ? error : make_file(fd);
}
