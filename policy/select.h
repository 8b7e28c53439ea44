/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the SRV and MX answers to the stages of a route and the hosts whose addresses are needed
 * (RULES SEL-*, SRV-*, MX-*, NMX-*, PORT-1, LIM-1). Pure: answers and settings in, selection out,
 * everything in the notes' arena.
 */
#ifndef NMX_POLICY_SELECT_H
#define NMX_POLICY_SELECT_H

#include "base/answer.h"
#include "base/why.h"
#include "policy/settings.h"
#include "policy/tls.h"

struct host_address {
	struct address address;
	enum nmx_security security; /* least of naming RRset, aliases and address */
};

/* The address answers of a name; the resolver fills them in. */
struct host_answers {
	struct answer a, aaaa;
};

struct dane_answers; /* policy/dane.h */

struct host {
	uint16_t priority; /* or preference */
	uint32_t weight;
	uint16_t port;
	const uint8_t *name;  /* NULL: a literal */
	const uint8_t *alias; /* the domain, if the name is where its alias ends; or NULL */
	const char *text;     /* of the name, if it was asked for; or NULL */
	const struct host_answers *answers; /* set when they are asked for; judged in a copy */
	bool out;			    /* left out, and the drop is noted */
	bool undecided;			    /* out because the deadline came first */
	bool tlsa_unknown;		    /* out because its TLSA is not known */
	struct host_address *addresses;	    /* set by addresses_judge */
	size_t n_addresses;
	struct dane_answers
		*dane; /* set before TLS is judged; NULL: not asked, the naming is not signed */
	struct host_tls tls; /* set by tls_judge */
};

/* Hosts sorted by priority, name, port: tiers are runs of equal priority. */
struct stage {
	enum nmx_source source;
	enum nmx_security security; /* of the naming RRset or its denial */
	struct host *hosts;
	size_t n_hosts;
	const uint8_t
		*expansion; /* where the domain's alias ends, if that named the hosts; or NULL */
};

enum srv_state {
	SRV_OFF,     /* not asked */
	SRV_ABSENT,  /* NODATA, NXDOMAIN */
	SRV_IGNORED, /* unsigned and not to be used: SRV-17, SRV-18 */
	SRV_NULL,    /* a lone ".", signed and no wildcard: SRV-6 */
	SRV_UNKNOWN, /* SERVFAIL, timeout, ... */
	SRV_BOGUS,
	SRV_EMPTY, /* every record left out */
	SRV_USABLE,
};

enum mx_state {
	MX_ABSENT, /* NODATA */
	MX_NXDOMAIN,
	MX_NULL,
	MX_CHAIN, /* alias of more than 8 steps */
	MX_UNKNOWN,
	MX_BOGUS,
	MX_EMPTY,     /* every record left out */
	MX_EXHAUSTED, /* every host is in the SRV stage already: SEL-2 */
	MX_USABLE,
};

/* RULES SEL-1 as a table: which stages a route has. */
struct stage_choice {
	bool srv, mx, implicit;
};

struct stage_choice select_stages(enum srv_state srv, bool srv_secure, enum mx_state mx,
				  const struct policy_settings *settings);

struct selection {
	enum srv_state srv;
	enum mx_state mx;
	enum nmx_security srv_security, mx_security;
	struct stage stages[2];
	size_t n_stages;
	const char *bogus;		      /* why the naming RRset is bogus, or NULL */
	const char *srv_failure, *mx_failure; /* an rcode's name or "TIMEOUT", if it is unknown */
};

struct select_input {
	const struct policy_settings *settings;
	const uint8_t *domain;	 /* wire form, A-labels */
	const uint8_t *srv_name; /* owner asked for SRV, NULL if srv is off */
	bool mx_alone;		 /* it is off for this request only */
	const struct answer *srv, *mx;
	/* Any answer of the domain itself, asked when MX failed and SRV is unsigned: whether the domain is
	 * signed. NULL: not needed, or nothing is validated. */
	const struct answer *apex;
};

/* False only if memory ran out. */
bool select_run(const struct select_input *in, struct notes *notes, struct selection *ret);

/*
 * RULES SEL-2, when the SRV stage has been judged and before the MX stage is: what the MX stage would
 * repeat is left out. A host that SRV could not use only because the deadline came first is no repeat,
 * for MX alone might have used it; unless it is its TLSA that is unknown.
 */
void select_leave_out_repeats(struct selection *sel, struct notes *notes);

/* The naming word of a stage, for explanations: "SRV", "MX". */
const char *select_naming(enum nmx_source stage);

#endif
