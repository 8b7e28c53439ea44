/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a domain publishes, used or not, in the form that a route keeps (option records): in canonical
 * order, alike records once, and no more than LIMIT_RECORDS_KEPT. Pure; memory from the arena, names
 * those of the answer.
 */
#ifndef NMX_POLICY_RECORDS_H
#define NMX_POLICY_RECORDS_H

#include "base/answer.h"

struct published {
	uint16_t priority, weight, port;
	const uint8_t *name; /* target, exchange or server */
};

struct records {
	const char *rcode; /* static; NULL: not asked, or not kept */
	enum nmx_security security;
	size_t n_published; /* different ones */
	const struct published *records;
	size_t n;
};

/* Of the answer to SRV, MX or NS. An answer that failed has no records. False only if memory ran out. */
bool records_keep(const struct answer *answer, uint16_t type, struct arena *arena,
		  struct records *ret_records);

#endif
