/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/peers.h"

#include <errno.h>
#include <search.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "daemon/moment.h"

/* A message is one datagram: a head, and what follows from its kind. Same program, same bytes; but what
 * a worker says is believed no further than its lengths and ranges hold. */
enum message_kind { MESSAGE_QUESTION = 1, MESSAGE_REPLY = 2 };

struct head {
	uint32_t kind;
	uint32_t length; /* of what follows */
	uint64_t id;
	uint32_t status, told; /* of a reply */
};

enum {
	MOST_MESSAGE = sizeof(struct head) + REPLY_MOST,
	MOST_MESSAGES = 64, /* taken in one turn */
	/* Replies that wait for room on the way back; what is beyond is lost, and "later". */
	MOST_HELD = 20000,
	MOST_HELD_OCTETS = 8 * 1024 * 1024,
	/* Others' questions that wait here, so that there is room for one's own. */
	MOST_FOREIGN = 10000,
	/* A worker whose heart has not beaten for so long does not answer either. */
	SILENT_US = 3000000,
	MOST_WAIT_MS = 30000, /* deadline-ms */
};

/* A reply that waits for room. */
struct held {
	TAILQ_ENTRY(held) link;
	struct head head;
	char body[];
};

TAILQ_HEAD(held_list, held);

struct peer {
	struct peers *peers;
	struct event readable, writable;
	int fd;
	unsigned worker;
	struct held_list held;
	size_t n_held, held_octets;
};

/* A question of another worker's that is answered here. */
struct foreign {
	TAILQ_ENTRY(foreign) link;
	struct peer *peer;
	struct asked *asked;
	uint64_t id;
};

TAILQ_HEAD(foreign_list, foreign);

struct peers {
	struct questions *questions;
	void *away; /* tree of asked by id */
	struct asked_list all_away;
	uint64_t last_id, basis;
	char *buffer;
	unsigned n;
	struct foreign_list foreigners;
	size_t n_foreigners;
	bool is_draining;
	struct peer all[];
};

