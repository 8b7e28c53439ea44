/* SPDX-License-Identifier: BSD-2-Clause */
/* What the verbs of the command share: arguments, exit codes, errors. */
#ifndef NMX_CLI_CLI_H
#define NMX_CLI_CLI_H

#include <nextmx.h>

#include <stdbool.h>

/* sysexits(3), as the manual lists them. Over several domains the first of 70, 78, 64, 65, 75, 68, 0. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_NO_MATCH = 1, /* sts match: the answer is no */
	EXIT_USAGE = 64,
	EXIT_DATA = 65, /* sts: what was given to be read is not valid */
	EXIT_REJECT = 68,
	EXIT_INTERNAL = 70,
	EXIT_DEFER = 75,
	EXIT_CONFIG = 78,
};

/* A flag of a verb's own, beside the registry's options. */
struct flag {
	const char *name;
	bool takes_value;
	const char *help;
	const char *value; /* as given; "" for a flag without value; NULL if absent */
};

struct verb {
	const char *name, *arguments, *help;
	int (*run)(const struct verb *verb, int argc, char **argv);
	bool has_registry; /* takes the resolving options */
	struct flag *flags;
	size_t n_flags;
};

/*
 * Reads the arguments: flags into verb->flags, registry options into ctx, the rest to the front of
 * argv. EXIT_OK with their number, or a code to exit with, the error told. "--help" is told, too, and
 * gives EXIT_OK with *ret_n negative.
 */
int args_read(const struct verb *verb, struct nmx_context *ctx, int argc, char **argv, int *ret_n);

/* A flag's value, "" if it takes none, NULL if it was not given. */
const char *args_flag(const struct verb *verb, const char *name);
/* A decimal number in [least, most]; else tells the error and returns false. */
bool args_number(const char *flag, const char *value, uint64_t least, uint64_t most,
		 uint64_t *ret_number);

void print_usage(const struct verb *verb);

/* "nextmx: ..." on standard error, in one write, from any thread. */
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

/* What is written in front of each, to clear a line of progress; lent, at most some ten octets. While there
 * is one thread. */
void complain_after(const char *text);

/* The graver of two exit codes. */
int graver(int a, int b);
/* Ends the output: EXIT_INTERNAL, and told, if it could not all be written. */
int finish_output(int code);

/* What a verb with domains does with its own flags, and with a context that has been started. */
struct domain_verb {
	/* False: wrong usage, told. */
	bool (*read_settings)(const struct verb *verb, struct nmx_context *ctx, void *settings);
	/* Returns the code to exit with. */
	int (*run)(struct nmx_context *ctx, char **domains, int n, const void *settings);
	bool may_be_none; /* no domain need be given */
};

/* Reads the arguments and settings, starts a context, runs. The code to exit with. */
int run_with_domains(const struct domain_verb *dv, const struct verb *verb, int argc, char **argv,
		     void *settings);
int exit_code_of(enum nmx_outcome outcome);

/* The domain, what becomes of its mail, and by which source. */
void print_heading(const struct nmx_route *route, const struct nmx_plan *plan);
/* The MTA-STS policy, if there is one. */
void print_sts(const struct nmx_route *route);
/* What was left out, a line each. */
void print_drops(const struct nmx_route *route, const struct nmx_plan *plan);
/* In quotes (RFC 8259). The string is UTF-8. */
void print_json_string(const char *string);

int verb_deliver(const struct verb *verb, int argc, char **argv);
int verb_check(const struct verb *verb, int argc, char **argv);
int verb_sts(const struct verb *verb, int argc, char **argv);
int verb_scan(const struct verb *verb, int argc, char **argv);
int verb_compare(const struct verb *verb, int argc, char **argv);
int verb_resolve(const struct verb *verb, int argc, char **argv);
int verb_options(const struct verb *verb, int argc, char **argv);
int verb_version(const struct verb *verb, int argc, char **argv);

#endif
