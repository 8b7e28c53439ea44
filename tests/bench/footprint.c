/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What routes cost in memory and allocations, in a process of its own; cost.py runs it:
 *
 *	footprint allocs  [OPTION=VALUE]... < domains    allocations of a pass that finds DNS answers cached
 *	footprint routes  [OPTION=VALUE]... < domains    octets of a cached route with two hosts
 *	footprint lookups N [OPTION=VALUE]... < domains  octets of lookups when N questions are in flight
 *	footprint hot     [OPTION=VALUE]... < domains    the same pass as allocs, in measured_pass(), for
 *	                                                 callgrind
 *
 * Prints "name number" lines. It stands between everybody and glibc's allocator, and books each call to
 * the first of libnextmx, libunbound and this program that is found up the stack: what libc, OpenSSL and
 * others allocate is booked to whoever called them. One thread.
 */
#include <errno.h>
#include <execinfo.h>
#include <link.h>
#include <malloc.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <nextmx.h>

enum { MOST_DOMAINS = 20000, MOST_RANGES = 256, IN_FLIGHT = 50, MOST_FRAMES = 64 };
enum { TRACKED = 1 << 20 }; /* places for pointers of ours */

enum owner { OTHERS, OURS, UNBOUND, HARNESS, N_OWNERS };

struct range {
	uintptr_t start, end;
	enum owner owner;
};

static struct range ranges[MOST_RANGES];
static size_t n_ranges;
static bool watching; /* calls are counted, and what is ours is tracked */
static bool inside;   /* backtrace() may allocate */
static uint64_t calls[N_OWNERS];
static uint64_t indirect; /* of ours: made by libc and others on its behalf */
static void *tracked[TRACKED];
static size_t n_tracked;
static int64_t live; /* octets of what is tracked, as the heap spends them */

