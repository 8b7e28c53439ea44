/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/compare/chart.h"

/* Heights are of the style's text; widths are hundredths of a percent, so that the value has its place
 * right of the bar. */
enum {
	LABEL_Y = 14, /* where text stands */
	BAR_Y = 21,
	BAR_HEIGHT = 10,
	BAR_TEXT = 9, /* words beside a bar, from its top */
	SINGLE_WIDTH = 8000,
	SINGLE_HEIGHT = 44,
	PAIR_X = 24, /* percent */
	PAIR_WIDTH = 5600,
	PAIR_HEIGHT = 66,
	SERIES_HEIGHT = 18, /* of each of two bars, its words beside it */
	MOST_NAME = 40,	    /* characters on a telephone */
};

static size_t
n_series(const struct chart *chart)
{
	return chart->series[0] == NULL ? 1 : CHART_SERIES;
}

/* What a bar of full width would be. */
static const struct html_number *
full(const struct chart *chart, size_t series)
{
	const struct html_number *longest = &chart->rows[0].bars[0];

	if (!chart->is_longest_full)
		return &chart->of[series];
	for (size_t row = 0; row < chart->n_rows; row++)
		for (size_t i = 0; i < n_series(chart); i++)
			if (chart->rows[row].bars[i].n > longest->n)
				longest = &chart->rows[row].bars[i];
	return longest;
}

/* ---- For those who cannot see it -------------------------------------------------------------- */

static void
describe(FILE *out, const struct chart *chart)
{
	fprintf(out, "<title id=\"%s-title\">", chart->id);
	html_text(out, chart->title);
	fprintf(out, "</title>\n<desc id=\"%s-desc\">", chart->id);
	for (size_t row = 0; row < chart->n_rows; row++) {
		fputs(row == 0 ? "" : "; ", out);
		html_text(out, chart->rows[row].label);
		html_text(out, chart->rows[row].name);
		fputs(": ", out);
		for (size_t i = 0; i < n_series(chart); i++) {
			fputs(i == 0 ? "" : ", ", out);
			if (chart->series[i] != NULL) {
				html_text(out, chart->series[i]);
				fputs(" ", out);
			}
			html_share_text(out, &chart->rows[row].bars[i], &chart->of[i]);
			fputs(" (", out);
			html_digits(out, &chart->rows[row].bars[i]);
			fputs(")", out);
		}
	}
	fputs(".</desc>\n", out);
}

/* ---- Rows ------------------------------------------------------------------------------------- */

struct place {
	size_t x, y;	/* percent, pixels */
	uint64_t width; /* of a full bar */
};

static void
print_bar(FILE *out, const struct chart *chart, const struct chart_row *row, size_t series,
	  const struct place *place)
{
	const struct html_number *bar = &row->bars[series], *most = full(chart, series);
	unsigned long long width = html_part(bar, most, place->width);

	fprintf(out, "<rect class=\"track\" x=\"%zu%%\" y=\"%zu\" width=\"%llu%%\" height=\"%d\"/>",
		place->x, place->y, (unsigned long long)place->width / 100, BAR_HEIGHT);
	fprintf(out,
		"<rect class=\"bar%zu\" x=\"%zu%%\" y=\"%zu\" width=\"%llu.%02llu%%\" "
		"height=\"%d\" "
		"data-bar=\"%s\" data-full=\"%s\"/>",
		series, place->x, place->y, width / 100, width % 100, BAR_HEIGHT, bar->key,
		most->key);
	fprintf(out, "<text class=\"value\" x=\"100%%\" y=\"%zu\"", place->y + BAR_TEXT);
	html_share_attributes(out, bar, &chart->of[series]);
	fputs(">", out);
	html_share_text(out, bar, &chart->of[series]);
	fputs("</text>\n", out);
}

static void
print_row(FILE *out, const struct chart *chart, const struct chart_row *row, size_t y)
{
	fprintf(out, "<text class=\"label\" x=\"0\" y=\"%zu\">", y + LABEL_Y);
	html_text(out, row->label);
	html_text_short(out, row->name, MOST_NAME);
	fputs("</text>", out);
	if (chart->series[0] == NULL) {
		print_bar(out, chart, row, 0, &(struct place){0, y + BAR_Y, SINGLE_WIDTH});
		return;
	}
	for (size_t i = 0; i < CHART_SERIES; i++) {
		size_t top = y + BAR_Y + i * SERIES_HEIGHT;

		fprintf(out, "<text class=\"series\" x=\"0\" y=\"%zu\">", top + BAR_TEXT);
		html_text(out, chart->series[i]);
		fputs("</text>", out);
		print_bar(out, chart, row, i, &(struct place){PAIR_X, top, PAIR_WIDTH});
	}
}

void
chart_print(FILE *out, const struct chart *chart)
{
	size_t height = chart->series[0] == NULL ? SINGLE_HEIGHT : PAIR_HEIGHT;

	fprintf(out,
		"<svg id=\"%s\" role=\"img\" aria-labelledby=\"%s-title %s-desc\" width=\"100%%\" "
		"height=\"%zu\">\n",
		chart->id, chart->id, chart->id, chart->n_rows * height);
	describe(out, chart);
	for (size_t row = 0; row < chart->n_rows; row++)
		print_row(out, chart, &chart->rows[row], row * height);
	fputs("</svg>\n", out);
}