static int
by_id(const void *a, const void *b)
{
	const struct asked *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

unsigned
peers_owner(const struct peers *peers, const char *key)
{
	uint64_t hash = peers->basis; /* FNV-1a */

	if (peers->n == 1)
		return peers->questions->env->worker;
	for (; *key; key++)
		hash = (hash ^ (unsigned char)*key) * UINT64_C(0x100000001b3);
	hash = (hash ^ hash >> 29) * UINT64_C(0xbf58476d1ce4e5b9); /* its high bits know little */
	return (unsigned)((hash >> 32) * peers->n >> 32);
}

/* ---- Away and back -------------------------------------------------------------------------- */

static bool
put(const struct peer *peer, const struct head *head, const void *body)
{
	struct iovec parts[2] = {{(void *)(uintptr_t)head, sizeof(*head)},
				 {(void *)(uintptr_t)body, head->length}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

	return sendmsg(peer->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) ==
	       (ssize_t)(sizeof(*head) + head->length);
}

static bool
is_answering(const struct peer *peer)
{
	const struct shared *shared = peer->peers->questions->env->shared;

	return peer->fd >= 0 && shared_is_ready(shared, peer->worker) &&
	       moment_us() - shared_last_beat(shared, peer->worker) / 1000 < SILENT_US;
}

bool
peers_pass(struct asked *asked, unsigned owner)
{
	struct peers *peers = asked->questions->peers;
	struct head head = {.kind = MESSAGE_QUESTION, .length = sizeof(asked->question)};

	if (peers->is_draining || owner >= peers->n || !is_answering(&peers->all[owner]))
		return false;
	asked->id = head.id = ++peers->last_id;
	asked->owner = owner;
	if (!tsearch(asked, &peers->away, by_id))
		return false;
	if (!put(&peers->all[owner], &head, &asked->question)) {
		tdelete(asked, &peers->away, by_id);
		return false;
	}
	asked->state = ASKED_AWAY;
	TAILQ_INSERT_TAIL(&peers->all_away, asked, link);
	metric_add(&asked->questions->env->metrics->passed_on, 1);
	return true;
}

void
peers_forget(struct asked *asked)
{
	struct peers *peers = asked->questions->peers;

	tdelete(asked, &peers->away, by_id);
	TAILQ_REMOVE(&peers->all_away, asked, link);
}

/* One that nobody waits for any more, or that another life of this worker has asked, is passed over. */
static void
take_reply(const struct peer *peer, const struct head *head, const char *body)
{
	struct peers *peers = peer->peers;
	struct asked **at = tfind(&(struct asked){.id = head->id}, &peers->away, by_id), *asked;
	struct reply reply = {(enum reply_status)head->status, (enum told)head->told, body,
			      head->length};

	if (!at || (*at)->owner != peer->worker || head->status > REPLY_PERM ||
	    head->told >= TOLD_COUNT)
		return;
	asked = *at;
	peers_forget(asked);
	asked_tell(asked, &reply);
}

/* ---- Others' questions ---------------------------------------------------------------------- */

static void
foreign_free(struct foreign *foreign)
{
	TAILQ_REMOVE(&foreign->peer->peers->foreigners, foreign, link);
	foreign->peer->peers->n_foreigners--;
	free(foreign);
}

static void
hold(struct peer *peer, const struct head *head, const char *body)
{
	bool has_room = peer->n_held < MOST_HELD && peer->held_octets < MOST_HELD_OCTETS;
	struct held *held = has_room ? malloc(sizeof(*held) + head->length) : NULL;

	if (!held)
		return; /* the other worker says "later" by itself */
	held->head = *head;
	memcpy(held->body, body, head->length);
	TAILQ_INSERT_TAIL(&peer->held, held, link);
	peer->n_held++;
	peer->held_octets += head->length;
	event_add(&peer->writable, NULL);
}

static void
drop_first(struct peer *peer)
{
	struct held *held = TAILQ_FIRST(&peer->held);

	TAILQ_REMOVE(&peer->held, held, link);
	peer->n_held--;
	peer->held_octets -= held->head.length;
	free(held);
}

static void
writable(evutil_socket_t fd, short what, void *user)
{
	struct peer *peer = user;
	struct held *held;

	(void)fd, (void)what;
	while ((held = TAILQ_FIRST(&peer->held)) && put(peer, &held->head, held->body))
		drop_first(peer);
	if (held)
		event_add(&peer->writable, NULL);
}

static void
send_reply(const struct reply *reply, void *user)
{
	struct foreign *foreign = user;
	struct peer *peer = foreign->peer;
	struct head head = {MESSAGE_REPLY, 0, foreign->id, reply->status, reply->told};

	foreign_free(foreign);
	if (reply->length > REPLY_MOST)
		return;
	head.length = (uint32_t)reply->length;
	if (!TAILQ_EMPTY(&peer->held) || !put(peer, &head, reply->data))
		hold(peer, &head, reply->data);
}

/* Of any octets: not even a bool is one. */
static bool
is_sound(const char *octets, struct question *ret)
{
	unsigned char has_seed;
	bool is_host;

	memcpy(&has_seed, octets + offsetof(struct question, has_seed), 1);
	if (has_seed > 1)
		return false;
	memcpy(ret, octets, sizeof(*ret));
	is_host = ret->kind == QUESTION_TLS_SEC || ret->kind == QUESTION_TLS_STS;
	return ret->kind < QUESTION_KINDS && is_host == (ret->port != 0) && ret->subject[0] &&
	       memchr(ret->subject, '\0', sizeof(ret->subject)) && ret->wait_ms > 0 &&
	       ret->wait_ms <= MOST_WAIT_MS;
}

static void
take_question(struct peer *peer, const struct head *head, const char *body)
{
	struct question question;
	struct foreign *foreign;

	if (head->length != sizeof(question) || peer->peers->n_foreigners >= MOST_FOREIGN)
		return;
	foreign = is_sound(body, &question) ? calloc(1, sizeof(*foreign)) : NULL;
	if (!foreign)
		return;
	foreign->peer = peer;
	foreign->id = head->id;
	TAILQ_INSERT_TAIL(&peer->peers->foreigners, foreign, link);
	peer->peers->n_foreigners++;
	if (questions_answer_here(peer->peers->questions, &question, send_reply, foreign))
		return;
	foreign->asked = questions_ask_here(peer->peers->questions, &question, send_reply, foreign);
	if (!foreign->asked)
		foreign_free(foreign);
}

static void
readable(evutil_socket_t fd, short what, void *user)
{
	struct peer *peer = user;
	struct peers *peers = peer->peers;
	struct head head;

	(void)what;
	for (int i = 0; i < MOST_MESSAGES; i++) {
		ssize_t n = recv(fd, peers->buffer, MOST_MESSAGE, MSG_DONTWAIT);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			event_del(&peer->readable);
		if (n < 0)
			return;
		if ((size_t)n < sizeof(head))
			continue;
		memcpy(&head, peers->buffer, sizeof(head));
		if (head.length != (size_t)n - sizeof(head))
			continue;
		if (head.kind == MESSAGE_QUESTION)
			take_question(peer, &head, peers->buffer + sizeof(head));
		else if (head.kind == MESSAGE_REPLY)
			take_reply(peer, &head, peers->buffer + sizeof(head));
	}
}

/* ---- Making and freeing --------------------------------------------------------------------- */

/* Ids begin anywhere: replies to an earlier life of this worker must not meet the present one's. */
struct peers *
peers_new(struct questions *questions, const int *links)
{
	const struct env *env = questions->env;
	unsigned n = env->n_workers;
	struct peers *peers = calloc(1, sizeof(*peers) + n * sizeof(peers->all[0]));

	if (!peers)
		return NULL;
	peers->questions = questions;
	TAILQ_INIT(&peers->foreigners);
	TAILQ_INIT(&peers->all_away);
	memcpy(&peers->basis, env->secret, sizeof(peers->basis));
	peers->buffer = malloc(MOST_MESSAGE);
	if (!peers->buffer ||
	    getrandom(&peers->last_id, sizeof(peers->last_id), 0) != sizeof(peers->last_id)) {
		free(peers->buffer);
		free(peers);
		return NULL;
	}
	for (; peers->n < n; peers->n++) {
		struct peer *peer = &peers->all[peers->n];

		peer->peers = peers;
		peer->worker = peers->n;
		TAILQ_INIT(&peer->held);
		peer->fd = peers->n == env->worker ? -1 : links[peers->n];
		event_assign(&peer->readable, env->base, peer->fd, EV_READ | EV_PERSIST, readable,
			     peer);
		event_assign(&peer->writable, env->base, peer->fd, EV_WRITE, writable, peer);
		if (peer->fd >= 0)
			event_add(&peer->readable, NULL);
	}
	return peers;
}

void
peers_drain(struct peers *peers)
{
	peers->is_draining = true;
}

size_t
peers_foreign(const struct peers *peers)
{
	size_t n = peers->n_foreigners;

	/* Who is gone takes no reply. */
	for (unsigned i = 0; i < peers->n; i++)
		if (shared_is_ready(peers->questions->env->shared, i))
			n += peers->all[i].n_held;
	return n;
}

void
peers_free(struct peers *peers)
{
	if (!peers)
		return;
	for (unsigned i = 0; i < peers->n; i++) {
		struct peer *peer = &peers->all[i];

		while (!TAILQ_EMPTY(&peer->held))
			drop_first(peer);
		if (peer->fd >= 0) {
			event_del(&peer->readable);
			event_del(&peer->writable);
		}
	}
	while (!TAILQ_EMPTY(&peers->all_away))
		questions_cancel(TAILQ_FIRST(&peers->all_away));
	while (!TAILQ_EMPTY(&peers->foreigners)) {
		struct foreign *foreign = TAILQ_FIRST(&peers->foreigners);

		questions_cancel(foreign->asked);
		foreign_free(foreign);
	}
	free(peers->buffer);
	free(peers);
}
