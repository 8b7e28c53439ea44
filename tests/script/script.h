/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scripted source of answers, linked in place of resolver/dns.c: for states and orders that a real
 * server cannot show on demand. Answers are wire-format packets, judged by the code that judges
 * libunbound's. One script for the whole process; script_reset() begins a new one.
 */
#ifndef NMX_TESTS_SCRIPT_H
#define NMX_TESTS_SCRIPT_H

#include "base/clock.h"
#include "packet.h"
#include "resolver/dns.h"

enum script_when {
	SCRIPT_INSIDE, /* inside dns_ask(), as libunbound does with what it has at hand */
	SCRIPT_LATER,  /* when script_release() says so */
	SCRIPT_NEVER,
};

/* ---- The script ----------------------------------------------------------------------------- */

void script_reset(void);
/* What is not in the script: NXDOMAIN of this security (0 insecure, 2 secure), given when. */
void script_default(int security, enum script_when when);
/* The packet is copied. rcode not 0: a failure, whose packet holds another answer's bytes. */
void script_put(const char *name, uint16_t type, int rcode, const struct packet *packet,
		int security, const char *why_bogus, enum script_when when);
/* The commonest: one RRset with records separated by "|", TTL 300. "" is NODATA. */
void script_rrset(const char *name, const char *type, const char *records, int security,
		  enum script_when when);

/* Questions asked so far: of this name and type; or all of them with name NULL. */
unsigned script_asked(const char *name, uint16_t type);
/* Questions that wait to be released, forgotten ones included. */
unsigned script_waiting(void);
/* Answers the i-th waiting question, in the order asked. False if there is none. */
bool script_release(unsigned i);
/* Answers the waiting question of this name and type. */
bool script_release_name(const char *name, uint16_t type);
void script_release_all(void);
/* From now on dns_ask() fails with this error (0: no more). */
void script_fail_asking(int error);
/* The same with dns_rebuild(): then the old questions live on. */
void script_fail_rebuilding(int error);
unsigned script_rebuilds(void);
/* From now on each dns_ask() raises this signal in its thread (0: none), as libunbound's TCP does. */
void script_raise(int signal);

/* A clock that stands still until it is told. Its boot time begins at 1000 s. */
extern const struct clock script_clock;
void script_clock_reset(void);
void script_advance_ms(int64_t ms);
void script_jump_wall_s(int64_t seconds);

#endif
