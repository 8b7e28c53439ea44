/* SPDX-License-Identifier: BSD-2-Clause */
/* Figures of lists that have no end: ports, codes, hosts. Names are strangers'. */
#include "cli/compare/page.h"

enum { MOST_BARS = 10 };

struct view {
	const char *key, *title, *note;
	const char *label;     /* in front of a name */
	const char *name;      /* what a name is */
	const char *times;     /* what n counts; NULL: once a domain, so it says nothing more */
	enum compare_group of; /* what the shares are of, with the label, or all of its labels */
	int label_of;
	const char *of_text;
	const char *(*words)(const char *name);
};

enum { ANY_LABEL = -1 };

static const struct view views[N_TALLY_LISTS] = {
	[TALLY_PORTS] = {"ports", "Port numbers in SRV records",
			 "A domain with records of several ports counts for each of them.", "port ",
			 "port", "records", GROUP_SRV, STATE_PUBLISHED, "domains that publish SRV",
			 NULL},
	[TALLY_WEIGHTS] =
		{"weights", "Weights in SRV records",
		 "A weight says something only beside the others of its domain: 60 and 40 "
		 "share the load as 3 and 2 do.",
		 "weight ", "weight", "records", GROUP_SRV, STATE_PUBLISHED,
		 "domains that publish SRV", NULL},
	[TALLY_STATUSES] = {"statuses", "Why mail is not delivered",
			    "The status code (RFC 3463) that the sender is told: those with a 4 in "
			    "front are tried again, those with a 5 are returned at once.",
			    "", "status", NULL, GROUP_OUTCOME, ANY_LABEL, "all domains",
			    page_words_of_status},
	[TALLY_DROPS] = {"drops", "What is left out of routes",
			 "Hosts and addresses that are named, but no mail goes there. A domain may "
			 "be fine without them.",
			 "", "why", "left out", GROUP_OUTCOME, ANY_LABEL, "all domains",
			 page_words_of_drop},
	[TALLY_FAILURES] = {"failures", "Questions without a usable answer",
			    "SERVFAIL: the name servers are out of order or cannot be reached. "
			    "REFUSED: they do not want to answer. Bogus: the answer fails its "
			    "DNSSEC check, so it may be forged.",
			    "", "answer", NULL, GROUP_OUTCOME, ANY_LABEL, "all domains", NULL},
};

/* How many names there are, and which of them are shown. */
static void
print_extent(FILE *out, const char *key, size_t n, size_t shown, const char *which)
{
	struct html_number names = html_number_of(n, "%s.names", key);

	fputs("<p class=\"base\">In the list: ", out);
	html_number(out, &names);
	if (shown < n)
		fprintf(out, "; shown are the <span data-shown=\"%s\">%zu</span> %s", key, shown,
			which);
	fputs("</p>\n", out);
}

static void
print_name(FILE *out, const char *key, size_t i, const char *name)
{
	fprintf(out, "<tr><th scope=\"row\"><bdi data-name=\"%s.shown.%zu.name\">", key, i);
	html_name(out, name);
	fputs("</bdi>", out);
}

/* ---- Lists ------------------------------------------------------------------------------------ */

static void
print_list_rows(FILE *out, const struct view *view, const struct html_number *of,
		const struct tally *const *tallies, size_t n)
{
	page_table_begin(out, view->title, view->name, false);
	page_table_column(out, "domains");
	if (view->times != NULL)
		page_table_column(out, view->times);
	page_table_body(out);
	for (size_t i = 0; i < n; i++) {
		const char *words = view->words == NULL ? NULL : view->words(tallies[i]->name);
		struct html_number domains = html_number_of(tallies[i]->domains,
							    "%s.shown.%zu.domains", view->key, i),
				   times = html_number_of(tallies[i]->n, "%s.shown.%zu.n",
							  view->key, i);

		print_name(out, view->key, i, tallies[i]->name);
		if (words != NULL) {
			fputs("<small>", out);
			html_text(out, words);
			fputs("</small>", out);
		}
		fputs("</th>", out);
		page_table_cell(out, &domains, of);
		if (view->times != NULL) {
			fputs("<td>", out);
			html_number(out, &times);
			fputs("</td>", out);
		}
		fputs("</tr>\n", out);
	}
	page_table_end(out);
}

