/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/options.h"

#include <stdlib.h>
#include <string.h>

#include <nextmx.h>

#include "unit.h"

const char unit_name[] = "resolver/options";

static char error_text[4096];

static int
set(struct options *options, const char *name, const char *value)
{
	struct text error = text_into(error_text, sizeof(error_text));

	return options_set(options, name, value, &error);
}

/* ---- The registry --------------------------------------------------------------------------- */

static void
the_registry_is_complete(void)
{
	size_t n = nmx_option_count();

	CHECK(n > 20, "%zu", n);
	for (size_t i = 0; i < n; i++) {
		const char *name = nmx_option_name(i);

		if (!CHECK(name && nmx_option_type(i) && nmx_option_default(i) &&
				   nmx_option_help(i),
			   "option %zu", i))
			continue;
		CHECK(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name), "%s",
		      name);
		CHECK(strlen(nmx_option_help(i)) > 10, "%s", name);
		for (size_t j = 0; j < i; j++)
			CHECK(strcmp(name, nmx_option_name(j)) != 0, "%s twice", name);
	}
	CHECK(!nmx_option_name(n) && !nmx_option_type(n) && !nmx_option_default(n) &&
		      !nmx_option_help(n) && !nmx_option_is_list(n),
	      "beyond");
	CHECK(!nmx_option_name(SIZE_MAX), "far beyond");
}

static void
every_default_is_accepted_by_its_own_check(void)
{
	for (size_t i = 0; i < nmx_option_count(); i++) {
		const char *name = nmx_option_name(i), *initial = nmx_option_default(i);
		struct options options;

		if (!CHECK(options_init(&options), "memory"))
			return;
		CHECK_TEXT(options_get(&options, name), initial, "%s", name);
		CHECK(set(&options, name, initial) == 0, "%s: %s", name, error_text);
		CHECK_TEXT(options_get(&options, name), initial, "%s", name);
		options_done(&options);
	}
}

/* Every word of a choice, both ends of a number's range and what lies outside, all yes and no. */
static void
every_type_takes_what_it_says(void)
{
	static const char *const yes_no[] = {"yes",   "no", "on", "off", "true",
					     "false", "1",  "0",  "YES", "Off"};

	for (size_t i = 0; i < nmx_option_count(); i++) {
		const char *name = nmx_option_name(i), *type = nmx_option_type(i);
		const char *dash = strchr(type, '-');
		struct options options;

		if (!CHECK(options_init(&options), "memory"))
			return;
		if (strchr(type, '|')) {
			char words[256], *save = NULL;

			strcpy(words, type);
			for (char *word = strtok_r(words, "|", &save); word;
			     word = strtok_r(NULL, "|", &save)) {
				CHECK(set(&options, name, word) == 0, "%s %s", name, word);
				CHECK_TEXT(options_get(&options, name), word, "%s", name);
			}
			CHECK(set(&options, name, "") == NMX_E_VALUE, "%s", name);
			CHECK(set(&options, name, type) == NMX_E_VALUE, "%s", name);
		} else if (dash && type[0] >= '0' && type[0] <= '9') {
			unsigned long least = strtoul(type, NULL, 10);
			unsigned long most = strtoul(dash + 1, NULL, 10);
			char number[32];

			for (int at = 0; at < 4; at++) {
				unsigned long value = at == 0	? least
						      : at == 1 ? most
						      : at == 2 ? most + 1
								: least - 1;
				struct text text = text_into(number, sizeof(number));

				if (at == 3 && least == 0)
					continue;
				text_u64(&text, value);
				CHECK((set(&options, name, number) == 0) == (at < 2), "%s %s", name,
				      number);
			}
			CHECK(set(&options, name, "") == NMX_E_VALUE, "%s", name);
			CHECK(set(&options, name, "-1") == NMX_E_VALUE, "%s", name);
			CHECK(set(&options, name, "1 ") == NMX_E_VALUE, "%s", name);
			CHECK(set(&options, name, "0x10") == NMX_E_VALUE, "%s", name);
			CHECK(set(&options, name, "99999999999999999999") == NMX_E_VALUE, "%s",
			      name);
		} else if (strcmp(type, "bool") == 0) {
			for (size_t j = 0; j < N_OF(yes_no); j++)
				CHECK(set(&options, name, yes_no[j]) == 0, "%s %s", name,
				      yes_no[j]);
			CHECK(set(&options, name, "maybe") == NMX_E_VALUE, "%s", name);
			CHECK(set(&options, name, "") == NMX_E_VALUE, "%s", name);
		}
		options_done(&options);
	}
}

/* ---- Setting -------------------------------------------------------------------------------- */

