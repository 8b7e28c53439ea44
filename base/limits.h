/* SPDX-License-Identifier: BSD-2-Clause */
/* Every limit of the library, each with its reason. */
#ifndef NMX_BASE_LIMITS_H
#define NMX_BASE_LIMITS_H

/* Memory that is kept for the next lookup hides from AddressSanitizer what is used after it was given back. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LIMIT_SPARES 0
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define LIMIT_SPARES 0
#endif
#ifndef LIMIT_SPARES
#define LIMIT_SPARES 1
#endif

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
	/* Records of one RRset that a route keeps with option records: more than any domain has in earnest,
	 * and with names of the usual length some 4 KiB. */
	LIMIT_RECORDS_KEPT = 64,
	/* Names that are asked for name servers, one above the other: the domain and its zone, and twice
	 * more for zones that contradict themselves. */
	LIMIT_ZONES = 4,
	/* Addresses of one family that are judged, before LIMIT_ADDRESSES of them are kept: more would
	 * only lengthen the explanation. */
	LIMIT_ADDRESSES_JUDGED = 64,

	/* TLSA records of a host that are looked at: a roll-over of two keys with two digests each takes
	 * eight. */
	LIMIT_TLSA = 32,

	/* RFC 8461: octets of a policy id (section 3.1); of a policy's text (RULES STS-3); mx patterns of one
	 * policy, more than any operator lists: what is beyond matches nothing. */
	LIMIT_STS_ID = 32,
	LIMIT_STS_POLICY = 64 * 1024,
	LIMIT_STS_PATTERNS = 256,
	/* What the owner of a policy should mend, that is kept to be told: enough to begin with. */
	LIMIT_STS_REMARKS = 32,
	/* Longest life of a policy, seconds (RFC 8461 section 3.2). */
	LIMIT_STS_MAX_AGE = 31557600,
	/* RULES STS-4: policies fetched at the same time; and that may wait for it. */
	LIMIT_FETCHES = 16,
	LIMIT_FETCHES_WAITING = 1000,
	/* Of max-questions, so many are for them, a quarter at the most: A and AAAA of each. */
	LIMIT_FETCH_QUESTIONS = 2 * LIMIT_FETCHES,
	/* A fetch may take this many times sts-timeout in all; whoever waits for it does not. */
	LIMIT_STS_FLIGHT = 6,
	/* Into so many parts it is cut while others wait for a place: a second of 30, with the default; and
	 * the least that a connection, a handshake and a reply need, milliseconds. */
	LIMIT_STS_TURNS = 30,
	LIMIT_STS_TURN_MS = 250,
	/* Why a policy could not be fetched: cut there. */
	LIMIT_STS_TROUBLE = 400,
	/* RULES STS-5: seconds for which an id that could not be fetched is left alone, and after which a
	 * policy in use is fetched again although its id is the same. */
	LIMIT_STS_RETRY = 300,
	LIMIT_STS_REFRESH = 86400,
	/* Seconds between two looks at what is due although nobody asks; days for which a policy counts as
	 * used: as long as most policies live. */
	LIMIT_STS_SWEEP = 3600,
	LIMIT_STS_USED = 30,
	/* Policies that are kept, and their bytes: RFC 8461 policies of the 100 largest providers come to
	 * some hundred octets each. */
	LIMIT_STORE_POLICIES = 100000,
	LIMIT_STORE_BYTES = 64 * 1024 * 1024,
	/* Seconds: until other processes' policies are seen; until tallies are written. */
	LIMIT_STORE_REREAD = 10,
	LIMIT_STORE_TALLY = 10,
	/* Days for which tallies are kept: RFC 8460 reports are sent the day after. */
	LIMIT_STORE_DAYS = 30,
	/* Tallies of one process that are not written yet: beyond it they are counted without their host. */
	LIMIT_STORE_TALLIES = 10000,

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

	/* What a context keeps for later: blocks of lookups (4 KiB each) and records of questions. What libunbound
	 * has in its cache is answered while it is asked, so few are in use at a time; and a burst's memory
	 * is given back. */
	LIMIT_SPARE_BLOCKS = 16 * LIMIT_SPARES,
	LIMIT_SPARE_QUESTIONS = 64 * LIMIT_SPARES,

	/* Completions of one dispatch, so that a caller's other work is not starved. */
	LIMIT_COMPLETIONS = 64,
	/* Events taken from the kernel at once. */
	LIMIT_EVENTS = 64,
	/* Requests that may wait for an answer in one context; each costs some 7 to 11 KiB. */
	LIMIT_REQUESTS = 100000,
	/* A caller's own deadline, milliseconds. */
	LIMIT_DEADLINE_MS = 3600 * 1000,
	/* Descriptors the host program keeps for itself. */
	LIMIT_DESCRIPTORS_SPARED = 256,
	LIMIT_DESCRIPTORS_LEAST = 64,
	/* A log line; and those that wait to be said. */
	LIMIT_LOG_LINE = 1000,
	LIMIT_LOG_LINES = 64,
	/* A zone file or trust anchor file that is read to judge it, bytes. */
	LIMIT_FILE = 64 * 1024 * 1024,
};

#endif
