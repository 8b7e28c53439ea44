/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines of text about a domain, whoever found the route: the library here (text.c, resolve.c), or a
 * nextmxd that was asked (via_text.c). Strings are printable ASCII, and lent for the call.
 */
#ifndef NMX_CLI_TEXT_H
#define NMX_CLI_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct text_heading {
	const char *name, *outcome, *status, *reason, *source, *security;
	bool is_deliverable;
	uint64_t ttl, seed;
};

/* Its mx patterns follow with text_sts_mx(), then text_sts_end(). */
struct text_sts {
	const char *mode, *id;
	bool was_fetched;
	uint64_t age, max_age;
};

struct text_endpoint {
	size_t number; /* from 1 */
	const char *stage, *host, *address, *security, *tls;
	bool is_srv;
	uint64_t priority, weight, port;
};

struct text_tlsa {
	uint64_t usage, selector, mtype;
	const char *data; /* hexadecimal; its beginning is shown */
	const char *state;
};

struct text_drop {
	const char *stage, *host, *address, *code, *text, *rule; /* address "": the whole host */
	uint64_t port;
};

struct text_query {
	const char *name, *type, *rcode, *security;
	uint64_t ttl;
	double ms;
};

void text_heading(FILE *out, const struct text_heading *heading);
void text_sts(FILE *out, const struct text_sts *sts);
void text_sts_mx(FILE *out, const char *mx);
void text_sts_end(FILE *out, bool had_mx);
void text_endpoint(FILE *out, const struct text_endpoint *endpoint);
void text_tlsa(FILE *out, const struct text_tlsa *tlsa);
void text_drop(FILE *out, const struct text_drop *drop);
void text_query(FILE *out, const struct text_query *query);
void text_why(FILE *out, const char *phase, const char *rule, const char *text);

#endif
