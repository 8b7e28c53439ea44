/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk for one domain, for all requests that wait for it:
 *
 *	discover   SRV, MX and the TXT record of MTA-STS, at once
 *	select     policy/select: stages and hosts
 *	addresses  A and AAAA of every host, at once; TLSA of each as soon as an address is signed; a new
 *	           MTA-STS policy as soon as its record is there
 *	route      policy again; the route is built, cached and handed to the waiting requests
 *
 * One file a phase: phase_discover.c, phase_addresses.c, phase_tlsa.c and phase_sts.c, phase_route.c
 * (select is pure). A walk for the domain's name servers is shorter: phase_servers.c asks for them, and
 * the route is built. The rules of
 * the machine: set what is awaited, then ask, then return, for the answer may come inside the asking.
 * An answer is stored, and the lookup queued; it goes on from lookup_step, called by the context.
 */
#ifndef NMX_RESOLVER_LOOKUP_H
#define NMX_RESOLVER_LOOKUP_H

#include "base/list.h"
#include "policy/domain.h"
#include "policy/select.h"
#include "resolver/dns.h"
#include "resolver/route.h"
#include "resolver/sts.h"
#include "resolver/table.h"

struct nmx_context;
struct nmx_request;

/* One question of a lookup, in its arena. */
struct question {
	struct lookup *lookup;
	struct question *next;	    /* of the same lookup */
	struct dns_question *asked; /* while in flight */
	struct answer *answer;
	int64_t asked_at;
	uint16_t type;
	const uint8_t *name;
	const char *text; /* of the name, as the hash is */
	uint64_t hash;
	bool unasked; /* waits for room, on ctx->unasked */
	struct list_node node;
};

/* A host's name and its addresses; several hosts (ports) may share it. */
struct name_answers {
	struct name_answers *next;
	const uint8_t *name;
	const char *text; /* of the name */
	struct host_answers answers;
	struct answer alias; /* CNAME, if it must be known whether the alias is signed (DANE-2) */
};

/* TLSA of a base domain and port. */
struct tlsa_answer {
	struct tlsa_answer *next;
	const uint8_t *base;
	uint16_t port;
	struct answer answer;
};

/* NS of the domain, or of the zone that it lies in. */
struct zone_answer {
	struct zone_answer *next;
	const uint8_t *name;
	struct answer answer;
};

enum sts_state {
	STS_OFF,     /* not asked: switched off, or no domain name */
	STS_ASKED,   /* for the TXT record */
	STS_WAITING, /* for a policy that is being fetched */
	STS_DONE,
};

/* MTA-STS of the domain: what was asked, and the policy in force. */
struct lookup_sts {
	enum sts_state state;
	struct answer txt;
	struct sts_record record;
	struct timer late; /* sts-timeout */
	struct sts_waiter waiter;
	bool is_late, was_refused; /* its id failed lately, so nothing was fetched */
	bool is_awaited; /* in a route's copy: a request's deadline came before that of the policy */
	enum sts_trouble trouble;
	const char *trouble_text;
	bool has_policy, was_fetched;
	struct sts_policy policy;
	char id[LIMIT_STS_ID + 1];
	int64_t age, left; /* seconds since it was fetched, and until it expires */
};

enum phase { PHASE_HELD, PHASE_DISCOVER, PHASE_ADDRESSES, PHASE_SERVERS, PHASE_DONE };

struct lookup {
	struct table_entry entry; /* first; ctx->lookups */
	struct nmx_context *ctx;
	struct list_node queued;
	bool ready, held; /* on which queue */
	struct arena arena;
	struct domain domain;
	enum route_kind kind; /* what is walked for */
	enum phase phase;
	struct list waiters;  /* requests */
	struct timer give_up; /* when it ends whatever is known */
	int64_t now;	      /* of this step; 0: the clock is to be read (lookup_now) */
	uint8_t srv_name[LIMIT_NAME];
	struct answer srv, mx;
	struct answer apex; /* A of the domain, if it must be known whether it is signed */
	struct question *questions;
	unsigned pending; /* questions that are awaited */
	unsigned unasked; /* of those, not in flight yet */
	bool overloaded;  /* a question was not asked for max-questions */
	bool asked_ahead; /* for the hosts of one naming answer: */
	struct selection ahead;
	bool failed; /* memory ran out */
	struct notes notes;
	struct selection sel; /* from PHASE_ADDRESSES on */
	struct name_answers *names;
	struct tlsa_answer *tlsa;
	struct zone_answer *zones; /* the last one asked first */
	struct lookup_sts sts;
};

/* NULL if memory ran out. The domain is copied. */
struct lookup *lookup_new(struct nmx_context *ctx, const struct domain *domain,
			  enum route_kind kind, uint64_t hash);
