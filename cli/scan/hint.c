/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/hint.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool
hint_init(struct hint *hint, int argc, char **argv)
{
	char **arguments = calloc((size_t)argc + 1, sizeof(*arguments));

	if (!arguments)
		return false;
	for (int i = 0; i < argc; i++)
		arguments[i] = argv[i];
	*hint = (struct hint){.arguments = arguments, .n = argc};
	return true;
}

void
hint_done(struct hint *hint)
{
	free(hint->arguments);
}

/* ---- Words of a shell ------------------------------------------------------------------------- */

static bool
is_plain(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_./,:=@%+";

	return *word && word[strspn(word, plain)] == '\0';
}

static bool
is_printable(const char *word)
{
	for (const char *c = word; *c; c++)
		if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)
			return false;
	return true;
}

/* A blank, and the word: quoted, and if it is not to be shown on a terminal, escaped. */
static void
put_word(FILE *out, const char *word)
{
	bool escapes = !is_printable(word);

	fputc(' ', out);
	if (is_plain(word)) {
		fputs(word, out);
		return;
	}
	fputs(escapes ? "$'" : "'", out);
	for (const char *c = word; *c; c++) {
		if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)
			fprintf(out, "\\%03o", (unsigned)(unsigned char)*c);
		else if (*c == '\'')
			fputs(escapes ? "\\'" : "'\\''", out);
		else if (*c == '\\' && escapes)
			fputs("\\\\", out);
		else
			fputc(*c, out);
	}
	fputc('\'', out);
}

/* ---- The command ------------------------------------------------------------------------------ */

/* Whether it is the flag; *ret_takes_next: its value is the next argument. */
static bool
is_flag(const char *argument, const char *name, bool *ret_takes_next)
{
	size_t n = strlen(name);

	if (strncmp(argument, name, n) != 0 || (argument[n] != '\0' && argument[n] != '='))
		return false;
	*ret_takes_next = argument[n] == '\0';
	return true;
}

static void
put_command(FILE *out, const struct hint *hint, const char *file)
{
	bool takes_next = false, is_option = true;

	fputs("nextmx scan --resume", out);
	put_word(out, file);
	for (int i = 0; i < hint->n; i++) {
		const char *argument = hint->arguments[i];

		if (strcmp(argument, "--") == 0)
			is_option = false;
		if (is_option && (is_flag(argument, "--output", &takes_next) ||
				  is_flag(argument, "--resume", &takes_next)))
			i += takes_next;
		else
			put_word(out, argument);
	}
}

/* The name of a file that standard output was sent to. */
static bool
find_name(const struct target *t, char *ret_name, size_t size)
{
	ssize_t n = t->is_regular ? readlink("/proc/self/fd/1", ret_name, size - 1) : -1;

	if (n <= 0)
		return false;
	ret_name[n] = '\0';
	return access(ret_name, W_OK) == 0;
}

void
hint_tell(const struct hint *hint, const struct target *t)
{
	const char *same =
		hint->reads_standard_input ? ", with the same list on standard input" : "";
	char name[PATH_MAX], *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return;
	if ((t->is_file && t->is_regular) || find_name(t, name, sizeof(name))) {
		fprintf(out, "nextmx: to go on%s:\n  ", same);
		put_command(out, hint, t->is_file ? t->name : name);
	} else {
		fprintf(out,
			"nextmx: it can go on if what it wrote to standard output is in a file, "
			"say LINES%s:\n  ",
			same);
		put_command(out, hint, "LINES");
	}
	fputc('\n', out);
	if (fclose(out) == 0)
		fputs(text, stderr);
	free(text);
}
