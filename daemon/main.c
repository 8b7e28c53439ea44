/* SPDX-License-Identifier: BSD-2-Clause */
/* nextmxd(8): from the command line to the master. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <nextmx.h>

#include "daemon/config.h"
#include "daemon/detach.h"
#include "daemon/log.h"
#include "daemon/master.h"
#include "daemon/privilege.h"
#include "daemon/start.h"

enum action { SERVE, CHECK, SHOW_HELP, SHOW_VERSION, SHOW_KEYS, MISUSED };

struct arguments {
	enum action action;
	bool foreground;
	const char *file;
};

static const char usage[] = "usage: nextmxd [-ft] [-c FILE]\n";

/* To standard error; arguments and files may hold anything, so only printable ASCII leaves. */
__attribute__((format(printf, 1, 2))) static void
complain(const char *format, ...)
{
	char line[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	for (char *c = line; *c; c++)
		if (*c < 0x20 || *c >= 0x7f)
			*c = '?';
	fprintf(stderr, "nextmxd: %s\n", line);
}

/* ---- Arguments -------------------------------------------------------------------------------- */

static enum action
misused(int option, char **argv)
{
	if (option == ':')
		complain("-c: a file is missing");
	else if (strncmp(argv[optind - 1], "--", 2) == 0)
		complain("%s: no such option, or not with a value", argv[optind - 1]);
	else
		complain("no option -%c", optopt);
	fputs(usage, stderr);
	return MISUSED;
}

static struct arguments
read_arguments(int argc, char **argv)
{
	static const struct option longs[] = {{"help", no_argument, NULL, 'h'},
					      {"keys", no_argument, NULL, 'k'},
					      {"version", no_argument, NULL, 'V'},
					      {NULL, 0, NULL, 0}};
	struct arguments a = {SERVE, false, "/etc/nextmx/nextmxd.conf"};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":c:fthV", longs, NULL)) >= 0)
		switch (option) {
		case 'c':
			a.file = optarg;
			break;
		case 'f':
			a.foreground = true;
			break;
		case 't':
			a.action = CHECK;
			break;
		case 'h':
			a.action = SHOW_HELP;
			return a;
		case 'k':
			a.action = SHOW_KEYS;
			return a;
		case 'V':
			a.action = SHOW_VERSION;
			return a;
		default:
			a.action = misused(option, argv);
			return a;
		}
	if (optind < argc) {
		complain("it takes no argument, not \"%s\"", argv[optind]);
		fputs(usage, stderr);
		a.action = MISUSED;
	}
	return a;
}

/* ---- What is shown ---------------------------------------------------------------------------- */

static void
show_help(void)
{
	fputs(usage, stdout);
	printf("\n"
	       "  -c FILE    the configuration; else /etc/nextmx/nextmxd.conf\n"
	       "  -f         stay in the foreground\n"
	       "  -t         check the configuration and end\n"
	       "  --keys     show the keys of [daemon]; nextmx options shows those of [resolver]\n"
	       "  --version  show this version and its libraries\n"
	       "\nnextmxd(8) and nextmxd.conf(5) explain them.\n");
}

static void
show_version(void)
{
	char line[512];

	printf("nextmxd %s\n", nmx_version());
	for (size_t i = 0; nmx_version_library(i, line, sizeof(line)) >= 0; i++)
		printf("%s\n", line);
}

static void
show_keys(void)
{
	for (size_t i = 0; config_key_name(i); i++)
		printf("%s = %s\n    %s%s: %s\n", config_key_name(i), config_key_default(i),
		       config_key_is_list(i) ? "list of " : "", config_key_type(i),
		       config_key_help(i));
}

static int
end_of_output(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EX_OK;
	complain("cannot write the output: %s", strerror(errno));
	return EX_SOFTWARE;
}

/* ---- Checking and serving --------------------------------------------------------------------- */

static void
show_message(enum nmx_log_level level, const char *text, void *user)
{
	(void)user;
	if (level <= NMX_LOG_WARNING)
		complain("%s", text);
}

static bool
try_config(const struct config *config, char *ret_error, size_t size)
{
	char why[512];

	if (privilege_drop(config, why, sizeof(why)))
		return start_try(config, show_message, ret_error, size) == 0;
	snprintf(ret_error, size, "%s: %s", config->path, why);
	return false;
}

/* As it would be served: in the background, file names begin at the root. This process is a worker's
 * equal afterwards, and ends. */
static int
check(const struct arguments *a)
{
	struct config *config;
	char error[1024];
	bool good = config_read(a->file, &config, error, sizeof(error));

	if (good) {
		if (!a->foreground && chdir("/") < 0)
			complain("/: %s", strerror(errno));
		good = try_config(config, error, sizeof(error));
		config_free(config);
	}
	if (!good) {
		complain("%s", error);
		return EX_CONFIG;
	}
	printf("%s: ok\n", a->file);
	return end_of_output();
}

static void
open_log(const struct config *config)
{
	enum nmx_log_level level = NMX_LOG_INFO;

	log_level_of(config->log_level, &level);
	log_open(config->log, level, "master");
}

static int
serve(const struct arguments *a)
{
	struct config *config;
	char error[1024], *whole = NULL;
	int ready = -1;

	/* The file is read again on SIGHUP, from another folder. */
	if (!a->foreground)
		whole = realpath(a->file, NULL);
	if (!config_read(whole ? whole : a->file, &config, error, sizeof(error))) {
		complain("%s", error);
		free(whole);
		return EX_CONFIG;
	}
	free(whole);
	if (!a->foreground) {
		ready = detach();
		if (ready < 0) {
			complain("no process: %s", strerror(errno));
			config_free(config);
			return EX_OSERR;
		}
		log_detach();
	}
	/* A client that has gone is an error of the write, not an end of the process. */
	signal(SIGPIPE, SIG_IGN);
	open_log(config);
	return master_run(config, ready);
}

/* One that was closed would become a socket, and get what is meant for a person. */
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
	struct arguments a;

	if (!open_standard_descriptors())
		return EX_OSERR;
	a = read_arguments(argc, argv);
	switch (a.action) {
	case SHOW_HELP:
		show_help();
		return end_of_output();
	case SHOW_VERSION:
		show_version();
		return end_of_output();
	case SHOW_KEYS:
		show_keys();
		return end_of_output();
	case CHECK:
		return check(&a);
	case MISUSED:
		return EX_USAGE;
	default:
		return serve(&a);
	}
}
