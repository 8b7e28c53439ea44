/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A workbench: an arena, notes and settings, and the two translations that make a test a table:
 * answers from text, and text from decisions.
 *
 *	answer	"secure 10 60 25 a.example; 20 0 25 b.example", "insecure NXDOMAIN", "TIMEOUT"
 *	stages	"srv secure 10/60 a.example:25 20/0 b.example:25 | mx insecure 10/0 c.example:25"
 *	drops	"port-zero d.example:0 SRV-8; loopback-address e.example:25 127.0.0.1 ADR-1"
 */
#ifndef NMX_TESTS_BENCH_H
#define NMX_TESTS_BENCH_H

#include "base/answer.h"
#include "base/why.h"
#include "policy/select.h"
#include "policy/settings.h"

struct bench {
	struct arena arena;
	struct notes notes;
	struct policy_settings settings; /* the defaults, and what bench_set changed */
};

/* Options as "name value; name value", over the registry's defaults. */
struct bench *bench_new(const char *options);
void bench_free(struct bench *bench);

/* Wire form, in the arena; \DDD stands for an octet. Aborts on a name that is none. */
const uint8_t *bench_name(struct bench *bench, const char *text);
/* Words before the records: secure, insecure (the default), wildcard, chain=N, ttl=N. Then records of
 * the type joined by semicolons, or NODATA, NXDOMAIN, SERVFAIL, REFUSED, TIMEOUT, OVERLOAD, LIMIT,
 * NONE or BOGUS. */
struct answer bench_answer(struct bench *bench, uint16_t type, const char *text);
const struct answer *bench_answer_copy(struct bench *bench, uint16_t type, const char *text);
struct address bench_address(const char *text);

/* In the arena. */
const char *bench_stages_text(struct bench *bench, const struct selection *sel);
const char *bench_drops_text(struct bench *bench);
/* Whether a line of that code was written. */
bool bench_explains(const struct bench *bench, enum why_code code);
/* Every line, "RULE text", one a line. */
const char *bench_why_text(struct bench *bench);

#endif
