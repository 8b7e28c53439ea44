/* SPDX-License-Identifier: BSD-2-Clause */
/* size: one header is the whole interface, and most of it is comments. */
/*
 * nextmx: where, in which order, and how safely, to deliver mail for a domain.
 *
 * Six objects. A context holds frozen settings, one validating resolver and its caches; it is
 * used from one thread and has one descriptor to poll. A request asks a context about a domain. A
 * route is the answer: immutable, reference-counted, usable from any thread. A plan is one drawn
 * order of a route's endpoints, for one message. A delivery does it all: it asks, draws, and
 * hands each endpoint, as an attempt, to a function of the caller's. A report says what came of
 * it.
 *
 * Conventions. Functions that can fail return 0 or a negative enum nmx_error. Outputs come last,
 * are named ret_..., and are untouched on failure. What a getter lends lives as long as the
 * object it was asked of. _free and _unref accept NULL. Strings are UTF-8 and end with a zero
 * byte. User code runs only inside nmx_context_dispatch() and the blocking calls, in the calling
 * thread. The library itself never prints, exits, forks or reads the environment; without memory,
 * libunbound and OpenSSL beneath it may abort.
 *
 * Three kinds of failure are never mixed: an error (misuse, memory, system) is a return value; an
 * answer (what DNS said) is shown by the query getters; an outcome (deliver, defer, reject) is
 * the route's, with an enhanced status code (RFC 3463) and a reason.
 */
#ifndef NEXTMX_H
#define NEXTMX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NMX_VERSION_MAJOR 0
#define NMX_VERSION_MINOR 1
#define NMX_VERSION_PATCH 0

#if defined(__GNUC__)
#define NMX_EXPORT __attribute__((visibility("default")))
#else
#define NMX_EXPORT
#endif

struct nmx_context;
struct nmx_request;
struct nmx_route;
struct nmx_plan;
struct nmx_host;     /* lent by a route */
struct nmx_drop;     /* lent by a route or a plan */
struct nmx_tlsa;     /* lent by a route */
struct nmx_endpoint; /* lent by a plan */
struct nmx_record;   /* lent by a route */

enum nmx_error {
	NMX_OK = 0,
	NMX_E_INVALID = -1, /* an argument no caller should pass (NULL, an index out of range) */
	NMX_E_NOMEM = -2,   /* memory ran out */
	NMX_E_SYSTEM = -3,  /* a system call or the resolver library failed */
	NMX_E_STATE =
		-4, /* not now: before or after start, inside a callback, or what it is about is over */
	NMX_E_FORKED = -5, /* the context was made by the parent process */
	NMX_E_OPTION = -6, /* no option of that name */
	NMX_E_VALUE = -7,  /* the option does not take that value */
	NMX_E_CONFIG =
		-8, /* start: an anchor, zone, stub, file, folder or limit is wrong; the text says which */
	NMX_E_LIMIT = -9, /* too many requests or deliveries are waiting already */
};

enum nmx_outcome { NMX_DELIVERABLE = 0, NMX_DEFER = 1, NMX_REJECT = 2 };

/* RFC 4035 section 4.3. Indeterminate: no verdict, the question failed. */
enum nmx_security {
	NMX_INSECURE = 0,
	NMX_BOGUS = 1,
	NMX_SECURE = 2,
	NMX_INDETERMINATE = 3,
};

/* Where hosts come from: the source of a route and the stage of a host. */
enum nmx_source {
	NMX_SOURCE_NONE = 0,
	NMX_SOURCE_SRV = 1,	 /* RFC 2782 */
	NMX_SOURCE_MX = 2,	 /* RFC 5321 section 5 */
	NMX_SOURCE_IMPLICIT = 3, /* the domain's own addresses, RFC 5321 section 5.1 */
	NMX_SOURCE_LITERAL = 4,	 /* [192.0.2.1], RFC 5321 section 4.1.3 */
	NMX_SOURCE_HOST = 5,	 /* a host that the caller named: nmx_request_start_host() */
};

/* What an endpoint's connection must have before mail may be sent over it. */
enum nmx_tls {
	NMX_TLS_MAY = 0,     /* TLS if offered */
	NMX_TLS_ENCRYPT = 1, /* TLS, unauthenticated */
	NMX_TLS_STS = 2,     /* TLS and PKIX, RFC 8461 */
	NMX_TLS_DANE = 3,    /* TLS and a TLSA match, RFC 7672 */
};

/* What a TLSA record of a host is good for (RFC 6698, RFC 7671, RFC 7672 section 3.1). */
enum nmx_tlsa_state {
	NMX_TLSA_USED = 0,   /* a certificate that matches it is accepted */
	NMX_TLSA_WEAKER = 1, /* usable, but ignored for one with a stronger digest (RFC 7671, 9) */
	NMX_TLSA_BAD_USAGE = 2,	   /* unusable, as all below: usage neither 2 nor 3 */
	NMX_TLSA_BAD_SELECTOR = 3, /* neither 0 nor 1 */
	NMX_TLSA_BAD_MTYPE = 4,	   /* neither 0, 1 nor 2 */
	NMX_TLSA_BAD_LENGTH = 5,   /* not the length of the digest */
	NMX_TLSA_BAD_DATA = 6,	   /* no certificate, or no public key */
};

/* The mode of a domain's MTA-STS policy (RFC 8461 section 5). */
enum nmx_sts_mode {
	NMX_STS_ABSENT = 0, /* there is no policy */
	NMX_STS_NONE = 1,   /* the domain says that it has none */
	NMX_STS_TESTING = 2,
	NMX_STS_ENFORCE = 3,
};

/* The policy that a session was judged by, for TLS reports (RFC 8460 section 4.4). */
enum nmx_tlsrpt_policy {
	NMX_TLSRPT_NO_POLICY = 0,
	NMX_TLSRPT_TLSA = 1,
	NMX_TLSRPT_STS = 2,
};

/* What came of it (RFC 8460 section 4.3). */
enum nmx_tlsrpt_result {
	NMX_TLSRPT_SUCCESS = 0,
	NMX_TLSRPT_STARTTLS_NOT_SUPPORTED = 1,
	NMX_TLSRPT_CERTIFICATE_HOST_MISMATCH = 2,
	NMX_TLSRPT_CERTIFICATE_EXPIRED = 3,
	NMX_TLSRPT_CERTIFICATE_NOT_TRUSTED = 4,
	NMX_TLSRPT_VALIDATION_FAILURE = 5,
	NMX_TLSRPT_TLSA_INVALID = 6,
	NMX_TLSRPT_DNSSEC_INVALID = 7,
	NMX_TLSRPT_DANE_REQUIRED = 8,
	NMX_TLSRPT_STS_POLICY_FETCH_ERROR = 9,
	NMX_TLSRPT_STS_POLICY_INVALID = 10,
	NMX_TLSRPT_STS_WEBPKI_INVALID = 11,
};

