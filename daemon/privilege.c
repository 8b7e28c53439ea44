/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/privilege.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/log.h"

/* Sanitizers keep their shadow in memory that counts as data. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

/* If the configuration names nobody: the one made for it, else the one that has nothing. */
static const char default_user[] = "nextmx", last_user[] = "nobody";

enum { ENTRY_SIZE = 64 * 1024 };

__attribute__((format(printf, 3, 4))) static bool
fail(char *ret_error, size_t size, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret_error, size, format, args);
	va_end(args);
	return false;
}

/* ---- Account ---------------------------------------------------------------------------------- */

/* 0, ENOENT, or the error of the look-up. */
static int
find_user(const char *name, uid_t *ret_uid, gid_t *ret_gid)
{
	struct passwd entry, *found = NULL;
	char *buffer = malloc(ENTRY_SIZE);
	int error = ENOMEM;

	if (buffer)
		error = getpwnam_r(name, &entry, buffer, ENTRY_SIZE, &found);
	if (found) {
		*ret_uid = entry.pw_uid;
		*ret_gid = entry.pw_gid;
	} else if (error == 0) {
		error = ENOENT;
	}
	free(buffer);
	return error;
}

static bool
root_account(const struct config *config, uid_t *ret_uid, gid_t *ret_gid, char *ret_error,
	     size_t size)
{
	const char *name = config->user ? config->user : default_user;
	uid_t uid = 0;
	gid_t gid = 0;
	int error = find_user(name, &uid, &gid);

	if (error == ENOENT && !config->user) {
		name = last_user;
		error = find_user(name, &uid, &gid);
		if (error == ENOENT)
			return fail(ret_error, size,
				    "started as root, and there is no user \"%s\" for the workers: "
				    "make it (useradd --system --shell /usr/sbin/nologin %s), or "
				    "name another with the option user",
				    default_user, default_user);
	}
	if (error == ENOENT)
		return fail(ret_error, size, "option user: there is no user \"%s\"", name);
	if (error != 0)
		return fail(ret_error, size, "user \"%s\": %s", name, strerror(error));
	if (uid == 0 || gid == 0)
		return fail(ret_error, size,
			    "option user: \"%s\" is root or in root's group; workers need an "
			    "account without privileges",
			    name);
	*ret_uid = uid;
	*ret_gid = gid;
	return true;
}

bool
privilege_account(const struct config *config, uid_t *ret_uid, gid_t *ret_gid, char *ret_error,
		  size_t size)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int error;

	if (uid == 0)
		return root_account(config, ret_uid, ret_gid, ret_error, size);
	if (config->user) {
		error = find_user(config->user, &uid, &gid);
		if (error == ENOENT)
			return fail(ret_error, size, "option user: there is no user \"%s\"",
				    config->user);
		if (error != 0)
			return fail(ret_error, size, "user \"%s\": %s", config->user,
				    strerror(error));
		if (uid != geteuid())
			return fail(ret_error, size,
				    "option user: only root can become \"%s\"; start as root, or "
				    "as that user",
				    config->user);
	}
	*ret_uid = geteuid();
	*ret_gid = getegid();
	return true;
}

/* ---- Limits ----------------------------------------------------------------------------------- */

static bool
lower(int resource, rlim_t most, const char *what, char *ret_error, size_t size)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0)
		return fail(ret_error, size, "limit of %s: %s", what, strerror(errno));
	if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > most)
		limit.rlim_max = most;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(resource, &limit) < 0)
		return fail(ret_error, size, "limit of %s: %s", what, strerror(errno));
	return true;
}

/* Descriptors for the most connections, a usual outgoing-range, policies and files. */
static rlim_t
descriptors_needed(const struct config *config)
{
	enum { RESOLVER = 4096, OTHER = 128 };
	unsigned kinds = (config->n_socketmaps > 0) + (config->n_https > 0);

	rlim_t worker = (rlim_t)config->connections * kinds + RESOLVER + OTHER;
	/* The master's: two for each pair of workers, and at a reload twice that. */
	rlim_t master = 2 * (rlim_t)config->workers * config->workers + OTHER;

	return worker > master ? worker : master;
}

void
privilege_warn(const struct config *config)
{
	rlim_t needed = descriptors_needed(config);
	const struct passwd *entry = getpwuid(geteuid());
	struct rlimit limit;
	char has[24], needs[24];

	if (!config->user && entry && strcmp(entry->pw_name, last_user) == 0)
		log_write(NMX_LOG_WARNING, "user", "name", last_user, "hint",
			  "there is no user nextmx, and the option user names none", NULL);

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_max >= needed)
		return;
	snprintf(has, sizeof(has), "%llu", (unsigned long long)limit.rlim_max);
	snprintf(needs, sizeof(needs), "%llu", (unsigned long long)needed);
	log_write(NMX_LOG_WARNING, "few-descriptors", "limit", has, "needed", needs, "hint",
		  "raise LimitNOFILE or ulimit -n, or lower the options connections or workers",
		  NULL);
}

static void
raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* RLIMIT_NPROC stays: it counts all processes of the account, the other workers' among them. */
static bool
set_limits(const struct config *config, char *ret_error, size_t size)
{
	raise_descriptors();
	/* Cores would have the secrets of policies and questions in them. */
	if (!lower(RLIMIT_CORE, 0, "cores", ret_error, size))
		return false;
	if (config->memory_mb == 0 || IS_SANITIZED)
		return true;
	return lower(RLIMIT_DATA, (rlim_t)config->memory_mb * 1024 * 1024, "memory", ret_error,
		     size);
}

/* ---- Drop ------------------------------------------------------------------------------------- */

static bool
become(uid_t uid, gid_t gid, char *ret_error, size_t size)
{
	const struct passwd *entry = getpwuid(uid);
	const char *name = entry ? entry->pw_name : "";
	uid_t real, effective, saved;

	if (initgroups(name, gid) < 0 || setresgid(gid, gid, gid) < 0 ||
	    setresuid(uid, uid, uid) < 0)
		return fail(ret_error, size, "cannot become user \"%s\": %s", name,
			    strerror(errno));
	if (getresuid(&real, &effective, &saved) < 0 || real != uid || effective != uid ||
	    saved != uid || setresuid(-1, 0, -1) == 0 || setresgid(-1, 0, -1) == 0)
		return fail(ret_error, size, "user \"%s\" can become root again", name);
	return true;
}

/* What the service manager or the file of the program may have granted. */
static bool
drop_capabilities(char *ret_error, size_t size)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(SYS_capset, &header, none) < 0)
		return fail(ret_error, size, "capabilities: %s", strerror(errno));
	return true;
}

void
privilege_master(void)
{
	raise_descriptors();
	if (!IS_SANITIZED)
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

bool
privilege_drop(const struct config *config, char *ret_error, size_t size)
{
	uid_t uid;
	gid_t gid;

	if (!privilege_account(config, &uid, &gid, ret_error, size) ||
	    !set_limits(config, ret_error, size))
		return false;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail(ret_error, size, "no_new_privs: %s", strerror(errno));
	if (geteuid() == 0 && !become(uid, gid, ret_error, size))
		return false;
	if (!drop_capabilities(ret_error, size))
		return false;
	/* Nobody of the same account reads its memory, or traces it; but the leak checker must. */
	if (!IS_SANITIZED && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return fail(ret_error, size, "dumpable: %s", strerror(errno));
	return true;
}
