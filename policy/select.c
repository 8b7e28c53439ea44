/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/select.h"

#include "policy/domain.h"
#include "policy/hosts.h"
#include "policy/ports.h"
#include "policy/self.h"

static const char *
failure_word(const struct answer *answer)
{
	if (answer->state == ANSWER_BOGUS)
		return answer->bogus ? answer->bogus : "no reason given";
	return answer_rcode_name(answer);
}

const char *
select_naming(enum nmx_source stage)
{
	return stage == NMX_SOURCE_SRV	     ? "SRV"
	       : stage == NMX_SOURCE_LITERAL ? "literal"
	       : stage == NMX_SOURCE_HOST    ? "host"
					     : "MX";
}

/* ---- Stages --------------------------------------------------------------------------------- */

static bool
srv_stage(const struct select_input *in, struct notes *notes, struct stage *ret)
{
	const struct answer *srv = in->srv;
	struct stage stage = {
		.source = NMX_SOURCE_SRV, .security = srv->security, .n_hosts = srv->n_rrs};

	stage.hosts = arena_array(notes->arena, srv->n_rrs, sizeof(*stage.hosts));
	if (!stage.hosts)
		return false;
	for (size_t i = 0; i < srv->n_rrs; i++) {
		const struct rr_srv *rr = &srv->rrs[i].srv;

		stage.hosts[i] = (struct host){.priority = rr->priority,
					       .weight = rr->weight,
					       .port = rr->port,
					       .name = rr->target};
	}
	hosts_keep_usable(&stage, in->settings, notes);
	*ret = stage;
	return true;
}

static bool
mx_stage(const struct select_input *in, struct notes *notes, struct stage *ret)
{
	const struct answer *mx = in->mx;
	struct stage stage = {.source = NMX_SOURCE_MX,
			      .security = mx->security,
			      .n_hosts = mx->n_rrs,
			      .expansion = mx->n_cnames ? mx->canonical : NULL};

	stage.hosts = arena_array(notes->arena, mx->n_rrs, sizeof(*stage.hosts));
	if (!stage.hosts)
		return false;
	for (size_t i = 0; i < mx->n_rrs; i++) {
		const uint8_t *exchange = mx->rrs[i].mx.exchange, *name;

		if (!domain_to_alabels(exchange, notes->arena, &name))
			return false;
		if (name != exchange)
			notes_why(notes, WHY_MX_ALABELS, exchange, name);
		stage.hosts[i] = (struct host){
			.priority = mx->rrs[i].mx.preference, .port = PORT_SMTP, .name = name};
	}
	hosts_keep_usable(&stage, in->settings, notes);
	*ret = stage;
	return true;
}

static bool
implicit_stage(const struct select_input *in, struct notes *notes, struct stage *ret)
{
	bool is_alias = in->mx->n_cnames;
	struct stage stage = {.source = NMX_SOURCE_IMPLICIT,
			      .security = in->mx->security,
			      .n_hosts = 1,
			      .expansion = is_alias ? in->mx->canonical : NULL};

	stage.hosts = arena_alloc(notes->arena, sizeof(*stage.hosts));
	if (!stage.hosts)
		return false;
	stage.hosts[0] = (struct host){.port = PORT_SMTP,
				       .name = in->mx->canonical,
				       .alias = is_alias ? in->domain : NULL};
	hosts_keep_usable(&stage, in->settings, notes); /* an alias may end anywhere */
	*ret = stage;
	return true;
}

/* ---- States --------------------------------------------------------------------------------- */

static enum mx_state
mx_state_of(const struct answer *mx)
{
	if (mx->state == ANSWER_BOGUS)
		return MX_BOGUS;
	if (answer_is_failure(mx))
		return MX_UNKNOWN;
	if (mx->state == ANSWER_NXDOMAIN)
		return MX_NXDOMAIN;
	if (mx->n_cnames > LIMIT_CNAMES)
		return MX_CHAIN;
	if (mx->state == ANSWER_NODATA)
		return MX_ABSENT;
	if (mx->n_rrs == 1 && dname_is_root(mx->rrs[0].mx.exchange))
		return MX_NULL;
	return MX_USABLE;
}

static void
explain_mx(const struct select_input *in, enum mx_state state, struct notes *notes)
{
	const struct answer *mx = in->mx;

	if (mx->state == ANSWER_DATA)
		notes_why(notes, WHY_MX_FOUND, in->domain, (unsigned)mx->n_rrs,
			  nmx_security_name(mx->security));
	switch (state) {
	case MX_BOGUS:
		notes_why(notes, WHY_MX_BOGUS, failure_word(mx));
		return;
	case MX_UNKNOWN:
		notes_why(notes, WHY_MX_UNKNOWN, failure_word(mx));
		return;
	case MX_NXDOMAIN:
		notes_why(notes, WHY_MX_NXDOMAIN, in->domain);
		return;
	case MX_CHAIN:
		notes_why(notes, WHY_MX_CHAIN);
		return;
	case MX_NULL:
		notes_why(notes, WHY_MX_NULL, in->domain);
		break;
	default:
		break;
	}
	if (mx->n_cnames)
		notes_why(notes, WHY_MX_ALIAS, mx->canonical);
}