/* Why a host or address is not in a route (docs/rules.md, OUT-4: which are temporary). */
enum nmx_drop_code {
	NMX_DROP_PORT_ZERO = 0,
	NMX_DROP_PORT_REFUSED = 1,
	NMX_DROP_NULL_TARGET = 2,
	NMX_DROP_BAD_NAME = 3,
	NMX_DROP_IP_LITERAL_TARGET = 4,
	NMX_DROP_DUPLICATE = 5,
	NMX_DROP_SELF = 6,
	NMX_DROP_BEYOND_SELF = 7,
	NMX_DROP_NO_ADDRESS = 8,
	NMX_DROP_ADDRESS_FAILED = 9,
	NMX_DROP_ADDRESS_BOGUS = 10,
	NMX_DROP_LOOPBACK_ADDRESS = 11,
	NMX_DROP_PRIVATE_ADDRESS = 12,
	NMX_DROP_RESERVED_ADDRESS = 13,
	NMX_DROP_DENIED_ADDRESS = 14,
	NMX_DROP_CNAME_CHAIN = 15,
	NMX_DROP_DNSSEC_REQUIRED = 16,
	NMX_DROP_TLSA_FAILED = 17,
	NMX_DROP_DANE_REQUIRED = 18,
	NMX_DROP_STS_MISMATCH = 19,
	NMX_DROP_LIMIT = 20,
};

enum nmx_log_level { NMX_LOG_ERROR = 0, NMX_LOG_WARNING = 1, NMX_LOG_INFO = 2, NMX_LOG_DEBUG = 3 };

/* Counters of a context, see nmx_context_stats(). New ones are added at the end. */
enum nmx_stat {
	NMX_STAT_REQUESTS = 0,	      /* started */
	NMX_STAT_CACHE_HITS = 1,      /* answered from the route cache */
	NMX_STAT_JOINED = 2,	      /* joined a lookup already running */
	NMX_STAT_LOOKUPS = 3,	      /* lookups begun */
	NMX_STAT_LOOKUPS_NOW = 4,     /* lookups running or waiting to begin */
	NMX_STAT_QUESTIONS = 5,	      /* questions handed to libunbound */
	NMX_STAT_QUESTIONS_NOW = 6,   /* of those, in flight, orphans included */
	NMX_STAT_ORPHANS_NOW = 7,     /* of those, nobody waits for the answer */
	NMX_STAT_OVERLOADS = 8,	      /* questions not asked for max-questions */
	NMX_STAT_DEADLINES = 9,	      /* requests, lookups and deliveries ended by their deadline */
	NMX_STAT_CACHED_ROUTES = 10,  /* routes in the cache */
	NMX_STAT_CACHED_BYTES = 11,   /* and their size */
	NMX_STAT_REBUILDS = 12,	      /* resolver rebuilt after a clock jump */
	NMX_STAT_VERDICT_HITS = 13,   /* failed answers taken from the last minute's */
	NMX_STAT_DELIVERIES = 14,     /* deliveries started */
	NMX_STAT_DELIVERIES_NOW = 15, /* of those, not over */
	NMX_STAT_ATTEMPTS = 16,	      /* endpoints handed to callers */
	NMX_STAT_BACKOFF_NOW = 17,    /* endpoints that are remembered as bad */
	NMX_STAT_PUT_BACK = 18,	      /* endpoints moved behind others of their tier for it */
	NMX_STAT_COUNT = 19,
};

/* ---- Context ------------------------------------------------------------------------------ */

/*
 * Makes a context with default options. It belongs to the thread that uses it: no call on one
 * context, nor on its requests, deliveries and attempts, may overlap another. Any number of
 * contexts may exist. Errors: NOMEM, SYSTEM.
 */
NMX_EXPORT int nmx_context_new(struct nmx_context **ret_ctx);

/*
 * Ends every request and delivery without calling its callback, and frees everything. Requests and
 * deliveries still held by the caller stay valid only for nmx_request_free(), nmx_delivery_free(),
 * and pending attempts for nmx_attempt_finish(). In a callback of this context it is deferred
 * until the running dispatch or blocking call returns. In a forked child it frees the child's
 * memory only and leaves the parent's resolver alone. A child that was forked inside a callback may
 * return from it: the call it returns into gives FORKED and calls nobody else.
 */
NMX_EXPORT void nmx_context_free(struct nmx_context *ctx);

/*
 * Sets an option by its registry name ("srv", "stub", ...; see nmx_option_count()). A list option
 * appends, commas separate items, the first value replaces the default and "" empties it; any
 * other option is replaced. On failure *ret_error, if ret_error is not NULL, is a sentence that
 * names the option and the fault, lent until the next call on ctx. Errors: OPTION, VALUE, STATE
 * (started), NOMEM, FORKED.
 */
NMX_EXPORT int nmx_context_set(struct nmx_context *ctx, const char *option, const char *value,
			       const char **ret_error);

/* The option's value as text, lists joined with commas; lent until the next call on ctx. NULL if
 * there is no such option. */
NMX_EXPORT const char *nmx_context_get(struct nmx_context *ctx, const char *option);

/*
 * Opens the resolver: trust anchors, zones, stubs, folders and the descriptor limit are checked here, and
 * the options freeze. On failure *ret_error says what is wrong and where (file and line), lent
 * until the next call on ctx; the context can be corrected and started again. Errors: CONFIG,
 * STATE, NOMEM, SYSTEM, FORKED.
 */
NMX_EXPORT int nmx_context_start(struct nmx_context *ctx, const char **ret_error);

/*
 * One descriptor for poll, epoll, select, libevent ...: readable when nmx_context_dispatch() has
 * something to do, answers and timers alike. It stays the same for the context's life; never read,
 * write or close it. Returns it, or an error (STATE before start, FORKED).
 */
NMX_EXPORT int nmx_context_fd(struct nmx_context *ctx);

/*
 * Does the work that is due without waiting, and runs callbacks: at most 64 completions a call,
 * then the descriptor stays readable. Returns how many callbacks ran, or an error (STATE when
 * called from a callback of this context, FORKED, SYSTEM). After 64, call it again at once or
 * when the descriptor is readable; that holds for edges, too (EPOLLET).
 */
NMX_EXPORT int nmx_context_dispatch(struct nmx_context *ctx);

/* Copies the first n counters, indexed by enum nmx_stat. Errors: INVALID, FORKED. */
NMX_EXPORT int nmx_context_stats(struct nmx_context *ctx, uint64_t *ret_values, size_t n);

