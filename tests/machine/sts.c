/* SPDX-License-Identifier: BSD-2-Clause */
#include "sts.h"

#include <stdio.h>
#include <string.h>

const char *const sts_on[] = {"sts", "on", "backoff", "no", NULL};

void
sts_publish(const char *id, enum script_when when)
{
	char record[64];

	snprintf(record, sizeof(record), "v=STSv1; id=%s", id);
	script_rrset("d.test", "MX", "10 m.d.test", 0, SCRIPT_INSIDE);
	script_rrset("m.d.test", "A", "192.0.2.1", 0, SCRIPT_INSIDE);
	script_rrset("mta-sts.d.test", "A", "192.0.2.9", 0, SCRIPT_INSIDE);
	script_rrset("_mta-sts.d.test", "TXT", record, 0, when);
}

void
sts_begin(struct nmx_context **ret_ctx)
{
	script_reset();
	script_fetch_reset();
	sts_publish("1", SCRIPT_INSIDE);
	*ret_ctx = start_context(sts_on);
}

void
sts_hold(struct nmx_context *ctx, const char *domain, const char *id, const char *text,
	 int64_t age_s)
{
	struct store_policy policy = {.domain = domain,
				      .id = id,
				      .fetched = sts_now(ctx->sts) - age_s,
				      .mode = NMX_STS_ENFORCE,
				      .max_age = 604800,
				      .text = (const uint8_t *)text,
				      .length = strlen(text)};

	policy.expires = policy.fetched + policy.max_age;
	CU_ASSERT(store_put(sts_store(ctx->sts), &policy));
}

void
sts_ask(struct nmx_context *ctx, struct got *got)
{
	CU_ASSERT_EQUAL(nmx_request_start(ctx, "d.test", note_route, got, NULL), 0);
	dispatch_all(ctx);
}

enum nmx_tls
sts_tls(const struct got *got)
{
	return got->route && nmx_route_host_count(got->route)
		       ? nmx_host_tls(nmx_route_host(got->route, 0))
		       : NMX_TLS_MAY;
}
