/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/addresses.h"

#include <stdlib.h>
#include <string.h>

#include "policy/deadline.h"
#include "policy/order.h"
#include "policy/special.h"

/* ---- RULES ADR-1: one address --------------------------------------------------------------- */

/* The longest prefix of the set that contains the address, offset added; -1 if none. */
static int
longest(const struct network_set *set, const struct address *address, int offset)
{
	int best = -1;

	for (size_t i = 0; i < set->n; i++)
		if (network_contains(&set->networks[i], address) &&
		    set->networks[i].prefix + offset > best)
			best = set->networks[i].prefix + offset;
	return best;
}

static int
most(int a, int b)
{
	return a > b ? a : b;
}

/* special is the address's entry. */
static bool
inside(const struct special *special, const struct network_set *nat64,
       const struct address *address, struct address *ret_inside)
{
	if (address->family != 6 ||
	    !((special && special->kind == SPECIAL_EMBEDS) || longest(nat64, address, 0) >= 0))
		return false;
	*ret_inside = (struct address){.family = 4};
	memcpy(ret_inside->bytes, address->bytes + 12, 4);
	return true;
}

bool
address_inside(const struct network_set *nat64, const struct address *address,
	       struct address *ret_inside)
{
	return address->family == 6 && inside(special_find(address), nat64, address, ret_inside);
}

/*
 * The operator's networks come first, the more specific one wins and a tie is denied. An address
 * with an IPv4 address inside is matched in both forms, IPv4 prefixes counting from bit 96.
 */
struct address_verdict
address_judge(const struct policy_settings *settings, const struct address *address)
{
	const struct special *special = special_find(address);
	struct address_verdict verdict = {.usable = true};
	int allow = longest(&settings->allow, address, 0);
	int deny = longest(&settings->deny, address, 0);

	verdict.embedded = inside(special, &settings->nat64, address, &verdict.inside);
	if (verdict.embedded) {
		allow = most(allow, longest(&settings->allow, &verdict.inside, 96));
		deny = most(deny, longest(&settings->deny, &verdict.inside, 96));
		special = special_find(&verdict.inside);
	}
	if (deny >= 0 && deny >= allow) {
		verdict.usable = false;
		verdict.code = NMX_DROP_DENIED_ADDRESS;
	} else if (allow < 0 && special && special->kind == SPECIAL_REFUSED) {
		verdict.usable = false;
		verdict.code = special->code;
		verdict.why = special->name;
	}
	return verdict;
}

/* ---- One host ------------------------------------------------------------------------------- */

struct judge {
	struct stage *stage;
	const struct policy_settings *settings;
	struct notes *notes;
};

static void
put_out(const struct judge *j, struct host *host, enum nmx_drop_code code, enum why_code why,
	const char *a, const char *b, const char *c)
{
	notes_drop(j->notes,
		   &(struct drop){j->stage->source, code, host->port, host->name, NULL, 0}, why, a,
		   b, c);
	host->out = true;
}

static void
drop_address(const struct judge *j, const struct host *host, const struct address *address,
	     const struct address_verdict *verdict)
{
	struct drop drop = {j->stage->source, verdict->code, host->port, host->name, address, 0};

	if (verdict->code == NMX_DROP_DENIED_ADDRESS)
		notes_drop(j->notes, &drop, WHY_DROP_DENIED);
	else if (verdict->embedded)
		notes_drop(j->notes, &drop, WHY_DROP_SPECIAL_INSIDE, verdict->why,
			   &verdict->inside);
	else
		notes_drop(j->notes, &drop, WHY_DROP_SPECIAL, verdict->why);
}

static int
by_address(const void *a, const void *b)
{
	const union rr *x = a, *y = b;

	return address_compare(&x->address, &y->address);
}

/* How many of an answer's addresses are looked at. */
static size_t
judged(const struct answer *answer)
{
	return answer->n_rrs < LIMIT_ADDRESSES_JUDGED ? answer->n_rrs : LIMIT_ADDRESSES_JUDGED;
}

/* Adds the usable ones of an answer's addresses to the host's. */
static void
judge_family(const struct judge *j, struct host *host, const struct answer *answer)
{
	enum nmx_security naming = j->stage->security;
	enum nmx_security security =
		answer->security == NMX_SECURE && naming == NMX_SECURE ? NMX_SECURE : NMX_INSECURE;
	size_t n = judged(answer);

	if (answer->state != ANSWER_DATA)
		return;
	if (n > 1)
		qsort(answer->rrs, answer->n_rrs, sizeof(*answer->rrs), by_address);
	for (size_t i = 0; i < n; i++) {
		const struct address *address = &answer->rrs[i].address;
		struct address_verdict verdict = address_judge(j->settings, address);

		if (i && address_compare(address, &answer->rrs[i - 1].address) == 0)
			continue;
		if (!verdict.usable) {
			drop_address(j, host, address, &verdict);
		} else if (j->settings->dnssec_required && answer->security != NMX_SECURE) {
			notes_drop(j->notes,
				   &(struct drop){j->stage->source, NMX_DROP_DNSSEC_REQUIRED,
						  host->port, host->name, address, 0},
				   WHY_DROP_INSECURE_ADDRESS);
		} else {
			host->addresses[host->n_addresses++] =
				(struct host_address){*address, security};
		}
	}
	if (answer->n_rrs > n)
		notes_drop(j->notes,
			   &(struct drop){j->stage->source, NMX_DROP_LIMIT, host->port, host->name,
					  NULL, 0},
			   WHY_DROP_MORE_ADDRESSES, (unsigned)(answer->n_rrs - n));
}

