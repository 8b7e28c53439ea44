/* SPDX-License-Identifier: BSD-2-Clause */
/* The socketmap protocol for Postfix, and for Exim through readsocket: connections and their limits. */
#ifndef NMX_DAEMON_SOCKETMAP_H
#define NMX_DAEMON_SOCKETMAP_H

#include "daemon/env.h"

struct socketmap;

/* Accepts on a listening socket, which other workers share and the caller closes. NULL without
 * memory. */
struct socketmap *socketmap_new(struct env *env, int listening);
/* Accepts no more; connections end when what they asked is answered. */
void socketmap_drain(struct socketmap *socketmap);
/* How many connections there are. */
size_t socketmap_connections(const struct socketmap *socketmap);
void socketmap_free(struct socketmap *socketmap);

#endif
