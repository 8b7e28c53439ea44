/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole records from text. A record that cannot be written ends the test program with a message. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packet.h"

__attribute__((noreturn)) static void
fail(const char *what, const char *text)
{
	fprintf(stderr, "script: %s: %s\n", what, text);
	abort();
}

uint16_t
packet_type(const char *type)
{
	static const uint16_t types[] = {RR_A,	 RR_NS,	  RR_CNAME, RR_SOA,   RR_MX,
					 RR_TXT, RR_AAAA, RR_SRV,   RR_RRSIG, RR_TLSA};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(rr_type_name(types[i]), type) == 0)
			return types[i];
	fail("type", type);
}

static void
put_string(struct packet *p, const char *text, size_t length)
{
	if (length > 255)
		fail("TXT", text);
	packet_u8(p, (unsigned)length);
	packet_bytes(p, text, length);
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
		packet_u8(p, octet);
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
		packet_bytes(p, address, type == RR_A ? 4 : 16);
		return;
	case RR_CNAME:
	case RR_NS:
		packet_name(p, rdata);
		return;
	case RR_MX:
		if (sscanf(rdata, "%u %2047s", &a, rest) != 2)
			fail("MX", rdata);
		packet_u16(p, a);
		packet_name(p, rest);
		return;
	case RR_SRV:
		if (sscanf(rdata, "%u %u %u %2047s", &a, &b, &c, rest) != 4)
			fail("SRV", rdata);
		packet_u16(p, a);
		packet_u16(p, b);
		packet_u16(p, c);
		packet_name(p, rest);
		return;
	case RR_TXT:
		put_strings(p, rdata);
		return;
	case RR_TLSA:
		if (sscanf(rdata, "%u %u %u %2047s", &a, &b, &c, rest) != 4)
			fail("TLSA", rdata);
		packet_u8(p, a);
		packet_u8(p, b);
		packet_u8(p, c);
		put_hex(p, rest);
		return;
	default:
		fail("no such rdata", rdata);
	}
}

void
packet_text(struct packet *p, enum section section, const char *owner, uint32_t ttl,
	    const char *type, const char *rdata)
{
	size_t mark = packet_record(p, section, owner, packet_type(type), ttl);

	put_rdata(p, packet_type(type), rdata);
	packet_end(p, mark);
}

void
packet_wildcard(struct packet *p, const char *owner, uint16_t type)
{
	uint8_t name[LIMIT_NAME];

	if (!dname_from_text(owner, strlen(owner), name))
		fail("owner", owner);
	packet_rrsig(p, owner, type, dname_labels(name) - 1);
}
