/* SPDX-License-Identifier: BSD-2-Clause */
/* The words for the public enums, as JSON and explanations use them (docs/route.schema.json). */
#include <nextmx.h>

#define NAME_OF(table, i) \
	((size_t)(i) < sizeof(table) / sizeof((table)[0]) && (table)[i] ? (table)[i] : "unknown")

const char *
nmx_strerror(int error)
{
	static const char *const texts[] = {
		"no error",
		"invalid argument",
		"out of memory",
		"system or resolver library error",
		"not possible in this state",
		"the context belongs to the parent process",
		"no such option",
		"the option does not take this value",
		"the configuration cannot be used",
		"too many requests or deliveries are waiting",
	};

	return error <= 0 ? NAME_OF(texts, -(long)error) : "unknown";
}

const char *
nmx_outcome_name(enum nmx_outcome outcome)
{
	static const char *const names[] = {"deliverable", "defer", "reject"};

	return NAME_OF(names, outcome);
}

const char *
nmx_security_name(enum nmx_security security)
{
	static const char *const names[] = {"insecure", "bogus", "secure", "indeterminate"};

	return NAME_OF(names, security);
}

const char *
nmx_source_name(enum nmx_source source)
{
	static const char *const names[] = {"none", "srv", "mx", "implicit", "literal", "host"};

	return NAME_OF(names, source);
}

const char *
nmx_tls_name(enum nmx_tls tls)
{
	static const char *const names[] = {"may", "encrypt", "sts", "dane"};

	return NAME_OF(names, tls);
}

const char *
nmx_sts_mode_name(enum nmx_sts_mode mode)
{
	static const char *const names[] = {"absent", "none", "testing", "enforce"};

	return NAME_OF(names, mode);
}

const char *
nmx_tlsrpt_policy_name(enum nmx_tlsrpt_policy policy)
{
	static const char *const names[] = {"no-policy-found", "tlsa", "sts"};

	return NAME_OF(names, policy);
}

const char *
nmx_tlsrpt_result_name(enum nmx_tlsrpt_result result)
{
	static const char *const names[] = {
		"success",
		"starttls-not-supported",
		"certificate-host-mismatch",
		"certificate-expired",
		"certificate-not-trusted",
		"validation-failure",
		"tlsa-invalid",
		"dnssec-invalid",
		"dane-required",
		"sts-policy-fetch-error",
		"sts-policy-invalid",
		"sts-webpki-invalid",
	};

	return NAME_OF(names, result);
}

const char *
nmx_tlsa_state_name(enum nmx_tlsa_state state)
{
	static const char *const names[] = {
		"used",	     "weaker-digest", "bad-usage", "bad-selector",
		"bad-mtype", "bad-length",    "bad-data",
	};

	return NAME_OF(names, state);
}

const char *
nmx_result_name(enum nmx_result result)
{
	static const char *const names[] = {"delivered", "try-next", "stop-temp", "stop-perm",
					    "pending"};

	return NAME_OF(names, result);
}

const char *
nmx_cause_name(enum nmx_cause cause)
{
	static const char *const names[] = {"none", "connect",	 "greeting", "tls",
					    "4xx",  "early-5xx", "5xx"};

	return NAME_OF(names, cause);
}

const char *
nmx_drop_code_name(enum nmx_drop_code code)
{
	static const char *const names[] = {
		"port-zero",
		"port-refused",
		"null-target",
		"bad-name",
		"ip-literal-target",
		"duplicate",
		"self",
		"beyond-self",
		"no-address",
		"address-failed",
		"address-bogus",
		"loopback-address",
		"private-address",
		"reserved-address",
		"denied-address",
		"cname-chain",
		"dnssec-required",
		"tlsa-failed",
		"dane-required",
		"sts-mismatch",
		"limit",
	};

	return NAME_OF(names, code);
}

const char *
nmx_stat_name(enum nmx_stat stat)
{
	static const char *const names[] = {
		"requests",	  "cache-hits",	   "joined",	  "lookups",	  "lookups-now",
		"questions",	  "questions-now", "orphans-now", "overloads",	  "deadlines",
		"cached-routes",  "cached-bytes",  "rebuilds",	  "verdict-hits", "deliveries",
		"deliveries-now", "attempts",	   "backoff-now", "put-back",
	};

	return NAME_OF(names, stat);
}
