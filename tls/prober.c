/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/prober.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "tls/sentence.h"

struct prober {
	struct prober_settings settings;
	SSL_CTX *ctx;
};

static int
explain(struct sentence *error, const char *what, const char *detail)
{
	unsigned long code = ERR_peek_error(); /* the first: what OpenSSL adds says less */
	const char *reason = ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code))
						    : ERR_reason_error_string(code);

	sentence_add(error, "%s%s: %s", what, detail, reason ? reason : "failed");
	return NMX_E_CONFIG;
}

int
prober_new(const struct prober_settings *settings, char *ret_error, size_t size,
	   struct prober **ret_prober)
{
	struct sentence error = sentence_into(ret_error, size);
	struct prober *prober = calloc(1, sizeof(*prober));
	int result = 0;

	if (!prober)
		return NMX_E_NOMEM;
	prober->settings = *settings;
	ERR_clear_error();
	prober->ctx = SSL_CTX_new(TLS_client_method());
	if (!prober->ctx || !SSL_CTX_set_default_verify_paths(prober->ctx))
		result = explain(&error, "OpenSSL", "");
	else if (settings->ca_file &&
		 !SSL_CTX_load_verify_locations(prober->ctx, settings->ca_file, NULL))
		result = explain(&error, "trust anchors of ", settings->ca_file);
	if (result) {
		prober_free(prober);
		return result;
	}
	*ret_prober = prober;
	return 0;
}

void
prober_free(struct prober *prober)
{
	if (!prober)
		return;
	SSL_CTX_free(prober->ctx);
	free(prober);
}

/* The probes that run, in no order. */
struct run {
	struct prober *prober;
	struct probe **probes; /* NULL: not begun, or over */
	struct pollfd *fds;
	size_t n, next, running;
};

static bool
begin_some(struct run *run, const struct nmx_endpoint *const *endpoints)
{
	const struct prober_settings *s = &run->prober->settings;

	for (; run->next < run->n && run->running < s->at_once; run->next++, run->running++) {
		struct probe *probe =
			probe_new(run->prober->ctx, endpoints[run->next], s->helo, s->deadline_ms);

		if (!probe)
			return false;
		run->probes[run->next] = probe;
		probe_start(probe);
	}
	return true;
}

/* Until one of them can go on. */
static bool
wait_for_some(struct run *run)
{
	int wait = -1;

	for (size_t i = 0; i < run->n; i++) {
		int left = run->probes[i] ? probe_wait_ms(run->probes[i]) : -1;

		run->fds[i].fd = -1;
		if (run->probes[i])
			run->fds[i].fd = probe_fd(run->probes[i], &run->fds[i].events);
		if (left >= 0 && (wait < 0 || left < wait))
			wait = left;
	}
	return poll(run->fds, run->n, wait) >= 0 || errno == EINTR;
}

static void
step_all(struct run *run, struct probe_report *reports)
{
	for (size_t i = 0; i < run->n; i++) {
		if (!run->probes[i])
			continue;
		probe_step(run->probes[i]);
		if (!probe_report(run->probes[i]))
			continue;
		reports[i] = *probe_report(run->probes[i]);
		probe_free(run->probes[i]);
		run->probes[i] = NULL;
		run->running--;
	}
}

int
prober_run(struct prober *prober, const struct nmx_endpoint *const *endpoints, size_t n,
	   struct probe_report *ret_reports)
{
	struct run run = {.prober = prober, .n = n};
	int result = 0;

	run.probes = calloc(n + 1, sizeof(struct probe *));
	run.fds = calloc(n + 1, sizeof(*run.fds));
	if (!run.probes || !run.fds)
		result = NMX_E_NOMEM;
	while (result == 0 && (run.next < n || run.running)) {
		if (!begin_some(&run, endpoints))
			result = NMX_E_NOMEM;
		else if (!wait_for_some(&run))
			result = NMX_E_SYSTEM;
		else
			step_all(&run, ret_reports);
	}
	for (size_t i = 0; run.probes && i < n; i++)
		probe_free(run.probes[i]);
	free(run.probes);
	free(run.fds);
	return result;
}
