/* SPDX-License-Identifier: BSD-2-Clause */
/* What every figure and table of the page begins and ends with. */
#include "cli/compare/page.h"

const char *const page_series[CHART_SERIES] = {"with SRV", "MX alone"};

void
page_figure_begin(FILE *out, const char *id, const char *title, const char *note)
{
	fprintf(out, "<figure id=\"%s\">\n<figcaption>\n<h3>", id);
	html_text(out, title);
	fputs("</h3>\n", out);
	if (note != NULL) {
		fputs("<p>", out);
		html_text(out, note);
		fputs("</p>\n", out);
	}
}

void
page_figure_base(FILE *out, const char *series, const char *what, const struct html_number *n)
{
	fputs("<p class=\"base\">Counted", out);
	if (series != NULL) {
		fputs(", ", out);
		html_text(out, series);
	}
	fputs(": ", out);
	html_text(out, what);
	fputs(", ", out);
	html_number(out, n);
	fputs("</p>\n", out);
}

void
page_figure_body(FILE *out)
{
	fputs("</figcaption>\n<div class=\"body\">\n", out);
}

void
page_figure_end(FILE *out)
{
	fputs("</div>\n</figure>\n", out);
}

void
page_table_begin(FILE *out, const char *title, const char *first, bool is_wide)
{
	fputs(is_wide ? "<table class=\"wide\">\n<caption>" : "<table>\n<caption>", out);
	html_text(out, title);
	fputs(", in numbers</caption>\n<thead><tr>", out);
	if (first == NULL)
		fputs("<td></td>", out);
	else
		page_table_column(out, first);
}

void
page_table_column(FILE *out, const char *title)
{
	fputs("<th scope=\"col\">", out);
	html_text(out, title);
	fputs("</th>", out);
}

void
page_table_body(FILE *out)
{
	fputs("</tr></thead>\n<tbody>\n", out);
}

void
page_table_cell(FILE *out, const struct html_number *part, const struct html_number *whole)
{
	fputs("<td>", out);
	html_number(out, part);
	fputs(" ", out);
	html_share(out, part, whole);
	fputs("</td>", out);
}

void
page_table_end(FILE *out)
{
	fputs("</tbody>\n</table>\n", out);
}
