/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/rr.h"

#include <string.h>

/* A record as it stands in the packet. */
struct raw {
	const uint8_t *owner; /* until the next one is read */
	uint16_t type;
	uint32_t ttl;
	size_t rdata, rdlength; /* its place */
};

/* What a pass over the answer section needs to know. */
struct parse {
	const uint8_t *packet;
	size_t size;
	const uint8_t *name; /* asked */
	uint16_t type;
	struct arena *arena;
	size_t name_at; /* where the packet spells the name, exactly so; 0: nowhere */
	size_t answers; /* where the answer section begins */
	unsigned n_answers;
	bool has_aliases;	   /* a CNAME record was seen */
	uint8_t owner[LIMIT_NAME]; /* of the record read last */
};

/* The label of a name that begins there; NULL if none does. */
static const uint8_t *
label_at(const uint8_t *name, size_t at)
{
	size_t i = 0;

	while (i < at && name[i])
		i += (size_t)name[i] + 1;
	return i == at ? name + i : NULL;
}

/* Nearly every owner is a pointer into the name that was asked for, which needs no reading. */
static const uint8_t *
read_owner(struct cursor *c, struct parse *p)
{
	struct cursor ahead = *c;
	unsigned pointer = cursor_u16(&ahead);
	const uint8_t *owner = NULL;

	if (p->name_at && !ahead.failed && pointer >= 0xc000 + p->name_at)
		owner = label_at(p->name, pointer - 0xc000 - p->name_at);
	if (owner)
		*c = ahead;
	else if (dname_read(c, p->owner))
		owner = p->owner;
	return owner;
}

static bool
read_question(struct cursor *c, struct parse *p)
{
	size_t n = dname_length(p->name);
	struct cursor ahead = *c;
	const uint8_t *spelt = cursor_bytes(&ahead, n);

	if (!spelt || memcmp(spelt, p->name, n) != 0)
		return dname_skip(c) && cursor_bytes(c, 4);
	p->name_at = c->at;
	*c = ahead;
	return cursor_bytes(c, 4);
}

