/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain belongs to one worker, by hash, so that its look-up, its cached route and what was told
 * "later" are in one place, however the MTA's connections are spread. A worker that is asked about
 * another's domain passes the question on, and the reply back. If that one is away it answers itself.
 */
#ifndef NMX_DAEMON_PEERS_H
#define NMX_DAEMON_PEERS_H

#include "daemon/asked.h"

/* links: n_workers descriptors, lent; NULL without memory. */
struct peers *peers_new(struct questions *questions, const int *links);
/* Before the questions are freed: those that are away are forgotten. */
void peers_free(struct peers *peers);

/* Passes nothing on any more: others may be gone sooner. */
void peers_drain(struct peers *peers);
/* Others' questions that are not answered yet, or whose replies are not sent. */
size_t peers_foreign(const struct peers *peers);

/* Whose the key is. */
unsigned peers_owner(const struct peers *peers, const char *key);
/* Sends a question away; false if it cannot go, or the other worker is dead, hangs, or is on its way out. */
bool peers_pass(struct asked *asked, unsigned owner);
/* Its reply is not waited for any more. */
void peers_forget(struct asked *asked);

#endif
