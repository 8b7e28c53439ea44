/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nextmx sts list, show, forget, refresh, report: the policies and counts of a state-dir. All but refresh
 * ask nobody anything.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "cli/sts.h"

struct settings {
	bool json, with_text;
	const char *day, *organization, *contact;
	char host[256];
};

/* Not in a library that was built without it, nor with --sts off. */
static bool
has_sts(const struct verb *verb, struct nmx_context *ctx)
{
	bool has = strcmp(nmx_context_get(ctx, "sts"), "on") == 0;

	if (!has)
		complain("%s: option sts is off", verb->name);
	return has;
}

/* Nothing is resolved: no trust anchor is needed. */
static bool
read_settings(const struct verb *verb, struct nmx_context *ctx, void *settings)
{
	struct settings *s = settings;

	s->json = args_flag(verb, "json") != NULL;
	nmx_context_set(ctx, "dnssec", "off", NULL);
	nmx_context_set(ctx, "dane", "off", NULL);
	if (!has_sts(verb, ctx))
		return false;
	if (*nmx_context_get(ctx, "state-dir"))
		return true;
	complain("%s: which folder? --state-dir says it", verb->name);
	return false;
}

static int
tell(const char *domain, int error, const char *text)
{
	if (error == NMX_E_STATE)
		text = "this nextmx was built without MTA-STS";
	else if (error != NMX_E_VALUE)
		text = nmx_strerror(error);
	complain("%s: %s", domain, text);
	return error == NMX_E_VALUE   ? EXIT_DATA
	       : error == NMX_E_STATE ? EXIT_CONFIG
				      : EXIT_INTERNAL;
}

/* ---- list, show ----------------------------------------------------------------------------- */

static void
print_policy_text(const char *text, size_t length)
{
	for (bool begins = true; length; text++, length--) {
		if (begins)
			printf("  ");
		begins = *text == '\n';
		if (begins || (*text >= 0x20 && *text < 0x7f))
			putchar(*text);
		else if (*text != '\r')
			printf("\\%03u", (unsigned char)*text);
		if (length == 1 && !begins)
			putchar('\n');
	}
}

static void
print_held(const struct nmx_sts_held *held, const struct settings *s)
{
	long long now = time(NULL);
	size_t length;
	const char *text = nmx_sts_held_text(held, &length);

	printf("%s: %s, id %s, fetched %lld s ago, expires in %lld s\n", nmx_sts_held_domain(held),
	       nmx_sts_mode_name(nmx_sts_held_mode(held)), nmx_sts_held_id(held),
	       now - (long long)nmx_sts_held_fetched(held),
	       (long long)nmx_sts_held_expires(held) - now);
	if (s->with_text)
		print_policy_text(text, length);
}

/* The patterns are in the text. */
static void
print_json_patterns(const char *text, size_t length)
{
	struct nmx_sts_policy *policy;

	printf(",\"mx\":[");
	if (nmx_sts_policy_new(text, length, &policy, NULL, NULL) == 0) {
		for (size_t i = 0; i < nmx_sts_policy_mx_count(policy); i++)
			printf("%s\"%s\"", i ? "," : "", nmx_sts_policy_mx(policy, i));
		nmx_sts_policy_free(policy);
	}
	printf("]");
}

/* The text is UTF-8 without zero octets. */
static void
print_json_text(const char *text, size_t length)
{
	char *copy = strndup(text, length);

	printf(",\"text\":");
	print_json_string(copy ? copy : "");
	free(copy);
}

static void
print_json_held(const struct nmx_sts_held *held, const struct settings *s)
{
	size_t length;
	const char *text = nmx_sts_held_text(held, &length);

	printf("{\"domain\":\"%s\",\"mode\":\"%s\",\"id\":\"%s\",\"max_age\":%lu,\"fetched\":%lld,"
	       "\"expires\":%lld",
	       nmx_sts_held_domain(held), nmx_sts_mode_name(nmx_sts_held_mode(held)),
	       nmx_sts_held_id(held), (unsigned long)nmx_sts_held_max_age(held),
	       (long long)nmx_sts_held_fetched(held), (long long)nmx_sts_held_expires(held));
	print_json_patterns(text, length);
	if (s->with_text)
		print_json_text(text, length);
	printf("}\n");
}

static int
show(struct nmx_context *ctx, const char *domain, const struct settings *s)
{
	const struct nmx_sts_held *held = nmx_sts_held_find(ctx, domain);

	if (!held)
		return tell(domain, NMX_E_VALUE, "no policy is held");
	if (s->json)
		print_json_held(held, s);
	else
		print_held(held, s);
	return EXIT_OK;
}

static int
list_or_show(struct nmx_context *ctx, char **domains, int n, const void *settings)
{
	const struct settings *s = settings;
	size_t n_held = n ? 0 : nmx_sts_held_count(ctx);
	int code = EXIT_OK;

	for (int i = 0; i < n; i++)
		code = graver(code, show(ctx, domains[i], s));
	for (size_t i = 0; i < n_held; i++) {
		const struct nmx_sts_held *held = nmx_sts_held(ctx, i);

		if (s->json)
			print_json_held(held, s);
		else
			print_held(held, s);
	}
	return code;
}

int
sts_list(const struct verb *verb, int argc, char **argv)
{
	static const struct domain_verb dv = {read_settings, list_or_show, true};
	struct settings settings = {0};

	return run_with_domains(&dv, verb, argc, argv, &settings);
}

