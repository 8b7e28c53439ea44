/* SPDX-License-Identifier: BSD-2-Clause */
/* Probes several endpoints, some at a time, and waits for all of them. */
#ifndef NMX_TLS_PROBER_H
#define NMX_TLS_PROBER_H

#include "tls/probe.h"

struct prober_settings {
	const char *ca_file;  /* PEM, beside the system's trust anchors; NULL for those alone */
	const char *helo;     /* lent; a host name or address literal */
	unsigned deadline_ms; /* of each probe */
	unsigned at_once;
};

struct prober;

/* On failure ret_error is a sentence, in a buffer of size bytes. Errors: CONFIG (the file), SYSTEM, NOMEM. */
int prober_new(const struct prober_settings *settings, char *ret_error, size_t size,
	       struct prober **ret_prober);
void prober_free(struct prober *prober);

/* ret_reports[i] is about endpoints[i]. Errors: NOMEM, SYSTEM. */
int prober_run(struct prober *prober, const struct nmx_endpoint *const *endpoints, size_t n,
	       struct probe_report *ret_reports);

#endif
