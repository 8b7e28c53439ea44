/* SPDX-License-Identifier: BSD-2-Clause */
#include "compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

char *
compare_layout(const char *json)
{
	struct text out = text_growing();
	bool quoted = false;
	int depth = 0;

	for (const char *c = json; *c; c++) {
		if (*c == '"' && (c == json || c[-1] != '\\'))
			quoted = !quoted;
		if (!quoted && (*c == '}' || *c == ']'))
			depth--;
		text_char(&out, *c);
		if (!quoted && *c == ',' && depth <= 2)
			text_add(&out, depth == 2 ? "\n  " : "\n ");
		if (!quoted && (*c == '{' || *c == '['))
			depth++;
		if (!quoted && *c == '[' && depth == 2 && c[1] != ']')
			text_add(&out, "\n  ");
	}
	text_char(&out, '\n');
	return out.data;
}

char *
compare_read(const char *path)
{
	FILE *file = fopen(path, "r");
	struct text text = text_growing();
	char buffer[4096];
	size_t n;

	if (!file)
		return NULL;
	while ((n = fread(buffer, 1, sizeof(buffer), file)) > 0)
		text_bytes(&text, buffer, n);
	fclose(file);
	return text.data;
}

bool
compare_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file)
		return false;
	fputs(text, file);
	return fclose(file) == 0;
}

/* ---- Difference ----------------------------------------------------------------------------- */

enum { MOST_LINES = 60 };

struct lines {
	const char **at; /* where each begins; one more at the end of the text */
	size_t n;
};

static struct lines
split(const char *text)
{
	struct lines lines = {calloc(strlen(text) + 2, sizeof(*lines.at)), 0};

	while (lines.at && *text) {
		const char *end = strchr(text, '\n');

		lines.at[lines.n++] = text;
		text = end ? end + 1 : text + strlen(text);
		lines.at[lines.n] = text;
	}
	return lines;
}

static bool
is_same(const struct lines *a, size_t i, const struct lines *b, size_t j)
{
	size_t n = (size_t)(a->at[i + 1] - a->at[i]), m = (size_t)(b->at[j + 1] - b->at[j]);

	return n == m && memcmp(a->at[i], b->at[j], n) == 0;
}

/* A difference of hundreds of lines helps nobody: the rest is only counted. */
static void
print_line(char mark, const struct lines *lines, size_t i, size_t *n_printed)
{
	size_t length = strcspn(lines->at[i], "\n");

	if (++*n_printed <= MOST_LINES)
		printf("%c %.*s\n", mark, (int)length, lines->at[i]);
}

/* common[i][j]: lines that the texts behind i and j share, in order. */
static void
print_with(const struct lines *a, const struct lines *b, unsigned *common)
{
	size_t width = b->n + 1, n_printed = 0, i, j;

	for (i = a->n; i-- > 0;)
		for (j = b->n; j-- > 0;) {
			unsigned down = common[(i + 1) * width + j],
				 right = common[i * width + j + 1];

			common[i * width + j] = is_same(a, i, b, j)
							? common[(i + 1) * width + j + 1] + 1
							: (down > right ? down : right);
		}
	for (i = j = 0; i < a->n || j < b->n;) {
		if (i < a->n && j < b->n && is_same(a, i, b, j))
			i++, j++;
		else if (i < a->n &&
			 (j == b->n || common[(i + 1) * width + j] >= common[i * width + j + 1]))
			print_line('-', a, i++, &n_printed);
		else
			print_line('+', b, j++, &n_printed);
	}
	if (n_printed > MOST_LINES)
		printf("... and %zu lines more\n", n_printed - MOST_LINES);
}

void
compare_print(const char *expected, const char *actual)
{
	struct lines a = split(expected), b = split(actual);
	unsigned *common = calloc((a.n + 1) * (b.n + 1), sizeof(*common));

	if (a.at && b.at && common)
		print_with(&a, &b, common);
	free(common);
	free(a.at);
	free(b.at);
}
