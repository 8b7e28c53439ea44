/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The values of options, and the items of lists: reading one, and checking one. A check returns NULL,
 * or what was expected. Values are lent with their length: an item ends at a comma.
 */
#ifndef NMX_RESOLVER_OPTION_ITEMS_H
#define NMX_RESOLVER_OPTION_ITEMS_H

#include "base/address.h"
#include "base/dname.h"
#include "policy/settings.h"

/* ZONE=ADDR[@PORT], or an upstream, whose zone is the root. */
struct server {
	uint8_t zone[LIMIT_NAME];
	struct address address;
	uint16_t port;
};

/* Decimal digits in [least, most]. */
bool item_number(const char *value, size_t length, unsigned long least, unsigned long most,
		 unsigned long *ret);
/* "25" or "1024-65535". */
bool item_ports(const char *value, size_t length, struct port_range *ret);
bool item_network(const char *value, size_t length, struct network *ret);
/* ADDR[@PORT] */
bool item_server(const char *value, size_t length, struct server *ret);
/* ZONE=ADDR[@PORT] */
bool item_stub(const char *value, size_t length, struct server *ret);
/* NAME=..., and where the rest begins; NULL if it is none. */
const char *item_zone_name(const char *value, size_t length, uint8_t ret_zone[static LIMIT_NAME]);
bool item_is_resolv_conf(const char *value, size_t length);

const char *item_check_ports(const char *value, size_t length);
const char *item_check_network(const char *value, size_t length);
const char *item_check_nat64(const char *value, size_t length);
const char *item_check_address(const char *value, size_t length);
const char *item_check_name(const char *value, size_t length);
const char *item_check_label(const char *value, size_t length);
const char *item_check_file(const char *value, size_t length);
const char *item_check_file_or_none(const char *value, size_t length);
const char *item_check_stub(const char *value, size_t length);
const char *item_check_upstream(const char *value, size_t length);
const char *item_check_zone(const char *value, size_t length);

#endif
