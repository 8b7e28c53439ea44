/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/key.h"

#include <string.h>

static const struct map {
	const char *name;
	enum question_kind kind;
	bool of_hosts;
} maps[] = {
	{"route", QUESTION_ROUTE, false},    {"exim", QUESTION_EXIM, false},
	{"tls-sec", QUESTION_TLS_SEC, true}, {"exim-class", QUESTION_EXIM_CLASS, false},
	{"tls-sts", QUESTION_TLS_STS, true},
};

enum { ASCII_NAME_MOST = 253 };

static const struct map *
find_map(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		if (strlen(maps[i].name) == n && memcmp(maps[i].name, name, n) == 0)
			return &maps[i];
	return NULL;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_host_octet(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' ||
	       c == '_' || c == '.';
}

/*
 * Copies a name without its final dot, in lower case. Octets above ASCII are the library's to judge; with
 * an empty label or any other octet it is no name. So "example.org.." is none either: less one
 * dot it would be no domain of pass-domains, and less two (by the library) it would be one.
 */
static bool
copy_name(const char *name, size_t n, bool ascii_only, char ret[static QUESTION_SUBJECT])
{
	bool is_ascii = true;

	if (n && name[n - 1] == '.')
		n--;
	if (n == 0 || n >= QUESTION_SUBJECT || name[n - 1] == '.')
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = name[i];

		if ((unsigned char)c >= 0x80)
			is_ascii = false;
		else if (!is_host_octet(c) || (c == '.' && (i == 0 || name[i - 1] == '.')))
			return false;
		ret[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	ret[n] = '\0';
	return is_ascii ? n <= ASCII_NAME_MOST : !ascii_only;
}

/*
 * The domain is what follows the last @. One inside a quoted local part or a literal cannot pass for it:
 * the quote or bracket that closes stands behind it, and is part of no name. Nor need quotes be
 * understood, which matters because Postfix's internal form of an address has none: there a local
 * part may hold a lone quote.
 */
static bool
read_address(const char *key, size_t n, struct question *question)
{
	const char *at = memrchr(key, '@', n);
	const char *domain = at ? at + 1 : key;

	return copy_name(domain, n - (size_t)(domain - key), false, question->subject) &&
	       strchr(question->subject, '.');
}

/* ":1" to ":65535", or nothing: port 25. */
static bool
read_port(const char *text, size_t n, uint16_t *ret)
{
	unsigned port = 0;

	if (n == 0) {
		*ret = 25;
		return true;
	}
	if (n < 2 || n > 6 || text[0] != ':' || text[1] == '0')
		return false;
	for (size_t i = 1; i < n; i++) {
		if (!is_digit(text[i]))
			return false;
		port = port * 10 + (unsigned)(text[i] - '0');
	}
	if (port > UINT16_MAX)
		return false;
	*ret = (uint16_t)port;
	return true;
}

/* A last label of digits alone is that of an IPv4 address; those of IPv6 have colons. */
static bool
is_literal(const char *host)
{
	const char *dot = strrchr(host, '.'), *label = dot ? dot + 1 : host;

	return label[strspn(label, "0123456789")] == '\0';
}

static bool
read_host(const char *key, size_t n, struct question *question)
{
	const char *close = memchr(key, ']', n);
	size_t length;

	if (!close || key[0] != '[')
		return false;
	length = (size_t)(close - key) - 1;
	return copy_name(key + 1, length, true, question->subject) &&
	       !is_literal(question->subject) &&
	       read_port(close + 1, n - length - 2, &question->port);
}

enum key
key_read(const char *request, size_t length, struct question *ret)
{
	const char *blank = memchr(request, ' ', length);
	size_t n = blank ? (size_t)(blank - request) : length;
	const struct map *map = find_map(request, n);
	const char *key = blank ? blank + 1 : request + length;
	bool is_good;

	if (!map)
		return KEY_NO_MAP;
	*ret = (struct question){.kind = map->kind};
	n = length - (size_t)(key - request);
	is_good = map->of_hosts ? read_host(key, n, ret) : read_address(key, n, ret);
	return is_good ? KEY_ASK : KEY_NOTFOUND;
}
