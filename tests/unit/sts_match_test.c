/* SPDX-License-Identifier: BSD-2-Clause */
/* RULES STS-6, IDN-1: which hosts a pattern names (RFC 8461 section 4.1), and which patterns
 * are any. */
#include "policy/sts.h"

#include <string.h>

#include "unit.h"

const char unit_name[] = "policy/sts_match";

/* Results live until the program ends; zeroes are an empty arena. */
static struct arena arena;

static bool
read_pattern(const char *text, struct sts_pattern *ret, const char **ret_fault)
{
	enum sts_result result = sts_pattern_read(text, strlen(text), &arena, ret, ret_fault);

	CHECK(result != STS_NOMEM, "%s", text);
	return result == STS_OK;
}

struct pattern_case {
	const char *text, *printed;
};

/* STS-3, IDN-1: host names and "*." before one, in A-labels; printed as they are published. */
static void
sts_3_patterns(void)
{
	static const struct pattern_case cases[] = {
		{"example.org", "example.org"},
		{"*.example.org", "*.example.org"},
		{"MX.Example.ORG.", "mx.example.org"},
		{"*.Example.ORG.", "*.example.org"},
		{"_x.example.org", "_x.example.org"},
		{"localhost", "localhost"},
		{"*.org", "*.org"},
		{"b\xc3\xbc"
		 "cher.example",
		 "xn--bcher-kva.example"},
		{"*.B\xc3\x9c"
		 "CHER.example",
		 "*.xn--bcher-kva.example"},
		{"*.xn--bcher-kva.example", "*.xn--bcher-kva.example"},
		{"bu\xcc\x88"
		 "cher.example",
		 "xn--bcher-kva.example"},
		{"fa\xc3\x9f.example", "xn--fa-hia.example"},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		char buffer[LIMIT_NAME_TEXT + 2];
		struct text text = text_into(buffer, sizeof(buffer));
		struct sts_pattern pattern;
		const char *fault = "";

		if (!CHECK(read_pattern(cases[i].text, &pattern, &fault), "%s: %s", cases[i].text,
			   fault))
			continue;
		sts_pattern_print(&text, &pattern);
		CHECK_TEXT(buffer, cases[i].printed, "%s", cases[i].text);
	}
}

/* STS-3: no partial wildcards, none but the left-most label, no addresses. */
static void
sts_3_no_patterns(void)
{
	static const char *const stars[] = {"*",     "*.",	   "**",	 "*.*",
					    "*.*.b", "a*.b",	   "*a.example", "a.*.example",
					    "a.*",   "**.example", "*.a.*",	 "*example.org"};
	static const char *const addresses[] = {"192.0.2.1", "*.0.2.1", "[192.0.2.1]", "::1",
						"[IPv6:2001:db8::1]"};
	static const char *const others[] = {"",
					     ".",
					     "*..",
					     "a..b",
					     ".a",
					     "*..a",
					     "a b",
					     "a.example,b.example",
					     "-a.example",
					     "a.b-",
					     "a.example:25",
					     "a.1",
					     "a.example/",
					     "user@a.example",
					     "\xff.example",
					     ("a\xc2\xad"
					      "b.example"),
					     "[a",
					     "a\tb"};
	struct sts_pattern pattern = {0};
	const char *fault;
	char longest[2000];

	for (size_t i = 0; i < N_OF(stars); i++) {
		fault = NULL;
		CHECK(!read_pattern(stars[i], &pattern, &fault), "%s", stars[i]);
		CHECK_TEXT(fault, "\"*\" stands for the left-most label and no other", "%s",
			   stars[i]);
	}
	for (size_t i = 0; i < N_OF(addresses); i++) {
		fault = NULL;
		CHECK(!read_pattern(addresses[i], &pattern, &fault), "%s", addresses[i]);
		/* "*." in front makes it a name with digits at the end */
		if (addresses[i][0] != '*')
			CHECK_TEXT(fault, "an address is no name", "%s", addresses[i]);
	}
	for (size_t i = 0; i < N_OF(others); i++) {
		fault = NULL;
		CHECK(!read_pattern(others[i], &pattern, &fault) && fault && *fault, "%s",
		      others[i]);
	}
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	CHECK(!read_pattern(longest, &pattern, &fault), "long");
	CHECK_TEXT(fault, "too long", "long");
	CHECK(pattern.name == NULL, "untouched");
}

