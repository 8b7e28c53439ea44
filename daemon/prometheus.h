/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The counters of all workers, summed, in Prometheus' text format 0.0.4. Every series is there from the
 * beginning, at 0.
 */
#ifndef NMX_DAEMON_PROMETHEUS_H
#define NMX_DAEMON_PROMETHEUS_H

#include "daemon/shared.h"

struct evbuffer;

/* Appends it; false without memory, ret is then of no use. */
bool prometheus_write(struct shared *shared, struct evbuffer *ret);

#endif
