/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/answer.h"

#include "daemon/answer_hosts.h"
#include "daemon/answer_reply.h"

/* ---- Domains -------------------------------------------------------------------------------- */

/* Whether something signed is demanded of a host: then it is asked about by itself. */
static bool
has_secure_host(const struct nmx_route *route)
{
	for (size_t i = 0; i < nmx_route_host_count(route); i++) {
		enum nmx_tls tls = nmx_host_tls(nmx_route_host(route, i));

		if (tls == NMX_TLS_DANE || tls == NMX_TLS_ENCRYPT)
			return true;
	}
	return false;
}

enum class answer_class(const struct nmx_route *route) {
	bool is_secure = nmx_route_security(route) == NMX_SECURE || has_secure_host(route);

	if (nmx_route_sts_mode(route) == NMX_STS_ENFORCE) return is_secure ? CLASS_STS_SEC
									   : CLASS_STS;
	return is_secure ? CLASS_SEC : CLASS_MAY;
}

/* One more host behind those that are there; false if it cannot be written: then nothing is. */
static bool
add_host(struct encoder *e, enum question_kind kind, const struct nmx_host *host, bool is_first)
{
	const char *name = nmx_host_name(host);
	unsigned port = nmx_host_port(host);
	struct encoder before = *e;
	bool good;

	if (kind == QUESTION_ROUTE)
		good = encode_word(e, is_first ? "" : ", ") && encode_bracketed(e, name, port);
	else
		good = encode_word(e, is_first ? "<;" : ";") && encode_plain(e, name, port);
	if (!good)
		*e = before;
	return good;
}

static bool
add_class(struct encoder *e, enum question_kind kind, const char *class)
{
	if (kind == QUESTION_ROUTE)
		return encode_word(e, class) && encode_word(e, ":");
	if (kind == QUESTION_EXIM_CLASS)
		return encode_word(e, "class=") && encode_word(e, class) &&
		       encode_word(e, " hosts=");
	return true;
}

static void
answer_deliverable(const struct config *config, enum question_kind kind,
		   const struct nmx_route *route, const struct nmx_plan *plan,
		   char buffer[static ANSWER_SIZE], struct reply *ret)
{
	const struct nmx_host *hosts[ANSWER_HOSTS];
	size_t n_hosts = answer_hosts(route, plan, hosts), n = 0;
	struct encoder e = encoder_in(buffer, ANSWER_SIZE);

	if (add_class(&e, kind, config->classes[answer_class(route)]))
		for (size_t i = 0; i < n_hosts; i++)
			n += add_host(&e, kind, hosts[i], n == 0);
	if (n)
		answer_text(&e, REPLY_OK, TOLD_ANSWER, ret);
	else
		answer_defer(kind, "4.4.4",
			     "no host of the domain may be named: each has an address that this "
			     "server must not connect to, or no proper name (ADR-1, SELF-1)",
			     TOLD_DEFER, buffer, ret);
}

/*
 * The cases, the first that holds:
 *	the operator's own domain, or a literal   NOTFOUND
 *	answer srv, and the source is not SRV     NOTFOUND
 *	what the plan says, for this machine may have become the best host since the route was made
 */
static void
answer_domain(const struct config *config, enum question_kind kind, const struct nmx_route *route,
	      const struct nmx_plan *plan, char buffer[static ANSWER_SIZE], struct reply *ret)
{
	enum nmx_source source = nmx_route_source(route);

	if (config_passes(config, nmx_route_ascii(route)) || source == NMX_SOURCE_LITERAL ||
	    nmx_route_domain(route)[0] == '[' || (config->answer_srv && source != NMX_SOURCE_SRV)) {
		answer_notfound(TOLD_NOTFOUND, ret);
		return;
	}
	switch (nmx_plan_outcome(plan)) {
	case NMX_DELIVERABLE:
		answer_deliverable(config, kind, route, plan, buffer, ret);
		return;
	case NMX_REJECT:
		answer_reject(kind, nmx_plan_status(plan), nmx_plan_reason(plan), buffer, ret);
		return;
	case NMX_DEFER:
		break;
	}
	answer_defer(kind, nmx_plan_status(plan), nmx_plan_reason(plan), TOLD_DEFER, buffer, ret);
}

