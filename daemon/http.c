/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests and replies. What a route is about is always 200, whatever becomes of the mail; other codes
 * are about the request, or about us. evhttp itself answers what is no HTTP (400, 413, 501).
 */
#include "daemon/http.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon/http_connections.h"
#include "daemon/http_target.h"
#include "daemon/moment.h"
#include "daemon/prometheus.h"

enum { MOST_HEADER = 8 * 1024, MOST_CONNECTIONS = 256, IDLE_S = 30 };

struct http {
	struct env *env;
	struct evhttp *evhttp;
	struct evhttp_bound_socket *bound; /* NULL: drains */
	struct http_connections connections;
	bool is_tcp;
};

/* A question that waits. Ends with its reply, or when its connection does. */
struct exchange {
	struct http *http;
	struct evhttp_request *request;
	struct asked *asked;
	int64_t since_us;
};

/* ---- Replies ---------------------------------------------------------------------------------- */

static const char *
phrase(int code)
{
	switch (code) {
	case 200:
		return "OK";
	case 400:
		return "Bad Request";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 413:
		return "Content Too Large";
	case 503:
		return "Service Unavailable";
	default:
		return "Internal Server Error";
	}
}

static void
set_header(struct evhttp_request *request, const char *name, const char *value)
{
	evhttp_add_header(evhttp_request_get_output_headers(request), name, value);
}

static void
close_after(struct evhttp_request *request)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);

	evhttp_remove_header(headers, "Connection");
	evhttp_add_header(headers, "Connection", "close");
}

/* evhttp 2.1 has no Content-Length in HTTP/1.0, and sends content with HEAD. */
static void
set_length(struct evhttp_request *request, struct evbuffer *body)
{
	size_t length = body ? evbuffer_get_length(body) : 0;
	char text[24];

	snprintf(text, sizeof(text), "%zu", length);
	set_header(request, "Content-Length", text);
	if (body && evhttp_request_get_command(request) == EVHTTP_REQ_HEAD)
		evbuffer_drain(body, length);
}

/* body NULL: without memory. It is freed. */
static void
reply(struct http *http, struct evhttp_request *request, int code, const char *type,
      struct evbuffer *body)
{
	struct http_connection *c = connections_find(&http->connections, request);

	if (!body)
		code = 500;
	else
		set_header(request, "Content-Type", type);
	set_length(request, body);
	set_header(request, "Cache-Control", "no-store");
	if (!c || !http->bound)
		close_after(request);
	if (c)
		connection_answers(c, request);
	evhttp_send_reply(request, code, phrase(code), body);
	if (body)
		evbuffer_free(body);
}

static void
reply_text(struct http *http, struct evhttp_request *request, int code, const char *text)
{
	struct evbuffer *body = evbuffer_new();

	if (body && evbuffer_add(body, text, strlen(text)) != 0) {
		evbuffer_free(body);
		body = NULL;
	}
	reply(http, request, code, "text/plain; charset=utf-8", body);
}

/* In quotes; what is not printable ASCII is "?": sentences are. */
static bool
add_quoted(struct evbuffer *body, const char *text, size_t length)
{
	bool ok = evbuffer_add(body, "\"", 1) == 0;

	for (size_t i = 0; i < length && ok; i++) {
		char c = text[i] >= 0x20 && text[i] < 0x7f ? text[i] : '?';

		if (c == '"' || c == '\\')
			ok = evbuffer_add(body, "\\", 1) == 0;
		ok = ok && evbuffer_add(body, &c, 1) == 0;
	}
	return ok && evbuffer_add(body, "\"", 1) == 0;
}

static void
reply_error_n(struct http *http, struct evhttp_request *request, int code, const char *text,
	      size_t length)
{
	struct evbuffer *body = evbuffer_new();

	if (body && (evbuffer_add(body, "{\"error\":", 9) != 0 || !add_quoted(body, text, length) ||
		     evbuffer_add(body, "}\n", 2) != 0)) {
		evbuffer_free(body);
		body = NULL;
	}
	reply(http, request, code, "application/json", body);
}

