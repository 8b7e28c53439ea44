/* SPDX-License-Identifier: BSD-2-Clause */
/* Figures of groups: each label a bar and a row, of all domains that the group is about. */
#include "cli/compare/page.h"

struct html_number
page_count(const struct page *page, enum compare_group group, size_t label)
{
	return html_number_of(page->totals->counts[group][label], "groups.%s.%s",
			      groups[group].name, groups[group].labels[label].name);
}

struct html_number
page_of(const struct page *page, enum compare_group group)
{
	return html_number_of(totals_of(page->totals, group), "groups.%s.of", groups[group].name);
}

static void
print_rows(FILE *out, const struct chart *chart)
{
	bool is_pair = chart->series[0] != NULL;

	page_table_begin(out, chart->title, NULL, is_pair);
	page_table_column(out, is_pair ? chart->series[0] : "domains");
	if (is_pair)
		page_table_column(out, chart->series[1]);
	page_table_body(out);
	for (size_t i = 0; i < chart->n_rows; i++) {
		fputs("<tr><th scope=\"row\">", out);
		html_text(out, chart->rows[i].label);
		fputs("</th>", out);
		page_table_cell(out, &chart->rows[i].bars[0], &chart->of[0]);
		if (is_pair)
			page_table_cell(out, &chart->rows[i].bars[1], &chart->of[1]);
		fputs("</tr>\n", out);
	}
	page_table_end(out);
}

/* The rest of a figure. Of nothing there is no chart, but the table, whose numbers are all 0. */
static void
print_body(FILE *out, const struct chart *chart)
{
	page_figure_body(out);
	if (chart->of[0].n > 0 || chart->of[1].n > 0)
		chart_print(out, chart);
	else
		fputs("<p class=\"empty\">None was counted.</p>\n", out);
	print_rows(out, chart);
	page_figure_end(out);
}

void
page_group(const struct page *page, enum compare_group group)
{
	const struct group *g = &groups[group];
	struct chart_row rows[MOST_LABELS] = {0};
	char id[HTML_KEY];
	struct chart chart = {.id = id, .title = g->title, .rows = rows, .n_rows = g->n_labels};

	snprintf(id, sizeof(id), "%s-chart", g->name);
	chart.of[0] = page_of(page, group);
	for (size_t i = 0; i < g->n_labels; i++) {
		rows[i].label = g->labels[i].title;
		rows[i].name = "";
		rows[i].bars[0] = page_count(page, group, i);
	}
	page_figure_begin(page->out, g->name, g->title, g->note);
	page_figure_base(page->out, NULL, g->of, &chart.of[0]);
	print_body(page->out, &chart);
}

void
page_pair(const struct page *page, const char *title, enum compare_group group,
	  enum compare_group mx)
{
	const struct group *g = &groups[group];
	struct chart_row rows[MOST_LABELS] = {0};
	char id[HTML_KEY];
	struct chart chart = {.id = id,
			      .title = title,
			      .series = {page_series[0], page_series[1]},
			      .rows = rows,
			      .n_rows = g->n_labels};

	snprintf(id, sizeof(id), "%s-chart", g->name);
	chart.of[0] = page_of(page, group);
	chart.of[1] = page_of(page, mx);
	for (size_t i = 0; i < g->n_labels; i++) {
		rows[i].label = g->labels[i].title;
		rows[i].name = "";
		rows[i].bars[0] = page_count(page, group, i);
		rows[i].bars[1] = page_count(page, mx, i);
	}
	page_figure_begin(page->out, g->name, title, g->note);
	page_figure_base(page->out, page_series[0], g->of, &chart.of[0]);
	page_figure_base(page->out, page_series[1], groups[mx].of, &chart.of[1]);
	print_body(page->out, &chart);
}
