/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

const char unit_name[] = "daemon/key";

#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
#define A250 A50 A50 A50 A50 A50
#define U50                                                                                \
	"\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc" \
	"\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc" \
	"aaaaaaaaa."

/* A key of any domain map. subject NULL: NOTFOUND. */
static const struct {
	const char *key;
	size_t n;
	const char *subject;
} domain_cases[] = {
#define KEY(text) text, sizeof(text) - 1
	/* addresses */
	{KEY("user@example.org"), "example.org"},
	{KEY("User+ext@EXAMPLE.Org"), "example.org"},
	{KEY("user@example.org."), "example.org"},
	{KEY("@example.org"), "example.org"},
	{KEY("a@b@example.org"), "example.org"},
	{KEY("\"a@b.example\"@example.org"), "example.org"},
	{KEY("\"a b\\\"@c\"@example.org"), "example.org"},
	{KEY("o\"brien@example.org"), "example.org"}, /* Postfix's internal form */
	{KEY("\"a@example.org"), "example.org"},      /* the local part is one quote and an a */
	{KEY("a b@example.org"), "example.org"},
	{KEY("a\0b@example.org"), "example.org"},
	{KEY("[192.0.2.1]@example.org"), "example.org"},
	{KEY("@a.example,@b.example:user@example.org"), "example.org"},
	{KEY("user%other.example@example.org"), "example.org"},
	{KEY("other.example!user@example.org"), "example.org"},
	{KEY("b\xc3\xbc"
	     "cher@example.org"),
	 "example.org"},
	{KEY("user@B\xc3\x9c"
	     "CHER.Example"),
	 "b\xc3\x9c"
	 "cher.example"},
	{KEY("user@b\xff.example"), "b\xff.example"},
	{KEY("user@xn--bcher-kva.example"), "xn--bcher-kva.example"},
	{KEY("user@_a.-b.192.0.2.1"), "_a.-b.192.0.2.1"}, /* the library's to judge */
	{KEY("user@" A250 "org"), A250 "org"},
	{KEY("user@" A250 "org."), A250 "org"},
	{KEY("user@" A50 A50 A50 U50 U50 "orgs."), A50 A50 A50 U50 U50 "orgs"}, /* 254 octets */
	/* domains */
	{KEY("example.org"), "example.org"},
	{KEY("EXAMPLE.ORG."), "example.org"},
	{KEY("b\xc3\xbc"
	     "cher.example"),
	 "b\xc3\xbc"
	 "cher.example"},
	/* none */
	{KEY(""), NULL},
	{KEY("*"), NULL},
	{KEY("@"), NULL},
	{KEY("."), NULL},
	{KEY(".."), NULL},
	{KEY("user"), NULL},
	{KEY("user@"), NULL},
	{KEY("user@."), NULL},
	{KEY("user@localhost"), NULL},
	{KEY("user@localhost."), NULL},
	{KEY("org"), NULL},
	{KEY("org."), NULL},
	{KEY(".example.org"), NULL},
	{KEY("user@.example.org"), NULL},
	{KEY("user@example..org"), NULL},
	{KEY("user@example.org.."), NULL}, /* would slip past pass-domains */
	{KEY("example.org.."), NULL},
	{KEY("user@*.example.org"), NULL},
	{KEY("*.example.org"), NULL},
	{KEY("user@[192.0.2.1]"), NULL},
	{KEY("user@[IPv6:2001:db8::1]"), NULL},
	{KEY("user@[a@example.org]"), NULL},
	{KEY("[192.0.2.1]"), NULL},
	{KEY("[a@example.org]"), NULL},
	{KEY("[example.org]:25"), NULL},
	{KEY("\"a@example.org\""), NULL},
	{KEY("\"a@example.org\\\"\""), NULL},
	{KEY("@a.example:user"), NULL},
	{KEY("example.org:25"), NULL},
	{KEY("user@example.org:25"), NULL},
	{KEY("<user@example.org>"), NULL},
	{KEY("user@example.org (comment)"), NULL},
	{KEY("user@exa mple.org"), NULL},
	{KEY("user@ example.org"), NULL},
	{KEY("user@example.org "), NULL},
	{KEY(" example.org"), NULL},
	{KEY("user@example.org\n"), NULL},
	{KEY("user@exam\tple.org"), NULL},
	{KEY("user@example.org\0"), NULL},
	{KEY("user@exam\0ple.org"), NULL},
	{KEY("user@\0.example.org"), NULL},
	{KEY("user@exam\x7fple.org"), NULL},
	{KEY("user@exam\x1bple.org"), NULL},
	{KEY("user@exam/ple.org"), NULL},
	{KEY("user@exam,ple.org"), NULL},
	{KEY("user@exam\\ple.org"), NULL},
	{KEY("user@" A250 "orgs"), NULL},
	{KEY("user@" A250 "orgs."), NULL},
	{KEY("user@" A50 A50 A50 U50 U50 "orgsss"), NULL}, /* 256 octets */
	{KEY("user@" A250 A250 "org"), NULL},
	{KEY("a\xe3\x80\x82"
	     "example"),
	 NULL}, /* its only dot is ideographic */
};