/* ---- Hosts ---------------------------------------------------------------------------------- */

/* The certificate must have the host's own name (RFC 8461 section 4.2). */
static bool
write_sts(struct encoder *e, const char *host)
{
	return encode_is_host(host) && encode_word(e, "secure match=") && encode_word(e, host) &&
	       encode_word(e, " servername=hostname");
}

/* The stronger of what the host's records demand and what the map is for. */
static bool
write_tls(struct encoder *e, enum question_kind kind, const struct nmx_host *host)
{
	switch (nmx_host_tls(host)) {
	case NMX_TLS_DANE:
		return encode_word(e, "dane-only");
	case NMX_TLS_STS:
		return write_sts(e, nmx_host_name(host));
	case NMX_TLS_ENCRYPT:
		return kind == QUESTION_TLS_STS ? write_sts(e, nmx_host_name(host))
						: encode_word(e, "encrypt");
	case NMX_TLS_MAY:
		return kind == QUESTION_TLS_STS ? write_sts(e, nmx_host_name(host))
						: encode_word(e, "may");
	}
	return false;
}

static void
answer_tls(enum question_kind kind, const struct nmx_route *route, char buffer[static ANSWER_SIZE],
	   struct reply *ret)
{
	const struct nmx_host *host = nmx_route_host(route, 0);
	struct encoder e = encoder_in(buffer, ANSWER_SIZE);

	if (nmx_route_outcome(route) != NMX_DELIVERABLE)
		answer_temp(kind, nmx_route_status(route), nmx_route_reason(route), TOLD_DEFER,
			    buffer, ret);
	else if (host && write_tls(&e, kind, host))
		answer_text(&e, REPLY_OK, TOLD_ANSWER, ret);
	else
		answer_temp(kind, "4.7.5", "what TLS must give is not known", TOLD_DEFER, buffer,
			    ret);
}

void
answer_make(const struct config *config, const struct question *question,
	    const struct nmx_route *route, const struct nmx_plan *plan,
	    char buffer[static ANSWER_SIZE], struct reply *ret)
{
	if (question->kind == QUESTION_TLS_SEC || question->kind == QUESTION_TLS_STS)
		answer_tls(question->kind, route, buffer, ret);
	else if (answer_is_of_domain(question->kind) && plan)
		answer_domain(config, question->kind, route, plan, buffer, ret);
	else
		answer_trouble(config, question, TROUBLE_MEMORY, buffer, ret);
}

/* ---- Without a route ------------------------------------------------------------------------ */

static const struct {
	const char *status, *reason;
	enum told told;
} troubles[] = {
	[TROUBLE_LATER] = {"4.4.3", "the look-up takes longer than it may here; it goes on",
			   TOLD_LATER},
	[TROUBLE_QUARANTINED] = {"4.3.0",
				 "looking this up has ended a worker; it is left alone for a while",
				 TOLD_QUARANTINED},
	[TROUBLE_OVERLOAD] = {"4.3.2", "too many look-ups are running", TOLD_OVERLOAD},
	[TROUBLE_MEMORY] = {"4.3.2", "there is no memory for an answer", TOLD_ERROR},
};

/* With "answer srv" most domains are NOTFOUND anyway, and the MTA delivers to them as it would without
 * us: what is not known in time is one of them. A domain that ends workers waits all the same. */
void
answer_trouble(const struct config *config, const struct question *question, enum trouble trouble,
	       char buffer[static ANSWER_SIZE], struct reply *ret)
{
	enum question_kind kind = question->kind;
	const char *status = troubles[trouble].status, *reason = troubles[trouble].reason;

	if (trouble == TROUBLE_QUARANTINED)
		answer_temp(kind, status, reason, troubles[trouble].told, buffer, ret);
	else if (config->answer_srv && answer_is_of_domain(kind))
		answer_notfound(troubles[trouble].told, ret);
	else
		answer_defer(kind, status, reason, troubles[trouble].told, buffer, ret);
}
