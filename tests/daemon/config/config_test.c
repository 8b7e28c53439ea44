/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config_parse.h"
#include "unit.h"

const char unit_name[] = "daemon/config";

static char error_text[1024];

/* NULL, and error_text, if it is refused. */
static struct config *
parse(const char *text)
{
	size_t length = strlen(text);
	struct config *config = NULL;
	char *copy = malloc(length + 1);

	if (!copy)
		abort();
	memcpy(copy, text, length + 1);
	error_text[0] = '\0';
	if (config_parse("F", copy, length, &config, error_text, sizeof(error_text)))
		return config;
	CHECK(config == NULL, "untouched");
	return NULL;
}

/* ---- What is read ----------------------------------------------------------------------------- */

/* Which listeners there are by default, depends on what is named. */
static void
default_listeners(void)
{
	static const struct {
		const char *text;
		int n_socketmaps, n_https; /* -1: refused */
	} cases[] = {
		{"", -1, -1}, /* pass-domains is missing */
		{"pass-domains = none\n", 1, 1},
		{"http = unix:/run/h\n", 0, 1},
		{"http = unix:/run/h\npass-domains = none\n", 1, 1},
		{"http = none\n", -1, -1},
		{"http = none\npass-domains = none\n", 1, 0},
		{"socketmap = inet:127.0.0.1:1\n", -1, -1},
		{"socketmap = inet:127.0.0.1:1\nhttp = unix:/run/h\n", -1, -1},
		{"socketmap = none\n", 0, 1},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		char text[128];
		struct config *c;

		snprintf(text, sizeof(text), "[daemon]\n%s", cases[i].text);
		c = parse(text);
		if (cases[i].n_https < 0)
			CHECK(c == NULL, "%s", text);
		else
			CHECK(c && (int)c->n_socketmaps == cases[i].n_socketmaps &&
				      (int)c->n_https == cases[i].n_https,
			      "%s: %s", text, error_text);
		config_free(c);
	}
}

static void
defaults(void)
{
	struct config *c = parse("[daemon]\npass-domains = none\n");

	if (!CHECK(c != NULL, "%s", error_text))
		return;
	CHECK_TEXT(c->path, "F", "path");
	CHECK(c->n_settings == 0, "%zu", c->n_settings);
	if (CHECK(c->n_socketmaps == 1 && c->n_https == 1, "%zu %zu", c->n_socketmaps,
		  c->n_https)) {
		CHECK_TEXT(c->socketmaps[0].text, "inet:127.0.0.1:8461", "socketmap");
		CHECK_TEXT(c->https[0].text, "unix:/run/nextmx/http", "http");
		CHECK(c->https[0].mode == 0660, "%o", (unsigned)c->https[0].mode);
	}
	CHECK(c->workers >= 1 && c->workers <= 64, "%u", c->workers);
	CHECK(c->user == NULL, "not set");
	CHECK(c->deadline_ms == 2500 && c->slot_s == 10, "%u %u", c->deadline_ms, c->slot_s);
	CHECK(!c->answer_srv && c->n_pass == 0 && c->n_log_why == 0, "lists");
	CHECK_TEXT(c->classes[CLASS_MAY], "nx-may", "class");
	CHECK_TEXT(c->classes[CLASS_SEC], "nx-sec", "class");
	CHECK_TEXT(c->classes[CLASS_STS], "nx-sts", "class");
	CHECK_TEXT(c->classes[CLASS_STS_SEC], "nx-sts-sec", "class");
	CHECK_TEXT(c->log, "stderr", "log");
	CHECK_TEXT(c->log_level, "info", "log-level");
	CHECK(c->memory_mb == 1024 && c->connections == 4096, "%u %u", c->memory_mb,
	      c->connections);
	CHECK(c->idle_s == 300 && c->quarantine_s == 600, "%u %u", c->idle_s, c->quarantine_s);
	config_free(c);
}