static void
print_list_chart(FILE *out, const struct view *view, const struct html_number *of,
		 const struct tally *const *tallies, size_t n)
{
	struct chart_row rows[MOST_BARS] = {0};
	char id[HTML_KEY];
	struct chart chart = {.id = id,
			      .title = view->title,
			      .of = {*of},
			      .is_longest_full = true,
			      .rows = rows,
			      .n_rows = n > MOST_BARS ? MOST_BARS : n};

	snprintf(id, sizeof(id), "list-%s-chart", view->key);
	for (size_t i = 0; i < chart.n_rows; i++) {
		rows[i].label = view->label;
		rows[i].name = tallies[i]->name;
		rows[i].bars[0] =
			html_number_of(tallies[i]->domains, "%s.shown.%zu.domains", view->key, i);
	}
	chart_print(out, &chart);
}

bool
page_list(const struct page *page, enum tally_list list)
{
	const struct view *view = &views[list];
	struct html_number of = view->label_of == ANY_LABEL
					? page_of(page, view->of)
					: page_count(page, view->of, (size_t)view->label_of);
	char id[HTML_KEY];
	size_t n, shown;
	const struct tally *const *tallies = totals_sorted(page->totals, list, &n);

	if (tallies == NULL)
		return false;
	shown = n > page->top ? page->top : n;
	snprintf(id, sizeof(id), "list-%s", view->key);
	page_figure_begin(page->out, id, view->title, view->note);
	page_figure_base(page->out, NULL, view->of_text, &of);
	print_extent(page->out, view->key, n, shown, "most frequent");
	page_figure_body(page->out);
	if (shown > 0) {
		print_list_chart(page->out, view, &of, tallies, shown);
		print_list_rows(page->out, view, &of, tallies, shown);
	} else
		fputs("<p class=\"empty\">None was counted.</p>\n", page->out);
	page_figure_end(page->out);
	return true;
}

/* ---- Load ------------------------------------------------------------------------------------- */

static struct html_number
load_of(const struct tally *host, size_t i, size_t series)
{
	return series == 0 ? html_millionths_of(host->routed, "load.hosts.shown.%zu.routed", i)
			   : html_millionths_of(host->mx, "load.hosts.shown.%zu.mx", i);
}

static void
print_load_rows(FILE *out, const struct html_number *of, const struct tally *const *hosts, size_t n)
{
	page_table_begin(out, "Load of hosts, in domains", "host and port", true);
	page_table_column(out, "domains");
	for (size_t series = 0; series < CHART_SERIES; series++)
		page_table_column(out, page_series[series]);
	page_table_body(out);
	for (size_t i = 0; i < n; i++) {
		struct html_number domains =
			html_number_of(hosts[i]->domains, "load.hosts.shown.%zu.domains", i);

		print_name(out, "load.hosts", i, hosts[i]->name);
		fputs("</th><td>", out);
		html_number(out, &domains);
		fputs("</td>", out);
		for (size_t series = 0; series < CHART_SERIES; series++) {
			struct html_number load = load_of(hosts[i], i, series);

			page_table_cell(out, &load, of);
		}
		fputs("</tr>\n", out);
	}
	page_table_end(out);
}

static void
print_load_chart(FILE *out, const struct html_number *of, const struct tally *const *hosts,
		 size_t n)
{
	struct chart_row rows[MOST_BARS] = {0};
	struct chart chart = {.id = "load-chart",
			      .title = "Load of hosts",
			      .series = {page_series[0], page_series[1]},
			      .of = {*of, *of},
			      .is_longest_full = true,
			      .rows = rows,
			      .n_rows = n > MOST_BARS ? MOST_BARS : n};

	for (size_t i = 0; i < chart.n_rows; i++) {
		rows[i].label = "";
		rows[i].name = hosts[i]->name;
		for (size_t series = 0; series < CHART_SERIES; series++)
			rows[i].bars[series] = load_of(hosts[i], i, series);
	}
	chart_print(out, &chart);
}

bool
page_load(const struct page *page)
{
	struct html_number of = html_number_of(page->totals->compared, "load.domains");
	size_t n, shown;
	const struct tally *const *hosts = totals_sorted(page->totals, TALLY_HOSTS, &n);

	if (hosts == NULL)
		return false;
	shown = n > page->top ? page->top : n;
	page_figure_begin(page->out, "load", "Load of hosts",
			  "In domains: a host that gets half of the first attempts of three "
			  "domains has the load of 1.5. Where MX alone has nothing, only SRV names "
			  "the host, or its port.");
	page_figure_base(page->out, NULL, groups[GROUP_REQUIREMENT].of, &of);
	print_extent(page->out, "load.hosts", n, shown, "whose load changes most");
	page_figure_body(page->out);
	if (shown > 0) {
		print_load_chart(page->out, &of, hosts, shown);
		print_load_rows(page->out, &of, hosts, shown);
	} else
		fputs("<p class=\"empty\">None was counted.</p>\n", page->out);
	page_figure_end(page->out);
	return true;
}
