/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/probe.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/socket.h>

#include <openssl/err.h>

#include "tls/channel.h"
#include "tls/reply.h"
#include "tls/sentence.h"

/*
 *	CONNECT > GREETING > EHLO > STARTTLS > HANDSHAKE > QUIT       port 25 and others
 *	                         \________________________/           no STARTTLS, or refused
 *	CONNECT > HANDSHAKE > GREETING > QUIT                        TLS from the first octet
 *
 * From each the probe may end: with a fault, or after a verdict that is not met.
 */
enum stage {
	STAGE_NEW,
	STAGE_CONNECT,
	STAGE_GREETING,
	STAGE_EHLO,
	STAGE_STARTTLS,
	STAGE_HANDSHAKE,
	STAGE_QUIT,
	STAGE_ENDED
};

enum progress { GO_ON, WAIT };

/* Milliseconds for the goodbye, which proves nothing any more. */
enum { QUIT_MS = 2000, QUOTED = 160 };
/* More than any conversation needs between two waits. */
enum { MOST_STEPS = 64 };

struct probe {
	SSL_CTX *ctx;
	const struct nmx_endpoint *endpoint;
	const char *helo;
	unsigned deadline_ms;
	int64_t started, ends; /* milliseconds */
	enum stage stage;
	struct channel channel;
	bool is_implicit;
	uint8_t in[2048];
	size_t in_at, in_end;
	struct reply reply;
	char out[320];
	size_t out_at, out_end;
	struct sentence text; /* of the report */
	struct probe_report report;
};

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct probe *
probe_new(SSL_CTX *ctx, const struct nmx_endpoint *endpoint, const char *helo, unsigned deadline_ms)
{
	struct probe *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->ctx = ctx;
	p->endpoint = endpoint;
	p->helo = helo;
	p->deadline_ms = deadline_ms;
	p->channel.fd = -1;
	p->is_implicit = nmx_endpoint_implicit_tls(endpoint);
	p->text = sentence_into(p->report.text, sizeof(p->report.text));
	return p;
}

/* ---- The end -------------------------------------------------------------------------------- */

void
probe_free(struct probe *p)
{
	if (!p)
		return;
	channel_close(&p->channel);
	free(p);
}

static enum progress
end(struct probe *p)
{
	channel_close(&p->channel);
	p->stage = STAGE_ENDED;
	p->report.ms = (unsigned)(now_ms() - p->started);
	p->report.ok = p->report.fault == PROBE_NONE && p->report.verdict.met;
	return WAIT;
}

/* The report's text was written before. Nothing that comes after the verdict can change it. */
static enum progress
fail(struct probe *p, enum probe_fault fault)
{
	if (p->stage != STAGE_QUIT)
		p->report.fault = fault;
	return end(p);
}

static const char *
awaited(const struct probe *p)
{
	static const char *const words[] = {
		[STAGE_NEW] = "the connection",
		[STAGE_CONNECT] = "the connection",
		[STAGE_GREETING] = "the greeting",
		[STAGE_EHLO] = "the reply to EHLO",
		[STAGE_STARTTLS] = "the reply to STARTTLS",
		[STAGE_HANDSHAKE] = "the TLS handshake",
		[STAGE_QUIT] = "the reply to QUIT",
		[STAGE_ENDED] = "the end",
	};

	return words[p->stage];
}

/* Between the verdict and what happened afterwards. */
static const char *
separator(const struct probe *p)
{
	return p->text.length ? "; " : "";
}

static enum progress
fail_with(struct probe *p, enum probe_fault fault, const char *what, const char *detail)
{
	if (p->stage != STAGE_QUIT)
		sentence_add(&p->text, "%s%s%s", separator(p), what, detail);
	return fail(p, fault);
}

/* ---- Saying something ----------------------------------------------------------------------- */

static void
say(struct probe *p, enum stage stage, const char *verb, const char *argument)
{
	struct sentence line = sentence_into(p->out, sizeof(p->out));

	sentence_add(&line, "%s%s\r\n", verb, argument);
	p->out_at = 0;
	p->out_end = line.length;
	p->reply = (struct reply){0};
	p->stage = stage;
}

static enum progress
closed(struct probe *p)
{
	return fail_with(p, PROBE_CLOSED, "the server closed the connection before ", awaited(p));
}

