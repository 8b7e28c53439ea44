/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contexts in the loop of a host program, for the tests of test_loop.py:
 *
 *	loop HOW CONTEXTS ROUNDS IDLE-MS [OPTION=VALUE] ... < domains
 *
 * HOW is poll, epoll, edge, once, select or libevent: which of them says that a context's descriptor is
 * readable. Edge and once are epoll with EPOLLET; edge dispatches until the descriptor is not readable,
 * once only as long as dispatch says that there may be more. In each round each context asks for the
 * route of every domain and delivers to it, all at once; delivery i ends at once, later, or not at all
 * by i % 3. Prints "route DOMAIN OUTCOME" and "delivery DOMAIN OUTCOME" for each. Then it waits in the same
 * loop, and prints what that cost as "name value" lines on standard error.
 */
#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <time.h>

#include <nextmx.h>

/* Milliseconds without anything, with requests of at most 20 s outstanding: it will never come. */
enum { MOST_CONTEXTS = 32, MOST_DOMAINS = 1000, STALLED_MS = 60000 };

struct member {
	struct nmx_context *ctx;
	int fd;
	bool is_ready;
	struct event *event;
	size_t left; /* requests and deliveries that are not answered */
	struct nmx_attempt *pending[MOST_DOMAINS];
	size_t n_pending;
};

struct job {
	struct member *member;
	const char *domain;
	unsigned number;
	bool is_answered;
};

static struct member members[MOST_CONTEXTS];
static struct job jobs[2 * MOST_CONTEXTS * MOST_DOMAINS];
static char *domains[MOST_DOMAINS];
static size_t n_members, n_domains;
static const char *how;
static int epoll = -1;
static struct event_base *base;
static unsigned long dispatches;

__attribute__((noreturn)) static void
die(const char *what, const char *why)
{
	fprintf(stderr, "loop: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static bool
is(const char *name)
{
	return strcmp(how, name) == 0;
}

/* ---- Who says that a descriptor is readable --------------------------------------------------- */

static void
wait_poll(int ms)
{
	struct pollfd fds[MOST_CONTEXTS];

	for (size_t i = 0; i < n_members; i++)
		fds[i] = (struct pollfd){members[i].fd, POLLIN, 0};
	poll(fds, n_members, ms);
	for (size_t i = 0; i < n_members; i++)
		members[i].is_ready = fds[i].revents != 0;
}

static void
wait_select(int ms)
{
	struct timeval tv = {ms / 1000, ms % 1000 * 1000};
	fd_set set;
	int most = 0;

	FD_ZERO(&set);
	for (size_t i = 0; i < n_members; i++) {
		if (members[i].fd >= FD_SETSIZE)
			die("select", "the descriptor is too large");
		FD_SET(members[i].fd, &set);
		most = members[i].fd > most ? members[i].fd : most;
	}
	if (select(most + 1, &set, NULL, NULL, &tv) < 0)
		FD_ZERO(&set);
	for (size_t i = 0; i < n_members; i++)
		members[i].is_ready = FD_ISSET(members[i].fd, &set);
}

static void
wait_epoll(int ms)
{
	struct epoll_event events[MOST_CONTEXTS];
	int n = epoll_wait(epoll, events, MOST_CONTEXTS, ms);

	for (int i = 0; i < n; i++)
		((struct member *)events[i].data.ptr)->is_ready = true;
}

static void
became_readable(evutil_socket_t fd, short events, void *user)
{
	(void)fd, (void)events;
	((struct member *)user)->is_ready = true;
}

static void
wait_libevent(int ms)
{
	struct timeval tv = {ms / 1000, ms % 1000 * 1000};

	event_base_loopexit(base, &tv);
	event_base_loop(base, EVLOOP_ONCE);
}

static bool
wait_for(int ms)
{
	bool some = false;

	for (size_t i = 0; i < n_members; i++)
		members[i].is_ready = false;
	if (is("poll"))
		wait_poll(ms);
	else if (is("select"))
		wait_select(ms);
	else if (is("libevent"))
		wait_libevent(ms);
	else
		wait_epoll(ms);
	for (size_t i = 0; i < n_members; i++)
		some |= members[i].is_ready;
	return some;
}

static void
watch(struct member *m)
{
	struct epoll_event want = {.events = EPOLLIN, .data.ptr = m};

	m->fd = nmx_context_fd(m->ctx);
	if (is("edge") || is("once"))
		want.events |= EPOLLET;
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, m->fd, &want) < 0)
		die("epoll_ctl", strerror(errno));
	m->event = event_new(base, m->fd, EV_READ | EV_PERSIST, became_readable, m);
	if (!m->event || event_add(m->event, NULL))
		die("libevent", "failed");
}

/* ---- Work ------------------------------------------------------------------------------------- */

static bool
is_readable(int fd)
{
	struct pollfd one = {fd, POLLIN, 0};

	return poll(&one, 1, 0) > 0;
}

/* As the loop's kind asks for. */
static void
dispatch(struct member *m)
{
	int n;

	do {
		n = nmx_context_dispatch(m->ctx);
		if (n < 0)
			die("dispatch", nmx_strerror(n));
		dispatches++;
	} while (is("edge") ? is_readable(m->fd) : is("once") && n >= 64);
}

static void
finish_pending(struct member *m)
{
	while (m->n_pending) {
		struct nmx_attempt *attempt = m->pending[--m->n_pending];

		if (nmx_attempt_finish(attempt, NMX_DELIVERED))
			die("finish", "failed");
	}
}

