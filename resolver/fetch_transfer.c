/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/fetch_transfer.h"

#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nextmx.h>

#include "base/limits.h"
#include "resolver/fetch_reply.h"
#include "resolver/fetch_tls.h"

enum { HTTPS = 443 };

struct transfer {
	struct transfer_order order;
	CURLM *multi;
	CURL *easy;
	struct curl_slist *pin; /* the address, in the place of a name server */
	struct watch watch;	/* of the one socket there is */
	struct timer timer;	/* libcurl's; set for ever while there is nothing to wait for */
	int fd;			/* the socket, or -1 */
	bool dialled, disowned;
	struct fetch_tls tls;
	struct fetch_note note;
	struct fetch_reply reply;
	char detail[CURL_ERROR_SIZE]; /* libcurl's own words */
};

/* ---- Faults --------------------------------------------------------------------------------- */

static enum fetch_stage
stage(const struct transfer *t)
{
	curl_off_t tls = 0;

	if (t->reply.header_done)
		return STAGE_BODY;
	curl_easy_getinfo(t->easy, CURLINFO_APPCONNECT_TIME_T, &tls);
	if (tls > 0)
		return STAGE_HEADER;
	return !t->tls.begun ? STAGE_TCP : t->tls.heard ? STAGE_TLS : STAGE_HELLO;
}

/* What libcurl has found wrong. */
static void
fail_by_code(struct transfer *t, CURLcode code)
{
	enum fetch_stage at = stage(t);
	bool bad_certificate = t->tls.seen && t->tls.error;
	struct text text;
	long os_error = 0;

	curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &os_error);
	text = fetch_note_begin(&t->note, bad_certificate ? FETCH_TLS : fetch_fault_of(code, at));
	if (bad_certificate)
		fetch_tls_print(&text, &t->tls);
	else if (code == CURLE_OPERATION_TIMEDOUT)
		fetch_fault_print_timeout(&text, at, t->order.connect_ms);
	else
		fetch_fault_print(&text, code, at, t->detail, (int)os_error);
}

/* What libcurl has found nothing wrong with, seen once more. */
static void
judge_end(struct transfer *t)
{
	if (!t->tls.seen || t->tls.error)
		fetch_note(&t->note, FETCH_TLS, "no certificate was verified");
	else if (!t->reply.header_done)
		fetch_note(&t->note, FETCH_STATUS, "the answer has no header");
	else if (!t->reply.framed && !t->tls.closed)
		fetch_note(&t->note, FETCH_CONNECT, "the answer was cut short");
}

/* ---- Sockets and timers, called by libcurl -------------------------------------------------- */

static bool
is_the_address(const struct transfer *t, const struct curl_sockaddr *to)
{
	const struct address *address = &t->order.address;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (address->family == 4) {
		memcpy(&in, &to->addr, sizeof(in));
		return to->family == AF_INET && in.sin_port == htons(HTTPS) &&
		       memcmp(&in.sin_addr, address->bytes, 4) == 0;
	}
	if (to->family != AF_INET6 || to->addrlen < sizeof(in6))
		return false;
	memcpy(&in6, (const void *)&to->addr, sizeof(in6)); /* addr is as long as it has to be */
	return in6.sin6_port == htons(HTTPS) && memcmp(&in6.sin6_addr, address->bytes, 16) == 0;
}

/* RULES STS-4: only the address that was judged is dialled, once, whatever libcurl makes of the pin. */
static curl_socket_t
open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct transfer *t = user;

	if (purpose != CURLSOCKTYPE_IPCXN || t->dialled || !is_the_address(t, to)) {
		fetch_note(&t->note, FETCH_SYSTEM, "libcurl was about to dial another address");
		return CURL_SOCKET_BAD;
	}
	t->dialled = true;
	t->fd = socket(to->family, to->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, to->protocol);
	if (t->fd < 0) {
		struct text text = fetch_note_begin(&t->note, errno == EAFNOSUPPORT ? FETCH_CONNECT
										    : FETCH_SYSTEM);

		text_printf(&text, "no socket: %s", strerror(errno));
		return CURL_SOCKET_BAD;
	}
	return t->fd;
}

