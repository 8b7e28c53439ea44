/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of MTA-STS share: d.test with one MX host, an MTA-STS record and a policy host. */
#ifndef NMX_TESTS_MACHINE_STS_H
#define NMX_TESTS_MACHINE_STS_H

#include "machine.h"
#include "script_fetch.h"

#define ENFORCE "version: STSv1\nmode: enforce\nmx: m.d.test\nmax_age: 604800\n"
#define TESTING "version: STSv1\nmode: testing\nmx: m.d.test\nmax_age: 604800\n"

/* Options. */
extern const char *const sts_on[];

/* The record's id, and when it is answered. */
void sts_publish(const char *id, enum script_when when);
/* A new script with id 1, and a context. */
void sts_begin(struct nmx_context **ret_ctx);
/* The domain's policy is held, fetched so long ago. */
void sts_hold(struct nmx_context *ctx, const char *domain, const char *id, const char *text,
	      int64_t age_s);
/* For the route of d.test. */
void sts_ask(struct nmx_context *ctx, struct got *got);
/* What its first host must have; MAY without one. */
enum nmx_tls sts_tls(const struct got *got);

#endif
