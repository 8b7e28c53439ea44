/* SPDX-License-Identifier: BSD-2-Clause */
/* What a host's connections must have: one requirement, with the names and keys to verify. */
#ifndef NMX_POLICY_TLS_H
#define NMX_POLICY_TLS_H

#include "base/rr.h"
#include "base/why.h"

#include <nextmx.h>

struct stage;
struct policy_settings;
struct sts_policy;

struct tlsa_record {
	struct rr_tlsa rr;
	enum nmx_tlsa_state state;
};

/* The base domain, the recipient domain and its alias's end (RULES DANE-4). */
enum { TLS_REFERENCES = 3 };

/* Names in wire form. */
struct host_tls {
	enum nmx_tls requirement;
	const uint8_t *sni; /* NULL: the host's name */
	const uint8_t *references[TLS_REFERENCES];
	size_t n_references;
	struct tlsa_record *tlsa; /* sorted */
	size_t n_tlsa;
	bool is_misnamed; /* by an MTA-STS policy in testing, which does not name it */
};

/*
 * Sets the requirement of every host of the stage that has addresses, or puts it out with its reason.
 * domain is the recipient's, NULL for a literal; sts its MTA-STS policy, NULL without one. False only if
 * memory ran out.
 */
bool tls_judge(struct stage *stage, const struct policy_settings *settings, const uint8_t *domain,
	       const struct sts_policy *sts, struct notes *notes);

#endif