static int
by_host_address(const void *a, const void *b)
{
	const struct host_address *x = a, *y = b;

	return address_compare(&x->address, &y->address);
}

/*
 * RULES LIM-1: 8 addresses are kept, half of each family if there are enough, drawn by a hash of the
 * name so that every process keeps the same ones.
 */
static void
limit_addresses(const struct judge *j, struct host *host)
{
	uint16_t order[2 * LIMIT_ADDRESSES_JUDGED];
	size_t n = host->n_addresses, n4 = 0, kept4, kept6;
	struct host_address kept[LIMIT_ADDRESSES];
	struct rng rng;

	if (n <= LIMIT_ADDRESSES)
		return;
	for (size_t i = 0; i < n; i++) {
		order[i] = (uint16_t)i;
		n4 += host->addresses[i].address.family == 4;
	}
	kept4 = LIMIT_ADDRESSES / 2;
	if (n - n4 < LIMIT_ADDRESSES / 2)
		kept4 = LIMIT_ADDRESSES - (n - n4);
	if (n4 < kept4)
		kept4 = n4;
	kept6 = LIMIT_ADDRESSES - kept4;
	rng = rng_from_seed(
		hash_bytes(j->settings->limit_key, host->name, dname_length(host->name)));
	order_shuffle(order, n4, &rng); /* A stand before AAAA */
	order_shuffle(order + n4, n - n4, &rng);
	for (size_t i = 0, at = 0; i < n; i++) {
		struct host_address *address = &host->addresses[order[i]];

		if (i < n4 ? i < kept4 : i - n4 < kept6)
			kept[at++] = *address;
		else
			notes_drop(j->notes,
				   &(struct drop){j->stage->source, NMX_DROP_LIMIT, host->port,
						  host->name,
						  arena_copy(j->notes->arena, &address->address,
							     sizeof(address->address)),
						  0},
				   WHY_DROP_ADDRESS_LIMIT);
	}
	memcpy(host->addresses, kept, sizeof(kept));
	host->n_addresses = LIMIT_ADDRESSES;
	qsort(host->addresses, host->n_addresses, sizeof(*host->addresses), by_host_address);
}

static const char *
answer_word(const struct answer *answer)
{
	switch (answer->state) {
	case ANSWER_NONE:
		return "not asked";
	case ANSWER_DATA:
		return "refused addresses only";
	case ANSWER_NODATA:
		return "none";
	case ANSWER_NXDOMAIN:
		return "no such name";
	case ANSWER_BOGUS:
		return "bogus";
	default:
		return answer_rcode_name(answer);
	}
}

/* No address of the host can be used: says why. Cases, the first that holds:
 *   bogus        either family is bogus
 *   limits       a question was not asked
 *   failed       either family failed: the addresses it might have count (ADR-3)
 *   family       the other family was never asked, because it is switched off (ADR-2)
 *   chain        the answers prove absence at the end of too long a chain
 *   no address   both prove absence
 *   (nothing)    there were addresses, each refused with a reason of its own
 */
