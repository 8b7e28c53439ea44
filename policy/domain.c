/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/domain.h"

#include <idn2.h>
#include <string.h>
#include <strings.h>

static bool
bad(struct domain *d, enum domain_kind kind, const char *fault)
{
	d->kind = kind;
	d->fault = fault;
	return true;
}

static const char *
copy_string(struct arena *arena, const char *string)
{
	return arena_copy(arena, string, strlen(string) + 1);
}

/* What was asked, fit to be printed whatever it is: the text of the bad kinds. */
static const char *
printable(const char *text, struct arena *arena)
{
	char buffer[LIMIT_DOMAIN_TEXT];
	struct text out = text_into(buffer, sizeof(buffer));

	text_escaped(&out, text, strnlen(text, LIMIT_DOMAIN_TEXT));
	return copy_string(arena, buffer);
}

/* RFC 5321 section 4.1.3. */
static bool
parse_literal(const char *text, struct arena *arena, struct domain *d)
{
	char inside[ADDRESS_TEXT_SIZE], buffer[ADDRESS_TEXT_SIZE];
	size_t length = strlen(text);
	bool tagged = strncasecmp(text + 1, "IPv6:", 5) == 0;
	size_t start = tagged ? 6 : 1;
	struct text out;
	char canonical[ADDRESS_TEXT_SIZE + 8];

	if (length < start + 2 || text[length - 1] != ']' || length - start - 1 >= sizeof(inside))
		return bad(d, DOMAIN_BAD_LITERAL, "neither [IPv4] nor [IPv6:...]");
	memcpy(inside, text + start, length - start - 1);
	inside[length - start - 1] = '\0';
	if (!address_from_text(inside, &d->address) || (d->address.family == 6) != tagged)
		return bad(d, DOMAIN_BAD_LITERAL, "neither [IPv4] nor [IPv6:...]");
	out = text_into(canonical, sizeof(canonical));
	text_printf(&out, "[%s%s]", tagged ? "IPv6:" : "", address_text(&d->address, buffer));
	d->kind = DOMAIN_LITERAL;
	d->text = d->ascii = copy_string(arena, canonical);
	return d->text != NULL;
}

static bool
is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

/* A name in A-labels: the limits of DNS and the characters of host names. */
static bool
parse_ascii(const char *ascii, bool single_label, struct arena *arena, struct domain *d)
{
	char buffer[LIMIT_NAME_TEXT];

	if (!dname_from_text(ascii, strlen(ascii), d->name))
		return bad(d, DOMAIN_BAD_NAME,
			   "empty or over 63 octets in a label, or over 253 in all");
	if (dname_is_root(d->name))
		return bad(d, DOMAIN_BAD_NAME, "the root takes no mail");
	if (dname_is_address(d->name))
		return bad(d, DOMAIN_BAD_NAME, "an address stands in brackets");
	if (!dname_is_host(d->name))
		return bad(d, DOMAIN_BAD_NAME,
			   "only letters, digits, hyphens inside and underscores make a label, "
			   "and the last one is no number");
	if (dname_labels(d->name) == 1 && !single_label)
		return bad(d, DOMAIN_BAD_NAME, "a single label (option single-label)");
	d->kind = DOMAIN_NAME;
	d->ascii = copy_string(arena, dname_text(d->name, buffer));
	return d->ascii != NULL;
}

/* The code point that begins at *text, which moves past it. Not for judging UTF-8: libidn2 does. */
static uint32_t
next_code_point(const unsigned char **text)
{
	const unsigned char *t = *text;
	uint32_t code = *t++;
	unsigned more = code < 0xc0 ? 0 : code < 0xe0 ? 1 : code < 0xf0 ? 2 : 3;

	if (more)
		code &= 0x3fu >> more;
	for (; more && (*t & 0xc0) == 0x80; more--)
		code = code << 6 | (*t++ & 0x3f);
	*text = t;
	return code;
}

/*
 * What UTS 46 maps to nothing: soft hyphen, joiners, variation selectors, zero-width spaces. libidn2
 * would strip them, and two texts that look alike would become one name (RULES IDN-1).
 */