static void
answered(struct job *job, const char *what, int error, const char *outcome)
{
	if (error)
		die(job->domain, nmx_strerror(error));
	if (job->is_answered)
		die(job->domain, "answered twice");
	job->is_answered = true;
	job->member->left--;
	printf("%s %s %s\n", what, job->domain, outcome);
}

static void
routed(int error, struct nmx_route *route, void *user)
{
	answered(user, "route", error, error ? "" : nmx_outcome_name(nmx_route_outcome(route)));
}

static void
reported(int error, struct nmx_report *report, void *user)
{
	answered(user, "delivery", error,
		 error ? "" : nmx_outcome_name(nmx_report_outcome(report)));
}

static enum nmx_result
deliver(struct nmx_attempt *attempt, void *user)
{
	struct job *job = user;

	if (job->number % 3 == 0)
		return NMX_DELIVERED;
	if (job->number % 3 == 2)
		return nmx_attempt_set_result(attempt, NMX_CAUSE_CONNECT, 0, NULL, "not tried");
	job->member->pending[job->member->n_pending++] = attempt;
	return NMX_PENDING;
}

static void
start_round(struct member *m, struct job *job)
{
	for (size_t i = 0; i < n_domains; i++, job += 2) {
		job[0] = job[1] = (struct job){m, domains[i], (unsigned)i, false};
		if (nmx_request_start(m->ctx, domains[i], routed, &job[0], NULL) ||
		    nmx_delivery_start(m->ctx, domains[i], deliver, reported, &job[1], NULL))
			die(domains[i], "cannot be asked");
		m->left += 2;
	}
}

static size_t
left(void)
{
	size_t n = 0;

	for (size_t i = 0; i < n_members; i++)
		n += members[i].left;
	return n;
}

static void
run_round(void)
{
	for (size_t i = 0; i < n_members; i++)
		start_round(&members[i], &jobs[i * 2 * n_domains]);
	while (left()) {
		if (!wait_for(STALLED_MS))
			die("stalled", how);
		for (size_t i = 0; i < n_members; i++) {
			if (members[i].is_ready)
				dispatch(&members[i]);
			finish_pending(&members[i]);
		}
	}
}

/* ---- Idleness --------------------------------------------------------------------------------- */

static void
print_stat(enum nmx_stat stat)
{
	uint64_t values[NMX_STAT_COUNT], total = 0;

	for (size_t i = 0; i < n_members; i++) {
		nmx_context_stats(members[i].ctx, values, NMX_STAT_COUNT);
		total += values[stat];
	}
	fprintf(stderr, "%s %llu\n", nmx_stat_name(stat), (unsigned long long)total);
}

static long
cpu_us(const struct rusage *usage)
{
	return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000L +
	       usage->ru_utime.tv_usec + usage->ru_stime.tv_usec;
}

static void
idle(int ms)
{
	int64_t end = now_ms() + ms, now;
	unsigned long wakeups = 0;
	struct rusage before, after;

	getrusage(RUSAGE_SELF, &before);
	while ((now = now_ms()) < end) {
		wait_for((int)(end - now));
		for (size_t i = 0; i < n_members; i++) {
			wakeups += members[i].is_ready;
			if (members[i].is_ready)
				dispatch(&members[i]);
		}
	}
	getrusage(RUSAGE_SELF, &after);
	fprintf(stderr, "wakeups %lu\nswitches %ld\ncpu-us %ld\n", wakeups,
		after.ru_nvcsw - before.ru_nvcsw, cpu_us(&after) - cpu_us(&before));
}

/* ---- Start ------------------------------------------------------------------------------------ */

static void
open_member(struct member *m, char **options)
{
	const char *error = "";

	if (nmx_context_new(&m->ctx))
		die("context", "failed");
	for (; *options; options++) {
		char *value = strchr(*options, '=');

		if (!value)
			die(*options, "has no value");
		*value = '\0';
		if (nmx_context_set(m->ctx, *options, value + 1, &error))
			die(*options, error);
		*value = '=';
	}
	if (nmx_context_start(m->ctx, &error))
		die("start", error);
	watch(m);
}

static void
read_domains(void)
{
	char line[1100];

	while (n_domains < MOST_DOMAINS && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		domains[n_domains++] = strdup(line);
	}
}

static void
close_all(void)
{
	for (size_t i = 0; i < n_members; i++) {
		event_free(members[i].event);
		nmx_context_free(members[i].ctx);
	}
	event_base_free(base);
	for (size_t i = 0; i < n_domains; i++)
		free(domains[i]);
}

int
main(int argc, char **argv)
{
	if (argc < 5 || atoi(argv[2]) < 1 || atoi(argv[2]) > MOST_CONTEXTS)
		die("usage", "loop HOW CONTEXTS ROUNDS IDLE-MS [OPTION=VALUE] ...");
	how = argv[1];
	n_members = (size_t)atoi(argv[2]);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	base = event_base_new();
	read_domains();
	for (size_t i = 0; i < n_members; i++)
		open_member(&members[i], argv + 5);
	for (int round = 0; round < atoi(argv[3]); round++)
		run_round();
	fprintf(stderr, "dispatches %lu\n", dispatches);
	print_stat(NMX_STAT_QUESTIONS_NOW);
	if (atoi(argv[4]))
		idle(atoi(argv[4]));
	for (int stat = 0; stat < NMX_STAT_COUNT; stat++)
		if (stat != NMX_STAT_QUESTIONS_NOW)
			print_stat(stat);
	close_all();
	return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