static const char everything[] = "[daemon]\n"
				 "socketmap = inet:127.0.0.1:1, inet:[::1]:65535\n"
				 "socketmap = unix:/run/a:666\n"
				 "http = none\n"
				 "workers = 64\n"
				 "user = _mx-1\n"
				 "deadline-ms = 100\n"
				 "answer = srv\n"
				 "pass-domains = b.example, A.Example., b.example\n"
				 "pass-domains = .c.example,\n"
				 "slot-seconds = 3600\n"
				 "class-may = smtp\n"
				 "class-sec = a_1.B-2\n"
				 "class-sts = x\n"
				 "class-sts-sec = 1\n"
				 "memory-mb = 0\n"
				 "connections = 16\n"
				 "idle-seconds = 1\n"
				 "quarantine-seconds = 86400\n"
				 "log = syslog\n"
				 "log-level = debug\n"
				 "log-why = x.example\n"
				 "[resolver]\n"
				 "srv = off\n"
				 "stub = a.example=192.0.2.1\n"
				 "stub = b.example=192.0.2.2\n"
				 "[daemon]\n"
				 "allow-remote = no\n";

static void
every_key(void)
{
	struct config *c = parse(everything);

	if (!CHECK(c != NULL, "%s", error_text))
		return;
	CHECK(c->n_socketmaps == 3 && c->n_https == 0, "%zu %zu", c->n_socketmaps, c->n_https);
	CHECK(c->socketmaps[0].line == 2 && c->socketmaps[2].line == 3, "lines");
	CHECK(c->workers == 64 && c->deadline_ms == 100 && c->answer_srv && c->slot_s == 3600,
	      "numbers");
	CHECK_TEXT(c->user, "_mx-1", "user");
	if (CHECK(c->n_pass == 3, "%zu", c->n_pass)) {
		CHECK_TEXT(c->pass[0], ".c.example", "sorted");
		CHECK_TEXT(c->pass[1], "a.example", "lower case, no final dot");
		CHECK_TEXT(c->pass[2], "b.example", "once");
	}
	CHECK_TEXT(c->classes[CLASS_MAY], "smtp", "class");
	CHECK_TEXT(c->classes[CLASS_SEC], "a_1.B-2", "class");
	CHECK_TEXT(c->classes[CLASS_STS], "x", "class");
	CHECK_TEXT(c->classes[CLASS_STS_SEC], "1", "class");
	CHECK(c->memory_mb == 0 && c->connections == 16 && c->idle_s == 1, "numbers");
	CHECK(c->quarantine_s == 86400, "%u", c->quarantine_s);
	CHECK_TEXT(c->log, "syslog", "log");
	CHECK_TEXT(c->log_level, "debug", "log-level");
	CHECK(c->n_log_why == 1 && config_logs_why(c, "X.example"), "log-why");
	if (CHECK(c->n_settings == 3, "%zu", c->n_settings)) {
		CHECK_TEXT(c->settings[0].name, "srv", "setting");
		CHECK_TEXT(c->settings[2].value, "b.example=192.0.2.2", "setting");
		CHECK(c->settings[2].line == 26, "%u", c->settings[2].line);
	}
	config_free(c);
}

/* ---- Domains ---------------------------------------------------------------------------------- */

static void
domains_that_pass(void)
{
	static const struct {
		const char *domain;
		bool passes;
	} cases[] = {
		{"example.org", true},
		{"EXAMPLE.ORG", true},
		{"a.example.org", false},
		{"below.example", false},
		{"a.below.example", true},
		{"A.b.Below.Example", true},
		{"xbelow.example", false},
		{"example", false},
		{"org", false},
		{"", false},
		{".", false},
		{".below.example", true},
		{"single", true},
		{"a.single", false},
		{"example.orgx", false},
		{"xexample.org", false},
		{"1234567890123456789012345678901234567890123456789012345678901234567890."
		 "1234567890123456789012345678901234567890123456789012345678901234567890."
		 "1234567890123456789012345678901234567890123456789012345678901234567890."
		 "1234567890123456789012345678901234567890123456789012345678901234567890."
		 "below.example",
		 false},
	};
	struct config *c = parse("[daemon]\npass-domains = example.org, .below.example, single\n");

	if (!CHECK(c != NULL, "%s", error_text))
		return;
	for (size_t i = 0; i < N_OF(cases); i++)
		CHECK(config_passes(c, cases[i].domain) == cases[i].passes, "%s", cases[i].domain);
	CHECK(!config_logs_why(c, "example.org"), "another list");
	config_free(c);
}