/* The header's words: the first value replaces the default, others append, "" empties. */
static void
lists_append(void)
{
	struct options options;

	if (!CHECK(options_init(&options), "memory"))
		return;
	CHECK(set(&options, "ports-secure", "25") == 0, "%s", error_text);
	CHECK_TEXT(options_get(&options, "ports-secure"), "25", "replaces the default");
	CHECK(set(&options, "ports-secure", "465,587") == 0, "%s", error_text);
	CHECK_TEXT(options_get(&options, "ports-secure"), "25,465,587", "appends");
	CHECK(set(&options, "ports-secure", "26,0") == NMX_E_VALUE, "one bad item");
	CHECK_TEXT(options_get(&options, "ports-secure"), "25,465,587", "nothing is half set");
	CHECK(set(&options, "ports-secure", "") == 0, "empties");
	CHECK_TEXT(options_get(&options, "ports-secure"), "", "empty");
	CHECK(set(&options, "ports-secure", "1024-65535") == 0, "%s", error_text);
	CHECK_TEXT(options_get(&options, "ports-secure"), "1024-65535", "after empty");
	CHECK(set(&options, "own-names", "a.example") == 0 &&
		      set(&options, "own-names", "b.example") == 0,
	      "%s", error_text);
	CHECK_TEXT(options_get(&options, "own-names"), "a.example,b.example", "default empty");
	CHECK(set(&options, "srv", "any") == 0 && set(&options, "srv", "off") == 0, "replaced");
	CHECK_TEXT(options_get(&options, "srv"), "off", "no list");
	options_done(&options);
}

/* What two good values were put together to is good as a whole: no empty item between them. */
static void
appended_lists_are_good_as_a_whole(void)
{
	static const char *const firsts[] = {"25", "25,", "25, ", " 25 ", ""};

	for (size_t i = 0; i < N_OF(firsts); i++) {
		struct options options, fresh;

		if (!CHECK(options_init(&options) && options_init(&fresh), "memory"))
			return;
		if (set(&options, "own-ports", firsts[i]) == 0) {
			CHECK(set(&options, "own-ports", "26") == 0, "%s", error_text);
			CHECK(set(&fresh, "own-ports", options_get(&options, "own-ports")) == 0,
			      "\"%s\" and \"26\": %s", firsts[i], error_text);
		}
		options_done(&options);
		options_done(&fresh);
	}
}

