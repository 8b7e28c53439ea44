/* SPDX-License-Identifier: BSD-2-Clause */
/* Route: from the answers, complete or not, to the finished route. Pure but for our own addresses. */
#include <stdlib.h>
#include <string.h>

#include "policy/addresses.h"
#include "policy/dane.h"
#include "policy/deadline.h"
#include "policy/self.h"
#include "policy/status.h"
#include "resolver/context.h"

struct answer
phase_as_of_now(const struct answer *answer, bool at_deadline)
{
	if (at_deadline && (answer->state == ANSWER_PENDING || answer->state == ANSWER_NONE))
		return (struct answer){.state = ANSWER_TIMEOUT,
				       .security = NMX_INDETERMINATE,
				       .ttl = LIMIT_FAILURE_TTL};
	return *answer;
}

bool
phase_select(struct lookup *lookup, const struct answer *srv, const struct answer *mx,
	     struct notes *notes, struct selection *ret)
{
	const struct settings *settings = &lookup->ctx->settings;
	struct answer apex = phase_as_of_now(&lookup->apex, true);
	struct select_input in = {
		.settings = &settings->policy,
		.domain = lookup->domain.name,
		.srv_name = phase_asks_srv(lookup) ? lookup->srv_name : NULL,
		.mx_alone = lookup->kind == ROUTE_MX,
		.srv = srv,
		.mx = mx,
		.apex = phase_needs_apex(lookup, srv, mx) ? &apex : NULL,
	};

	return select_run(&in, notes, ret);
}

bool
phase_select_host(struct lookup *lookup, struct notes *notes, struct selection *ret)
{
	enum nmx_security security = lookup->ctx->settings.dnssec_off ? NMX_INSECURE : NMX_SECURE;
	struct host *host = arena_alloc(notes->arena, sizeof(*host));

	if (!host)
		return false;
	host->name = lookup->domain.name;
	host->port = lookup->domain.port;
	*ret = (struct selection){.n_stages = 1, .mx = MX_EMPTY, .mx_security = security};
	ret->stages[0] = (struct stage){
		.source = NMX_SOURCE_HOST, .security = security, .hosts = host, .n_hosts = 1};
	notes_why(notes, WHY_HOST, host->name, (unsigned)host->port);
	return true;
}

/* The one host of an address literal, with its address as if it had been answered. */
static bool
literal_stage(struct lookup *lookup, struct selection *sel)
{
	struct arena *arena = lookup->notes.arena;
	struct host *host = arena_alloc(arena, sizeof(*host));
	struct host_answers *answers = arena_alloc(arena, sizeof(*answers));
	union rr *rr = arena_alloc(arena, sizeof(*rr));

	if (!host || !answers || !rr)
		return false;
	rr->address = lookup->domain.address;
	answers->a.state = answers->aaaa.state = ANSWER_NODATA;
	*(rr->address.family == 4 ? &answers->a : &answers->aaaa) = (struct answer){
		.state = ANSWER_DATA, .security = NMX_INSECURE, .rrs = rr, .n_rrs = 1};
	host->port = 25;
	host->answers = answers;
	*sel = (struct selection){.n_stages = 1, .mx = MX_EMPTY, .mx_security = NMX_INSECURE};
	sel->stages[0] = (struct stage){.source = NMX_SOURCE_LITERAL,
					.security = NMX_INSECURE,
					.hosts = host,
					.n_hosts = 1};
	notes_why(&lookup->notes, WHY_LITERAL, &rr->address);
	return true;
}

/* A family that is switched off was not awaited, unless it was asked all the same (ADR-2). */
static void
time_out(struct answer *answer, bool in_use)
{
	if (answer->state == ANSWER_PENDING || in_use)
		*answer = phase_as_of_now(answer, true);
}

/* A copy of what is known; NULL if memory ran out. */
static const struct host_answers *
copy_answers(struct lookup *lookup, const struct name_answers *known, bool at_deadline)
{
	enum family_use family = lookup->ctx->settings.policy.family;
	struct host_answers *answers = arena_alloc(lookup->notes.arena, sizeof(*answers));

	if (answers && known)
		*answers = known->answers;
	if (answers && at_deadline) {
		time_out(&answers->a, family != FAMILY_6);
		time_out(&answers->aaaa, family != FAMILY_4);
	}
	return answers;
}