/* ---- TLS ------------------------------------------------------------------------------------ */

static enum progress
say_goodbye(struct probe *p)
{
	int64_t ends = now_ms() + QUIT_MS;

	p->ends = p->ends < ends ? p->ends : ends;
	say(p, STAGE_QUIT, "QUIT", "");
	return GO_ON;
}

/* nmx_tls_verdict() and what there is to tell about the certificate. ssl is NULL without TLS. */
static enum progress
judge(struct probe *p, SSL *ssl)
{
	struct probe_report *r = &p->report;

	if (nmx_tls_verdict(ssl, p->endpoint, &r->verdict))
		return fail_with(p, PROBE_INTERNAL, "no verdict", "");
	sentence_add(&p->text, "%s%s", separator(p), r->verdict.text);
	if (p->channel.is_encrypted) {
		struct sentence version = sentence_into(r->version, sizeof(r->version));
		struct sentence cipher = sentence_into(r->cipher, sizeof(r->cipher));

		sentence_add(&version, "%s", SSL_get_version(ssl));
		sentence_add(&cipher, "%s", SSL_get_cipher_name(ssl));
		r->certificate = certificate_of(ssl, p->endpoint);
	}
	if (!r->verdict.met)
		return end(p);
	if (p->is_implicit) {
		p->reply = (struct reply){0};
		p->stage = STAGE_GREETING;
		return GO_ON;
	}
	return say_goodbye(p);
}

/*
 * The handshake goes on although verification fails, so that the certificate can be told about; the
 * verdict is the same, and nothing but a goodbye is sent afterwards.
 */
static enum progress
begin_tls(struct probe *p)
{
	int error = NMX_E_NOMEM;

	ERR_clear_error();
	p->channel.ssl = SSL_new(p->ctx);
	if (p->channel.ssl)
		channel_bound_tls(&p->channel);
	if (p->channel.ssl)
		error = nmx_tls_setup(p->channel.ssl, p->endpoint);
	if (error || !SSL_set_fd(p->channel.ssl, p->channel.fd))
		return fail_with(p, PROBE_INTERNAL, "TLS cannot be set up: ",
				 nmx_strerror(error ? error : NMX_E_SYSTEM));
	SSL_set_verify(p->channel.ssl, SSL_VERIFY_NONE, NULL);
	p->stage = STAGE_HANDSHAKE;
	return GO_ON;
}

static enum progress
handshake(struct probe *p)
{
	if (channel_connect_tls(&p->channel) < 0)
		return WAIT;
	return judge(p, p->channel.ssl);
}

/* ---- The conversation ----------------------------------------------------------------------- */

static void
quote_reply(struct probe *p, const char *what)
{
	sentence_add(&p->text, "%s%s", separator(p), what);
	sentence_quote(&p->text, p->reply.line, p->reply.length, QUOTED);
}

/* Octets that arrive before the handshake would be taken for the server's, by who does not look
 * (CVE-2011-0411 and its kind). */
static bool
is_injected(const struct probe *p)
{
	return p->in_at < p->in_end || channel_has_octets(&p->channel);
}

static enum progress
heard_greeting(struct probe *p)
{
	if (p->reply.code != 220) {
		quote_reply(p, "greeting ");
		return fail(p, PROBE_GREETING);
	}
	if (p->is_implicit)
		return say_goodbye(p);
	say(p, STAGE_EHLO, "EHLO ", p->helo);
	return GO_ON;
}

static enum progress
heard_ehlo(struct probe *p)
{
	if (p->reply.code != 250) {
		quote_reply(p, "EHLO refused: ");
		return fail(p, PROBE_EHLO);
	}
	if (!p->reply.has_starttls)
		return judge(p, NULL);
	say(p, STAGE_STARTTLS, "STARTTLS", "");
	return GO_ON;
}

static enum progress
heard_starttls(struct probe *p)
{
	if (p->reply.code != 220) {
		quote_reply(p, "STARTTLS refused: ");
		/* RFC 5321 section 3.8: after it the server closes, and takes no mail in the clear either. */
		return p->reply.code == 421 ? fail(p, PROBE_CLOSED) : judge(p, NULL);
	}
	if (is_injected(p))
		return fail_with(p, PROBE_INJECTION,
				 "octets in the clear follow the reply to STARTTLS: ",
				 "somebody injects commands, or the server is broken");
	return begin_tls(p);
}

