/* SPDX-License-Identifier: BSD-2-Clause */
/* The settings as a configuration file of libunbound's. */
#ifndef NMX_RESOLVER_DNS_CONFIG_H
#define NMX_RESOLVER_DNS_CONFIG_H

#include "resolver/settings.h"

/*
 * Checks the files and the descriptor limit, and writes the configuration. 0, NMX_E_NOMEM, or
 * NMX_E_CONFIG with a sentence in error. text grows; the caller frees its data. *ret_sockets is how
 * many questions can be on the wire at once.
 */
int dns_config_write(const struct settings *settings, struct text *text, struct text *error,
		     unsigned *ret_sockets);

#endif