static int
close_socket(void *user, curl_socket_t fd)
{
	struct transfer *t = user;

	loop_unwatch(t->order.loop, &t->watch); /* before its number can be another's */
	if (t->fd == fd)
		t->fd = -1;
	return close(fd);
}

static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *socket_user)
{
	struct transfer *t = user;
	uint32_t bits =
		(what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);

	(void)easy, (void)socket_user;
	if (t->disowned)
		return 0;
	if (what == CURL_POLL_REMOVE || !bits) {
		loop_unwatch(t->order.loop, &t->watch);
		return 0;
	}
	if (fd != t->fd || loop_watch(t->order.loop, &t->watch, fd, bits)) {
		fetch_note(&t->note, FETCH_SYSTEM, "its socket cannot be watched");
		return -1;
	}
	return 0;
}

/* Cannot fail: the timer never leaves the heap, but for the moment in which it fires. */
static int
set_timer(CURLM *multi, long ms, void *user)
{
	struct transfer *t = user;
	int64_t at = INT64_MAX;

	(void)multi;
	if (ms >= 0)
		at = loop_now(t->order.loop) + ms * NS_PER_MS;
	if (t->timer.place)
		loop_set_timer(t->order.loop, &t->timer, at);
	return 0;
}

static CURLcode
prepare_tls(CURL *easy, void *ssl_ctx, void *user)
{
	struct transfer *t = user;

	(void)easy;
	if (fetch_tls_prepare(&t->tls, ssl_ctx))
		return CURLE_OK;
	fetch_note(&t->note, FETCH_SYSTEM, "out of memory");
	return CURLE_OUT_OF_MEMORY;
}

/* ---- The loop ------------------------------------------------------------------------------- */

/* Last of all: the transfer may be freed in it. */
static void
tell(struct transfer *t)
{
	loop_unwatch(t->order.loop, &t->watch);
	loop_cancel_timer(t->order.loop, &t->timer);
	t->order.done(t->order.user);
}

static void
act(struct transfer *t, int fd, int bits)
{
	int running, left;
	bool failed = curl_multi_socket_action(t->multi, fd, bits, &running) != CURLM_OK;
	CURLMsg *message = curl_multi_info_read(t->multi, &left);

	fetch_tls_forget_errors();
	if (fetch_tls_is_flooded(&t->tls))
		fetch_note(&t->note, FETCH_CONNECT, "the server sends TLS records without end");
	else if (message && message->data.result != CURLE_OK)
		fail_by_code(t, message->data.result);
	else if (message)
		judge_end(t);
	else if (failed)
		fetch_note(&t->note, FETCH_SYSTEM, "libcurl failed");
	if (message || t->note.fault)
		tell(t);
}

static void
socket_is_ready(struct watch *watch, uint32_t ready)
{
	struct transfer *t = (struct transfer *)((char *)watch - offsetof(struct transfer, watch));
	int bits = 0;

	/* Reading and writing find out better what is wrong than libcurl's word for an error. */
	if (ready & (EPOLLIN | EPOLLERR | EPOLLHUP))
		bits |= CURL_CSELECT_IN;
	if (ready & (EPOLLOUT | EPOLLERR | EPOLLHUP))
		bits |= CURL_CSELECT_OUT;
	act(t, t->fd, bits);
}

static void
timer_is_due(struct timer *timer)
{
	struct transfer *t = (struct transfer *)((char *)timer - offsetof(struct transfer, timer));

	/* Its place in the heap has just become free. */
	loop_set_timer(t->order.loop, &t->timer, INT64_MAX);
	act(t, CURL_SOCKET_TIMEOUT, 0);
}

/* ---- Making --------------------------------------------------------------------------------- */

