/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ini.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

const char unit_name[] = "daemon/ini";

static const char *const sections[] = {"resolver", "daemon"};

/* Entries as "section.key=value@line;". */
struct seen {
	char text[1024];
	bool stop;
};

static bool
note(const struct ini_entry *entry, void *user, struct fault *fault)
{
	struct seen *seen = user;
	size_t n = strlen(seen->text);

	snprintf(seen->text + n, sizeof(seen->text) - n, "%s.%s=%s@%u;", sections[entry->section],
		 entry->key, entry->value, entry->line);
	return !seen->stop || fault_set(fault, entry->line, "stopped");
}

static bool
read_text(const char *text, size_t length, struct seen *seen, struct fault *fault)
{
	char *copy = malloc(length + 1);
	bool good;

	if (!copy)
		abort();
	memcpy(copy, text, length);
	copy[length] = 'x'; /* it need not be a zero */
	good = ini_read(copy, length, sections, 2, note, seen, fault);
	free(copy);
	return good;
}

#define S(text) (text), sizeof(text) - 1

static const struct {
	const char *text;
	size_t length;
	const char *seen;
} good[] = {
	{S(""), ""},
	{S("\n\n"), ""},
	{S("# a = b\n; c = d\n  # e\n\t;f"), ""},
	{S("[daemon]\nworkers = 4\n"), "daemon.workers=4@2;"},
	{S("[daemon]\nworkers = 4"), "daemon.workers=4@2;"},
	{S("[daemon]\r\nworkers = 4\r\n\r\n# x\r\n"), "daemon.workers=4@2;"},
	{S("[daemon]\nworkers = 4\r"), "daemon.workers=4@2;"},
	{S("  [ daemon ]\t\n\tworkers\t=\t4  \n"), "daemon.workers=4@2;"},
	{S("[daemon]\na=\nb= \n"), "daemon.a=@2;daemon.b=@3;"},
	{S("[daemon]\na==b = c\n"), "daemon.a==b = c@2;"},
	{S("[daemon]\na = b # c ; d\n"), "daemon.a=b # c ; d@2;"},
	{S("[resolver]\nstub = a=1\nstub = b=2\n[daemon]\nx = 1\n[resolver]\ny = 2\n"),
	 "resolver.stub=a=1@2;resolver.stub=b=2@3;daemon.x=1@5;resolver.y=2@7;"},
	{S("\xef\xbb\xbf[daemon]\na = b\n"), "daemon.a=b@2;"},
	{S("[daemon]\na = b\xc3\xbc\xe2\x82\xac\xf0\x9f\x93\xa7\n"),
	 "daemon.a=b\xc3\xbc\xe2\x82\xac\xf0\x9f\x93\xa7@2;"},
	{S("[daemon]\na b = c\td\n"), "daemon.a b=c\td@2;"},
};

static void
what_is_read(void)
{
	for (size_t i = 0; i < N_OF(good); i++) {
		struct seen seen = {"", false};
		struct fault fault = {0, ""};

		CHECK(read_text(good[i].text, good[i].length, &seen, &fault), "%zu: %u: %s", i,
		      fault.line, fault.text);
		CHECK_TEXT(seen.text, good[i].seen, "%zu", i);
	}
}

