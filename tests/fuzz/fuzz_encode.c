/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hosts, ports, statuses and reasons into answers. What is printed is read again, octet by octet, by
 * a reader that shares nothing with the encoder; and what that reader takes is printed.
 */
#include "target.h"

#include <ctype.h>
#include <string.h>

#include "daemon/encode.h"

/* bracketed, plain, reason, status */
const unsigned fuzz_kinds = 4;

enum { SIZE = 400 };

/* ---- The reader ----------------------------------------------------------------------------- */

enum place { PLACE_BEGIN, PLACE_INSIDE, PLACE_HYPHEN, PLACE_BAD };

static enum place
step(enum place place, char c)
{
	switch (c) {
	case '-':
		return place == PLACE_BEGIN ? PLACE_BAD : PLACE_HYPHEN;
	case '.':
		return place == PLACE_INSIDE ? PLACE_BEGIN : PLACE_BAD;
	case '_':
		return PLACE_INSIDE;
	default:
		/* the C locale's, for no target sets another */
		return c > 0 && isalnum(c) ? PLACE_INSIDE : PLACE_BAD;
	}
}

/* As inet_aton(3) would: a number with nothing behind it, or a prefix alone. */
static bool
reads_as_number(const char *label)
{
	char *end;

	if (label[0] == '_' || label[0] == '-')
		return false;
	if (label[0] == '0' && (label[1] == 'x' || label[1] == 'X')) {
		if (label[2] == '\0')
			return true;
		strtoull(label, &end, 16);
	} else {
		strtoull(label, &end, 10);
	}
	return *end == '\0';
}

static bool
is_legal_host(const char *host, size_t n)
{
	char last[SIZE];
	enum place place = PLACE_BEGIN;
	size_t begin = 0;

	if (n == 0 || n > 253)
		return false;
	for (size_t i = 0; i < n; i++) {
		place = step(place, host[i]);
		if (place == PLACE_BAD)
			return false;
		if (host[i] == '.')
			begin = i + 1;
		else if (i - begin >= 63)
			return false;
	}
	memcpy(last, host + begin, n - begin);
	last[n - begin] = '\0';
	return place == PLACE_INSIDE && !reads_as_number(last);
}

/* The port behind the last colon: 1..65535 as a number is written. */
static bool
is_legal_port(const char *text, size_t n)
{
	unsigned port = 0;

	if (n == 0 || n > 5 || text[0] == '0')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		port = port * 10 + (unsigned)(text[i] - '0');
	}
	return port <= 65535;
}

static bool
is_legal_endpoint(const char *text, size_t n, bool is_bracketed)
{
	const char *colon = memrchr(text, ':', n);
	size_t host;

	if (!colon || !is_legal_port(colon + 1, (size_t)(text + n - colon - 1)))
		return false;
	host = (size_t)(colon - text);
	if (!is_bracketed)
		return is_legal_host(text, host);
	return host > 2 && text[0] == '[' && text[host - 1] == ']' &&
	       is_legal_host(text + 1, host - 2);
}

static bool
is_legal_reason(const char *text, size_t n)
{
	if (n == 0 || n > 200 || text[0] == ' ' || text[n - 1] == ' ')
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (c < ' ' || c > '~' || c == '"' || c == '$' || c == '\\' || c == '{' || c == '}')
			return false;
		if (c == ' ' && text[i - 1] == ' ')
			return false;
	}
	return true;
}

static bool
is_legal_status(const char *text, size_t n, char class)
{
	unsigned a, b, c;
	char copy[SIZE], again[SIZE];

	memcpy(copy, text, n);
	copy[n] = '\0';
	if (n > 9 || sscanf(copy, "%1u.%3u.%3u", &a, &b, &c) != 3)
		return false;
	snprintf(again, sizeof(again), "%u.%u.%u", a, b, c);
	return strcmp(copy, again) == 0 && copy[0] == class;
}

/* ---- The writer ----------------------------------------------------------------------------- */

/* In a buffer of this size, behind a word of ours. */
static void
check(unsigned kind, const char *text, unsigned port, size_t size)
{
	char *buffer = malloc(size + 1), class = port % 2 ? '4' : '5';
	struct encoder e = encoder_in(buffer, size);
	size_t before;
	bool good, may = true;

	if (!buffer)
		abort();
	encode_word(&e, "OK ");
	before = e.length;
	if (kind == 0)
		good = encode_bracketed(&e, text, port);
	else if (kind == 1)
		good = encode_plain(&e, text, port);
	else if (kind == 2)
		good = encode_reason(&e, text);
	else
		good = encode_status(&e, class, text);
	MUST(e.length <= size && (good || e.length == before) && !(good && e.is_full));
	if (kind < 2)
		may = is_legal_host(text, strlen(text)) && port >= 1 && port <= 65535;
	MUST(good == (may && !e.is_full));
	if (good && kind < 2)
		MUST(is_legal_endpoint(buffer + before, e.length - before, kind == 0));
	else if (good && kind == 2)
		MUST(is_legal_reason(buffer + before, e.length - before));
	else if (good)
		MUST(is_legal_status(buffer + before, e.length - before, class));
	free(buffer);
}

/* An octet for the kind, three of a port, and the text. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned port;
	char *text;

	if (size < 4)
		return 0;
	port = (unsigned)data[1] << 16 | (unsigned)data[2] << 8 | data[3];
	text = string_of(data + 4, size - 4);
	check(data[0] % 4, text, port, SIZE);
	check(data[0] % 4, text, port, port % 64);
	free(text);
	return 0;
}
