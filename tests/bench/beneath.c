/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Comes between libnextmx and what is beneath it, for settings.py and growth.py: preloaded into drive
 * (LD_PRELOAD), it
 *
 * - adds the text of the variable BENEATH_CONFIG to the configuration that libunbound is given, so that
 *   settings can be compared for which nextmx has no option: the last of two values counts;
 * - counts what goes upstream, each try of a question being one, and prints it at the end beside the
 *   program's own figures, with the most memory that was in use. (That of getrusage begins with what
 *   the process had that started the program.)
 *
 * BENEATH_TICKS names a file for the same count by time: a 32-bit number for each hundredth of a second
 * from the first question on. So a pass can be told from the next.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unbound.h>
#include <unistd.h>

/* Five minutes: longer than any run. What is later counts for the last. */
enum { TICKS = 30000, NS_PER_TICK = 10000000 };

#define SEEN __attribute__((visibility("default")))

static atomic_uint ticks[TICKS];
static atomic_ulong udp, tcp;
static atomic_llong first;

/* What is called next. */
static int (*next_config)(struct ub_ctx *, const char *);
static int (*next_socket)(int, int, int);
static ssize_t (*next_send)(int, const void *, size_t, int);

__attribute__((constructor)) static void
find_next(void)
{
	*(void **)&next_config = dlsym(RTLD_NEXT, "ub_ctx_config");
	*(void **)&next_socket = dlsym(RTLD_NEXT, "socket");
	*(void **)&next_send = dlsym(RTLD_NEXT, "send");
	if (!next_socket || !next_send)
		abort();
}

/* ---- The configuration ---------------------------------------------------------------------- */

static int
copy(const char *file, int to)
{
	char bytes[4096];
	int from = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (from < 0)
		return -1;
	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		if (write(to, bytes, (size_t)n) != n)
			n = -1;
	close(from);
	return (int)n;
}

SEEN int
ub_ctx_config(struct ub_ctx *ctx, const char *fname)
{
	const char *more = getenv("BENEATH_CONFIG");
	char path[32];
	int fd, result = UB_READFILE;

	if (!more)
		return next_config(ctx, fname);
	fd = memfd_create("beneath", MFD_CLOEXEC);
	if (fd >= 0 && copy(fname, fd) == 0 && dprintf(fd, "\nserver:\n%s\n", more) > 0) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		result = next_config(ctx, path);
	}
	if (fd >= 0)
		close(fd);
	return result;
}

/* ---- What goes upstream --------------------------------------------------------------------- */

static void
count(atomic_ulong *what)
{
	struct timespec now;
	long long ns, none = 0, tick;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ns = now.tv_sec * 1000000000LL + now.tv_nsec;
	atomic_compare_exchange_strong(&first, &none, ns);
	tick = (ns - atomic_load(&first)) / NS_PER_TICK;
	atomic_fetch_add(&ticks[tick < 0 ? 0 : tick >= TICKS ? TICKS - 1 : tick], 1);
	atomic_fetch_add(what, 1);
}

/* With libunbound, a question over UDP and nothing else. */
SEEN ssize_t
send(int fd, const void *bytes, size_t n, int flags)
{
	count(&udp);
	return next_send(fd, bytes, n, flags);
}

/* A question over TCP has a connection of its own, opened by connect() or by what is sent first. */
SEEN int
socket(int domain, int type, int protocol)
{
	bool is_tcp = (type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) == SOCK_STREAM;

	if (is_tcp && (domain == AF_INET || domain == AF_INET6))
		count(&tcp);
	return next_socket(domain, type, protocol);
}

/* ---- The end -------------------------------------------------------------------------------- */

static void
write_ticks(const char *name)
{
	FILE *file = fopen(name, "wb");
	size_t n = 0;

	for (size_t i = 0; i < TICKS; i++)
		if (ticks[i])
			n = i + 1;
	if (!file || fwrite(ticks, sizeof(ticks[0]), n, file) != n || fclose(file))
		abort();
}

__attribute__((destructor)) static void
report(void)
{
	FILE *status = fopen("/proc/self/status", "r");
	const char *name = getenv("BENEATH_TICKS");
	char line[256];
	long kib = 0;

	while (status && fgets(line, sizeof(line), status))
		if (strncmp(line, "VmHWM:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	if (status)
		fclose(status);
	printf("upstream-udp %lu\nupstream-tcp %lu\npeak-kib %ld\n", atomic_load(&udp),
	       atomic_load(&tcp), kib);
	fflush(stdout);
	if (name)
		write_ticks(name);
}
