/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What asks us to end, while a command of the user's or a scan runs. Threads that begin after it is held get
 * none of it; what was ignored when we started (a shell's background job, nohup) stays ignored.
 */
#ifndef NMX_CLI_SIGNALS_H
#define NMX_CLI_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

struct signals {
	sigset_t ending, before;
	int fd; /* readable when there is one */
};

/* False: told. */
bool signals_hold(struct signals *signals);
void signals_release(struct signals *signals);
/* One that came, or 0. */
int signals_read(const struct signals *signals);
/* Ends us by it, as if it had never been held. */
void signals_end(int number);

#endif