static const struct {
	const char *text;
	size_t length;
	unsigned line;
	const char *fault;
} bad[] = {
	{S("a = b\n"), 1, "the key a stands before the first [SECTION]"},
	{S("# x\n\n[daemon]\nworkers\n"), 4, "\"workers\": expected KEY = VALUE"},
	{S("[daemon]\n= 4\n"), 2, "no key in front of \"=\""},
	{S("[daemom]\n"), 1, "no section [daemom]; the nearest is [daemon]"},
	{S("[]\n"), 1, "no section []; the nearest is [daemon]"},
	{S("[Daemon]\n"), 1, "no section [Daemon]; the nearest is [daemon]"},
	{S("[daemon\n"), 1, "\"[daemon\": expected [SECTION]"},
	{S("["), 1, "\"[\": expected [SECTION]"},
	{S("[daemon] # mine\n"), 1, "\"[daemon] # mine\": expected [SECTION]"},
	{S("[daemon]\na = b\0c\n"), 2, "octet 6 is the control character 0x00"},
	{S("[daemon]\n# \0\n"), 2, "octet 3 is the control character 0x00"},
	{S("[daemon]\na = \x1b[2J\n"), 2, "octet 5 is the control character 0x1b"},
	{S("[daemon]\na = \x7f\n"), 2, "octet 5 is the control character 0x7f"},
	{S("[daemon]\na = b\rc = d\n"), 2, "octet 6 is the control character 0x0d"},
	{S("[daemon]\na = b\r\r\n"), 2, "octet 6 is the control character 0x0d"},
	{S("[daemon]\na = b\xfc\n"), 2, "octet 6 (0xfc) is no UTF-8"},
	{S("[daemon]\na = \xc3"), 2, "octet 5 (0xc3) is no UTF-8"},
	{S("[daemon]\n# \xc0\x80\n"), 2, "octet 3 (0xc0) is no UTF-8"},
	{S("[daemon]\n# \xe0\x80\x80\n"), 2, "octet 3 (0xe0) is no UTF-8"},
	{S("[daemon]\n# \xed\xa0\x80\n"), 2, "octet 3 (0xed) is no UTF-8"},
	{S("[daemon]\n# \xf0\x80\x80\x80\n"), 2, "octet 3 (0xf0) is no UTF-8"},
	{S("[daemon]\n# \xf4\x90\x80\x80\n"), 2, "octet 3 (0xf4) is no UTF-8"},
	{S("[daemon]\n# \xf5\x80\x80\x80\n"), 2, "octet 3 (0xf5) is no UTF-8"},
	{S("[daemon]\n# \x80\n"), 2, "octet 3 (0x80) is no UTF-8"},
	{S("\xef\xbb[daemon]\n"), 1, "octet 1 (0xef) is no UTF-8"},
};

static void
what_is_refused(void)
{
	for (size_t i = 0; i < N_OF(bad); i++) {
		struct seen seen = {"", false};
		struct fault fault = {0, ""};

		CHECK(!read_text(bad[i].text, bad[i].length, &seen, &fault), "%zu: %s", i,
		      bad[i].fault);
		CHECK(fault.line == bad[i].line, "%zu: line %u", i, fault.line);
		CHECK_TEXT(fault.text, bad[i].fault, "%zu", i);
	}
}

static void
lines_have_a_longest(void)
{
	static char text[INI_LINE + 32];
	struct seen seen = {"", false};
	struct fault fault = {0, ""};
	size_t n = (size_t)sprintf(text, "[daemon]\n# ");

	memset(text + n, 'y', INI_LINE - 2);
	CHECK(read_text(text, n + INI_LINE - 2, &seen, &fault), "%s", fault.text);
	memcpy(text + n + INI_LINE - 2, "\r\n", 2);
	CHECK(read_text(text, n + INI_LINE, &seen, &fault), "%s", fault.text);
	memset(text + n, 'y', INI_LINE - 1);
	CHECK(!read_text(text, n + INI_LINE - 1, &seen, &fault), "one more");
	CHECK(fault.line == 2, "line %u", fault.line);
	CHECK_TEXT(fault.text,
		   "the line is longer than 4096 octets; a list may be given in several lines that "
		   "repeat its key",
		   "one more");
}

/* A long line is quoted in part, and what the entry's reader says ends the reading. */
static void
the_reader_of_entries_ends_it(void)
{
	struct seen seen = {"", true};
	struct fault fault = {0, ""};

	CHECK(!read_text(S("[daemon]\na = b\nc = d\n"), &seen, &fault), "stopped");
	CHECK_TEXT(seen.text, "daemon.a=b@2;", "no more");
	CHECK_TEXT(fault.text, "stopped", "its word");
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(what_is_read),
	UNIT_TEST(what_is_refused),
	UNIT_TEST(lines_have_a_longest),
	UNIT_TEST(the_reader_of_entries_ends_it),
	CU_TEST_INFO_NULL,
};
