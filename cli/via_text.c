/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the JSON of a nextmxd to the text of a local resolve. It is taken for a stranger's: types are
 * checked, and no control character of a string reaches the terminal.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/text.h"
#include "cli/via.h"

struct reader {
	FILE *out;
	const char *fault; /* the first member that is not as it should be */
};

/* ---- Members ---------------------------------------------------------------------------------- */

static void
blame(struct reader *r, const char *key)
{
	if (!r->fault)
		r->fault = key;
}

static bool
is_plain(const char *text)
{
	for (; *text; text++)
		if (*text < 0x20 || *text >= 0x7f)
			return false;
	return true;
}

/* The string, which is made printable ASCII for good. */
static const char *
plain(struct reader *r, json_t *string, const char *key)
{
	const char *text = json_string_value(string);
	char *copy;

	if (!text)
		blame(r, key);
	if (!text || is_plain(text))
		return text ? text : "";
	copy = strdup(text);
	for (char *c = copy; c && *c; c++)
		if (*c < 0x20 || *c >= 0x7f)
			*c = '?';
	if (!copy || json_string_set(string, copy) != 0)
		blame(r, key);
	free(copy);
	return r->fault ? "" : json_string_value(string);
}

static const char *
get_text(struct reader *r, json_t *object, const char *key)
{
	return plain(r, json_object_get(object, key), key);
}

static uint64_t
get_number(struct reader *r, json_t *object, const char *key)
{
	json_t *number = json_object_get(object, key);

	if (!json_is_integer(number) || json_integer_value(number) < 0) {
		blame(r, key);
		return 0;
	}
	return (uint64_t)json_integer_value(number);
}

static json_t *
get_array(struct reader *r, json_t *object, const char *key)
{
	json_t *array = json_object_get(object, key);

	if (!json_is_array(array))
		blame(r, key);
	return array;
}

/* ---- Lines ------------------------------------------------------------------------------------ */

static void
show_heading(struct reader *r, json_t *route)
{
	const char *ascii = get_text(r, route, "ascii"), *outcome = get_text(r, route, "outcome");
	bool is_deliverable = strcmp(outcome, "deliverable") == 0;
	const struct text_heading heading = {
		.name = *ascii ? ascii : get_text(r, route, "domain"),
		.outcome = outcome,
		.status = get_text(r, route, "status"),
		.reason = get_text(r, route, "reason"),
		.source = get_text(r, route, "source"),
		.security = get_text(r, route, "security"),
		.is_deliverable = is_deliverable,
		.ttl = get_number(r, route, "ttl"),
		.seed = is_deliverable ? get_number(r, route, "seed") : 0,
	};

	text_heading(r->out, &heading);
}

static void
show_sts(struct reader *r, json_t *route)
{
	json_t *object = json_object_get(route, "sts"), *mx, *one;
	struct text_sts sts;
	size_t i;

	if (json_is_null(object))
		return;
	sts = (struct text_sts){
		.mode = get_text(r, object, "mode"),
		.id = get_text(r, object, "id"),
		.was_fetched = strcmp(get_text(r, object, "source"), "fetch") == 0,
		.age = get_number(r, object, "age"),
		.max_age = get_number(r, object, "max_age"),
	};
	text_sts(r->out, &sts);
	mx = get_array(r, object, "mx");
	json_array_foreach(mx, i, one) text_sts_mx(r->out, plain(r, one, "mx"));
	text_sts_end(r->out, json_array_size(mx) > 0);
}

static void
show_tlsa(struct reader *r, json_t *endpoint)
{
	json_t *all = get_array(r, endpoint, "tlsa"), *one;
	size_t i;

	json_array_foreach(all, i, one)
	{
		const struct text_tlsa tlsa = {
			.usage = get_number(r, one, "usage"),
			.selector = get_number(r, one, "selector"),
			.mtype = get_number(r, one, "mtype"),
			.data = get_text(r, one, "data"),
			.state = get_text(r, one, "state"),
		};

		text_tlsa(r->out, &tlsa);
	}
}

static bool
are_of_one_host(json_t *a, json_t *b)
{
	return a && json_equal(json_object_get(a, "stage"), json_object_get(b, "stage")) &&
	       json_equal(json_object_get(a, "host"), json_object_get(b, "host")) &&
	       json_equal(json_object_get(a, "port"), json_object_get(b, "port"));
}

static void
show_plan(struct reader *r, json_t *route)
{
	json_t *plan = get_array(r, route, "plan"), *one, *last = NULL;
	size_t i;

	json_array_foreach(plan, i, one)
	{
		const struct text_endpoint endpoint = {
			.number = i + 1,
			.stage = get_text(r, one, "stage"),
			.host = get_text(r, one, "host"),
			.address = get_text(r, one, "address"),
			.security = get_text(r, one, "security"),
			.tls = get_text(r, one, "tls"),
			.is_srv = strcmp(get_text(r, one, "stage"), "srv") == 0,
			.priority = get_number(r, one, "priority"),
			.weight = get_number(r, one, "weight"),
			.port = get_number(r, one, "port"),
		};

		text_endpoint(r->out, &endpoint);
		if (!are_of_one_host(last, one))
			show_tlsa(r, one);
		last = one;
	}
}

static void
show_drops(struct reader *r, json_t *route)
{
	json_t *drops = get_array(r, route, "dropped"), *one;
	size_t i;

	json_array_foreach(drops, i, one)
	{
		bool is_host = json_is_null(json_object_get(one, "address"));
		const struct text_drop drop = {
			.stage = get_text(r, one, "stage"),
			.host = get_text(r, one, "host"),
			.address = is_host ? "" : get_text(r, one, "address"),
			.code = get_text(r, one, "code"),
			.text = get_text(r, one, "text"),
			.rule = get_text(r, one, "rule"),
			.port = get_number(r, one, "port"),
		};

		text_drop(r->out, &drop);
	}
}

static void
show_why(struct reader *r, json_t *route)
{
	json_t *queries = get_array(r, route, "queries"), *why = get_array(r, route, "why"), *one;
	size_t i;

	json_array_foreach(queries, i, one)
	{
		const struct text_query query = {
			.name = get_text(r, one, "name"),
			.type = get_text(r, one, "type"),
			.rcode = get_text(r, one, "rcode"),
			.security = get_text(r, one, "security"),
			.ttl = get_number(r, one, "ttl"),
			.ms = json_number_value(json_object_get(one, "ms")),
		};

		text_query(r->out, &query);
	}
	json_array_foreach(why, i, one)
		text_why(r->out, get_text(r, one, "phase"), get_text(r, one, "rule"),
			 get_text(r, one, "text"));
}

const char *
via_text(FILE *out, json_t *route, bool why)
{
	struct reader r = {.out = out};

	show_heading(&r, route);
	show_sts(&r, route);
	show_plan(&r, route);
	show_drops(&r, route);
	if (why)
		show_why(&r, route);
	return r.fault;
}
