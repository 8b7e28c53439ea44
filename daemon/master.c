/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop: it waits for signals and for the next moment at which something is due. */
#include "daemon/master.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/master_state.h"
#include "daemon/moment.h"
#include "daemon/privilege.h"

/* How often to look whether workers that start are ready: they only say so in shared memory. */
#define START_TICK (10 * NS_PER_MS)

int64_t
master_now(void)
{
	return moment_ns();
}

void
master_open_log(const struct config *config, const char *process)
{
	enum nmx_log_level level = NMX_LOG_INFO;

	if (config->log_level)
		log_level_of(config->log_level, &level);
	log_open(config->log, level, process);
}

/* ---- Signals ---------------------------------------------------------------------------------- */

static int
open_signals(void)
{
	static const int numbers[] = {SIGCHLD, SIGHUP, SIGTERM, SIGINT, SIGUSR1};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&set, numbers[i]);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL); /* ignored, as it may be inherited, it hides deaths */
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Files of sockets go first: who comes now shall not wait for nobody. */
static void
stop(struct master *m)
{
	int64_t due = master_now() + m->times.stop;

	if (m->is_stopping)
		return;
	m->is_stopping = true;
	log_always(NMX_LOG_INFO, "stop", NULL);
	notify_stopping(&m->notify);
	if (m->check.pid != 0)
		kill(m->check.pid, SIGKILL);
	listeners_close(&m->opened, NULL);
	if (m->coming) {
		listeners_close(&m->coming->listeners, m->present ? &m->present->listeners : NULL);
		generation_end(m->coming, due);
	}
	if (m->present) {
		listeners_close(&m->present->listeners, NULL);
		generation_end(m->present, due);
	}
}

static void
reap_worker(struct master *m, struct generation *gen, pid_t pid, int status)
{
	for (unsigned i = 0; gen && i < gen->n; i++) {
		if (gen->lives[i].pid != pid)
			continue;
		death_of(m, gen, i, status, master_now());
		if (gen == m->coming && !m->is_stopping && WIFEXITED(status) &&
		    WEXITSTATUS(status) == EXIT_CONFIG)
			change_failed(m, EXIT_CONFIG,
				      "a worker does not start with this configuration: the log "
				      "says why");
		return;
	}
}

/* As process 1 of a container we inherit others: they are only buried. */
static void
reap(struct master *m)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct generation *all[] = {m->present, m->coming, m->old};

		if (pid == m->check.pid)
			change_checked(m, status);
		else
			for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
				reap_worker(m, all[i], pid, status);
	}
}

static void
read_signals(struct master *m)
{
	struct signalfd_siginfo info;

	while (read(m->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			stop(m);
		else if (info.ssi_signo == SIGHUP)
			m->reload_wanted = true;
		else if (info.ssi_signo == SIGUSR1)
			stats_log(m);
	}
}

/* ---- Loop ------------------------------------------------------------------------------------- */

static void
bury(struct generation **gen)
{
	if (!*gen || !(*gen)->is_ending || !generation_is_gone(*gen))
		return;
	generation_free(*gen);
	*gen = NULL;
}

static void
tick(struct master *m)
{
	struct generation *all[] = {m->present, m->coming, m->old};
	int64_t now = master_now(), elapsed = now - m->last_tick;

	m->last_tick = now;
	if (elapsed > 2 * m->times.tick)
		elapsed = 2 * m->times.tick;
	check_tick(&m->check, now);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i])
			generation_tick(m, all[i], now, elapsed);
	}
	bury(&m->old);
	if (m->is_stopping) {
		bury(&m->present);
		bury(&m->coming);
	} else {
		change_tick(m, now);
	}
	if (m->present && generation_beats(m->present, m->times.watchdog))
		notify_alive(&m->notify, now);
}

static int
timeout_ms(const struct master *m)
{
	const struct generation *all[] = {m->present, m->coming, m->old};
	int64_t now = master_now(), next = now + (m->coming ? START_TICK : m->times.tick);

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		int64_t due = all[i] ? generation_next(all[i]) : INT64_MAX;

		next = due < next ? due : next;
	}
	if (m->check.pid != 0 && m->check.due < next && !m->check.is_late)
		next = m->check.due;
	if (m->notify.watchdog_ns != 0 && m->present && m->notify.next_ns > now &&
	    m->notify.next_ns < next)
		next = m->notify.next_ns;
	return next <= now ? 0 : (int)((next - now + NS_PER_MS - 1) / NS_PER_MS);
}

static bool
is_over(const struct master *m)
{
	return m->is_stopping && !m->present && !m->coming && !m->old && m->check.pid == 0;
}

static void
loop(struct master *m)
{
	while (!is_over(m)) {
		struct pollfd signals = {.fd = m->signals, .events = POLLIN};

		poll(&signals, 1, timeout_ms(m));
		read_signals(m);
		reap(m);
		tick(m);
	}
}

/* ---- Start ------------------------------------------------------------------------------------ */

/* What can fail before there is a worker. Takes over the configuration. */
static bool
prepare(struct master *m, struct config *config, char *ret_error, size_t size)
{
	struct listeners managed = {0};

	master_open_log(config, "master");
	m->quarantine = quarantine_new(config->quarantine_s);
	m->subjects = malloc(SHARED_IN_FLIGHT * sizeof(*m->subjects));
	m->signals = open_signals();
	if (!m->quarantine || !m->subjects || m->signals < 0) {
		snprintf(ret_error, size, "out of memory or descriptors");
	} else if (getrandom(m->secret, sizeof(m->secret), 0) != sizeof(m->secret)) {
		snprintf(ret_error, size, "no random numbers: %s", strerror(errno));
	} else if (listeners_take(&managed, ret_error, size)) {
		if (listeners_open(config, &managed, &m->opened, ret_error, size)) {
			listeners_close(&managed, &m->opened);
			return check_begin(m, config, ret_error, size);
		}
		listeners_close(&managed, NULL);
	}
	config_free(config);
	return false;
}

static void
done(struct master *m)
{
	log_always(NMX_LOG_INFO, "end", NULL);
	listeners_close(&m->opened, NULL);
	quarantine_free(m->quarantine);
	free(m->subjects);
	if (m->signals >= 0)
		close(m->signals);
	notify_close(&m->notify);
}

int
master_run(struct config *config, int ready_fd)
{
	struct master m = {.times = master_times(),
			   .notify = notify_open(),
			   .pid = getpid(),
			   .signals = -1,
			   .ready_fd = ready_fd,
			   .check = {.fd = -1},
			   .last_tick = master_now()};
	char error[ERROR_SIZE] = "";

	privilege_master();
	if (!prepare(&m, config, error, sizeof(error)))
		change_failed(&m, EXIT_CONFIG, error);
	loop(&m);
	done(&m);
	return m.status;
}
