/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/tls.h"

#include "policy/dane.h"
#include "policy/ports.h"
#include "policy/sts.h"

struct judge {
	struct stage *stage;
	const struct policy_settings *settings;
	const uint8_t *domain;
	const struct sts_policy *sts; /* NULL: none */
	struct notes *notes;
};

static struct drop
drop_of(const struct judge *j, const struct host *host, enum nmx_drop_code code)
{
	return (struct drop){
		.stage = j->stage->source, .code = code, .port = host->port, .host = host->name};
}

/* ---- What verification needs ---------------------------------------------------------------- */

/* What is no host name stands in no certificate, and OpenSSL would take an address for one. */
static void
add_reference(struct host_tls *tls, const uint8_t *name)
{
	if (!dname_is_host(name))
		return;
	for (size_t i = 0; i < tls->n_references; i++)
		if (dname_equal(tls->references[i], name))
			return;
	tls->references[tls->n_references++] = name;
}

/* RULES DANE-4; the naming is signed, or there would be no DANE. */
static void
demand_match(const struct judge *j, struct host *host, const struct dane_verdict *verdict)
{
	host->tls.requirement = NMX_TLS_DANE;
	add_reference(&host->tls, verdict->base);
	add_reference(&host->tls, j->domain);
	if (j->stage->expansion)
		add_reference(&host->tls, j->stage->expansion);
}

static void
explain_records(const struct judge *j, const struct dane_verdict *verdict)
{
	for (size_t i = 0; i < verdict->n_records; i++) {
		const struct tlsa_record *record = &verdict->records[i];
		char buffer[16];

		if (record->state == NMX_TLSA_WEAKER)
			notes_why(j->notes, WHY_TLSA_WEAKER, dane_record_text(record, buffer),
				  verdict->base);
		else if (record->state != NMX_TLSA_USED)
			notes_why(j->notes, WHY_TLSA_UNUSABLE, dane_record_text(record, buffer),
				  verdict->base, nmx_tlsa_state_name(record->state));
	}
	if (verdict->n_beyond)
		notes_why(j->notes, WHY_TLSA_BEYOND, verdict->base, (unsigned)verdict->n_beyond);
}

static void
take_records(const struct judge *j, struct host *host, const struct dane_verdict *verdict)
{
	bool usable = verdict->state == DANE_USABLE;

	host->tls.tlsa = verdict->records;
	host->tls.n_tlsa = verdict->n_records;
	host->tls.sni = verdict->base;
	if (!dname_equal(verdict->base, host->name))
		notes_why(j->notes, WHY_DANE_BASE, host->name, verdict->base);
	explain_records(j, verdict);
	notes_why(j->notes, usable ? WHY_DANE_MATCH : WHY_DANE_UNUSABLE, host->name,
		  (unsigned)host->port);
	if (usable)
		demand_match(j, host, verdict);
	else
		host->tls.requirement = NMX_TLS_ENCRYPT;
}

/* ---- Hosts ---------------------------------------------------------------------------------- */

/* RULES DANE-6: a host whose TLSA is unknown is not contacted. Beyond a limit, or at the deadline, it
 * is not the domain's fault. */
static void
put_unknown_out(const struct judge *j, struct host *host, const struct dane_verdict *verdict)
{
	const struct answer *answer = verdict->answer;
	struct drop failed = drop_of(j, host, NMX_DROP_TLSA_FAILED);
	struct drop limit = drop_of(j, host, NMX_DROP_LIMIT);

	host->out = true;
	host->tlsa_unknown = true;
	host->undecided = answer->state == ANSWER_TIMEOUT;
	if (answer->state == ANSWER_LIMIT)
		notes_drop(j->notes, &limit, WHY_DROP_QUESTION_LIMIT);
	else if (answer->state == ANSWER_OVERLOAD)
		notes_drop(j->notes, &limit, WHY_DROP_OVERLOAD);
	else if (answer->state == ANSWER_BOGUS)
		notes_drop(j->notes, &failed, WHY_DROP_TLSA_BOGUS, verdict->base,
			   answer->bogus ? answer->bogus : "no reason given");
	else
		notes_drop(j->notes, &failed, WHY_DROP_TLSA_FAILED, verdict->base,
			   answer_rcode_name(answer));
}

