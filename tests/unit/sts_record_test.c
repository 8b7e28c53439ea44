/* SPDX-License-Identifier: BSD-2-Clause */
/* RULES STS-1: which TXT record counts, and its id, by the grammar of RFC 8461 section 3.1. */
#include "policy/sts.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

const char unit_name[] = "policy/sts_record";

enum { MOST_RRS = 8 };

struct record_case {
	const char *rrs; /* with "|" between them; NULL: none */
	const char *said;
};

/* What is said of the records: "id ID", "id ID, remark", "absent", "invalid: fault". */
static const char *
said_of(const struct sts_bytes *rrs, size_t n)
{
	static char text[400];
	struct sts_record record = sts_record_read(rrs, n);

	CHECK(record.valid == (record.id[0] != '\0'), "id \"%s\"", record.id);
	CHECK(record.valid == (record.fault == NULL), "id \"%s\"", record.id);
	CHECK(record.valid || !record.remark, "a remark on nothing");
	CHECK(!record.valid || !record.absent, "id \"%s\"", record.id);
	if (record.valid)
		snprintf(text, sizeof(text), "id %s%s%.20s", record.id, record.remark ? ", " : "",
			 record.remark ? record.remark : "");
	else
		snprintf(text, sizeof(text), "%s: %s", record.absent ? "absent" : "invalid",
			 record.fault);
	return text;
}

static const char *
said_of_text(const char *text)
{
	struct sts_bytes rrs[MOST_RRS];
	size_t n = 0;

	for (const char *rr = text; rr && n < MOST_RRS; n++) {
		const char *end = strchr(rr, '|');

		rrs[n] = (struct sts_bytes){(const uint8_t *)rr,
					    end ? (size_t)(end - rr) : strlen(rr)};
		rr = end ? end + 1 : NULL;
	}
	return said_of(rrs, n);
}

static void
check_all(const struct record_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		CHECK_TEXT(said_of_text(cases[i].rrs), cases[i].said, "case %zu: %s", i,
			   cases[i].rrs ? cases[i].rrs : "none");
}

#define ABSENT "absent: no record begins with v=STSv1;"
#define SEVERAL "invalid: several records begin with v=STSv1;"
#define BAD_ID "invalid: the id is not 1 to 32 letters and digits"
#define NO_ID "invalid: the record has no id"
#define ODD ", a field is not NAME="
#define EMPTY ", a field is empty; ot"
#define FIRST ", only the first id co"

/* STS-1: those that do not begin with "v=STSv1" *WSP ";" are dropped before counting. */
static void
sts_1_which_record_counts(void)
{
	static const struct record_case cases[] = {
		{NULL, ABSENT},
		{"", ABSENT},
		{"v=spf1 -all", ABSENT},
		{"v=STSv1", ABSENT},
		{"v=STSv1 id=1", ABSENT},
		{"v=STSv1,id=1", ABSENT},
		{"v=STSv1x; id=1", ABSENT},
		{"v=STSv12; id=1", ABSENT},
		{"v=STSv2; id=1", ABSENT},
		{"v=stsv1; id=1", ABSENT},
		{"V=STSv1; id=1", ABSENT},
		{" v=STSv1; id=1", ABSENT},
		{"v= STSv1; id=1", ABSENT},
		{"v =STSv1; id=1", ABSENT},
		{"\"v=STSv1; id=1\"", ABSENT},
		{"id=1; v=STSv1;", ABSENT},
		{"v=STSv1\n; id=1", ABSENT},
		{"v=STSv", ABSENT},
		{"v=STSv1; id=1", "id 1"},
		{"v=STSv1;id=1", "id 1"},
		{"v=STSv1 ;id=1", "id 1"},
		{"v=STSv1 \t ; id=1", "id 1"},
		{"v=spf1 -all|v=STSv1; id=1|v=STSv2; id=2|", "id 1"},
		{"v=STSv1; id=1|v=STSv1", "id 1"},
		{"v=STSv1; id=1|v=STSv1; id=2", SEVERAL},
		{"v=STSv1; id=1|v=STSv1; id=1", SEVERAL},
		{"v=STSv1; id=1|x|v=STSv1;", SEVERAL},
		{"v=STSv1; id=-|v=STSv1 ;|v=STSv1;", SEVERAL},
	};

	check_all(cases, N_OF(cases));
}

