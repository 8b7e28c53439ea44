/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nextmx sts: what MTA-STS publishes, read before it is published. These verbs need neither a
 * context nor a network: what is wrong with the text is their answer (65), what is only odd a
 * warning.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/sts.h"

/* Over 64 KiB no policy is read, whatever follows. */
enum { MOST_TEXT = 64 * 1024 + 1 };

static int
fail(const struct verb *verb, int error)
{
	complain("%s: %s", verb->name, nmx_strerror(error));
	return EXIT_INTERNAL;
}

/* wanted is negative for at least one. EXIT_OK with *ret_n negative: the help was asked for. */
static int
read_arguments(const struct verb *verb, int argc, char **argv, int wanted, const char *what,
	       int *ret_n)
{
	int code = args_read(verb, NULL, argc, argv, ret_n);

	if (code != EXIT_OK || *ret_n < 0 || *ret_n == wanted || (wanted < 0 && *ret_n > 0))
		return code;
	complain("%s: %s", verb->name, what);
	return EXIT_USAGE;
}

/* ---- txt ------------------------------------------------------------------------------------ */

static int
sts_txt(const struct verb *verb, int argc, char **argv)
{
	char id[NMX_STS_ID_SIZE];
	const char *note = "";
	int n, error, code = read_arguments(verb, argc, argv, -1, "which records?", &n);

	if (code != EXIT_OK || n < 0)
		return code;
	error = nmx_sts_txt((const char *const *)argv, (size_t)n, id, sizeof(id), &note);
	if (error == NMX_E_VALUE) {
		complain("%s: %s", verb->name, note);
		return EXIT_DATA;
	}
	if (error)
		return fail(verb, error);
	if (*note)
		complain("%s: warning: %s", verb->name, note);
	printf("%s\n", id);
	return EXIT_OK;
}

/* ---- policy --------------------------------------------------------------------------------- */

