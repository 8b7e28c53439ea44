/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every combination against what is true of it, so that "met" can never be said of what is not: any
 * record of usage 2 or 3 against any certificate and chain, any requirement without records, and
 * both ways to go on when a certificate is refused.
 */
#include "peers.h"
#include "unit.h"

#include <stdio.h>

const char unit_name[] = "verdict_all";

/* What is true of a leaf, written down once more, without OpenSSL. */
struct truth {
	bool dane_name, sts_name, date;
};

static const struct truth truths[CERT_N] = {
	/* clang-format off */
	[CERT_GOOD] =       {true,  true,  true},
	[CERT_OTHER_KEY] =  {true,  true,  true},
	[CERT_SECOND] =     {true,  false, true},
	[CERT_WRONG] =      {false, false, true},
	[CERT_CN] =         {true,  false, true},
	[CERT_CN_MAIL] =    {true,  false, true},
	[CERT_PARTIAL] =    {false, false, true},
	[CERT_WHOLE] =      {true,  true,  true},
	[CERT_WIDE] =       {false, false, true},
	[CERT_EXPIRED] =    {true,  true,  false},
	[CERT_EARLY] =      {true,  true,  false},
	[CERT_OLD_ISSUER] = {true,  true,  false},
	[CERT_UNKNOWN] =    {true,  true,  true},
	[CERT_SELF] =       {true,  true,  true},
	[CERT_NAMELESS] =   {false, false, false},
	[CERT_STRANGE] =    {false, false, true},
	/* clang-format on */
};

/* Where in the chain that can be built the source stands; 0 is the leaf, -1 nowhere. */
static int
depth_of(const struct peers_try *try, enum cert_id source, bool full)
{
	enum cert_id id = try->id;

	for (int depth = 0;; depth++) {
		bool sent = depth == 0 || try->chain == CHAIN_WITH_ROOT ||
			    (try->chain == CHAIN_USUAL && cert_issuer(id) != id);

		if (id == source)
			return sent || full ? depth : -1;
		/* A full record stands for a certificate that is not sent, but for no other. */
		if (!sent || cert_issuer(id) == id)
			return -1;
		id = cert_issuer(id);
	}
}

struct record {
	unsigned usage, selector, mtype;
	enum cert_id source;
	bool wrong;
};

/* A self-signed leaf is signed by the bare key of the record, which is its own. */
static bool
is_dane_true(const struct peers_try *try, const struct record *record)
{
	const struct truth *truth = &truths[try->id];
	bool full = record->mtype == 0;
	bool self = record->source == try->id && cert_issuer(try->id) == try->id;

	if (record->wrong)
		return false;
	if (record->usage == 3)
		return record->source == try->id;
	return truth->dane_name && truth->date &&
	       (depth_of(try, record->source, full) > 0 || (self && full && record->selector == 1));
}

static void
check_verdict(const struct peers_try *try, enum nmx_tls_result expected, bool truth,
	      const char *what)
{
	const struct nmx_tls_verdict *verdict = &try->verdict;

	CHECK(try->setup == 0, "%s: %s", cert_name(try->id), what);
	CHECK(!verdict->met || truth, "MET, AND NOT TRUE: %s: %s, %s, finish %d: %s",
	      cert_name(try->id), what, peers_chain_name(try->chain), try->finish, verdict->text);
	CHECK(verdict->met == truth && (!truth || verdict->result == expected),
	      "%s: %s, %s, finish %d: %s %s", cert_name(try->id), what,
	      peers_chain_name(try->chain), try->finish, nmx_tls_result_name(verdict->result),
	      verdict->text);
	CHECK(try->done == (truth || try->finish), "%s: %s, finish %d", cert_name(try->id), what,
	      try->finish);
	CHECK(!verdict->tlsa == (verdict->result != NMX_TLS_RESULT_DANE), "%s", what);
}

/* Of record and sources: the leaf, what is above it, and what is not. */
static const enum cert_id sources[] = {CERT_N /* the leaf */, CERT_INTERMEDIATE, CERT_CA,
				       CERT_OTHER_CA, CERT_OTHER_KEY};

