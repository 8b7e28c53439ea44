/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which hosts of a plan may be answered by name. The library judged addresses; the MTA looks the name
 * up again and connects to whatever it finds, those that the library refused among them (RULES
 * ADR-1, SELF-1). So a host is left out for some of the addresses that are not in the plan.
 */
#ifndef NMX_DAEMON_ANSWER_HOSTS_H
#define NMX_DAEMON_ANSWER_HOSTS_H

#include <nextmx.h>

enum { ANSWER_HOSTS = 20 }; /* as many as an MTA may try (Exim's hosts_max_try) */

/* In the order of their first endpoint, each (name, port) once; lent by the route. Whether name and
 * port can be written is left to the encoder. */
size_t answer_hosts(const struct nmx_route *route, const struct nmx_plan *plan,
		    const struct nmx_host *ret_hosts[static ANSWER_HOSTS]);

#endif