/* Hosts are judged in copies: a request's deadline must leave the lookup as it is. */
static bool
copy_selection(struct lookup *lookup, bool at_deadline, struct selection *sel)
{
	for (size_t s = 0; s < sel->n_stages; s++) {
		struct stage *stage = &sel->stages[s];

		stage->hosts = arena_copy(lookup->notes.arena, stage->hosts,
					  stage->n_hosts * sizeof(*stage->hosts));
		for (size_t i = 0; stage->hosts && i < stage->n_hosts; i++) {
			struct host *host = &stage->hosts[i];
			const struct name_answers *known;

			if (!host->name || host->out)
				continue;
			known = phase_addresses_of_host(lookup, host);
			host->answers = copy_answers(lookup, known, at_deadline);
			if (!phase_tlsa_copy(lookup, stage, i, known, at_deadline))
				return false;
		}
	}
	return !lookup->notes.arena->failed;
}

static bool
judge_stages(struct lookup *lookup, bool at_deadline, const struct lookup_sts *sts,
	     struct selection *sel)
{
	const struct policy_settings *policy = &lookup->ctx->settings.policy;
	const uint8_t *domain = domain_is_asked(&lookup->domain) ? lookup->domain.name : NULL;
	const struct sts_policy *in_force = sts && sts->has_policy ? &sts->policy : NULL;
	struct own_addresses own = own_lock(lookup->ctx->own);

	self_cut_addresses(sel, &own, &lookup->notes);
	own_unlock(lookup->ctx->own);
	for (size_t s = 0; s < sel->n_stages; s++) {
		struct stage *stage = &sel->stages[s];

		if (!addresses_judge(stage, policy, at_deadline, &lookup->notes) ||
		    !tls_judge(stage, policy, domain, in_force, &lookup->notes))
			return false;
		if (at_deadline)
			deadline_cut(stage, &lookup->notes);
		if (s == 0)
			select_leave_out_repeats(sel, &lookup->notes);
	}
	if (policy->srv_fallback == SRV_FALLBACK_UNUSABLE && sel->n_stages == 2 &&
	    stage_usable_hosts(&sel->stages[0])) {
		notes_why(&lookup->notes, WHY_MX_NOT_AFTER, "unusable");
		sel->n_stages = 1;
	}
	return true;
}

/* What the route rests on: the naming answers, and the addresses of the hosts that were chosen. What
 * was asked ahead and not needed has no say. */
struct basis {
	uint32_t ttl;
	bool failure;
};

static void
rest_on(struct basis *basis, const struct answer *answer)
{
	if (answer->state == ANSWER_NONE || answer->state == ANSWER_PENDING)
		return;
	basis->failure |= answer_is_failure(answer);
	if (answer->ttl < basis->ttl)
		basis->ttl = answer->ttl;
}

static void
rest_on_host(struct basis *basis, const struct host *host)
{
	if (host->answers) {
		rest_on(basis, &host->answers->a);
		rest_on(basis, &host->answers->aaaa);
	}
	if (host->dane && host->dane->used_alias)
		rest_on(basis, &host->dane->alias);
	for (size_t i = 0; host->dane && i < host->dane->n_used; i++)
		rest_on(basis, &host->dane->tlsa[i]);
}

/* RULES STS-2; and no longer than the policy lives. */
static void
rest_on_sts(struct basis *basis, const struct lookup_sts *sts)
{
	rest_on(basis, &sts->txt);
	if (sts->is_late || sts->trouble) {
		basis->failure = true;
		if (basis->ttl > LIMIT_FAILURE_TTL)
			basis->ttl = LIMIT_FAILURE_TTL;
	}
	if (sts->has_policy && sts->left < basis->ttl)
		basis->ttl = sts->left > 0 ? (uint32_t)sts->left : 0;
}

/* RULES TTL-1. */
static struct basis
basis_of(const struct lookup *lookup, bool at_deadline, const struct selection *sel)
{
	struct basis basis = {.ttl = lookup->ctx->settings.cache_max_ttl};

	if ((at_deadline || lookup->overloaded) && basis.ttl > LIMIT_FAILURE_TTL)
		basis.ttl = LIMIT_FAILURE_TTL;
	if (!domain_is_asked(&lookup->domain))
		return basis;
	rest_on(&basis, &lookup->srv);
	rest_on(&basis, &lookup->mx);
	rest_on(&basis, &lookup->apex);
	for (const struct zone_answer *zone = lookup->zones; zone; zone = zone->next)
		rest_on(&basis, &zone->answer);
	for (size_t s = 0; s < sel->n_stages; s++) {
		for (size_t i = 0; i < sel->stages[s].n_hosts; i++)
			rest_on_host(&basis, &sel->stages[s].hosts[i]);
	}
	return basis;
}

