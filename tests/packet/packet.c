/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet.h"

#include <stdlib.h>
#include <string.h>

void
packet_bytes(struct packet *packet, const void *bytes, size_t n)
{
	if (n > sizeof(packet->bytes) - packet->size)
		abort();
	memcpy(packet->bytes + packet->size, bytes, n);
	packet->size += n;
}

void
packet_u8(struct packet *packet, unsigned value)
{
	uint8_t byte = (uint8_t)value;

	packet_bytes(packet, &byte, 1);
}

void
packet_u16(struct packet *packet, unsigned value)
{
	packet_u8(packet, value >> 8);
	packet_u8(packet, value);
}

void
packet_u32(struct packet *packet, uint32_t value)
{
	packet_u16(packet, value >> 16);
	packet_u16(packet, value);
}

/* The next octet of a label; \DDD and \X are unescaped. *ret_dot: it is an unescaped dot. */
static unsigned
next_octet(const char **text, bool *ret_dot)
{
	const char *t = *text;
	unsigned octet = (unsigned char)*t++;

	*ret_dot = octet == '.';
	if (octet == '\\' && t[0] >= '0' && t[0] <= '9') {
		octet = (unsigned)(t[0] - '0') * 100 + (unsigned)(t[1] - '0') * 10 +
			(unsigned)(t[2] - '0');
		t += 3;
	} else if (octet == '\\') {
		octet = (unsigned char)*t++;
	}
	*text = t;
	return octet;
}

/* Letter case is kept: whoever reads it has to lower it. */
void
packet_name(struct packet *packet, const char *text)
{
	while (*text && strcmp(text, ".") != 0) {
		size_t start = packet->size;
		bool dot = false;

		packet_u8(packet, 0);
		while (*text && !dot) {
			unsigned octet = next_octet(&text, &dot);

			if (!dot)
				packet_u8(packet, octet);
		}
		packet->bytes[start] = (uint8_t)(packet->size - start - 1);
	}
	packet_u8(packet, 0);
}

void
packet_pointer(struct packet *packet, size_t target)
{
	packet_u16(packet, 0xc000 | (unsigned)target);
}

void
packet_begin(struct packet *packet, unsigned flags, const char *name, uint16_t type)
{
	packet->size = 0;
	packet_u16(packet, 0x1234);
	packet_u16(packet, 0x8180 | flags);
	packet_u16(packet, 1);
	packet_u16(packet, 0);
	packet_u16(packet, 0);
	packet_u16(packet, 0);
	packet_name(packet, name);
	packet_u16(packet, type);
	packet_u16(packet, 1);
}

size_t
packet_record(struct packet *packet, enum section section, const char *owner, uint16_t type,
	      uint32_t ttl)
{
	uint8_t *count = packet->bytes + section;

	if (++count[1] == 0)
		count[0]++;
	packet_name(packet, owner);
	packet_u16(packet, type);
	packet_u16(packet, 1);
	packet_u32(packet, ttl);
	packet_u16(packet, 0);
	return packet->size;
}

void
packet_end(struct packet *packet, size_t mark)
{
	size_t n = packet->size - mark;

	packet->bytes[mark - 2] = (uint8_t)(n >> 8);
	packet->bytes[mark - 1] = (uint8_t)n;
}

void
packet_srv(struct packet *packet, const char *owner, uint32_t ttl, unsigned priority,
	   unsigned weight, unsigned port, const char *target)
{
	size_t mark = packet_record(packet, ANSWER_SECTION, owner, RR_SRV, ttl);

	packet_u16(packet, priority);
	packet_u16(packet, weight);
	packet_u16(packet, port);
	packet_name(packet, target);
	packet_end(packet, mark);
}

void
packet_mx(struct packet *packet, const char *owner, uint32_t ttl, unsigned preference,
	  const char *exchange)
{
	size_t mark = packet_record(packet, ANSWER_SECTION, owner, RR_MX, ttl);

	packet_u16(packet, preference);
	packet_name(packet, exchange);
	packet_end(packet, mark);
}

void
packet_address(struct packet *packet, const char *owner, uint32_t ttl, const char *text)
{
	struct address address;
	size_t mark;

	if (!address_from_text(text, &address))
		abort();
	mark = packet_record(packet, ANSWER_SECTION, owner, address.family == 4 ? RR_A : RR_AAAA,
			     ttl);
	packet_bytes(packet, address.bytes, address_size(&address));
	packet_end(packet, mark);
}

void
packet_cname(struct packet *packet, const char *owner, uint32_t ttl, const char *target)
{
	size_t mark = packet_record(packet, ANSWER_SECTION, owner, RR_CNAME, ttl);

	packet_name(packet, target);
	packet_end(packet, mark);
}

void
packet_soa(struct packet *packet, const char *owner, uint32_t ttl, uint32_t minimum)
{
	size_t mark = packet_record(packet, AUTHORITY_SECTION, owner, RR_SOA, ttl);

	packet_name(packet, "ns.example");
	packet_name(packet, "root.example");
	for (int i = 0; i < 4; i++)
		packet_u32(packet, 1);
	packet_u32(packet, minimum);
	packet_end(packet, mark);
}

void
packet_rrsig(struct packet *packet, const char *owner, uint16_t covered, unsigned labels)
{
	size_t mark = packet_record(packet, ANSWER_SECTION, owner, RR_RRSIG, 300);

	packet_u16(packet, covered);
	packet_u8(packet, 13); /* algorithm */
	packet_u8(packet, labels);
	packet_u32(packet, 300);
	packet_u32(packet, 2000000000);
	packet_u32(packet, 1000000000);
	packet_u16(packet, 1);
	packet_name(packet, "example");
	packet_bytes(packet, "signature", 9);
	packet_end(packet, mark);
}

enum rr_result
packet_parse(const uint8_t *bytes, size_t size, const char *name, uint16_t type,
	     struct arena *arena, struct rr_answer *ret_answer)
{
	uint8_t *wire = arena_alloc(arena, LIMIT_NAME);

	if (!wire)
		return RR_NOMEM;
	if (!dname_from_text(name, strlen(name), wire))
		abort();
	return rr_parse(bytes, size, wire, type, arena, ret_answer);
}
