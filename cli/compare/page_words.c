/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Codes in words: the enhanced status codes that a route can end with (RULES OUT-2), and nmx_drop_code_name()
 * of what is left out.
 */
#include "cli/compare/page.h"

#include <string.h>

struct words {
	const char *code, *text;
};

static const struct words statuses[] = {
	{"4.3.2", "too many questions at once: the scan was too fast for itself"},
	{"4.4.3", "DNS did not answer which hosts take the mail"},
	{"4.4.4", "an address could not be looked up, or there is too much to look up"},
	{"4.7.0", "a DNS answer fails its DNSSEC check, or policy forbids every host for now"},
	{"4.7.5", "the keys for DANE could not be looked up"},
	{"5.1.2", "there is no such domain, or its name is not valid"},
	{"5.1.3", "the address in brackets is not valid"},
	{"5.1.10", "the domain says that it takes no mail"},
	{"5.4.4", "no host that is named can be used"},
	{"5.4.6", "mail would come back to the machine that sends it"},
};

static const struct words drops[] = {
	{"port-zero", "the SRV record has port 0"},
	{"port-refused", "the port is not allowed"},
	{"null-target", "the target is the root, beside other records"},
	{"bad-name", "the name is not one of a host"},
	{"ip-literal-target", "an IP address stands where a name belongs"},
	{"duplicate", "the same host and port again"},
	{"self", "the machine that sends the mail"},
	{"beyond-self", "not better than the machine that sends the mail"},
	{"no-address", "the host has no address"},
	{"address-failed", "its address could not be looked up"},
	{"address-bogus", "its address fails the DNSSEC check"},
	{"loopback-address", "an address of the machine itself, like 127.0.0.1"},
	{"private-address", "an address of private networks"},
	{"reserved-address", "an address that is reserved"},
	{"denied-address", "an address that the settings forbid"},
	{"cname-chain", "an alias of an alias of too many"},
	{"dnssec-required", "not signed, and the settings demand that"},
	{"tlsa-failed", "its keys for DANE could not be looked up"},
	{"dane-required", "without DANE, and the settings demand that"},
	{"sts-mismatch", "not in the domain's MTA-STS policy"},
	{"limit", "more than is looked at for one domain"},
};

static const char *
find(const struct words *words, size_t n, const char *code)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i].code, code) == 0)
			return words[i].text;
	return NULL;
}

const char *
page_words_of_status(const char *status)
{
	return find(statuses, sizeof(statuses) / sizeof(*statuses), status);
}

const char *
page_words_of_drop(const char *code)
{
	return find(drops, sizeof(drops) / sizeof(*drops), code);
}
