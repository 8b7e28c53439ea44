/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/dane.h"

#include <stdlib.h>
#include <string.h>

#include "base/x509.h"

/* ---- RULES DANE-2: base domains ------------------------------------------------------------- */

static bool
has_addresses(const struct answer *answer, enum nmx_security security)
{
	return answer->state == ANSWER_DATA && answer->security == security;
}

/*
 * The signed answer decides if there is one; both come from the same names.
 *
 *	signed, no alias       the host; after it the domain whose alias it is (implicit MX)
 *	signed alias           its end, then the name it began with
 *	alias, end not signed  the host, provided that the alias itself is signed
 *	not signed             none
 */
struct dane_bases
dane_bases_of(const struct host *host, const struct host_answers *answers)
{
	bool a = has_addresses(&answers->a, NMX_SECURE);
	const struct answer *answer = a ? &answers->a : &answers->aaaa;
	struct dane_bases bases = {0};

	if (has_addresses(answer, NMX_SECURE)) {
		const uint8_t *end = answer->n_cnames ? answer->canonical : host->name;
		const uint8_t *first = host->alias ? host->alias : host->name;

		bases.names[bases.n++] = end;
		if (!dname_equal(end, first))
			bases.names[bases.n++] = first;
		return bases;
	}
	if (!has_addresses(answer, NMX_INSECURE))
		answer = &answers->a;
	if (has_addresses(answer, NMX_INSECURE) && answer->n_cnames) {
		bases.names[bases.n++] = host->name;
		bases.alias = true;
	}
	return bases;
}

/* ---- RULES DANE-5, DANE-8: records ----------------------------------------------------------- */

/* RFC 6698 section 2.1: matching types; the length of a digest says which. */
enum { MTYPE_FULL, MTYPE_SHA256, MTYPE_SHA512, N_MTYPES };
enum { USAGE_TA = 2, USAGE_EE = 3 };
enum { SELECTOR_CERTIFICATE, SELECTOR_KEY };

static const uint8_t digest_length[N_MTYPES] = {[MTYPE_SHA256] = 32, [MTYPE_SHA512] = 64};

/* False only if memory ran out. */
static bool
judge_data(const struct rr_tlsa *rr, enum nmx_tlsa_state *ret_state)
{
	enum x509_result is = rr->selector == SELECTOR_CERTIFICATE
				      ? x509_is_certificate(rr->data, rr->length)
				      : x509_is_public_key(rr->data, rr->length);

	*ret_state = is == X509_YES ? NMX_TLSA_USED : NMX_TLSA_BAD_DATA;
	return is != X509_NOMEM;
}

static bool
judge_record(const struct rr_tlsa *rr, enum nmx_tlsa_state *ret_state)
{
	*ret_state = NMX_TLSA_USED;
	if (rr->usage != USAGE_TA && rr->usage != USAGE_EE)
		*ret_state = NMX_TLSA_BAD_USAGE;
	else if (rr->selector > SELECTOR_KEY)
		*ret_state = NMX_TLSA_BAD_SELECTOR;
	else if (rr->mtype >= N_MTYPES)
		*ret_state = NMX_TLSA_BAD_MTYPE;
	else if (rr->mtype == MTYPE_FULL)
		return judge_data(rr, ret_state);
	else if (rr->length != digest_length[rr->mtype])
		*ret_state = NMX_TLSA_BAD_LENGTH;
	return true;
}

/* RFC 7671 section 9: of the digests for one usage and selector only the strongest is looked at. A
 * record without digest always is. */
static void
leave_weaker_digests(struct tlsa_record *records, size_t n)
{
	uint8_t strongest[2][2] = {{0}};

	for (size_t i = 0; i < n; i++) {
		const struct rr_tlsa *rr = &records[i].rr;

		if (records[i].state == NMX_TLSA_USED &&
		    rr->mtype > strongest[rr->usage - USAGE_TA][rr->selector])
			strongest[rr->usage - USAGE_TA][rr->selector] = rr->mtype;
	}
	for (size_t i = 0; i < n; i++) {
		const struct rr_tlsa *rr = &records[i].rr;

		if (records[i].state == NMX_TLSA_USED && rr->mtype != MTYPE_FULL &&
		    rr->mtype < strongest[rr->usage - USAGE_TA][rr->selector])
			records[i].state = NMX_TLSA_WEAKER;
	}
}

static bool
is_usable(const struct tlsa_record *record)
{
	return record->state <= NMX_TLSA_WEAKER;
}

