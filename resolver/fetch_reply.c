/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/fetch_reply.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"

enum {
	/* Octets of a reply's header, interim replies and trailers included: a few KiB are usual. */
	MOST_HEADER = 64 * 1024,
	FIRST_BODY = 4096, /* policies come to some hundred octets */
	MOST_QUOTED = 64,  /* octets of a header field that a fault's text repeats */
};

/* The only field of that name, or NULL; what is wrong with it then is said. */
static const char *
only_field(struct fetch_reply *r, const char *name, bool needed)
{
	struct curl_header *field;
	CURLHcode code = curl_easy_header(r->easy, name, 0, CURLH_HEADER, -1, &field);
	struct text text;

	if (code == CURLHE_OK && field->amount == 1)
		return field->value;
	if (code == CURLHE_MISSING || code == CURLHE_NOHEADERS ? !needed : false)
		return NULL;
	text = fetch_note_begin(r->note, FETCH_TYPE);
	text_printf(&text, "the answer has %s %s", code ? "no" : "more than one", name);
	return NULL;
}

static void
fail_by_field(struct fetch_reply *r, const char *name, const char *value)
{
	struct text text = fetch_note_begin(r->note, FETCH_TYPE);

	text_printf(&text, "the answer's %s is ", name);
	text_escaped(&text, value, strnlen(value, MOST_QUOTED));
}

/* RFC 8461 section 3.2: text/plain, with any parameters. */
static bool
is_plain_text(const char *type)
{
	static const char plain[] = "text/plain";
	const char *rest = type + sizeof(plain) - 1;

	if (strncasecmp(type, plain, sizeof(plain) - 1) != 0)
		return false;
	rest += strspn(rest, " \t");
	return *rest == '\0' || *rest == ';';
}

static void
judge_fields(struct fetch_reply *r)
{
	const char *type = only_field(r, "Content-Type", true);
	const char *content = only_field(r, "Content-Encoding", false);
	const char *transfer = only_field(r, "Transfer-Encoding", false);
	curl_off_t length = -1;

	if (type && !is_plain_text(type))
		fail_by_field(r, "Content-Type", type);
	if (content)
		fail_by_field(r, "Content-Encoding", content);
	if (transfer && strcasecmp(transfer, "chunked") != 0)
		fail_by_field(r, "Transfer-Encoding", transfer);
	curl_easy_getinfo(r->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	r->framed = transfer || length >= 0;
	if (length > LIMIT_STS_POLICY)
		fetch_note(r->note, FETCH_SIZE, "the policy is over 64 KiB");
}

/* At the end of a header. Interim answers (RFC 9110 section 15.2) are passed over. */
static void
judge_header(struct fetch_reply *r)
{
	long status = 0;
	struct text text;

	curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 100 && status < 200 && status != 101)
		return;
	r->header_done = true;
	if (status == 200) {
		judge_fields(r);
		return;
	}
	text = fetch_note_begin(r->note, FETCH_STATUS);
	text_printf(&text, "status %ld instead of 200%s", status,
		    status >= 300 && status < 400 ? "; redirects are not followed" : "");
}

size_t
fetch_reply_header(char *line, size_t size, size_t n, void *user)
{
	struct fetch_reply *r = user;
	bool is_end = n * size <= 2 && (line[0] == '\r' || line[0] == '\n');

	r->header += n * size;
	if (r->header > MOST_HEADER)
		fetch_note(r->note, FETCH_SIZE, "the answer's header is over 64 KiB");
	else if (is_end && !r->header_done)
		judge_header(r);
	return r->note->fault ? 0 : n * size;
}

static bool
make_room(struct fetch_reply *r, size_t needed)
{
	size_t size = r->size ? r->size : FIRST_BODY;
	uint8_t *body;

	while (size < needed)
		size *= 2;
	if (size == r->size)
		return true;
	body = realloc(r->body, size);
	if (!body)
		return false;
	r->body = body;
	r->size = size;
	return true;
}

size_t
fetch_reply_body(char *data, size_t size, size_t n, void *user)
{
	struct fetch_reply *r = user;

	n *= size;
	if (!r->header_done)
		fetch_note(r->note, FETCH_STATUS, "the answer has no header");
	else if (n > LIMIT_STS_POLICY - r->length)
		fetch_note(r->note, FETCH_SIZE, "the policy is over 64 KiB");
	else if (!make_room(r, r->length + n))
		fetch_note(r->note, FETCH_SYSTEM, "out of memory");
	if (r->note->fault)
		return 0;
	memcpy(r->body + r->length, data, n);
	r->length += n;
	return n;
}

void
fetch_reply_done(struct fetch_reply *reply)
{
	free(reply->body);
}
