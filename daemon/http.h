/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP: GET /v1/route/DOMAIN, /healthz, /metrics. libevent's evhttp speaks it. */
#ifndef NMX_DAEMON_HTTP_H
#define NMX_DAEMON_HTTP_H

#include "daemon/env.h"

struct http;

/* As socketmap_new(), and so on. */
struct http *http_new(struct env *env, int listening);
void http_drain(struct http *http);
size_t http_connections(const struct http *http);
void http_free(struct http *http);

#endif
