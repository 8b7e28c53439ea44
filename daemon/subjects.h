/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is being looked up: one subject for a domain or host, however many questions wait for it. It
 * stands in the memory that master and workers share, so that the master sees what a worker died of.
 * It goes on when nobody waits any more, for the cache, and for whoever was told "later".
 */
#ifndef NMX_DAEMON_SUBJECTS_H
#define NMX_DAEMON_SUBJECTS_H

#include "daemon/asked.h"

struct subjects *subjects_new(struct questions *questions);
/* Whoever waits is forgotten, without a word. */
void subjects_free(struct subjects *subjects);

/* Makes a question wait for its subject, which begins if it must; or settles it. */
void subjects_join(struct asked *asked, const char *key);
/* Takes it off its subject. */
void subjects_leave(struct asked *asked);
/* Its deadline has come: it takes what is known by now. */
void subjects_due(struct asked *asked);

#endif
