/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/rr.h"

#include <string.h>

/* A record as it stands in the packet. */
struct raw {
	uint8_t owner[LIMIT_NAME];
	uint16_t type;
	uint32_t ttl;
	size_t rdata, rdlength; /* its place */
};

/* What one pass over the answer section needs to know. */
struct parse {
	const uint8_t *packet;
	size_t size;
	uint16_t type; /* asked */
	struct arena *arena;
	size_t answers; /* where the answer section begins */
	unsigned n_answers;
};

static bool
read_raw(struct cursor *c, struct raw *ret_raw)
{
	if (!dname_read(c, ret_raw->owner))
		return false;
	ret_raw->type = cursor_u16(c);
	cursor_u16(c); /* class */
	ret_raw->ttl = cursor_u32(c);
	if (ret_raw->ttl > INT32_MAX) /* RFC 2181 section 8 */
		ret_raw->ttl = 0;
	ret_raw->rdlength = cursor_u16(c);
	ret_raw->rdata = c->at;
	cursor_bytes(c, ret_raw->rdlength);
	return !c->failed;
}

/* A cursor over the record's RDATA that can still follow pointers to what stands before. */
static struct cursor
rdata_cursor(const struct parse *p, const struct raw *raw)
{
	struct cursor c = cursor_over(p->packet, raw->rdata + raw->rdlength);

	c.at = raw->rdata;
	return c;
}

static const uint8_t *
read_name_copy(struct cursor *c, struct arena *arena)
{
	uint8_t name[LIMIT_NAME];

	if (!dname_read(c, name))
		return NULL;
	return arena_copy(arena, name, dname_length(name));
}

static const uint8_t *
read_bytes_copy(struct cursor *c, size_t n, struct arena *arena)
{
	const uint8_t *bytes = cursor_bytes(c, n);

	return bytes ? arena_copy(arena, bytes, n) : NULL;
}

static void
read_address(struct cursor *c, uint8_t family, struct address *ret_address)
{
	size_t n = family == 4 ? 4 : 16;
	const uint8_t *bytes = cursor_bytes(c, n);

	ret_address->family = family;
	if (bytes)
		memcpy(ret_address->bytes, bytes, n);
}

/* The strings of a TXT record, one behind the other (RFC 7208 section 3.3, RFC 8461 section 3.1). */
static void
read_txt(struct cursor *c, struct arena *arena, struct rr_txt *ret_txt)
{
	uint8_t *joined = arena_alloc(arena, cursor_left(c));
	size_t length = 0;

	while (joined && cursor_left(c)) {
		size_t n = cursor_u8(c);
		const uint8_t *bytes = cursor_bytes(c, n);

		if (!bytes)
			return;
		memcpy(joined + length, bytes, n);
		length += n;
	}
	ret_txt->data = joined;
	ret_txt->length = length;
}

/* One record of the type asked; false if its RDATA is not exactly what the type says. */
static bool
read_typed(const struct parse *p, const struct raw *raw, union rr *ret_rr)
{
	struct cursor c = rdata_cursor(p, raw);

	switch (p->type) {
	case RR_A:
		read_address(&c, 4, &ret_rr->address);
		break;
	case RR_AAAA:
		read_address(&c, 6, &ret_rr->address);
		break;
	case RR_CNAME:
	case RR_NS:
		ret_rr->name = read_name_copy(&c, p->arena);
		break;
	case RR_MX:
		ret_rr->mx.preference = cursor_u16(&c);
		ret_rr->mx.exchange = read_name_copy(&c, p->arena);
		break;
	case RR_SRV:
		ret_rr->srv.priority = cursor_u16(&c);
		ret_rr->srv.weight = cursor_u16(&c);
		ret_rr->srv.port = cursor_u16(&c);
		ret_rr->srv.target = read_name_copy(&c, p->arena);
		break;
	case RR_TXT:
		read_txt(&c, p->arena, &ret_rr->txt);
		break;
	case RR_TLSA:
		ret_rr->tlsa.usage = cursor_u8(&c);
		ret_rr->tlsa.selector = cursor_u8(&c);
		ret_rr->tlsa.mtype = cursor_u8(&c);
		ret_rr->tlsa.length = (uint16_t)cursor_left(&c);
		ret_rr->tlsa.data = read_bytes_copy(&c, cursor_left(&c), p->arena);
		break;
	default:
		return false;
	}
	return !c.failed && cursor_left(&c) == 0;
}