/* ---- What is refused -------------------------------------------------------------------------- */

/* A line of [daemon], with pass-domains before it (line 2), and what is said about it (line 3). */
static const struct {
	const char *line, *error;
} lines[] = {
	{"wokers = 4", "no key \"wokers\" in [daemon]; the nearest is workers"},
	{"Workers = 4", "no key \"Workers\" in [daemon]; the nearest is workers"},
	{"srv = off", "key srv belongs to [resolver], not to [daemon]"},
	{"w\xc3\xbc = 4", "no key \"w??\" in [daemon]; the nearest is log"},
	{"workers = 0", "key workers: \"0\": expected cores|1-64"},
	{"workers = 65", "key workers: \"65\": expected cores|1-64"},
	{"workers = ", "key workers: \"\": expected cores|1-64"},
	{"workers = -1", "key workers: \"-1\": expected cores|1-64"},
	{"workers = core", "key workers: \"core\": expected cores|1-64"},
	{"workers = 99999999999999999999",
	 "key workers: \"99999999999999999999\": expected cores|1-64"},
	{"workers = 4 # four",
	 "key workers: \"4 # four\": expected cores|1-64; a comment has a line of its own"},
	{"user = root", "key user: \"root\": expected the name of a user other than root"},
	{"user =", "key user: \"\": expected the name of a user other than root"},
	{"user = a b", "key user: \"a b\": expected the name of a user other than root"},
	{"user = ../a", "key user: \"../a\": expected the name of a user other than root"},
	{"deadline-ms = 99", "key deadline-ms: \"99\": expected 100-30000"},
	{"deadline-ms = 30001", "key deadline-ms: \"30001\": expected 100-30000"},
	{"deadline-ms = 2.5", "key deadline-ms: \"2.5\": expected 100-30000"},
	{"slot-seconds = 0", "key slot-seconds: \"0\": expected 1-3600"},
	{"slot-seconds = 3601", "key slot-seconds: \"3601\": expected 1-3600"},
	{"answer = mx", "key answer: \"mx\": expected all|srv"},
	{"answer = all|srv", "key answer: \"all|srv\": expected all|srv"},
	{"allow-remote = maybe", "key allow-remote: \"maybe\": expected yes|no"},
	{"memory-mb = 127", "key memory-mb: \"127\": expected 0|128-1048576"},
	{"memory-mb = 1048577", "key memory-mb: \"1048577\": expected 0|128-1048576"},
	{"connections = 15", "key connections: \"15\": expected 16-65536"},
	{"connections = 65537", "key connections: \"65537\": expected 16-65536"},
	{"idle-seconds = 0", "key idle-seconds: \"0\": expected 1-86400"},
	{"idle-seconds = 86401", "key idle-seconds: \"86401\": expected 1-86400"},
	{"quarantine-seconds = 0", "key quarantine-seconds: \"0\": expected 1-86400"},
	{"quarantine-seconds = 86401", "key quarantine-seconds: \"86401\": expected 1-86400"},
	{"log = /var/log/nextmxd", "key log: \"/var/log/nextmxd\": expected stderr|syslog"},
	{"log-level = why", "key log-level: \"why\": expected error|warning|info|debug"},
	{"class-may = a:b", "key class-may: \"a:b\": expected the name of a transport that sends "
			    "mail: letters, digits, hyphens, underscores, dots"},
	{"class-sec =", "key class-sec: \"\": expected the name of a transport that sends mail: "
			"letters, digits, hyphens, underscores, dots"},
	{"class-sts = error", "key class-sts: \"error\": expected the name of a transport that "
			      "sends mail: letters, digits, hyphens, underscores, dots"},
	{"class-sts = retry", "key class-sts: \"retry\": expected the name of a transport that "
			      "sends mail: letters, digits, hyphens, underscores, dots"},
	{"class-sts = discard", "key class-sts: \"discard\": expected the name of a transport that "
				"sends mail: letters, digits, hyphens, underscores, dots"},
	{"class-sts-sec = -o", "key class-sts-sec: \"-o\": expected the name of a transport that "
			       "sends mail: letters, digits, hyphens, underscores, dots"},
	{"pass-domains = none", "key pass-domains: none stands alone"},
	{"pass-domains =", "key pass-domains: expected domains, or none"},
	{"pass-domains = c.example,,d.example", "key pass-domains: nothing between two commas"},
	{"log-why =", "key log-why: expected domains, or none"},
	{"log-why = none, a.example", "key log-why: none stands alone"},
	{"socketmap =", "key socketmap: expected listeners, or none"},
	{"socketmap = none, inet:127.0.0.1:8461", "key socketmap: none stands alone"},
	{"http = inet:127.0.0.1:1,none", "key http: none stands alone"},
};

