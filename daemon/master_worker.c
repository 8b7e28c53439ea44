/* SPDX-License-Identifier: BSD-2-Clause */
/* From the master's process to a worker's. */
#include "daemon/master_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/privilege.h"

void
worker_die_with_master(const struct master *m)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != m->pid)
		_exit(1); /* it was killed before we asked */
}

void
worker_prepare(const struct master *m)
{
	static const int ignored[] = {SIGINT, SIGHUP, SIGUSR1, SIGPIPE};
	static const int reset[] = {SIGTERM, SIGCHLD, SIGABRT};
	sigset_t none;

	worker_die_with_master(m);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	for (size_t i = 0; i < sizeof(reset) / sizeof(reset[0]); i++)
		signal(reset[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* What another generation has and this one has not. */
static void
close_generation(struct generation *other, const struct generation *own)
{
	if (!other || other == own)
		return;
	generation_close_links(other, other->n);
	for (size_t i = 0; i < other->listeners.n; i++) {
		if (!listeners_have(&own->listeners, other->listeners.all[i].fd))
			close(other->listeners.all[i].fd);
	}
}

static void
close_foreign(struct master *m, struct generation *gen, unsigned index)
{
	const int fds[] = {m->signals, m->notify.fd, m->ready_fd, m->check.fd};

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	close_generation(m->present, gen);
	close_generation(m->coming, gen);
	close_generation(m->old, gen);
	generation_close_links(gen, index);
}

_Noreturn static void
run_child(struct master *m, struct generation *gen, unsigned index)
{
	struct worker_start start = {.config = gen->config,
				     .listeners = gen->listeners,
				     .shared = gen->shared,
				     .index = index,
				     .n_workers = gen->n,
				     .links = gen->links};
	char error[ERROR_SIZE], name[32];

	worker_prepare(m);
	close_foreign(m, gen, index);
	snprintf(name, sizeof(name), "worker%u", index);
	master_open_log(gen->config, name);
	if (!privilege_drop(gen->config, error, sizeof(error))) {
		log_always(NMX_LOG_ERROR, "start", "reason", error, NULL);
		_exit(EXIT_CONFIG);
	}
	worker_die_with_master(m); /* another account forgets it */
	if (!shared_confine(gen->shared, index))
		log_write(NMX_LOG_WARNING, "not-confined", "reason", strerror(errno), NULL);
	memcpy(start.secret, m->secret, sizeof(start.secret));
	exit(worker_run(&start));
}

bool
worker_start(struct master *m, struct generation *gen, unsigned i)
{
	struct life *life = &gen->lives[i];
	pid_t pid;

	shared_reset(gen->shared, i);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		run_child(m, gen, i);
	if (pid < 0) {
		log_write(NMX_LOG_ERROR, "no-process", "reason", strerror(errno), NULL);
		return false;
	}
	life->pid = pid;
	life->started = master_now();
	life->silent = 0;
	life->is_hung = false;
	return true;
}
