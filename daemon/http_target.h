/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an HTTP request asks for, out of its target (RFC 9112 section 3.2.1) and its Host. Pure; both
 * are a stranger's octets.
 */
#ifndef NMX_DAEMON_HTTP_TARGET_H
#define NMX_DAEMON_HTTP_TARGET_H

#include "daemon/question.h"

enum http_target {
	TARGET_ROUTE, /* /v1/route/DOMAIN: the question is made, but for wait_ms */
	TARGET_HEALTHZ,
	TARGET_METRICS,
	TARGET_UNKNOWN,
	TARGET_BAD, /* /v1/route/..., and *ret_error says what is wrong: text of ours */
};

enum http_target http_target_read(const char *target, struct question *ret, const char **ret_error);

/* Whether a Host field names an address or localhost, with or without a port. A browser that was led
 * here by a name in somebody's DNS (DNS rebinding) says that name. */
bool http_host_is_local(const char *host);

#endif
