/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/compare/html.h"

#include <stdarg.h>
#include <string.h>

#include "cli/compare/domain.h"

/* A narrow space that does not break, and what stands for octets that are no text. */
#define NARROW "\xe2\x80\xaf"
#define REPLACEMENT "\xef\xbf\xbd"
#define ELLIPSIS "\xe2\x80\xa6"

static struct html_number
number(uint64_t n, bool is_millionths, const char *key, va_list arguments)
{
	struct html_number made = {.n = n, .is_millionths = is_millionths};

	vsnprintf(made.key, sizeof(made.key), key, arguments);
	return made;
}

struct html_number
html_number_of(uint64_t n, const char *key, ...)
{
	struct html_number made;
	va_list arguments;

	va_start(arguments, key);
	made = number(n, false, key, arguments);
	va_end(arguments);
	return made;
}

struct html_number
html_millionths_of(uint64_t n, const char *key, ...)
{
	struct html_number made;
	va_list arguments;

	va_start(arguments, key);
	made = number(n, true, key, arguments);
	va_end(arguments);
	return made;
}

/* ---- Text ------------------------------------------------------------------------------------- */

/* What has no look of its own but makes other text look otherwise: Unicode's Bidi_Control. */
static bool
is_direction(uint32_t code)
{
	return code == 0x061c || code == 0x200e || code == 0x200f ||
	       (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/* A character that the page may hold: no control, nothing that is not to be seen, no noncharacter. */
static bool
is_shown(uint32_t code)
{
	return code >= ' ' && (code < 0x7f || code >= 0xa0) && !is_direction(code) &&
	       (code & 0xfffe) != 0xfffe && (code < 0xfdd0 || code >= 0xfdf0);
}

/* The octets of the character that text begins with, and which it is; of what is no UTF-8 (RFC 3629) one
 * octet is skipped, as a control. */
static size_t
character(const char *text, uint32_t *ret_code)
{
	const unsigned char *u = (const unsigned char *)text;
	size_t n = u[0] < 0x80 ? 1 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t code = n == 1 ? u[0] : u[0] & (0xffU >> (n + 1));

	*ret_code = 0;
	if ((u[0] >= 0x80 && u[0] < 0xc0) || u[0] >= 0xf8)
		return 1;
	for (size_t i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 1;
		code = code << 6 | (u[i] & 0x3fU);
	}
	if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 1;
	*ret_code = code;
	return n;
}

/* Writes one character, and returns its octets. */
static size_t
put_character(FILE *out, const char *text)
{
	uint32_t code;
	size_t n = character(text, &code);

	switch (code) {
	case '&':
		fputs("&amp;", out);
		break;
	case '<':
		fputs("&lt;", out);
		break;
	case '>':
		fputs("&gt;", out);
		break;
	case '"':
		fputs("&quot;", out);
		break;
	case '\'':
		fputs("&#39;", out);
		break;
	default:
		if (is_shown(code))
			fwrite(text, 1, n, out);
		else
			fputs(REPLACEMENT, out);
	}
	return n;
}

void
html_text(FILE *out, const char *text)
{
	while (*text != '\0')
		text += put_character(out, text);
}

void
html_name(FILE *out, const char *name)
{
	while (*name != '\0') {
		char c = *name;

		if (c == ':')
			fputs("<wbr>", out);
		name += put_character(out, name);
		if (c == '.')
			fputs("<wbr>", out);
	}
}

static size_t
octets(const char *text)
{
	uint32_t code;

	return character(text, &code);
}

void
html_text_short(FILE *out, const char *text, size_t most)
{
	size_t n = 0, at = 0, head = most / 2, tail = most - head - 1;

	for (const char *p = text; *p != '\0'; p += octets(p))
		n++;
	if (n <= most) {
		html_text(out, text);
		return;
	}
	for (; *text != '\0'; at++) {
		if (at == head)
			fputs(ELLIPSIS, out);
		if (at < head || at >= n - tail)
			text += put_character(out, text);
		else
			text += octets(text);
	}
}

/* ---- Numbers ---------------------------------------------------------------------------------- */

/* Rounded to tenths. */
static uint64_t
tenths(uint64_t millionths)
{
	uint64_t tenth = SHARE_WHOLE / 10;

	return millionths / tenth + (millionths % tenth >= tenth / 2);
}

static bool
is_under_a_tenth(const struct html_number *number)
{
	return number->is_millionths && number->n > 0 && tenths(number->n) == 0;
}

/* Groups of three digits, each but the first in an element that the style keeps apart. */
static void
put_grouped(FILE *out, uint64_t n)
{
	char digits[24];
	size_t length = (size_t)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
	size_t first = (length - 1) % 3 + 1;

	fwrite(digits, 1, first, out);
	for (size_t at = first; at < length; at += 3)
		fprintf(out, "<i>%.3s</i>", digits + at);
}

void
html_number(FILE *out, const struct html_number *number)
{
	fprintf(out, "<data value=\"%llu\" data-key=\"%s\"%s>", (unsigned long long)number->n,
		number->key, number->is_millionths ? " data-unit=\"millionths\"" : "");
	if (is_under_a_tenth(number))
		fputs("&lt;0.1", out);
	else if (number->is_millionths && number->n > 0) {
		put_grouped(out, tenths(number->n) / 10);
		fprintf(out, ".%llu", (unsigned long long)(tenths(number->n) % 10));
	} else
		put_grouped(out, number->n);
	fputs("</data>", out);
}

void
html_digits(FILE *out, const struct html_number *number)
{
	if (is_under_a_tenth(number))
		fputs("&lt;0.1", out);
	else if (number->is_millionths && number->n > 0)
		fprintf(out, "%llu.%llu", (unsigned long long)(tenths(number->n) / 10),
			(unsigned long long)(tenths(number->n) % 10));
	else
		fprintf(out, "%llu", (unsigned long long)number->n);
}

void
html_domains(FILE *out, const struct html_number *number)
{
	html_number(out, number);
	fputs(!number->is_millionths && number->n == 1 ? " domain" : " domains", out);
}

/* ---- Shares ----------------------------------------------------------------------------------- */

uint64_t
html_part(const struct html_number *part, const struct html_number *whole, uint64_t most)
{
	uint64_t n = part->n, of = whole->n;

	if (of == 0 || n == 0)
		return 0;
	if (part->is_millionths && !whole->is_millionths) {
		if (of > UINT64_MAX / SHARE_WHOLE)
			return n / SHARE_WHOLE * most / of;
		of *= SHARE_WHOLE;
	}
	/* Sums too large to be multiplied lose digits that nobody sees. */
	while (n > UINT64_MAX / 2 / most) {
		n /= 2;
		of = of / 2 + (of == 1);
	}
	return (n * most + of / 2) / of;
}

void
html_share_attributes(FILE *out, const struct html_number *part, const struct html_number *whole)
{
	fprintf(out, " data-share=\"%s\" data-of=\"%s\"", part->key, whole->key);
}

void
html_share_text(FILE *out, const struct html_number *part, const struct html_number *whole)
{
	uint64_t tenth = html_part(part, whole, 1000), unit = part->is_millionths ? SHARE_WHOLE : 1;
	bool is_all = whole->is_millionths ? part->n == whole->n : part->n / unit >= whole->n;

	if (whole->n == 0)
		fputs("\xe2\x80\x93", out);
	else if (part->n == 0)
		fputs("0" NARROW "%", out);
	else if (tenth == 0)
		fputs("&lt;0.1" NARROW "%", out);
	else if (tenth >= 1000 && !is_all)
		fputs("&gt;99.9" NARROW "%", out);
	else
		fprintf(out, "%llu.%llu" NARROW "%%", (unsigned long long)(tenth / 10),
			(unsigned long long)(tenth % 10));
}

void
html_share(FILE *out, const struct html_number *part, const struct html_number *whole)
{
	fputs("<span", out);
	html_share_attributes(out, part, whole);
	fputs(">", out);
	html_share_text(out, part, whole);
	fputs("</span>", out);
}
