/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every sentence of an explanation: WHY(name, phase, rule, sentence). Included several times by
 * why.h and why.c. A sentence fits after "SRV-13: "; %n a name, %a an address, %u a number, %s text.
 */

/* Domain */
WHY(LITERAL, "select", "LIT-1", "address literal: %a, port 25, no DNS")
WHY(HOST, "select", "HST-1", "the caller named the host: %n, port %u")
WHY(BAD_LITERAL, "select", "LIT-1", "not an address literal: %s")
WHY(BAD_DOMAIN, "select", "IDN-1", "not a domain name: %s")

/* Naming answers */
WHY(SRV_OFF, "discover", "SRV-17", "SRV is switched off (srv off)")
WHY(MX_ALONE, "discover", "SRV-17", "MX alone was asked for")
WHY(SRV_FOUND, "discover", "SRV-1", "SRV records of %n: %u, %s")
WHY(SRV_ABSENT, "select", "SRV-13", "no SRV record: using MX")
WHY(SRV_NO_SERVICE, "select", "SRV-6",
    "the SRV record is \".\", signed and no wildcard, and there is no MX: the domain takes no mail")
WHY(SRV_NULL_AS_NONE, "select", "SRV-6", "a lone SRV target \".\" counts as no SRV record (%s)")
WHY(SRV_UNKNOWN, "select", "SRV-14", "SRV unknown (%s): the MX stage goes on")
WHY(SRV_BOGUS, "select", "SRV-14", "SRV bogus (%s): the MX stage goes on")
WHY(SRV_ABORT, "select", "SRV-14", "SRV %s: deferred (srv-error defer)")
WHY(SRV_IGNORED_INSECURE, "select", "SRV-18",
    "unsigned SRV records are ignored because the MX answer is %s")
WHY(SRV_IGNORED_UNKNOWN, "select", "SRV-18",
    "unsigned SRV records are ignored: MX failed, and the domain is not known to be unsigned")
WHY(SRV_IGNORED_REQUIRED, "select", "SRV-17", "unsigned SRV records are ignored (srv secure)")
WHY(SRV_CHAIN, "select", "SRV-9", "the SRV name is an alias of more than 8 steps: not used")
WHY(SRV_ALIAS, "select", "SRV-9", "the SRV name is an alias of %n: followed")
WHY(SRV_EMPTY, "select", "SRV-15", "no SRV target can be used")
WHY(SRV_ALONE, "select", "SEL-1", "null MX, but the SRV records are signed: SRV alone")
WHY(MX_FOUND, "discover", "MX-2", "MX records of %n: %u, %s")
WHY(MX_ALIAS, "select", "MX-1", "the domain is an alias of %n: followed")
WHY(MX_CHAIN, "select", "MX-1", "the domain is an alias of more than 8 steps")
WHY(MX_NXDOMAIN, "select", "MX-3", "no such domain: %n")
WHY(MX_NULL, "select", "NMX-1", "null MX: %n takes no mail")
WHY(MX_UNKNOWN, "select", "MX-3", "MX unknown (%s)")
WHY(MX_BOGUS, "select", "MX-3", "MX bogus (%s)")
WHY(MX_IMPLICIT, "select", "MX-3", "no MX record: the addresses of %n, port 25")
WHY(MX_UNUSABLE, "select", "MX-4", "MX records exist, so the domain's own addresses are not used")
WHY(MX_ALABELS, "select", "IDN-1", "the exchange %n is asked as %n")
WHY(MX_AFTER_SRV, "select", "SRV-16",
    "the MX stage follows when no SRV endpoint gives a final answer")
WHY(MX_NOT_AFTER, "select", "SRV-16", "the MX stage does not follow (srv-fallback %s)")
WHY(MX_SAME_AS_SRV, "select", "SEL-2", "the MX stage would only repeat the SRV stage")