/* Called from dispatch, the blocking calls, and the ends of nmx_context_start() and
 * nmx_context_free(), with one line of printable ASCII, no newline, lent for the call. It may do what
 * nmx_route_fn may. */
typedef void (*nmx_log_fn)(enum nmx_log_level level, const char *text, void *user);

/* Where messages go; NULL (the default) drops them. Errors: FORKED. */
NMX_EXPORT int nmx_context_set_log(struct nmx_context *ctx, nmx_log_fn fn, void *user);

/* The registry of options, which the command's flags, the daemon's file and the manual share.
 * Index i from 0 to nmx_option_count() - 1, NULL beyond. Static strings. */
NMX_EXPORT size_t nmx_option_count(void);
NMX_EXPORT const char *nmx_option_name(size_t i);
NMX_EXPORT const char *nmx_option_type(size_t i); /* "bool", "a|b|c", "0-100", "list", "text" */
NMX_EXPORT const char *nmx_option_default(size_t i);
NMX_EXPORT const char *nmx_option_help(size_t i);
/* 1 if the option is a list (it may be repeated), else 0. */
NMX_EXPORT int nmx_option_is_list(size_t i);
/* The word most like a mistyped one, for error texts; lent from words. NULL if n is 0. */
NMX_EXPORT const char *nmx_nearest(const char *word, const char *const *words, size_t n);

/* ---- Request ------------------------------------------------------------------------------ */

/*
 * The answer to a request. error is 0 and route is lent for the call (nmx_route_ref() keeps it), or
 * error is NMX_E_NOMEM or NMX_E_SYSTEM and route is NULL. It may start, cancel and free requests
 * and deliveries, free the context, and must not call dispatch or the blocking calls (NMX_E_STATE).
 */
typedef void (*nmx_route_fn)(int error, struct nmx_route *route, void *user);

/*
 * Asks for the route of a domain: a name in ASCII or UTF-8, or an address literal in brackets. A
 * name that is none is an answer (outcome reject, 5.1.2), not an error. fn is called exactly
 * once, from dispatch or a blocking call and never from inside this one, unless the request is
 * cancelled first. At the latest it is called at the request's deadline (option deadline-ms) with
 * what is known by then; the lookup goes on without it, for the cache. A waiting request costs
 * some 5 KiB; at most 100,000 may wait in one context (LIMIT). With ret_req NULL the request
 * frees itself after fn. Errors: INVALID, STATE (not started), NOMEM, LIMIT, FORKED.
 */
NMX_EXPORT int nmx_request_start(struct nmx_context *ctx, const char *domain, nmx_route_fn fn,
				 void *user, struct nmx_request **ret_req);

/*
 * The same for one host and port that the caller knows to be right, as if a signed MX record of a
 * domain had named it alone: for a relay that is configured, and for what an MTA asks about each host
 * (what must TLS give?). There is no SRV, MX or MTA-STS question; the host's addresses are judged and its
 * TLSA records looked up at that port. The route's domain is "host:port". port is 1..65535, and not
 * judged. Errors: as nmx_request_start().
 */
NMX_EXPORT int nmx_request_start_host(struct nmx_context *ctx, const char *host, unsigned port,
				      nmx_route_fn fn, void *user, struct nmx_request **ret_req);

/*
 * The same as if option srv were off: where an MTA that knows no SRV delivers, to compare the two. Answers
 * that the route of the domain rests on are in libunbound's cache by then, so asking both costs the network
 * little more than one. The route's domain is the domain. Errors: as nmx_request_start().
 */
NMX_EXPORT int nmx_request_start_mx(struct nmx_context *ctx, const char *domain, nmx_route_fn fn,
				    void *user, struct nmx_request **ret_req);

/*
 * Asks which name servers have the zone that the domain lies in (RFC 1034 section 4.2.1), for those who
 * mean to spare them. They are the route's records, NMX_RECORDS_NS, whether option records is set or not;
 * there are none if the domain is no name, or a question failed. There is no other question, so the route
 * leads nowhere: its outcome says nothing. Errors: as nmx_request_start().
 */
NMX_EXPORT int nmx_request_start_servers(struct nmx_context *ctx, const char *domain,
					 nmx_route_fn fn, void *user, struct nmx_request **ret_req);

/*
 * What nmx_request_start() and nmx_request_start_host() would answer from the cache, at once and without
 * a request: for a server that is asked the same again and again, and would rather not wait for
 * dispatch. 1 and a reference for the caller in *ret_route; 0 if it is not there: then a request finds
 * it. It is counted as a request if it is there. Errors: INVALID, STATE (not started), NOMEM, FORKED.
 */
NMX_EXPORT int nmx_request_cached(struct nmx_context *ctx, const char *domain,
				  struct nmx_route **ret_route);
NMX_EXPORT int nmx_request_cached_host(struct nmx_context *ctx, const char *host, unsigned port,
				       struct nmx_route **ret_route);

/* Another deadline, 1..3600000 milliseconds from now, before the answer. Errors: INVALID, STATE,
 * NOMEM, FORKED. */
NMX_EXPORT int nmx_request_set_deadline(struct nmx_request *req, unsigned ms);

/*
 * The route as far as it is known now (as at a deadline, RULES DDL-1), while the request waits on; or its
 * answer, if that is there and waits for dispatch. *ret_route is a reference for the caller. Errors:
 * INVALID, STATE (over), NOMEM, FORKED.
 */
NMX_EXPORT int nmx_request_peek(struct nmx_request *req, struct nmx_route **ret_route);

/* After this returns fn is not called any more. Idempotent. */
NMX_EXPORT void nmx_request_cancel(struct nmx_request *req);

/* Cancels, and gives the handle back. Allowed inside the request's own callback. */
NMX_EXPORT void nmx_request_free(struct nmx_request *req);

/*
 * The same, blocking: drives the context's loop until this answer is there. Callbacks of other
 * requests wait for the next dispatch. *ret_route is a reference for the caller.
 * Errors: as nmx_request_start(), and SYSTEM.
 */
NMX_EXPORT int nmx_resolve(struct nmx_context *ctx, const char *domain,
			   struct nmx_route **ret_route);

/* ---- Route -------------------------------------------------------------------------------- */

/* References are atomic: a route may be shared between threads. */
NMX_EXPORT struct nmx_route *nmx_route_ref(struct nmx_route *route);
NMX_EXPORT void nmx_route_unref(struct nmx_route *route);

