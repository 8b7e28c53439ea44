/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/respond.h"

#include <stdio.h>
#include <string.h>

#include "daemon/answer.h"
#include "daemon/answer_reply.h"
#include "daemon/log.h"
#include "daemon/moment.h"
#include "daemon/orders.h"
#include "daemon/repeats.h"

/* The order that MTAs get at a moment, unless somebody wants to see another one. */
static int
draw(struct env *env, const struct question *question, struct nmx_route *route, int64_t wall_s,
     struct nmx_plan **ret_plan)
{
	if (question->has_seed)
		return nmx_plan_new(route, question->seed, ret_plan);
	return orders_plan(env->secret, sizeof(env->secret), route, wall_s, env->config->slot_s,
			   ret_plan);
}

static enum told
told_of(const struct nmx_plan *plan)
{
	switch (nmx_plan_outcome(plan)) {
	case NMX_DELIVERABLE:
		return TOLD_ANSWER;
	case NMX_REJECT:
		return TOLD_REJECT;
	default:
		return TOLD_DEFER;
	}
}

/* Without its reasons, if it is too long with them; NULL without memory. */
static char *
json_of(struct nmx_route *route, const struct nmx_plan *plan, unsigned flags)
{
	char *text;

	if (nmx_json(route, plan, flags, &text) != 0)
		return NULL;
	if (strlen(text) <= REPLY_MOST)
		return text;
	nmx_text_free(text);
	if (nmx_json(route, plan, NMX_JSON_NO_WHY | NMX_JSON_NO_QUERIES, &text) != 0)
		return NULL;
	if (strlen(text) <= REPLY_MOST)
		return text;
	nmx_text_free(text);
	return NULL;
}

static void
respond_json(struct env *env, const struct question *question, struct nmx_route *route, reply_fn fn,
	     void *user)
{
	struct nmx_plan *plan = NULL;
	char buffer[ANSWER_SIZE];
	struct reply reply;
	char *text = NULL;

	if (draw(env, question, route, moment_wall_s(), &plan) == 0)
		text = json_of(route, plan, question->json_flags);
	if (text)
		reply = (struct reply){REPLY_OK, told_of(plan), text, strlen(text)};
	else
		answer_trouble(env->config, question, TROUBLE_MEMORY, buffer, &reply);
	fn(&reply, user);
	nmx_text_free(text);
	nmx_plan_free(plan);
}

/* An MTA that asks where a domain's mail goes: the same all the slot. */
static void
respond_domain(struct env *env, const struct question *question, struct nmx_route *route,
	       reply_fn fn, void *user)
{
	int64_t now_us = moment_us(), wall_s = moment_wall_s();
	uint64_t slot = orders_slot(wall_s, env->config->slot_s);
	const struct reply *again = repeats_find(env->repeats, route, question->kind, slot, now_us);
	struct nmx_plan *plan;
	char buffer[ANSWER_SIZE];
	struct reply reply;

	if (again) {
		fn(again, user);
		return;
	}
	if (draw(env, question, route, wall_s, &plan) == 0) {
		answer_make(env->config, question, route, plan, buffer, &reply);
		repeats_put(env->repeats, route, question->kind, slot, now_us, &reply);
		nmx_plan_free(plan);
	} else {
		answer_trouble(env->config, question, TROUBLE_MEMORY, buffer, &reply);
	}
	fn(&reply, user);
}

static void
respond_host(struct env *env, const struct question *question, struct nmx_route *route, reply_fn fn,
	     void *user)
{
	char buffer[ANSWER_SIZE];
	struct reply reply;

	answer_make(env->config, question, route, NULL, buffer, &reply);
	fn(&reply, user);
}

void
respond_route(struct env *env, const struct question *question, struct nmx_route *route,
	      reply_fn fn, void *user)
{
	metrics_route(env->metrics, route);
	if (question->kind == QUESTION_JSON)
		respond_json(env, question, route, fn, user);
	else if (answer_is_of_domain(question->kind))
		respond_domain(env, question, route, fn, user);
	else
		respond_host(env, question, route, fn, user);
}

/* ---- Log ------------------------------------------------------------------------------------ */

static void
log_why(const char *key, const struct nmx_route *route)
{
	char text[1024];

	for (size_t i = 0; i < nmx_route_why_count(route); i++) {
		nmx_route_why(route, i, text, sizeof(text));
		log_always(NMX_LOG_INFO, "why", "domain", key, "phase",
			   nmx_route_why_phase(route, i), "rule", nmx_route_why_rule(route, i),
			   "text", text, NULL);
	}
	for (size_t i = 0; i < nmx_route_dropped_count(route); i++) {
		const struct nmx_drop *drop = nmx_route_dropped(route, i);

		nmx_drop_text(drop, text, sizeof(text));
		log_always(NMX_LOG_INFO, "dropped", "domain", key, "host", nmx_drop_host(drop),
			   "code", nmx_drop_code_name(nmx_drop_code(drop)), "rule",
			   nmx_drop_rule(drop), "text", text, NULL);
	}
}

void
respond_log_route(const struct env *env, const char *key, const struct nmx_route *route, int64_t us)
{
	char ms[32], ttl[16], hosts[16];
	bool is_deliverable = nmx_route_outcome(route) == NMX_DELIVERABLE;

	if (config_logs_why(env->config, key))
		log_why(key, route);
	if (!log_wants(NMX_LOG_INFO))
		return;
	snprintf(ms, sizeof(ms), "%lld", (long long)(us / 1000));
	snprintf(ttl, sizeof(ttl), "%lu", (unsigned long)nmx_route_ttl(route));
	snprintf(hosts, sizeof(hosts), "%zu", nmx_route_host_count(route));
	log_write(NMX_LOG_INFO, "route", "domain", key, "outcome",
		  nmx_outcome_name(nmx_route_outcome(route)), "status", nmx_route_status(route),
		  "reason", is_deliverable ? NULL : nmx_route_reason(route), "source",
		  nmx_source_name(nmx_route_source(route)), "security",
		  nmx_security_name(nmx_route_security(route)), "sts",
		  nmx_route_sts_mode(route) == NMX_STS_ABSENT
			  ? NULL
			  : nmx_sts_mode_name(nmx_route_sts_mode(route)),
		  "hosts", hosts, "ttl", ttl, "ms", ms, NULL);
}
