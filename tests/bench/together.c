/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What scripts/bench compares rounds with: a program that knows every name beforehand and asks libunbound
 * for all at once.
 *
 *	together [--set OPTION=VALUE]... < questions
 *
 * The options are the library's, and make the same configuration of libunbound. Each line of the input
 * is a set of questions, "name type name type ..."; when the last of them is answered, it prints how many
 * were, how many of them without a failure.
 */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unbound-event.h>
#include <unbound.h>
#include <unistd.h>

#include "resolver/dns_config.h"

enum { MOST_LINE = 100000 };

static unsigned n_pending, n_answered, n_good;

__attribute__((noreturn)) static void
die(const char *what, const char *why)
{
	fprintf(stderr, "together: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static void
check(int result, const char *what)
{
	if (result != UB_NOERROR)
		die(what, ub_strerror(result));
}

/* libunbound's configuration, as the library writes it. */
static void
write_config(int argc, char **argv, struct text *config)
{
	char buffer[1000];
	struct text error = text_into(buffer, sizeof(buffer));
	struct options options;
	struct settings settings;
	struct arena arena;
	unsigned sockets;

	arena_init(&arena);
	if (!options_init(&options))
		die("options", "out of memory");
	for (int i = 1; i + 1 < argc; i += 2) {
		char *equals = strchr(argv[i + 1], '=');

		if (strcmp(argv[i], "--set") != 0 || !equals)
			die(argv[i], "no such option");
		*equals = '\0';
		if (options_set(&options, argv[i + 1], equals + 1, &error))
			die(argv[i + 1], buffer);
	}
	if (!settings_parse(&options, &arena, &settings) ||
	    dns_config_write(&settings, config, &error, &sockets))
		die("configuration", buffer);
	options_done(&options);
	arena_done(&arena);
}

/* libunbound would answer for test. itself. */
static struct ub_ctx *
open_context(struct event_base *base, const struct text *config)
{
	char path[32];
	int fd = memfd_create("together", MFD_CLOEXEC);
	struct ub_ctx *ctx = ub_ctx_create_event(base);

	if (fd < 0 || !ctx || write(fd, config->data, config->length) != (ssize_t)config->length)
		die("context", "cannot be made");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	check(ub_ctx_config(ctx, path), "ub_ctx_config");
	check(ub_ctx_zone_remove(ctx, "test."), "ub_ctx_zone_remove");
	close(fd);
	return ctx;
}

static void
answered(void *user, int rcode, void *packet, int size, int security, char *why_bogus,
	 int was_ratelimited)
{
	enum { BOGUS = 1, NXDOMAIN = 3 };

	(void)user, (void)packet, (void)size, (void)why_bogus, (void)was_ratelimited;
	n_pending--;
	n_answered++;
	n_good += (rcode == 0 || rcode == NXDOMAIN) && security != BOGUS;
}

static void
ask(struct ub_ctx *ctx, char *line)
{
	char *rest = line, *name, *type;

	while ((name = strtok_r(rest, " \n", &rest)) && (type = strtok_r(rest, " \n", &rest))) {
		n_pending++;
		check(ub_resolve_event(ctx, name, atoi(type), 1, NULL, answered, NULL), name);
	}
}

int
main(int argc, char **argv)
{
	static char line[MOST_LINE];
	struct event_base *base = event_base_new();
	struct text config = text_growing();
	struct ub_ctx *ctx;

	if (!base)
		die("event base", "out of memory");
	write_config(argc, argv, &config);
	ctx = open_context(base, &config);
	free(config.data);
	while (fgets(line, sizeof(line), stdin)) {
		n_answered = n_good = 0;
		ask(ctx, line);
		while (n_pending && event_base_loop(base, EVLOOP_ONCE) >= 0)
			continue;
		printf("%u %u\n", n_answered, n_good);
		fflush(stdout);
	}
	ub_ctx_delete(ctx);
	event_base_free(base);
	return EXIT_SUCCESS;
}
