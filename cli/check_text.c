/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/check.h"

#include <stdio.h>
#include <string.h>

/* Days before its end from which a certificate is worth a warning. */
enum { SOON_DAYS = 14, MOST_WARNING = 160 };

bool
check_is_ok(const struct checked *c)
{
	size_t n = nmx_plan_count(c->plan);

	for (size_t i = 0; i < n; i++)
		if (!c->reports[i].ok)
			return false;
	return n > 0;
}

/* Whether the certificate's dates had a say (RFC 7672 section 3.1.1: not with usage 3). */
static bool
verifies_dates(const struct probe_report *r)
{
	return r->verdict.result == NMX_TLS_RESULT_PKIX ||
	       (r->verdict.result == NMX_TLS_RESULT_DANE && nmx_tlsa_usage(r->verdict.tlsa) == 2);
}

/* Warning i from 0; false beyond the last. */
static bool
warning(const struct probe_report *r, size_t i, char ret_text[static MOST_WARNING])
{
	const struct certificate *c = &r->certificate;
	const char *note = r->ok && !verifies_dates(r) ? "; its dates are not verified here" : "";

	if (c->is_there && c->days_left < SOON_DAYS && i-- == 0) {
		if (c->days_left < 0)
			snprintf(ret_text, MOST_WARNING, "the certificate expired on %s%s",
				 c->not_after, note);
		else
			snprintf(ret_text, MOST_WARNING, "the certificate expires in %d day%s%s",
				 c->days_left, c->days_left == 1 ? "" : "s", note);
		return true;
	}
	if (r->verdict.result == NMX_TLS_RESULT_DANE && r->ok && !c->next_key && i-- == 0) {
		snprintf(ret_text, MOST_WARNING,
			 "every TLSA record is about the present certificate: none will match the "
			 "next key");
		return true;
	}
	return false;
}

static const char *
result_name(const struct probe_report *r)
{
	return r->fault == PROBE_NONE ? nmx_tls_result_name(r->verdict.result)
				      : probe_fault_name(r->fault);
}

/* ---- Text ----------------------------------------------------------------------------------- */

static void
print_certificate(const struct certificate *c)
{
	if (!c->is_there)
		return;
	printf("       certificate: names %s; issuer %s; until %s (%d day%s left)\n",
	       *c->names ? c->names : "none", *c->issuer ? c->issuer : "unnamed", c->not_after,
	       c->days_left < 0 ? 0 : c->days_left, c->days_left == 1 ? "" : "s");
}

static void
print_endpoint(const struct nmx_endpoint *e, const struct probe_report *r)
{
	const struct nmx_host *host = nmx_endpoint_host(e);
	const char *version = strstr(r->text, r->version) ? "" : r->version;
	char text[MOST_WARNING];

	printf("  %-4s %s:%u  %s  tls %s  %s%s%s\n", r->ok ? "ok" : "FAIL", nmx_host_name(host),
	       nmx_host_port(host), nmx_endpoint_address(e), nmx_tls_name(nmx_endpoint_tls(e)),
	       version, *version ? ", " : "", r->text);
	print_certificate(&r->certificate);
	for (size_t i = 0; warning(r, i, text); i++)
		printf("       warning: %s\n", text);
}

void
check_print_text(const struct checked *c)
{
	print_heading(c->route, c->plan);
	print_sts(c->route);
	for (size_t i = 0; i < nmx_plan_count(c->plan); i++)
		print_endpoint(nmx_plan_endpoint(c->plan, i), &c->reports[i]);
	print_drops(c->route, c->plan);
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static void
print_member(const char *name, const char *value)
{
	printf(",\"%s\":", name);
	print_json_string(value);
}

static void
print_json_certificate(const struct certificate *c)
{
	if (!c->is_there) {
		printf(",\"certificate\":null");
		return;
	}
	printf(",\"certificate\":{\"names\":");
	print_json_string(c->names);
	print_member("issuer", c->issuer);
	print_member("not_after", c->not_after);
	printf(",\"days_left\":%d}", c->days_left);
}

static void
print_json_matched(const struct nmx_tls_verdict *verdict)
{
	const struct nmx_tlsa *tlsa = verdict->tlsa;

	print_member("matched_name", verdict->name);
	if (tlsa)
		printf(",\"matched_tlsa\":{\"usage\":%u,\"selector\":%u,\"mtype\":%u,\"depth\":%d}",
		       nmx_tlsa_usage(tlsa), nmx_tlsa_selector(tlsa), nmx_tlsa_mtype(tlsa),
		       verdict->depth);
	else
		printf(",\"matched_tlsa\":null");
}

static void
print_json_endpoint(const struct nmx_endpoint *e, const struct probe_report *r)
{
	const struct nmx_host *host = nmx_endpoint_host(e);
	char text[MOST_WARNING];

	printf("{\"stage\":\"%s\",\"host\":", nmx_source_name(nmx_host_stage(host)));
	print_json_string(nmx_host_name(host));
	printf(",\"port\":%u,\"address\":\"%s\",\"tls\":\"%s\",\"ok\":%s,\"result\":\"%s\"",
	       nmx_host_port(host), nmx_endpoint_address(e), nmx_tls_name(nmx_endpoint_tls(e)),
	       r->ok ? "true" : "false", result_name(r));
	print_member("text", r->text);
	print_member("version", r->version);
	print_member("cipher", r->cipher);
	print_json_matched(&r->verdict);
	print_json_certificate(&r->certificate);
	printf(",\"warnings\":[");
	for (size_t i = 0; warning(r, i, text); i++) {
		printf("%s", i ? "," : "");
		print_json_string(text);
	}
	printf("],\"ms\":%u}", r->ms);
}

int
check_print_json(const struct checked *c)
{
	char *route;
	int error = nmx_json(c->route, c->plan, NMX_JSON_NO_WHY | NMX_JSON_NO_QUERIES, &route);

	if (error)
		return error;
	printf("{\"schema\":\"nextmx.check/1\"");
	print_member("domain", nmx_route_domain(c->route));
	print_member("outcome", nmx_outcome_name(nmx_plan_outcome(c->plan)));
	printf(",\"ok\":%s,\"endpoints\":[", check_is_ok(c) ? "true" : "false");
	for (size_t i = 0; i < nmx_plan_count(c->plan); i++) {
		printf("%s", i ? "," : "");
		print_json_endpoint(nmx_plan_endpoint(c->plan, i), &c->reports[i]);
	}
	printf("],\"route\":%s}\n", route);
	nmx_text_free(route);
	return 0;
}
