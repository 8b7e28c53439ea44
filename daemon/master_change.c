/* SPDX-License-Identifier: BSD-2-Clause */
/* From one configuration to the next; from none to the first, too. */
#include "daemon/master_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"

/* To who waits for the start. */
static void
tell_starter(struct master *m, const char *text)
{
	if (m->ready_fd < 0)
		return;
	(void)!write(m->ready_fd, text, strlen(text));
	close(m->ready_fd);
	m->ready_fd = -1;
}

static void
tell_ready(struct master *m)
{
	char status[64];

	snprintf(status, sizeof(status), "%u worker%s", m->present->n,
		 m->present->n == 1 ? "" : "s");
	notify_ready(&m->notify, status);
	tell_starter(m, "r");
}

void
change_failed(struct master *m, int status, const char *reason)
{
	log_always(NMX_LOG_ERROR, m->present ? "reload-failed" : "start-failed", "reason", reason,
		   NULL);
	if (m->coming) {
		listeners_close(&m->coming->listeners, m->present ? &m->present->listeners : NULL);
		m->old = m->coming;
		m->coming = NULL;
		generation_end(m->old, master_now() + m->times.stop);
	}
	m->is_reloading = false;
	if (m->present) {
		tell_ready(m);
		notify_status(&m->notify, reason);
		return;
	}
	listeners_close(&m->opened, NULL);
	notify_status(&m->notify, reason);
	tell_starter(m, reason);
	m->status = status;
	m->is_stopping = true;
}

void
change_begin(struct master *m)
{
	struct config *config = NULL;
	char error[ERROR_SIZE] = "";

	m->reload_wanted = false;
	m->is_reloading = true;
	notify_reloading(&m->notify);
	log_always(NMX_LOG_INFO, "reload", "file", m->present->config->path, NULL);
	if (!config_read(m->present->config->path, &config, error, sizeof(error)))
		change_failed(m, EXIT_CONFIG, error);
	else if (!check_begin(m, config, error, sizeof(error)))
		change_failed(m, EXIT_FAILURE, error);
}

/* The new configuration is good: its generation, with its listeners. */
static void
start_coming(struct master *m, struct config *config)
{
	const struct listeners *present = m->present ? &m->present->listeners : &m->opened;
	struct listeners listeners;
	struct generation *coming;
	char error[ERROR_SIZE];

	if (!listeners_open(config, present, &listeners, error, sizeof(error))) {
		config_free(config);
		change_failed(m, EXIT_CONFIG, error);
		return;
	}
	coming = generation_new(config, m->present);
	if (!coming) {
		listeners_close(&listeners, present);
		change_failed(m, EXIT_FAILURE, "out of memory or descriptors");
		return;
	}
	listeners_close(&m->opened, &listeners);
	coming->listeners = listeners;
	coming->due = master_now() + m->times.start;
	m->coming = coming;
}

void
change_checked(struct master *m, int status)
{
	struct config *config;
	char error[ERROR_SIZE];
	bool is_good = check_end(&m->check, status, &config, error, sizeof(error));

	if (is_good && !m->is_stopping) {
		start_coming(m, config);
		return;
	}
	config_free(config);
	if (!m->is_stopping)
		change_failed(m, EXIT_CONFIG, error);
}

/* All workers of coming answer: those of present may go. */
static void
take_over(struct master *m, int64_t now)
{
	char workers[24];

	snprintf(workers, sizeof(workers), "%u", m->coming->n);
	m->old = m->present;
	m->present = m->coming;
	m->coming = NULL;
	m->is_reloading = false;
	if (m->old) {
		listeners_close(&m->old->listeners, &m->present->listeners);
		generation_end(m->old, now + m->times.stop);
	}
	listeners_set_modes(&m->present->listeners, m->present->config);
	quarantine_set_first(m->quarantine, m->present->config->quarantine_s);
	master_open_log(m->present->config, "master");
	log_always(NMX_LOG_INFO, m->old ? "reloaded" : "ready", "workers", workers, NULL);
	tell_ready(m);
}

void
change_tick(struct master *m, int64_t now)
{
	if (m->coming && generation_is_ready(m->coming))
		take_over(m, now);
	else if (m->coming && now >= m->coming->due)
		change_failed(m, EXIT_FAILURE, "the workers are not ready in time");
	if (m->reload_wanted && m->present && !m->is_reloading && !m->old)
		change_begin(m);
}
