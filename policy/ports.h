/* SPDX-License-Identifier: BSD-2-Clause */
/* Which ports an SRV record may send us to (RULES PORT-1). */
#ifndef NMX_POLICY_PORTS_H
#define NMX_POLICY_PORTS_H

#include "policy/settings.h"

#include <nextmx.h>

/* RFC 5321; and RFC 8314, where TLS begins with the first octet. */
enum { PORT_SMTP = 25, PORT_SUBMISSIONS = 465 };

bool port_in_set(const struct port_set *set, uint16_t port);

/* The protocol for which a port is never used, whatever the settings say; NULL if none. */
const char *port_denied(uint16_t port);

#endif
