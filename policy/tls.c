/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/tls.h"

#include "policy/dane.h"

struct judge {
	struct stage *stage;
	const struct policy_settings *settings;
	const uint8_t *domain;
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
		return true;
	case DANE_UNUSABLE:
		take_records(j, host, &verdict);
		break;
	case DANE_ABSENT:
		if (host->dane)
			explain_absence(j, host);
		break;
	}
	if (j->settings->dane == DANE_REQUIRE) {
		struct drop drop = drop_of(j, host, NMX_DROP_DANE_REQUIRED);

		notes_drop(j->notes, &drop, WHY_DROP_DANE_REQUIRED);
		host->out = true;
	}
	return true;
}

bool
tls_judge(struct stage *stage, const struct policy_settings *settings, const uint8_t *domain,
	  struct notes *notes)
{
	struct judge j = {stage, settings, domain, notes};

	if (stage->security != NMX_SECURE && settings->dane != DANE_OFF && domain)
		notes_why(notes, WHY_DANE_NAMING_UNSIGNED, select_naming(stage->source));
	for (size_t i = 0; i < stage->n_hosts; i++) {
		struct host *host = &stage->hosts[i];

		if (!host->out && host->n_addresses && !judge_host(&j, host))
			return false;
	}
	return !notes->arena->failed;
}
