/* SPDX-License-Identifier: BSD-2-Clause */
#include "bed.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void
bed_begin_with(struct bed *bed, unsigned n, const char *const *options)
{
	struct event_base *base = event_base_new();

	memset(bed, 0, sizeof(*bed));
	script_reset();
	script_clock_reset();
	bed->n = n;
	bed->config = (struct config){.deadline_ms = 2500,
				      .slot_s = 10,
				      .log = "stderr",
				      .classes = {"nx-may", "nx-sec", "nx-sts", "nx-sts-sec"}};
	bed->shared = shared_new(n);
	memset(bed->links, -1, sizeof(bed->links));
	if (n == 2) {
		int pair[2];

		CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair),
				      0);
		bed->links[1] = pair[0];
		bed->links[2] = pair[1];
	}
	for (unsigned i = 0; i < n; i++) {
		struct env *env = &bed->env[i];

		bed->ctx[i] = start_context(options);
		*env = (struct env){.base = base,
				    .config = &bed->config,
				    .shared = bed->shared,
				    .worker = i,
				    .n_workers = n,
				    .metrics = shared_metrics(bed->shared, i)};
		env->questions = questions_new(env, bed->ctx[i], &bed->links[i * n]);
		shared_ready(bed->shared, i);
		shared_beat(bed->shared, i);
		CU_ASSERT_PTR_NOT_NULL_FATAL(env->questions);
	}
}

void
bed_begin(struct bed *bed, unsigned n)
{
	bed_begin_with(bed, n, NULL);
}

void
bed_end(struct bed *bed)
{
	struct event_base *base = bed->env[0].base;

	for (unsigned i = 0; i < bed->n; i++) {
		questions_free(bed->env[i].questions);
		nmx_context_free(bed->ctx[i]);
	}
	for (int i = 0; i < MOST_WORKERS * MOST_WORKERS; i++)
		if (bed->links[i] >= 0)
			close(bed->links[i]);
	event_base_free(base);
	shared_free(bed->shared);
}

/* Everything that can happen without waiting. */
void
bed_settle(struct bed *bed)
{
	for (int turns = 0; turns < 5; turns++) {
		for (unsigned i = 0; i < bed->n; i++)
			dispatch_all(bed->ctx[i]);
		event_base_loop(bed->env[0].base, EVLOOP_NONBLOCK);
	}
}

/* Until the deadlines of questions have come: the library's clock goes on with them. */
void
bed_wait(struct bed *bed, const struct told_here *told, int n)
{
	while (told->n < n) {
		event_base_loop(bed->env[0].base, EVLOOP_ONCE);
		bed_settle(bed);
		script_advance_ms(2);
		bed_settle(bed);
	}
}

void
bed_note(const struct reply *reply, void *user)
{
	struct told_here *told = user;
	size_t n = reply->length < sizeof(told->data) - 1 ? reply->length : sizeof(told->data) - 1;

	told->n++;
	told->status = reply->status;
	told->told = reply->told;
	memcpy(told->data, reply->data, n);
	told->data[n] = '\0';
	if (told->cancel) {
		questions_cancel(*told->cancel);
		*told->cancel = NULL;
	}
}

struct asked *
bed_ask(struct bed *bed, unsigned worker, const char *subject, unsigned wait_ms,
	struct told_here *told)
{
	struct question question = {.kind = QUESTION_ROUTE, .wait_ms = wait_ms};
	struct asked *asked;
	int before = told->n;

	strcpy(question.subject, subject);
	asked = questions_ask(bed->env[worker].questions, &question, bed_note, told);
	CU_ASSERT_PTR_NOT_NULL_FATAL(asked);
	CU_ASSERT_EQUAL(told->n, before); /* never from inside */
	return asked;
}

/* a.test: one MX host, TTL 0, so that nothing is cached. */
void
bed_domain(const char *name, enum script_when when)
{
	static struct packet packet;

	packet_begin(&packet, 0, name, packet_type("MX"));
	packet_text(&packet, ANSWER_SECTION, name, 0, "MX", "10 mx.test");
	script_put(name, packet_type("MX"), 0, &packet, 0, NULL, when);
	script_rrset("mx.test", "A", "192.0.2.1", 0, SCRIPT_INSIDE);
	script_rrset("mx.test", "AAAA", "", 0, SCRIPT_INSIDE);
}

const char bed_answer[] = "nx-may:[mx.test]:25";
