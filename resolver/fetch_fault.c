/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/fetch_fault.h"

#include <curl/curl.h>
#include <string.h>

struct text
fetch_note_begin(struct fetch_note *note, enum fetch_fault fault)
{
	char address[ADDRESS_TEXT_SIZE];
	struct text text;

	if (note->fault)
		return text_into(NULL, 0);
	note->fault = fault;
	text = text_into(note->text, sizeof(note->text));
	text_printf(&text, "%s (%s): ", note->host, address_text(note->address, address));
	return text;
}

void
fetch_note(struct fetch_note *note, enum fetch_fault fault, const char *why)
{
	struct text text = fetch_note_begin(note, fault);

	text_add(&text, why);
}

/*
 * libcurl reports a header line beyond its own limit (100 KiB) as memory that ran out. When a header is
 * awaited that is what it is: nothing else of a fetch needs much.
 */
static bool
is_header_too_long(int code, enum fetch_stage stage)
{
	return stage == STAGE_HEADER && (code == CURLE_OUT_OF_MEMORY || code == 100);
}

enum fetch_fault
fetch_fault_of(int code, enum fetch_stage stage)
{
	if (is_header_too_long(code, stage))
		return FETCH_SIZE;
	switch (code) {
	case CURLE_OK:
		return FETCH_OK;
	case CURLE_OPERATION_TIMEDOUT:
		return FETCH_TIMEOUT;
	case CURLE_SSL_CONNECT_ERROR: /* also if it was no more than a reset */
		return stage == STAGE_HELLO ? FETCH_CONNECT : FETCH_TLS;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return FETCH_TLS;
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9, or no HTTP at all */
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		return FETCH_STATUS;
	case CURLE_BAD_CONTENT_ENCODING:
		return FETCH_TYPE;
	case CURLE_OUT_OF_MEMORY:
	case CURLE_FAILED_INIT:
	case CURLE_NOT_BUILT_IN:
	case CURLE_BAD_FUNCTION_ARGUMENT:
	case CURLE_UNKNOWN_OPTION:
	case CURLE_SSL_CACERT_BADFILE:
		return FETCH_SYSTEM;
	default:
		return FETCH_CONNECT;
	}
}

static const char *
sentence(int code, enum fetch_stage stage)
{
	if (is_header_too_long(code, stage))
		return "a line of the answer's header is too long";
	switch (fetch_fault_of(code, stage)) {
	case FETCH_TLS:
		return "no TLS";
	case FETCH_STATUS:
		return "the answer is not HTTP/1.1";
	case FETCH_TYPE:
		return "the answer is encoded";
	case FETCH_SYSTEM:
		return code == CURLE_OUT_OF_MEMORY ? "out of memory" : "libcurl failed";
	default:
		break;
	}
	if (code == CURLE_PARTIAL_FILE)
		return "the answer was cut short";
	if (stage == STAGE_HELLO)
		return "the server ended the connection before TLS";
	if (code == CURLE_GOT_NOTHING)
		return "the server closed the connection without an answer";
	return stage == STAGE_TCP ? "no connection" : "the connection broke";
}

/* libcurl's words where ours say too little; what the server sent may be quoted in them. */
static bool
wants_detail(int code, enum fetch_stage stage)
{
	return stage != STAGE_HELLO && code != CURLE_PARTIAL_FILE && code != CURLE_GOT_NOTHING &&
	       code != CURLE_OUT_OF_MEMORY && !is_header_too_long(code, stage);
}

void
fetch_fault_print(struct text *text, int code, enum fetch_stage stage, const char *detail,
		  int os_error)
{
	text_add(text, sentence(code, stage));
	if (!wants_detail(code, stage))
		return;
	if (stage == STAGE_TCP && os_error)
		detail = strerror(os_error);
	else if (!*detail)
		detail = curl_easy_strerror((CURLcode)code);
	text_add(text, ": ");
	text_escaped(text, detail, strlen(detail));
}

void
fetch_fault_print_timeout(struct text *text, enum fetch_stage stage, unsigned time_ms)
{
	static const char *const missing[] = {
		"no connection", "TLS was not set up",	   "TLS was not set up",
		"no answer",	 "the answer did not end",
	};

	text_printf(text, "%s within %u ms", missing[stage], time_ms);
}
