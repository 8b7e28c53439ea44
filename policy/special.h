/* SPDX-License-Identifier: BSD-2-Clause */
/* The IANA special-purpose address registries (RFC 6890 and updates), as of 2026. */
#ifndef NMX_POLICY_SPECIAL_H
#define NMX_POLICY_SPECIAL_H

#include "base/address.h"

#include <nextmx.h>

enum special_kind {
	SPECIAL_REFUSED,   /* not globally reachable */
	SPECIAL_REACHABLE, /* an exception inside a refused network */
	SPECIAL_EMBEDS,	   /* the last 32 bits are an IPv4 address that decides */
};

struct special {
	struct network network;
	enum special_kind kind;
	enum nmx_drop_code code; /* if refused */
	const char *name;
};

/* The most specific entry that contains the address, or NULL. */
const struct special *special_find(const struct address *address);

#endif