static void
lines_that_are_refused(void)
{
	for (size_t i = 0; i < N_OF(lines); i++) {
		char text[1024], expected[1024];

		snprintf(text, sizeof(text), "[daemon]\npass-domains = a.example\n%s\n",
			 lines[i].line);
		snprintf(expected, sizeof(expected), "F:3: %s", lines[i].error);
		CHECK(parse(text) == NULL, "%s", lines[i].line);
		CHECK_TEXT(error_text, expected, "%s", lines[i].line);
	}
}

static const char *const no_domains[] = {
	"*",
	"*.example.org",
	"..",
	".",
	"a..example",
	"..example.org",
	"user@example.org",
	"b\303\274cher.example",
	"192.0.2.1",
	"[192.0.2.1]",
	"a b",
	"a.example b.example",
	"a.example; b",
	"1234567890123456789012345678901234567890123456789012345678901234.example",
	"a.12",
};

static void
domains_that_are_none(void)
{
	for (size_t i = 0; i < N_OF(no_domains); i++) {
		char text[1024];

		snprintf(text, sizeof(text), "[daemon]\npass-domains = a.example, %s\n",
			 no_domains[i]);
		CHECK(parse(text) == NULL, "%s", no_domains[i]);
		CHECK(strncmp(error_text, "F:2: key pass-domains: \"", 24) == 0 &&
			      strstr(error_text, "\": expected a domain in ASCII such as "
						 "example.org, or .example.org for all below it"),
		      "%s: %s", no_domains[i], error_text);
	}
}

static const struct {
	const char *text, *error;
} files[] = {
	{"", "F: [daemon] has no pass-domains: name the domains that this server delivers or "
	     "relays itself, or say pass-domains = none. Postfix asks about them, too, and an "
	     "answer would lead their mail away from here"},
	{"[daemon]\nsocketmap = none\nhttp = none\n",
	 "F: socketmap and http are both none, so nobody could ask"},
	{"[resolver]\nsocketmap = none\n",
	 "F:2: key socketmap belongs to [daemon], not to [resolver]"},
	{"[resolver]\nsrv-lable = none\n",
	 "F:2: no key \"srv-lable\" in [resolver]; the nearest is srv-label"},
	{"[resolver]\nsrv = off\nsrv = any\n",
	 "F:3: key srv is given twice: it stands already in line 2"},
	{"[daemon]\nworkers = 1\n\n[resolver]\n[daemon]\nworkers = 1\n",
	 "F:6: key workers is given twice: it stands already in line 2"},
	{"[demon]\n", "F:1: no section [demon]; the nearest is [daemon]"},
	{"workers = 1\n", "F:1: the key workers stands before the first [SECTION]"},
};

static void
files_that_are_refused(void)
{
	for (size_t i = 0; i < N_OF(files); i++) {
		CHECK(parse(files[i].text) == NULL, "%s", files[i].text);
		CHECK_TEXT(error_text, files[i].error, "%zu", i);
	}
}

