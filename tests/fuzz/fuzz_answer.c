/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS answers: kind, two octets that choose security and settings, packet. Parsed and judged as of
 * every type, then taken further as a route would: hosts are selected from SRV and MX records, addresses
 * are judged, and what TLSA and its alias demand; and what is kept of records as published.
 */
#include "target.h"

#include <string.h>

#include "base/answer.h"
#include "base/why.h"
#include "policy/addresses.h"
#include "policy/dane.h"
#include "policy/deadline.h"
#include "policy/records.h"
#include "policy/select.h"
#include "policy/status.h"

static const uint16_t types[] = {RR_A, RR_AAAA, RR_CNAME, RR_MX, RR_SRV, RR_TXT, RR_TLSA, RR_NS};

const unsigned fuzz_kinds = sizeof(types) / sizeof(types[0]);

static const uint8_t asked[] = "\1a\7example";

static void
check_name(const uint8_t *name)
{
	char text[LIMIT_NAME_TEXT];

	MUST(dname_length(name) <= LIMIT_NAME && dname_labels(name) <= 127);
	dname_text(name, text);
	MUST(*text && is_printable(text, false));
	if (dname_is_host(name))
		MUST(strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == strlen(text));
}

/* Sums octets up, so that a sanitizer sees each. */
static unsigned
touch(const uint8_t *bytes, size_t n)
{
	unsigned sum = 0;

	while (n--)
		sum += *bytes++;
	return sum;
}

static void
check_record(const union rr *rr, uint16_t type, size_t packet_size)
{
	switch (type) {
	case RR_A:
	case RR_AAAA:
		MUST(rr->address.family == (type == RR_A ? 4 : 6));
		break;
	case RR_CNAME:
	case RR_NS:
		check_name(rr->name);
		break;
	case RR_MX:
		check_name(rr->mx.exchange);
		break;
	case RR_SRV:
		check_name(rr->srv.target);
		break;
	case RR_TXT:
		MUST(rr->txt.length < packet_size);
		MUST(touch(rr->txt.data, rr->txt.length) <= 255 * packet_size);
		break;
	case RR_TLSA:
		MUST(rr->tlsa.length < packet_size);
		MUST(touch(rr->tlsa.data, rr->tlsa.length) <= 255 * packet_size);
		break;
	}
}

static void
check_parsed(const uint8_t *packet, size_t size, uint16_t type)
{
	struct rr_answer answer;
	struct arena arena;

	arena_init(&arena);
	switch (rr_parse(packet, size, asked, type, &arena, &answer)) {
	case RR_OK:
		MUST(size >= 12 && answer.rcode < 16 && answer.ttl <= INT32_MAX);
		/* 11 octets of a record with the root as owner */
		MUST(answer.n_rrs <= LIMIT_RECORDS && answer.n_rrs * 11 <= size);
		MUST(answer.n_cnames <= LIMIT_CNAMES_COUNTED);
		check_name(answer.canonical);
		MUST(!answer.zone || answer.n_rrs == 0);
		if (answer.zone)
			check_name(answer.zone);
		for (size_t i = 0; i < answer.n_rrs; i++)
			check_record(&answer.rrs[i], type, size);
		break;
	case RR_MALFORMED:
		break;
	case RR_NOMEM:
		MUST(!"memory ran out");
	}
	MUST(!arena.failed);
	arena_done(&arena);
}

static void
check_lines(const struct why *why)
{
	size_t n = 0;

	MUST(why->length <= LIMIT_WHY);
	for (size_t at = 0; at < why->length; at = why_next(why->bytes, at)) {
		char line[4096];
		struct text text = text_into(line, sizeof(line));

		why_print(&text, why->bytes + at);
		MUST(text.length < sizeof(line) && is_printable(line, true));
		n++;
	}
	MUST(n == why->n);
}

static void
check_stage(const struct stage *stage, const struct policy_settings *settings)
{
	const struct port_set *ports =
		stage->security == NMX_SECURE ? &settings->ports_secure : &settings->ports_insecure;

	MUST(stage->n_hosts <= LIMIT_HOSTS);
	for (size_t i = 0; i < stage->n_hosts; i++) {
		const struct host *host = &stage->hosts[i];

		if (host->out)
			continue;
		MUST(host->port != 0);
		MUST(stage->source == NMX_SOURCE_SRV || host->port == 25);
		MUST(stage->source != NMX_SOURCE_SRV || host->port <= ports->ranges[0].last);
		check_name(host->name);
		MUST(dname_is_host(host->name) && !dname_is_address(host->name));
		if (i)
			MUST(stage->hosts[i - 1].priority <= host->priority);
	}
}

