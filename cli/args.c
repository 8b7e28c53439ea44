/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

enum { MOST_WORDS = 128, MOST_NAME = 64 };

static const char *before_complaints = "";

void
complain_after(const char *text)
{
	before_complaints = text;
}

/* Arguments are echoed in errors: what is not printable ASCII becomes "?". One write, for threads. */
void
complain(const char *format, ...)
{
	char line[2048 + 64];
	int n = snprintf(line, 64, "%snextmx: ", before_complaints);
	va_list args;

	va_start(args, format);
	vsnprintf(line + n, 2048, format, args);
	va_end(args);
	for (char *c = line + n; *c; c++)
		if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)
			*c = '?';
	strcat(line, "\n");
	fputs(line, stderr);
}

int
graver(int a, int b)
{
	static const int order[] = {EXIT_INTERNAL, EXIT_CONFIG, EXIT_USAGE,
				    EXIT_DATA,	   EXIT_DEFER,	EXIT_REJECT};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return EXIT_OK;
}

int
exit_code_of(enum nmx_outcome outcome)
{
	return outcome == NMX_DELIVERABLE ? EXIT_OK
	       : outcome == NMX_DEFER	  ? EXIT_DEFER
					  : EXIT_REJECT;
}

int
finish_output(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	complain("cannot write the output: %s", strerror(errno));
	return EXIT_INTERNAL;
}

bool
args_number(const char *flag, const char *value, uint64_t least, uint64_t most,
	    uint64_t *ret_number)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end || errno || number < least || number > most) {
		complain("option %s: \"%s\": expected %llu-%llu", flag, value,
			 (unsigned long long)least, (unsigned long long)most);
		return false;
	}
	*ret_number = number;
	return true;
}

static size_t
registry_index(const char *name)
{
	size_t i = 0;

	while (i < nmx_option_count() && strcmp(nmx_option_name(i), name) != 0)
		i++;
	return i;
}

static bool
is_bool(size_t i)
{
	return strcmp(nmx_option_type(i), "bool") == 0;
}

/* What may follow a bool option as its value; any other word is the next argument. */
static bool
is_bool_word(const char *word)
{
	static const char *const words[] = {"yes", "no", "on", "off", "true", "false"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

const char *
args_flag(const struct verb *verb, const char *name)
{
	for (size_t i = 0; i < verb->n_flags; i++)
		if (strcmp(verb->flags[i].name, name) == 0)
			return verb->flags[i].value;
	return NULL;
}

void
print_usage(const struct verb *verb)
{
	printf("usage: nextmx %s [options] %s\n\n%s\n", verb->name, verb->arguments, verb->help);
	if (verb->n_flags)
		printf("\n");
	for (size_t i = 0; i < verb->n_flags; i++)
		printf("  --%-7s%-2s  %s\n", verb->flags[i].name,
		       verb->flags[i].takes_value ? " N" : "", verb->flags[i].help);
	if (!verb->has_registry)
		return;
	printf("\nResolving options (lists take commas or repetition):\n");
	for (size_t i = 0; i < nmx_option_count(); i++)
		printf("  --%-18s  %s\n", nmx_option_name(i), nmx_option_help(i));
}

static void
complain_unknown(const struct verb *verb, const char *name)
{
	const char *words[MOST_WORDS];
	size_t n = 0;

	for (size_t i = 0; i < verb->n_flags; i++)
		words[n++] = verb->flags[i].name;
	for (size_t i = 0; verb->has_registry && i < nmx_option_count() && n < MOST_WORDS; i++)
		words[n++] = nmx_option_name(i);
	if (n)
		complain("%s: no option \"--%s\"; the nearest is --%s", verb->name, name,
			 nmx_nearest(name, words, n));
	else
		complain("%s: no option \"--%s\"; it has none", verb->name, name);
}

/* One option: its name, its value or NULL, and what the next argument may give it. */
struct option {
	char name[MOST_NAME];
	const char *value;
	const char *next;
	bool took_next;
};

static bool
need_value(const struct verb *verb, struct option *o)
{
	if (o->value)
		return true;
	if (!o->next) {
		complain("%s: option --%s: a value is missing", verb->name, o->name);
		return false;
	}
	o->value = o->next;
	o->took_next = true;
	return true;
}

static int
set_flag(const struct verb *verb, struct flag *flag, struct option *o)
{
	if (!flag->takes_value && o->value) {
		complain("%s: option --%s takes no value", verb->name, o->name);
		return EXIT_USAGE;
	}
	if (flag->takes_value && !need_value(verb, o))
		return EXIT_USAGE;
	flag->value = o->value ? o->value : "";
	return EXIT_OK;
}

static int
set_option(const struct verb *verb, struct nmx_context *ctx, struct option *o)
{
	const char *error = "";
	size_t i;

	for (i = 0; i < verb->n_flags; i++)
		if (strcmp(verb->flags[i].name, o->name) == 0)
			return set_flag(verb, &verb->flags[i], o);
	i = verb->has_registry ? registry_index(o->name) : nmx_option_count();
	if (i == nmx_option_count()) {
		complain_unknown(verb, o->name);
		return EXIT_USAGE;
	}
	if (!o->value && is_bool(i) && !(o->next && is_bool_word(o->next)))
		o->value = "yes";
	if (!need_value(verb, o))
		return EXIT_USAGE;
	switch (nmx_context_set(ctx, o->name, o->value, &error)) {
	case NMX_OK:
		return EXIT_OK;
	case NMX_E_NOMEM:
		complain("out of memory");
		return EXIT_INTERNAL;
	default:
		complain("%s: %s", verb->name, error);
		return EXIT_USAGE;
	}
}

static void
split_option(const char *argument, const char *next, struct option *ret)
{
	size_t n = strcspn(argument, "=");

	*ret = (struct option){.next = next};
	if (argument[n] == '=')
		ret->value = argument + n + 1;
	if (n >= sizeof(ret->name))
		n = sizeof(ret->name) - 1;
	memcpy(ret->name, argument, n);
}

int
args_read(const struct verb *verb, struct nmx_context *ctx, int argc, char **argv, int *ret_n)
{
	bool only_arguments = false;
	int n = 0;

	for (int i = 0; i < argc; i++) {
		struct option option;
		int code;

		if (only_arguments || argv[i][0] != '-' || argv[i][1] == '\0') {
			argv[n++] = argv[i];
			continue;
		}
		if (strcmp(argv[i], "--") == 0) {
			only_arguments = true;
			continue;
		}
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			print_usage(verb);
			*ret_n = -1;
			return EXIT_OK;
		}
		split_option(argv[i] + (argv[i][1] == '-' ? 2 : 1),
			     i + 1 < argc ? argv[i + 1] : NULL, &option);
		if (argv[i][1] != '-') {
			complain_unknown(verb, option.name);
			return EXIT_USAGE;
		}
		code = set_option(verb, ctx, &option);
		if (code != EXIT_OK)
			return code;
		i += option.took_next;
	}
	*ret_n = n;
	return EXIT_OK;
}
