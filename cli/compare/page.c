/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The summary as one HTML file (compare --html): no script, nothing fetched, nothing but the totals, so
 * that the same totals give the same octets. A reader who knows mail, and nothing of us, should understand
 * it: a finding first, then a story in sections, each with the words that it needs.
 */
#include "cli/compare/page.h"

enum part_kind { PART_END, PART_GROUP, PART_PAIR, PART_LIST, PART_LOAD };

struct part {
	enum part_kind kind;
	int what, mx;	   /* a group or a list; of a pair the second group */
	const char *title; /* of a pair */
};

enum { MOST_PARTS = 6 };

struct section {
	const char *id, *title, *text;
	struct part parts[MOST_PARTS];
};

#define GROUP(group)                       \
	{                                  \
		PART_GROUP, group, 0, NULL \
	}
#define PAIR(group, title)                          \
	{                                           \
		PART_PAIR, group, group##_MX, title \
	}
#define LIST(list)                       \
	{                                \
		PART_LIST, list, 0, NULL \
	}

static const struct section sections[] = {
	{"who",
	 "Who publishes what",
	 "MX records name the hosts that take a domain's mail. SRV records (RFC 2782) can do the "
	 "same and more: they name a port as well, and say in which proportions hosts share the "
	 "load. A sender that does not know them goes by MX.",
	 {GROUP(GROUP_PUBLISH), GROUP(GROUP_SRV), GROUP(GROUP_MX)}},
	{"agree",
	 "Do the two agree?",
	 "A domain that publishes both tells two kinds of senders where to go. Here is whether it "
	 "tells them the same.",
	 {GROUP(GROUP_AGREEMENT)}},
	{"records",
	 "Ports, priorities and weights",
	 "An SRV record has a port, a priority and a weight. Hosts of the best priority are tried "
	 "first; among them the weights decide who gets how much.",
	 {GROUP(GROUP_PORTS), LIST(TALLY_PORTS), GROUP(GROUP_TIERS), GROUP(GROUP_WEIGHTS),
	  LIST(TALLY_WEIGHTS)}},
	{"shift",
	 "Who gets the load",
	 "The first attempt to deliver a message goes to one host. With SRV the weights decide "
	 "how often that is which; by MX the best hosts get equal parts. Every domain counts as "
	 "one, however much mail it gets.",
	 {{PART_LOAD, 0, 0, NULL}}},
	{"signed",
	 "Is it signed?",
	 "DNSSEC signs answers of the DNS, so that nobody on the way can forge them. Without it a "
	 "forged answer sends mail to a stranger.",
	 {GROUP(GROUP_SRV_SECURITY), GROUP(GROUP_MX_SECURITY), GROUP(GROUP_HOST_SECURITY)}},
	{"encryption",
	 "DANE and MTA-STS",
	 "Mail servers encrypt if both sides offer it, and an attacker between them can hide the "
	 "offer. Two ways forbid that: DANE puts the server's keys into signed DNS; MTA-STS is a "
	 "policy that is fetched over HTTPS. Either demands encryption, and that the server "
	 "proves its name.",
	 {PAIR(GROUP_DANE, "Hosts that demand DANE"), GROUP(GROUP_STS),
	  PAIR(GROUP_TLS, "The least TLS that a host demands"), GROUP(GROUP_REQUIREMENT)}},
	{"fate",
	 "What becomes of the mail",
	 "The same domains twice: for a sender that uses SRV, and for one that goes by MX alone. "
	 "No mail server was contacted: this is what DNS and policies say.",
	 {PAIR(GROUP_OUTCOME, "Delivered or not"), GROUP(GROUP_CHANGE), GROUP(GROUP_SOURCE)}},
	{"trouble",
	 "What goes wrong",
	 "Why mail is not delivered, which hosts are passed over, and which questions had no "
	 "usable answer; with SRV used.",
	 {LIST(TALLY_STATUSES), LIST(TALLY_DROPS), LIST(TALLY_FAILURES)}},
};

enum { N_SECTIONS = sizeof(sections) / sizeof(*sections) };

/* ---- The beginning ---------------------------------------------------------------------------- */

static void
print_head(FILE *out)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<meta name=\"generator\" content=\"nextmx compare\">\n"
	      "<title>SRV beside MX: where mail goes</title>\n"
	      "<link rel=\"icon\" href=\"data:,\">\n<style>\n",
	      out);
	for (const char *const *line = page_style; *line != NULL; line++)
		fprintf(out, "%s\n", *line);
	fputs("</style>\n</head>\n<body>\n", out);
}

/* Domains that deliver both ways and have SRV hosts to try first, and how much of that moves. */
static struct html_number
compared(const struct page *page)
{
	return html_number_of(page->totals->compared, "load.domains");
}

static struct html_number
moved(const struct page *page)
{
	return html_millionths_of(page->totals->moved, "load.moved_sum");
}

static void
print_finding(const struct page *page)
{
	FILE *out = page->out;
	struct html_number all = html_number_of(page->totals->domains, "domains"),
			   srv = page_count(page, GROUP_SRV, STATE_PUBLISHED),
			   not_asked = page_count(page, GROUP_SRV, STATE_NOT_ASKED),
			   both = compared(page), part = moved(page);

	fputs("<h1>", out);
	if (all.n == 0) {
		fputs("No domain was counted</h1>\n", out);
		return;
	}
	if (not_asked.n == all.n) {
		fputs("SRV records were not asked for</h1>\n", out);
		return;
	}
	html_number(out, &srv);
	fputs(" of ", out);
	html_domains(out, &all);
	fputs(srv.n == 1 ? " publishes" : " publish", out);
	fputs(" SRV records for mail", out);
	if (both.n > 0) {
		fputs("; of ", out);
		html_number(out, &both);
		fputs(" that deliver both ways, ", out);
		html_share(out, &part, &both);
		fputs(" of first attempts go elsewhere than by MX", out);
	}
	fputs("</h1>\n", out);
}

