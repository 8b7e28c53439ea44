/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is counted: one table, from which come the counting, the JSON, the text and the page. In a group
 * each domain that it is about has one label, so the labels' counts add up to the group's "of". What each
 * label means exactly is said in docs/compare.schema.json, and decided in judge.c.
 */
#ifndef NMX_CLI_COMPARE_GROUPS_H
#define NMX_CLI_COMPARE_GROUPS_H

#include <stddef.h>

enum compare_group {
	GROUP_PUBLISH, /* all: both, srv-only, mx-only, neither, no-domain, unknown, not-asked */
	GROUP_SRV,     /* all: published, null, absent, failed, bogus, not-asked */
	GROUP_MX,      /* all: published, null, absent, failed, bogus, not-asked, no-domain */
	GROUP_AGREEMENT, /* of both: same, srv-fewer, srv-more, overlap, disjoint: sets of host names */
	GROUP_PORTS,	 /* of SRV published: only-25, some-25, never-25 */
	GROUP_TIERS,	 /* of SRV published: one, several: priorities */
	GROUP_WEIGHTS,	    /* of SRV published: the best tier: alone, all-zero, equal, unequal */
	GROUP_SRV_SECURITY, /* of SRV published: secure, insecure */
	GROUP_MX_SECURITY,  /* of MX published: secure, insecure */
	GROUP_HOST_SECURITY, /* of deliverable: the addresses of all hosts: all, some, none are secure */
	GROUP_DANE,	     /* of deliverable: all, some, none of the hosts demand it */
	GROUP_DANE_MX,	     /* the same by MX alone */
	GROUP_STS,	     /* all: enforce, testing, none, absent */
	GROUP_TLS,     /* of deliverable: the least that a host demands: dane, sts, encrypt, may */
	GROUP_TLS_MX,  /* the same by MX alone */
	GROUP_SOURCE,  /* all: srv, mx, implicit, literal, none */
	GROUP_OUTCOME, /* all: deliverable, defer, reject */
	GROUP_OUTCOME_MX,  /* the same by MX alone */
	GROUP_CHANGE,	   /* of those with a route by MX alone beside: same, gained, lost, other */
	GROUP_REQUIREMENT, /* of those compared (domain.h): stronger, same, weaker TLS */
	N_GROUPS,
};

enum { MOST_LABELS = 8 };

struct group_label {
	const char *name, *title; /* of JSON, and of people */
};

struct group {
	const char *name, *title;
	const char *of;	  /* which domains it is about */
	const char *note; /* what a reader must know to read it, in a sentence or two */
	struct group_label labels[MOST_LABELS];
	size_t n_labels;
};

extern const struct group groups[N_GROUPS];

/* ---- The labels, as the table has them ---------------------------------------------------------- */

enum label_publish {
	PUBLISH_BOTH,
	PUBLISH_SRV_ONLY,
	PUBLISH_MX_ONLY,
	PUBLISH_NEITHER,
	PUBLISH_NO_DOMAIN,
	PUBLISH_UNKNOWN,
	PUBLISH_NOT_ASKED,
};

/* GROUP_SRV and GROUP_MX. */
enum label_state {
	STATE_PUBLISHED,
	STATE_NULL,
	STATE_ABSENT,
	STATE_FAILED,
	STATE_BOGUS,
	STATE_NOT_ASKED,
	STATE_NO_DOMAIN, /* MX alone */
};

enum label_agreement {
	AGREEMENT_SAME,
	AGREEMENT_SRV_FEWER,
	AGREEMENT_SRV_MORE,
	AGREEMENT_OVERLAP,
	AGREEMENT_DISJOINT,
};

enum label_ports { PORTS_ONLY_25, PORTS_SOME_25, PORTS_NEVER_25 };
enum label_tiers { TIERS_ONE, TIERS_SEVERAL };
enum label_weights { WEIGHTS_ALONE, WEIGHTS_ALL_ZERO, WEIGHTS_EQUAL, WEIGHTS_UNEQUAL };
enum label_security { SECURITY_SECURE, SECURITY_INSECURE };
enum label_part { PART_ALL, PART_SOME, PART_NONE };
enum label_sts { STS_ENFORCE, STS_TESTING, STS_NONE, STS_ABSENT };
enum label_tls { TLS_DANE, TLS_STS, TLS_ENCRYPT, TLS_MAY }; /* the strongest first */
enum label_source { SOURCE_SRV, SOURCE_MX, SOURCE_IMPLICIT, SOURCE_LITERAL, SOURCE_NONE };
enum label_outcome { OUTCOME_DELIVERABLE, OUTCOME_DEFER, OUTCOME_REJECT };
enum label_change { CHANGE_SAME, CHANGE_GAINED, CHANGE_LOST, CHANGE_OTHER };
enum label_requirement { REQUIREMENT_STRONGER, REQUIREMENT_SAME, REQUIREMENT_WEAKER };

/* The label of this name; -1 if the group has none. */
int groups_label(enum compare_group group, const char *name);

#endif
