/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fetches policies by resolver/fetch.h, for test_fetch.py:
 *
 *	fetch_jobs CA-FILE [--at-once N] [--cancel SEED] [--fork] < jobs
 *
 * A job is a line "NAME HOST ADDRESS[,ADDRESS]... MILLISECONDS". What became of it is a line
 * "NAME<tab>fault<tab>text<tab>body in hex". With --cancel some are cancelled, at random moments, and
 * have no line. With --fork, as soon as nothing has happened for a while, a child closes the fetcher
 * as a forked child does, and the line "forked" is printed. Ends with lines "#name<tab>value": starts
 * that were refused for LIMIT_FETCHES, descriptors before and after, SIGPIPEs, the memory in use.
 * The next job is started from inside the last one's done function.
 */
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nextmx.h>

#include "base/limits.h"
#include "resolver/fetch.h"

enum { MOST_ADDRESSES = 16, QUIET_MS = 400 };

struct job {
	char name[64];
	struct fetch *fetch; /* NULL: not under way */
};

static struct loop *loop;
static struct fetcher *fetcher;
static struct job jobs[LIMIT_FETCHES + 1];
static size_t at_once = LIMIT_FETCHES, under_way, refused, cancelled;
static bool no_more, cancels, forks;
static char line[4096];
static volatile sig_atomic_t sigpipes;

__attribute__((noreturn)) static void
die(const char *what, const char *why)
{
	fprintf(stderr, "fetch_jobs: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static void
count_sigpipe(int number)
{
	(void)number;
	sigpipes++;
}

static size_t
open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

static void start_jobs(void);

static void
done(void *user, const struct fetch_answer *answer)
{
	static const char *const faults[] = {"ok",   "connect", "tls",	   "status",
					     "type", "size",	"timeout", "system"};
	struct job *job = user;

	printf("%s\t%s\t%s\t", job->name, faults[answer->fault], answer->text);
	for (size_t i = 0; i < answer->length; i++)
		printf("%02x", answer->body[i]);
	printf("\n");
	fflush(stdout);
	fetch_cancel(job->fetch); /* does nothing */
	job->fetch = NULL;
	under_way--;
	start_jobs();
}

static size_t
read_addresses(char *list, struct address *ret_addresses)
{
	size_t n = 0;

	for (char *state, *one = strtok_r(list, ",", &state); one && n < MOST_ADDRESSES;
	     one = strtok_r(NULL, ",", &state))
		if (!address_from_text(one, &ret_addresses[n++]))
			die(one, "no address");
	return n;
}

/* False if there is no room for it. */
static bool
start_job(struct job *job)
{
	struct address addresses[MOST_ADDRESSES];
	char host[1024], list[1024];
	unsigned ms;
	size_t n;
	int error;

	if (sscanf(line, "%63s %1023s %1023s %u", job->name, host, list, &ms) != 4)
		die(line, "no job");
	n = read_addresses(list, addresses);
	error = fetch_start(fetcher, host, addresses, n, ms, done, job, &job->fetch);
	if (error == NMX_E_LIMIT) {
		refused++;
		return false;
	}
	if (error)
		printf("%s\t%s\t\t\n", job->name, nmx_strerror(error));
	else
		under_way++;
	return true;
}

static struct job *
free_job(void)
{
	for (size_t i = 0; i < at_once; i++)
		if (!jobs[i].fetch)
			return &jobs[i];
	return NULL;
}

static void
start_jobs(void)
{
	struct job *job;

	while (!no_more && (job = free_job())) {
		if (!line[0] && !fgets(line, sizeof(line), stdin)) {
			no_more = true;
			return;
		}
		if (!start_job(job))
			return;
		line[0] = '\0';
	}
}

static void
cancel_some(void)
{
	for (size_t i = 0; i < at_once; i++) {
		if (jobs[i].fetch && rand() % 24 == 0) {
			fetch_cancel(jobs[i].fetch);
			jobs[i].fetch = NULL;
			under_way--;
			cancelled++;
		}
	}
	start_jobs();
}

static void
fork_once(void)
{
	int status = -1;
	pid_t pid;

	forks = false;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		fetcher_close(fetcher, true);
		loop_free(loop);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		die("fork", "the child failed");
	printf("forked\n");
	fflush(stdout);
}

static void
work(void)
{
	struct pollfd fd = {.fd = loop_fd(loop), .events = POLLIN};

	loop_settle(loop, false);
	if (poll(&fd, 1, forks ? QUIET_MS : -1) == 0)
		fork_once();
	if (loop_run(loop, false))
		die("loop", "failed");
	if (cancels)
		cancel_some();
}

static void
read_options(int argc, char **argv)
{
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--fork") == 0)
			forks = true;
		else if (strcmp(argv[i], "--at-once") == 0 && i + 1 < argc)
			at_once = (size_t)atoi(argv[++i]);
		else if (strcmp(argv[i], "--cancel") == 0 && i + 1 < argc) {
			cancels = true;
			srand((unsigned)atoi(argv[++i]));
		} else
			die(argv[i], "no such option");
	}
	if (argc < 2 || at_once < 1 || at_once > LIMIT_FETCHES + 1)
		die("options", "out of range");
}

int
main(int argc, char **argv)
{
	struct text error = text_growing(), version = text_growing();
	size_t before;
	struct rusage usage;

	read_options(argc, argv);
	signal(SIGPIPE, count_sigpipe);
	before = open_descriptors();
	if (loop_new(&clock_system, &loop))
		die("loop", "failed");
	if (fetcher_open(loop, argv[1], &error, &fetcher))
		die("fetcher", error.data ? error.data : "failed");
	start_jobs();
	while (under_way)
		work();
	fetcher_close(fetcher, false);
	loop_free(loop);
	getrusage(RUSAGE_SELF, &usage);
	fetch_print_version(&version);
	printf("#refused\t%zu\n#cancelled\t%zu\n#before\t%zu\n#after\t%zu\n#sigpipes\t%d\n"
	       "#rss-kib\t%ld\n#version\t%s\n",
	       refused, cancelled, before, open_descriptors(), (int)sigpipes, usage.ru_maxrss,
	       version.data);
	free(version.data);
	free(error.data);
	return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