static bool
has_ignored(const char *text)
{
	static const uint32_t ignored[][2] = {
		{0xad, 0xad},	  {0x34f, 0x34f},     {0x180b, 0x180f},
		{0x200b, 0x200b}, {0x2060, 0x2064},   {0xfe00, 0xfe0f},
		{0xfeff, 0xfeff}, {0x1bca0, 0x1bca3}, {0xe0100, 0xe01ef},
	};
	const unsigned char *at = (const unsigned char *)text;

	while (*at) {
		uint32_t code = next_code_point(&at);

		for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
			if (code >= ignored[i][0] && code <= ignored[i][1])
				return true;
	}
	return false;
}

/* The U-labels of the A-labels: one spelling, whatever was typed. */
static const char *
unicode_text(const char *ascii, struct arena *arena)
{
	const char *text = NULL;
	char *unicode = NULL;

	if (idn2_to_unicode_8z8z(ascii, &unicode, 0) == IDN2_OK)
		text = copy_string(arena, unicode);
	idn2_free(unicode);
	return text ? text : ascii;
}

static bool
parse_unicode(const char *text, bool single_label, struct arena *arena, struct domain *d)
{
	uint8_t *ascii = NULL;
	int result;
	bool parsed;

	if (has_ignored(text))
		return bad(d, DOMAIN_BAD_NAME, "it has an invisible character inside");
	result = idn2_lookup_u8((const uint8_t *)text, &ascii,
				IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (result == IDN2_MALLOC)
		return false;
	if (result != IDN2_OK)
		return bad(d, DOMAIN_BAD_NAME, idn2_strerror(result));
	parsed = parse_ascii((const char *)ascii, single_label, arena, d);
	idn2_free(ascii);
	if (parsed && d->kind == DOMAIN_NAME)
		d->text = unicode_text(d->ascii, arena);
	return parsed;
}

/* Letters in lower case, digits, hyphen and underscore as they are; 0 for all else. */
static const uint8_t plain[UINT8_MAX + 1] = {
	['-'] = '-', ['_'] = '_', ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4',
	['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9', ['a'] = 'a', ['b'] = 'b',
	['c'] = 'c', ['d'] = 'd', ['e'] = 'e', ['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['i'] = 'i',
	['j'] = 'j', ['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n', ['o'] = 'o', ['p'] = 'p',
	['q'] = 'q', ['r'] = 'r', ['s'] = 's', ['t'] = 't', ['u'] = 'u', ['v'] = 'v', ['w'] = 'w',
	['x'] = 'x', ['y'] = 'y', ['z'] = 'z', ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd',
	['E'] = 'e', ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k',
	['L'] = 'l', ['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r',
	['S'] = 's', ['T'] = 't', ['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y',
	['Z'] = 'z',
};

/* The label in front, its length before it, and behind it what follows; 0 if it is none, or no plain one. */
static size_t
read_label(const char *text, uint8_t *label)
{
	size_t n = 0;

	while (n <= LIMIT_LABEL && (label[n + 1] = plain[(uint8_t)text[n]]))
		n++;
	if (n == 0 || n > LIMIT_LABEL || label[1] == '-' || label[n] == '-')
		return 0;
	label[0] = (uint8_t)n;
	return n;
}

static bool
is_number(const uint8_t *label)
{
	for (size_t i = 1; i <= *label; i++)
		if (label[i] < '0' || label[i] > '9')
			return false;
	return true;
}

/*
 * A name in wire form and lower case, if there is nothing to say about it: letters, digits, hyphens
 * inside labels and underscores, within the limits, the last label no number. Returns the length; 0
 * leaves the judgement to the functions above.
 */
static size_t
read_plain(const char *text, uint8_t name[static LIMIT_NAME])
{
	uint8_t longer[LIMIT_NAME + LIMIT_LABEL + 2];
	size_t at = 0, n;

	do {
		n = read_label(text, &longer[at]);
		if (n == 0 || at + n + 2 > LIMIT_NAME)
			return 0;
		at += n + 1;
		text += n + (text[n] == '.');
	} while (text[-1] == '.' && *text);
	if (*text || is_number(&longer[at - n - 1]))
		return 0;
	longer[at] = 0;
	memcpy(name, longer, at + 1);
	return at + 1;
}

/* The text of a plain name. */
static const char *
plain_text(const uint8_t *name, size_t length, struct arena *arena)
{
	char *text = arena_copy(arena, name + 1, length - 1);

	for (size_t i = name[0]; text && name[i + 1]; i += (size_t)name[i + 1] + 1)
		text[i] = '.';
	return text;
}

/* Most of what is asked; the same as parse_ascii() would make of it. False: another matter. */
static bool
parse_plain(const char *text, bool single_label, struct arena *arena, struct domain *d)
{
	size_t length = read_plain(text, d->name);

	if (length == 0 || (!single_label && (size_t)d->name[0] + 2 == length))
		return false;
	d->kind = DOMAIN_NAME;
	d->port = 0;
	d->address = (struct address){0};
	d->text = d->ascii = plain_text(d->name, length, arena);
	d->fault = NULL;
	return true;
}

bool
domain_parse(const char *text, bool single_label, struct arena *arena, struct domain *ret)
{
	struct domain *d = ret;
	bool parsed = true;

	if (parse_plain(text, single_label, arena, d))
		return d->text != NULL;
	memset(d, 0, sizeof(*d));
	if (strnlen(text, LIMIT_DOMAIN_TEXT) == LIMIT_DOMAIN_TEXT)
		bad(d, DOMAIN_BAD_NAME, "too long");
	else if (text[0] == '[')
		parsed = parse_literal(text, arena, d);
	else if (is_ascii(text))
		parsed = parse_ascii(text, single_label, arena, d);
	else
		parsed = parse_unicode(text, single_label, arena, d);
	if (!parsed)
		return false;
	if (domain_is_bad(d)) {
		d->text = printable(text, arena);
		d->ascii = "";
	} else if (!d->text) {
		d->text = d->ascii;
	}
	return d->text != NULL;
}

/* What must be a name: an address is none, for the reason given. */
static bool
parse_name(const char *text, bool single_label, const char *fault, struct arena *arena,
	   struct domain *ret)
{
	if (!domain_parse(text, single_label, arena, ret))
		return false;
	if (ret->kind == DOMAIN_LITERAL || ret->kind == DOMAIN_BAD_LITERAL) {
		bad(ret, DOMAIN_BAD_NAME, fault);
		ret->ascii = "";
	}
	return true;
}

bool
domain_parse_served(const char *text, bool single_label, struct arena *arena, struct domain *ret)
{
	return parse_name(text, single_label, "an address has no name servers", arena, ret);
}

bool
domain_parse_host(const char *host, uint16_t port, struct arena *arena, struct domain *ret)
{
	char buffer[LIMIT_NAME_TEXT + sizeof(":65535")];
	struct text text = text_into(buffer, sizeof(buffer));

	if (!parse_name(host, true, "an address is no host name", arena, ret))
		return false;
	if (ret->kind != DOMAIN_NAME)
		return true;
	ret->kind = DOMAIN_HOST;
	ret->port = port;
	text_printf(&text, "%s:%u", ret->ascii, port);
	ret->text = copy_string(arena, buffer);
	return ret->text != NULL;
}

/* The labels joined by dots, if none has a dot or a zero octet inside and one is not ASCII. */
static bool
raw_text(const uint8_t *name, char buffer[static LIMIT_NAME + 1])
{
	bool ascii = true;
	char *at = buffer;

	for (const uint8_t *label = name; *label; label += *label + 1) {
		for (unsigned i = 1; i <= *label; i++) {
			if (label[i] == '.' || label[i] == 0)
				return false;
			ascii &= label[i] < 0x80;
			*at++ = (char)label[i];
		}
		*at++ = '.';
	}
	*at = '\0';
	return !ascii;
}

bool
domain_to_alabels(const uint8_t *name, struct arena *arena, const uint8_t **ret_name)
{
	char text[LIMIT_NAME + 1];
	uint8_t *ascii = NULL, converted[LIMIT_NAME];
	int result;

	*ret_name = name;
	if (!raw_text(name, text) || has_ignored(text))
		return true;
	result = idn2_lookup_u8((const uint8_t *)text, &ascii,
				IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (result == IDN2_OK &&
	    dname_from_text((const char *)ascii, strlen((const char *)ascii), converted) &&
	    dname_is_host(converted) && dname_labels(converted) == dname_labels(name))
		*ret_name = arena_copy(arena, converted, dname_length(converted));
	idn2_free(ascii);
	return result != IDN2_MALLOC && *ret_name;
}
