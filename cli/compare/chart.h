/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Horizontal bars as SVG, one or two for each row: lengths are percentages of whatever width there is, text
 * keeps its size. Whoever cannot see them gets a title and every number as the description.
 */
#ifndef NMX_CLI_COMPARE_CHART_H
#define NMX_CLI_COMPARE_CHART_H

#include "cli/compare/html.h"

enum { CHART_SERIES = 2 };

struct chart_row {
	const char *label, *name; /* "port " and "25", or ""; names are strangers' */
	struct html_number bars[CHART_SERIES];
};

struct chart {
	const char *id;			     /* of the element; ours, and once on the page */
	const char *title;		     /* what the bars are */
	const char *series[CHART_SERIES];    /* what each bar of a row is; NULL: there is one */
	struct html_number of[CHART_SERIES]; /* what the shares are of */
	bool is_longest_full; /* the longest bar takes the whole width, not the base */
	const struct chart_row *rows;
	size_t n_rows;
};

void chart_print(FILE *out, const struct chart *chart);

#endif
