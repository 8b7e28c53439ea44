/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the master share.
 *
 * A generation is the workers of one configuration. At most three are alive: present serves; coming
 * starts, and takes its place when all its workers are ready; old ends. A change begins with a check of the
 * configuration in a process of its own, at the start as at each SIGHUP:
 *
 *	check ok       coming starts, else the change is off
 *	coming ready   present becomes old and is told to end, coming is present
 *	coming fails   it becomes old and is told to end, present stays
 *
 * and none begins before old is gone. Where there is no present, a change that is off ends the daemon.
 */
#ifndef NMX_DAEMON_MASTER_STATE_H
#define NMX_DAEMON_MASTER_STATE_H

#include "daemon/master.h"
#include "daemon/notify.h"
#include "daemon/quarantine.h"
#include "daemon/worker.h"

#include <signal.h>
#include <sys/types.h>

enum { EXIT_CONFIG = 78, ERROR_SIZE = 1024 };

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

/* How long things may take. A function, so that tests have another one (master_times.c). */
struct master_times {
	int64_t tick;	  /* between two looks at everything */
	int64_t start;	  /* until all workers of a generation are ready */
	int64_t check;	  /* of a configuration */
	int64_t stop;	  /* from SIGTERM to SIGKILL */
	int64_t watchdog; /* without a heartbeat: SIGABRT */
	int64_t abort;	  /* from SIGABRT to SIGKILL */
};
struct master_times master_times(void);

/* One worker of a generation, through all its processes. */
struct life {
	pid_t pid; /* 0: none now */
	int64_t started, restart_at;
	unsigned n_fast; /* deaths soon after the start, in a row */
	int64_t last_beat, silent;
	bool is_hung;
	int64_t kill_at; /* after SIGABRT */
};

struct generation {
	struct config *config;
	struct listeners listeners;
	struct shared *shared;
	int *links; /* n * n: see worker.h */
	struct life lives[SHARED_WORKERS];
	unsigned n;
	int64_t due; /* coming: to be ready; old: to be gone */
	bool is_ending, is_killed;
};

struct check {
	pid_t pid; /* 0: none runs */
	int fd;	   /* its sentence comes here */
	struct config *config;
	int64_t due;
	bool is_late;
};

struct master {
	struct master_times times;
	struct notify notify;
	struct quarantine *quarantine;
	char (*subjects)[SHARED_NAME]; /* SHARED_IN_FLIGHT, to read a dead worker's */
	uint8_t secret[SECRET_SIZE];
	pid_t pid;
	int signals; /* signalfd */
	int ready_fd;
	struct listeners opened; /* until the first generation has them */
	struct generation *present, *coming, *old;
	struct check check;
	bool reload_wanted, is_reloading, is_stopping;
	int64_t last_tick;
	int status;
};

int64_t master_now(void); /* nanoseconds of CLOCK_BOOTTIME */
/* Target and level as configured; process as log_open(). */
void master_open_log(const struct config *config, const char *process);

/* master_backoff.c: how long a worker that died after so long waits for its next start. */
int64_t master_backoff(unsigned *n_fast, int64_t life);

/* master_check.c. Takes over the configuration. */
bool check_begin(struct master *m, struct config *config, char *ret_error, size_t size);
/* The child has ended: true if the configuration is good, *ret_config is the caller's either way. */
bool check_end(struct check *check, int status, struct config **ret_config, char *ret_error,
	       size_t size);
void check_tick(struct check *check, int64_t now);

/* master_generation.c. Takes over config and, on success alone, nothing else; NULL if memory or
 * descriptors are out. previous is the generation before it, or NULL. */
struct generation *generation_new(struct config *config, const struct generation *previous);
/* All its workers are gone. */
void generation_free(struct generation *gen);
/* All but those of one worker; of all with n. */
void generation_close_links(struct generation *gen, unsigned but);
bool generation_is_ready(const struct generation *gen);
bool generation_is_gone(const struct generation *gen);
/* Whether one of its workers lives and has a heart that beats. */
bool generation_beats(const struct generation *gen, int64_t patience);
/* No more starts; SIGTERM, and SIGKILL to those that are left when it is due. */
void generation_end(struct generation *gen, int64_t due);
/* Starts those that wait for it, ends those that hang, kills those that are overdue. */
void generation_tick(struct master *m, struct generation *gen, int64_t now, int64_t elapsed);
/* The earliest moment at which the tick has something to do. */
int64_t generation_next(const struct generation *gen);

/* master_worker.c: a process for worker i. */
bool worker_start(struct master *m, struct generation *gen, unsigned i);
/* In any child: signals as a program expects them, dead when the master is. */
void worker_prepare(const struct master *m);
/* Again after a change of the account, which undoes it. */
void worker_die_with_master(const struct master *m);

/* master_death.c: worker i of the generation has ended. */
void death_of(struct master *m, struct generation *gen, unsigned i, int status, int64_t now);
/* "signal 11 (SEGV)", "status 3". */
const char *death_text(int status, char buffer[static 64]);

/* master_change.c */
void change_begin(struct master *m);
void change_checked(struct master *m, int status);
void change_tick(struct master *m, int64_t now);
/* Nothing comes of it: the reason goes to the log and to who waits for the start. */
void change_failed(struct master *m, int status, const char *reason);
void change_ready(struct master *m, const char *text);

/* master_stats.c: to the log. */
void stats_log(const struct master *m);

#endif
