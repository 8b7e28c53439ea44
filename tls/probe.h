/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One SMTP conversation that proves what an endpoint can do: connect, greeting, EHLO, STARTTLS (or TLS
 * from the first octet), handshake, verdict, QUIT. It never blocks: the caller polls its descriptor and
 * lets it step. In the clear nothing is sent but EHLO, STARTTLS and QUIT; every reply has limits, and
 * the whole has a deadline. A program that uses it ignores SIGPIPE, for OpenSSL writes to sockets.
 */
#ifndef NMX_TLS_PROBE_H
#define NMX_TLS_PROBE_H

#include "tls/certificate.h"

/* How far it came. In words: probe_fault_name(). */
enum probe_fault {
	PROBE_NONE,	 /* to the verdict */
	PROBE_CONNECT,	 /* refused, unreachable, ... */
	PROBE_TIMEOUT,	 /* the deadline came first */
	PROBE_CLOSED,	 /* the server hung up */
	PROBE_GREETING,	 /* no 220 */
	PROBE_EHLO,	 /* no 250 */
	PROBE_PROTOCOL,	 /* no SMTP reply, or one beyond the limits */
	PROBE_INJECTION, /* octets in the clear behind the reply to STARTTLS */
	PROBE_INTERNAL,	 /* memory, or OpenSSL, on our side */
};

struct probe_report {
	bool ok; /* mail may be sent to this endpoint as the route demands */
	enum probe_fault fault;
	struct nmx_tls_verdict verdict; /* without fault */
	struct certificate certificate;
	char version[16]; /* "TLSv1.3", "" without TLS */
	char cipher[64];
	char text[640]; /* what matched, or what failed; printable ASCII */
	unsigned ms;
};

struct probe;

/* ctx and endpoint must outlive it; helo is a host name or address literal. NULL if memory ran out. */
struct probe *probe_new(SSL_CTX *ctx, const struct nmx_endpoint *endpoint, const char *helo,
			unsigned deadline_ms);
void probe_free(struct probe *probe);

/* Connects; the deadline counts from here. */
void probe_start(struct probe *probe);
/* Goes on, or ends because of its deadline. */
void probe_step(struct probe *probe);
/* What to poll for; the descriptor is -1 when it has ended. */
int probe_fd(const struct probe *probe, short *ret_events);
/* Milliseconds until it wants to step whatever happens. */
int probe_wait_ms(const struct probe *probe);
/* NULL before the end. */
const struct probe_report *probe_report(const struct probe *probe);

/* "connect", "timeout", ...; "" for none. */
const char *probe_fault_name(enum probe_fault fault);

#endif
