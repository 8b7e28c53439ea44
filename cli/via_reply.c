/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/via_reply.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

/* A part of the octets that is read from its front. */
struct input {
	char *at, *end;
};

struct head {
	unsigned status;
	bool has_length, is_chunked;
	uint64_t length;
};

/* A line without its CR LF, which must be there; NULL if it is not. */
static char *
take_line(struct input *in, size_t *ret_length)
{
	char *line = in->at, *lf = memchr(line, '\n', (size_t)(in->end - line));

	if (!lf || lf == line || lf[-1] != '\r')
		return NULL;
	*ret_length = (size_t)(lf - 1 - line);
	in->at = lf + 1;
	return line;
}

/* ---- Head ------------------------------------------------------------------------------------- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* HTTP/1.x SP 3DIGIT [SP text] */
static const char *
read_status(const char *line, size_t n, struct head *h)
{
	if (n < 12 || memcmp(line, "HTTP/1.", 7) != 0 || !is_digit(line[7]) || line[8] != ' ' ||
	    !is_digit(line[9]) || !is_digit(line[10]) || !is_digit(line[11]) ||
	    (n > 12 && line[12] != ' '))
		return "this is not HTTP/1";
	h->status = (unsigned)((line[9] - '0') * 100 + (line[10] - '0') * 10 + line[11] - '0');
	return h->status < 200 || h->status > 599 ? "its status is none of 200-599" : NULL;
}

static const char *
read_length(const char *value, size_t n, struct head *h)
{
	if (h->has_length)
		return "two lengths";
	if (n == 0)
		return "its length is no number";
	h->has_length = true;
	for (size_t i = 0; i < n; i++) {
		if (!is_digit(value[i]))
			return "its length is no number";
		if (h->length <= VIA_MOST_BODY)
			h->length = h->length * 10 + (uint64_t)(value[i] - '0');
	}
	return h->length > VIA_MOST_BODY ? "it is longer than 1 MiB" : NULL;
}

static bool
is_field(const char *line, size_t n, const char *name)
{
	return n == strlen(name) && strncasecmp(line, name, n) == 0;
}

static const char *
read_field(const char *line, size_t n, struct head *h)
{
	const char *colon = memchr(line, ':', n);
	size_t name = colon ? (size_t)(colon - line) : 0, at = name + 1;

	if (name == 0 || memchr(line, ' ', name) || memchr(line, '\t', name) || memchr(line, 0, n))
		return "its header is malformed";
	while (at < n && (line[at] == ' ' || line[at] == '\t'))
		at++;
	while (n > at && (line[n - 1] == ' ' || line[n - 1] == '\t'))
		n--;
	if (is_field(line, name, "Content-Length"))
		return read_length(line + at, n - at, h);
	if (!is_field(line, name, "Transfer-Encoding"))
		return NULL;
	if (h->is_chunked || !is_field(line + at, n - at, "chunked"))
		return "its transfer encoding is not just chunked";
	h->is_chunked = true;
	return NULL;
}

static enum via_state
read_head(struct input *in, struct head *ret, const char **ret_fault)
{
	struct head h = {0};
	size_t n = 0;
	char *line = take_line(in, &n);
	const char *fault = line ? read_status(line, n, &h) : NULL;

	while (line && !fault) {
		line = take_line(in, &n);
		if (line && n == 0)
			break;
		if (line)
			fault = read_field(line, n, &h);
	}
	if (!fault && !line)
		return VIA_MORE;
	if (!fault && h.is_chunked && h.has_length)
		fault = "both a length and chunks";
	*ret_fault = fault;
	*ret = h;
	return fault ? VIA_BAD : VIA_WHOLE;
}

/* ---- Body ------------------------------------------------------------------------------------- */

static int
hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 1*HEXDIG [;extension] */
static bool
read_size(const char *line, size_t n, size_t *ret_size)
{
	size_t size = 0, i = 0;

	for (; i < n && hex_digit(line[i]) >= 0; i++) {
		if (size > VIA_MOST_BODY)
			return false;
		size = size * 16 + (size_t)hex_digit(line[i]);
	}
	*ret_size = size;
	return i > 0 && size <= VIA_MOST_BODY && (i == n || line[i] == ';');
}

/* Trailer fields are passed over. */
static enum via_state
skip_trailer(struct input *in)
{
	size_t n;

	while (take_line(in, &n))
		if (n == 0)
			return VIA_WHOLE;
	return VIA_MORE;
}

/* Puts the chunks together at `to`, unless it is NULL. */
static enum via_state
read_chunks(struct input in, char *to, size_t *ret_length, const char **ret_fault)
{
	size_t total = 0, size, n;
	char *line;

	while ((line = take_line(&in, &n))) {
		*ret_fault = "a chunk is malformed";
		if (!read_size(line, n, &size))
			return VIA_BAD;
		if (size == 0) {
			*ret_length = total;
			return skip_trailer(&in);
		}
		if (size > VIA_MOST_BODY - total) {
			*ret_fault = "it is longer than 1 MiB";
			return VIA_BAD;
		}
		if ((size_t)(in.end - in.at) < size + 2)
			return VIA_MORE;
		if (in.at[size] != '\r' || in.at[size + 1] != '\n')
			return VIA_BAD;
		if (to)
			memmove(to + total, in.at, size);
		total += size;
		in.at += size + 2;
	}
	return VIA_MORE;
}

static enum via_state
read_body(const struct head *h, struct input in, bool is_end, struct via_reply *ret,
	  const char **ret_fault)
{
	size_t there = (size_t)(in.end - in.at);
	enum via_state state = VIA_WHOLE;

	ret->body = in.at;
	if (h->is_chunked) {
		state = read_chunks(in, NULL, &ret->length, ret_fault);
		if (state == VIA_WHOLE)
			read_chunks(in, in.at, &ret->length, ret_fault);
		return state;
	}
	if (h->has_length) {
		ret->length = (size_t)h->length;
		return there < h->length ? VIA_MORE : VIA_WHOLE;
	}
	*ret_fault = "it is longer than 1 MiB";
	ret->length = there;
	if (there > VIA_MOST_BODY)
		return VIA_BAD;
	return is_end ? VIA_WHOLE : VIA_MORE;
}

enum via_state
via_reply_read(char *octets, size_t n, bool is_end, struct via_reply *ret, const char **ret_fault)
{
	struct input in = {octets, octets + n};
	struct head head = {0};
	struct via_reply reply = {0};
	enum via_state state = read_head(&in, &head, ret_fault);

	if (state == VIA_WHOLE ? in.at - octets > VIA_MOST_HEAD
			       : state == VIA_MORE && n > VIA_MOST_HEAD) {
		*ret_fault = "its header is malformed, or longer than 16 KiB";
		return VIA_BAD;
	}
	if (state == VIA_WHOLE) {
		reply.status = head.status;
		state = read_body(&head, in, is_end, &reply, ret_fault);
	}
	if (state == VIA_MORE && (is_end || n >= VIA_MOST)) {
		*ret_fault = is_end ? "it ends too early" : "it is longer than 2 MiB";
		return VIA_BAD;
	}
	if (state == VIA_WHOLE)
		*ret = reply;
	return state;
}
