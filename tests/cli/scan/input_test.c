/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of domains, a line each: what is an entry, what is a fault. */
#include "cli/scan/input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hush.h"
#include "list.h"
#include "unit.h"

const char unit_name[] = "cli/scan/input";

/* What is read of files of these contents, called "a", "b", ... */
static void
check_files(const char *const *contents, const size_t *lengths, size_t n, const char *column,
	    const char *expected, const char *what)
{
	char *files[8], name[2] = "a", *text;
	struct input_settings settings = {
		.files = files, .n_files = n, .csv_column = column, .shard = 1, .n_shards = 1};

	list_begin();
	for (size_t i = 0; i < n; i++, name[0]++) {
		list_write(name, contents[i], lengths ? lengths[i] : strlen(contents[i]));
		files[i] = list_path(name);
	}
	text = list_read(&settings);
	CHECK_TEXT(text, expected, "%s", what);
	free(text);
	list_end();
}

static void
check_file(const char *contents, size_t length, const char *column, const char *expected)
{
	check_files(&contents, &length, 1, column, expected, contents);
}

#define FILE_OF(literal) (literal), sizeof(literal) - 1

static void
a_domain_a_line(void)
{
	check_file(FILE_OF(""), NULL, "");
	check_file(FILE_OF("a.example"), NULL, "1 a:1 a.example\n");
	check_file(FILE_OF("a.example\n"), NULL, "1 a:1 a.example\n");
	check_file(FILE_OF("a\nb\r\nc\r"), NULL, "1 a:1 a\n2 a:2 b\n3 a:3 c\n");
	check_file(FILE_OF("\n\na\n \t \n\r\nb\n\n"), NULL, "1 a:3 a\n2 a:6 b\n");
	check_file(FILE_OF(" a \n\tb\t\r\nc d\n"), NULL, "1 a:1 a\n2 a:2 b\n3 a:3 c d\n");
	check_file(FILE_OF("B\xc3\x9c.example.\nm\xfcller\n"), NULL,
		   "1 a:1 B\\195\\156.example.\n2 a:2 m\\252ller\n");
	check_file(FILE_OF("a,b\n\"c\"\n#d\n"), NULL, "1 a:1 a,b\n2 a:2 \"c\"\n3 a:3 #d\n");
	check_file(FILE_OF("\n"), NULL, "");
}

static void
the_mark_of_utf_8(void)
{
	check_file(FILE_OF("\xef\xbb\xbf"), NULL, "");
	check_file(FILE_OF("\xef\xbb\xbf\n"), NULL, "");
	check_file(FILE_OF("\xef\xbb\xbf"
			   "a\n"),
		   NULL, "1 a:1 a\n");
	check_file(FILE_OF("a\n\xef\xbb\xbf"
			   "b"),
		   NULL, "1 a:1 a\n2 a:2 \\239\\187\\191b\n");
	check_file(FILE_OF("\xef"), NULL, "1 a:1 \\239\n");
	check_file(FILE_OF("\xef\xbb"), NULL, "1 a:1 \\239\\187\n");
	check_file(FILE_OF("\xef\xbb\n"), NULL, "1 a:1 \\239\\187\n");
	check_file(FILE_OF("\xef\xbb\xbf\xef\xbb\xbf"
			   "a"),
		   NULL, "1 a:1 \\239\\187\\191a\n");
}

static void
files_one_after_the_other(void)
{
	static const char *const contents[] = {"\xef\xbb\xbf"
					       "a\nb",
					       "", "\n",
					       "\xef\xbb\xbf"
					       "c\nd\n"};

	check_files(contents, NULL, 4, NULL, "1 a:1 a\n2 a:2 b\n3 d:1 c\n4 d:2 d\n", "four");
}

static void
zero_octets(void)
{
	check_file(FILE_OF("a\0b\nc\n"), NULL, "1 a:1 a !a zero octet\n2 a:2 c\n");
	check_file(FILE_OF(" a \0\n"), NULL, "1 a:1 a !a zero octet\n");
	check_file(FILE_OF("\0"), NULL, "1 a:1  !a zero octet\n");
	check_file(FILE_OF("\xff\xfe"
			   "a\0\n\0"),
		   NULL, "1 a:1 \\255\\254a !a zero octet\n2 a:2  !a zero octet\n");
	check_file(FILE_OF("a,b\0c,d\n"), "1", "1 a:1 a !a zero octet\n");
	check_file(FILE_OF("a,b\0c,d\n"), "2", "1 a:1  !a zero octet\n");
}

