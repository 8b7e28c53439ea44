/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of docs/compare.schema.json, in the order of the labels' enums. A title stands alone beside a
 * number; a note is for those who have read nothing else.
 */
#include "cli/compare/groups.h"

#include <string.h>

#define LABELS(...) \
	{__VA_ARGS__}, sizeof((struct group_label[]){__VA_ARGS__}) / sizeof(struct group_label)
#define PARTS LABELS({"all", "all hosts"}, {"some", "some hosts"}, {"none", "no host"})
#define TLS                                                    \
	LABELS({"dane", "DANE"}, {"sts", "MTA-STS"},           \
	       {"encrypt", "encryption with any certificate"}, \
	       {"may", "nothing: TLS only if the server offers it"})
#define OUTCOMES \
	LABELS({"deliverable", "delivered"}, {"defer", "kept, tried again"}, {"reject", "returned"})
#define SECURITIES LABELS({"secure", "validated with DNSSEC"}, {"insecure", "not signed"})

#define ALL "all domains"
#define OF_SRV "domains that publish SRV"
#define OF_MX "domains that publish MX"
#define DELIVERABLE "domains that can be delivered to"
#define DELIVERABLE_MX "domains that can be delivered to by MX alone"

const struct group groups[N_GROUPS] = {
	[GROUP_PUBLISH] = {"publish", "Who publishes SRV, who MX", ALL,
			   "Published means at least one record that names a host. Unknown: an "
			   "answer failed or is "
			   "bogus, and so it cannot be told.",
			   LABELS({"both", "SRV and MX"}, {"srv-only", "only SRV"},
				  {"mx-only", "only MX"}, {"neither", "neither"},
				  {"no-domain", "no such domain"}, {"unknown", "unknown"},
				  {"not-asked", "not asked for both"})},
	[GROUP_SRV] = {"srv", "SRV records", ALL,
		       "A lone \".\" says that the service is not offered. Failed: no usable "
		       "answer. Bogus: "
		       "DNSSEC validation failed.",
		       LABELS({"published", "published"}, {"null", "only \".\": no such service"},
			      {"absent", "none"}, {"failed", "no answer"}, {"bogus", "bogus"},
			      {"not-asked", "not asked"})},
	[GROUP_MX] = {"mx", "MX records", ALL,
		      "A null MX (RFC 7505) says that the domain takes no mail. Without MX records "
		      "mail goes to "
		      "the domain's own address.",
		      LABELS({"published", "published"}, {"null", "null MX: no mail"},
			     {"absent", "none"}, {"failed", "no answer"}, {"bogus", "bogus"},
			     {"not-asked", "not asked"}, {"no-domain", "no such domain"})},
	[GROUP_AGREEMENT] =
		{"agreement", "Do SRV and MX name the same hosts", "domains that publish both",
		 "Sets of host names are compared, ports, priorities and weights aside.",
		 LABELS(
			 {"same", "the same hosts"},
			 {"srv-fewer", "SRV names some of the MX hosts"},
			 {"srv-more", "SRV names the MX hosts and more"},
			 {"overlap", "some hosts in common"}, {"disjoint", "no host in common"})},
	[GROUP_PORTS] = {"ports", "Ports that SRV names", OF_SRV,
			 "MX cannot name a port: it is always 25.",
			 LABELS({"only-25", "only port 25"}, {"some-25", "port 25 and others"},
				{"never-25", "never port 25"})},
	[GROUP_TIERS] =
		{"tiers", "Priorities in SRV", OF_SRV,
		 "Several priorities: there are hosts that are used only when better ones fail.",
		 LABELS({"one", "one priority"}, {"several", "several priorities"})},
	[GROUP_WEIGHTS] = {"weights", "Weights in SRV", OF_SRV,
			   "Of the records with the best priority. Only unequal weights say what "
			   "MX cannot say: how "
			   "to share the load.",
			   LABELS({"alone", "one record, nothing to share"},
				  {"all-zero", "all zero"}, {"equal", "all the same, not zero"},
				  {"unequal", "unequal"})},
	[GROUP_SRV_SECURITY] =
		{"srv-security", "DNSSEC of the SRV answer", OF_SRV,
		 "Without DNSSEC anybody on the way can put hosts of his own into the answer.",
		 SECURITIES},
	[GROUP_MX_SECURITY] =
		{"mx-security", "DNSSEC of the MX answer", OF_MX,
		 "Without DNSSEC anybody on the way can put hosts of his own into the answer.",
		 SECURITIES},
	[GROUP_HOST_SECURITY] =
		{"host-security", "DNSSEC of the hosts", DELIVERABLE,
		 "A host counts if the answer that names it, its aliases and its addresses are all "
		 "validated.",
		 PARTS},
	[GROUP_DANE] = {"dane", "Hosts that demand DANE", DELIVERABLE,
			"A host demands DANE if its address and its TLSA records are validated "
			"(RFC 7672).",
			PARTS},
	[GROUP_DANE_MX] = {"dane-mx", "Hosts that demand DANE, by MX alone", DELIVERABLE_MX,
			   "As it would be for a sender that knows no SRV.", PARTS},
	[GROUP_STS] = {"sts", "MTA-STS policies", ALL,
		       "The policy that was applied (RFC 8461). Testing and none demand nothing.",
		       LABELS({"enforce", "enforce"}, {"testing", "testing"},
			      {"none", "none (withdrawn)"}, {"absent", "no policy"})},
	[GROUP_TLS] = {"tls", "The least TLS that a host demands", DELIVERABLE,
		       "Of all hosts that a message may go to: an attacker who can choose, chooses "
		       "the weakest.",
		       TLS},
	[GROUP_TLS_MX] = {"tls-mx", "The least TLS that a host demands, by MX alone",
			  DELIVERABLE_MX, "As it would be for a sender that knows no SRV.", TLS},
	[GROUP_SOURCE] = {"source", "What names the host that mail goes to first", ALL,
			  "Implicit: the domain's own address, as there is no MX. None: there is "
			  "no usable host.",
			  LABELS({"srv", "SRV"}, {"mx", "MX"},
				 {"implicit", "the domain's own address"},
				 {"literal", "an address literal"}, {"none", "none"})},
	[GROUP_OUTCOME] = {"outcome", "What becomes of mail, SRV used", ALL,
			   "Before any host is connected to: by what DNS and policies say.",
			   OUTCOMES},
	[GROUP_OUTCOME_MX] = {"outcome-mx", "What becomes of mail, by MX alone", ALL,
			      "As it would be for a sender that knows no SRV.", OUTCOMES},
	[GROUP_CHANGE] = {"change", "What using SRV changes",
			  "domains for which SRV may make a difference",
			  "Those that have SRV records, or whose SRV answer failed; for all others "
			  "both ways are the "
			  "same.",
			  LABELS({"same", "nothing changes"}, {"gained", "delivered only with SRV"},
				 {"lost", "delivered only without SRV"},
				 {"other", "not delivered either way, for other reasons"})},
	[GROUP_REQUIREMENT] = {"requirement", "TLS demanded with SRV, beside MX alone",
			       "domains that deliver both ways, SRV first",
			       "The least that the hosts of first attempts demand: DANE, MTA-STS, "
			       "encryption, nothing.",
			       LABELS({"stronger", "stronger with SRV"}, {"same", "the same"},
				      {"weaker", "weaker with SRV"})},
};

int
groups_label(enum compare_group group, const char *name)
{
	for (size_t i = 0; i < groups[group].n_labels; i++)
		if (strcmp(groups[group].labels[i].name, name) == 0)
			return (int)i;
	return -1;
}