static bool
read_raw(struct cursor *c, struct parse *p, struct raw *ret_raw)
{
	const uint8_t *owner = read_owner(c, p), *fixed = cursor_bytes(c, 10);

	if (!owner || !fixed)
		return false;
	ret_raw->owner = owner;
	ret_raw->type = (uint16_t)(fixed[0] << 8 | fixed[1]); /* the class follows */
	ret_raw->ttl = (uint32_t)fixed[4] << 24 | (uint32_t)fixed[5] << 16 |
		       (uint32_t)fixed[6] << 8 | fixed[7];
	if (ret_raw->ttl > INT32_MAX) /* RFC 2181 section 8 */
		ret_raw->ttl = 0;
	ret_raw->rdlength = (size_t)fixed[8] << 8 | fixed[9];
	ret_raw->rdata = c->at;
	return cursor_bytes(c, ret_raw->rdlength);
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
find_alias(struct parse *p, const uint8_t *owner, uint8_t ret_target[static LIMIT_NAME],
	   struct rr_answer *answer)
{
	struct cursor c = answer_cursor(p);
	bool found = false, wildcard = false;
	struct raw raw;

	for (unsigned i = 0; i < p->n_answers && read_raw(&c, p, &raw); i++) {
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

/* The records at the canonical name. The cursor stands at the answer section, and moves past it. */
static enum rr_result
read_records(struct parse *p, struct cursor *c, struct rr_answer *answer)
{
	bool malformed = false;
	struct raw raw;

	if (p->n_answers == 0)
		return RR_OK;
	answer->rrs = arena_array(p->arena, p->n_answers, sizeof(*answer->rrs));
	if (!answer->rrs)
		return RR_NOMEM;
	for (unsigned i = 0; i < p->n_answers && read_raw(c, p, &raw); i++) {
		p->has_aliases |= raw.type == RR_CNAME;
		if (!dname_equal(raw.owner, answer->canonical))
			continue;
		if (raw.type == RR_RRSIG && shows_wildcard(p, &raw, p->type))
			answer->wildcard = true;
		if (raw.type != p->type)
			continue;
		malformed |= !read_typed(p, &raw, &answer->rrs[answer->n_rrs++]);
		if (raw.ttl < answer->ttl)
			answer->ttl = raw.ttl;
	}
	if (p->arena->failed)
		return RR_NOMEM;
	return malformed || c->failed ? RR_MALFORMED : RR_OK;
}

/* For how long a SOA record denies (RFC 2308 section 5); false if it does not parse. */
static bool
read_negative_ttl(const struct parse *p, const struct raw *soa, uint32_t *ret_ttl)
{
	struct cursor rdata = rdata_cursor(p, soa);
	uint32_t minimum;

	if (!dname_skip(&rdata) || !dname_skip(&rdata) || !cursor_bytes(&rdata, 16))
		return false;
	minimum = cursor_u32(&rdata);
	if (rdata.failed)
		return false;
	*ret_ttl = minimum < soa->ttl ? minimum : soa->ttl;
	return true;
}

/* The first SOA in the authority section, which begins at the cursor: who denies, and for how long. */
static enum rr_result
read_denial(struct parse *p, struct cursor c, unsigned n_authorities, struct rr_answer *answer)
{
	uint32_t ttl = LIMIT_NEGATIVE_TTL;
	struct raw raw;

	for (unsigned i = 0; i < n_authorities && read_raw(&c, p, &raw); i++) {
		if (raw.type != RR_SOA)
			continue;
		if (!read_negative_ttl(p, &raw, &ttl))
			break;
		answer->zone = raw.owner == p->owner
				       ? arena_copy(p->arena, raw.owner, dname_length(raw.owner))
				       : raw.owner;
		if (!answer->zone)
			return RR_NOMEM;
		break;
	}
	if (ttl < answer->ttl)
		answer->ttl = ttl;
	return RR_OK;
}

static enum rr_result
follow_chain(struct parse *p, struct rr_answer *answer)
{
	struct cursor c = answer_cursor(p);
	const uint8_t *name = p->name;
	uint8_t at[LIMIT_NAME], next[LIMIT_NAME];

	*answer = (struct rr_answer){.ttl = UINT32_MAX};
	while (answer->n_cnames < LIMIT_CNAMES_COUNTED && find_alias(p, name, next, answer)) {
		memcpy(at, next, dname_length(next));
		name = at;
		answer->n_cnames++;
	}
	answer->canonical = name == at ? arena_copy(p->arena, at, dname_length(at)) : name;
	return answer->canonical ? read_records(p, &c, answer) : RR_NOMEM;
}

/*
 * One pass over the answer section, unless there are aliases; then it is walked again for each, and for the
 * records: a handful of passes over a packet that is in the first-level cache, instead of a table.
 */
enum rr_result
rr_parse(const uint8_t *packet, size_t size, const uint8_t *name, uint16_t type,
	 struct arena *arena, struct rr_answer *ret_answer)
{
	struct cursor c = cursor_over(packet, size);
	struct rr_answer answer = {.ttl = UINT32_MAX, .canonical = name};
	struct parse p;
	unsigned flags, n_questions, n_authorities;
	enum rr_result result;

	p.packet = packet;
	p.size = size;
	p.name = name;
	p.type = type;
	p.arena = arena;
	p.name_at = 0;
	p.has_aliases = false;
	cursor_u16(&c); /* id */
	flags = cursor_u16(&c);
	n_questions = cursor_u16(&c);
	p.n_answers = cursor_u16(&c);
	n_authorities = cursor_u16(&c);
	cursor_u16(&c); /* additional: never used, RULES SRV-10 */
	for (unsigned i = 0; i < n_questions; i++)
		if (!read_question(&c, &p))
			return RR_MALFORMED;
	p.answers = c.at;
	if (c.failed || p.n_answers > LIMIT_RECORDS)
		return RR_MALFORMED;
	result = read_records(&p, &c, &answer);
	if (!c.failed && p.has_aliases && type != RR_CNAME)
		result = follow_chain(&p, &answer);
	answer.rcode = flags & 15;
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