/* Addresses, TLS and the deadline of a stage; whether a host is left. */
static bool
check_hosts(struct stage *stage, struct host_answers *answers,
	    const struct policy_settings *settings, bool at_deadline, struct notes *notes)
{
	struct host_answers awaited = {.a = answers->a, .aaaa = {.state = ANSWER_TIMEOUT}};

	for (size_t i = 0; i < stage->n_hosts; i++)
		stage->hosts[i].answers = at_deadline && i % 3 == 1 ? &awaited : answers;
	MUST(addresses_judge(stage, settings, at_deadline, notes));
	MUST(tls_judge(stage, settings, asked, NULL, notes));
	if (at_deadline)
		deadline_cut(stage, notes);
	for (size_t i = 0; i < stage->n_hosts; i++) {
		const struct host *host = &stage->hosts[i];

		MUST(host->n_addresses <= LIMIT_ADDRESSES);
		MUST(host->out || host->n_addresses);
		MUST(!host->undecided || host->out);
		MUST(host->out || deadline_has_addresses(host));
		MUST(host->out || settings->dane != DANE_REQUIRE);
		stage->hosts[i].answers = NULL;
	}
	return stage_usable_hosts(stage);
}

/* A route's decisions about this answer as that of SRV or MX, or of a host. */
static void
check_decisions(struct answer *answer, uint16_t type, unsigned choice, struct arena *arena)
{
	struct port_range smtp = {25, 25}, all = {1, 65535};
	struct policy_settings settings = {.srv = choice & 1 ? SRV_USE_ANY : SRV_USE_AUTO,
					   .srv_error_defers = choice & 2,
					   .ports_insecure = {choice & 4 ? &all : &smtp, 1},
					   .ports_secure = {&all, 1},
					   .dnssec_required = choice & 8,
					   .dane = choice & 64 ? DANE_REQUIRE : DANE_ON,
					   .srv_fallback = (enum srv_fallback)(choice >> 4 & 1)};
	struct answer none = {.state = ANSWER_NODATA, .canonical = asked, .security = NMX_INSECURE};
	struct notes notes = notes_in(arena);
	struct host_answers answers = {.a = type == RR_A ? *answer : none,
				       .aaaa = type == RR_AAAA ? *answer : none};
	struct select_input in = {.settings = &settings,
				  .domain = asked,
				  .srv_name = asked,
				  .srv = type == RR_SRV ? answer : &none,
				  .mx = type == RR_MX ? answer : &none};
	struct selection sel;
	struct verdict verdict;
	bool usable = false;

	MUST(select_run(&in, &notes, &sel));
	MUST(sel.n_stages <= 2);
	for (size_t s = 0; s < sel.n_stages; s++) {
		check_stage(&sel.stages[s], &settings);
		usable |= check_hosts(&sel.stages[s], &answers, &settings, choice & 32, &notes);
	}
	verdict = status_decide(&(struct status_input){.settings = &settings,
						       .sel = &sel,
						       .notes = &notes,
						       .domain = asked,
						       .text = "a.example",
						       .deliverable = usable});
	MUST(verdict.code[0] == (verdict.outcome == NMX_DELIVERABLE ? '2'
				 : verdict.outcome == NMX_DEFER	    ? '4'
								    : '5'));
	MUST(is_printable(verdict.reason, true));
	MUST(notes.n_drops <= LIMIT_DROPS);
	check_lines(&notes.lines);
	check_lines(&notes.texts);
}

/* ---- DANE ----------------------------------------------------------------------------------- */

/* A failed answer proves nothing. */
static bool
proves_nothing_signed(const struct answer *tlsa)
{
	return answer_is_absence(tlsa) ||
	       (tlsa->state == ANSWER_DATA && tlsa->security == NMX_INSECURE);
}

static void
check_records(const struct dane_verdict *verdict)
{
	size_t n_used = 0, n_usable = 0;

	MUST(verdict->n_records <= LIMIT_TLSA);
	MUST(verdict->n_beyond == 0 || verdict->n_records == LIMIT_TLSA);
	for (size_t i = 0; i < verdict->n_records; i++) {
		const struct tlsa_record *record = &verdict->records[i];
		bool usable = record->state <= NMX_TLSA_WEAKER;

		MUST(!usable || n_usable == i);
		MUST(!usable || ((record->rr.usage == 2 || record->rr.usage == 3) &&
				 record->rr.selector <= 1 && record->rr.mtype <= 2));
		n_usable += usable;
		n_used += record->state == NMX_TLSA_USED;
	}
	MUST((verdict->state == DANE_USABLE) == (n_usable > 0));
	MUST(n_usable == 0 || n_used > 0); /* something to match */
	MUST((verdict->state == DANE_UNUSABLE) == (n_usable == 0 && verdict->n_records > 0));
}

static void
check_verdict(struct dane_answers *answers, struct arena *arena)
{
	struct dane_verdict verdict;
	bool proven = true;

	MUST(dane_judge(answers, arena, &verdict));
	check_records(&verdict);
	for (size_t i = 0; i < answers->bases.n; i++)
		proven &= proves_nothing_signed(&answers->tlsa[i]);
	proven |= answers->bases.alias && answers->alias.security == NMX_INSECURE;
	MUST((verdict.state == DANE_ABSENT) == proven);
	MUST(verdict.state == DANE_ABSENT || verdict.base);
	MUST(answers->n_used <= answers->bases.n);
}