static enum progress
heard(struct probe *p)
{
	switch (p->stage) {
	case STAGE_GREETING:
		return heard_greeting(p);
	case STAGE_EHLO:
		return heard_ehlo(p);
	case STAGE_STARTTLS:
		return heard_starttls(p);
	default:
		return end(p); /* whatever QUIT is told */
	}
}

static enum progress
read_reply(struct probe *p)
{
	enum reply_state state;
	size_t used;

	if (p->in_at == p->in_end) {
		int n = channel_receive(&p->channel, p->in, sizeof(p->in));

		if (n <= 0)
			return n < 0 ? WAIT : closed(p);
		p->in_at = 0;
		p->in_end = (size_t)n;
	}
	state = reply_read(&p->reply, p->in + p->in_at, p->in_end - p->in_at, &used);
	p->in_at += used;
	if (state == REPLY_DONE)
		return heard(p);
	if (state == REPLY_MORE)
		return GO_ON;
	quote_reply(p, state == REPLY_BAD ? "no SMTP reply: " : "a reply beyond all limits: ");
	return fail(p, PROBE_PROTOCOL);
}

static enum progress
converse(struct probe *p)
{
	if (p->out_at < p->out_end) {
		int n = channel_send(&p->channel, p->out + p->out_at, p->out_end - p->out_at);

		if (n <= 0)
			return n < 0 ? WAIT : closed(p);
		p->out_at += (size_t)n;
		return GO_ON;
	}
	return read_reply(p);
}

/* ---- Connecting ----------------------------------------------------------------------------- */

static enum progress
not_connected(struct probe *p, int error)
{
	return fail_with(p, PROBE_CONNECT, "cannot connect: ", strerror(error));
}

void
probe_start(struct probe *p)
{
	socklen_t length;
	const struct sockaddr *address = nmx_endpoint_sockaddr(p->endpoint, &length);

	p->started = now_ms();
	p->ends = p->started + p->deadline_ms;
	p->stage = STAGE_CONNECT;
	p->channel.events = POLLOUT;
	p->channel.fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->channel.fd < 0 ||
	    (connect(p->channel.fd, address, length) < 0 && errno != EINPROGRESS))
		not_connected(p, errno);
}

static enum progress
finish_connecting(struct probe *p)
{
	struct pollfd fd = {.fd = p->channel.fd, .events = POLLOUT};
	socklen_t length = sizeof(int);
	int error = 0;

	if (poll(&fd, 1, 0) <= 0)
		return WAIT;
	getsockopt(p->channel.fd, SOL_SOCKET, SO_ERROR, &error, &length);
	if (error)
		return not_connected(p, error);
	if (p->is_implicit)
		return begin_tls(p);
	p->stage = STAGE_GREETING;
	return GO_ON;
}

static enum progress
advance(struct probe *p)
{
	if (p->stage == STAGE_NEW || p->stage == STAGE_ENDED)
		return WAIT;
	if (now_ms() >= p->ends)
		return fail_with(p, PROBE_TIMEOUT, "the deadline passed before ", awaited(p));
	switch (p->stage) {
	case STAGE_CONNECT:
		return finish_connecting(p);
	case STAGE_HANDSHAKE:
		return handshake(p);
	default:
		return converse(p);
	}
}

/* At most so far that a server which never stops talking cannot keep the others waiting. */
void
probe_step(struct probe *p)
{
	for (int i = 0; i < MOST_STEPS && advance(p) == GO_ON; i++)
		;
}

int
probe_fd(const struct probe *p, short *ret_events)
{
	*ret_events = p->channel.events;
	return p->channel.fd;
}

int
probe_wait_ms(const struct probe *p)
{
	int64_t left = p->ends - now_ms();

	return p->stage == STAGE_ENDED || left < 0 ? 0 : (int)left;
}

const struct probe_report *
probe_report(const struct probe *p)
{
	return p->stage == STAGE_ENDED ? &p->report : NULL;
}

const char *
probe_fault_name(enum probe_fault fault)
{
	static const char *const names[] = {"",	    "connect",	"timeout",   "closed",	"greeting",
					    "ehlo", "protocol", "injection", "internal"};

	return names[fault];
}