static void
explain_empty(const struct judge *j, struct host *host)
{
	const struct answer *a = &host->answers->a, *aaaa = &host->answers->aaaa;
	const char *bogus = a->bogus ? a->bogus : aaaa->bogus ? aaaa->bogus : "no reason given";
	bool srv = j->stage->source == NMX_SOURCE_SRV;

	host->out = true;
	if (a->state == ANSWER_BOGUS || aaaa->state == ANSWER_BOGUS)
		put_out(j, host, NMX_DROP_ADDRESS_BOGUS, WHY_DROP_ADDRESS_BOGUS, answer_word(a),
			answer_word(aaaa), bogus);
	else if (a->state == ANSWER_LIMIT || aaaa->state == ANSWER_LIMIT)
		put_out(j, host, NMX_DROP_LIMIT, WHY_DROP_QUESTION_LIMIT, NULL, NULL, NULL);
	else if (a->state == ANSWER_OVERLOAD || aaaa->state == ANSWER_OVERLOAD)
		put_out(j, host, NMX_DROP_LIMIT, WHY_DROP_OVERLOAD, NULL, NULL, NULL);
	else if (answer_is_failure(a) || answer_is_failure(aaaa))
		put_out(j, host, NMX_DROP_ADDRESS_FAILED, WHY_DROP_ADDRESS_FAILED, answer_word(a),
			answer_word(aaaa), NULL);
	else if ((a->state == ANSWER_NXDOMAIN && aaaa->state != ANSWER_DATA) ||
		 (aaaa->state == ANSWER_NXDOMAIN && a->state != ANSWER_DATA))
		put_out(j, host, NMX_DROP_NO_ADDRESS,
			srv ? WHY_DROP_NO_ADDRESS_SRV : WHY_DROP_NO_ADDRESS, NULL, NULL, NULL);
	else if (a->state == ANSWER_NONE || aaaa->state == ANSWER_NONE)
		put_out(j, host, NMX_DROP_ADDRESS_FAILED, WHY_DROP_FAMILY,
			j->settings->family == FAMILY_4 ? "4" : "6", NULL, NULL);
	else if (a->state == ANSWER_NODATA && aaaa->state == ANSWER_NODATA)
		put_out(j, host, NMX_DROP_NO_ADDRESS,
			srv ? WHY_DROP_NO_ADDRESS_SRV : WHY_DROP_NO_ADDRESS, NULL, NULL, NULL);
}

static bool
family_is_used(const struct policy_settings *settings, unsigned family)
{
	return settings->family == FAMILY_BOTH || (family == 4) == (settings->family == FAMILY_4);
}

/* Addresses of a family that is switched off prove that the host exists, no more. */
static bool
other_family_has_addresses(const struct judge *j, const struct host *host)
{
	const struct answer *other =
		j->settings->family == FAMILY_4 ? &host->answers->aaaa : &host->answers->a;

	return j->settings->family != FAMILY_BOTH && other->state == ANSWER_DATA;
}

static void
note_alias(const struct judge *j, const struct host *host)
{
	const struct answer *a = &host->answers->a;

	if (!host->name || !a->canonical)
		a = &host->answers->aaaa;
	if (!host->name || !a->canonical || a->n_cnames == 0)
		return;
	notes_why(j->notes,
		  j->stage->source == NMX_SOURCE_SRV ? WHY_HOST_ALIAS_SRV : WHY_HOST_ALIAS,
		  host->name, a->canonical);
}

static bool
judge_host(const struct judge *j, struct host *host)
{
	const struct answer *a = &host->answers->a, *aaaa = &host->answers->aaaa;

	if (a->n_cnames > LIMIT_CNAMES || aaaa->n_cnames > LIMIT_CNAMES) {
		put_out(j, host, NMX_DROP_CNAME_CHAIN,
			j->stage->source == NMX_SOURCE_SRV ? WHY_DROP_CHAIN : WHY_DROP_CHAIN_MX,
			NULL, NULL, NULL);
		return true;
	}
	if (j->settings->dnssec_required && j->stage->security != NMX_SECURE) {
		put_out(j, host, NMX_DROP_DNSSEC_REQUIRED, WHY_DROP_INSECURE_NAMING,
			select_naming(j->stage->source), NULL, NULL);
		return true;
	}
	note_alias(j, host);
	host->addresses = arena_array(j->notes->arena, judged(a) + judged(aaaa) + 1,
				      sizeof(*host->addresses));
	if (!host->addresses)
		return false;
	if (family_is_used(j->settings, 4))
		judge_family(j, host, a);
	if (family_is_used(j->settings, 6))
		judge_family(j, host, aaaa);
	if (host->n_addresses == 0 && other_family_has_addresses(j, host))
		put_out(j, host, NMX_DROP_ADDRESS_FAILED, WHY_DROP_FAMILY,
			j->settings->family == FAMILY_4 ? "4" : "6", NULL, NULL);
	else if (host->n_addresses == 0)
		explain_empty(j, host);
	else if (host->name && (answer_is_failure(a) || answer_is_failure(aaaa)))
		notes_why(j->notes, WHY_ONE_FAMILY, host->name,
			  answer_is_failure(a) ? "A" : "AAAA");
	limit_addresses(j, host);
	return true;
}

/* ---- A stage -------------------------------------------------------------------------------- */

bool
addresses_judge(struct stage *stage, const struct policy_settings *settings, bool at_deadline,
		struct notes *notes)
{
	struct judge j = {stage, settings, notes};

	for (size_t i = 0; i < stage->n_hosts; i++) {
		struct host *host = &stage->hosts[i];

		if (host->out || (at_deadline && !deadline_has_addresses(host)))
			continue;
		if (!judge_host(&j, host))
			return false;
	}
	return !notes->arena->failed;
}

size_t
stage_usable_hosts(const struct stage *stage)
{
	size_t n = 0;

	for (size_t i = 0; i < stage->n_hosts; i++)
		n += !stage->hosts[i].out;
	return n;
}