/* What the host of these answers needs, in words as well. */
static void
check_requirement(struct dane_answers *answers, unsigned choice, struct arena *arena)
{
	struct policy_settings settings = {.dane = choice & 1 ? DANE_REQUIRE : DANE_ON};
	struct host_address address = {.address = {4, {192, 0, 2, 1}}};
	struct host host = {.port = 25,
			    .name = asked,
			    .addresses = &address,
			    .n_addresses = 1,
			    .dane = answers};
	struct stage stage = {.source = choice & 2 ? NMX_SOURCE_SRV : NMX_SOURCE_MX,
			      .security = NMX_SECURE,
			      .hosts = &host,
			      .n_hosts = 1,
			      .expansion = choice & 4 ? answers->bases.names[1] : NULL};
	struct notes notes = notes_in(arena);

	MUST(tls_judge(&stage, &settings, asked, NULL, &notes));
	MUST(host.out == (notes.n_drops == 1) && notes.n_drops <= 1);
	MUST(host.out || settings.dane == DANE_ON || host.tls.requirement == NMX_TLS_DANE);
	MUST(host.tls.requirement == NMX_TLS_MAY || (host.tls.sni && host.tls.n_tlsa));
	MUST((host.tls.requirement == NMX_TLS_DANE) == (host.tls.n_references > 0));
	MUST(host.tls.n_references <= TLS_REFERENCES);
	check_lines(&notes.lines);
	check_lines(&notes.texts);
}

/* The answer as TLSA of one or two base domains, or as the alias in front of usable TLSA. */
static void
check_dane(const struct answer *answer, uint16_t type, unsigned choice, struct arena *arena)
{
	static const uint8_t second[] = "\1b\7example", digest[32];
	union rr usable = {.tlsa = {3, 1, 1, sizeof(digest), digest}};
	struct answer others[] = {
		{.state = ANSWER_NODATA, .security = NMX_SECURE},
		{.state = ANSWER_FAILED, .security = NMX_INDETERMINATE},
		{.state = ANSWER_DATA, .security = NMX_SECURE, .rrs = &usable, .n_rrs = 1},
		{.state = ANSWER_DATA, .security = NMX_INSECURE, .rrs = &usable, .n_rrs = 1}};
	struct answer *other = &others[choice >> 2 & 3];
	struct dane_answers answers = {.bases = {.names = {asked, second}, .n = 1}};

	if (type == RR_CNAME) {
		answers.bases.alias = true;
		answers.alias = *answer;
		answers.tlsa[0] = *other;
	} else if (choice & 1) {
		answers.bases.n = 2;
		answers.tlsa[choice >> 1 & 1] = *answer;
		answers.tlsa[~choice >> 1 & 1] = *other;
	} else {
		answers.bases.alias = choice & 2;
		answers.alias = *other;
		answers.tlsa[0] = *answer;
	}
	check_verdict(&answers, arena);
	check_requirement(&answers, choice >> 4, arena);
}

/* What a route keeps of the answer as published. */
static void
check_published(const struct answer *answer, uint16_t type, struct arena *arena)
{
	struct records records;

	MUST(records_keep(answer, type, arena, &records));
	MUST(records.n <= LIMIT_RECORDS_KEPT && records.n <= records.n_published);
	MUST(records.n_published <= answer->n_rrs);
	MUST((records.n != 0) == (answer->state == ANSWER_DATA));
	for (size_t i = 0; i < records.n; i++) {
		check_name(records.records[i].name);
		if (i)
			MUST(records.records[i - 1].priority <= records.records[i].priority);
	}
}

static void
check_judged(const uint8_t *packet, size_t size, uint16_t type, unsigned choice)
{
	struct answer_raw raw = {.packet = packet,
				 .size = size,
				 .security = (int)(choice % 3),
				 .why_bogus = "reason \001"};
	struct arena arena;
	struct answer answer;

	arena_init(&arena);
	answer = answer_judge(&raw, asked, type, &arena);
	MUST(answer.state >= ANSWER_DATA && answer.state <= ANSWER_BOGUS);
	MUST((answer.n_rrs != 0) == (answer.state == ANSWER_DATA));
	MUST(answer.security != NMX_SECURE || raw.security == 2);
	if (answer.bogus)
		MUST(is_printable(answer.bogus, true));
	if (type == RR_SRV || type == RR_MX || type == RR_NS)
		check_published(&answer, type, &arena);
	if (type == RR_TLSA || type == RR_CNAME)
		check_dane(&answer, type, choice >> 2, &arena);
	else if (type != RR_TXT && type != RR_NS)
		check_decisions(&answer, type, choice >> 2, &arena);
	MUST(!arena.failed);
	arena_done(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint16_t type;
	unsigned choice;

	if (size < 3)
		return 0;
	type = types[data[0] % fuzz_kinds];
	choice = (unsigned)data[1] | (unsigned)data[2] << 8;
	check_parsed(data + 3, size - 3, type);
	check_judged(data + 3, size - 3, type, choice);
	return 0;
}