/* A key of a host map. */
static const struct {
	const char *key;
	size_t n;
	const char *host;
	unsigned port;
} host_cases[] = {
	{KEY("[mx.example.org]:25"), "mx.example.org", 25},
	{KEY("[mx.example.org]"), "mx.example.org", 25},
	{KEY("[MX.Example.ORG.]:2525"), "mx.example.org", 2525},
	{KEY("[_a-b.example]:1"), "_a-b.example", 1},
	{KEY("[mx.example]:65535"), "mx.example", 65535},
	{KEY("[mx.example]:10000"), "mx.example", 10000},
	{KEY("[localhost]:25"), "localhost", 25},
	{KEY("[a1]"), "a1", 25},
	{KEY("[1.2.3.4a]:25"), "1.2.3.4a", 25},
	{KEY("[" A250 "org]:25"), A250 "org", 25},
	/* none */
	{KEY(""), NULL, 0},
	{KEY("*"), NULL, 0},
	{KEY("mx.example.org"), NULL, 0},
	{KEY("mx.example.org:25"), NULL, 0},
	{KEY("user@[mx.example.org]:25"), NULL, 0},
	{KEY("["), NULL, 0},
	{KEY("]"), NULL, 0},
	{KEY("[]"), NULL, 0},
	{KEY("[]:25"), NULL, 0},
	{KEY("[.]:25"), NULL, 0},
	{KEY("[mx.example.org"), NULL, 0},
	{KEY("[mx.example.org:25"), NULL, 0},
	{KEY("mx.example.org]:25"), NULL, 0},
	{KEY("[[mx.example.org]]:25"), NULL, 0},
	{KEY(" [mx.example.org]:25"), NULL, 0},
	{KEY("[mx.example.org]:25 "), NULL, 0},
	{KEY("[mx.example.org]:25,[b.example]:25"), NULL, 0},
	{KEY("[mx.example.org] :25"), NULL, 0},
	{KEY("[mx.example.org]25"), NULL, 0},
	{KEY("[mx.example.org]:"), NULL, 0},
	{KEY("[mx.example.org]:0"), NULL, 0},
	{KEY("[mx.example.org]:025"), NULL, 0},
	{KEY("[mx.example.org]:+25"), NULL, 0},
	{KEY("[mx.example.org]:-25"), NULL, 0},
	{KEY("[mx.example.org]: 25"), NULL, 0},
	{KEY("[mx.example.org]:2 5"), NULL, 0},
	{KEY("[mx.example.org]:25\0"), NULL, 0},
	{KEY("[mx.example.org]:65536"), NULL, 0},
	{KEY("[mx.example.org]:99999"), NULL, 0},
	{KEY("[mx.example.org]:100025"), NULL, 0},
	{KEY("[mx.example.org]:4294967321"), NULL, 0},
	{KEY("[mx.example.org]:smtp"), NULL, 0},
	{KEY("[mx.example.org]:0x19"), NULL, 0},
	{KEY("[192.0.2.1]:25"), NULL, 0},
	{KEY("[192.0.2.1.]:25"), NULL, 0},
	{KEY("[1]"), NULL, 0},
	{KEY("[::1]:25"), NULL, 0},
	{KEY("[IPv6:2001:db8::1]:25"), NULL, 0},
	{KEY("[.mx.example.org]:25"), NULL, 0},
	{KEY("[mx..example.org]:25"), NULL, 0},
	{KEY("[mx.example.org..]:25"), NULL, 0},
	{KEY("[mx example.org]:25"), NULL, 0},
	{KEY("[mx\0.example.org]:25"), NULL, 0},
	{KEY("[mx\n.example.org]:25"), NULL, 0},
	{KEY("[mx@example.org]:25"), NULL, 0},
	{KEY("[*.example.org]:25"), NULL, 0},
	{KEY("[b\xc3\xbc"
	     "cher.example]:25"),
	 NULL, 0},
	{KEY("[" A250 "orgs]:25"), NULL, 0},
};