/* Forgets its questions. Off every list and without waiters by then. */
void lookup_free(struct lookup *lookup);

/* Goes on as far as the answers allow. The lookup may be gone afterwards. */
void lookup_step(struct lookup *lookup);
/* Begins anew, with nothing known (the resolver was rebuilt). */
void lookup_restart(struct lookup *lookup);

/* The route as far as it is known now (RULES DDL-1), for a request whose deadline has come. NULL if
 * memory ran out. */
struct nmx_route *lookup_partial(struct lookup *lookup);

/* Lets the lookup live until then at least. False if memory ran out. */
bool lookup_extend(struct lookup *lookup, int64_t until);

/* ---- For the phases ------------------------------------------------------------------------- */

/* The time of this step, or of the last answer that came in it. */
int64_t lookup_now(struct lookup *lookup);

/* Asks; the answer's state becomes pending, or an answer at once. */
void lookup_ask(struct lookup *lookup, const uint8_t *name, uint16_t type, struct answer *answer);
/* The same about a name that does not live as long as the lookup. */
void lookup_ask_copy(struct lookup *lookup, const uint8_t *name, uint16_t type,
		     struct answer *answer);

/* Asks what waits for room, as far as there is room now. */
void lookup_ask_waiting(struct nmx_context *ctx);
bool lookup_has_room(const struct nmx_context *ctx);

/* Waits no longer for the answer of a question, which counts as timed out. */
void lookup_forget(struct lookup *lookup, const struct answer *answer);

/* Whether SRV has a say: not with srv off, nor for MX alone. */
bool phase_asks_srv(const struct lookup *lookup);
void phase_discover_ask(struct lookup *lookup);
/* Asks what the first answers call for; true when nothing is awaited any more. */
bool phase_discover_done(struct lookup *lookup);

/* Asks for the addresses of the selection's hosts; true when nothing is awaited any more. */
void phase_addresses_ask(struct lookup *lookup);
/* Asks for the hosts that one naming answer names while the other is awaited, so that a server that
 * is silent about SRV, or about MX, delays nothing but itself. */
void phase_addresses_ask_ahead(struct lookup *lookup);
bool phase_addresses_done(struct lookup *lookup);
/* The answers of a name, as they are now; NULL if it was never asked. */
struct name_answers *phase_addresses_of(const struct lookup *lookup, const uint8_t *name);
/* The same of a host of one of the lookup's selections, not of a copy. */
struct name_answers *phase_addresses_of_host(const struct lookup *lookup, const struct host *host);

/* Asks for the TLSA records that the addresses known by now call for. */
void phase_tlsa_ask(struct lookup *lookup, const struct selection *sel);
/* Gives host i of the stage a copy of what is known for DANE, names being the answers of its name (or NULL);
 * false if memory ran out. */
bool phase_tlsa_copy(struct lookup *lookup, const struct stage *stage, size_t i,
		     const struct name_answers *names, bool at_deadline);

/* Asks for the servers of the domain's zone; true when nothing is awaited any more. */
void phase_servers_ask(struct lookup *lookup);
bool phase_servers_done(struct lookup *lookup);
/* What is known of them; not asked: ANSWER_NONE. */
struct answer phase_servers_answer(const struct lookup *lookup);

void phase_sts_ask(struct lookup *lookup);
/* Goes on as far as it can; true when nothing is awaited any more. */
bool phase_sts_done(struct lookup *lookup);
/* Forgets everything. */
void phase_sts_leave(struct lookup *lookup);
/* What the route is judged by, and explained; NULL: nothing was asked, or memory ran out. */
const struct lookup_sts *phase_sts_in_force(struct lookup *lookup);

/* What is still awaited at the deadline, or was never asked, counts as timed out. */
struct answer phase_as_of_now(const struct answer *answer, bool at_deadline);
/* The selection, from answers that are there; false if memory ran out. */
bool phase_select(struct lookup *lookup, const struct answer *srv, const struct answer *mx,
		  struct notes *notes, struct selection *ret);
/* The selection of a host that the caller named: that one (RULES HST-1). As above. */
bool phase_select_host(struct lookup *lookup, struct notes *notes, struct selection *ret);
/* Whether RULES SRV-18 depends on the domain's own security, because MX has none to show. */
bool phase_needs_apex(const struct lookup *lookup, const struct answer *srv,
		      const struct answer *mx);
/* The questions that the route rests on; false if memory ran out. */
bool phase_queries_put(struct lookup *lookup, bool at_deadline, struct route_parts *parts);
/* NULL if memory ran out. */
struct nmx_route *phase_route_build(struct lookup *lookup, bool at_deadline);

#endif
