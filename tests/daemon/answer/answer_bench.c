/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

const char *const answer_bench_classes[CLASS_COUNT] = {"nx-may", "nx-sec", "nx-sts", "nx-sts-sec"};

static struct config
config_of(bool answer_srv)
{
	static const char *pass[] = {"pass.example"};
	struct config config = {.answer_srv = answer_srv, .pass = pass, .n_pass = 1};

	memcpy(config.classes, answer_bench_classes, sizeof(config.classes));
	return config;
}

bool
config_passes(const struct config *config, const char *domain)
{
	for (size_t i = 0; i < config->n_pass; i++)
		if (strcmp(config->pass[i], domain) == 0)
			return true;
	return false;
}

static const char *
reply_text(const struct reply *reply)
{
	static const char *const statuses[] = {"OK", "NOTFOUND", "TEMP", "PERM"};
	static const char *const told[] = {"answer", "notfound",    "defer",	"reject",
					   "later",  "quarantined", "overload", "error"};
	static char text[ANSWER_SIZE + 64];

	for (size_t i = 0; i < reply->length; i++)
		if (!CHECK(reply->data[i] >= ' ' && reply->data[i] < 0x7f, "octet %d",
			   reply->data[i]))
			return "";
	snprintf(text, sizeof(text), "%s %.*s (%s)", statuses[reply->status], (int)reply->length,
		 reply->data, told[reply->told]);
	return text;
}

/* The buffer is full of what was there before, in memory of exactly its size. */
static char *
new_buffer(void)
{
	char *buffer = malloc(ANSWER_SIZE);

	if (!buffer)
		abort();
	memset(buffer, '\n', ANSWER_SIZE);
	return buffer;
}

const char *
answer_bench_ask(enum question_kind kind, bool answer_srv, struct nmx_route *route)
{
	struct config config = config_of(answer_srv);
	struct question question = {.kind = kind, .subject = "asked.example", .port = 25};
	bool is_tls = kind == QUESTION_TLS_SEC || kind == QUESTION_TLS_STS;
	struct nmx_plan *plan = is_tls ? NULL : routes_draw(route, 0);
	char *buffer = new_buffer();
	struct reply reply;
	const char *text;

	answer_make(&config, &question, route, plan, buffer, &reply);
	text = reply_text(&reply);
	nmx_plan_free(plan);
	free(buffer);
	return text;
}

const char *
answer_bench_trouble(enum question_kind kind, bool answer_srv, enum trouble trouble)
{
	struct config config = config_of(answer_srv);
	struct question question = {.kind = kind, .subject = "asked.example", .port = 25};
	char *buffer = new_buffer();
	struct reply reply;
	const char *text;

	answer_trouble(&config, &question, trouble, buffer, &reply);
	text = reply_text(&reply);
	free(buffer);
	return text;
}

void
answer_bench_fail(struct nmx_route *route, enum nmx_outcome outcome, const char *status,
		  const char *reason)
{
	route->outcome = outcome;
	snprintf(route->status, sizeof(route->status), "%s", status);
	route->reason = reason;
}

static enum nmx_drop_code
code_of(const char *word)
{
	for (unsigned code = 0; code <= NMX_DROP_LIMIT; code++)
		if (strcmp(nmx_drop_code_name((enum nmx_drop_code)code), word) == 0)
			return (enum nmx_drop_code)code;
	fprintf(stderr, "test data: %s\n", word);
	abort();
}

void
answer_bench_drop(struct bench *bench, const char *drops)
{
	char *copy = arena_copy(&bench->arena, drops, strlen(drops) + 1), *save = NULL;

	for (char *drop = strtok_r(copy, ";", &save); drop; drop = strtok_r(NULL, ";", &save)) {
		char code[64], name[256], address[64];
		struct address parsed, *kept = NULL;
		unsigned port;

		if (sscanf(drop, "%63s %255[^:]:%u %63s", code, name, &port, address) != 4)
			abort();
		if (strcmp(address, "-") != 0) {
			parsed = bench_address(address);
			kept = arena_copy(&bench->arena, &parsed, sizeof(parsed));
		}
		notes_drop(&bench->notes,
			   &(struct drop){NMX_SOURCE_SRV, code_of(code), (uint16_t)port,
					  bench_name(bench, name), kept, 0},
			   WHY_DROP_ADDRESS_LIMIT);
	}
}
