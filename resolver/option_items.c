/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/option_items.h"

#include <string.h>

/* A copy with a final zero for parsers that want one; false if it is too long for any of them. */
static bool
copy_item(const char *value, size_t length, char *buffer, size_t size)
{
	if (length >= size)
		return false;
	memcpy(buffer, value, length);
	buffer[length] = '\0';
	return true;
}

bool
item_number(const char *value, size_t length, unsigned long least, unsigned long most,
	    unsigned long *ret)
{
	unsigned long number = 0;

	if (length == 0 || length > 10)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (value[i] < '0' || value[i] > '9')
			return false;
		number = number * 10 + (unsigned long)(value[i] - '0');
	}
	if (number < least || number > most)
		return false;
	*ret = number;
	return true;
}

bool
item_ports(const char *value, size_t length, struct port_range *ret)
{
	const char *dash = memchr(value, '-', length);
	size_t n = dash ? (size_t)(dash - value) : length;
	unsigned long first, last;

	if (!item_number(value, n, 1, 65535, &first))
		return false;
	last = first;
	if (dash && !item_number(dash + 1, length - n - 1, first, 65535, &last))
		return false;
	*ret = (struct port_range){(uint16_t)first, (uint16_t)last};
	return true;
}

bool
item_network(const char *value, size_t length, struct network *ret)
{
	char buffer[ADDRESS_TEXT_SIZE + 4];

	return copy_item(value, length, buffer, sizeof(buffer)) && network_from_text(buffer, ret);
}

/* ADDR[@PORT] */
bool
item_server(const char *value, size_t length, struct server *ret)
{
	const char *at = memchr(value, '@', length);
	size_t n = at ? (size_t)(at - value) : length;
	char buffer[ADDRESS_TEXT_SIZE];
	unsigned long port = 53;

	if (at && !item_number(at + 1, length - n - 1, 1, 65535, &port))
		return false;
	ret->port = (uint16_t)port;
	return copy_item(value, n, buffer, sizeof(buffer)) &&
	       address_from_text(buffer, &ret->address);
}

/* NAME=..., and where the rest begins. */
const char *
item_zone_name(const char *value, size_t length, uint8_t ret_zone[static LIMIT_NAME])
{
	const char *equals = memchr(value, '=', length);

	if (!equals || !dname_from_text(value, (size_t)(equals - value), ret_zone) ||
	    !(dname_is_root(ret_zone) || dname_is_host(ret_zone)))
		return NULL;
	return equals + 1;
}

bool
item_stub(const char *value, size_t length, struct server *ret)
{
	const char *server = item_zone_name(value, length, ret->zone);

	return server && item_server(server, length - (size_t)(server - value), ret);
}

bool
item_is_resolv_conf(const char *value, size_t length)
{
	return length == 11 && memcmp(value, "resolv.conf", length) == 0;
}

const char *
item_check_ports(const char *value, size_t length)
{
	struct port_range range;

	return item_ports(value, length, &range) ? NULL : "a port, or a range such as 1024-65535";
}

const char *
item_check_network(const char *value, size_t length)
{
	struct network network;

	return item_network(value, length, &network)
		       ? NULL
		       : "an address or a network such as 192.0.2.0/24 without bits behind the "
			 "prefix";
}

const char *
item_check_nat64(const char *value, size_t length)
{
	struct network network;

	return item_network(value, length, &network) && network.address.family == 6 &&
			       network.prefix == 96
		       ? NULL
		       : "an IPv6 network of 96 bits";
}

const char *
item_check_address(const char *value, size_t length)
{
	struct server server;

	return !memchr(value, '@', length) && item_server(value, length, &server) ? NULL
										  : "an IP address";
}

const char *
item_check_name(const char *value, size_t length)
{
	uint8_t name[LIMIT_NAME];

	return dname_from_text(value, length, name) && dname_is_host(name) ? NULL : "a host name";
}

const char *
item_check_label(const char *value, size_t length)
{
	return length == 0 || memchr(value, '.', length) || item_check_name(value, length)
		       ? "one label such as _smtp"
		       : NULL;
}

/* A file name must fit between quotes in libunbound's configuration. */
const char *
item_check_file(const char *value, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)value[i] < 0x20 || value[i] == '"' || value[i] == 0x7f)
			return "a file name without quotes and control characters";
	return length ? NULL : "a file name";
}

const char *
item_check_file_or_none(const char *value, size_t length)
{
	return length ? item_check_file(value, length) : NULL;
}

const char *
item_check_stub(const char *value, size_t length)
{
	struct server server;

	return item_stub(value, length, &server) ? NULL : "ZONE=ADDR[@PORT]";
}

const char *
item_check_upstream(const char *value, size_t length)
{
	struct server server;

	return item_is_resolv_conf(value, length) || item_server(value, length, &server)
		       ? NULL
		       : "ADDR[@PORT] or resolv.conf";
}

const char *
item_check_zone(const char *value, size_t length)
{
	uint8_t zone[LIMIT_NAME];
	const char *file = item_zone_name(value, length, zone);

	return file && !item_check_file(file, length - (size_t)(file - value)) ? NULL : "NAME=FILE";
}