static void
try_record(struct peers_try *try, const struct record *record)
{
	struct peers_endpoint endpoint;
	char text[64];

	snprintf(text, sizeof(text), "%u %u %u %s%s", record->usage, record->selector,
		 record->mtype, cert_name(record->source), record->wrong ? "!" : "");
	peers_endpoint_init(&endpoint, NMX_TLS_DANE, text);
	for (int i = 0; i < 3 * 2; i++) {
		try->chain = (enum peers_chain)(i / 2);
		try->finish = i % 2;
		peers_try(try, &endpoint);
		check_verdict(try, NMX_TLS_RESULT_DANE, is_dane_true(try, record), text);
	}
	peers_endpoint_done(&endpoint);
}

static void
try_leaf(enum cert_id id)
{
	struct peers_try try = {.id = id};

	/* Usage, selector, matching type, whether a bit is wrong, and source, in one number. */
	for (unsigned i = 0; i < 2 * 2 * 3 * 2 * N_OF(sources); i++) {
		struct record record = {2 + i % 2, i / 2 % 2, i / 4 % 3, sources[i / 24],
					i / 12 % 2};

		/*
		 * A full key with a wrong bit is none, and a full anchor's signature is of no
		 * weight.
		 */
		if (record.wrong && record.mtype == 0)
			continue;
		if (record.source == CERT_N)
			record.source = id;
		try_record(&try, &record);
	}
}

static void
test_dane(void)
{
	for (enum cert_id id = CERT_GOOD; id < CERT_N; id++)
		try_leaf(id);
}

/* The trusted root makes no difference to DANE. */
static void
test_dane_with_trusted_root(void)
{
	static const char *const records[] = {"3 1 1 other-key", "2 1 1 other-ca",
					      "2 0 0 other-ca"};
	struct peers_try try = {.trusting = true, .id = CERT_GOOD};
	struct peers_endpoint endpoint;

	for (size_t i = 0; i < N_OF(records); i++) {
		peers_endpoint_init(&endpoint, NMX_TLS_DANE, records[i]);
		peers_try(&try, &endpoint);
		check_verdict(&try, NMX_TLS_RESULT_DANE, false, records[i]);
		peers_endpoint_done(&endpoint);
	}
}

static bool
is_sts_true(const struct peers_try *try)
{
	const struct truth *truth = &truths[try->id];
	enum cert_id root = try->id;
	bool complete = try->chain != CHAIN_LEAF || cert_issuer(root) == CERT_CA;

	while (cert_issuer(root) != root)
		root = cert_issuer(root);
	return try->trusting && complete && root == CERT_CA && truth->sts_name && truth->date;
}

static void
test_others(void)
{
	static const enum nmx_tls_result met[] = {NMX_TLS_RESULT_ENCRYPTED,
						  NMX_TLS_RESULT_ENCRYPTED, NMX_TLS_RESULT_PKIX};

	for (enum nmx_tls tls = NMX_TLS_MAY; tls <= NMX_TLS_STS; tls++) {
		struct peers_endpoint endpoint;

		peers_endpoint_init(&endpoint, tls, NULL);
		for (unsigned i = 0; i < (CERT_N - CERT_GOOD) * 3 * 2 * 2; i++) {
			struct peers_try try = {.finish = i % 2,
						.trusting = i / 2 % 2,
						.chain = (enum peers_chain)(i / 4 % 3),
						.id = (enum cert_id)(CERT_GOOD + i / 12)};
			bool truth = tls < NMX_TLS_STS;

			peers_try(&try, &endpoint);
			check_verdict(&try, met[tls], truth || is_sts_true(&try),
				      nmx_tls_name(tls));
		}
		peers_endpoint_done(&endpoint);
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(test_dane),
	UNIT_TEST(test_dane_with_trusted_root),
	UNIT_TEST(test_others),
	CU_TEST_INFO_NULL,
};
