/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sends one message for real: smtp FROM TO < MESSAGE [with options NEXTMX_OPTIONS="name=value ..."]
 * What the endpoint demands of TLS is verified before MAIL FROM. Each step blocks, for at most a minute.
 */
#include <errno.h>
#include <nextmx-openssl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct message {
	SSL_CTX *tls;
	const char *from, *to;
	char *text; /* with CRLF and dots doubled */
	size_t length;
};

/* One connection, in the clear or encrypted. */
struct session {
	int fd;
	SSL *ssl;
	char in[4096];
	size_t n;
	unsigned code;	/* of the last reply */
	char line[512]; /* its last line, without the code */
	int starttls;	/* a line of it offers STARTTLS */
};

static ssize_t
move(struct session *s, char *to, const char *from, size_t n)
{
	if (s->ssl)
		return to ? SSL_read(s->ssl, to, (int)n) : SSL_write(s->ssl, from, (int)n);
	return to ? recv(s->fd, to, n, 0) : send(s->fd, from, n, MSG_NOSIGNAL);
}

static int
send_all(struct session *s, const char *bytes, size_t n)
{
	while (n) {
		ssize_t done = move(s, NULL, bytes, n);

		if (done <= 0)
			return 0;
		bytes += done;
		n -= (size_t)done;
	}
	return 1;
}

/* One line into s->line; 0 if the connection broke or the line is too long. */
static int
read_line(struct session *s)
{
	for (;;) {
		char *end = memchr(s->in, '\n', s->n);
		ssize_t got;

		if (end) {
			size_t n = (size_t)(end - s->in), kept = n < 511 ? n : 511;

			memcpy(s->line, s->in, kept);
			s->line[kept] = '\0';
			s->n -= n + 1;
			memmove(s->in, end + 1, s->n);
			return 1;
		}
		if (s->n == sizeof(s->in))
			return 0;
		got = move(s, s->in + s->n, NULL, sizeof(s->in) - s->n);
		if (got <= 0)
			return 0;
		s->n += (size_t)got;
	}
}

/* The reply's code, 0 if there is none. */
static unsigned
read_reply(struct session *s)
{
	int i;

	s->code = 0;
	s->starttls = 0;
	for (i = 0; i < 100 && read_line(s); i++) {
		s->starttls |= strncmp(s->line + (strlen(s->line) > 4 ? 4 : 0), "STARTTLS", 8) == 0;
		if (strlen(s->line) < 3 || (s->line[3] != '-')) {
			s->code = (unsigned)strtoul(s->line, NULL, 10);
			break;
		}
	}
	return s->code;
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
	if (n < 0 || n > (int)sizeof(line) - 3)
		return 0;
	memcpy(line + n, "\r\n", 2);
	return send_all(s, line, (size_t)n + 2) ? read_reply(s) : 0;
}

static enum nmx_result
fail(struct nmx_attempt *attempt, const struct session *s, int before_mail)
{
	enum nmx_cause cause =
		s->code >= 500 ? before_mail ? NMX_CAUSE_EARLY_5XX : NMX_CAUSE_5XX : NMX_CAUSE_4XX;

	return nmx_attempt_set_result(attempt, cause, s->code, NULL, s->line);
}

/* Whether mail may be sent over the connection now. */
static int
secure(struct session *s, const struct message *m, const struct nmx_endpoint *e,
       struct nmx_tls_verdict *verdict)
{
	if (s->starttls && command(s, "STARTTLS") == 220 && s->n == 0) {
		s->ssl = SSL_new(m->tls);
		if (!s->ssl || nmx_tls_setup(s->ssl, e) || !SSL_set_fd(s->ssl, s->fd))
			return 0;
		SSL_connect(s->ssl);
	}
	return nmx_tls_verdict(s->ssl, e, verdict) == 0 && verdict->met;
}