static void
print_tile(FILE *out, const char *title, const struct html_number *part,
	   const struct html_number *whole, const char *of)
{
	fputs("<div><dt>", out);
	html_text(out, title);
	fputs("</dt><dd>", out);
	html_share(out, part, whole);
	fputs("</dd><dd class=\"small\">", out);
	html_number(out, part);
	fputs(" of ", out);
	html_number(out, whole);
	fprintf(out, " %s</dd></div>\n", of);
}

static void
print_tiles(const struct page *page)
{
	FILE *out = page->out;
	struct html_number all = html_number_of(page->totals->domains, "domains"),
			   srv = page_count(page, GROUP_SRV, STATE_PUBLISHED),
			   mx = page_count(page, GROUP_MX, STATE_PUBLISHED),
			   delivered = page_count(page, GROUP_OUTCOME, OUTCOME_DELIVERABLE),
			   both = compared(page), part = moved(page);

	fputs("<dl class=\"tiles\">\n", out);
	print_tile(out, "publish SRV", &srv, &all, "domains");
	print_tile(out, "publish MX", &mx, &all, "domains");
	print_tile(out, "of first attempts move", &part, &both, "domains");
	print_tile(out, "can be delivered to", &delivered, &all, "domains");
	fputs("</dl>\n", out);
}

static void
print_header(const struct page *page)
{
	FILE *out = page->out;

	fputs("<header>\n<p class=\"kind\">SRV beside MX: where mail goes</p>\n", out);
	print_finding(page);
	fputs("<p class=\"lead\">A sender of mail asks the DNS which hosts take the mail of a "
	      "domain. This page counts what domains answer in the usual way, by MX records, and "
	      "in another one, by SRV records at _smtp._tcp, and what the difference is for their "
	      "mail. Mail servers go by MX today; SRV counts for those that ask for it, as "
	      "nextmx does.</p>\n",
	      out);
	print_tiles(page);
	fputs("</header>\n<nav aria-label=\"Sections\">\n<ol>\n", out);
	for (size_t i = 0; i < N_SECTIONS; i++)
		fprintf(out, "<li><a href=\"#%s\">%s</a></li>\n", sections[i].id,
			sections[i].title);
	fputs("<li><a href=\"#numbers\">About the numbers</a></li>\n</ol>\n</nav>\n", out);
}

/* ---- Sections --------------------------------------------------------------------------------- */

/* What the load section finds, in a sentence. */
static void
print_shift(const struct page *page)
{
	struct html_number both = compared(page), part = moved(page);

	if (both.n == 0)
		return;
	fputs("<p>In all, SRV moves ", page->out);
	html_share(page->out, &part, &both);
	fputs(" of the first attempts: the load of ", page->out);
	html_domains(page->out, &part);
	fputs(" of ", page->out);
	html_number(page->out, &both);
	fputs(".</p>\n", page->out);
}

static bool
print_part(const struct page *page, const struct part *part)
{
	switch (part->kind) {
	case PART_END:
		break;
	case PART_GROUP:
		page_group(page, (enum compare_group)part->what);
		break;
	case PART_PAIR:
		page_pair(page, part->title, (enum compare_group)part->what,
			  (enum compare_group)part->mx);
		break;
	case PART_LIST:
		return page_list(page, (enum tally_list)part->what);
	case PART_LOAD:
		return page_load(page);
	}
	return true;
}

static bool
print_section(const struct page *page, const struct section *section)
{
	fprintf(page->out,
		"<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n"
		"<p class=\"words\">%s</p>\n",
		section->id, section->id, section->title, section->text);
	if (section->parts[0].kind == PART_LOAD)
		print_shift(page);
	for (size_t i = 0; i < MOST_PARTS; i++)
		if (!print_part(page, &section->parts[i]))
			return false;
	fputs("</section>\n", page->out);
	return true;
}

/* ---- The end ---------------------------------------------------------------------------------- */

static void
print_count(FILE *out, const char *title, uint64_t n, const char *key)
{
	struct html_number number = html_number_of(n, "%s", key);

	fprintf(out, "<div><dt>%s</dt><dd>", title);
	html_number(out, &number);
	fputs("</dd></div>\n", out);
}

static void
print_end(const struct page *page)
{
	FILE *out = page->out;
	const struct totals *totals = page->totals;

	fputs("<section aria-labelledby=\"numbers\">\n<h2 id=\"numbers\">About the numbers</h2>\n"
	      "<p class=\"words\">Each share is of the domains that are named above its chart, "
	      "and rounded, so that those of a chart may not add up to the whole. Every number is "
	      "in the JSON summary of the same run, by the name that stands beside it in this "
	      "file as data-key.</p>\n<dl class=\"counts\">\n",
	      out);
	print_count(out, "lines read", totals->lines, "lines");
	print_count(out, "of them unreadable, not counted", totals->unreadable, "unreadable");
	print_count(out, "entries that are no domain, not counted", totals->input_errors,
		    "input_errors");
	print_count(out, "domains counted", totals->domains, "domains");
	fputs("</dl>\n</section>\n</main>\n</body>\n</html>\n", out);
}

bool
totals_print_page(FILE *out, struct totals *totals, size_t top)
{
	struct page page = {out, totals, top};

	print_head(out);
	print_header(&page);
	fputs("<main>\n", out);
	for (size_t i = 0; i < N_SECTIONS; i++)
		if (!print_section(&page, &sections[i]))
			return false;
	print_end(&page);
	return true;
}
