/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/settings.h"

static void *
must(const void *pointer, const char *what)
{
	if (pointer)
		return (void *)(uintptr_t)pointer;
	fprintf(stderr, "test data: %s\n", what);
	abort();
}

/* ---- Settings ------------------------------------------------------------------------------- */

static void
set_option(struct options *options, char *pair)
{
	struct text error = text_growing();
	char *value;

	pair += strspn(pair, " ");
	value = must(strchr(pair, ' '), pair);
	*value++ = '\0';
	if (options_set(options, pair, value, &error) != 0)
		must(NULL, error.data);
	free(error.data);
}

struct bench *
bench_new(const char *text)
{
	struct bench *bench = must(calloc(1, sizeof(*bench)), "memory");
	char *copy = must(strdup(text), "memory"), *save = NULL;
	struct options options;
	struct settings settings;

	arena_init(&bench->arena);
	bench->notes = notes_in(&bench->arena);
	if (!options_init(&options))
		must(NULL, "memory");
	for (char *pair = strtok_r(copy, ";", &save); pair; pair = strtok_r(NULL, ";", &save))
		set_option(&options, pair);
	if (!settings_parse(&options, &bench->arena, &settings))
		must(NULL, "memory");
	bench->settings = settings.policy;
	options_done(&options);
	free(copy);
	return bench;
}

void
bench_free(struct bench *bench)
{
	arena_done(&bench->arena);
	free(bench);
}

/* ---- Answers -------------------------------------------------------------------------------- */

const uint8_t *
bench_name(struct bench *bench, const char *text)
{
	uint8_t *name = must(arena_alloc(&bench->arena, LIMIT_NAME), "memory");
	size_t at = 1, label = 0;

	if (strcmp(text, ".") == 0)
		return name;
	for (; *text; text++) {
		if (*text == '.') {
			label = at++;
			continue;
		}
		if (at >= LIMIT_NAME - 1)
			must(NULL, "a name too long");
		if (*text == '\\') {
			name[at++] = (uint8_t)((text[1] - '0') * 100 + (text[2] - '0') * 10 +
					       text[3] - '0');
			text += 3;
		} else {
			name[at++] = (uint8_t)*text;
		}
		name[label]++;
	}
	return name;
}

struct address
bench_address(const char *text)
{
	struct address address;

	if (!address_from_text(text, &address))
		must(NULL, text);
	return address;
}

static bool
word_is(const char **text, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*text, word, n) != 0 || ((*text)[n] != ' ' && (*text)[n] != '\0'))
		return false;
	*text += n + strspn(*text + n, " ");
	return true;
}

static bool
number_is(const char **text, const char *word, unsigned long *ret)
{
	size_t n = strlen(word);
	char *end;

	if (strncmp(*text, word, n) != 0)
		return false;
	*ret = strtoul(*text + n, &end, 10);
	*text = end + strspn(end, " ");
	return true;
}

static void
read_words(const char **text, struct answer *answer)
{
	unsigned long number;

	for (;;) {
		if (word_is(text, "secure"))
			answer->security = NMX_SECURE;
		else if (word_is(text, "insecure"))
			answer->security = NMX_INSECURE;
		else if (word_is(text, "wildcard"))
			answer->wildcard = true;
		else if (number_is(text, "chain=", &number))
			answer->n_cnames = (unsigned)number;
		else if (number_is(text, "ttl=", &number))
			answer->ttl = (uint32_t)number;
		else
			return;
	}
}

static bool
read_state(const char *text, struct answer *answer)
{
	static const struct {
		const char *word;
		enum answer_state state;
		unsigned rcode;
	} states[] = {
		{"NONE", ANSWER_NONE, 0},
		{"NODATA", ANSWER_NODATA, RCODE_NOERROR},
		{"NXDOMAIN", ANSWER_NXDOMAIN, RCODE_NXDOMAIN},
		{"SERVFAIL", ANSWER_FAILED, RCODE_SERVFAIL},
		{"REFUSED", ANSWER_FAILED, RCODE_REFUSED},
		{"BOGUS", ANSWER_BOGUS, RCODE_NOERROR},
		{"TIMEOUT", ANSWER_TIMEOUT, 0},
		{"OVERLOAD", ANSWER_OVERLOAD, 0},
		{"LIMIT", ANSWER_LIMIT, 0},
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (!word_is(&text, states[i].word))
			continue;
		answer->state = states[i].state;
		answer->rcode = states[i].rcode;
		if (answer->state == ANSWER_BOGUS) {
			answer->security = NMX_BOGUS;
			answer->bogus = "no signature";
		} else if (!answer_is_absence(answer)) {
			answer->security = NMX_INDETERMINATE;
		}
		return true;
	}
	return false;
}

/* "3 1 1 00ff": the data as hexadecimal digits, none of them for none. */
static void
read_tlsa(struct bench *bench, const char *text, struct rr_tlsa *ret)
{
	unsigned usage, selector, mtype, octet;
	uint8_t *data;
	int at = 0;

	if (sscanf(text, "%u %u %u %n", &usage, &selector, &mtype, &at) != 3)
		must(NULL, text);
	data = must(arena_alloc(&bench->arena, strlen(text)), "memory");
	*ret = (struct rr_tlsa){(uint8_t)usage, (uint8_t)selector, (uint8_t)mtype, 0, data};
	for (text += at; sscanf(text, "%2x", &octet) == 1; text += 2)
		data[ret->length++] = (uint8_t)octet;
}

