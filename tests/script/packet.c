/* SPDX-License-Identifier: BSD-2-Clause */
/* Wire-format answers from text, for tests. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"

__attribute__((noreturn)) static void
fail(const char *what, const char *text)
{
	fprintf(stderr, "script: %s: %s\n", what, text);
	abort();
}

static void
put(struct packet *p, const void *bytes, size_t n)
{
	if (p->size + n > sizeof(p->bytes))
		fail("packet", "over 65535 octets");
	memcpy(p->bytes + p->size, bytes, n);
	p->size += n;
}

static void
put_u8(struct packet *p, unsigned value)
{
	uint8_t byte = (uint8_t)value;

	put(p, &byte, 1);
}

static void
put_u16(struct packet *p, unsigned value)
{
	put_u8(p, value >> 8);
	put_u8(p, value & 255);
}

static void
put_u32(struct packet *p, uint32_t value)
{
	put_u16(p, value >> 16);
	put_u16(p, value & 65535);
}

static void
set_u16(struct packet *p, size_t at, unsigned value)
{
	p->bytes[at] = (uint8_t)(value >> 8);
	p->bytes[at + 1] = (uint8_t)value;
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

static void
put_name(struct packet *p, const char *text)
{
	const char *name = text;

	while (*text && strcmp(text, ".") != 0) {
		size_t start = p->size;
		bool dot = false;

		put_u8(p, 0);
		while (*text && !dot) {
			unsigned octet = next_octet(&text, &dot);

			if (!dot)
				put_u8(p, octet);
		}
		if (p->size - start - 1 > 63 || p->size - start == 1)
			fail("label", name);
		p->bytes[start] = (uint8_t)(p->size - start - 1);
	}
	put_u8(p, 0);
}

uint16_t
packet_type(const char *type)
{
	static const uint16_t types[] = {RR_A,	  RR_CNAME, RR_SOA,   RR_MX,  RR_TXT,
					 RR_AAAA, RR_SRV,   RR_RRSIG, RR_TLSA};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(rr_type_name(types[i]), type) == 0)
			return types[i];
	fail("type", type);
}

void
packet_begin(struct packet *p, const char *name, uint16_t type, unsigned rcode)
{
	p->size = 0;
	put_u16(p, 0);
	put_u16(p, 0x8180 | rcode);
	put_u16(p, 1);
	put_u16(p, 0);
	put_u16(p, 0);
	put_u16(p, 0);
	put_name(p, name);
	put_u16(p, type);
	put_u16(p, 1);
}

static void
count(struct packet *p, size_t at)
{
	set_u16(p, at, ((unsigned)p->bytes[at] << 8 | p->bytes[at + 1]) + 1);
}

static void
put_string(struct packet *p, const char *text, size_t length)
{
	if (length > 255)
		fail("TXT", text);
	put_u8(p, (unsigned)length);
	put(p, text, length);
}

/* One string without quotes, or several in quotes: "v=STSv1;" "id=1". No escapes. */
static void
put_strings(struct packet *p, const char *text)
{
	if (*text != '"') {
		put_string(p, text, strlen(text));
		return;
	}
	while ((text = strchr(text, '"'))) {
		size_t length = strcspn(++text, "\"");

		if (text[length] != '"')
			fail("TXT", text);
		put_string(p, text, length);
		text += length + 1;
	}
}

static void
put_hex(struct packet *p, const char *text)
{
	for (const char *t = text; *t; t += 2) {
		unsigned octet;

		if (sscanf(t, "%2x", &octet) != 1 || t[1] == '\0')
			fail("hexadecimal digits", text);
		put_u8(p, octet);
	}
}

/* "\DDD" and spaces in rdata fields: a name never holds an unescaped blank. */
static void
put_rdata(struct packet *p, uint16_t type, const char *rdata)
{
	unsigned a, b, c;
	char rest[2048];
	uint8_t address[16];

	switch (type) {
	case RR_A:
	case RR_AAAA:
		if (inet_pton(type == RR_A ? AF_INET : AF_INET6, rdata, address) != 1)
			fail("address", rdata);
		put(p, address, type == RR_A ? 4 : 16);
		return;
	case RR_CNAME:
		put_name(p, rdata);
		return;
	case RR_MX:
		if (sscanf(rdata, "%u %2047s", &a, rest) != 2)
			fail("MX", rdata);
		put_u16(p, a);
		put_name(p, rest);
		return;
	case RR_SRV:
		if (sscanf(rdata, "%u %u %u %2047s", &a, &b, &c, rest) != 4)
			fail("SRV", rdata);
		put_u16(p, a);
		put_u16(p, b);
		put_u16(p, c);
		put_name(p, rest);
		return;
	case RR_TXT:
		put_strings(p, rdata);
		return;
	case RR_TLSA:
		if (sscanf(rdata, "%u %u %u %2047s", &a, &b, &c, rest) != 4)
			fail("TLSA", rdata);
		put_u8(p, a);
		put_u8(p, b);
		put_u8(p, c);
		put_hex(p, rest);
		return;
	default:
		fail("no such rdata", rdata);
	}
}

static void
put_record(struct packet *p, const char *owner, uint32_t ttl, const char *type, const char *rdata)
{
	size_t length;

	put_name(p, owner);
	put_u16(p, packet_type(type));
	put_u16(p, 1);
	put_u32(p, ttl);
	length = p->size;
	put_u16(p, 0);
	put_rdata(p, packet_type(type), rdata);
	set_u16(p, length, (unsigned)(p->size - length - 2));
}

void
packet_answer(struct packet *p, const char *owner, uint32_t ttl, const char *type,
	      const char *rdata)
{
	put_record(p, owner, ttl, type, rdata);
	count(p, 6);
}

void
packet_additional(struct packet *p, const char *owner, uint32_t ttl, const char *type,
		  const char *rdata)
{
	put_record(p, owner, ttl, type, rdata);
	count(p, 10);
}

void
packet_soa(struct packet *p, uint32_t ttl, uint32_t minimum)
{
	put_name(p, "example");
	put_u16(p, RR_SOA);
	put_u16(p, 1);
	put_u32(p, ttl);
	put_u16(p, 2 + 20);
	put_name(p, ".");
	put_name(p, ".");
	for (int i = 0; i < 4; i++)
		put_u32(p, 1);
	put_u32(p, minimum);
	count(p, 8);
}

void
packet_wildcard(struct packet *p, const char *owner, uint16_t type)
{
	uint8_t name[LIMIT_NAME];

	if (!dname_from_text(owner, strlen(owner), name))
		fail("owner", owner);
	put_name(p, owner);
	put_u16(p, RR_RRSIG);
	put_u16(p, 1);
	put_u32(p, 300);
	put_u16(p, 18 + 1 + 1);
	put_u16(p, type);
	put_u8(p, 13);
	put_u8(p, dname_labels(name) - 1);
	put_u32(p, 300);
	put_u32(p, 0);
	put_u32(p, 0);
	put_u16(p, 1);
	put_name(p, ".");
	put_u8(p, 0);
	count(p, 6);
}
