/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/via.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/via_http.h"

struct via {
	const char *socket; /* as given */
	struct via_address address;
	bool json, why, has_seed;
	uint64_t seed;
};

/* ---- Arguments -------------------------------------------------------------------------------- */

static bool
is_flag(const char *argument, const char *name)
{
	size_t n = strlen(name);

	return strncmp(argument, "--", 2) == 0 && strncmp(argument + 2, name, n) == 0 &&
	       (argument[2 + n] == '\0' || argument[2 + n] == '=');
}

/* Whether the flag is among the options. */
static bool
is_given(int argc, char **argv, const char *name)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (is_flag(argv[i], name))
			return true;
	return false;
}

bool
via_is_wanted(int argc, char **argv)
{
	return is_given(argc, argv, "via");
}

/* nextmxd resolves as its own configuration says. */
static bool
has_foreign_option(int argc, char **argv)
{
	for (size_t i = 0; i < nmx_option_count(); i++)
		if (is_given(argc, argv, nmx_option_name(i))) {
			complain("resolve: option --%s: not with --via, nextmxd has options of its "
				 "own",
				 nmx_option_name(i));
			return true;
		}
	return false;
}

static bool
read_settings(const struct verb *verb, struct via *v)
{
	const char *seed = args_flag(verb, "seed");

	*v = (struct via){
		.socket = args_flag(verb, "via"),
		.json = args_flag(verb, "json") != NULL,
		.why = args_flag(verb, "why") != NULL,
		.has_seed = seed != NULL,
	};
	if (args_flag(verb, "count")) {
		complain("resolve: option --count: not with --via");
		return false;
	}
	if (!v->socket || !via_address_read(v->socket, &v->address)) {
		complain("option --via: \"%s\": expected the path of a socket (with a slash), or "
			 "ADDRESS:PORT",
			 v->socket ? v->socket : "");
		return false;
	}
	return !seed || args_number("--seed", seed, 0, NMX_SEED_MAX, &v->seed);
}

/* ---- Asking ----------------------------------------------------------------------------------- */

/* Every octet that is not unreserved (RFC 3986 section 2.3) in hexadecimal. NULL without memory. */
static char *
target_for(const struct via *v, const char *domain)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					 "0123456789-._~";
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fputs("/v1/route/", out);
	for (; *domain; domain++)
		if (strchr(unreserved, *domain))
			fputc(*domain, out);
		else
			fprintf(out, "%%%02X", (unsigned char)*domain);
	if (!v->json && !v->why)
		fputs("?why=0&queries=0", out);
	if (v->has_seed)
		fprintf(out, "%cseed=%" PRIu64, v->json || v->why ? '?' : '&', v->seed);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* ---- Answers ---------------------------------------------------------------------------------- */

static int
invalid(const struct via *v, const char *domain, const char *what)
{
	complain("%s: nextmxd at %s: no valid reply: %s", domain, v->socket, what);
	return EXIT_DEFER;
}

/* {"error":"..."}, with another status than 200. */
static int
tell_error(const struct via *v, const char *domain, const struct via_reply *reply, json_t *json)
{
	const char *text = json_string_value(json_object_get(json, "error"));

	complain("%s: nextmxd at %s answers %u%s%s", domain, v->socket, reply->status,
		 text ? ": " : "", text ? text : "");
	return reply->status == 400 ? EXIT_USAGE : EXIT_DEFER;
}

/* nextmxd writes no control characters, C1 among them, and one line. */
static bool
is_a_line(const struct via_reply *reply, size_t *ret_length)
{
	const unsigned char *body = (const unsigned char *)reply->body;
	size_t n = reply->length;

	if (n && body[n - 1] == '\n')
		n--;
	for (size_t i = 0; i < n; i++)
		if (body[i] < 0x20 || body[i] == 0x7f ||
		    (body[i] == 0xc2 && i + 1 < n && body[i + 1] < 0xa0))
			return false;
	*ret_length = n;
	return true;
}