/* Without socketmaps nobody but people and programs ask, who know what they do. */
static void
pass_domains_are_for_socketmaps(void)
{
	struct config *c = parse("[daemon]\nsocketmap = none\n");

	CHECK(c && c->n_socketmaps == 0 && c->n_https == 1 && c->n_pass == 0, "%s", error_text);
	config_free(c);
	config_free(NULL);
}

/* ---- The table -------------------------------------------------------------------------------- */

static void
the_table_is_complete(void)
{
	size_t n = 0;

	for (; config_key_name(n); n++) {
		CHECK(config_key_type(n) && *config_key_type(n) && config_key_default(n) &&
			      strlen(config_key_help(n)) > 10,
		      "%zu", n);
		for (size_t j = 0; j < n; j++)
			CHECK(strcmp(config_key_name(n), config_key_name(j)) != 0, "%zu", n);
	}
	CHECK(n == CONFIG_KEYS, "%zu", n);
	CHECK(!config_key_type(n) && !config_key_default(n) && !config_key_help(n) &&
		      !config_key_is_list(n) && !config_key_name(SIZE_MAX),
	      "beyond");
}

/* Both ends of every range that the types show, and what lies beyond. */
static void
every_range_is_what_it_says(void)
{
	for (size_t i = 0; config_key_name(i); i++) {
		const char *type = config_key_type(i), *bar = strchr(type, '|');
		unsigned long range[2];
		const char *dash = strchr(bar ? bar + 1 : type, '-');

		range[0] = strtoul(bar ? bar + 1 : type, NULL, 10);
		if (!dash || range[0] == 0)
			continue;
		range[1] = strtoul(dash + 1, NULL, 10);
		for (int end = 0; end < 4; end++) {
			unsigned long value = end == 0	 ? range[0]
					      : end == 1 ? range[1]
					      : end == 2 ? range[1] + 1
							 : range[0] - 1;
			char text[256];
			struct config *c;

			if (value == 0 && bar && type[0] == '0')
				continue;
			snprintf(text, sizeof(text), "[daemon]\npass-domains = none\n%s = %lu\n",
				 config_key_name(i), value);
			c = parse(text);
			CHECK((c != NULL) == (end < 2), "%s", text);
			config_free(c);
		}
	}
}

/* ---- [resolver] ------------------------------------------------------------------------------- */

static void
settings_are_given_to_a_context(void)
{
	struct nmx_context *ctx;
	struct config *c = parse("[resolver]\nsrv = any\nown-ports = 25\nown-ports = 26, 27\n"
				 "[daemon]\npass-domains = none\n");

	if (!CHECK(c && nmx_context_new(&ctx) == 0, "%s", error_text))
		return;
	CHECK(config_apply(c, ctx, error_text, sizeof(error_text)), "%s", error_text);
	CHECK_TEXT(nmx_context_get(ctx, "srv"), "any", "applied");
	CHECK_TEXT(nmx_context_get(ctx, "own-ports"), "25,26, 27", "applied");
	config_free(c);
	c = parse("[daemon]\npass-domains = none\n[resolver]\nsrv = any\nfamily = 5\n");
	if (CHECK(c != NULL, "%s", error_text)) {
		CHECK(!config_apply(c, ctx, error_text, sizeof(error_text)), "refused");
		CHECK_TEXT(error_text, "F:5: option family: \"5\": expected both|4|6", "line");
	}
	config_free(c);
	nmx_context_free(ctx);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(defaults),
	UNIT_TEST(default_listeners),
	UNIT_TEST(every_key),
	UNIT_TEST(domains_that_pass),
	UNIT_TEST(lines_that_are_refused),
	UNIT_TEST(domains_that_are_none),
	UNIT_TEST(files_that_are_refused),
	UNIT_TEST(pass_domains_are_for_socketmaps),
	UNIT_TEST(the_table_is_complete),
	UNIT_TEST(every_range_is_what_it_says),
	UNIT_TEST(settings_are_given_to_a_context),
	CU_TEST_INFO_NULL,
};