NMX_EXPORT enum nmx_outcome nmx_route_outcome(const struct nmx_route *route);
NMX_EXPORT const char *nmx_route_status(const struct nmx_route *route); /* "2.0.0", RFC 3463 */
NMX_EXPORT const char *nmx_route_reason(const struct nmx_route *route); /* "" if deliverable */
/* The domain as asked (no final dot, lower case) and in A-labels ("" if it has none). */
NMX_EXPORT const char *nmx_route_domain(const struct nmx_route *route);
NMX_EXPORT const char *nmx_route_ascii(const struct nmx_route *route);
/* Seconds the route may be used, counted from when it was made (RULES TTL-1). */
NMX_EXPORT uint32_t nmx_route_ttl(const struct nmx_route *route);
/* Octets of memory that the route takes, all that it lends included. */
NMX_EXPORT size_t nmx_route_size(const struct nmx_route *route);
/* The stage that mail goes to first; NMX_SOURCE_NONE if it goes nowhere. */
NMX_EXPORT enum nmx_source nmx_route_source(const struct nmx_route *route);
/* The security of the RRset that names the hosts (or of its denial). */
NMX_EXPORT enum nmx_security nmx_route_security(const struct nmx_route *route);

/* The MTA-STS policy by which hosts were judged (RFC 8461): its mode, ABSENT without one; its id, ""
 * without one; the seconds since it was fetched, when the route was made; the seconds it may be used for in
 * all; whether it was held already (0) or fetched for this route (1); and its mx patterns, index from 0,
 * NULL beyond. */
NMX_EXPORT enum nmx_sts_mode nmx_route_sts_mode(const struct nmx_route *route);
NMX_EXPORT const char *nmx_route_sts_id(const struct nmx_route *route);
NMX_EXPORT uint32_t nmx_route_sts_age(const struct nmx_route *route);
NMX_EXPORT uint32_t nmx_route_sts_max_age(const struct nmx_route *route);
NMX_EXPORT int nmx_route_sts_was_fetched(const struct nmx_route *route);
/* 1 if the route says nothing of a policy because a request's deadline came, or nmx_request_peek(), while one
 * might still have been had (option sts-timeout): who has time should not deliver by it. Else 0. */
NMX_EXPORT int nmx_route_sts_is_awaited(const struct nmx_route *route);
NMX_EXPORT size_t nmx_route_sts_mx_count(const struct nmx_route *route);
NMX_EXPORT const char *nmx_route_sts_mx(const struct nmx_route *route, size_t i);

/* The hosts that can be used, in stage and tier order; inside a tier in a fixed order that says
 * nothing (a plan draws it). */
NMX_EXPORT size_t nmx_route_host_count(const struct nmx_route *route);
NMX_EXPORT const struct nmx_host *nmx_route_host(const struct nmx_route *route, size_t i);
NMX_EXPORT enum nmx_source nmx_host_stage(const struct nmx_host *host);
NMX_EXPORT uint16_t nmx_host_priority(const struct nmx_host *host); /* or MX preference */
NMX_EXPORT uint32_t nmx_host_weight(const struct nmx_host *host);   /* MX: 0 */
NMX_EXPORT const char *nmx_host_name(const struct nmx_host *host);
NMX_EXPORT uint16_t nmx_host_port(const struct nmx_host *host); /* 1..65535 */
NMX_EXPORT size_t nmx_host_address_count(const struct nmx_host *host);
/* Address i with the host's port, and its length; NULL beyond the last. */
NMX_EXPORT const struct sockaddr *nmx_host_address(const struct nmx_host *host, size_t i,
						   socklen_t *ret_length);
/* What every connection to the host must have. */
NMX_EXPORT enum nmx_tls nmx_host_tls(const struct nmx_host *host);
/* The name for the TLS handshake: the TLSA base domain (RFC 7672 section 2.2.3), else the host's;
 * "" for a literal. */
NMX_EXPORT const char *nmx_host_sni(const struct nmx_host *host);
/* The names of which the certificate must have one, the host's first, where names are verified:
 * none for may and encrypt, and of no weight for a match of usage 3 (RFC 7672 section 3.1.1).
 * Index i from 0, NULL beyond the last. */
NMX_EXPORT size_t nmx_host_reference_count(const struct nmx_host *host);
NMX_EXPORT const char *nmx_host_reference(const struct nmx_host *host, size_t i);
/* The host's signed TLSA records for its port, those in use first, at most 32; NULL beyond
 * the last. */
NMX_EXPORT size_t nmx_host_tlsa_count(const struct nmx_host *host);
NMX_EXPORT const struct nmx_tlsa *nmx_host_tlsa(const struct nmx_host *host, size_t i);
NMX_EXPORT uint8_t nmx_tlsa_usage(const struct nmx_tlsa *tlsa);
NMX_EXPORT uint8_t nmx_tlsa_selector(const struct nmx_tlsa *tlsa);
NMX_EXPORT uint8_t nmx_tlsa_mtype(const struct nmx_tlsa *tlsa);
/* The certificate association data. */
NMX_EXPORT const uint8_t *nmx_tlsa_data(const struct nmx_tlsa *tlsa, size_t *ret_length);
/* 1 if a client that supports usages 2 and 3 can use it, else 0. */
NMX_EXPORT int nmx_tlsa_usable(const struct nmx_tlsa *tlsa);
NMX_EXPORT enum nmx_tlsa_state nmx_tlsa_state(const struct nmx_tlsa *tlsa);

/* The share of first attempts at its tier that goes to the host, 0..1, when plans are drawn from many
 * seeds: exact, by RFC 2782 for weights (RULES SRV-4), equal parts for MX. Of the stage's best tier these
 * are the shares of all mail. */
NMX_EXPORT double nmx_host_share(const struct nmx_host *host);

/* Records that name hosts or servers. */
enum nmx_records {
	NMX_RECORDS_SRV = 0, /* at the service's name, RFC 2782 */
	NMX_RECORDS_MX = 1,  /* of the domain, RFC 1035 */
	NMX_RECORDS_NS = 2,  /* nmx_request_start_servers() alone asks for them */
};

/*
 * What the domain publishes, used or not, with option records: the answer's rcode as of a query, "" if
 * that was not asked or not kept; its security; how many records it had, of which the first 64 are kept,
 * in canonical order (priority, name, port). Alike records stand once. An answer that is bogus or failed
 * has none.
 */
NMX_EXPORT const char *nmx_route_records_rcode(const struct nmx_route *route,
					       enum nmx_records records);
NMX_EXPORT enum nmx_security nmx_route_records_security(const struct nmx_route *route,
							enum nmx_records records);
NMX_EXPORT size_t nmx_route_records_published(const struct nmx_route *route,
					      enum nmx_records records);
NMX_EXPORT size_t nmx_route_record_count(const struct nmx_route *route, enum nmx_records records);
/* Record i of those that are kept, NULL beyond. */
NMX_EXPORT const struct nmx_record *nmx_route_record(const struct nmx_route *route,
						     enum nmx_records records, size_t i);