__attribute__((noreturn)) static void
die(const char *what, const char *why)
{
	watching = false;
	fprintf(stderr, "footprint: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

/* ---- Whose call it is ----------------------------------------------------------------------- */

static int
note_module(struct dl_phdr_info *info, size_t size, void *user)
{
	enum owner owner = strstr(info->dlpi_name, "libnextmx.so")    ? OURS
			   : strstr(info->dlpi_name, "libunbound.so") ? UNBOUND
			   : info->dlpi_name[0] == '\0'		      ? HARNESS
								      : OTHERS;

	(void)size, (void)user;
	for (int i = 0; owner != OTHERS && i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + part->p_vaddr;

		if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
			continue;
		if (n_ranges == MOST_RANGES)
			return 1;
		ranges[n_ranges++] = (struct range){start, start + part->p_memsz, owner};
	}
	return 0;
}

static enum owner
owner_of(const void *address)
{
	for (size_t i = 0; i < n_ranges; i++)
		if ((uintptr_t)address >= ranges[i].start && (uintptr_t)address < ranges[i].end)
			return ranges[i].owner;
	return OTHERS;
}

/* The innermost frames are of this file; the first known one beyond is whoever is to pay. */
static enum owner
owner_up_the_stack(void)
{
	void *frames[MOST_FRAMES];
	int n = backtrace(frames, MOST_FRAMES), i = 0;

	while (i < n && owner_of(frames[i]) == HARNESS)
		i++;
	while (i < n && owner_of(frames[i]) == OTHERS)
		i++;
	return i < n ? owner_of(frames[i]) : OTHERS;
}

/* ---- What is ours --------------------------------------------------------------------------- */

static size_t
place_of(const void *pointer)
{
	return (size_t)((uintptr_t)pointer / 16 * UINT64_C(0x9e3779b97f4a7c15) >> 44) % TRACKED;
}

/* A block costs the heap a word more than can be used. */
static int64_t
cost_of(void *pointer)
{
	return (int64_t)(malloc_usable_size(pointer) + sizeof(size_t));
}

static void
track(void *pointer)
{
	size_t at = place_of(pointer);

	if (++n_tracked > TRACKED / 2)
		die("memory", "too many blocks");
	while (tracked[at])
		at = (at + 1) % TRACKED;
	tracked[at] = pointer;
	live += cost_of(pointer);
}

/* Those behind it that would not be found any more move up. */
static void
close_gap(size_t gap)
{
	for (size_t at = (gap + 1) % TRACKED; tracked[at]; at = (at + 1) % TRACKED) {
		size_t home = place_of(tracked[at]);

		if ((at - home) % TRACKED < (at - gap) % TRACKED)
			continue;
		tracked[gap] = tracked[at];
		tracked[at] = NULL;
		gap = at;
	}
}

static void
forget(void *pointer)
{
	size_t at = place_of(pointer);

	while (tracked[at] && tracked[at] != pointer)
		at = (at + 1) % TRACKED;
	if (!tracked[at])
		return;
	tracked[at] = NULL;
	n_tracked--;
	live -= cost_of(pointer);
	close_gap(at);
}

/* ---- In place of the allocator -------------------------------------------------------------- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *pointer, size_t size);
void *__libc_memalign(size_t align, size_t size);
void __libc_free(void *pointer);

static void *
book(void *pointer, const void *caller)
{
	enum owner owner = owner_of(caller);
	bool direct = owner != OTHERS;

	inside = true;
	if (!direct)
		owner = owner_up_the_stack();
	inside = false;
	calls[owner]++;
	indirect += owner == OURS && !direct;
	if (owner == OURS && pointer)
		track(pointer);
	return pointer;
}

static bool
is_watched(void)
{
	return watching && !inside;
}

/* Everybody's, though the project's own names are hidden. */
#pragma GCC visibility push(default)

void *
malloc(size_t size)
{
	void *pointer = __libc_malloc(size);

	return is_watched() ? book(pointer, __builtin_return_address(0)) : pointer;
}

void *
calloc(size_t n, size_t size)
{
	void *pointer = __libc_calloc(n, size);

	return is_watched() ? book(pointer, __builtin_return_address(0)) : pointer;
}

void
free(void *pointer)
{
	if (pointer && n_tracked)
		forget(pointer);
	__libc_free(pointer);
}

/* Tracked anew: the block may stay where it is and grow. */
void *
realloc(void *pointer, size_t size)
{
	void *moved;

	if (pointer && n_tracked)
		forget(pointer);
	moved = __libc_realloc(pointer, size);
	return is_watched() ? book(moved, __builtin_return_address(0)) : moved;
}

int
posix_memalign(void **ret_pointer, size_t align, size_t size)
{
	void *pointer = __libc_memalign(align, size);

	if (!pointer)
		return ENOMEM;
	*ret_pointer = is_watched() ? book(pointer, __builtin_return_address(0)) : pointer;
	return 0;
}

void *
aligned_alloc(size_t align, size_t size)
{
	void *pointer = __libc_memalign(align, size);

	return is_watched() ? book(pointer, __builtin_return_address(0)) : pointer;
}

#pragma GCC visibility pop

/* ---- Routing -------------------------------------------------------------------------------- */

struct domain {
	char *name;
	size_t n_hosts; /* of its route, the last time */
};

static struct domain domains[MOST_DOMAINS];
static size_t n_domains;
static size_t in_flight, answered, deliverable;

static void
read_domains(void)
{
	char line[1100];

	while (n_domains < MOST_DOMAINS && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		domains[n_domains].name = strdup(line);
		if (!domains[n_domains++].name)
			die("domains", "out of memory");
	}
	if (n_domains == 0)
		die("domains", "none on standard input");
}

static struct nmx_context *
open_context(char **settings, int n)
{
	struct nmx_context *ctx;
	const char *error = "";

	if (nmx_context_new(&ctx))
		die("context", "failed");
	for (int i = 0; i < n; i++) {
		char name[64];
		const char *equals = strchr(settings[i], '=');

		if (!equals || (size_t)(equals - settings[i]) >= sizeof(name))
			die(settings[i], "no OPTION=VALUE");
		snprintf(name, sizeof(name), "%.*s", (int)(equals - settings[i]), settings[i]);
		if (nmx_context_set(ctx, name, equals + 1, &error))
			die(settings[i], error);
	}
	if (nmx_context_start(ctx, &error))
		die("start", error);
	return ctx;
}

static void
finished(int error, struct nmx_route *route, void *user)
{
	struct domain *domain = user;

	if (error)
		die(domain->name, nmx_strerror(error));
	domain->n_hosts = nmx_route_host_count(route);
	deliverable += nmx_route_outcome(route) == NMX_DELIVERABLE;
	answered++;
	in_flight--;
}

static void
ask(struct nmx_context *ctx, struct domain *domain)
{
	int error = nmx_request_start(ctx, domain->name, finished, domain, NULL);

	if (error)
		die(domain->name, nmx_strerror(error));
	in_flight++;
}

static void
work(struct nmx_context *ctx, int timeout_ms)
{
	struct pollfd fd = {.fd = nmx_context_fd(ctx), .events = POLLIN};

	poll(&fd, 1, timeout_ms);
	if (nmx_context_dispatch(ctx) < 0)
		die("dispatch", "failed");
}

/* Routes the domains from first to before last. */
static void
pass(struct nmx_context *ctx, size_t first, size_t last, size_t most)
{
	answered = deliverable = 0;
	for (size_t i = first; i < last || in_flight;) {
		while (i < last && in_flight < most)
			ask(ctx, &domains[i++]);
		work(ctx, -1);
	}
	if (answered != last - first)
		die("routes", "not all were answered");
}

static uint64_t
stat_of(struct nmx_context *ctx, enum nmx_stat stat)
{
	uint64_t stats[NMX_STAT_COUNT];

	nmx_context_stats(ctx, stats, NMX_STAT_COUNT);
	return stats[stat];
}

/* ---- What is measured ----------------------------------------------------------------------- */

/* callgrind collects in here. */
__attribute__((noinline)) void measured_pass(struct nmx_context *ctx);

void
measured_pass(struct nmx_context *ctx)
{
	pass(ctx, 0, n_domains, IN_FLIGHT);
}

/* One after the other at first: under valgrind signatures take so long that answers to others would come
 * too late. */
static void
count_pass(struct nmx_context *ctx, bool watch)
{
	uint64_t questions;

	pass(ctx, 0, n_domains, 1);
	pass(ctx, 0, n_domains, IN_FLIGHT);
	questions = stat_of(ctx, NMX_STAT_QUESTIONS);
	watching = watch;
	measured_pass(ctx);
	watching = false;
	printf("routes %zu\ndeliverable %zu\nquestions %llu\n", answered, deliverable,
	       (unsigned long long)(stat_of(ctx, NMX_STAT_QUESTIONS) - questions));
	if (watch)
		printf("ours %llu\nours-indirect %llu\nlibunbound %llu\nharness %llu\nothers "
		       "%llu\n",
		       (unsigned long long)calls[OURS], (unsigned long long)indirect,
		       (unsigned long long)calls[UNBOUND], (unsigned long long)calls[HARNESS],
		       (unsigned long long)calls[OTHERS]);
}

/* The first half fills whatever a context keeps for later; what the second half adds is routes. */
static void
measure_routes(char **settings, int n)
{
	struct nmx_context *ctx = open_context(settings, n);
	size_t kept = 0, half;
	uint64_t bytes, routes;
	int64_t before;

	pass(ctx, 0, n_domains, IN_FLIGHT);
	nmx_context_free(ctx);
	for (size_t i = 0; i < n_domains; i++)
		if (domains[i].n_hosts == 2)
			domains[kept++] = domains[i];
	half = kept / 2;
	watching = true;
	ctx = open_context(settings, n);
	pass(ctx, 0, half, IN_FLIGHT);
	before = live;
	bytes = stat_of(ctx, NMX_STAT_CACHED_BYTES);
	routes = stat_of(ctx, NMX_STAT_CACHED_ROUTES);
	pass(ctx, half, kept, IN_FLIGHT);
	watching = false;
	printf("routes %llu\nstat-bytes %llu\nbytes %lld\n",
	       (unsigned long long)(stat_of(ctx, NMX_STAT_CACHED_ROUTES) - routes),
	       (unsigned long long)(stat_of(ctx, NMX_STAT_CACHED_BYTES) - bytes),
	       (long long)(live - before));
	nmx_context_free(ctx);
}

/* Against a context that was just opened, so that nothing is kept from before. */
static void
measure_lookups(uint64_t n_questions, char **settings, int n)
{
	struct nmx_context *ctx;
	time_t end = time(NULL) + 20;
	int64_t before;

	watching = true;
	ctx = open_context(settings, n);
	before = live;
	for (size_t i = 0; i < n_domains; i++)
		ask(ctx, &domains[i]);
	while (stat_of(ctx, NMX_STAT_QUESTIONS_NOW) != n_questions && answered == 0 &&
	       time(NULL) < end)
		work(ctx, 100);
	watching = false;
	printf("lookups %llu\nquestions %llu\nanswered %zu\nbytes %lld\n",
	       (unsigned long long)stat_of(ctx, NMX_STAT_LOOKUPS_NOW),
	       (unsigned long long)stat_of(ctx, NMX_STAT_QUESTIONS_NOW), answered,
	       (long long)(live - before));
	nmx_context_free(ctx);
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	bool lookups = strcmp(what, "lookups") == 0;
	char **settings = argv + 2 + lookups;
	int n = argc - 2 - lookups;
	struct nmx_context *ctx;
	void *frame;

	if (n < 0)
		die("usage", "allocs|routes|lookups N|hot [OPTION=VALUE]... < domains");
	backtrace(&frame, 1); /* loads what it needs */
	dl_iterate_phdr(note_module, NULL);
	read_domains();
	if (lookups) {
		measure_lookups(strtoull(argv[2], NULL, 10), settings, n);
	} else if (strcmp(what, "routes") == 0) {
		measure_routes(settings, n);
	} else {
		ctx = open_context(settings, n);
		count_pass(ctx, strcmp(what, "allocs") == 0);
		nmx_context_free(ctx);
	}
	return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