int
sts_show(const struct verb *verb, int argc, char **argv)
{
	static const struct domain_verb dv = {read_settings, list_or_show, false};
	struct settings settings = {.with_text = true};

	return run_with_domains(&dv, verb, argc, argv, &settings);
}

/* ---- forget --------------------------------------------------------------------------------- */

static int
forget(struct nmx_context *ctx, char **domains, int n, const void *settings)
{
	int code = EXIT_OK;

	(void)settings;
	for (int i = 0; i < n; i++) {
		int error = nmx_sts_forget(ctx, domains[i]);

		if (error)
			code = graver(code, tell(domains[i], error, "no policy is held"));
	}
	return code;
}

int
sts_forget(const struct verb *verb, int argc, char **argv)
{
	static const struct domain_verb dv = {read_settings, forget, false};
	struct settings settings = {0};

	return run_with_domains(&dv, verb, argc, argv, &settings);
}

/* ---- refresh -------------------------------------------------------------------------------- */

static bool
read_refresh_settings(const struct verb *verb, struct nmx_context *ctx, void *settings)
{
	struct settings *s = settings;

	s->json = args_flag(verb, "json") != NULL;
	return has_sts(verb, ctx);
}

/* What cannot be fetched now may be another time: 75. */
static int
refresh_one(struct nmx_context *ctx, const char *domain, const struct settings *s)
{
	char text[512] = "";
	int error = nmx_sts_refresh(ctx, domain, text, sizeof(text));

	if (error) {
		tell(domain, error, text);
		return error == NMX_E_VALUE   ? EXIT_DEFER
		       : error == NMX_E_STATE ? EXIT_CONFIG
					      : EXIT_INTERNAL;
	}
	if (nmx_sts_held_find(ctx, domain))
		return show(ctx, domain, s);
	complain("%s: its max_age is 0, so the policy is not kept", domain);
	return EXIT_OK;
}

/* The list changes while policies are fetched: the names first. */
static int
refresh_all(struct nmx_context *ctx, const void *settings)
{
	size_t n = nmx_sts_held_count(ctx);
	char **domains = calloc(n + 1, sizeof(*domains));
	int code = domains ? EXIT_OK : tell("sts refresh", NMX_E_NOMEM, "");

	for (size_t i = 0; domains && i < n; i++)
		domains[i] = strdup(nmx_sts_held_domain(nmx_sts_held(ctx, i)));
	for (size_t i = 0; domains && i < n; i++) {
		code = graver(code, domains[i] ? refresh_one(ctx, domains[i], settings)
					       : tell("sts refresh", NMX_E_NOMEM, ""));
		free(domains[i]);
		fflush(stdout);
	}
	free(domains);
	return code;
}

static int
refresh(struct nmx_context *ctx, char **domains, int n, const void *settings)
{
	int code = EXIT_OK;

	if (n == 0 && *nmx_context_get(ctx, "state-dir"))
		return refresh_all(ctx, settings);
	if (n == 0) {
		complain("sts refresh: which domain? Or, with --state-dir, all that are held");
		return EXIT_USAGE;
	}
	for (int i = 0; i < n; i++) {
		code = graver(code, refresh_one(ctx, domains[i], settings));
		fflush(stdout);
	}
	return code;
}

int
sts_refresh(const struct verb *verb, int argc, char **argv)
{
	static const struct domain_verb dv = {read_refresh_settings, refresh, true};
	struct settings settings = {0};

	return run_with_domains(&dv, verb, argc, argv, &settings);
}

/* ---- report --------------------------------------------------------------------------------- */

static bool
read_report_settings(const struct verb *verb, struct nmx_context *ctx, void *settings)
{
	struct settings *s = settings;
	const char *organization = args_flag(verb, "organization");
	const char *contact = args_flag(verb, "contact");

	s->day = args_flag(verb, "day");
	if (!s->day) {
		complain("%s: which day? --day YYYY-MM-DD says it", verb->name);
		return false;
	}
	if (gethostname(s->host, sizeof(s->host)) < 0)
		s->host[0] = '\0';
	s->host[sizeof(s->host) - 1] = '\0';
	s->organization = organization ? organization : s->host;
	s->contact = contact ? contact : "";
	return read_settings(verb, ctx, settings);
}

struct wanted {
	char **domains;
	int n; /* 0: all */
};

static void
print_report(const char *domain, const char *json, void *user)
{
	const struct wanted *wanted = user;
	bool is_wanted = wanted->n == 0;

	for (int i = 0; i < wanted->n; i++)
		is_wanted |= strcasecmp(wanted->domains[i], domain) == 0;
	if (is_wanted)
		printf("%s\n", json);
}

static int
report(struct nmx_context *ctx, char **domains, int n, const void *settings)
{
	const struct settings *s = settings;
	struct wanted wanted = {domains, n};
	int error =
		nmx_tlsrpt_report(ctx, s->day, s->organization, s->contact, print_report, &wanted);

	if (error == NMX_E_VALUE) {
		complain("sts report: expected --day as YYYY-MM-DD (\"%s\"), --organization and "
			 "--contact in UTF-8",
			 s->day);
		return EXIT_USAGE;
	}
	return error ? tell("sts report", error, "") : EXIT_OK;
}

int
sts_report(const struct verb *verb, int argc, char **argv)
{
	static const struct domain_verb dv = {read_report_settings, report, true};
	struct settings settings = {0};

	return run_with_domains(&dv, verb, argc, argv, &settings);
}
