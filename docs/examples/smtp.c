/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sends one message for real: smtp FROM TO [OPTION=VALUE] ... < MESSAGE
 * Nothing is said of the message before the endpoint's TLS requirement is met. No extension but STARTTLS
 * is used: addresses and message are ASCII. A server whose TLS is offered, but broken, is passed over.
 */
#include <errno.h>
#include <nextmx-openssl.h>
#include <openssl/err.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* Milliseconds, of which RFC 5321 section 4.5.3.2 wants many; and lines of a reply. */
enum { CONNECT_MS = 30000, TALK_MS = 300000, QUIT_MS = 2000, MOST_LINES = 100, MOST_LINE = 2048 };

struct message {
	SSL_CTX *tls;
	const char *from, *to;
	char *text; /* as it is sent, with the dot that ends it */
	size_t length;
};

/* One connection, in the clear or encrypted. */
struct session {
	struct nmx_attempt *attempt;
	unsigned spare; /* milliseconds before the delivery's deadline that are not ours */
	int fd;
	SSL *ssl;
	char in[MOST_LINE]; /* what came and is not read yet: n octets */
	size_t n;
	unsigned code; /* of the last reply; 0 if it was none, and nothing more is sent */
	char enhanced[12];
	char line[MOST_LINE]; /* its last, from which the codes are taken off */
	int starttls;	      /* a line of it offers STARTTLS */
	enum nmx_result result;
};

/* ---- Octets: the socket does not block, so that no server can hold us ------------------------ */

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* From now on at most this long, and never beyond the delivery's deadline. */
static void
limit_time(struct session *s, unsigned ms)
{
	unsigned left = nmx_attempt_ms_left(s->attempt);

	s->spare = left > ms ? left - ms : 0;
}

