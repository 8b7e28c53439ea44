/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

static struct flag resolve_flags[] = {
	{"json", false, "one JSON object a line (schema nextmx.route/1)", NULL},
	{"why", false, "show what was asked and why everything was decided", NULL},
	{"seed", true, "draw the plan from this seed, 0 to 2^53-1", NULL},
	{"count", true, "draw this many plans, show each host's share of first place", NULL},
	{"via", true, "ask the nextmxd at this socket: a path, or ADDRESS:PORT", NULL},
};

static struct flag check_flags[] = {
	{"json", false, "one JSON object a line (schema nextmx.check/1)", NULL},
	{"seed", true, "draw the plan from this seed, 0 to 2^53-1", NULL},
	{"ca-file", true, "trust these authorities, too (PEM)", NULL},
	{"helo", true, "greet servers with this name", NULL},
	{"timeout-ms", true, "milliseconds for each server, 1 to 600000", NULL},
};

static struct flag deliver_flags[] = {
	{"exec", true, "the command that delivers, for sh -c", NULL},
	{"json", false, "one JSON object a line (schema nextmx.report/1)", NULL},
	{"seed", true, "draw the plan from this seed, 0 to 2^53-1", NULL},
	{"attempt-ms", true, "milliseconds for each attempt, 1 to 86400000", NULL},
};

static struct flag scan_flags[] = {
	{"output", true, "write to this file, which must be new or empty", NULL},
	{"resume", true, "go on with the scan that wrote this file", NULL},
	{"in-flight", true, "domains looked up at a time, in all threads together", NULL},
	{"threads", true, "contexts, each in a thread of its own", NULL},
	{"qps", true, "DNS questions a second at the most, 0 for no limit", NULL},
	{"server-qps", true, "the same for the domains of one name server", NULL},
	{"csv-column", true, "the list is CSV: the domain's column, from 1, or its header", NULL},
	{"shard", true, "K/N: only the domains of part K of N", NULL},
	{"fields", true, "write only these members, a,b,c", NULL},
	{"seed", true, "draw every plan from this seed, 0 to 2^53-1", NULL},
	{"json", false, "JSON Lines, which it always writes", NULL},
};

static struct flag compare_flags[] = {
	{"json", false, "the summary as JSON (schema nextmx.compare/1), also on a terminal", NULL},
	{"html", true, "write one page with charts to this file", NULL},
	{"domains", true, "write a line of JSON for each domain to this file", NULL},
	{"top", true, "entries shown of an open-ended list, 20 if not given", NULL},
};

static const struct verb verbs[] = {
	{"resolve", "DOMAIN...", "where, in which order and how safely to deliver", verb_resolve,
	 true, resolve_flags, sizeof(resolve_flags) / sizeof(resolve_flags[0])},
	{"deliver", "DOMAIN...", "run a command for each endpoint until one delivers", verb_deliver,
	 true, deliver_flags, sizeof(deliver_flags) / sizeof(deliver_flags[0])},
	{"check", "DOMAIN...", "connect to each endpoint and verify its TLS", verb_check, true,
	 check_flags, sizeof(check_flags) / sizeof(check_flags[0])},
	{"scan", "[FILE...]", "the routes of any number of domains, one line of JSON each",
	 verb_scan, true, scan_flags, sizeof(scan_flags) / sizeof(scan_flags[0])},
	{"compare", "[FILE...]", "what scans found: SRV against MX", verb_compare, false,
	 compare_flags, sizeof(compare_flags) / sizeof(compare_flags[0])},
	{"sts", "VERB ...", "MTA-STS: reads records and policies, looks after those held", verb_sts,
	 false, NULL, 0},
	{"options", "", "every option with its values and default", verb_options, false, NULL, 0},
	{"version", "", "this version and its libraries", verb_version, false, NULL, 0},
};
enum { N_VERBS = sizeof(verbs) / sizeof(verbs[0]) };

static void
print_help(void)
{
	printf("usage: nextmx VERB [options] ...\n\n");
	for (size_t i = 0; i < N_VERBS; i++)
		printf("  nextmx %-8s %-10s  %s\n", verbs[i].name, verbs[i].arguments,
		       verbs[i].help);
	printf("\nnextmx VERB --help lists a verb's options; nextmx(1) explains them.\n");
}

static bool
is_one_of(const char *word, const char *a, const char *b, const char *c)
{
	return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

/* A descriptor that was closed would become a socket of the resolver's, and get our output. No
 * write to a standard output that was closed succeeds, so that finish_output() tells. */
static bool
open_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR) != fd)
			return false;
	return true;
}

int
main(int argc, char **argv)
{
	const char *names[N_VERBS];

	if (!open_standard_descriptors())
		return EXIT_INTERNAL;

	if (argc < 2) {
		complain("which verb? nextmx --help lists them");
		return EXIT_USAGE;
	}
	if (is_one_of(argv[1], "--help", "-h", "help")) {
		print_help();
		return finish_output(EXIT_OK);
	}
	if (is_one_of(argv[1], "--version", "-V", "version"))
		argv[1] = (char *)(uintptr_t) "version";
	for (size_t i = 0; i < N_VERBS; i++) {
		if (strcmp(argv[1], verbs[i].name) == 0)
			return finish_output(verbs[i].run(&verbs[i], argc - 2, argv + 2));
		names[i] = verbs[i].name;
	}
	complain("no verb \"%s\"; the nearest is %s", argv[1],
		 nmx_nearest(argv[1], names, N_VERBS));
	return EXIT_USAGE;
}
