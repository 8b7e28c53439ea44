/* SPDX-License-Identifier: BSD-2-Clause */
/* Replies as text, for tables. config_passes() is answer_bench.c's own. */
#ifndef NMX_TESTS_ANSWER_BENCH_H
#define NMX_TESTS_ANSWER_BENCH_H

#include "daemon/answer.h"
#include "routes.h"

extern const char *const answer_bench_classes[CLASS_COUNT];

/* "OK nx-may:[a.example]:25 (answer)": status, data, what was told; until the next call. Plan 0 of the
 * route; none for TLS questions. */
const char *answer_bench_ask(enum question_kind kind, bool answer_srv, struct nmx_route *route);
/* The same without a route. */
const char *answer_bench_trouble(enum question_kind kind, bool answer_srv, enum trouble trouble);

/* Makes a route defer or reject; reason must live as long. */
void answer_bench_fail(struct nmx_route *route, enum nmx_outcome outcome, const char *status,
		       const char *reason);

/* "code name:port address; ...", noted in the bench for the next route. "-" is no address. */
void answer_bench_drop(struct bench *bench, const char *drops);

#endif