/* Hosts that are left out before any address is asked */
WHY(DROP_PORT_ZERO, "select", "SRV-8", "port 0")
WHY(DROP_PORT_UNLISTED, "select", "PORT-1", "port %u is not in %s")
WHY(DROP_PORT_DENIED, "select", "PORT-1", "port %u is never used: %s")
WHY(DROP_PORT_COUNT, "select", "PORT-1", "more than 3 ports of one host")
WHY(DROP_NULL_SRV, "select", "SRV-7", "the target \".\" stands among others")
WHY(DROP_NULL_MX, "select", "NMX-2", "the exchange \".\" stands among others")
WHY(DROP_BAD_TARGET, "select", "SRV-9", "the target is no host name")
WHY(DROP_BAD_EXCHANGE, "select", "MX-5", "the exchange is no host name")
WHY(DROP_IP_TARGET, "select", "SRV-9", "the target is an IP address in text")
WHY(DROP_IP_EXCHANGE, "select", "MX-5", "the exchange is an IP address in text")
WHY(DROP_DUPLICATE, "select", "SRV-11", "already at priority %u")
WHY(DROP_DUPLICATE_MX, "select", "MX-2", "already at preference %u")
WHY(DROP_IN_SRV, "select", "SEL-2", "already in the SRV stage with this port")
WHY(DROP_HOST_LIMIT, "select", "LIM-1", "more than 32 hosts in the stage")
WHY(DROP_SELF_NAME, "select", "SELF-1", "the name is one of own-names")
WHY(DROP_SELF_ADDRESS, "policy", "SELF-1", "an address of this machine")
WHY(DROP_BEYOND_SELF, "policy", "SELF-1", "not better than a host that is this machine")
WHY(DROP_AFTER_SELF, "policy", "SELF-1", "this machine is in the SRV stage, so MX may not follow")

/* Addresses */
WHY(HOST_ALIAS, "addresses", "MX-6", "%n is an alias of %n: followed")
WHY(HOST_ALIAS_SRV, "addresses", "SRV-9", "%n is an alias of %n: followed")
WHY(ONE_FAMILY, "addresses", "ADR-3", "%n: %s failed, the other family is used")
WHY(DROP_CHAIN, "addresses", "SRV-9", "an alias of more than 8 steps")
WHY(DROP_CHAIN_MX, "addresses", "MX-6", "an alias of more than 8 steps")
WHY(DROP_NO_ADDRESS, "addresses", "MX-4", "no such host, or it has no address")
WHY(DROP_NO_ADDRESS_SRV, "addresses", "SRV-15", "no such host, or it has no address")
WHY(DROP_ADDRESS_FAILED, "addresses", "ADR-3", "A: %s, AAAA: %s")
WHY(DROP_ADDRESS_BOGUS, "addresses", "ADR-3", "A: %s, AAAA: %s; %s")
WHY(DROP_FAMILY, "addresses", "ADR-2", "no usable address in the one family in use (family %s)")
WHY(DROP_UNDECIDED, "addresses", "DDL-1", "undecided at the deadline")
WHY(DROP_UNDECIDED_BETTER, "addresses", "DDL-1", "a better host was undecided at the deadline")
WHY(DROP_QUESTION_LIMIT, "addresses", "LIM-1", "not asked: the stage's questions are used up")
WHY(DROP_OVERLOAD, "addresses", "LIM-1", "not asked: too many questions in flight")
WHY(DROP_SPECIAL, "policy", "ADR-1", "%s")
WHY(DROP_SPECIAL_INSIDE, "policy", "ADR-1", "%s (the IPv4 address inside is %a)")
WHY(DROP_DENIED, "policy", "ADR-1", "in deny-networks")
WHY(DROP_ADDRESS_LIMIT, "policy", "LIM-1", "more than 8 addresses of the host")
WHY(DROP_MORE_ADDRESSES, "policy", "LIM-1", "%u further addresses are not looked at")
WHY(DROP_INSECURE_NAMING, "policy", "DNSSEC-1", "the naming (%s) is not signed (dnssec require)")
WHY(DROP_INSECURE_ADDRESS, "policy", "DNSSEC-1", "the address is not signed (dnssec require)")

/* TLS */
WHY(DANE_NAMING_UNSIGNED, "policy", "DANE-2", "the %s answer is not signed: no TLSA is asked for")
WHY(DANE_ADDRESS_UNSIGNED, "policy", "DANE-2",
    "the addresses of %n are not signed: no TLSA is asked for")
