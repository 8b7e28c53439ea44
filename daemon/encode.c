/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/encode.h"

#include <stdio.h>
#include <string.h>

enum {
	HOST_MOST = 253, /* RFC 1035 section 2.3.4, without the final dot */
	LABEL_MOST = 63,
	REASON_MOST = 200, /* one line of a mail log, and no more of a stranger's text than that */
	STATUS_SIZE = sizeof("5.123.123"),
};

struct encoder
encoder_in(char *buffer, size_t size)
{
	return (struct encoder){.buffer = buffer, .size = size};
}

static bool
put(struct encoder *e, const char *octets, size_t n)
{
	if (e->is_full || n > e->size - e->length) {
		e->is_full = true;
		return false;
	}
	memcpy(e->buffer + e->length, octets, n);
	e->length += n;
	return true;
}

/* ---- Hosts ---------------------------------------------------------------------------------- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_label(const char *label, size_t n)
{
	if (n == 0 || n > LABEL_MOST || label[0] == '-' || label[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_letter(label[i]) && !is_digit(label[i]) && label[i] != '_' &&
		    label[i] != '-')
			return false;
	return true;
}

/* inet_aton(3) takes a name for an address, and no DNS is asked, if its last label is a number: all
 * digits, or 0x and hexadecimal ones. */
static bool
is_number(const char *label, size_t n)
{
	bool is_hex = n >= 2 && label[0] == '0' && (label[1] == 'x' || label[1] == 'X');
	const char *digits = is_hex ? "0123456789abcdefABCDEF" : "0123456789";
	size_t start = is_hex ? 2 : 0;

	return start + strspn(label + start, digits) == n;
}

bool
encode_is_host(const char *host)
{
	const char *label = host;

	if (strnlen(host, HOST_MOST + 1) > HOST_MOST)
		return false;
	for (;;) {
		size_t n = strcspn(label, ".");

		if (!is_label(label, n))
			return false;
		if (label[n] == '\0')
			return !is_number(label, n);
		label += n + 1;
	}
}

static bool
put_endpoint(struct encoder *e, const char *open, const char *host, const char *close,
	     unsigned port)
{
	char text[HOST_MOST + sizeof("[]:65535")];
	int n;

	if (!encode_is_host(host) || port < 1 || port > 65535)
		return false;
	n = snprintf(text, sizeof(text), "%s%s%s:%u", open, host, close, port);
	return put(e, text, (size_t)n);
}

bool
encode_bracketed(struct encoder *e, const char *host, unsigned port)
{
	return put_endpoint(e, "[", host, "]", port);
}

bool
encode_plain(struct encoder *e, const char *host, unsigned port)
{
	return put_endpoint(e, "", host, "", port);
}

/* ---- Texts ---------------------------------------------------------------------------------- */

bool
encode_word(struct encoder *e, const char *word)
{
	return put(e, word, strlen(word));
}

/* What follows a dot: 0, or up to three digits that do not begin with 0 (RFC 3463 section 2).
 * Returns what follows it, or NULL. */
static const char *
skip_number(const char *at)
{
	size_t n;

	if (!at || *at++ != '.')
		return NULL;
	n = strspn(at, "0123456789");
	return n == 0 || n > 3 || (n > 1 && *at == '0') ? NULL : at + n;
}

bool
encode_status(struct encoder *e, char class, const char *status)
{
	char text[STATUS_SIZE] = {class, '.', '0', '.', '0', '\0'};
	const char *end = NULL;

	if (status[0] == class)
		end = skip_number(skip_number(status + 1));
	return end && *end == '\0' ? encode_word(e, status) : encode_word(e, text);
}

/* A blank is none: it is what stands for all others. */
static bool
is_plain(char c)
{
	return c > ' ' && c < 0x7f && !strchr("\"\\${}", c);
}

bool
encode_reason(struct encoder *e, const char *reason)
{
	char text[REASON_MOST];
	size_t n = 0;
	bool gap = false;

	for (; *reason; reason++) {
		if (!is_plain(*reason)) {
			gap = n > 0;
			continue;
		}
		if (n + gap + 1 > sizeof(text))
			break;
		if (gap)
			text[n++] = ' ';
		text[n++] = *reason;
		gap = false;
	}
	return n ? put(e, text, n) : encode_word(e, "no reason is known");
}