NMX_EXPORT uint16_t nmx_record_priority(const struct nmx_record *record); /* preference; NS: 0 */
NMX_EXPORT uint16_t nmx_record_weight(const struct nmx_record *record);	  /* SRV, else 0 */
NMX_EXPORT uint16_t nmx_record_port(const struct nmx_record *record);	  /* SRV, else 0 */
/* Target, exchange or server; "." for the root. */
NMX_EXPORT const char *nmx_record_name(const struct nmx_record *record);

/* What was left out. */
NMX_EXPORT size_t nmx_route_dropped_count(const struct nmx_route *route);
NMX_EXPORT const struct nmx_drop *nmx_route_dropped(const struct nmx_route *route, size_t i);
NMX_EXPORT enum nmx_source nmx_drop_stage(const struct nmx_drop *drop);
NMX_EXPORT const char *nmx_drop_host(const struct nmx_drop *drop);
NMX_EXPORT uint16_t nmx_drop_port(const struct nmx_drop *drop);	      /* as published, 0 too */
NMX_EXPORT const char *nmx_drop_address(const struct nmx_drop *drop); /* "" if the whole host */
NMX_EXPORT enum nmx_drop_code nmx_drop_code(const struct nmx_drop *drop);
NMX_EXPORT const char *nmx_drop_rule(const struct nmx_drop *drop);

/*
 * The explanation, line by line, in the order things were decided. The text functions write to a
 * buffer of the caller's like snprintf(): at most size bytes with the final zero, and return the
 * length that the whole text needs without it; a negative error for an index out of range.
 */
NMX_EXPORT size_t nmx_route_why_count(const struct nmx_route *route);
NMX_EXPORT const char *nmx_route_why_phase(const struct nmx_route *route, size_t i);
NMX_EXPORT const char *nmx_route_why_rule(const struct nmx_route *route, size_t i);
NMX_EXPORT int nmx_route_why(const struct nmx_route *route, size_t i, char *ret_text, size_t size);
NMX_EXPORT int nmx_drop_text(const struct nmx_drop *drop, char *ret_text, size_t size);

/* The questions the route rests on, sorted by name and type. */
NMX_EXPORT size_t nmx_route_query_count(const struct nmx_route *route);
NMX_EXPORT const char *nmx_route_query_name(const struct nmx_route *route, size_t i);
NMX_EXPORT const char *nmx_route_query_type(const struct nmx_route *route, size_t i);
/* A DNS rcode's name, or "TIMEOUT" (no answer by the deadline) or "OVERLOAD" (not asked). */
NMX_EXPORT const char *nmx_route_query_rcode(const struct nmx_route *route, size_t i);
NMX_EXPORT enum nmx_security nmx_route_query_security(const struct nmx_route *route, size_t i);
NMX_EXPORT uint32_t nmx_route_query_ttl(const struct nmx_route *route, size_t i);
NMX_EXPORT double nmx_route_query_ms(const struct nmx_route *route, size_t i);

/* ---- Plan --------------------------------------------------------------------------------- */

/* The largest seed: 2^53 - 1, so that a JSON number holds it exactly. */
#define NMX_SEED_MAX UINT64_C(9007199254740991)

/* A seed from the system's random generator. Errors: SYSTEM. */
NMX_EXPORT int nmx_random_seed(uint64_t *ret_seed);

/*
 * Draws an order: tiers by priority, weights by RFC 2782, MX of equal preference shuffled. The
 * same route and seed give the same plan in every process. Whether a host is ourselves (SELF-1)
 * is judged again with the addresses this machine has now, read again from the system every 10
 * seconds. The plan holds a reference to its route. Errors: INVALID (seed over NMX_SEED_MAX),
 * NOMEM.
 */
NMX_EXPORT int nmx_plan_new(struct nmx_route *route, uint64_t seed, struct nmx_plan **ret_plan);
NMX_EXPORT void nmx_plan_free(struct nmx_plan *plan);

NMX_EXPORT uint64_t nmx_plan_seed(const struct nmx_plan *plan);
NMX_EXPORT size_t nmx_plan_count(const struct nmx_plan *plan);
/* Endpoint i in the order of attempts; NULL beyond the last. */
NMX_EXPORT const struct nmx_endpoint *nmx_plan_endpoint(const struct nmx_plan *plan, size_t i);
/* Endpoints left out by this plan, beside the route's. */
NMX_EXPORT size_t nmx_plan_dropped_count(const struct nmx_plan *plan);
NMX_EXPORT const struct nmx_drop *nmx_plan_dropped(const struct nmx_plan *plan, size_t i);
/* The route's outcome, unless this machine has since become the best host: then 5.4.6, or 4.4.4
 * if the route left out something that may come back. */
NMX_EXPORT enum nmx_outcome nmx_plan_outcome(const struct nmx_plan *plan);
NMX_EXPORT const char *nmx_plan_status(const struct nmx_plan *plan);
NMX_EXPORT const char *nmx_plan_reason(const struct nmx_plan *plan);

/* What was decided for this plan alone, as the route's why functions do. */
NMX_EXPORT size_t nmx_plan_why_count(const struct nmx_plan *plan);
NMX_EXPORT const char *nmx_plan_why_phase(const struct nmx_plan *plan, size_t i);
NMX_EXPORT const char *nmx_plan_why_rule(const struct nmx_plan *plan, size_t i);
NMX_EXPORT int nmx_plan_why(const struct nmx_plan *plan, size_t i, char *ret_text, size_t size);

NMX_EXPORT const struct nmx_host *nmx_endpoint_host(const struct nmx_endpoint *endpoint);
/* The address as text, without port or brackets. */
NMX_EXPORT const char *nmx_endpoint_address(const struct nmx_endpoint *endpoint);
NMX_EXPORT const struct sockaddr *nmx_endpoint_sockaddr(const struct nmx_endpoint *endpoint,
							socklen_t *ret_length);
/* The least of the naming RRset, the aliases and this address. */
NMX_EXPORT enum nmx_security nmx_endpoint_security(const struct nmx_endpoint *endpoint);
/* As of its host, which has the names and TLSA records as well. */
NMX_EXPORT enum nmx_tls nmx_endpoint_tls(const struct nmx_endpoint *endpoint);
NMX_EXPORT const char *nmx_endpoint_sni(const struct nmx_endpoint *endpoint);
/* 1 if TLS begins with the first octet instead of STARTTLS: port 465 (RFC 8314), if ports-secure
 * names it. */
NMX_EXPORT int nmx_endpoint_implicit_tls(const struct nmx_endpoint *endpoint);

/* ---- Delivery ----------------------------------------------------------------------------- */