static const struct {
	CURLoption option;
	long value;
} numbers[] = {
	{CURLOPT_NOSIGNAL, 1},
	{CURLOPT_FOLLOWLOCATION, 0},
	{CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
	{CURLOPT_HTTP09_ALLOWED, 0},
	{CURLOPT_HTTP_CONTENT_DECODING, 0},
	{CURLOPT_NETRC, CURL_NETRC_IGNORED},
	{CURLOPT_FRESH_CONNECT, 1},
	{CURLOPT_FORBID_REUSE, 1},
	{CURLOPT_SSL_SESSIONID_CACHE, 0},
	{CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
	{CURLOPT_SSL_VERIFYPEER, 1},
	{CURLOPT_SSL_VERIFYHOST, 2},
	/* The authorities are ours and shared by all transfers: libcurl sets nothing in them. */
	{CURLOPT_SSL_OPTIONS, CURLSSLOPT_NO_PARTIALCHAIN},
	{CURLOPT_CA_CACHE_TIMEOUT, 0},
};

/* The first fault of several calls. */
static void
note(CURLcode *first, CURLcode code)
{
	if (*first == CURLE_OK)
		*first = code;
}

static CURLcode
set_request(struct transfer *t)
{
	char url[LIMIT_NAME_TEXT + sizeof("https:///.well-known/mta-sts.txt")];
	char agent[64], address[ADDRESS_TEXT_SIZE], pin[LIMIT_NAME_TEXT + 64];
	struct text text = text_into(url, sizeof(url));
	CURLcode code = CURLE_OK;

	text_printf(&text, "https://%s/.well-known/mta-sts.txt", t->order.host);
	text = text_into(agent, sizeof(agent));
	text_printf(&text, "nextmx/%s", nmx_version());
	/* No "+": the pin must never expire, and it dies with the multi handle. */
	text = text_into(pin, sizeof(pin));
	text_printf(&text, "%s:%d:%s", t->order.host, HTTPS,
		    address_text(&t->order.address, address));
	t->pin = curl_slist_append(NULL, pin);
	if (!t->pin)
		return CURLE_OUT_OF_MEMORY;
	note(&code, curl_easy_setopt(t->easy, CURLOPT_RESOLVE, t->pin));
	note(&code, curl_easy_setopt(t->easy, CURLOPT_URL, url));
	note(&code, curl_easy_setopt(t->easy, CURLOPT_USERAGENT, agent));
	note(&code, curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "https"));
	note(&code,
	     curl_easy_setopt(t->easy, CURLOPT_PROXY, "")); /* whatever the environment says */
	note(&code, curl_easy_setopt(t->easy, CURLOPT_NOPROXY, "*"));
	note(&code, curl_easy_setopt(t->easy, CURLOPT_CAINFO, NULL));
	note(&code, curl_easy_setopt(t->easy, CURLOPT_CAPATH, NULL));
	note(&code,
	     curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)t->order.connect_ms));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		note(&code, curl_easy_setopt(t->easy, numbers[i].option, numbers[i].value));
	return code;
}

static CURLcode
set_callbacks(struct transfer *t)
{
	CURLcode code = CURLE_OK;
	bool failed = false;

	note(&code, curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->detail));
	note(&code, curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket));
	note(&code, curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETDATA, t));
	note(&code, curl_easy_setopt(t->easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket));
	note(&code, curl_easy_setopt(t->easy, CURLOPT_CLOSESOCKETDATA, t));
	note(&code, curl_easy_setopt(t->easy, CURLOPT_SSL_CTX_FUNCTION, prepare_tls));
	note(&code, curl_easy_setopt(t->easy, CURLOPT_SSL_CTX_DATA, t));
	note(&code, curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, fetch_reply_header));
	note(&code, curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, &t->reply));
	note(&code, curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, fetch_reply_body));
	note(&code, curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, &t->reply));
	failed |= curl_multi_setopt(t->multi, CURLMOPT_SOCKETFUNCTION, watch_socket) != CURLM_OK;
	failed |= curl_multi_setopt(t->multi, CURLMOPT_SOCKETDATA, t) != CURLM_OK;
	failed |= curl_multi_setopt(t->multi, CURLMOPT_TIMERFUNCTION, set_timer) != CURLM_OK;
	failed |= curl_multi_setopt(t->multi, CURLMOPT_TIMERDATA, t) != CURLM_OK;
	return failed ? CURLE_FAILED_INIT : code;
}