static void
explain_absence(const struct judge *j, const struct host *host)
{
	const struct dane_answers *answers = host->dane;

	if (answers->bases.n == 0)
		notes_why(j->notes, WHY_DANE_ADDRESS_UNSIGNED, host->name);
	else if (answers->bases.alias && answers->n_used == 0)
		notes_why(j->notes, WHY_DANE_ALIAS_UNSIGNED, host->name);
	else
		notes_why(j->notes, WHY_DANE_ABSENT, host->name, (unsigned)host->port);
}

static void
put_out(const struct judge *j, struct host *host, enum nmx_drop_code code, enum why_code why)
{
	struct drop drop = drop_of(j, host, code);

	notes_drop(j->notes, &drop, why);
	host->out = true;
}

/*
 * RULES STS-6, STS-7, STS-8, for a host about which usable TLSA records do not decide alone:
 *
 *	enforce  unsigned SRV, port not 25    out: whoever forged the record chose the port
 *	         named by no mx               out
 *	         named                        TLS and PKIX, over whatever TLSA asked for
 *	testing  named by no mx               used, and recorded
 *	none                                  nothing
 */
static void
judge_by_sts(const struct judge *j, struct host *host)
{
	bool is_srv = j->stage->source == NMX_SOURCE_SRV;
	bool is_named = sts_policy_names(j->sts, host->name);

	if (j->sts->mode == NMX_STS_TESTING && !is_named) {
		host->tls.is_misnamed = true;
		notes_why(j->notes, WHY_STS_TESTING, host->name);
	}
	if (j->sts->mode != NMX_STS_ENFORCE)
		return;
	if (is_srv && j->stage->security != NMX_SECURE && host->port != PORT_SMTP) {
		put_out(j, host, NMX_DROP_PORT_REFUSED, WHY_DROP_STS_PORT);
	} else if (!is_named) {
		put_out(j, host, NMX_DROP_STS_MISMATCH,
			is_srv ? WHY_DROP_STS_TARGET : WHY_DROP_STS_EXCHANGE);
	} else {
		notes_why(j->notes, WHY_STS_PKIX, host->name, (unsigned)host->port);
		host->tls.requirement = NMX_TLS_STS;
		host->tls.sni = host->name;
		host->tls.n_references = 0;
		add_reference(&host->tls, host->name);
	}
}

/* The table of RULES DANE. A host without DANE answers stands in a stage whose naming is unsigned. */
static bool
judge_host(const struct judge *j, struct host *host)
{
	struct dane_verdict verdict = {.state = DANE_ABSENT};

	if (host->dane && !dane_judge(host->dane, j->notes->arena, &verdict))
		return false;
	switch (verdict.state) {
	case DANE_UNKNOWN:
		put_unknown_out(j, host, &verdict);
		return true;
	case DANE_USABLE:
		take_records(j, host, &verdict);
		if (j->sts && j->sts->mode == NMX_STS_ENFORCE)
			notes_why(j->notes, WHY_STS_DANE, host->name);
		return true;
	case DANE_UNUSABLE:
		take_records(j, host, &verdict);
		break;
	case DANE_ABSENT:
		if (host->dane)
			explain_absence(j, host);
		break;
	}
	if (j->settings->dane == DANE_REQUIRE)
		put_out(j, host, NMX_DROP_DANE_REQUIRED, WHY_DROP_DANE_REQUIRED);
	else if (j->sts)
		judge_by_sts(j, host);
	return true;
}

bool
tls_judge(struct stage *stage, const struct policy_settings *settings, const uint8_t *domain,
	  const struct sts_policy *sts, struct notes *notes)
{
	struct judge j = {stage, settings, domain, sts, notes};

	if (stage->security != NMX_SECURE && settings->dane != DANE_OFF && domain)
		notes_why(notes, WHY_DANE_NAMING_UNSIGNED, select_naming(stage->source));
	for (size_t i = 0; i < stage->n_hosts; i++) {
		struct host *host = &stage->hosts[i];

		if (!host->out && host->n_addresses && !judge_host(&j, host))
			return false;
	}
	return !notes->arena->failed;
}
