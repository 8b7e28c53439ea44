/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/report.h"

#include <stdlib.h>
#include <string.h>

struct nmx_report *
report_new(const char *domain, struct nmx_plan *plan)
{
	struct nmx_report *report = calloc(1, sizeof(*report));

	if (report)
		report->domain = strdup(domain);
	if (!report || !report->domain) {
		free(report);
		return NULL;
	}
	atomic_init(&report->references, 1);
	report->plan = plan;
	if (plan)
		plan_make_texts(plan); /* now: threads may share it */
	return report;
}

struct nmx_report *
nmx_report_ref(struct nmx_report *report)
{
	if (report)
		atomic_fetch_add_explicit(&report->references, 1, memory_order_relaxed);
	return report;
}

void
nmx_report_unref(struct nmx_report *report)
{
	if (!report || atomic_fetch_sub_explicit(&report->references, 1, memory_order_acq_rel) != 1)
		return;
	nmx_plan_free(report->plan);
	free(report->tried);
	free(report->domain);
	free(report);
}

bool
report_reserve(struct nmx_report *report)
{
	size_t size = report->size ? 2 * report->size : 4;
	struct tried *tried;

	if (report->n_tried < report->size)
		return true;
	tried = realloc(report->tried, size * sizeof(*tried));
	if (!tried)
		return false;
	report->tried = tried;
	report->size = size;
	return true;
}

struct tried *
report_add(struct nmx_report *report)
{
	return memset(&report->tried[report->n_tried++], 0, sizeof(struct tried));
}

void
report_conclude_route(struct nmx_report *report)
{
	struct delivery_verdict *v = &report->verdict;
	struct text reason = text_into(v->reason, sizeof(v->reason));
	struct text status = text_into(v->status, sizeof(v->status));

	v->outcome = report->plan->outcome;
	text_add(&status, report->plan->status);
	text_add(&reason, report->plan->reason);
}

/* RULES OUT-1, OUT-3: what was left out for now, or is behind a question that failed, might have taken
 * the message. */
static bool
is_softened(const struct nmx_report *report)
{
	const struct nmx_plan *plan = report->plan;

	if (!plan || plan->route->is_incomplete)
		return true;
	for (size_t i = 0; i < plan->route->n_drops; i++)
		if (status_cause_of(plan->route->drops[i].code) >= CAUSE_LOCAL)
			return true;
	for (size_t i = 0; i < plan->n_drops; i++)
		if (status_cause_of(nmx_plan_dropped(plan, i)->code) >= CAUSE_LOCAL)
			return true;
	return false;
}

void
report_conclude(struct nmx_report *report, enum delivery_end end)
{
	delivery_decide(report->tried, report->n_tried, end, is_softened(report), &report->verdict);
}

/* ---- Getters -------------------------------------------------------------------------------- */

#define GETTER(type, name, value)                               \
	type nmx_report_##name(const struct nmx_report *report) \
	{                                                       \
		return value;                                   \
	}

GETTER(enum nmx_outcome, outcome, report->verdict.outcome)
GETTER(const char *, domain, report->domain)
GETTER(const char *, status, report->verdict.status)
GETTER(const char *, reason, report->verdict.reason)
GETTER(struct nmx_route *, route, report->plan ? report->plan->route : NULL)
GETTER(struct nmx_plan *, plan, report->plan)
GETTER(size_t, attempt_count, report->n_tried)

#define TRIED_GETTER(type, name, value, beyond)                           \
	type nmx_report_##name(const struct nmx_report *report, size_t i) \
	{                                                                 \
		return i < report->n_tried ? (value) : (beyond);          \
	}

TRIED_GETTER(const struct nmx_endpoint *, endpoint, report->tried[i].endpoint, NULL)
TRIED_GETTER(enum nmx_result, result, report->tried[i].result, NMX_STOP_TEMP)
TRIED_GETTER(enum nmx_cause, cause, report->tried[i].cause, NMX_CAUSE_NONE)
TRIED_GETTER(unsigned, code, report->tried[i].code, 0)
TRIED_GETTER(const char *, enhanced, report->tried[i].enhanced, NULL)
TRIED_GETTER(const char *, text, report->tried[i].text, NULL)
TRIED_GETTER(unsigned, ms, report->tried[i].ms, 0)
