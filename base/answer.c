/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/answer.h"

#include <string.h>

static struct answer
failure(enum answer_state state, unsigned rcode)
{
	return (struct answer){.state = state,
			       .security = state == ANSWER_BOGUS ? NMX_BOGUS : NMX_INDETERMINATE,
			       .rcode = rcode,
			       .ttl = LIMIT_FAILURE_TTL};
}

/*
 * The reason quotes names from outside: kept printable and short. Of a key that was found bad before
 * libunbound says so, and for which question: that may have been another domain's, and is nobody's business
 * here. What was wrong with it follows, and is all that is kept, so that the reason does not depend on what
 * was asked earlier.
 */
static const char *
printable_reason(const char *why, struct arena *arena)
{
	static const char key[] = "key for validation ", earlier[] = "previous validation failure";
	char buffer[LIMIT_BOGUS_REASON];
	struct text text = text_into(buffer, sizeof(buffer));
	const char *begin, *other, *end;

	if (!why)
		return NULL;
	begin = strstr(why, key);
	other = begin ? strstr(begin, earlier) : NULL;
	end = other ? strstr(other, ">: ") : NULL;
	if (end) {
		text_escaped(&text, why, (size_t)(begin - why));
		why = end + strlen(">: ");
	}
	text_escaped(&text, why, strlen(why));
	return arena_copy(arena, buffer, strlen(buffer) + 1);
}

static struct answer
judge_bogus(const struct answer_raw *raw, const struct rr_answer *rr, struct arena *arena)
{
	struct answer answer = failure(ANSWER_BOGUS, rr ? rr->rcode : RCODE_SERVFAIL);

	answer.bogus = printable_reason(raw->why_bogus, arena);
	return answer;
}

/* In the header, so that it holds whatever the rest looks like. */
static bool
is_truncated(const struct answer_raw *raw)
{
	struct cursor c = cursor_over(raw->packet, raw->size);

	cursor_u16(&c); /* id */
	return cursor_u16(&c) & 0x0200;
}

struct answer
answer_judge(const struct answer_raw *raw, const uint8_t *name, uint16_t type, struct arena *arena)
{
	struct rr_answer rr;
	enum rr_result result;

	if (raw->rcode != 0)
		return failure(ANSWER_FAILED, (unsigned)raw->rcode);
	if (!raw->packet || is_truncated(raw))
		return failure(ANSWER_FAILED, RCODE_SERVFAIL);
	result = rr_parse(raw->packet, raw->size, name, type, arena, &rr);
	if (result == RR_NOMEM)
		return failure(ANSWER_NOMEM, RCODE_SERVFAIL);
	if (raw->security == 1)
		return judge_bogus(raw, result == RR_OK ? &rr : NULL, arena);
	if (result != RR_OK)
		return failure(ANSWER_FAILED, RCODE_FORMERR);
	if (rr.rcode != RCODE_NOERROR && rr.rcode != RCODE_NXDOMAIN)
		return failure(ANSWER_FAILED, rr.rcode);
	return (struct answer){
		.state = rr.rcode == RCODE_NXDOMAIN ? ANSWER_NXDOMAIN
			 : rr.n_rrs		    ? ANSWER_DATA
						    : ANSWER_NODATA,
		.security = raw->security == 2 ? NMX_SECURE : NMX_INSECURE,
		.rcode = rr.rcode,
		.n_cnames = rr.n_cnames,
		.canonical = rr.canonical,
		.rrs = rr.rrs,
		.n_rrs = rr.rcode == RCODE_NXDOMAIN ? 0 : rr.n_rrs,
		.wildcard = rr.wildcard,
		.zone = rr.zone,
		.ttl = rr.ttl,
	};
}

const char *
answer_rcode_name(const struct answer *answer)
{
	switch (answer->state) {
	case ANSWER_NONE:
	case ANSWER_PENDING:
	case ANSWER_TIMEOUT:
		return "TIMEOUT";
	case ANSWER_OVERLOAD:
	case ANSWER_LIMIT:
	case ANSWER_NOMEM:
		return "OVERLOAD";
	default:
		return rr_rcode_name(answer->rcode);
	}
}
