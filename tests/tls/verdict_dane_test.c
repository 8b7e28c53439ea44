/* SPDX-License-Identifier: BSD-2-Clause */
/* DANE against a server (RULES DANE-4, DANE-5, DANE-8). */
#include "peers.h"
#include "unit.h"

#include <string.h>

const char unit_name[] = "verdict_dane";

struct row {
	const char *tlsa, *server, *result;
	int depth;	  /* if the result is dane */
	const char *name; /* the same */
};

/* A "dane" in the result is met; all the rest is not. Chains are usual: without the root. */
static const struct row rows[] = {
	/* Good and bad side by side: one that matches is enough. */
	{"3 1 1 good!, 3 1 1 good", "good", "dane", 0, ""},
	{"3 1 1 other-key, 3 0 1 good", "good", "dane", 0, ""},
	{"3 1 1 other-key, 2 1 1 intermediate", "good", "dane", 1, "mx.test.example"},
	{"3 1 1 other-key, 3 0 2 other-key", "good", "no-match", 0, NULL},
	{"3 1 1 other-key, 3 0 2 other-key, 2 0 1 other-ca", "good", "no-match", 0, NULL},
	{"2 1 1 intermediate, 3 1 1 good", "expired", "expired", 0, NULL},
	{"2 1 1 intermediate, 3 1 1 expired", "expired", "dane", 0, ""},
	/* Unusable beside usable. */
	{"0 0 1 good, 1 1 1 good, 3 2 1 good, 3 1 3 good, 3 1 1 good", "good", "dane", 0, ""},
	{"0 0 1 ca, 1 1 1 good, 3 2 1 good, 3 1 3 good, 3 1 1 other-key", "good", "no-match", 0,
	 NULL},
	/* DANE-8: of the digests of one usage and selector only the strongest counts. */
	{"3 1 2 good!, 3 1 1 good", "good", "no-match", 0, NULL},
	{"3 1 1 good, 3 1 2 good!", "good", "no-match", 0, NULL},
	{"3 1 2 good, 3 1 1 good!", "good", "dane", 0, ""},
	{"3 0 2 good!, 3 0 1 good", "good", "no-match", 0, NULL},
	{"2 1 2 intermediate!, 2 1 1 intermediate", "good", "no-match", 0, NULL},
	{"2 0 2 intermediate!, 2 0 1 intermediate", "good", "no-match", 0, NULL},
	{"2 1 2 ca!, 2 1 1 intermediate", "good", "no-match", 0, NULL},
	/* Another selector or usage, and the full data, stand for themselves. */
	{"3 0 2 good!, 3 1 1 good", "good", "dane", 0, ""},
	{"3 1 2 good!, 3 0 1 good", "good", "dane", 0, ""},
	{"2 1 2 good!, 3 1 1 good", "good", "dane", 0, ""},
	{"3 1 2 good!, 2 1 1 intermediate", "good", "dane", 1, "mx.test.example"},
	{"3 1 2 good!, 3 1 0 good", "good", "dane", 0, ""},
	{"3 1 2 good!, 3 1 1 good, 3 1 0 good", "good", "dane", 0, ""},
	{"3 1 2 good!, 3 1 1 good, 3 0 1 good", "good", "dane", 0, ""},
	/* Usage 3 asks for neither name nor date. */
	{"3 1 1 wrong", "wrong", "dane", 0, ""},
	{"3 1 1 expired", "expired", "dane", 0, ""},
	{"3 0 1 early", "early", "dane", 0, ""},
	{"3 1 1 self", "self", "dane", 0, ""},
	{"3 1 1 nameless", "nameless", "dane", 0, ""},
	{"3 1 1 intermediate", "good", "no-match", 0, NULL},
	{"3 0 0 good!", "good", "no-match", 0, NULL},
	/* Usage 2 asks for both, and takes any of the names. */
	{"2 1 1 intermediate", "second", "dane", 1, "domain.example"},
	{"2 1 1 intermediate", "wrong", "name", 0, NULL},
	{"2 1 1 intermediate", "expired", "expired", 0, NULL},
	{"2 1 1 intermediate", "early", "expired", 0, NULL},
	{"2 1 1 intermediate", "cn", "dane", 1, "mx.test.example"},
	{"2 1 1 intermediate", "cn-mail", "dane", 1, "mx.test.example"},
	{"2 1 1 intermediate", "partial", "name", 0, NULL},
	{"2 1 1 intermediate", "whole", "dane", 1, "*.test.example"},
	{"2 1 1 intermediate", "wide", "name", 0, NULL},
	{"2 1 1 other-ca", "good", "no-match", 0, NULL},
	{"2 1 1 intermediate", "unknown", "no-match", 0, NULL},
	/* The server does not send the anchor: its data must be in the record. */
	{"2 0 0 ca", "good", "dane", 2, "mx.test.example"},
	{"2 1 0 ca", "good", "dane", 2, "mx.test.example"},
	{"2 0 1 ca", "good", "no-match", 0, NULL},
	{"2 1 2 ca", "good", "no-match", 0, NULL},
	{"2 0 0 other-ca", "unknown", "dane", 1, "mx.test.example"},
	{"2 1 0 other-ca", "good", "no-match", 0, NULL},
	/* A self-signed certificate is not its own anchor; but its key signed it. */
	{"2 0 0 self", "self", "no-match", 0, NULL},
	{"2 1 1 self", "self", "no-match", 0, NULL},
	{"2 1 0 self", "self", "dane", 1, "mx.test.example"},
};

