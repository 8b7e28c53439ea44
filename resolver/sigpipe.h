/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libunbound writes to TCP without MSG_NOSIGNAL, and a server that closes would kill the program.
 * Between guard and unguard the thread gets no SIGPIPE; one that was raised meanwhile is taken back,
 * one that was pending before is left.
 */
#ifndef NMX_RESOLVER_SIGPIPE_H
#define NMX_RESOLVER_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>

struct sigpipe_guard {
	sigset_t before;
	bool was_pending;
};

void sigpipe_guard(struct sigpipe_guard *guard);
void sigpipe_unguard(const struct sigpipe_guard *guard);

#endif