WHY(DANE_ALIAS_UNSIGNED, "policy", "DANE-2", "%n is an unsigned alias: its TLSA does not count")
WHY(DANE_ABSENT, "policy", "DANE-3", "%n port %u: no signed TLSA record: TLS if it is offered")
WHY(DANE_BASE, "policy", "DANE-2", "the TLSA base domain of %n is %n")
WHY(TLSA_UNUSABLE, "policy", "DANE-5", "TLSA %s of %n is unusable: %s")
WHY(TLSA_WEAKER, "policy", "DANE-8", "TLSA %s of %n is ignored: another has a stronger digest")
WHY(TLSA_BEYOND, "policy", "LIM-1", "TLSA of %n: %u further records are not looked at")
WHY(DANE_MATCH, "policy", "DANE-3", "%n port %u: TLS must match a TLSA record")
WHY(DANE_UNUSABLE, "policy", "DANE-5", "%n port %u: no TLSA record is usable: TLS, unverified")
WHY(DROP_TLSA_FAILED, "policy", "DANE-6", "TLSA of %n: %s")
WHY(DROP_TLSA_BOGUS, "policy", "DANE-6", "TLSA of %n is bogus: %s")
WHY(DROP_DANE_REQUIRED, "policy", "DANE-7", "no usable signed TLSA record (dane require)")

/* MTA-STS */
WHY(STS_RECORD_INVALID, "policy", "STS-1", "the MTA-STS record does not count: %s")
WHY(STS_RECORD_UNKNOWN, "policy", "STS-2", "the MTA-STS record is not known: %s")
WHY(STS_HELD, "policy", "STS-5", "MTA-STS policy %s, mode %s, fetched %u s ago")
WHY(STS_FETCHED, "policy", "STS-5", "MTA-STS policy %s, mode %s, fetched now")
WHY(STS_STAYS, "policy", "STS-2", "the MTA-STS policy that is held stays in force for %u s")
WHY(STS_WITHOUT, "policy", "STS-2", "no MTA-STS policy is held: without one for now")
WHY(STS_NOT_FETCHED, "policy", "STS-4", "the MTA-STS policy %s could not be fetched: %s")
WHY(STS_NOT_RETRIED, "policy", "STS-5",
    "the MTA-STS policy %s could not be fetched in the last 5 minutes: %s")
WHY(STS_NOT_VALID, "policy", "STS-3", "the MTA-STS policy %s is not valid: %s")
WHY(STS_LATE, "policy", "STS-2",
    "the MTA-STS policy was not there in time: it goes on to be fetched")
WHY(STS_PKIX, "policy", "STS-6", "%n port %u: TLS must show a certificate for this name")
WHY(STS_DANE, "policy", "STS-7", "%n: its TLSA records decide, not the MTA-STS policy")
WHY(STS_TESTING, "policy", "STS-6",
    "%n is named by no mx of the MTA-STS policy: used, for it is only being tested")
WHY(DROP_STS_EXCHANGE, "policy", "STS-6", "named by no mx of the MTA-STS policy")
WHY(DROP_STS_TARGET, "policy", "STS-8", "the target is named by no mx of the MTA-STS policy")
WHY(DROP_STS_PORT, "policy", "STS-8",
    "the SRV record is not signed, and MTA-STS is enforced: port 25 only")

/* Route and plan */
WHY(DROP_SELF_NOW, "plan", "SELF-1", "this machine has an address of the host by now")
WHY(DROP_ENDPOINT_LIMIT, "plan", "LIM-1", "more than 20 endpoints in the plan")
WHY(PUT_BACK, "plan", "BAK-1", "%a port %u failed lately: behind the others of its tier for %u s")
WHY(DEADLINE, "route", "DDL-1", "the deadline passed before everything was known")
WHY(OVERLOAD, "route", "OUT-2", "too many questions in flight")
WHY(TTL_FAILURE, "route", "TTL-1", "kept for at most 60 seconds, because a question failed")
WHY(DROPS_CUT, "route", "OUT-1", "more was left out than is listed")
WHY(CUT, "route", "OUT-1", "there is more to explain than is kept")
WHY(DELIVERABLE, "route", "OUT-1", "deliverable")
WHY(OUTCOME, "route", "OUT-1", "%s %s: %s")
