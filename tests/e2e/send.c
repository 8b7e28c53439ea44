/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sends N messages to one domain with the code of docs/examples/smtp.c, each a delivery of its own with a
 * seed of its own: send N DOMAIN FIRST-SEED AT-ONCE OPTION=VALUE... Message i has the line "Message: i". On
 * standard output one line a message: its number, outcome, status, attempts, and where the last one went.
 */
int example_main(int argc, char **argv);
#define main example_main
#include "../../docs/examples/smtp.c"
#undef main

#include <poll.h>

struct job {
	struct message message;
	struct nmx_delivery *delivery;
	unsigned number;
	int *running;
};

static enum nmx_result
deliver_job(struct nmx_attempt *attempt, void *user)
{
	struct job *job = user;

	return deliver(attempt, &job->message);
}

static void
print_report(int error, struct nmx_report *report, void *user)
{
	struct job *job = user;
	size_t n = error ? 0 : nmx_report_attempt_count(report);
	const struct nmx_endpoint *last = n ? nmx_report_endpoint(report, n - 1) : NULL;

	if (error)
		printf("%u error %s\n", job->number, nmx_strerror(error));
	else
		printf("%u %s %s %zu %s:%u %s\n", job->number,
		       nmx_outcome_name(nmx_report_outcome(report)), nmx_report_status(report), n,
		       last ? nmx_host_name(nmx_endpoint_host(last)) : "none",
		       last ? nmx_host_port(nmx_endpoint_host(last)) : 0,
		       nmx_report_reason(report));
	free(job->message.text);
	--*job->running;
	nmx_delivery_free(job->delivery);
	free(job);
}

static struct job *
new_job(unsigned number, SSL_CTX *tls, int *running)
{
	struct job *job = calloc(1, sizeof(*job));
	char text[200];

	job->number = number;
	job->running = running;
	job->message.tls = tls;
	job->message.from = "sender@client.example";
	job->message.to = "rcpt@any.example";
	job->message.length = (size_t)snprintf(
		text, sizeof(text), "Subject: test\r\nMessage: %u\r\n\r\nhello\r\n.\r\n", number);
	job->message.text = strdup(text);
	return job;
}

/* A delivery may take the place of one that is over. */
static int
start_some(struct nmx_context *ctx, char **argv, unsigned *next, int *running, SSL_CTX *tls)
{
	unsigned n = (unsigned)atoi(argv[1]);

	for (; *next < n && *running < atoi(argv[4]); ++*next) {
		struct nmx_delivery *delivery;
		struct job *job = new_job(*next, tls, running);

		if (nmx_delivery_start(ctx, argv[2], deliver_job, print_report, job, &delivery) ||
		    nmx_delivery_set_seed(delivery, strtoull(argv[3], NULL, 10) + *next))
			return 0;
		job->delivery = delivery;
		++*running;
	}
	return 1;
}

int
main(int argc, char **argv)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
	const char *why = "out of memory";
	struct nmx_context *ctx;
	unsigned next = 0;
	int running = 0;

	if (argc < 5 || !tls || nmx_context_new(&ctx))
		return 64;
	signal(SIGPIPE, SIG_IGN);
	for (int i = 5; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		*value++ = '\0';
		if (nmx_context_set(ctx, argv[i], value, &why))
			return fprintf(stderr, "%s\n", why), 78;
	}
	if (nmx_context_start(ctx, &why))
		return fprintf(stderr, "%s\n", why), 78;
	do {
		struct pollfd fd = {nmx_context_fd(ctx), POLLIN, 0};

		if (!start_some(ctx, argv, &next, &running, tls))
			return 70;
		if (running)
			poll(&fd, 1, -1);
		if (nmx_context_dispatch(ctx) < 0)
			return 70;
	} while (running || next < (unsigned)atoi(argv[1]));
	nmx_context_free(ctx);
	SSL_CTX_free(tls);
	return 0;
}