static enum nmx_result
converse(struct nmx_attempt *attempt, struct session *s, const struct message *m)
{
	const struct nmx_endpoint *e = nmx_attempt_endpoint(attempt);
	struct nmx_tls_verdict verdict = {.text = "TLS could not be set up"};

	if (read_reply(s) != 220)
		return nmx_attempt_set_result(attempt, NMX_CAUSE_GREETING, s->code, NULL, s->line);
	if (command(s, "EHLO client.example") != 250)
		return fail(attempt, s, 1);
	if (!secure(s, m, e, &verdict))
		return nmx_attempt_set_result(attempt, NMX_CAUSE_TLS, 0, "4.7.5", verdict.text);
	if (s->ssl && command(s, "EHLO client.example") != 250)
		return fail(attempt, s, 1);
	if (command(s, "MAIL FROM:<%s>", m->from) != 250 ||
	    command(s, "RCPT TO:<%s>", m->to) / 10 != 25 || command(s, "DATA") != 354)
		return fail(attempt, s, 0);
	if (!send_all(s, m->text, m->length) || read_reply(s) != 250)
		return fail(attempt, s, 0);
	nmx_attempt_set_result(attempt, NMX_CAUSE_NONE, s->code, "2.0.0", s->line);
	command(s, "QUIT");
	return NMX_DELIVERED;
}

static enum nmx_result
deliver(struct nmx_attempt *attempt, void *user)
{
	struct timeval minute = {60, 0};
	struct session s = {.fd = -1};
	enum nmx_result result;
	socklen_t length;
	const struct sockaddr *address =
		nmx_endpoint_sockaddr(nmx_attempt_endpoint(attempt), &length);

	s.fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s.fd < 0)
		return NMX_STOP_TEMP;
	setsockopt(s.fd, SOL_SOCKET, SO_SNDTIMEO, &minute, sizeof(minute));
	setsockopt(s.fd, SOL_SOCKET, SO_RCVTIMEO, &minute, sizeof(minute));
	if (connect(s.fd, address, length))
		result = nmx_attempt_set_result(attempt, NMX_CAUSE_CONNECT, 0, NULL,
						strerror(errno));
	else
		result = converse(attempt, &s, user);
	SSL_free(s.ssl);
	close(s.fd);
	return result;
}

/* RFC 5321 section 4.5.2: lines end with CRLF, and a dot at the beginning of one is doubled. */
static int
read_message(struct message *m)
{
	FILE *out = open_memstream(&m->text, &m->length);
	int c, last = '\n';

	if (!out)
		return 0;
	while ((c = getchar()) != EOF) {
		if (c == '.' && last == '\n')
			fputc('.', out);
		if (c == '\n' && last != '\r')
			fputc('\r', out);
		fputc(c, out);
		last = c;
	}
	fputs(last == '\n' ? ".\r\n" : "\r\n.\r\n", out);
	return fclose(out) == 0;
}

/* Options of the context from the environment: "zone=.=root.zone trust-anchor=root.anchor". */
static int
set_options(struct nmx_context *ctx, const char **ret_why)
{
	const char *from = getenv("NEXTMX_OPTIONS");
	char *copy = strdup(from ? from : ""), *item;
	int result = copy ? 0 : NMX_E_NOMEM;

	for (item = copy ? strtok(copy, " ") : NULL; item && result == 0;
	     item = strtok(NULL, " ")) {
		char *value = strchr(item, '=');

		if (value)
			*value++ = '\0';
		result = nmx_context_set(ctx, item, value ? value : "", ret_why);
	}
	free(copy);
	return result;
}

int
main(int argc, char **argv)
{
	struct message m = {.tls = SSL_CTX_new(TLS_client_method())};
	const char *why = "out of memory", *domain = argc == 3 ? strrchr(argv[2], '@') : NULL;
	struct nmx_context *ctx = NULL;
	struct nmx_report *report = NULL;
	int status = 75;

	if (!domain)
		return fprintf(stderr, "usage: smtp FROM TO < MESSAGE\n"), 64;
	signal(SIGPIPE, SIG_IGN);
	m.from = argv[1];
	m.to = argv[2];
	if (!m.tls || !SSL_CTX_set_default_verify_paths(m.tls) || !read_message(&m) ||
	    nmx_context_new(&ctx) || set_options(ctx, &why) || nmx_context_start(ctx, &why))
		return fprintf(stderr, "%s\n", why), 78;
	if (nmx_deliver(ctx, domain + 1, deliver, &m, &report) == 0) {
		printf("%s %s\n", nmx_report_status(report), nmx_report_reason(report));
		status = nmx_report_outcome(report) == NMX_DELIVERABLE ? 0
			 : nmx_report_outcome(report) == NMX_REJECT    ? 68
								       : 75;
	}
	nmx_report_unref(report);
	nmx_context_free(ctx);
	SSL_CTX_free(m.tls);
	free(m.text);
	return status;
}