static bool
read_input(char *buffer, size_t size, size_t *ret_length)
{
	size_t length = 0;

	while (length < size) {
		ssize_t n = read(STDIN_FILENO, buffer + length, size - length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		if (n == 0)
			break;
		length += (size_t)n;
	}
	*ret_length = length;
	return true;
}

/* A policy again: it can be published as it is printed. */
static void
print_policy(const struct nmx_sts_policy *policy)
{
	printf("version: STSv1\nmode: %s\nmax_age: %u\n",
	       nmx_sts_mode_name(nmx_sts_policy_mode(policy)), nmx_sts_policy_max_age(policy));
	for (size_t i = 0; i < nmx_sts_policy_mx_count(policy); i++)
		printf("mx: %s\n", nmx_sts_policy_mx(policy, i));
}

static void
print_policy_json(const struct nmx_sts_policy *policy)
{
	printf("{\"version\":\"STSv1\",\"mode\":\"%s\",\"max_age\":%u,\"mx\":[",
	       nmx_sts_mode_name(nmx_sts_policy_mode(policy)), nmx_sts_policy_max_age(policy));
	for (size_t i = 0; i < nmx_sts_policy_mx_count(policy); i++) {
		printf("%s", i ? "," : "");
		print_json_string(nmx_sts_policy_mx(policy, i));
	}
	printf("]}\n");
}

static void
print_remarks(const struct nmx_sts_policy *policy)
{
	for (size_t i = 0; i < nmx_sts_policy_remark_count(policy); i++) {
		unsigned line;
		const char *text = nmx_sts_policy_remark(policy, i, &line);

		complain("<stdin>:%u: warning: %s", line, text);
	}
}

static int
refuse(unsigned line, const char *fault)
{
	if (line)
		complain("<stdin>:%u: %s", line, fault);
	else
		complain("<stdin>: %s", fault);
	return EXIT_DATA;
}

static int
sts_policy(const struct verb *verb, int argc, char **argv)
{
	static char text[MOST_TEXT];
	struct nmx_sts_policy *policy;
	const char *fault = "";
	size_t length;
	unsigned line = 0;
	int n, error, code;

	code = read_arguments(verb, argc, argv, 0, "takes no argument: it reads standard input",
			      &n);
	if (code != EXIT_OK || n < 0)
		return code;
	if (!read_input(text, sizeof(text), &length)) {
		complain("%s: cannot read standard input: %s", verb->name, strerror(errno));
		return EXIT_INTERNAL;
	}
	error = nmx_sts_policy_new(text, length, &policy, &line, &fault);
	if (error)
		return error == NMX_E_VALUE ? refuse(line, fault) : fail(verb, error);
	print_remarks(policy);
	if (args_flag(verb, "json"))
		print_policy_json(policy);
	else
		print_policy(policy);
	nmx_sts_policy_free(policy);
	return EXIT_OK;
}

/* ---- match ---------------------------------------------------------------------------------- */

static int
sts_match(const struct verb *verb, int argc, char **argv)
{
	char fault[256] = "";
	int n, result, code = read_arguments(verb, argc, argv, 2, "which host and pattern?", &n);

	if (code != EXIT_OK || n < 0)
		return code;
	result = nmx_sts_match(argv[0], argv[1], fault, sizeof(fault));
	if (result == NMX_E_VALUE) {
		complain("%s: %s", verb->name, fault);
		return EXIT_DATA;
	}
	if (result < 0)
		return fail(verb, result);
	return result ? EXIT_OK : EXIT_NO_MATCH;
}

/* ---- The verbs ------------------------------------------------------------------------------ */

static struct flag json_flags[] = {
	{"json", false, "one JSON object a line", NULL},
};

static struct flag report_flags[] = {
	{"day", true, "the day, YYYY-MM-DD (UTC)", NULL},
	{"organization", true, "the organization-name; this host's name if it is not given", NULL},
	{"contact", true, "the contact-info", NULL},
	{"json", false, "as it is anyway: one JSON object a line", NULL},
};

static struct flag policy_flags[] = {
	{"json", false, "one JSON object: version, mode, max_age, mx", NULL},
};

/* By their whole names, as errors and help show them. */
static const struct verb verbs[] = {
	{"sts txt", "RECORD...", "the policy id of the TXT records of _mta-sts.DOMAIN", sts_txt,
	 false, NULL, 0},
	{"sts policy", "< FILE", "a policy's text, as it would be served", sts_policy, false,
	 policy_flags, sizeof(policy_flags) / sizeof(policy_flags[0])},
	{"sts match", "HOST PATTERN", "whether an mx pattern names a host", sts_match, false, NULL,
	 0},
	{"sts list", "[DOMAIN...]", "the policies that are held", sts_list, true, json_flags, 1},
	{"sts show", "DOMAIN...", "the same with their texts", sts_show, true, json_flags, 1},
	{"sts forget", "DOMAIN...", "forgets a policy", sts_forget, true, NULL, 0},
	{"sts refresh", "[DOMAIN...]", "fetches policies now", sts_refresh, true, json_flags, 1},
	{"sts report", "[DOMAIN...]", "reports for the day of --day, RFC 8460", sts_report, true,
	 report_flags, sizeof(report_flags) / sizeof(report_flags[0])},
};
enum { N_VERBS = sizeof(verbs) / sizeof(verbs[0]), PREFIX = sizeof("sts ") - 1 };

static void
print_help(void)
{
	printf("usage: nextmx sts VERB ...\n\n");
	for (size_t i = 0; i < N_VERBS; i++)
		printf("  nextmx %-11s %-12s  %s\n", verbs[i].name, verbs[i].arguments,
		       verbs[i].help);
}

int
verb_sts(const struct verb *verb, int argc, char **argv)
{
	const char *names[N_VERBS];

	if (argc < 1) {
		complain("%s: which verb? nextmx sts --help lists them", verb->name);
		return EXIT_USAGE;
	}
	if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0) {
		print_help();
		return EXIT_OK;
	}
	for (size_t i = 0; i < N_VERBS; i++) {
		names[i] = verbs[i].name + PREFIX;
		if (strcmp(argv[0], names[i]) == 0)
			return verbs[i].run(&verbs[i], argc - 1, argv + 1);
	}
	complain("%s: no verb \"%s\"; the nearest is %s", verb->name, argv[0],
		 nmx_nearest(argv[0], names, N_VERBS));
	return EXIT_USAGE;
}
