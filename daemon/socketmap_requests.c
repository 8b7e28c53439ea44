/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a request to its reply. Replies leave in the order of the requests: one that comes before its turn
 * is kept as the octets it will be sent as. A pending request belongs to its connection; the
 * question belongs to questions.c, and is cancelled if the connection goes first.
 */
#include "daemon/connection.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/answer.h"
#include "daemon/key.h"
#include "daemon/moment.h"

struct pending {
	TAILQ_ENTRY(pending) link;
	struct connection *connection;
	struct asked *asked; /* NULL once it is answered */
	enum protocol protocol;
	int64_t whole_us; /* when the request was whole and taken */
	char *reply;	  /* the octets, if it is answered and not its turn */
	size_t length;
};

/* ---- Replies ------------------------------------------------------------------------------------ */

/* A netstring in three parts, the last one its comma. */
struct octets {
	char space[48];
	const char *head; /* in there, at its end */
	size_t n_head;
	const char *data;
	size_t n_data;
};

/* Written from the end: the length's digits come last, the least of them first. */
static void
write_octets(const struct reply *reply, struct octets *ret)
{
	static const char *const words[] = {
		[REPLY_OK] = ":OK ",
		[REPLY_NOTFOUND] = ":NOTFOUND ",
		[REPLY_TEMP] = ":TEMP ",
		[REPLY_PERM] = ":PERM ",
	};
	const char *word = words[reply->status];
	size_t n = strlen(word), length = n - 1 + reply->length;
	char *end = ret->space + sizeof(ret->space), *at = end - n;

	memcpy(at, word, n);
	do
		*--at = (char)('0' + length % 10);
	while (length /= 10);
	ret->head = at;
	ret->n_head = (size_t)(end - at);
	ret->data = reply->data;
	ret->n_data = reply->length;
}

/* Its turn has come. */
static void
send_reply(struct connection *c, const struct reply *reply)
{
	struct octets octets;

	write_octets(reply, &octets);
	if (!outbox_add(&c->out, octets.head, octets.n_head) ||
	    !outbox_add(&c->out, octets.data, octets.n_data) || !outbox_add(&c->out, ",", 1))
		c->is_broken = true; /* half a reply may be in there, so nothing is sent any more */
}

/* Its turn has not come. */
static bool
keep_reply(struct pending *p, const struct reply *reply)
{
	struct octets octets;
	char *at;

	write_octets(reply, &octets);
	p->length = octets.n_head + octets.n_data + 1;
	p->reply = at = malloc(p->length);
	if (!at)
		return false;
	memcpy(at, octets.head, octets.n_head);
	if (octets.n_data)
		memcpy(at + octets.n_head, octets.data, octets.n_data);
	at[p->length - 1] = ',';
	return true;
}

static void
count(const struct connection *c, enum protocol protocol, enum told told, int64_t whole_us)
{
	metrics_told(c->socketmap->env->metrics, protocol, told,
		     (uint64_t)(moment_us() - whole_us));
}

/* ---- What is pending ---------------------------------------------------------------------------- */

static struct pending *
pending_new(struct connection *c, enum protocol protocol, int64_t whole_us)
{
	struct pending *p = malloc(sizeof(*p));

	/* Without memory the connection ends; its client asks again. */
	if (!p) {
		c->is_broken = true;
		return NULL;
	}
	*p = (struct pending){.connection = c, .protocol = protocol, .whole_us = whole_us};
	if (c->n_pending++ == 0)
		c->head_since_ms = whole_us / 1000;
	TAILQ_INSERT_TAIL(&c->pending, p, link);
	return p;
}

static void
pending_free(struct pending *p)
{
	TAILQ_REMOVE(&p->connection->pending, p, link);
	p->connection->n_pending--;
	free(p->reply);
	free(p);
}

/* The first is answered: the wait for it is over, and those behind it that were answered before have
 * their turn. */
static void
next_turn(struct connection *c)
{
	int64_t now_ms = moment_ms();
	struct pending *p;

	budget_spend(&c->budget, c->head_since_ms, now_ms);
	c->head_since_ms = now_ms;
	while ((p = TAILQ_FIRST(&c->pending)) && p->reply) {
		if (!outbox_add(&c->out, p->reply, p->length))
			c->is_broken = true;
		pending_free(p);
	}
}

/* Itself, or what stands in for it. */
static const struct reply *
sendable(const struct reply *reply)
{
	static const char too_long[] = "the answer is too long";
	static const struct reply instead = {REPLY_TEMP, TOLD_ERROR, too_long,
					     sizeof(too_long) - 1};

	return reply->length > REPLY_OCTETS_MOST ? &instead : reply;
}

