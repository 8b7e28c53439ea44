/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nextmx compare: lines of scans in, sums out. A line that cannot be read is told and counted, and the rest
 * is counted all the same. Files appear when all is done, or not at all.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/compare/lines.h"
#include "cli/compare/memory.h"
#include "cli/compare/outfile.h"
#include "cli/compare/totals.h"

enum { DEFAULT_TOP = 20, MOST_TOP = 100000, MOST_TOLD = 10 };

struct comparison {
	size_t top;
	bool is_text;
	struct outfile html, domains;
	struct lines *lines;
	struct totals totals;
	struct compare_domain domain; /* large */
};

static int
complain_memory(void)
{
	complain("out of memory");
	return EXIT_INTERNAL;
}

/* ---- A line ------------------------------------------------------------------------------------- */

static void
add_unreadable(struct comparison *c, const struct line *line, const char *format, const char *what)
{
	char text[512];

	totals_add_unreadable(&c->totals);
	if (c->totals.unreadable > MOST_TOLD)
		return;
	snprintf(text, sizeof(text), format, what);
	complain("%s:%" PRIu64 ": %s", line->file, line->number, text);
}

static void
add_wrong(struct comparison *c, const struct line *line, json_t *object, const char *member)
{
	if (!json_is_object(object))
		add_unreadable(c, line, "no JSON object%s", "");
	else if (!strchr(member, '.') && !json_object_get(object, member))
		add_unreadable(c, line,
			       "member \"%s\" is missing, which scan writes without --fields",
			       member);
	else
		add_unreadable(c, line, "member \"%s\" is not as nextmx.route/1 has it", member);
}

static int
add_domain(struct comparison *c)
{
	if (!totals_add(&c->totals, &c->domain))
		return complain_memory();
	if (c->domains.file && !c->domain.is_input_error &&
	    !domain_print(c->domains.file, &c->domain))
		return complain_memory();
	return EXIT_OK;
}

static int
add_object(struct comparison *c, const struct line *line, json_t *object)
{
	const char *member = domain_read(object, &c->domain);

	if (!member)
		return add_domain(c);
	add_wrong(c, line, object, member);
	return EXIT_OK;
}

static int
add_json(struct comparison *c, const struct line *line)
{
	json_error_t error;
	json_t *object = json_loadb(line->text, line->length, JSON_REJECT_DUPLICATES, &error);

	if (object)
		return add_object(c, line, object);
	if (json_error_code(&error) == json_error_out_of_memory)
		return complain_memory();
	add_unreadable(c, line, "no JSON: %s", error.text);
	return EXIT_OK;
}

static int
add_line(struct comparison *c, const struct line *line)
{
	int code = EXIT_OK;

	if (!line->text) {
		add_unreadable(c, line, "longer than 64 MiB%s", "");
		return EXIT_OK;
	}
	switch (memory_prepare(line->text, line->length)) {
	case MEMORY_READY:
		code = add_json(c, line);
		break;
	case MEMORY_TOO_MUCH:
		add_unreadable(c, line, "too much in one line%s", "");
		break;
	case MEMORY_NONE:
		code = complain_memory();
	}
	memory_rewind(); /* the object goes, and what the domain lent */
	return code;
}

static int
add_lines(struct comparison *c)
{
	struct line line;
	int code = EXIT_OK;

	while (code == EXIT_OK)
		switch (lines_next(c->lines, &line, &code)) {
		case LINES_NEXT:
			code = add_line(c, &line);
			break;
		case LINES_END:
			return EXIT_OK;
		case LINES_FAILED:
			break;
		}
	return code;
}

/* ---- The whole ---------------------------------------------------------------------------------- */

static void
tell_rest(const struct totals *totals)
{
	if (totals->lines == 0)
		complain("compare: no lines");
	if (totals->unreadable > MOST_TOLD)
		complain("compare: %" PRIu64 " more lines are unreadable",
			 totals->unreadable - MOST_TOLD);
}

static bool
print_summary(struct comparison *c)
{
	return (!c->html.file || totals_print_page(c->html.file, &c->totals, c->top)) &&
	       (c->is_text ? totals_print_text(stdout, &c->totals, c->top)
			   : totals_print_json(stdout, &c->totals, c->top));
}

static int
compare(struct comparison *c)
{
	int code = add_lines(c);

	if (code != EXIT_OK)
		return code;
	tell_rest(&c->totals);
	if (!print_summary(c))
		return complain_memory();
	if (!outfile_keep(&c->html) || !outfile_keep(&c->domains))
		return EXIT_INTERNAL;
	return c->totals.unreadable ? EXIT_DATA : EXIT_OK;
}

static int
open_all(struct comparison *c, const char *html, const char *domains, char **files, size_t n)
{
	int code = lines_open(files, n, &c->lines);

	if (code != EXIT_OK)
		return code;
	if (!outfile_open(html, &c->html) || !outfile_open(domains, &c->domains))
		return EXIT_INTERNAL;
	return totals_init(&c->totals) ? EXIT_OK : complain_memory();
}

static int
run(const char *html, const char *domains, size_t top, bool is_text, char **files, size_t n)
{
	struct comparison *c = calloc(1, sizeof(*c));
	int code;

	if (!c)
		return complain_memory();
	c->top = top;
	c->is_text = is_text;
	memory_begin();
	code = open_all(c, html, domains, files, n);
	if (code == EXIT_OK)
		code = compare(c);
	totals_done(&c->totals);
	outfile_done(&c->html);
	outfile_done(&c->domains);
	lines_close(c->lines);
	free(c);
	memory_end();
	return code;
}

/* ---- Arguments ---------------------------------------------------------------------------------- */

static bool
is_file(const char *flag, const char *path)
{
	if (!path || (*path && strcmp(path, "-") != 0))
		return true;
	complain("option %s: \"%s\": expected the name of a file", flag, path);
	return false;
}

/* The scans that are read took days. */
static bool
is_no_input(const char *flag, const char *path, char **files, size_t n)
{
	for (size_t i = 0; path && i < n; i++)
		if (outfile_is_same(path, files[i])) {
			complain("compare: %s names a file that is read: %s", flag, files[i]);
			return false;
		}
	if (!path || n > 0 || !outfile_is_same(path, "-"))
		return true;
	complain("compare: %s names the file that is standard input", flag);
	return false;
}

int
verb_compare(const struct verb *verb, int argc, char **argv)
{
	const char *html, *domains, *top;
	uint64_t n_shown = DEFAULT_TOP;
	int n, code = args_read(verb, NULL, argc, argv, &n);

	if (code != EXIT_OK || n < 0)
		return code;
	html = args_flag(verb, "html");
	domains = args_flag(verb, "domains");
	top = args_flag(verb, "top");
	if ((top && !args_number("--top", top, 1, MOST_TOP, &n_shown)) ||
	    !is_file("--html", html) || !is_file("--domains", domains))
		return EXIT_USAGE;
	if (html && domains && outfile_is_same(html, domains)) {
		complain("compare: --html and --domains name the same file");
		return EXIT_USAGE;
	}
	if (!is_no_input("--html", html, argv, (size_t)n) ||
	    !is_no_input("--domains", domains, argv, (size_t)n))
		return EXIT_USAGE;
	/* They are errors of writing then, and nothing unfinished is left. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return run(html, domains, (size_t)n_shown,
		   !args_flag(verb, "json") && isatty(STDOUT_FILENO), argv, (size_t)n);
}
