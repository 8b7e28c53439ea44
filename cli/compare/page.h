/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the page (page.c): figures, each with a chart and the same numbers as a table. */
#ifndef NMX_CLI_COMPARE_PAGE_H
#define NMX_CLI_COMPARE_PAGE_H

#include "cli/compare/chart.h"
#include "cli/compare/totals.h"

struct page {
	FILE *out;
	struct totals *totals;
	size_t top; /* entries of a list that are shown */
};

/* The lines of page.css, NULL at the end. */
extern const char *const page_style[];
/* What the two bars or columns of a figure are. */
extern const char *const page_series[CHART_SERIES];

/* The numbers of a group, "groups.NAME.LABEL" and "groups.NAME.of". */
struct html_number page_count(const struct page *page, enum compare_group group, size_t label);
struct html_number page_of(const struct page *page, enum compare_group group);

/* A figure: its heading, what one must know to read it (may be NULL), what its shares are of, and then the
 * chart and the table side by side. */
void page_figure_begin(FILE *out, const char *id, const char *title, const char *note);
/* series may be NULL */
void page_figure_base(FILE *out, const char *series, const char *what, const struct html_number *n);
void page_figure_body(FILE *out);
void page_figure_end(FILE *out);

/* A table up to its first row; first, what its first column names, may be NULL. Where there is little room a
 * wide one has its shares below the numbers. */
void page_table_begin(FILE *out, const char *title, const char *first, bool is_wide);
void page_table_column(FILE *out, const char *title);
void page_table_body(FILE *out);
/* A cell with a number and its share. */
void page_table_cell(FILE *out, const struct html_number *part, const struct html_number *whole);
void page_table_end(FILE *out);

void page_group(const struct page *page, enum compare_group group);
/* Two groups with the same labels: as the route goes, and by MX alone. */
void page_pair(const struct page *page, const char *title, enum compare_group group,
	       enum compare_group mx);
/* False: memory ran out. */
bool page_list(const struct page *page, enum tally_list list);
bool page_load(const struct page *page);

/* What a status, or the code of something left out, means; NULL for others. */
const char *page_words_of_status(const char *status);
const char *page_words_of_drop(const char *code);

#endif