static void
on_reply(const struct reply *reply, void *user)
{
	struct pending *p = user;
	struct connection *c = p->connection;

	p->asked = NULL;
	reply = sendable(reply);
	count(c, p->protocol, reply->told, p->whole_us);
	if (p == TAILQ_FIRST(&c->pending)) {
		send_reply(c, reply);
		pending_free(p);
		next_turn(c);
	} else if (!keep_reply(p, reply)) {
		c->is_broken = true;
	}
	connection_turn(c);
}

void
requests_cancel(struct connection *c)
{
	struct pending *p;

	while ((p = TAILQ_FIRST(&c->pending))) {
		if (p->asked)
			questions_cancel(p->asked);
		pending_free(p);
	}
}

/* ---- Requests ----------------------------------------------------------------------------------- */

/* An answer that nobody has to be asked for. */
static void
answer(struct connection *c, enum protocol protocol, int64_t whole_us, const struct reply *reply)
{
	struct pending *p;

	count(c, protocol, reply->told, whole_us);
	if (c->n_pending == 0) {
		send_reply(c, reply);
		return;
	}
	p = pending_new(c, protocol, whole_us);
	if (p && !keep_reply(p, reply))
		c->is_broken = true;
}

static void
answer_text(struct connection *c, enum protocol protocol, int64_t whole_us,
	    enum reply_status status, const char *text)
{
	const struct reply reply = {
		.status = status,
		.told = status == REPLY_NOTFOUND ? TOLD_NOTFOUND : TOLD_ERROR,
		.data = text,
		.length = strlen(text),
	};

	answer(c, protocol, whole_us, &reply);
}

static bool
is_of_domain(enum question_kind kind)
{
	return kind == QUESTION_ROUTE || kind == QUESTION_EXIM || kind == QUESTION_EXIM_CLASS;
}

/* A request that is answered from inside questions_answer(). */
struct at_once {
	struct connection *connection;
	enum protocol protocol;
	int64_t whole_us;
};

static void
on_reply_at_once(const struct reply *reply, void *user)
{
	const struct at_once *at_once = user;

	answer(at_once->connection, at_once->protocol, at_once->whole_us, sendable(reply));
}

static bool
answer_at_once(struct connection *c, const struct question *question, int64_t whole_us)
{
	struct at_once at_once = {c, question_protocol(question->kind), whole_us};

	if (c->n_at_once >= AT_ONCE_MOST ||
	    !questions_answer(c->socketmap->env->questions, question, on_reply_at_once, &at_once))
		return false;
	c->n_at_once++;
	return true;
}

static void
ask(struct connection *c, struct question *question, int64_t whole_us)
{
	const struct env *env = c->socketmap->env;
	enum protocol protocol = question_protocol(question->kind);
	int64_t now_ms = whole_us / 1000;
	int64_t waiting_ms = c->n_pending ? now_ms - c->head_since_ms : 0;
	struct pending *p = pending_new(c, protocol, whole_us);
	char buffer[ANSWER_SIZE];
	struct reply reply;

	if (!p)
		return;
	question->wait_ms = budget_left(&c->budget, now_ms, waiting_ms, env->config->deadline_ms);
	p->asked = questions_ask(env->questions, question, on_reply, p);
	if (p->asked)
		return;
	pending_free(p);
	answer_trouble(env->config, question, TROUBLE_OVERLOAD, buffer, &reply);
	answer(c, protocol, whole_us, &reply);
}

void
request_take(struct connection *c, const char *octets, size_t n)
{
	int64_t whole_us = moment_us();
	struct question question;
	enum key key = key_read(octets, n, &question);

	/* Postfix defers after PERM as after TEMP, so a misspelt map loses no mail. */
	if (key == KEY_NO_MAP)
		answer_text(c, PROTOCOL_ROUTE, whole_us, REPLY_PERM, "no map of that name");
	else if (key == KEY_NOTFOUND ||
		 (is_of_domain(question.kind) &&
		  config_passes(c->socketmap->env->config, question.subject)))
		answer_text(c, question_protocol(question.kind), whole_us, REPLY_NOTFOUND, "");
	else if (!answer_at_once(c, &question, whole_us))
		ask(c, &question, whole_us);
}

void
request_too_long(struct connection *c)
{
	answer_text(c, PROTOCOL_ROUTE, moment_us(), REPLY_PERM, "too long");
}