static const struct {
	const char *name;
	enum question_kind kind;
	bool of_hosts;
} maps[] = {
	{"route", QUESTION_ROUTE, false},	    {"exim", QUESTION_EXIM, false},
	{"exim-class", QUESTION_EXIM_CLASS, false}, {"tls-sec", QUESTION_TLS_SEC, true},
	{"tls-sts", QUESTION_TLS_STS, true},
};

/* In memory of exactly its size, so that reading beyond is seen. */
static enum key
read_key(const char *map, const char *key, size_t n, struct question *ret)
{
	size_t length = strlen(map) + (key ? 1 + n : 0);
	char *request = malloc(length ? length : 1);
	enum key is;

	CU_ASSERT_FATAL(request != NULL);
	memcpy(request, map, strlen(map));
	if (key) {
		request[strlen(map)] = ' ';
		memcpy(request + strlen(map) + 1, key, n);
	}
	memset(ret, 0x55, sizeof(*ret));
	is = key_read(request, length, ret);
	free(request);
	return is;
}

static void
check_question(const char *map, const char *key, enum key is, const struct question *q,
	       const char *subject, unsigned port)
{
	if (!CHECK(is == (subject ? KEY_ASK : KEY_NOTFOUND), "%s %s: %d", map, key, is))
		return;
	if (!subject)
		return;
	CHECK_TEXT(q->subject, subject, "%s %s", map, key);
	CHECK(q->port == port, "%s %s: %u", map, key, q->port);
	CHECK(q->wait_ms == 0 && !q->has_seed && q->seed == 0 && q->json_flags == 0, "%s %s", map,
	      key);
}

static void
each_key_of_each_map(void)
{
	struct question q;

	for (size_t m = 0; m < N_OF(maps); m++) {
		for (size_t i = 0; !maps[m].of_hosts && i < N_OF(domain_cases); i++) {
			enum key is =
				read_key(maps[m].name, domain_cases[i].key, domain_cases[i].n, &q);

			check_question(maps[m].name, domain_cases[i].key, is, &q,
				       domain_cases[i].subject, 0);
			CHECK(q.kind == maps[m].kind, "%s: %d", maps[m].name, q.kind);
		}
		for (size_t i = 0; maps[m].of_hosts && i < N_OF(host_cases); i++) {
			enum key is =
				read_key(maps[m].name, host_cases[i].key, host_cases[i].n, &q);

			check_question(maps[m].name, host_cases[i].key, is, &q, host_cases[i].host,
				       host_cases[i].port);
			CHECK(q.kind == maps[m].kind, "%s: %d", maps[m].name, q.kind);
		}
		CHECK(read_key(maps[m].name, NULL, 0, &q) == KEY_NOTFOUND, "%s without a key",
		      maps[m].name);
		CHECK(q.kind == maps[m].kind, "%s without a key", maps[m].name);
	}
}

static void
names_that_are_no_map(void)
{
	static const char *const names[] = {"",	     "r",	  "rout", "routes", "ROUTE",
					    "exim-", "exim-clas", "tls",  "tls-",   "tls-dane",
					    "json",  "route\t",	  "*"};
	struct question q;

	for (size_t i = 0; i < N_OF(names); i++) {
		CHECK(read_key(names[i], KEY("user@example.org"), &q) == KEY_NO_MAP, "%s",
		      names[i]);
		CHECK(read_key(names[i], NULL, 0, &q) == KEY_NO_MAP, "%s alone", names[i]);
	}
	CHECK(key_read("route\0 a@example.org", 20, &q) == KEY_NO_MAP, "a zero in the name");
}

CU_TestInfo unit_tests[] = {UNIT_TEST(each_key_of_each_map), UNIT_TEST(names_that_are_no_map),
			    CU_TEST_INFO_NULL};
