/* SPDX-License-Identifier: BSD-2-Clause */
#include "bed_commands.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "stand_ins.h"

static void
ping(struct bed *bed, char *argument, char *answer)
{
	(void)argument;
	sprintf(answer, "pong %u %d %s", bed->start->index, (int)getpid(),
		bed->start->config->classes[WORD_NAME]);
}

static void
enter(struct bed *bed, char *argument, char *answer)
{
	if (shared_is_quarantined(bed->start->shared, argument))
		strcpy(answer, "aside");
	else
		sprintf(answer, "place %d",
			shared_enter(bed->start->shared, bed->start->index, argument));
}

/* "fill N NAME": NAME0 ... in flight. */
static void
fill(struct bed *bed, char *argument, char *answer)
{
	char subject[300], name[200];
	unsigned n;

	if (sscanf(argument, "%u %199s", &n, name) != 2)
		return;
	for (unsigned i = 0; i < n; i++) {
		snprintf(subject, sizeof(subject), "%s%u", name, i);
		shared_enter(bed->start->shared, bed->start->index, subject);
	}
	strcpy(answer, "filled");
}

/* "raw": a subject that is no text, straight into memory. */
static void
raw(struct bed *bed, char *argument, char *answer)
{
	(void)argument;
	shared_enter(bed->start->shared, bed->start->index, "forged\nprocess=master event=x");
	strcpy(answer, "written");
}

static void
die(struct bed *bed, char *argument, char *answer)
{
	(void)bed;
	(void)answer;
	signal(atoi(argument), SIG_DFL);
	raise(atoi(argument));
}

static void
leave(struct bed *bed, char *argument, char *answer)
{
	(void)bed;
	(void)answer;
	exit(atoi(argument));
}

static void
hang(struct bed *bed, char *argument, char *answer)
{
	(void)bed;
	(void)answer;
	if (strcmp(argument, "hard") == 0)
		signal(SIGABRT, SIG_IGN);
	for (;;)
		pause();
}

/* A stray write into what is the master's. */
static void
stray(struct bed *bed, char *argument, char *answer)
{
	signal(SIGSEGV, SIG_DFL); /* a sanitizer's handler would end it otherwise */
	shared_quarantine(bed->start->shared, argument, INT64_MAX);
	strcpy(answer, "written");
}

static void
status(struct bed *bed, char *argument, char *answer)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[512];
	size_t length = strlen(argument);

	(void)bed;
	strcpy(answer, "none");
	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, argument, length) == 0 && line[length] == ':') {
			line[strcspn(line, "\n")] = '\0';
			strcpy(answer, line + length + 1);
		}
	}
	if (file)
		fclose(file);
}

static void
limit(struct bed *bed, char *argument, char *answer)
{
	struct rlimit l;

	(void)bed;
	getrlimit(strcmp(argument, "core") == 0	  ? RLIMIT_CORE
		  : strcmp(argument, "data") == 0 ? RLIMIT_DATA
						  : RLIMIT_NOFILE,
		  &l);
	sprintf(answer, "%lld %lld", (long long)l.rlim_cur, (long long)l.rlim_max);
}

static void
descriptors(struct bed *bed, char *argument, char *answer)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;
	int n = 0;

	(void)bed;
	(void)argument;
	while (folder && (entry = readdir(folder)))
		n += entry->d_name[0] != '.';
	if (folder)
		closedir(folder);
	sprintf(answer, "%d", n - 1); /* but the folder's own */
}

/* The way to another worker. */
static int
link_to(const struct bed *bed, const char *argument)
{
	return bed->start
		->links[bed->start->index * bed->start->n_workers + (unsigned)atoi(argument)];
}

static void
send_to(struct bed *bed, char *argument, char *answer)
{
	char *text = strchr(argument, ' ');
	int fd = link_to(bed, argument);

	sprintf(answer, "%zd", text ? write(fd, text + 1, strlen(text + 1)) : -1);
}

/* How large a question may be. */
static void
send_large(struct bed *bed, char *argument, char *answer)
{
	char *bytes = calloc(1, REPLY_MOST);

	sprintf(answer, "%zd", write(link_to(bed, argument), bytes, REPLY_MOST));
	free(bytes);
}

static void
received(struct bed *bed, char *argument, char *answer)
{
	(void)argument;
	strcpy(answer, bed->received);
}

static void
secret(struct bed *bed, char *argument, char *answer)
{
	(void)argument;
	for (size_t i = 0; i < SECRET_SIZE; i++)
		sprintf(answer + 2 * i, "%02x", bed->start->secret[i]);
}

static void
count(struct bed *bed, char *argument, char *answer)
{
	struct metrics *m = shared_metrics(bed->start->shared, bed->start->index);

	(void)argument;
	metrics_told(m, PROTOCOL_ROUTE, TOLD_ANSWER, 1);
	metric_add(&m->connections_now[PROTOCOL_ROUTE], 1);
	strcpy(answer, "counted");
}

/* What /metrics would say: answers, connections now, restarts. */
static void
total(struct bed *bed, char *argument, char *answer)
{
	struct shared *shared = bed->start->shared;
	uint64_t answers = 0, connections = 0, restarts = 0;

	(void)argument;
	for (unsigned i = 0; i < shared_workers(shared); i++) {
		struct metrics *m = shared_metrics(shared, i);

		answers += metric_get(&m->told[PROTOCOL_ROUTE][TOLD_ANSWER]);
		connections += metric_get(&m->connections_now[PROTOCOL_ROUTE]);
		restarts += shared_restarts(shared, i);
	}
	sprintf(answer, "%llu %llu %llu", (unsigned long long)answers,
		(unsigned long long)connections, (unsigned long long)restarts);
}

static void
environment(struct bed *bed, char *argument, char *answer)
{
	const char *value = getenv(argument);

	(void)bed;
	strcpy(answer, value ? value : "-");
}

static void
regain(struct bed *bed, char *argument, char *answer)
{
	(void)bed;
	(void)argument;
	strcpy(answer, setuid(0) == 0 || seteuid(0) == 0 ? "root" : "no");
}

void
bed_command(struct bed *bed, char *line, char ret_answer[static ANSWER])
{
	static const struct {
		const char *name;
		void (*fn)(struct bed *bed, char *argument, char *answer);
	} commands[] = {
		{"ping", ping},		{"enter", enter},     {"fill", fill},
		{"raw", raw},		{"die", die},	      {"exit", leave},
		{"hang", hang},		{"stray", stray},     {"status", status},
		{"limit", limit},	{"fds", descriptors}, {"send", send_to},
		{"received", received}, {"secret", secret},   {"count", count},
		{"total", total},	{"env", environment}, {"regain", regain},
		{"large", send_large},
	};
	char *blank = strchr(line, ' '), *argument = line + strlen(line);

	if (blank) {
		*blank = '\0';
		argument = blank + 1;
	}
	strcpy(ret_answer, "?");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, line) == 0)
			commands[i].fn(bed, argument, ret_answer);
	}
}