/* RULES SRV-17 and SRV-18: whether an unsigned SRV RRset is to be ignored. */
static bool
srv_is_ignored(const struct select_input *in, enum mx_state mx, struct notes *notes)
{
	if (in->srv->security == NMX_SECURE)
		return false;
	if (in->settings->srv == SRV_USE_SECURE) {
		notes_why(notes, WHY_SRV_IGNORED_REQUIRED);
		return true;
	}
	if (in->settings->srv == SRV_USE_ANY)
		return false;
	if (mx == MX_UNKNOWN && in->apex && in->apex->security != NMX_INSECURE) {
		notes_why(notes, WHY_SRV_IGNORED_UNKNOWN);
		return true;
	}
	if (in->mx->security != NMX_SECURE && mx != MX_BOGUS)
		return false;
	notes_why(notes, WHY_SRV_IGNORED_INSECURE, nmx_security_name(in->mx->security));
	return true;
}

/* RULES SRV-6. */
static enum srv_state
null_srv_state(const struct select_input *in, enum mx_state mx, struct notes *notes)
{
	const char *reason = in->srv->security != NMX_SECURE  ? "it is not signed"
			     : in->srv->wildcard	      ? "it comes from a wildcard"
			     : in->settings->srv_null_ignored ? "srv-null ignore"
			     : mx != MX_ABSENT		      ? "the MX answer decides"
							      : NULL;

	if (!reason) {
		notes_why(notes, WHY_SRV_NO_SERVICE);
		return SRV_NULL;
	}
	notes_why(notes, WHY_SRV_NULL_AS_NONE, reason);
	return SRV_ABSENT;
}

static enum srv_state
failed_srv_state(const struct select_input *in, struct notes *notes)
{
	bool bogus = in->srv->state == ANSWER_BOGUS;

	if (in->settings->srv_error_defers)
		notes_why(notes, WHY_SRV_ABORT, failure_word(in->srv));
	else
		notes_why(notes, bogus ? WHY_SRV_BOGUS : WHY_SRV_UNKNOWN, failure_word(in->srv));
	return bogus ? SRV_BOGUS : SRV_UNKNOWN;
}

/* The state before hosts are judged: SRV_USABLE may still turn out to be SRV_EMPTY. */
static enum srv_state
srv_state_of(const struct select_input *in, enum mx_state mx, struct notes *notes)
{
	const struct answer *srv = in->srv;

	if (!in->srv_name) {
		notes_why(notes, in->mx_alone ? WHY_MX_ALONE : WHY_SRV_OFF);
		return SRV_OFF;
	}
	if (answer_is_failure(srv))
		return failed_srv_state(in, notes);
	if (answer_is_absence(srv)) {
		notes_why(notes, WHY_SRV_ABSENT);
		return SRV_ABSENT;
	}
	notes_why(notes, WHY_SRV_FOUND, in->srv_name, (unsigned)srv->n_rrs,
		  nmx_security_name(srv->security));
	if (srv_is_ignored(in, mx, notes))
		return SRV_IGNORED;
	if (srv->n_cnames > LIMIT_CNAMES) {
		notes_why(notes, WHY_SRV_CHAIN);
		return SRV_ABSENT;
	}
	if (srv->n_cnames)
		notes_why(notes, WHY_SRV_ALIAS, srv->canonical);
	if (srv->n_rrs == 1 && dname_is_root(srv->rrs[0].srv.target))
		return null_srv_state(in, mx, notes);
	return SRV_USABLE;
}

/*
 * RULES SEL-1. (a), SRV-18, has turned an unsigned SRV RRset into SRV_IGNORED already. (b) is null
 * MX, (c) the rest; (d) is what status_decide makes of no stage at all.
 */
struct stage_choice
select_stages(enum srv_state srv, bool srv_secure, enum mx_state mx,
	      const struct policy_settings *settings)
{
	bool failed = srv == SRV_UNKNOWN || srv == SRV_BOGUS;
	bool present = srv == SRV_EMPTY || srv == SRV_USABLE;
	bool may_follow = !(present && settings->srv_fallback == SRV_FALLBACK_ABSENT);

	if (failed && settings->srv_error_defers)
		return (struct stage_choice){0};
	if (mx == MX_NULL)
		return (struct stage_choice){.srv = srv == SRV_USABLE && srv_secure};
	return (struct stage_choice){
		.srv = srv == SRV_USABLE,
		.mx = mx == MX_USABLE && may_follow,
		.implicit = mx == MX_ABSENT && srv != SRV_NULL && may_follow,
	};
}