struct nmx_delivery;
struct nmx_attempt; /* lent by a delivery */
struct nmx_report;

/* What came of one attempt. Any other value counts as NMX_STOP_TEMP. */
enum nmx_result {
	NMX_DELIVERED = 0, /* the message is the server's: done */
	NMX_TRY_NEXT = 1,  /* go on with the next endpoint */
	NMX_STOP_TEMP = 2, /* stop; the message stays in the queue */
	NMX_STOP_PERM = 3, /* stop; the message goes back to its sender */
	NMX_PENDING = 4,   /* not known yet: nmx_attempt_finish() will say */
};

/* Where an attempt failed. */
enum nmx_cause {
	NMX_CAUSE_NONE = 0,
	NMX_CAUSE_CONNECT = 1,	 /* no connection */
	NMX_CAUSE_GREETING = 2,	 /* closed, or 4xx or 5xx, in place of the greeting */
	NMX_CAUSE_TLS = 3,	 /* what the endpoint demands of TLS is not met */
	NMX_CAUSE_4XX = 4,	 /* a 4xx reply, or the connection broke, after the greeting */
	NMX_CAUSE_EARLY_5XX = 5, /* a 5xx reply between greeting and MAIL */
	NMX_CAUSE_5XX = 6,	 /* a 5xx reply to MAIL, RCPT or DATA */
};

/*
 * Tries to deliver to one endpoint: the caller's. Called from dispatch or a blocking call, for
 * one endpoint after the other, until the result is neither TRY_NEXT nor PENDING. It may start
 * and cancel anything, cancel or free its own delivery, free the context, and must not call
 * dispatch or the blocking calls (NMX_E_STATE).
 *
 * The attempt is lent until it returns; if it returns NMX_PENDING, until nmx_attempt_finish(),
 * which must then be called once, whatever becomes of the delivery meanwhile.
 */
typedef enum nmx_result (*nmx_deliver_fn)(struct nmx_attempt *attempt, void *user);

/* The end of a delivery, from dispatch (nmx_deliver() returns it instead). error is 0 and report
 * lent for the call (nmx_report_ref() keeps it), or error is NMX_E_NOMEM or NMX_E_SYSTEM and
 * report is NULL. It may do what nmx_deliver_fn may. */
typedef void (*nmx_report_fn)(int error, struct nmx_report *report, void *user);

/*
 * Delivers one message for a domain: resolves, draws a plan, and hands its endpoints to deliver
 * one by one. report is called exactly once, unless the delivery is cancelled first. With
 * ret_delivery NULL the delivery frees itself afterwards. A delivery costs some 6 KiB; at most
 * 100,000 may run in one context, and it is a request until its route is known (LIMIT). Errors:
 * INVALID, STATE (not started), NOMEM, LIMIT, FORKED.
 */
NMX_EXPORT int nmx_delivery_start(struct nmx_context *ctx, const char *domain,
				  nmx_deliver_fn deliver, nmx_report_fn report, void *user,
				  struct nmx_delivery **ret_delivery);

/*
 * Before the route is known: the seed of its plan, 0..NMX_SEED_MAX, random if it is not set; the
 * most attempts, 1..20; milliseconds from now, 1..86400000, after which no attempt begins and a
 * pending one is given up. Options delivery-attempts and delivery-deadline-ms are the defaults.
 * Errors: INVALID, STATE, NOMEM, FORKED.
 */
NMX_EXPORT int nmx_delivery_set_seed(struct nmx_delivery *delivery, uint64_t seed);
NMX_EXPORT int nmx_delivery_set_attempts(struct nmx_delivery *delivery, unsigned n);
NMX_EXPORT int nmx_delivery_set_deadline(struct nmx_delivery *delivery, unsigned ms);

/* After this returns neither function is called any more. A pending attempt must still be finished.
 * Idempotent. */
NMX_EXPORT void nmx_delivery_cancel(struct nmx_delivery *delivery);
/* Cancels, and gives the handle back. Allowed inside the delivery's own callbacks. */
NMX_EXPORT void nmx_delivery_free(struct nmx_delivery *delivery);

/*
 * The same, blocking; callbacks of others wait for the next dispatch. *ret_report is a reference
 * for the caller. An attempt that is PENDING can only be finished by deliver itself, else it ends
 * at the deadline. Errors: as nmx_delivery_start(), SYSTEM, and STATE if deliver freed the
 * context before the end.
 */
NMX_EXPORT int nmx_deliver(struct nmx_context *ctx, const char *domain, nmx_deliver_fn deliver,
			   void *user, struct nmx_report **ret_report);

/* Where to, and how safely. Lent as the attempt is. */
NMX_EXPORT const struct nmx_endpoint *nmx_attempt_endpoint(const struct nmx_attempt *attempt);
/* The recipient domain, as nmx_route_domain(). */
NMX_EXPORT const char *nmx_attempt_domain(const struct nmx_attempt *attempt);
/* From 1. */
NMX_EXPORT unsigned nmx_attempt_number(const struct nmx_attempt *attempt);
/* Milliseconds until the delivery's deadline; 0 if it has passed or the delivery is over. */
NMX_EXPORT unsigned nmx_attempt_ms_left(const struct nmx_attempt *attempt);
/* Of these, what this attempt may take if every other that may follow is to have as much: at
 * least 1, or 0 with nmx_attempt_ms_left(). Whoever takes more may leave the MX hosts none. */
NMX_EXPORT unsigned nmx_attempt_ms_share(const struct nmx_attempt *attempt);

/*
 * Says what happened, for the report: where it failed, the reply's code (0 without one), its
 * enhanced status code ("" or NULL without one) and text. They are copied: line ends of the text
 * go at its end and are blanks inside, other octets that are no printable ASCII become \DDD, and
 * 511 are kept. A code outside 200..599 counts as none. May be called again; the last one counts.
 * Returns the result that follows from RULES SRV-16, so that a callback can return it:
 * NMX_DELIVERED for no cause, NMX_TRY_NEXT or NMX_STOP_PERM; NMX_STOP_TEMP for a cause that is
 * none. It only records: what is returned, or given to nmx_attempt_finish(), decides.
 */
NMX_EXPORT enum nmx_result nmx_attempt_set_result(struct nmx_attempt *attempt, enum nmx_cause cause,
						  unsigned code, const char *enhanced,
						  const char *text);

/*
 * The result of an attempt that is PENDING, from the context's thread, outside or inside
 * callbacks; also inside the attempt's own, before it returns PENDING. It calls nobody; dispatch
 * goes on. The attempt must not be used afterwards, except that a second call before the next
 * dispatch or blocking call, while the context lives, returns STATE. STATE, too, if the delivery
 * is over (cancelled, past its deadline, its context freed): that, too, gives the attempt back,
 * and undoes nothing: a message that a server has taken is delivered. If deliver has called it
 * itself, what it gave here counts, whatever deliver returns. Errors: INVALID (result is
 * PENDING), STATE, FORKED.
 */