struct match_case {
	const char *pattern, *host;
	bool matches;
};

/* STS-6: "*" is exactly one left-most label. */
static void
sts_6_which_hosts_match(void)
{
	static const struct match_case cases[] = {
		{"a.example", "a.example", true},
		{"a.example", "A.eXample", true},
		{"A.Example.", "a.example", true},
		{"a.example", "a.example.", true},
		{"a.example", "b.example", false},
		{"a.example", "example", false},
		{"a.example", "b.a.example", false},
		{"a.example", "a.example.org", false},
		{"a.example", "aa.example", false},
		{"*.example", "a.example", true},
		{"*.example", "A.EXAMPLE.", true},
		{"*.example", "example", false},
		{"*.example", "b.a.example", false},
		{"*.example", "a.examples", false},
		{"*.example", "a.xexample", false},
		{"*.example.com", "mail.example.com", true},
		{"*.example.com", "example.com", false},
		{"*.example.com", "foo.bar.example.com", false},
		{"*.example.com", "com", false},
		{"*.a.example", "xn--bcher-kva.a.example", true},
		{"*.b\xc3\xbc"
		 "cher.example",
		 "mx.xn--bcher-kva.example", true},
		{"*.xn--bcher-kva.example",
		 "mx.b\xc3\xbc"
		 "cher.example",
		 true},
		{"*.example", "com.\xc3\xa9xample", false},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		const struct match_case *c = &cases[i];
		struct sts_pattern pattern;
		const uint8_t *host;
		const char *fault = "";

		CHECK(read_pattern(c->pattern, &pattern, &fault), "%s: %s", c->pattern, fault);
		CHECK(sts_host_read(c->host, strlen(c->host), &arena, &host, &fault) == STS_OK,
		      "%s: %s", c->host, fault);
		CHECK(sts_pattern_matches(&pattern, host) == c->matches, "%s %s", c->pattern,
		      c->host);
	}
}

/* STS-6: names from elsewhere: any case, the root, and octets that no host has. */
static void
sts_6_names_in_wire_form(void)
{
	static const uint8_t upper[] = "\1A\7EXAMPLE", other[] = "\1A\7EXAMPL\xc5", root[] = "";
	static const uint8_t dot[] = "\3a.b\7example", shifted[] = "\7A\7EXAMP";
	const struct sts_pattern plain = {false, (const uint8_t *)"\1a\7example"};
	const struct sts_pattern wild = {true, (const uint8_t *)"\7eXaMPLE"};
	const struct sts_pattern of_root = {true, root};

	CHECK(sts_pattern_matches(&plain, upper), "case");
	CHECK(sts_pattern_matches(&wild, upper), "case");
	CHECK(!sts_pattern_matches(&plain, other) && !sts_pattern_matches(&wild, other),
	      "only ASCII letters have a case");
	CHECK(!sts_pattern_matches(&plain, root) && !sts_pattern_matches(&wild, root), "root");
	CHECK(!sts_pattern_matches(&of_root, root), "one label must be there");
	CHECK(sts_pattern_matches(&wild, dot), "a dot inside a label is no border");
	CHECK(!sts_pattern_matches(&plain, shifted), "labels are compared, not texts");
}

/* STS-6: any of the patterns is enough, none is not. */
static void
sts_6_any_pattern_of_the_policy(void)
{
	struct sts_pattern patterns[] = {{false, (const uint8_t *)"\1a\7example"},
					 {true, (const uint8_t *)"\1b\7example"}};
	struct sts_policy policy = {.patterns = patterns, .n_patterns = 2};

	CHECK(sts_policy_names(&policy, (const uint8_t *)"\1a\7example"), "first");
	CHECK(sts_policy_names(&policy, (const uint8_t *)"\1x\1b\7example"), "second");
	CHECK(!sts_policy_names(&policy, (const uint8_t *)"\1b\7example"), "neither");
	policy.n_patterns = 0;
	CHECK(!sts_policy_names(&policy, (const uint8_t *)"\1a\7example"), "none");
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(sts_3_patterns),
	UNIT_TEST(sts_3_no_patterns),
	UNIT_TEST(sts_6_which_hosts_match),
	UNIT_TEST(sts_6_names_in_wire_form),
	UNIT_TEST(sts_6_any_pattern_of_the_policy),
	CU_TEST_INFO_NULL,
};