/* Lines of INPUT_LINE octets, and of one more, with every end; behind them it goes on. */
static void
long_lines(void)
{
	static const char *const ends[] = {"\n", "\r\n", "\r", ""};
	static const size_t more[] = {0, 1, 2, INPUT_LINE, 10 * INPUT_LINE};
	static char octets[12 * INPUT_LINE];
	char shown[256], expected[600];

	memset(shown, 'x', 255);
	shown[255] = '\0';
	for (size_t i = 0; i < N_OF(ends); i++) {
		for (size_t j = 0; j < N_OF(more); j++) {
			size_t n = INPUT_LINE + more[j];
			bool goes_on = strchr(ends[i], '\n');

			memset(octets, 'x', n);
			n += (size_t)sprintf(octets + n, "%s%s", ends[i], goes_on ? "a\n" : "");
			snprintf(expected, sizeof(expected), "1 a:1 %s%s",
				 more[j] ? shown : "xxx...(65536)\n",
				 more[j] ? " !a line of more than 65536 octets\n" : "");
			if (goes_on)
				strcat(expected, "2 a:2 a\n");
			check_file(octets, n, NULL, expected);
		}
	}
}

/* What is shown of a long line ends where a character does, wherever it begins. */
static void
long_lines_end_with_a_character(void)
{
	static char octets[INPUT_LINE + 100];
	char expected[64 + 4 * 256];

	for (size_t blanks = 0; blanks < 4; blanks++) {
		size_t n = blanks, shown = 0;

		memset(octets, ' ', blanks);
		for (size_t i = 0; n < INPUT_LINE + 50; i++)
			octets[n++] = i % 2 ? '\xbc' : '\xc3';
		n = (size_t)snprintf(expected, sizeof(expected), "1 a:1 ");
		for (; shown < 127; shown++)
			n += (size_t)snprintf(expected + n, sizeof(expected) - n, "\\195\\188");
		snprintf(expected + n, sizeof(expected) - n,
			 " !a line of more than 65536 octets\n");
		check_file(octets, INPUT_LINE + 50, NULL, expected);
	}
	memset(octets, ' ', sizeof(octets));
	check_file(octets, sizeof(octets), NULL, "1 a:1  !a line of more than 65536 octets\n");
}

/* ---- CSV ------------------------------------------------------------------------------------ */

static void
a_column_by_number(void)
{
	check_file(FILE_OF("x,a\ny,b,z\r\n"), "2", "1 a:1 a\n2 a:2 b\n");
	check_file(FILE_OF("\"a\",x\n \"b\" ,y\n\"c\"\n"), "1", "1 a:1 a\n2 a:2 b\n3 a:3 c\n");
	check_file(FILE_OF("\xef\xbb\xbf\"a\"\n"), "1", "1 a:1 a\n");
	check_file(FILE_OF("\"a\"\"b\"\n\"a,b\"\n"), "01", "1 a:1 a\"b\n2 a:2 a,b\n");
	check_file(FILE_OF("a\n\n  \nb\n"), "1", "1 a:1 a\n2 a:4 b\n");
	check_file(FILE_OF("x\n,\n,\"\"\nx,a\n"), "2",
		   "1 a:1  !a row of CSV without the column\n"
		   "2 a:2  !a row of CSV with an empty column\n"
		   "3 a:3  !a row of CSV with an empty column\n4 a:4 a\n");
}

/* A row is one line: where a quote does not end the next lines may be its rest, which is told, too. */
static void
bad_csv(void)
{
	check_file(FILE_OF("a,\"x\ny\",b\nc\n"), "1",
		   "1 a:1 a !a quote of CSV that does not end on its line\n2 a:2 y\"\n3 a:3 c\n");
	check_file(FILE_OF("\"a\nb\n"), "1",
		   "1 a:1 a !a quote of CSV that does not end on its line\n2 a:2 b\n");
	check_file(FILE_OF("x,\"a\n"), "3",
		   "1 a:1  !a quote of CSV that does not end on its line\n");
	check_file(FILE_OF("\"a\"b,c\n"), "1", "1 a:1 a !text behind a field in quotes\n");
	check_file(FILE_OF("\"a\"b,c\n"), "2", "1 a:1  !text behind a field in quotes\n");
}