/* STS-1: 1 to 32 letters and digits, the first counts; to the letter. */
static void
sts_1_the_id(void)
{
	static const struct record_case cases[] = {
		{"v=STSv1;", NO_ID},
		{"v=STSv1; ", NO_ID},
		{"v=STSv1; id", NO_ID},
		{"v=STSv1; ID=1", NO_ID},
		{"v=STSv1; id =1", NO_ID},
		{"v=STSv1; xid=1", NO_ID},
		{"v=STSv1; a=1; b=2;", NO_ID},
		{"v=STSv1; id=", BAD_ID},
		{"v=STSv1; id=;", BAD_ID},
		{"v=STSv1; id= 1", BAD_ID},
		{"v=STSv1; id=1 2", BAD_ID},
		{"v=STSv1; id=2026-11-23", BAD_ID},
		{"v=STSv1; id=1=", BAD_ID},
		{"v=STSv1; id=a_b", BAD_ID},
		{"v=STSv1; id=\xc3\xbc", BAD_ID},
		{"v=STSv1; id=1, x=2", BAD_ID},
		{"v=STSv1; id=20160831085700Z;", "id 20160831085700Z"},
		{"v=STSv1; id=abcXYZ0123456789abcXYZ0123456789",
		 "id abcXYZ0123456789abcXYZ0123456789"},
		{"v=STSv1; id=abcXYZ0123456789abcXYZ01234567890", BAD_ID},
		{"v=STSv1; id=1; id=2", "id 1" FIRST},
		{"v=STSv1; id=1; id=", "id 1" FIRST},
		{"v=STSv1; id=-; id=2", BAD_ID},
		{"v=STSv1; id=; id=2", BAD_ID},
	};

	check_all(cases, N_OF(cases));
}

/* STS-1: other fields are ignored, those that are no NAME=VALUE, too: to refuse the record for
 * them would leave mail without the policy. */
static void
sts_1_other_fields(void)
{
	static const struct record_case cases[] = {
		{"v=STSv1; a=b; id=1;", "id 1"},
		{"v=STSv1; id=1; a-b_c.d=!:<>~;", "id 1"},
		{"v=STSv1; id=1; v=STSv2", "id 1"},
		{"v=STSv1 \t;\t id=1 \t;\t a=b \t;\t ", "id 1"},
		{"v=STSv1; id=1; a23456789a123456789a123456789b12=x", "id 1"},
		{"v=STSv1; id=1; a23456789a123456789a123456789b123=x", "id 1" ODD},
		{"v=STSv1; id=1; a", "id 1" ODD},
		{"v=STSv1; id=1; a=", "id 1" ODD},
		{"v=STSv1; id=1; =a", "id 1" ODD},
		{"v=STSv1; id=1; a=b=c", "id 1" ODD},
		{"v=STSv1; id=1; a=b c", "id 1" ODD},
		{"v=STSv1; id=1; a =b", "id 1" ODD},
		{"v=STSv1; id=1; -a=b", "id 1" ODD},
		{"v=STSv1; id=1; a=\x7f", "id 1" ODD},
		{"v=STSv1; id=1; a=\xc3\xbc", "id 1" ODD},
		{"v=STSv1; \x01; id=1", "id 1" ODD},
		{"v=STSv1; x; id=1; id=2", "id 1" ODD},
		{"v=STSv1;; id=1", "id 1" EMPTY},
		{"v=STSv1; id=1;;", "id 1" EMPTY},
		{"v=STSv1; ; ; x; id=1", "id 1" EMPTY},
	};

	check_all(cases, N_OF(cases));
}

/* Octets of every value, in each place. */
static void
sts_1_every_octet(void)
{
	char text[] = "v=STSv1; id=1?; a=b?";

	for (unsigned octet = 0; octet < 256; octet++) {
		struct sts_bytes rr = {(const uint8_t *)text, sizeof(text) - 1};
		bool digit = octet >= '0' && octet <= '9';
		bool letter = (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z');
		bool blank = octet == ' ' || octet == '\t' || octet == ';';
		bool visible = octet > 0x20 && octet < 0x7f && octet != '=';
		const char *said;

		text[13] = (char)octet;
		text[19] = '?';
		said = said_of(&rr, 1);
		CHECK((strncmp(said, "id 1", 4) == 0) == (digit || letter || blank), "%u: %s",
		      octet, said);
		text[13] = ' ';
		text[19] = (char)octet;
		said = said_of(&rr, 1);
		CHECK_TEXT(said, visible || blank ? "id 1" : "id 1" ODD, "%u", octet);
	}
}

/* The strings of an RR are joined: what is cut anywhere means less, never something else. */
static void
sts_1_a_record_cut_anywhere(void)
{
	static const char whole[] = "v=STSv1; id=20160831; a=b";

	for (size_t n = 0; n < sizeof(whole); n++) {
		struct sts_bytes rr = {(const uint8_t *)whole, n};
		struct sts_record record = sts_record_read(&rr, 1);

		CHECK(record.absent == (n < 8), "%zu", n);
		CHECK(record.valid == (n > 12), "%zu", n);
		CHECK(strncmp(record.id, whole + 12, strlen(record.id)) == 0, "%zu", n);
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(sts_1_which_record_counts),	UNIT_TEST(sts_1_the_id),
	UNIT_TEST(sts_1_other_fields),		UNIT_TEST(sts_1_every_octet),
	UNIT_TEST(sts_1_a_record_cut_anywhere), CU_TEST_INFO_NULL,
};