/* 0 used, 1 ignored for another, 2 unusable: the used ones are the last that a limit may touch. */
static int
use_of(const struct tlsa_record *record)
{
	return record->state <= NMX_TLSA_WEAKER ? (int)record->state : NMX_TLSA_WEAKER + 1;
}

static int
by_use_and_content(const void *a, const void *b)
{
	const struct tlsa_record *x = a, *y = b;
	size_t n = x->rr.length < y->rr.length ? x->rr.length : y->rr.length;
	int order = use_of(x) - use_of(y);

	order = order ? order : x->rr.usage - y->rr.usage;
	order = order ? order : x->rr.selector - y->rr.selector;
	order = order ? order : x->rr.mtype - y->rr.mtype;
	order = order || n == 0 ? order : memcmp(x->rr.data, y->rr.data, n);
	return order ? order : (int)x->rr.length - (int)y->rr.length;
}

static bool
put_records(const struct answer *tlsa, struct arena *arena, struct dane_verdict *verdict)
{
	struct tlsa_record *records = arena_array(arena, tlsa->n_rrs, sizeof(*records));

	if (!records)
		return false;
	for (size_t i = 0; i < tlsa->n_rrs; i++) {
		records[i].rr = tlsa->rrs[i].tlsa;
		if (!judge_record(&records[i].rr, &records[i].state))
			return false;
	}
	leave_weaker_digests(records, tlsa->n_rrs);
	qsort(records, tlsa->n_rrs, sizeof(*records), by_use_and_content);
	verdict->records = records;
	verdict->n_records = tlsa->n_rrs < LIMIT_TLSA ? tlsa->n_rrs : LIMIT_TLSA;
	verdict->n_beyond = tlsa->n_rrs - verdict->n_records;
	verdict->state = is_usable(&records[0]) ? DANE_USABLE : DANE_UNUSABLE;
	return true;
}

const char *
dane_record_text(const struct tlsa_record *record, char buffer[static 16])
{
	struct text text = text_into(buffer, 16);

	text_printf(&text, "%u %u %u", record->rr.usage, record->rr.selector, record->rr.mtype);
	return buffer;
}

/* ---- What the answers say ------------------------------------------------------------------- */

/* Whatever is no proof is a failure. */
static bool
is_known(const struct answer *answer)
{
	return answer->state == ANSWER_DATA || answer_is_absence(answer);
}

static bool
is_signed_data(const struct answer *answer)
{
	return answer->state == ANSWER_DATA && answer->security == NMX_SECURE;
}

/*
 * An unsigned alias counts as none, whatever TLSA says. When its question failed, it only matters if
 * TLSA does not settle it: without signed records there is nothing to lose.
 */
static bool
alias_settles(struct dane_answers *answers, struct dane_verdict *verdict)
{
	bool known = is_known(&answers->alias);
	bool nothing = is_known(&answers->tlsa[0]) && !is_signed_data(&answers->tlsa[0]);

	if (!answers->bases.alias || (known && answers->alias.security == NMX_SECURE))
		return false;
	answers->n_used = !known && nothing; /* then TLSA has settled it */
	if (!known && !nothing) {
		verdict->state = DANE_UNKNOWN;
		verdict->base = answers->bases.names[0];
		verdict->answer = &answers->alias;
	}
	return true;
}

/*
 * The first base domain that has signed records decides, or fails:
 *
 *	TLSA of the base         verdict
 *	signed, one usable       usable
 *	signed, none usable      unusable
 *	absent, or unsigned      the next base; after the last: absent
 *	anything else            unknown
 */
bool
dane_judge(struct dane_answers *answers, struct arena *arena, struct dane_verdict *ret_verdict)
{
	struct dane_verdict verdict = {.state = DANE_ABSENT};

	answers->n_used = 0;
	answers->used_alias = answers->bases.alias;
	for (size_t i = 0; i < answers->bases.n && !alias_settles(answers, &verdict); i++) {
		const struct answer *tlsa = &answers->tlsa[i];

		answers->n_used = i + 1;
		if (is_known(tlsa) && !is_signed_data(tlsa))
			continue;
		verdict.base = answers->bases.names[i];
		verdict.answer = tlsa;
		verdict.state = DANE_UNKNOWN;
		if (is_signed_data(tlsa) && !put_records(tlsa, arena, &verdict))
			return false;
		break;
	}
	*ret_verdict = verdict;
	return true;
}
