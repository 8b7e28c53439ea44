/* SPDX-License-Identifier: BSD-2-Clause */
/* DNS answers in wire form, made piece by piece. Sections are filled in their order. */
#ifndef NMX_TESTS_PACKET_H
#define NMX_TESTS_PACKET_H

#include "base/rr.h"

enum section { ANSWER_SECTION = 6, AUTHORITY_SECTION = 8, ADDITIONAL_SECTION = 10 };

struct packet {
	uint8_t bytes[65536];
	size_t size;
};

enum { FLAG_TC = 0x0200 };

/* A header and one question. */
void packet_begin(struct packet *packet, unsigned flags, const char *name, uint16_t type);
/* Appends to the packet, also inside of a record. */
void packet_u8(struct packet *packet, unsigned value);
void packet_u16(struct packet *packet, unsigned value);
void packet_u32(struct packet *packet, uint32_t value);
void packet_bytes(struct packet *packet, const void *bytes, size_t n);
/* \DDD stands for any octet. */
void packet_name(struct packet *packet, const char *text);
void packet_pointer(struct packet *packet, size_t target);

/* A record's head; what is appended until packet_end is its RDATA. Returns the mark for packet_end. */
size_t packet_record(struct packet *packet, enum section section, const char *owner, uint16_t type,
		     uint32_t ttl);
void packet_end(struct packet *packet, size_t mark);

uint16_t packet_type(const char *type);
/* A whole record from text as in a zone file; names with \DDD escapes. */
void packet_text(struct packet *packet, enum section section, const char *owner, uint32_t ttl,
		 const char *type, const char *rdata);
/* A signature that shows the owner's records of the type to come from a wildcard. */
void packet_wildcard(struct packet *packet, const char *owner, uint16_t type);

/* Whole records from their fields. */
void packet_srv(struct packet *packet, const char *owner, uint32_t ttl, unsigned priority,
		unsigned weight, unsigned port, const char *target);
void packet_mx(struct packet *packet, const char *owner, uint32_t ttl, unsigned preference,
	       const char *exchange);
void packet_address(struct packet *packet, const char *owner, uint32_t ttl, const char *address);
void packet_cname(struct packet *packet, const char *owner, uint32_t ttl, const char *target);
void packet_soa(struct packet *packet, const char *owner, uint32_t ttl, uint32_t minimum);
void packet_rrsig(struct packet *packet, const char *owner, uint16_t covered, unsigned labels);

/* rr_parse() of the answer to (name, type), the name as text. */
enum rr_result packet_parse(const uint8_t *bytes, size_t size, const char *name, uint16_t type,
			    struct arena *arena, struct rr_answer *ret_answer);

#endif