/* Once with every way to go on after a certificate that does not match. */
static void
try_row(const struct row *row, bool finish)
{
	struct peers_try try = {.finish = finish,
				.id = cert_named(row->server, strlen(row->server))};
	struct peers_endpoint endpoint;
	bool met = strcmp(row->result, "dane") == 0;

	peers_endpoint_init(&endpoint, NMX_TLS_DANE, row->tlsa);
	peers_try(&try, &endpoint);
	CHECK(try.setup == 0, "%s: %s", row->tlsa, row->server);
	CHECK(try.done == (finish || met), "%s: %s, finish %d", row->tlsa, row->server, finish);
	CHECK_TEXT(nmx_tls_result_name(try.verdict.result), row->result, "%s: %s, finish %d: %s",
		   row->tlsa, row->server, finish, try.verdict.text);
	CHECK(try.verdict.met == met, "%s: %s", row->tlsa, row->server);
	CHECK(!met == !try.verdict.tlsa, "%s: %s", row->tlsa, row->server);
	if (met && try.verdict.tlsa) {
		CHECK(nmx_tlsa_state(try.verdict.tlsa) == NMX_TLSA_USED, "%s: %s", row->tlsa,
		      row->server);
		CHECK(try.verdict.depth == row->depth, "%s: %s: %d", row->tlsa, row->server,
		      try.verdict.depth);
		CHECK_TEXT(try.verdict.name, row->name, "%s: %s", row->tlsa, row->server);
	}
	peers_endpoint_done(&endpoint);
}

static void
test_rows(void)
{
	for (size_t i = 0; i < N_OF(rows); i++) {
		try_row(&rows[i], false);
		try_row(&rows[i], true);
	}
}

/* OpenSSL's own agility, were the route's marks wrong; and the verdict's, were OpenSSL's. */
static void
test_agility_twice(void)
{
	static const char records[] = "3 1 2 good!, 3 1 1 good";
	struct peers_try try = {.id = CERT_GOOD};
	struct peers_endpoint endpoint;

	peers_endpoint_init(&endpoint, NMX_TLS_DANE, records);
	endpoint.tlsa[0].state = endpoint.tlsa[1].state = NMX_TLSA_USED;
	peers_try(&try, &endpoint);
	CHECK(try.verdict.result == NMX_TLS_RESULT_NO_MATCH, "both used: %s", try.verdict.text);
	peers_endpoint_done(&endpoint);

	peers_endpoint_init(&endpoint, NMX_TLS_DANE, "3 1 1 good, 3 1 1 other-key");
	endpoint.tlsa[0].state = NMX_TLSA_WEAKER;
	peers_try(&try, &endpoint);
	CHECK(try.done, "OpenSSL takes it");
	CHECK(try.verdict.result == NMX_TLS_RESULT_NO_MATCH && !try.verdict.met,
	      "a weaker one matches: %s", try.verdict.text);
	peers_endpoint_done(&endpoint);
}

/* Which of the records matched. */
static void
test_which(void)
{
	struct peers_try try = {.id = CERT_GOOD};
	struct peers_endpoint endpoint;

	peers_endpoint_init(&endpoint, NMX_TLS_DANE,
			    "2 0 1 other-ca, 3 0 1 other-key, 3 1 1 other-key, 3 1 1 good");
	peers_try(&try, &endpoint);
	CHECK(try.verdict.tlsa == &endpoint.tlsa[3], "%s", try.verdict.text);
	CHECK(strncmp(try.verdict.text, "TLSA 3 1 1 ", 11) == 0, "%s", try.verdict.text);
	CHECK(strstr(try.verdict.text, "... matches the certificate"), "%s", try.verdict.text);
	peers_endpoint_done(&endpoint);

	/* The same data under another usage, and under another selector. */
	peers_endpoint_init(&endpoint, NMX_TLS_DANE, "3 1 1 intermediate, 2 1 1 intermediate");
	peers_try(&try, &endpoint);
	CHECK(try.verdict.tlsa == &endpoint.tlsa[1], "usage: %s", try.verdict.text);
	peers_endpoint_done(&endpoint);
	peers_endpoint_init(&endpoint, NMX_TLS_DANE, "3 1 1 good, 3 1 1 good");
	endpoint.tlsa[0].selector = 0;
	peers_try(&try, &endpoint);
	CHECK(try.verdict.tlsa == &endpoint.tlsa[1], "selector: %s", try.verdict.text);
	peers_endpoint_done(&endpoint);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(test_rows),
	UNIT_TEST(test_agility_twice),
	UNIT_TEST(test_which),
	CU_TEST_INFO_NULL,
};