/* The state of an RRset that names hosts or servers, as a route keeps it. */
static bool
keep_records(struct lookup *lookup, const struct answer *answer, uint16_t type, bool at_deadline,
	     struct records *ret_records)
{
	struct answer now = phase_as_of_now(answer, at_deadline);

	if (lookup->phase == PHASE_HELD)
		now.state = ANSWER_OVERLOAD;
	return records_keep(&now, type, lookup->notes.arena, ret_records);
}

/* A name too long to be asked for SRV is still the root. */
static bool
put_records(struct lookup *lookup, bool at_deadline, struct route_parts *parts)
{
	bool servers = lookup->kind == ROUTE_SERVERS;
	struct answer ns = phase_servers_answer(lookup);
	struct records *records;

	if (lookup->domain.kind != DOMAIN_NAME || !(servers || lookup->ctx->settings.records))
		return true;
	records = arena_array(lookup->notes.arena, ROUTE_RECORDS, sizeof(*records));
	if (!records)
		return false;
	parts->records = records;
	if (servers)
		return keep_records(lookup, &ns, RR_NS, at_deadline, &records[NMX_RECORDS_NS]);
	if (phase_asks_srv(lookup) && !dname_is_root(lookup->srv_name) &&
	    !keep_records(lookup, &lookup->srv, RR_SRV, at_deadline, &records[NMX_RECORDS_SRV]))
		return false;
	return keep_records(lookup, &lookup->mx, RR_MX, at_deadline, &records[NMX_RECORDS_MX]);
}

/* Where mail goes first, and how sure its name is; without a stage, how sure the refusal is. */
static void
put_source(const struct selection *sel, struct route_parts *parts)
{
	bool srv_failed = sel->srv == SRV_UNKNOWN || sel->srv == SRV_BOGUS;
	bool mx_decides = sel->mx == MX_UNKNOWN || sel->mx == MX_BOGUS || sel->mx == MX_NULL;
	bool srv_decides = sel->srv == SRV_NULL || (srv_failed && !mx_decides);

	parts->source = NMX_SOURCE_NONE;
	parts->security = srv_decides ? sel->srv_security : sel->mx_security;
	for (size_t s = 0; s < sel->n_stages; s++) {
		if (!stage_usable_hosts(&sel->stages[s]))
			continue;
		parts->source = sel->stages[s].source;
		parts->security = sel->stages[s].security;
		return;
	}
}

static bool
is_deliverable(const struct selection *sel)
{
	for (size_t s = 0; s < sel->n_stages; s++)
		if (stage_usable_hosts(&sel->stages[s]))
			return true;
	return false;
}

static bool
select_hosts(struct lookup *lookup, bool at_deadline, struct selection *sel)
{
	struct answer srv, mx;

	if (lookup->domain.kind == DOMAIN_LITERAL)
		return literal_stage(lookup, sel);
	if (lookup->kind == ROUTE_SERVERS) {
		*sel = (struct selection){.mx = MX_UNKNOWN,
					  .mx_security = phase_servers_answer(lookup).security,
					  .mx_failure = "not asked"};
		return true;
	}
	if (lookup->phase == PHASE_ADDRESSES) {
		*sel = lookup->sel;
		return true;
	}
	if (lookup->domain.kind == DOMAIN_HOST)
		return phase_select_host(lookup, &lookup->notes, sel);
	srv = phase_as_of_now(&lookup->srv, at_deadline);
	mx = phase_as_of_now(&lookup->mx, at_deadline);
	if (lookup->phase == PHASE_HELD)
		srv.state = mx.state = ANSWER_OVERLOAD;
	return phase_select(lookup, &srv, &mx, &lookup->notes, sel);
}

