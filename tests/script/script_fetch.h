/* SPDX-License-Identifier: BSD-2-Clause */
/* A scripted source of MTA-STS policies, linked in place of resolver/fetch.c. One for the whole process. */
#ifndef NMX_TESTS_SCRIPT_FETCH_H
#define NMX_TESTS_SCRIPT_FETCH_H

#include "resolver/fetch.h"
#include "script.h"

void script_fetch_reset(void);
/* What https://HOST/ serves: a policy, copied, or a fault with the text as its sentence. SCRIPT_INSIDE means
 * in the next round of the loop, for a fetch never ends inside its start. What is not in the script
 * refuses connections. */
void script_fetch_put(const char *host, enum fetch_fault fault, const char *text,
		      enum script_when when);
/* Lets every fetch that waits end now. */
void script_fetch_release(void);
/* Fetches begun so far of this host, NULL: of all; and those under way. */
unsigned script_fetched(const char *host);
unsigned script_fetching(void);

#endif
