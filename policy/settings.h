/* SPDX-License-Identifier: BSD-2-Clause */
/* What an operator decides about routes: options in the form that the policy works with. Frozen. */
#ifndef NMX_POLICY_SETTINGS_H
#define NMX_POLICY_SETTINGS_H

#include "base/address.h"
#include "base/dname.h"

enum srv_use { SRV_USE_AUTO, SRV_USE_ANY, SRV_USE_SECURE, SRV_USE_OFF };
enum srv_fallback { SRV_FALLBACK_EXHAUSTED, SRV_FALLBACK_UNUSABLE, SRV_FALLBACK_ABSENT };
enum family_use { FAMILY_BOTH, FAMILY_4, FAMILY_6 };
enum dane_use { DANE_ON, DANE_REQUIRE, DANE_OFF };
enum family_prefer { PREFER_6, PREFER_4, PREFER_ANY };

struct port_range {
	uint16_t first, last;
};

struct port_set {
	struct port_range *ranges;
	size_t n;
};

struct network_set {
	struct network *networks;
	size_t n;
};

/* Who we are (RULES SELF-1): names in wire form, one behind the other. */
struct own_names {
	uint8_t *names;
	size_t n;
};

struct policy_settings {
	enum srv_use srv;
	bool srv_null_ignored;
	bool srv_error_defers;
	enum srv_fallback srv_fallback;
	struct port_set ports_insecure, ports_secure;
	enum family_use family;
	enum family_prefer prefer;
	struct network_set allow, deny, nat64;
	struct own_names own_names;
	bool dnssec_required;
	enum dane_use dane; /* off, too, if nothing is validated */
	uint64_t limit_key; /* for the draw of RULES LIM-1 */
};

#endif