static const struct {
	const char *name, *value;
	bool good;
} items[] = {
	{"own-ports", "25, 26 ,  27", true},
	{"own-ports", "25,", true},
	{"own-ports", ",25", false},
	{"own-ports", "25,,26", false},
	{"own-ports", ",", false},
	{"own-ports", " ", false},
	{"own-ports", "25 26", false},
	{"own-ports", "0", false},
	{"own-ports", "65536", false},
	{"own-ports", "26-25", false},
	{"own-ports", "-25", false},
	{"own-ports", "25-", false},
	{"own-ports", "1-2-3", false},
	{"allow-networks", "127.0.0.0/8,::1", true},
	{"allow-networks", "127.0.0.1/8", false},
	{"nat64-prefixes", "64:ff9b:1:fffe::/96", true},
	{"nat64-prefixes", "2001:db8::/64", false},
	{"nat64-prefixes", "2001:db8::", false},
	{"nat64-prefixes", "10.0.0.0/8", false},
	{"own-addresses", "192.0.2.1, 2001:db8::1", true},
	{"own-addresses", "192.0.2.0/24", false},
	{"own-addresses", "192.0.2.1@25", false},
	{"own-names", "mx.example.org.", true},
	{"own-names", "mx example", false},
	{"own-names", "1.2.3.4", false},
	{"own-names", ".", false},
	{"stub", "example.org=192.0.2.1", true},
	{"stub", "example.org=2001:db8::1@5300", true},
	{"stub", ".=127.0.0.1@53", true},
	{"stub", "192.0.2.1", false},
	{"stub", "=192.0.2.1", false},
	{"stub", "example.org=", false},
	{"stub", "example.org=ns.example", false},
	{"stub", "example.org=192.0.2.1@0", false},
	{"stub", "example.org=192.0.2.1@65536", false},
	{"stub", "example.org=192.0.2.1@", false},
	{"stub", "exa mple=192.0.2.1", false},
	{"upstream", "resolv.conf", true},
	{"upstream", "resolv.conf,192.0.2.1@53", true},
	{"upstream", "resolv", false},
	{"upstream", "example.org=192.0.2.1", false},
	{"zone", "example.org=/tmp/a zone=1", true},
	{"zone", ".=root.zone", true},
	{"zone", "example.org=", false},
	{"zone", "example.org=a\"b", false},
	{"zone", "example.org=a\nb", false},
	{"zone", "=file", false},
	{"trust-anchor", "/a,/b", true},
	{"trust-anchor", "/a\"b", false},
	{"trust-anchor", "/a\177", false},
	{"srv-label", "_smtp", true},
	{"srv-label", "_submission", true},
	{"srv-label", "_smtp._tcp", false},
	{"srv-label", "_smtp.", false},
	{"srv-label", "", false},
	{"srv-label", "_smtp-", false},
	{"srv-label", "_sm tp", false},
	{"srv-label", "_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
};

static void
list_items_are_checked_one_by_one(void)
{
	for (size_t i = 0; i < N_OF(items); i++) {
		struct options options;

		if (!CHECK(options_init(&options), "memory"))
			return;
		CHECK(set(&options, items[i].name, items[i].value) ==
			      (items[i].good ? 0 : NMX_E_VALUE),
		      "%s \"%s\": %s", items[i].name, items[i].value, error_text);
		options_done(&options);
	}
}

/* ---- Errors --------------------------------------------------------------------------------- */

static void
errors_name_option_value_and_expectation(void)
{
	static const struct {
		const char *name, *value, *error;
	} cases[] = {
		{"srv", "maybe", "option srv: \"maybe\": expected auto|any|secure|off"},
		{"deadline-ms", "0", "option deadline-ms: \"0\": expected 1-3600000"},
		{"single-label", "x", "option single-label: \"x\": expected yes or no"},
		{"own-ports", "25,abc",
		 "option own-ports: \"abc\": expected a port, or a range such "
		 "as 1024-65535"},
		{"own-names", "a.example, b_ c ",
		 "option own-names: \"b_ c\": expected a host name"},
		{"own-names", "\001\377\\",
		 "option own-names: \"\\001\\255\\\": expected a host "
		 "name"},
		{"stub", "x", "option stub: \"x\": expected ZONE=ADDR[@PORT]"},
	};
	struct options options;

	if (!CHECK(options_init(&options), "memory"))
		return;
	for (size_t i = 0; i < N_OF(cases); i++) {
		CHECK(set(&options, cases[i].name, cases[i].value) == NMX_E_VALUE, "%zu", i);
		CHECK_TEXT(error_text, cases[i].error, "%zu", i);
	}
	options_done(&options);
}

/* Each option's error quotes the name and the value. */
static void
errors_of_every_option(void)
{
	static const char hostile[] = "\"\n,\377";

	for (size_t i = 0; i < nmx_option_count(); i++) {
		const char *name = nmx_option_name(i);
		struct options options;

		if (!CHECK(options_init(&options), "memory"))
			return;
		if (set(&options, name, hostile) != 0) {
			CHECK(strstr(error_text, name) && strstr(error_text, "expected "), "%s: %s",
			      name, error_text);
			for (const char *c = error_text; *c; c++)
				CHECK(*c >= 0x20 && *c < 0x7f, "%s: %s", name, error_text);
			CHECK_TEXT(options_get(&options, name), nmx_option_default(i),
				   "%s: untouched", name);
		}
		options_done(&options);
	}
}

static void
unknown_names_are_answered_with_the_nearest(void)
{
	struct options options;

	if (!CHECK(options_init(&options), "memory"))
		return;
	CHECK(set(&options, "srv-lable", "x") == NMX_E_OPTION, "unknown");
	CHECK_TEXT(error_text, "no option \"srv-lable\"; the nearest is srv-label", "srv-lable");
	CHECK(set(&options, "deadline", "5") == NMX_E_OPTION, "unknown");
	CHECK(strstr(error_text, "the nearest is deadline-ms"), "%s", error_text);
	CHECK(set(&options, "a\nb", "5") == NMX_E_OPTION, "unknown");
	CHECK(strstr(error_text, "\"a\\010b\""), "%s", error_text);
	CHECK(options_get(&options, "srv-lable") == NULL, "get");
	CHECK(options_get(&options, "") == NULL, "get");
	options_done(&options);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(the_registry_is_complete),
	UNIT_TEST(every_default_is_accepted_by_its_own_check),
	UNIT_TEST(every_type_takes_what_it_says),
	UNIT_TEST(lists_append),
	UNIT_TEST(appended_lists_are_good_as_a_whole),
	UNIT_TEST(list_items_are_checked_one_by_one),
	UNIT_TEST(errors_name_option_value_and_expectation),
	UNIT_TEST(errors_of_every_option),
	UNIT_TEST(unknown_names_are_answered_with_the_nearest),
	CU_TEST_INFO_NULL,
};