NMX_EXPORT int nmx_attempt_finish(struct nmx_attempt *attempt, enum nmx_result result);

/* References are atomic: a report may be shared between threads. */
NMX_EXPORT struct nmx_report *nmx_report_ref(struct nmx_report *report);
NMX_EXPORT void nmx_report_unref(struct nmx_report *report);

NMX_EXPORT const char *nmx_report_domain(const struct nmx_report *report);
/* NMX_DELIVERABLE: delivered. NMX_DEFER: keep the message and try again. NMX_REJECT: bounce. */
NMX_EXPORT enum nmx_outcome nmx_report_outcome(const struct nmx_report *report);
/* "2.0.0" (RFC 3463): the server's status with the class of the outcome, or one of RULES OUT-2. */
NMX_EXPORT const char *nmx_report_status(const struct nmx_report *report);
/* A sentence for the log or the bounce: the most informative failure. */
NMX_EXPORT const char *nmx_report_reason(const struct nmx_report *report);
/* Lent; NULL if the deadline came before the route was known. They may be shared between threads as
 * the report is. */
NMX_EXPORT struct nmx_route *nmx_report_route(const struct nmx_report *report);
NMX_EXPORT struct nmx_plan *nmx_report_plan(const struct nmx_report *report);
/* The attempts in their order; index from 0. The text is printable ASCII. Beyond the last: NULL, 0,
 * NMX_STOP_TEMP, NMX_CAUSE_NONE. */
NMX_EXPORT size_t nmx_report_attempt_count(const struct nmx_report *report);
NMX_EXPORT const struct nmx_endpoint *nmx_report_endpoint(const struct nmx_report *report,
							  size_t i);
NMX_EXPORT enum nmx_result nmx_report_result(const struct nmx_report *report, size_t i);
NMX_EXPORT enum nmx_cause nmx_report_cause(const struct nmx_report *report, size_t i);
NMX_EXPORT unsigned nmx_report_code(const struct nmx_report *report, size_t i);
NMX_EXPORT const char *nmx_report_enhanced(const struct nmx_report *report, size_t i);
NMX_EXPORT const char *nmx_report_text(const struct nmx_report *report, size_t i);
NMX_EXPORT unsigned nmx_report_ms(const struct nmx_report *report, size_t i);

/* ---- MTA-STS ------------------------------------------------------------------------------ */

/*
 * What a domain publishes (RFC 8461), read as it is for a route, without a context or network: for
 * tools, and before it is published. NMX_E_VALUE means that it is not valid; the text says why.
 */
struct nmx_sts_policy;

/* Bytes of the longest policy id with its final zero. */
#define NMX_STS_ID_SIZE 33

/*
 * The policy id out of the n TXT records of _mta-sts.DOMAIN, the strings of each joined (section
 * 3.1). Records that do not begin with "v=STSv1;" do not count; exactly one must be left, and
 * have an id of 1 to 32 letters and digits. ret_id takes it with a final zero. *ret_note, if
 * ret_note is not NULL, is a static sentence: with VALUE why there is none, with success what
 * others may refuse, "" if nothing. Errors: INVALID (NULL, size under NMX_STS_ID_SIZE), VALUE,
 * NOMEM.
 */
NMX_EXPORT int nmx_sts_txt(const char *const *rrs, size_t n, char *ret_id, size_t size,
			   const char **ret_note);

/*
 * Reads a policy as https://mta-sts.DOMAIN/.well-known/mta-sts.txt serves it (section 3.2): at
 * most 64 KiB of UTF-8, lines that end in LF or CRLF, the version STSv1, a mode, max_age, and
 * unless the mode is none an mx. With VALUE *ret_fault is a static sentence and *ret_line its
 * line from 1, or 0 for the whole; both may be NULL. Errors: INVALID (NULL), VALUE, NOMEM.
 */
NMX_EXPORT int nmx_sts_policy_new(const void *text, size_t length,
				  struct nmx_sts_policy **ret_policy, unsigned *ret_line,
				  const char **ret_fault);
NMX_EXPORT void nmx_sts_policy_free(struct nmx_sts_policy *policy);

/* NMX_STS_NONE, NMX_STS_TESTING or NMX_STS_ENFORCE. */
NMX_EXPORT enum nmx_sts_mode nmx_sts_policy_mode(const struct nmx_sts_policy *policy);
/* Seconds, 0..31557600. */
NMX_EXPORT uint32_t nmx_sts_policy_max_age(const struct nmx_sts_policy *policy);
/* The patterns that name hosts, in their order, at most 256, in A-labels, lower case, without
 * final dot: "mx.example.org" or "*.example.org". Lent by the policy; NULL beyond the last. */
NMX_EXPORT size_t nmx_sts_policy_mx_count(const struct nmx_sts_policy *policy);
NMX_EXPORT const char *nmx_sts_policy_mx(const struct nmx_sts_policy *policy, size_t i);
/* What was ignored or forgiven, and its owner should mend: a printable sentence, lent by the
 * policy, and its line, from 1. The first 32; NULL beyond the last, and *ret_line untouched. */
NMX_EXPORT size_t nmx_sts_policy_remark_count(const struct nmx_sts_policy *policy);
NMX_EXPORT const char *nmx_sts_policy_remark(const struct nmx_sts_policy *policy, size_t i,
					     unsigned *ret_line);

/*
 * Whether a pattern names the host (section 4.1): 1 or 0. "*." stands for exactly one label; case
 * and a final dot do not count; U-labels become A-labels. With VALUE a sentence that says which
 * of the two is no name, and why, is written to ret_fault as the text functions do; it may be
 * NULL if size is 0. Errors: INVALID (NULL), VALUE, NOMEM.
 */
NMX_EXPORT int nmx_sts_match(const char *host, const char *pattern, char *ret_fault, size_t size);

/* "enforce", "testing", "none"; "absent" for NMX_STS_ABSENT, "unknown" for others. Static. */
NMX_EXPORT const char *nmx_sts_mode_name(enum nmx_sts_mode mode);

/* A policy that a context holds (option state-dir: on disk, too). Lent until the next call on the
 * context. */
struct nmx_sts_held;

/* Those that have not expired, sorted by domain; other processes' are seen after 10 seconds at the
 * latest. 0 before start, with option sts off, and in a forked child. */
