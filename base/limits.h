/* SPDX-License-Identifier: BSD-2-Clause */
/* Every limit of the library, each with its reason. */
#ifndef NMX_BASE_LIMITS_H
#define NMX_BASE_LIMITS_H

enum nmx_limit {
	/* RFC 1035 section 2.3.4: octets of a name in wire form, of a label, and its text with every
	 * octet as \DDD and the final zero. */
	LIMIT_NAME = 255,
	LIMIT_LABEL = 63,
	LIMIT_NAME_TEXT = 4 * LIMIT_NAME + 1,
	/* Text of a domain as a caller passes it: a 253-octet name in UTF-8 cannot be longer. */
	LIMIT_DOMAIN_TEXT = 1024,

	/* Compression pointers in one name: each must point further back, so this is never needed by
	 * an honest packet (127 labels). */
	LIMIT_POINTERS = 127,
	/* Records read from one answer: 64 KiB of the shortest (A with a compressed owner, 16). */
	LIMIT_RECORDS = 4096,
	/* RULES SRV-9, MX-1: steps of an alias chain that are followed; and that are counted. */
	LIMIT_CNAMES = 8,
	LIMIT_CNAMES_COUNTED = 16,

	/* RULES LIM-1. */
	LIMIT_HOSTS = 32,
	LIMIT_ADDRESSES = 8,
	LIMIT_QUESTIONS = 100,
	LIMIT_ENDPOINTS = 20,
	LIMIT_ENDPOINTS_FOLLOWING = 4,
	/* RULES PORT-1: ports of one target. */
	LIMIT_PORTS = 3,
	/* Addresses of one family that are judged, before LIMIT_ADDRESSES of them are kept: more would
	 * only lengthen the explanation. */
	LIMIT_ADDRESSES_JUDGED = 64,

	/* TLSA records of a host that are looked at: a roll-over of two keys with two digests each takes
	 * eight. */
	LIMIT_TLSA = 32,

	/* Bytes of explanation (codes and arguments) kept with a route, and of queries. */
	LIMIT_WHY = 16 * 1024,
	LIMIT_DROPS = 512,
	/* libunbound's own reason for a bogus answer, cut there: it quotes names from outside. */
	LIMIT_BOGUS_REASON = 200,

	/* Seconds: RULES SRV-14, TTL-1. */
	LIMIT_FAILURE_TTL = 60,
	LIMIT_NEGATIVE_TTL = 60,
	/* Failed answers kept by name and type: what one busy minute of broken domains needs. */
	LIMIT_VERDICTS = 4096,

	/* RULES CLK-1: seconds between the wall and the boot clock that count as a jump. */
	LIMIT_CLOCK_JUMP = 60,
	/* Seconds between two readings of the machine's own addresses (SELF-1). */
	LIMIT_OWN_REREAD = 10,

	/* Deliveries that may run in one context; each costs some 6 KiB. */
	LIMIT_DELIVERIES = 100000,
	/* A delivery's deadline, milliseconds: no sender keeps a message in one attempt for longer. */
	LIMIT_DELIVERY_MS = 24 * 3600 * 1000,
	/* What a server said to an attempt, cut there: RFC 5321 section 4.5.3.1.5 has 512. */
	LIMIT_REPLY_TEXT = 512,
	/* RULES BAK-1: seconds after the first failure, at the most, and after which half is forgotten;
	 * endpoints that are remembered. */
	LIMIT_BACKOFF_FIRST = 60,
	LIMIT_BACKOFF_MOST = 3600,
	LIMIT_BACKOFF_HALF = 3600,
	LIMIT_BACKOFFS = 4096,

	/* Completions of one dispatch, so that a caller's other work is not starved. */
	LIMIT_COMPLETIONS = 64,
	/* Events taken from the kernel at once. */
	LIMIT_EVENTS = 64,
	/* Requests that may wait for an answer in one context; each costs some 5 KiB. */
	LIMIT_REQUESTS = 100000,
	/* A caller's own deadline, milliseconds. */
	LIMIT_DEADLINE_MS = 3600 * 1000,
	/* Descriptors the host program keeps for itself. */
	LIMIT_DESCRIPTORS_SPARED = 256,
	LIMIT_DESCRIPTORS_LEAST = 64,
	/* A log line. */
	LIMIT_LOG_LINE = 1000,
	/* A zone file or trust anchor file that is read to judge it, bytes. */
	LIMIT_FILE = 64 * 1024 * 1024,
};

#endif