/* Puts the chosen stages in order and explains how the second came about. */
static bool
put_stages(const struct select_input *in, struct stage_choice choice, const struct stage *srv,
	   const struct stage *mx, struct notes *notes, struct selection *sel)
{
	if (choice.srv)
		sel->stages[sel->n_stages++] = *srv;
	if (choice.srv && sel->mx == MX_NULL)
		notes_why(notes, WHY_SRV_ALONE);
	if (choice.mx)
		sel->stages[sel->n_stages++] = *mx;
	if (choice.implicit) {
		notes_why(notes, WHY_MX_IMPLICIT, in->mx->canonical);
		if (!implicit_stage(in, notes, &sel->stages[sel->n_stages++]))
			return false;
	}
	if ((sel->srv == SRV_USABLE || sel->srv == SRV_EMPTY) &&
	    ((sel->mx == MX_USABLE && !choice.mx) || (sel->mx == MX_ABSENT && !choice.implicit)))
		notes_why(notes, WHY_MX_NOT_AFTER, "absent");
	return true;
}

/* A host that only the deadline took from SRV is none, for MX alone would use it; but one whose TLSA is
 * unknown is not contacted by way of MX either. */
static bool
is_repeat(const struct host *host, const struct stage *srv)
{
	for (size_t i = 0; i < srv->n_hosts; i++) {
		const struct host *other = &srv->hosts[i];

		if ((!other->undecided || other->tlsa_unknown) && other->port == host->port &&
		    dname_equal(other->name, host->name))
			return true;
	}
	return false;
}

void
select_leave_out_repeats(struct selection *sel, struct notes *notes)
{
	struct stage *mx = &sel->stages[1];
	size_t n_repeats = 0;

	if (sel->n_stages < 2)
		return;
	hosts_remove_out(mx);
	for (size_t i = 0; i < mx->n_hosts; i++) {
		mx->hosts[i].out = is_repeat(&mx->hosts[i], &sel->stages[0]);
		n_repeats += mx->hosts[i].out;
		if (mx->hosts[i].out)
			hosts_drop(notes, mx, &mx->hosts[i], NMX_DROP_DUPLICATE, WHY_DROP_IN_SRV);
	}
	hosts_remove_out(mx);
	if (mx->n_hosts) {
		notes_why(notes, WHY_MX_AFTER_SRV);
	} else if (n_repeats) {
		notes_why(notes, WHY_MX_SAME_AS_SRV);
		sel->mx = MX_EXHAUSTED;
		sel->n_stages = 1;
	}
}

/* Ourselves first, for a loop must be seen even in a host that there is no place for. */
static void
trim_stages(const struct select_input *in, struct notes *notes, struct selection *sel)
{
	self_cut_names(sel, in->settings, notes);
	for (size_t s = 0; s < sel->n_stages; s++) {
		hosts_remove_out(&sel->stages[s]);
		hosts_limit(&sel->stages[s], in->settings->limit_key, notes);
	}
}

bool
select_run(const struct select_input *in, struct notes *notes, struct selection *ret)
{
	struct selection sel = {.mx_security = in->mx->security,
				.srv_security = in->srv ? in->srv->security : NMX_INDETERMINATE};
	struct stage srv = {0}, mx = {0};

	sel.mx = mx_state_of(in->mx);
	sel.mx_failure = answer_rcode_name(in->mx);
	sel.srv_failure = in->srv ? answer_rcode_name(in->srv) : "";
	sel.srv = srv_state_of(in, sel.mx, notes);
	explain_mx(in, sel.mx, notes);
	if ((sel.srv == SRV_USABLE && !srv_stage(in, notes, &srv)) ||
	    (sel.mx == MX_USABLE && !mx_stage(in, notes, &mx)))
		return false;
	if (sel.srv == SRV_USABLE && srv.n_hosts == 0) {
		notes_why(notes, WHY_SRV_EMPTY);
		sel.srv = SRV_EMPTY;
	}
	if (sel.mx == MX_USABLE && mx.n_hosts == 0) {
		notes_why(notes, WHY_MX_UNUSABLE);
		sel.mx = MX_EMPTY;
	}
	sel.bogus = sel.mx == MX_BOGUS	   ? in->mx->bogus
		    : sel.srv == SRV_BOGUS ? in->srv->bogus
					   : NULL;
	if (!put_stages(
		    in,
		    select_stages(sel.srv, sel.srv_security == NMX_SECURE, sel.mx, in->settings),
		    &srv, &mx, notes, &sel))
		return false;
	trim_stages(in, notes, &sel);
	*ret = sel;
	return !notes->arena->failed;
}