static struct cursor
answer_cursor(const struct parse *p)
{
	struct cursor c = cursor_over(p->packet, p->size);

	c.at = p->answers;
	return c;
}

/* RFC 4034 section 3.1.3: fewer labels in the signature than in the owner, leaving out "*". */
static bool
shows_wildcard(const struct parse *p, const struct raw *rrsig, uint16_t type)
{
	struct cursor c = rdata_cursor(p, rrsig);
	unsigned labels = dname_labels(rrsig->owner);
	uint16_t covered = cursor_u16(&c);

	cursor_u8(&c); /* algorithm */
	if (rrsig->owner[0] == 1 && rrsig->owner[1] == '*')
		labels--;
	return covered == type && cursor_u8(&c) < labels && !c.failed;
}

/* The next step of the alias chain; false if there is none. An alias out of a wildcard counts as one
 * for all that it leads to. */
static bool
find_alias(const struct parse *p, const uint8_t *owner, uint8_t ret_target[static LIMIT_NAME],
	   struct rr_answer *answer)
{
	struct cursor c = answer_cursor(p);
	bool found = false, wildcard = false;
	struct raw raw;

	for (unsigned i = 0; i < p->n_answers && read_raw(&c, &raw); i++) {
		if (!dname_equal(raw.owner, owner))
			continue;
		if (raw.type == RR_RRSIG)
			wildcard |= shows_wildcard(p, &raw, RR_CNAME);
		if (raw.type != RR_CNAME || found)
			continue;
		struct cursor rdata = rdata_cursor(p, &raw);
		if (!dname_read(&rdata, ret_target))
			return false;
		if (raw.ttl < answer->ttl)
			answer->ttl = raw.ttl;
		found = true;
	}
	answer->wildcard |= found && wildcard;
	return found;
}

static enum rr_result
read_records(const struct parse *p, struct rr_answer *answer)
{
	struct cursor c = answer_cursor(p);
	struct raw raw;

	answer->rrs = arena_array(p->arena, p->n_answers ? p->n_answers : 1, sizeof(*answer->rrs));
	if (!answer->rrs)
		return RR_NOMEM;
	for (unsigned i = 0; i < p->n_answers && read_raw(&c, &raw); i++) {
		if (!dname_equal(raw.owner, answer->canonical))
			continue;
		if (raw.type == RR_RRSIG && shows_wildcard(p, &raw, p->type))
			answer->wildcard = true;
		if (raw.type != p->type)
			continue;
		if (!read_typed(p, &raw, &answer->rrs[answer->n_rrs]))
			return p->arena->failed ? RR_NOMEM : RR_MALFORMED;
		answer->n_rrs++;
		if (raw.ttl < answer->ttl)
			answer->ttl = raw.ttl;
	}
	return p->arena->failed ? RR_NOMEM : RR_OK;
}

/* For how long a SOA record denies (RFC 2308 section 5); false if it does not parse. */
static bool
read_negative_ttl(const struct parse *p, const struct raw *soa, uint32_t *ret_ttl)
{
	struct cursor rdata = rdata_cursor(p, soa);
	uint8_t name[LIMIT_NAME];
	uint32_t minimum;

	if (!dname_read(&rdata, name) || !dname_read(&rdata, name) || !cursor_bytes(&rdata, 16))
		return false;
	minimum = cursor_u32(&rdata);
	if (rdata.failed)
		return false;
	*ret_ttl = minimum < soa->ttl ? minimum : soa->ttl;
	return true;
}