static void
read_record(struct bench *bench, uint16_t type, char *text, union rr *ret)
{
	unsigned priority, weight, port;
	char name[4 * LIMIT_NAME] = "";

	text += strspn(text, " ");
	if (type == RR_MX) {
		if (sscanf(text, "%u %1019s", &priority, name) != 2)
			must(NULL, text);
		ret->mx.preference = (uint16_t)priority;
		ret->mx.exchange = bench_name(bench, name);
	} else if (type == RR_SRV) {
		if (sscanf(text, "%u %u %u %1019s", &priority, &weight, &port, name) != 4)
			must(NULL, text);
		ret->srv.priority = (uint16_t)priority;
		ret->srv.weight = (uint16_t)weight;
		ret->srv.port = (uint16_t)port;
		ret->srv.target = bench_name(bench, name);
	} else if (type == RR_TLSA) {
		read_tlsa(bench, text, &ret->tlsa);
	} else if (type == RR_CNAME || type == RR_NS) {
		ret->name = bench_name(bench, text);
	} else {
		if (sscanf(text, "%1019s", name) != 1)
			must(NULL, text);
		ret->address = bench_address(name);
	}
}

struct answer
bench_answer(struct bench *bench, uint16_t type, const char *text)
{
	struct answer answer = {.state = ANSWER_DATA, .security = NMX_INSECURE, .ttl = 300};
	char *copy, *save = NULL;
	size_t n = 1;

	read_words(&text, &answer);
	answer.canonical = bench_name(bench, answer.n_cnames ? "canonical.example" : "example.org");
	if (read_state(text, &answer))
		return answer;
	for (const char *c = text; *c; c++)
		n += *c == ';';
	answer.rrs = must(arena_array(&bench->arena, n, sizeof(*answer.rrs)), "memory");
	copy = must(strdup(text), "memory");
	for (char *record = strtok_r(copy, ";", &save); record; record = strtok_r(NULL, ";", &save))
		read_record(bench, type, record, &answer.rrs[answer.n_rrs++]);
	free(copy);
	return answer;
}

const struct answer *
bench_answer_copy(struct bench *bench, uint16_t type, const char *text)
{
	struct answer answer = bench_answer(bench, type, text);

	return must(arena_copy(&bench->arena, &answer, sizeof(answer)), "memory");
}

/* ---- Decisions ------------------------------------------------------------------------------ */

static const char *
keep(struct bench *bench, struct text *text)
{
	const char *copy = must(text->data ? arena_copy(&bench->arena, text->data, text->length + 1)
					   : arena_alloc(&bench->arena, 1),
				"memory");

	free(text->data);
	return copy;
}

const char *
bench_stages_text(struct bench *bench, const struct selection *sel)
{
	struct text text = text_growing();

	for (size_t s = 0; s < sel->n_stages; s++) {
		const struct stage *stage = &sel->stages[s];

		text_printf(&text, "%s%s %s", s ? " | " : "", nmx_source_name(stage->source),
			    nmx_security_name(stage->security));
		for (size_t i = 0; i < stage->n_hosts; i++) {
			const struct host *host = &stage->hosts[i];

			if (host->out)
				continue;
			text_printf(&text, " %u/%u ", host->priority, host->weight);
			dname_print(&text, host->name);
			text_printf(&text, ":%u", host->port);
		}
	}
	return keep(bench, &text);
}

const char *
bench_drops_text(struct bench *bench)
{
	struct text text = text_growing();

	for (size_t i = 0; i < bench->notes.n_drops; i++) {
		const struct drop *drop = &bench->notes.drops[i];

		text_printf(&text, "%s%s ", i ? "; " : "", nmx_drop_code_name(drop->code));
		if (drop->host)
			dname_print(&text, drop->host);
		text_printf(&text, ":%u ", drop->port);
		if (drop->address) {
			address_print(&text, drop->address);
			text_char(&text, ' ');
		}
		text_add(&text, why_rule(why_code_at(bench->notes.texts.bytes + drop->text)));
	}
	return keep(bench, &text);
}

bool
bench_explains(const struct bench *bench, enum why_code code)
{
	const struct why *lines = &bench->notes.lines;

	for (size_t at = 0; at < lines->length; at = why_next(lines->bytes, at))
		if (why_code_at(lines->bytes + at) == code)
			return true;
	return false;
}

const char *
bench_why_text(struct bench *bench)
{
	const struct why *lines = &bench->notes.lines;
	struct text text = text_growing();

	for (size_t at = 0; at < lines->length; at = why_next(lines->bytes, at)) {
		text_printf(&text, "%s ", why_rule(why_code_at(lines->bytes + at)));
		why_print(&text, lines->bytes + at);
		text_char(&text, '\n');
	}
	return keep(bench, &text);
}