static void
a_column_by_name(void)
{
	static const char *const two[] = {"x,domain\n1,a\n", "\xef\xbb\xbf\"domain\",y\r\nb,2\n"};
	static const char *const with_empty[] = {"", "domain\na\n"};

	check_files(two, NULL, 2, "domain", "1 a:2 a\n2 b:2 b\n", "each file has a header");
	check_files(with_empty, NULL, 2, "domain", "1 b:2 a\n", "an empty file has none");
	check_file(FILE_OF(" domain , domain\na,b\n"), "domain", "1 a:2 a\n");
	check_file(FILE_OF("x y,b\na,\n"), "x y", "1 a:2 a\n");
	check_file(FILE_OF("domain"), "domain", "");
}

static void
check_complaint(const char *contents, const char *column, const char *expected, const char *said)
{
	char *text;

	hush();
	check_file(contents, strlen(contents), column, expected);
	text = hush_said();
	CHECK(strstr(text, said), "%s, column %s: %s", contents, column, text);
	free(text);
}

static void
a_column_that_is_not_there(void)
{
	check_complaint("x,y\na,b\n", "domain", "FAILED",
			"/a: no column \"domain\" in the first line\n");
	check_complaint("Domain\na\n", "domain", "FAILED", "no column");
	check_complaint("\ndomain\na\n", "domain", "FAILED", "no column");
	check_complaint("\"domain\nx\n", "domain", "FAILED", "no column");
	check_complaint("a\n", "0", "NOT OPENED", "option --csv-column: \"0\": expected 1-65536\n");
	check_complaint("a\n", "99999999999999999999", "NOT OPENED", "expected 1-65536\n");
	check_complaint("a\n", "", "NOT OPENED", "expected a number or a name\n");
}

/* Of a long row its columns are read as far as they are known to end. */
static void
long_rows(void)
{
	static char octets[INPUT_LINE + 100];

	memset(octets, 'x', sizeof(octets));
	memcpy(octets, "a,\"b\",", 6);
	octets[sizeof(octets) - 1] = '\n';
	check_file(octets, sizeof(octets), "1", "1 a:1 a !a line of more than 65536 octets\n");
	check_file(octets, sizeof(octets), "2", "1 a:1 b !a line of more than 65536 octets\n");
	check_file(octets, sizeof(octets), "3", "1 a:1  !a line of more than 65536 octets\n");
	check_file(octets, sizeof(octets), "4", "1 a:1  !a line of more than 65536 octets\n");
}

/* ---- Shards --------------------------------------------------------------------------------- */

/* Numbers are of all entries, and each is of one shard. */
static void
shards_share_a_list(void)
{
	static const char list[] = "a.example\nb.example\n\nc.example\nd.example\n\0e\nf.example\n";
	unsigned seen[7] = {0};

	list_begin();
	list_write("a", list, sizeof(list) - 1);
	for (uint64_t shard = 1; shard <= 3; shard++) {
		char *file = list_path("a");
		struct input_settings settings = {
			.files = &file, .n_files = 1, .shard = shard, .n_shards = 3};
		struct input_item item;
		struct input *input;

		CU_ASSERT_FATAL(input_open(&settings, &input));
		while (input_next(input, &item) == INPUT_ITEM) {
			CHECK(input_shard(item.domain, 3) == shard, "%s", item.domain);
			CHECK(item.line == item.number + (item.number > 2), "%s", item.domain);
			seen[item.number]++;
		}
		input_close(input);
	}
	for (size_t i = 1; i < N_OF(seen); i++)
		CHECK(seen[i] == 1, "entry %zu: %u times", i, seen[i]);
	list_end();
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(a_domain_a_line),
	UNIT_TEST(the_mark_of_utf_8),
	UNIT_TEST(files_one_after_the_other),
	UNIT_TEST(zero_octets),
	UNIT_TEST(long_lines),
	UNIT_TEST(long_lines_end_with_a_character),
	UNIT_TEST(a_column_by_number),
	UNIT_TEST(bad_csv),
	UNIT_TEST(a_column_by_name),
	UNIT_TEST(a_column_that_is_not_there),
	UNIT_TEST(long_rows),
	UNIT_TEST(shards_share_a_list),
	CU_TEST_INFO_NULL,
};
