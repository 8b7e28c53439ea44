/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one HTTPS GET of MTA-STS (RULES STS-4, RFC 8461 section 3.3), by libcurl inside the context's own
 * loop. Which addresses are dialled is the caller's to look up and judge; nothing else is ever dialled.
 * Golden tests link a scripted source in place of fetch.c behind this header.
 */
#ifndef NMX_RESOLVER_FETCH_H
#define NMX_RESOLVER_FETCH_H

#include "base/address.h"
#include "resolver/loop.h"

struct fetcher;
struct fetch;

/* What went wrong, as far as TLS reporting tells it apart (RFC 8460 section 4.3). */
enum fetch_fault {
	FETCH_OK = 0,
	FETCH_CONNECT, /* no connection, or it broke */
	FETCH_TLS,     /* no TLS, or the certificate is not the policy host's */
	FETCH_STATUS,  /* not 200: redirects too */
	FETCH_TYPE,    /* not text/plain, or encoded */
	FETCH_SIZE,    /* over LIMIT_STS_POLICY */
	FETCH_TIMEOUT,
	FETCH_SYSTEM, /* memory, descriptors */
};

struct fetch_answer {
	enum fetch_fault fault;
	const char *text; /* one printable line that says what happened; "" if FETCH_OK */
	const uint8_t *body;
	size_t length;
};

/* Called once, from inside loop_run() and never from inside fetch_start(). The answer is lent for the
 * call; the connection is closed already, and the fetch is gone when it returns: fetch_cancel() of it
 * meanwhile does nothing. It may start and cancel others. */
typedef void (*fetch_done_fn)(void *user, const struct fetch_answer *answer);

/*
 * ca_file: PEM file of the authorities that are trusted, "" for the system's. 0, or NMX_E_CONFIG with a
 * sentence in error (the file cannot be used), NMX_E_NOMEM, NMX_E_SYSTEM. The loop must outlive it.
 */
int fetcher_open(struct loop *loop, const char *ca_file, struct text *error,
		 struct fetcher **ret_fetcher);
/* Cancels every fetch. Accepts NULL. In a forked child only memory is freed: the sockets are the
 * parent's. */
void fetcher_close(struct fetcher *fetcher, bool forked);

/*
 * GET https://HOST/.well-known/mta-sts.txt from one of the addresses (n >= 1, tried in their order), port
 * 443, within timeout_ms in all. The next address is dialled when one came to no reply, unless it showed
 * a certificate that is not the host's. host is an A-label name without a final dot. Everything is copied.
 * 0, NMX_E_INVALID for what cannot be a host, NMX_E_NOMEM, NMX_E_SYSTEM, or NMX_E_LIMIT while LIMIT_FETCHES
 * are under way; then done is not called.
 */
int fetch_start(struct fetcher *fetcher, const char *host, const struct address *addresses,
		size_t n, unsigned timeout_ms, fetch_done_fn done, void *user,
		struct fetch **ret_fetch);
/* done is not called any more, and the connection is closed. */
void fetch_cancel(struct fetch *fetch);

/* "libcurl 7.88.1" */
void fetch_print_version(struct text *text);

#endif
