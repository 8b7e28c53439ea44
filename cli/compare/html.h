/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text and numbers of the page. A number stands there with its place in the JSON summary, so that anybody,
 * a test first of all, can hold one against the other; a share with the two numbers that it is made of.
 */
#ifndef NMX_CLI_COMPARE_HTML_H
#define NMX_CLI_COMPARE_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { HTML_KEY = 96 };

struct html_number {
	char key[HTML_KEY]; /* "groups.publish.both" */
	uint64_t n;
	bool is_millionths; /* shares of domains, summed up; 1.5 domains are 1500000 */
};

__attribute__((format(printf, 2, 3))) struct html_number html_number_of(uint64_t n, const char *key,
									...);
__attribute__((format(printf, 2, 3))) struct html_number html_millionths_of(uint64_t n,
									    const char *key, ...);

/* Escaped for text and for attributes; octets that are no text, and characters that are not to be seen,
 * are U+FFFD. */
void html_text(FILE *out, const char *text);
/* A name, which may be broken into lines where it is made of parts. */
void html_name(FILE *out, const char *name);
/* At most so many characters, the middle left out. */
void html_text_short(FILE *out, const char *text, size_t most);

/* <data>: thousands apart for the eye, the text and the value are the digits. */
void html_number(FILE *out, const struct html_number *number);
/* The digits alone. */
void html_digits(FILE *out, const struct html_number *number);
/* n and "domain" or "domains". */
void html_domains(FILE *out, const struct html_number *number);

/* <span>40.6 %</span> */
void html_share(FILE *out, const struct html_number *part, const struct html_number *whole);
/* What it is made of, as attributes of any element, and its text alone. A share that is not quite
 * nothing, or not quite all, never looks like it. */
void html_share_attributes(FILE *out, const struct html_number *part,
			   const struct html_number *whole);
void html_share_text(FILE *out, const struct html_number *part, const struct html_number *whole);

/* n / of of most, in hundredths of a percent at best: a length for a chart. 0 of 0 is 0. */
uint64_t html_part(const struct html_number *part, const struct html_number *whole, uint64_t most);

#endif