static int
wait_for(struct session *s, short events)
{
	struct pollfd fd = {s->fd, events, 0};
	int n;

	do {
		unsigned left = nmx_attempt_ms_left(s->attempt);

		n = left > s->spare ? poll(&fd, 1, (int)(left - s->spare)) : 0;
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

/* After a call that failed: whether to repeat it, when the socket is ready for it. */
static int
again(struct session *s, int result, short events)
{
	if (!s->ssl)
		return errno == EAGAIN && wait_for(s, events);
	switch (SSL_get_error(s->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return wait_for(s, POLLIN);
	case SSL_ERROR_WANT_WRITE:
		return wait_for(s, POLLOUT);
	default:
		return 0;
	}
}

static int
send_all(struct session *s, const char *bytes, size_t n)
{
	while (n) {
		int part = n < 65536 ? (int)n : 65536;
		int done = s->ssl ? SSL_write(s->ssl, bytes, part)
				  : (int)send(s->fd, bytes, (size_t)part, MSG_NOSIGNAL);

		if (done <= 0 && !again(s, done, POLLOUT))
			return 0;
		bytes += done > 0 ? done : 0;
		n -= done > 0 ? (size_t)done : 0;
	}
	return 1;
}

/* ---- Commands and replies --------------------------------------------------------------------- */

/* One line into s->line, without its end; 0 if the connection broke or it is no line of text. */
static int
read_line(struct session *s)
{
	char *end;
	size_t n;

	while (!(end = memchr(s->in, '\n', s->n))) {
		int room = (int)(sizeof(s->in) - s->n);
		int got = !room	   ? 0
			  : s->ssl ? SSL_read(s->ssl, s->in + s->n, room)
				   : (int)recv(s->fd, s->in + s->n, (size_t)room, 0);

		if (got > 0)
			s->n += (size_t)got;
		else if (got == 0 || !again(s, got, POLLIN))
			return 0;
	}
	n = (size_t)(end - s->in);
	memcpy(s->line, s->in, n);
	s->line[n && s->line[n - 1] == '\r' ? n - 1 : n] = '\0';
	s->n -= n + 1;
	memmove(s->in, end + 1, s->n);
	return strlen(s->line) + 1 >= n; /* else a zero byte is in it */
}

static unsigned
code_of(const char *line)
{
	if (strspn(line, "0123456789") != 3 || !strchr("2345", line[0]) || !strchr(" -", line[3]))
		return 0;
	return (unsigned)strtoul(line, NULL, 10);
}

/* "550 5.1.1 nobody" becomes a code, an enhanced code (RFC 2034) if there is one, and the text. */
static void
take_codes(struct session *s)
{
	char class[2], subject[4], detail[4], *text = s->line + (s->line[3] ? 4 : 3);
	int n = 0;

	s->enhanced[0] = '\0';
	if (sscanf(text, "%1[245].%3[0-9].%3[0-9]%n", class, subject, detail, &n) == 3 &&
	    class[0] == s->line[0] && (text[n] == ' ' || text[n] == '\0')) {
		snprintf(s->enhanced, sizeof(s->enhanced), "%s.%s.%s", class, subject, detail);
		text += text[n] ? n + 1 : n;
	}
	memmove(s->line, text, strlen(text) + 1);
}

/* The reply's code, 0 if there is none: then nothing this server says can be understood any more. */
static unsigned
read_reply(struct session *s)
{
	unsigned first = 0, code;
	int i;

	s->starttls = 0;
	for (i = 0; i < MOST_LINES && read_line(s); i++) {
		code = code_of(s->line);
		if (!code || (i && code != first))
			break;
		first = code;
		s->starttls |= i && s->line[3] && strcasecmp(s->line + 4, "STARTTLS") == 0;
		if (s->line[3] != '-') {
			take_codes(s);
			return s->code = code;
		}
	}
	s->enhanced[0] = '\0';
	strcpy(s->line, "the connection broke, was too slow, or is no SMTP");
	return s->code = 0;
}

static unsigned
command(struct session *s, const char *format, ...)
{
	char line[1024];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line) - 2, format, args);
	va_end(args);
	if (!s->code || n < 0 || n >= (int)sizeof(line) - 2)
		return s->code = 0;
	memcpy(line + n, "\r\n", 2);
	send_all(s, line, (size_t)n + 2); /* who hangs up may have said why */
	return read_reply(s);
}

/* ---- One attempt ------------------------------------------------------------------------------ */

/* What the server said last is what came of the attempt. */
static int
tell(struct session *s, enum nmx_cause cause)
{
	s->result = nmx_attempt_set_result(s->attempt, cause, s->code, s->enhanced, s->line);
	return 0;
}

/* RFC 5321 section 3.2: HELO for a server that does not know EHLO. */
static int
say_hello(struct session *s)
{
	char name[256] = "localhost";

	gethostname(name, sizeof(name) - 1);
	command(s, "EHLO %s", name);
	if (s->code == 500 || s->code == 502)
		command(s, "HELO %s", name);
	return s->code == 250 || tell(s, s->code >= 500 ? NMX_CAUSE_EARLY_5XX : NMX_CAUSE_4XX);
}

/* A handshake that does not verify as the endpoint demands fails, which is for the verdict to say. */
static int
start_tls(struct session *s, SSL_CTX *tls, const struct nmx_endpoint *e)
{
	int result;

	s->code = 0; /* until it is done there is no way back */
	if (s->n)
		return 0; /* said before the handshake, and not to be taken for said after it */
	ERR_clear_error();
	s->ssl = SSL_new(tls);
	if (!s->ssl || nmx_tls_setup(s->ssl, e) || !SSL_set_fd(s->ssl, s->fd))
		return 0;
	do
		result = SSL_connect(s->ssl);
	while (result <= 0 && again(s, result, 0));
	s->code = result > 0 ? 220 : 0;
	return 1;
}

/* Whether mail may be sent over the connection now. */
static int
secure(struct session *s, SSL_CTX *tls, const struct nmx_endpoint *e)
{
	struct nmx_tls_verdict verdict = {.text = "TLS could not be set up"};
	int wanted = nmx_endpoint_implicit_tls(e) || (s->starttls && command(s, "STARTTLS") == 220);

	if ((!wanted || start_tls(s, tls, e)) && nmx_tls_verdict(s->ssl, e, &verdict) == 0 &&
	    verdict.met)
		return 1;
	s->result = nmx_attempt_set_result(s->attempt, NMX_CAUSE_TLS, 0, NULL,
					   s->n ? "the server said more than its reply to STARTTLS"
						: verdict.text);
	return 0;
}

static int
is_greeted(struct session *s)
{
	return read_reply(s) == 220 || tell(s, NMX_CAUSE_GREETING);
}

static int
is_ready_for_mail(struct session *s, SSL_CTX *tls)
{
	const struct nmx_endpoint *e = nmx_attempt_endpoint(s->attempt);

	if (nmx_endpoint_implicit_tls(e))
		return secure(s, tls, e) && is_greeted(s) && say_hello(s);
	return is_greeted(s) && say_hello(s) && secure(s, tls, e) && (!s->ssl || say_hello(s));
}

static void
send_message(struct session *s, const struct message *m)
{
	if (command(s, "MAIL FROM:<%s>", m->from) == 250 &&
	    command(s, "RCPT TO:<%s>", m->to) / 10 == 25 && command(s, "DATA") == 354) {
		int sent;

		limit_time(s, ~0u); /* to give up now may deliver it twice */
		sent = send_all(s, m->text, m->length);
		if (read_reply(s) == 250 && sent) {
			tell(s, NMX_CAUSE_NONE);
			return;
		}
	}
	tell(s, s->code >= 500 ? NMX_CAUSE_5XX : NMX_CAUSE_4XX);
}

/* 0, or why there is no connection. */
static int
open_connection(struct session *s)
{
	socklen_t length, size = sizeof(int);
	const struct sockaddr *address =
		nmx_endpoint_sockaddr(nmx_attempt_endpoint(s->attempt), &length);
	int error = 0;

	limit_time(s, least(CONNECT_MS, nmx_attempt_ms_share(s->attempt) / 2));
	s->fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0 || (connect(s->fd, address, length) && errno != EINPROGRESS))
		return errno;
	if (!wait_for(s, POLLOUT))
		return ETIMEDOUT;
	getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size);
	return error;
}