static int
begin(struct transfer *t)
{
	CURLcode code;

	if (loop_set_timer(t->order.loop, &t->timer, INT64_MAX))
		return NMX_E_NOMEM;
	t->multi = curl_multi_init();
	t->easy = curl_easy_init();
	t->reply.easy = t->easy;
	if (!t->multi || !t->easy)
		return NMX_E_NOMEM;
	code = set_callbacks(t);
	note(&code, set_request(t));
	if (code)
		return code == CURLE_OUT_OF_MEMORY ? NMX_E_NOMEM : NMX_E_SYSTEM;
	switch (curl_multi_add_handle(t->multi, t->easy)) {
	case CURLM_OK:
		return 0;
	case CURLM_OUT_OF_MEMORY:
		return NMX_E_NOMEM;
	default:
		return NMX_E_SYSTEM;
	}
}

int
transfer_new(const struct transfer_order *order, struct transfer **ret_transfer)
{
	struct transfer *t = calloc(1, sizeof(*t));
	int result;

	if (!t)
		return NMX_E_NOMEM;
	t->order = *order;
	t->fd = -1;
	t->watch.fire = socket_is_ready;
	t->timer.fire = timer_is_due;
	t->note.host = order->host;
	t->note.address = &t->order.address;
	t->reply.note = &t->note;
	t->tls = (struct fetch_tls){.trusted = order->trusted, .host = order->host};
	result = begin(t);
	if (result)
		transfer_free(t);
	else
		*ret_transfer = t;
	return result;
}

/* ---- Ending --------------------------------------------------------------------------------- */

void
transfer_give_up(struct transfer *t, unsigned time_ms)
{
	struct text text = fetch_note_begin(&t->note, FETCH_TIMEOUT);

	fetch_fault_print_timeout(&text, stage(t), time_ms);
}

struct transfer_result
transfer_result(const struct transfer *t)
{
	enum fetch_fault fault = t->note.fault;
	bool no_certificate = fault == FETCH_TLS && !t->tls.seen;

	return (struct transfer_result){
		.fault = fault,
		.text = t->note.text,
		.body = fault ? NULL : t->reply.body,
		.length = fault ? 0 : t->reply.length,
		.other_may_do = t->reply.header == 0 && (fault == FETCH_CONNECT ||
							 fault == FETCH_TIMEOUT || no_certificate),
	};
}

/* libcurl's upcalls during this find the transfer whole. */
void
transfer_close(struct transfer *t)
{
	if (t->multi && t->easy)
		curl_multi_remove_handle(t->multi, t->easy);
	curl_easy_cleanup(t->easy);
	if (t->multi)
		curl_multi_cleanup(t->multi);
	curl_slist_free_all(t->pin);
	fetch_tls_forget_errors();
	t->easy = NULL;
	t->multi = NULL;
	t->pin = NULL;
	loop_unwatch(t->order.loop, &t->watch);
	loop_cancel_timer(t->order.loop, &t->timer);
}

/* What libcurl writes in closing then goes to a descriptor that takes nothing. It is this process's own:
 * nothing is said to the kernel about what the parent has open, or watches. */
void
transfer_disown(struct transfer *t)
{
	t->disowned = true;
	t->watch.watched = false;
	if (t->fd >= 0)
		dup2(loop_fd(t->order.loop), t->fd);
}

void
transfer_free(struct transfer *t)
{
	if (!t)
		return;
	transfer_close(t);
	fetch_reply_done(&t->reply);
	free(t);
}