static bool
read_outcome(json_t *json, int *ret_code)
{
	const char *outcome = json_string_value(json_object_get(json, "outcome"));

	for (int i = NMX_DELIVERABLE; outcome && i <= NMX_REJECT; i++)
		if (strcmp(outcome, nmx_outcome_name((enum nmx_outcome)i)) == 0) {
			*ret_code = exit_code_of((enum nmx_outcome)i);
			return true;
		}
	return false;
}

/* All of it, or nothing if something is missing; *ret_fault is NULL then. */
static int
print_text(const struct via *v, json_t *json, const char **ret_fault)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return -1;
	*ret_fault = via_text(out, json, v->why);
	if (fclose(out) != 0) {
		free(text);
		return -1;
	}
	if (!*ret_fault)
		fputs(text, stdout);
	free(text);
	return 0;
}

static int
print_route(const struct via *v, const char *domain, const struct via_reply *reply, json_t *json)
{
	const char *schema = json_string_value(json_object_get(json, "schema")), *fault = NULL;
	char what[100];
	size_t length;
	int code;

	if (!json)
		return invalid(v, domain, "it is not JSON");
	if (!schema || strcmp(schema, "nextmx.route/1") != 0)
		return invalid(v, domain, "it is not of the schema nextmx.route/1");
	if (!is_a_line(reply, &length))
		return invalid(v, domain, "it is more than a line, or has control characters");
	if (!read_outcome(json, &code))
		return invalid(v, domain, "member \"outcome\" is missing or wrong");
	if (v->json) {
		fwrite(reply->body, 1, length, stdout);
		putchar('\n');
		return code;
	}
	if (print_text(v, json, &fault) != 0) {
		complain("out of memory");
		return EXIT_INTERNAL;
	}
	if (!fault)
		return code;
	snprintf(what, sizeof(what), "member \"%s\" is missing or wrong", fault);
	return invalid(v, domain, what);
}

/* *ret_goes_on: whether it is worth while to ask for another domain. */
static int
resolve_one(const struct via *v, const char *domain, bool *ret_goes_on)
{
	char *target = target_for(v, domain), *octets = NULL, fault[VIA_FAULT] = "out of memory";
	struct via_reply reply;
	enum via_result result =
		target ? via_get(&v->address, target, &reply, &octets, fault) : VIA_BROKEN;
	int code = EXIT_DEFER;
	json_t *json;

	free(target);
	if (result == VIA_ANSWERED) {
		json = json_loadb(reply.body, reply.length, JSON_REJECT_DUPLICATES, NULL);
		code = reply.status == 200 ? print_route(v, domain, &reply, json)
					   : tell_error(v, domain, &reply, json);
		json_decref(json);
		free(octets);
		fflush(stdout);
	} else if (result == VIA_UNREACHABLE) {
		complain("cannot reach nextmxd at %s: %s", v->socket, fault);
	} else {
		complain("%s: nextmxd at %s: %s", domain, v->socket, fault);
	}
	*ret_goes_on = result != VIA_UNREACHABLE;
	return code;
}

int
via_resolve(const struct verb *verb, int argc, char **argv)
{
	struct verb without = *verb;
	struct via v;
	bool goes_on = true;
	int n = 0, code;

	if (has_foreign_option(argc, argv))
		return EXIT_USAGE;
	without.has_registry = is_given(argc, argv, "help"); /* which lists them */
	code = args_read(&without, NULL, argc, argv, &n);
	if (code != EXIT_OK || n < 0)
		return code;
	if (!read_settings(&without, &v))
		return EXIT_USAGE;
	if (n == 0) {
		complain("resolve: which domain?");
		return EXIT_USAGE;
	}
	for (int i = 0; i < n && goes_on; i++)
		code = graver(code, resolve_one(&v, argv[i], &goes_on));
	return code;
}