static void
reply_error(struct http *http, struct evhttp_request *request, int code, const char *text)
{
	reply_error_n(http, request, code, text, strlen(text));
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static void
reply_json(struct http *http, struct evhttp_request *request, const struct reply *r)
{
	struct evbuffer *body = evbuffer_new();

	if (body &&
	    (evbuffer_add(body, r->data, r->length) != 0 || evbuffer_add(body, "\n", 1) != 0)) {
		evbuffer_free(body);
		body = NULL;
	}
	reply(http, request, 200, "application/json", body);
}

static void
reply_trouble(struct http *http, struct evhttp_request *request, const struct reply *r)
{
	bool is_later = r->told == TOLD_LATER, is_overload = r->told == TOLD_OVERLOAD;
	bool is_ours = !is_later && !is_overload && r->told != TOLD_QUARANTINED;

	if (is_later || is_overload)
		set_header(request, "Retry-After", "5");
	reply_error_n(http, request, is_ours ? 500 : 503, r->data, r->length);
}

static void
on_reply(const struct reply *r, void *user)
{
	struct exchange x = *(struct exchange *)user;

	free(user);
	metrics_told(x.http->env->metrics, PROTOCOL_HTTP, r->told,
		     (uint64_t)(moment_us() - x.since_us));
	if (r->status == REPLY_OK)
		reply_json(x.http, x.request, r);
	else
		reply_trouble(x.http, x.request, r);
}

static void
on_gone(void *user)
{
	struct exchange *x = user;

	questions_cancel(x->asked);
	/* evhttp frees a request with its connection, unless it has parted them before. */
	if (!evhttp_request_get_connection(x->request))
		evhttp_request_free(x->request);
	free(x);
}

static void
overload(struct http *http, struct evhttp_request *request)
{
	static const char text[] = "too many questions wait for an answer";
	const struct reply r = {REPLY_TEMP, TOLD_OVERLOAD, text, sizeof(text) - 1};

	metrics_told(http->env->metrics, PROTOCOL_HTTP, TOLD_OVERLOAD, 0);
	reply_trouble(http, request, &r);
}

static void
ask(struct http *http, struct evhttp_request *request, struct question *question)
{
	struct http_connection *c = connections_find(&http->connections, request);
	struct exchange *x = c ? calloc(1, sizeof(*x)) : NULL;

	question->wait_ms = http->env->config->deadline_ms;
	if (x) {
		x->since_us = moment_us();
		x->asked = questions_ask(http->env->questions, question, on_reply, x);
	}
	if (!x || !x->asked) {
		free(x);
		overload(http, request);
		return;
	}
	x->http = http;
	x->request = request;
	connection_asks(c, on_gone, x);
}

static void
refuse_target(struct http *http, struct evhttp_request *request, const char *error)
{
	metrics_told(http->env->metrics, PROTOCOL_HTTP, TOLD_ERROR, 0);
	reply_error(http, request, 400, error);
}

static void
reply_metrics(struct http *http, struct evhttp_request *request)
{
	struct evbuffer *body = evbuffer_new();

	if (body && !prometheus_write(http->env->shared, body)) {
		evbuffer_free(body);
		body = NULL;
	}
	reply(http, request, 200, "text/plain; version=0.0.4", body);
}

/* ---- Requests --------------------------------------------------------------------------------- */

/* How often a field stands there; *ret_value is its last value, untouched if it is not there. */
static unsigned
count_header(struct evhttp_request *request, const char *name, const char **ret_value)
{
	struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
	struct evkeyval *header;
	unsigned n = 0;

	for (header = headers->tqh_first; header; header = header->next.tqe_next)
		if (evutil_ascii_strcasecmp(header->key, name) == 0) {
			*ret_value = header->value;
			n++;
		}
	return n;
}

static bool
has_body(struct evhttp_request *request)
{
	const char *length = "0", *encoding = "";

	return count_header(request, "Transfer-Encoding", &encoding) > 0 ||
	       count_header(request, "Content-Length", &length) > 1 || strcmp(length, "0") != 0;
}

/* 0, or the code of what is wrong with it. */
static int
judge(struct http *http, struct evhttp_request *request, const char **ret_error)
{
	const char *host = NULL;
	enum evhttp_cmd_type method = evhttp_request_get_command(request);
	unsigned n_hosts = count_header(request, "Host", &host);

	if (n_hosts > 1) {
		*ret_error = "more than one Host";
		return 400;
	}
	/* HTTP/1.0 has none. Whoever may use a unix socket is no web page. */
	if (http->is_tcp && n_hosts && !http_host_is_local(host)) {
		*ret_error = "Host must be an address or localhost";
		return 403;
	}
	if (method != EVHTTP_REQ_GET && method != EVHTTP_REQ_HEAD) {
		set_header(request, "Allow", "GET, HEAD");
		*ret_error = "only GET and HEAD";
		return 405;
	}
	if (has_body(request)) {
		*ret_error = "a request has no content here";
		return 413;
	}
	return 0;
}

static void
on_request(struct evhttp_request *request, void *user)
{
	struct http *http = user;
	struct question question;
	const char *error = "";
	int code = judge(http, request, &error);

	if (code) {
		close_after(request);
		reply_error(http, request, code, error);
		return;
	}
	switch (http_target_read(evhttp_request_get_uri(request), &question, &error)) {
	case TARGET_ROUTE:
		ask(http, request, &question);
		break;
	case TARGET_HEALTHZ:
		if (http->bound)
			reply_text(http, request, 200, "ok\n");
		else
			reply_text(http, request, 503, "draining\n");
		break;
	case TARGET_METRICS:
		reply_metrics(http, request);
		break;
	case TARGET_UNKNOWN:
		reply_error(http, request, 404,
			    "there are /v1/route/DOMAIN, /healthz and /metrics");
		break;
	case TARGET_BAD:
		refuse_target(http, request, error);
		break;
	}
}

/* ---- The server ------------------------------------------------------------------------------- */

static bool
is_tcp(int listening)
{
	struct sockaddr_storage address = {0};
	socklen_t length = sizeof(address);

	return getsockname(listening, (struct sockaddr *)&address, &length) != 0 ||
	       address.ss_family != AF_UNIX;
}

/* All that evhttp knows: what is not allowed gets our 405. */
enum {
	ALL_METHODS = EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT |
		      EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE |
		      EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH
};

static unsigned
lesser(unsigned a, unsigned b)
{
	return b && b < a ? b : a;
}

static bool
start(struct http *http, int listening)
{
	const struct config *config = http->env->config;
	struct evconnlistener *listener;

	http->evhttp = evhttp_new(http->env->base);
	if (!http->evhttp ||
	    !connections_init(&http->connections, http->env->base, http->env->metrics,
			      lesser(MOST_CONNECTIONS, config->connections),
			      (int64_t)lesser(IDLE_S, config->idle_s) * 1000))
		return false;
	evhttp_set_max_headers_size(http->evhttp, MOST_HEADER);
	evhttp_set_max_body_size(http->evhttp, 0);
	evhttp_set_timeout(http->evhttp, ANSWERING_MS / 1000);
	evhttp_set_allowed_methods(http->evhttp, ALL_METHODS);
	evhttp_set_default_content_type(http->evhttp, NULL);
	evhttp_set_bevcb(http->evhttp, connections_accept, &http->connections);
	evhttp_set_gencb(http->evhttp, on_request, http);
	listener = evconnlistener_new(http->env->base, NULL, NULL, LEV_OPT_CLOSE_ON_EXEC, 0,
				      listening);
	if (!listener)
		return false;
	http->bound = evhttp_bind_listener(http->evhttp, listener);
	if (!http->bound) {
		evconnlistener_free(listener);
		return false;
	}
	connections_listen(&http->connections, listener);
	return true;
}

struct http *
http_new(struct env *env, int listening)
{
	struct http *http = calloc(1, sizeof(*http));

	if (!http)
		return NULL;
	http->env = env;
	http->is_tcp = is_tcp(listening);
	if (start(http, listening))
		return http;
	http_free(http);
	return NULL;
}

void
http_drain(struct http *http)
{
	struct evhttp_bound_socket *bound = http->bound;

	if (!bound)
		return;
	http->bound = NULL;
	connections_drain(&http->connections);
	evhttp_del_accept_socket(http->evhttp, bound);
}

size_t
http_connections(const struct http *http)
{
	return http->connections.n;
}

void
http_free(struct http *http)
{
	if (!http)
		return;
	if (http->connections.base)
		http_drain(http);
	if (http->evhttp)
		evhttp_free(http->evhttp);
	connections_done(&http->connections);
	free(http);
}
