/* SPDX-License-Identifier: BSD-2-Clause */
/* The TXT record of _mta-sts.DOMAIN (RULES STS-1, RFC 8461 section 3.1). */
#include "policy/sts_bytes.h"

#include <string.h>

/* "v=STSv1" *WSP ";", as the grammar has it; the text of section 3.1 has no blanks there
 * (erratum 6285). */
static bool
read_version(struct cursor *rr)
{
	static const char version[] = "v=STSv1";
	const size_t n = sizeof(version) - 1;
	bool found;

	return cursor_left(rr) >= n && memcmp(cursor_bytes(rr, n), version, n) == 0 &&
	       sts_bytes_trim(sts_bytes_until(rr, ';', &found)).length == 0 && found;
}

/* The value of an extension field: visible ASCII but "=" and ";", which ended the field. */
static bool
is_value(struct sts_bytes value)
{
	struct cursor c = cursor_over(value.data, value.length);

	while (cursor_left(&c)) {
		uint8_t octet = cursor_u8(&c);

		if (octet < 0x21 || octet > 0x7e || octet == '=')
			return false;
	}
	return value.length != 0;
}

/* The first one is enough to begin with. */
static void
remark(struct sts_record *record, const char *text)
{
	if (!record->remark)
		record->remark = text;
}

/* The id, or why it is none. */
static void
read_id(struct sts_bytes value, struct sts_record *record)
{
	if (!sts_bytes_are_alphanumeric(value, LIMIT_STS_ID)) {
		record->fault = "the id is not 1 to 32 letters and digits";
		return;
	}
	memcpy(record->id, value.data, value.length);
	record->id[value.length] = '\0';
	record->valid = true;
}

/*
 * One field, blanks around it gone:
 *
 *	id=VALUE, the first	it is the id, or the record is invalid
 *	id=VALUE, another	ignored (RFC 8461 section 3.2: the first counts)
 *	NAME=VALUE		ignored: an extension
 *	anything else		ignored
 *
 * By the grammar the last makes the whole record invalid. It is ignored all the same: the record
 * only says that there is a policy, and which; the policy proves itself by HTTPS, and to refuse
 * the record would leave mail without it. The id is read to the letter: nothing could stand for a
 * wrong one.
 */
static void
read_field(struct sts_bytes field, struct sts_record *record)
{
	struct cursor c = cursor_over(field.data, field.length);
	bool assigned;
	struct sts_bytes name = sts_bytes_until(&c, '=', &assigned);
	struct sts_bytes value = {field.data + c.at, field.length - c.at};

	if (assigned && sts_bytes_is(name, "id")) {
		if (record->valid || record->fault)
			remark(record, "only the first id counts");
		else
			read_id(value, record);
	} else if (!assigned || !sts_bytes_are_key(name) || !is_value(value)) {
		remark(record, "a field is not NAME=VALUE as RFC 8461 has it; others may refuse "
			       "the record");
	}
}

/* The fields behind the version, with ";" between them; one may stand at the end. */
static void
read_fields(struct cursor *rr, struct sts_record *record)
{
	while (cursor_left(rr)) {
		bool more;
		struct sts_bytes field = sts_bytes_trim(sts_bytes_until(rr, ';', &more));

		if (field.length)
			read_field(field, record);
		else if (more)
			remark(record, "a field is empty; others may refuse the record");
	}
	if (!record->valid && !record->fault)
		record->fault = "the record has no id";
}

/*
 *	records that begin with v=STSv1;
 *	none		absent
 *	one		valid if its id is
 *	several		invalid, even if they are alike
 */
struct sts_record
sts_record_read(const struct sts_bytes *rrs, size_t n)
{
	struct sts_record record = {.absent = true};
	struct cursor found = {0};
	size_t n_found = 0;

	for (size_t i = 0; i < n; i++) {
		struct cursor rr = cursor_over(rrs[i].data, rrs[i].length);

		if (read_version(&rr) && n_found++ == 0)
			found = rr;
	}
	record.absent = n_found == 0;
	if (n_found == 0)
		record.fault = "no record begins with v=STSv1;";
	else if (n_found > 1)
		record.fault = "several records begin with v=STSv1;";
	else
		read_fields(&found, &record);
	if (!record.valid)
		record.remark = NULL;
	return record;
}