static struct verdict
bad_domain_verdict(struct lookup *lookup)
{
	bool literal = lookup->domain.kind == DOMAIN_BAD_LITERAL;
	char buffer[512];
	struct text text = text_into(buffer, sizeof(buffer));
	struct verdict v = {.outcome = NMX_REJECT};

	notes_why(&lookup->notes, literal ? WHY_BAD_LITERAL : WHY_BAD_DOMAIN, lookup->domain.fault);
	strcpy(v.code, literal ? "5.1.3" : "5.1.2");
	text_printf(&text, "%s: %s (%s)", literal ? "bad address literal" : "bad domain name",
		    lookup->domain.fault, literal ? "LIT-1" : "IDN-1");
	v.reason = arena_copy(lookup->notes.arena, buffer, strlen(buffer) + 1);
	if (!v.reason)
		v.reason = "";
	return v;
}

static bool
decide(struct lookup *lookup, bool at_deadline, struct selection *sel, struct route_parts *parts)
{
	struct status_input in = {.settings = &lookup->ctx->settings.policy,
				  .sel = sel,
				  .notes = &lookup->notes,
				  .text = lookup->domain.text,
				  .overloaded =
					  lookup->overloaded || (at_deadline && lookup->unasked)};
	const struct lookup_sts *sts = phase_sts_in_force(lookup);
	struct basis basis;

	if (domain_is_asked(&lookup->domain)) {
		in.domain = lookup->domain.name;
		in.overloaded |= lookup->phase == PHASE_HELD;
	}
	if (!select_hosts(lookup, at_deadline, sel) || !copy_selection(lookup, at_deadline, sel) ||
	    !judge_stages(lookup, at_deadline, sts, sel))
		return false;
	in.deliverable = is_deliverable(sel);
	parts->verdict = status_decide(&in);
	put_source(sel, parts);
	parts->stages = sel->stages;
	parts->n_stages = sel->n_stages;
	if (sts) {
		parts->sts = sts->has_policy ? &sts->policy : NULL;
		parts->sts_facts = (struct route_sts){
			.trouble = sts->trouble,
			.is_awaited = sts->is_awaited && !sts->has_policy,
			.was_fetched = sts->was_fetched,
			.id = sts->id,
			.age = sts->age > 0 ? (uint32_t)sts->age : 0,
		};
	}
	basis = basis_of(lookup, at_deadline, sel);
	parts->is_incomplete = basis.failure || at_deadline || in.overloaded;
	if (sts)
		rest_on_sts(&basis, sts);
	parts->ttl = basis.ttl;
	if (at_deadline)
		notes_why(&lookup->notes, WHY_DEADLINE);
	if (basis.failure && !at_deadline)
		notes_why(&lookup->notes, WHY_TTL_FAILURE);
	if (in.overloaded)
		notes_why(&lookup->notes, WHY_OVERLOAD);
	return true;
}

/* Notes and arena are left as they were found, so that it can be done again later. */
struct nmx_route *
phase_route_build(struct lookup *lookup, bool at_deadline)
{
	struct arena_mark mark = arena_mark(&lookup->arena);
	struct notes notes = lookup->notes;
	struct selection sel = {0};
	struct nmx_route *route = NULL;
	struct route_parts parts = {.kind = lookup->kind,
				    .domain = lookup->domain.text,
				    .ascii = lookup->domain.ascii,
				    .prefer = lookup->ctx->settings.policy.prefer,
				    .own = lookup->ctx->own,
				    .security = NMX_INDETERMINATE,
				    .ttl = lookup->ctx->settings.cache_max_ttl};
	bool decided = true;

	if (domain_is_bad(&lookup->domain))
		parts.verdict = bad_domain_verdict(lookup);
	else
		decided = decide(lookup, at_deadline, &sel, &parts);
	if (decided) {
		if (parts.verdict.outcome == NMX_DELIVERABLE)
			notes_why(&lookup->notes, WHY_DELIVERABLE);
		else
			notes_why(&lookup->notes, WHY_OUTCOME,
				  nmx_outcome_name(parts.verdict.outcome), parts.verdict.code,
				  parts.verdict.reason);
		parts.notes = &lookup->notes;
		if (phase_queries_put(lookup, at_deadline, &parts) &&
		    put_records(lookup, at_deadline, &parts) && !lookup->arena.failed)
			route = route_new(&parts);
	}
	lookup->notes = notes;
	arena_rewind(&lookup->arena, mark);
	return route;
}