static enum nmx_result
deliver(struct nmx_attempt *attempt, void *user)
{
	const struct message *m = user;
	struct session s = {.attempt = attempt};
	int error = open_connection(&s);

	if (s.fd < 0 && error != EAFNOSUPPORT)
		return NMX_STOP_TEMP; /* our own fault: other endpoints would not help */
	limit_time(&s, least(TALK_MS, nmx_attempt_ms_share(attempt)));
	if (error)
		s.result = nmx_attempt_set_result(attempt, NMX_CAUSE_CONNECT, 0, NULL,
						  strerror(error));
	else if (is_ready_for_mail(&s, m->tls))
		send_message(&s, m);
	limit_time(&s, QUIT_MS);
	if (s.code) {
		command(&s, "QUIT");
		if (s.ssl)
			SSL_shutdown(s.ssl);
	}
	SSL_free(s.ssl);
	if (s.fd >= 0)
		close(s.fd);
	return s.result;
}

/* ---- The message and the context -------------------------------------------------------------- */

/*
 * RFC 5321 sections 2.3.8 and 4.5.2: every line ends with CRLF, however it ended, no CR stands alone, and a
 * dot at the beginning of a line is doubled. 0 if it could not be read or holds a zero byte.
 */
static int
read_message(struct message *m)
{
	FILE *out = open_memstream(&m->text, &m->length);
	int c, last = '\n';

	if (!out)
		return 0;
	while ((c = getchar()) > 0) {
		if (c == '\r')
			continue;
		if (c == '.' && last == '\n')
			fputc('.', out);
		fputs(c == '\n' ? "\r\n" : (char[]){(char)c, '\0'}, out);
		last = c;
	}
	fputs(last == '\n' ? ".\r\n" : "\r\n.\r\n", out);
	return fclose(out) == 0 && c == EOF && !ferror(stdin);
}

/* Nothing that could end the command it stands in. */
static int
is_address(const char *address)
{
	for (; *address; address++)
		if (*address <= ' ' || *address > '~' || strchr("<>", *address))
			return 0;
	return 1;
}

/* "zone=.=root.zone" and so on. */
static int
set_options(struct nmx_context *ctx, char **options, const char **ret_why)
{
	int result = 0;

	for (; *options && result == 0; options++) {
		char *value = strchr(*options, '=');

		if (value)
			*value++ = '\0';
		result = nmx_context_set(ctx, *options, value ? value : "", ret_why);
	}
	return result;
}

/* Exit status: 0 delivered, 68 to be bounced, 75 to be tried again. */
static int
run(struct nmx_context *ctx, const char *domain, struct message *m)
{
	struct nmx_report *report;
	int error = nmx_deliver(ctx, domain, deliver, m, &report), status;

	if (error)
		return fprintf(stderr, "%s\n", nmx_strerror(error)), 75;
	printf("%s %s\n", nmx_report_status(report), nmx_report_reason(report));
	status = nmx_report_outcome(report) == NMX_DELIVERABLE ? 0
		 : nmx_report_outcome(report) == NMX_REJECT    ? 68
							       : 75;
	nmx_report_unref(report);
	return status;
}

int
main(int argc, char **argv)
{
	struct message m = {.tls = SSL_CTX_new(TLS_client_method())};
	const char *why = "out of memory", *domain = argc >= 3 ? strrchr(argv[2], '@') : NULL;
	struct nmx_context *ctx = NULL;
	int status = 78;

	signal(SIGPIPE, SIG_IGN); /* OpenSSL writes, and servers hang up */
	if (!domain || !is_address(argv[1]) || !is_address(argv[2])) {
		fprintf(stderr, "usage: smtp FROM TO [OPTION=VALUE] ... < MESSAGE\n");
		status = 64;
	} else if (!read_message(&m)) {
		fprintf(stderr, "the message cannot be read, or holds a zero byte\n");
		status = 65;
	} else if (!m.tls || !SSL_CTX_set_default_verify_paths(m.tls) || nmx_context_new(&ctx) ||
		   set_options(ctx, argv + 3, &why) || nmx_context_start(ctx, &why)) {
		fprintf(stderr, "%s\n", why);
	} else {
		m.from = argv[1];
		m.to = argv[2];
		status = run(ctx, domain + 1, &m);
	}
	nmx_context_free(ctx);
	SSL_CTX_free(m.tls);
	free(m.text);
	return status;
}
