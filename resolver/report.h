/* SPDX-License-Identifier: BSD-2-Clause */
/* What a delivery came to: every attempt, and the whole. Grows while the delivery runs, then never changes. */
#ifndef NMX_RESOLVER_REPORT_H
#define NMX_RESOLVER_REPORT_H

#include "policy/delivery.h"
#include "resolver/plan.h"

struct nmx_report {
	atomic_uint references;
	char *domain; /* as asked */
	struct nmx_plan
		*plan; /* owned; it holds the route. NULL: the deadline came before the route */
	struct tried *tried;
	size_t n_tried, size;
	struct delivery_verdict verdict;
};

/* Copies the domain, and takes the plan over, which may be NULL. NULL if memory ran out, and then the plan stays the caller's. */
struct nmx_report *report_new(const char *domain, struct nmx_plan *plan);
/* Before an attempt begins: room for its record, so that what came of it cannot be lost. False if memory
 * ran out. */
bool report_reserve(struct nmx_report *report);
/* The record that was reserved. */
struct tried *report_add(struct nmx_report *report);
/* The outcome of a route that leads nowhere. */
void report_conclude_route(struct nmx_report *report);
/* The outcome of the attempts. */
void report_conclude(struct nmx_report *report, enum delivery_end end);

#endif