/* The first SOA in the authority section, which begins at the cursor: who denies, and for how long. */
static enum rr_result
read_denial(const struct parse *p, struct cursor c, unsigned n_authorities,
	    struct rr_answer *answer)
{
	uint32_t ttl = LIMIT_NEGATIVE_TTL;
	struct raw raw;

	for (unsigned i = 0; i < n_authorities && read_raw(&c, &raw); i++) {
		if (raw.type != RR_SOA)
			continue;
		if (!read_negative_ttl(p, &raw, &ttl))
			break;
		answer->zone = arena_copy(p->arena, raw.owner, dname_length(raw.owner));
		if (!answer->zone)
			return RR_NOMEM;
		break;
	}
	if (ttl < answer->ttl)
		answer->ttl = ttl;
	return RR_OK;
}

static enum rr_result
follow_chain(const struct parse *p, const uint8_t *name, struct rr_answer *answer)
{
	uint8_t at[LIMIT_NAME], next[LIMIT_NAME];

	memcpy(at, name, dname_length(name));
	while (p->type != RR_CNAME && answer->n_cnames < LIMIT_CNAMES_COUNTED &&
	       find_alias(p, at, next, answer)) {
		memcpy(at, next, dname_length(next));
		answer->n_cnames++;
	}
	answer->canonical = arena_copy(p->arena, at, dname_length(at));
	return answer->canonical ? RR_OK : RR_NOMEM;
}

/*
 * The answer section is walked again for each alias and for the records: a handful of passes over a
 * packet that is in the first-level cache, instead of a table of records.
 */
enum rr_result
rr_parse(const uint8_t *packet, size_t size, const uint8_t *name, uint16_t type,
	 struct arena *arena, struct rr_answer *ret_answer)
{
	struct cursor c = cursor_over(packet, size);
	struct rr_answer answer = {.ttl = UINT32_MAX};
	struct parse p = {packet, size, type, arena, 0, 0};
	unsigned flags, n_questions, n_authorities;
	uint8_t question[LIMIT_NAME];
	enum rr_result result;
	struct raw raw;

	cursor_u16(&c); /* id */
	flags = cursor_u16(&c);
	n_questions = cursor_u16(&c);
	p.n_answers = cursor_u16(&c);
	n_authorities = cursor_u16(&c);
	cursor_u16(&c); /* additional: never used, RULES SRV-10 */
	answer.rcode = flags & 15;
	for (unsigned i = 0; i < n_questions; i++)
		if (!dname_read(&c, question) || !cursor_bytes(&c, 4))
			return RR_MALFORMED;
	p.answers = c.at;
	if (c.failed || p.n_answers > LIMIT_RECORDS)
		return RR_MALFORMED;
	for (unsigned i = 0; i < p.n_answers; i++)
		if (!read_raw(&c, &raw))
			return RR_MALFORMED;
	result = follow_chain(&p, name, &answer);
	if (result == RR_OK)
		result = read_records(&p, &answer);
	if (result == RR_OK && answer.n_rrs == 0)
		result = read_denial(&p, c, n_authorities, &answer);
	if (result == RR_OK)
		*ret_answer = answer;
	return result;
}

const char *
rr_type_name(uint16_t type)
{
	switch (type) {
	case RR_A:
		return "A";
	case RR_NS:
		return "NS";
	case RR_CNAME:
		return "CNAME";
	case RR_SOA:
		return "SOA";
	case RR_MX:
		return "MX";
	case RR_TXT:
		return "TXT";
	case RR_AAAA:
		return "AAAA";
	case RR_SRV:
		return "SRV";
	case RR_RRSIG:
		return "RRSIG";
	case RR_TLSA:
		return "TLSA";
	default:
		return "OTHER";
	}
}

const char *
rr_rcode_name(unsigned rcode)
{
	static const char *const names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
					    "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
					    "NXRRSET", "NOTAUTH", "NOTZONE"};

	return rcode < sizeof(names) / sizeof(names[0]) ? names[rcode] : "OTHER";
}