NMX_EXPORT size_t nmx_sts_held_count(struct nmx_context *ctx);
/* Index from 0; NULL beyond the last. */
NMX_EXPORT const struct nmx_sts_held *nmx_sts_held(struct nmx_context *ctx, size_t i);
/* The domain's, in ASCII or UTF-8; NULL if there is none, or the name is none. */
NMX_EXPORT const struct nmx_sts_held *nmx_sts_held_find(struct nmx_context *ctx,
							const char *domain);
NMX_EXPORT const char *nmx_sts_held_domain(const struct nmx_sts_held *held); /* A-labels */
/* The id of the record it was fetched for. */
NMX_EXPORT const char *nmx_sts_held_id(const struct nmx_sts_held *held);
NMX_EXPORT enum nmx_sts_mode nmx_sts_held_mode(const struct nmx_sts_held *held);
NMX_EXPORT uint32_t nmx_sts_held_max_age(const struct nmx_sts_held *held); /* seconds */
/* Wall clock, seconds since 1970. */
NMX_EXPORT int64_t nmx_sts_held_fetched(const struct nmx_sts_held *held);
NMX_EXPORT int64_t nmx_sts_held_expires(const struct nmx_sts_held *held);
/* As it was served; no final zero. */
NMX_EXPORT const char *nmx_sts_held_text(const struct nmx_sts_held *held, size_t *ret_length);

/*
 * Forgets the domain's policy, here and, with a state-dir, in other processes. Until a new one is
 * fetched the domain is delivered to as if it had none. Errors: INVALID, VALUE (none is held), STATE
 * (not started, or option sts is off), NOMEM, FORKED.
 */
NMX_EXPORT int nmx_sts_forget(struct nmx_context *ctx, const char *domain);

/*
 * Fetches the domain's policy now, whether one is held or not; blocks as nmx_resolve() does, and
 * callbacks of others wait. Whatever comes of it, what is held stays in force unless a new one is
 * there. It takes seven times sts-timeout at the most, and its turn when 16 others are fetched. With
 * VALUE a sentence that says why there is none is written to ret_text as the text functions do (with
 * success an empty one); it may be NULL if size is 0. Errors: INVALID, VALUE, STATE (as above, or from inside
 * a callback), NOMEM, SYSTEM, FORKED.
 */
NMX_EXPORT int nmx_sts_refresh(struct nmx_context *ctx, const char *domain, char *ret_text,
			       size_t size);

/* ---- TLS reporting ------------------------------------------------------------------------ */

/*
 * Sessions are counted by day (UTC), domain, policy and result (RFC 8460 section 4), in memory, and
 * with option state-dir on disk, within 10 seconds. Deliveries count their attempts themselves: a
 * delivered message or a 5xx to MAIL, RCPT or DATA is a success if the endpoint demands TLS; a failure
 * of cause TLS is NMX_TLSRPT_VALIDATION_FAILURE unless nmx_attempt_set_tls() says it better. What
 * kept a route from a policy or a host is counted once for each delivery, a host that a policy in
 * testing does not name among them. Address literals are not counted.
 */

/* What came of TLS in this attempt, if the caller knows it; counted when the attempt ends. A result
 * that is none takes back what was said. */
NMX_EXPORT void nmx_attempt_set_tls(struct nmx_attempt *attempt, enum nmx_tlsrpt_result result);

/* Counts a session that no delivery made: endpoint is of a plan of the route. Errors: INVALID, STATE
 * (not started, option sts is off), FORKED. */
NMX_EXPORT int nmx_tlsrpt_count(struct nmx_context *ctx, const struct nmx_route *route,
				const struct nmx_endpoint *endpoint, enum nmx_tlsrpt_result result);

/* One report's body (RFC 8460 section 4.4), lent for the call. It may do what nmx_route_fn may. */
typedef void (*nmx_tlsrpt_fn)(const char *domain, const char *json, void *user);

/*
 * Makes a report for each domain that something was counted for on a day, of all processes that share
 * the state-dir, in the order of domains. day is "2026-11-22". organization and contact go into the
 * reports. Errors: INVALID (NULL), VALUE (no day, or no UTF-8), STATE (as above), NOMEM, SYSTEM, FORKED.
 */
NMX_EXPORT int nmx_tlsrpt_report(struct nmx_context *ctx, const char *day, const char *organization,
				 const char *contact, nmx_tlsrpt_fn fn, void *user);

NMX_EXPORT const char *nmx_tlsrpt_policy_name(enum nmx_tlsrpt_policy policy);
NMX_EXPORT const char *nmx_tlsrpt_result_name(enum nmx_tlsrpt_result result);

/* ---- Text --------------------------------------------------------------------------------- */

enum nmx_json_flag {
	NMX_JSON_NO_WHY = 1,
	NMX_JSON_NO_QUERIES = 2,
	NMX_JSON_HOSTS = 4,   /* every usable host with its share, as "hosts" */
	NMX_JSON_RECORDS = 8, /* what is published, as "records" */
};

/*
 * One line of JSON, schema nextmx.route/1 (docs/route.schema.json), without a newline. Without a
 * plan, "seed" is null and "plan" empty. *ret_text is the caller's, for nmx_text_free().
 * Errors: INVALID (the plan is another route's), NOMEM.
 */
NMX_EXPORT int nmx_json(const struct nmx_route *route, const struct nmx_plan *plan, unsigned flags,
			char **ret_text);
/* The same for a report, schema nextmx.report/1: outcome (delivered, defer, reject), attempts,
 * and the route, without hosts and records. Errors: INVALID (those flags), NOMEM. */
NMX_EXPORT int nmx_report_json(const struct nmx_report *report, unsigned flags, char **ret_text);
NMX_EXPORT void nmx_text_free(char *text);

/* Names of values, as in JSON; "unknown" for others. Static strings. */
NMX_EXPORT const char *nmx_strerror(int error);
NMX_EXPORT const char *nmx_outcome_name(enum nmx_outcome outcome);
NMX_EXPORT const char *nmx_security_name(enum nmx_security security);
NMX_EXPORT const char *nmx_source_name(enum nmx_source source);
NMX_EXPORT const char *nmx_tls_name(enum nmx_tls tls);
NMX_EXPORT const char *nmx_tlsa_state_name(enum nmx_tlsa_state state);
NMX_EXPORT const char *nmx_result_name(enum nmx_result result);
NMX_EXPORT const char *nmx_cause_name(enum nmx_cause cause);
NMX_EXPORT const char *nmx_drop_code_name(enum nmx_drop_code code);
NMX_EXPORT const char *nmx_stat_name(enum nmx_stat stat);

/* This library's version, "0.1.0". */
NMX_EXPORT const char *nmx_version(void);
/* A line for each library it runs with, and what to know about it: index from 0, written as the
 * text functions above do; INVALID beyond the last. */
NMX_EXPORT int nmx_version_library(size_t i, char *ret_text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
