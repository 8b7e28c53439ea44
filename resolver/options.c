/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/options.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <nextmx.h>

enum kind { BOOL, CHOICE, NUMBER, TEXT, LIST };

/* Checks one value, or one item of a list. NULL, or what was expected. */
typedef const char *(*check_fn)(const char *value, size_t length);

struct option {
	const char *name;
	enum kind kind;
	const char *type; /* a choice's words, a number's range, else for people */
	const char *initial;
	const char *help;
	check_fn check;
};

/* ---- Items ---------------------------------------------------------------------------------- */

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

static bool
parse_number(const char *value, size_t length, unsigned long least, unsigned long most,
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

static bool
parse_ports(const char *value, size_t length, struct port_range *ret)
{
	const char *dash = memchr(value, '-', length);
	size_t n = dash ? (size_t)(dash - value) : length;
	unsigned long first, last;

	if (!parse_number(value, n, 1, 65535, &first))
		return false;
	last = first;
	if (dash && !parse_number(dash + 1, length - n - 1, first, 65535, &last))
		return false;
	*ret = (struct port_range){(uint16_t)first, (uint16_t)last};
	return true;
}

static bool
parse_network(const char *value, size_t length, struct network *ret)
{
	char buffer[ADDRESS_TEXT_SIZE + 4];

	return copy_item(value, length, buffer, sizeof(buffer)) && network_from_text(buffer, ret);
}

/* ADDR[@PORT] */
static bool
parse_server(const char *value, size_t length, struct server *ret)
{
	const char *at = memchr(value, '@', length);
	size_t n = at ? (size_t)(at - value) : length;
	char buffer[ADDRESS_TEXT_SIZE];
	unsigned long port = 53;

	if (at && !parse_number(at + 1, length - n - 1, 1, 65535, &port))
		return false;
	ret->port = (uint16_t)port;
	return copy_item(value, n, buffer, sizeof(buffer)) &&
	       address_from_text(buffer, &ret->address);
}

/* NAME=..., and where the rest begins. */
static const char *
parse_zone_name(const char *value, size_t length, uint8_t ret_zone[static LIMIT_NAME])
{
	const char *equals = memchr(value, '=', length);

	if (!equals || !dname_from_text(value, (size_t)(equals - value), ret_zone) ||
	    !(dname_is_root(ret_zone) || dname_is_host(ret_zone)))
		return NULL;
	return equals + 1;
}

static bool
parse_stub(const char *value, size_t length, struct server *ret)
{
	const char *server = parse_zone_name(value, length, ret->zone);

	return server && parse_server(server, length - (size_t)(server - value), ret);
}

static bool
is_resolv_conf(const char *value, size_t length)
{
	return length == 11 && memcmp(value, "resolv.conf", length) == 0;
}

static const char *
check_ports(const char *value, size_t length)
{
	struct port_range range;

	return parse_ports(value, length, &range) ? NULL : "a port, or a range such as 1024-65535";
}

static const char *
check_network(const char *value, size_t length)
{
	struct network network;

	return parse_network(value, length, &network)
		       ? NULL
		       : "an address or a network such as 192.0.2.0/24 without bits behind the "
			 "prefix";
}

static const char *
check_nat64(const char *value, size_t length)
{
	struct network network;

	return parse_network(value, length, &network) && network.address.family == 6 &&
			       network.prefix == 96
		       ? NULL
		       : "an IPv6 network of 96 bits";
}

static const char *
check_address(const char *value, size_t length)
{
	struct server server;

	return !memchr(value, '@', length) && parse_server(value, length, &server)
		       ? NULL
		       : "an IP address";
}

static const char *
check_name(const char *value, size_t length)
{
	uint8_t name[LIMIT_NAME];

	return dname_from_text(value, length, name) && dname_is_host(name) ? NULL : "a host name";
}

static const char *
check_label(const char *value, size_t length)
{
	return length == 0 || memchr(value, '.', length) || check_name(value, length)
		       ? "one label such as _smtp"
		       : NULL;
}

/* A file name must fit between quotes in libunbound's configuration. */
static const char *
check_file(const char *value, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)value[i] < 0x20 || value[i] == '"' || value[i] == 0x7f)
			return "a file name without quotes and control characters";
	return length ? NULL : "a file name";
}

static const char *
check_stub(const char *value, size_t length)
{
	struct server server;

	return parse_stub(value, length, &server) ? NULL : "ZONE=ADDR[@PORT]";
}

static const char *
check_upstream(const char *value, size_t length)
{
	struct server server;

	return is_resolv_conf(value, length) || parse_server(value, length, &server)
		       ? NULL
		       : "ADDR[@PORT] or resolv.conf";
}

static const char *
check_zone(const char *value, size_t length)
{
	uint8_t zone[LIMIT_NAME];
	const char *file = parse_zone_name(value, length, zone);

	return file && !check_file(file, length - (size_t)(file - value)) ? NULL : "NAME=FILE";
}

/* ---- The registry --------------------------------------------------------------------------- */

enum index {
	TRUST_ANCHOR,
	DNSSEC,
	UPSTREAM,
	STUB,
	ZONE,
	SRV,
	SRV_LABEL,
	SRV_NULL_OPTION,
	SRV_ERROR,
	SRV_FALLBACK,
	PORTS_INSECURE,
	PORTS_SECURE,
	FAMILY,
	PREFER,
	ALLOW_NETWORKS,
	DENY_NETWORKS,
	NAT64_PREFIXES,
	OWN_NAMES,
	OWN_ADDRESSES,
	OWN_PORTS,
	SINGLE_LABEL,
	DEADLINE_MS,
	MAX_QUESTIONS,
	CACHE_SIZE,
	CACHE_MAX_TTL,
	LIMIT_KEY,
	OUTGOING_RANGE,
	QNAME_MINIMISATION,
	DNS_CACHE,
	N_OPTIONS
};

/* The words of a choice stand in the order of the enum that they become; see options_parse. */
static const struct option options_table[N_OPTIONS] = {
	[TRUST_ANCHOR] = {"trust-anchor", LIST, "files", "/usr/share/dns/root.key",
			  "files with the DS or DNSKEY records that DNSSEC validation starts from",
			  check_file},
	[DNSSEC] = {"dnssec", CHOICE, "on|require|off", "on",
		    "validate; use only hosts named and addressed by signed records; or neither",
		    NULL},
	[UPSTREAM] = {"upstream", LIST, "servers", "",
		      "forward to ADDR[@PORT] or to the servers of resolv.conf, and still validate",
		      check_upstream},
	[STUB] = {"stub", LIST, "servers", "",
		  "ask ADDR[@PORT] about a zone and what is below it: ZONE=ADDR[@PORT]",
		  check_stub},
	[ZONE] = {"zone", LIST, "files", "",
		  "answer a zone from a file instead of the network: NAME=FILE", check_zone},
	[SRV] = {"srv", CHOICE, "auto|any|secure|off", "auto",
		 "SRV records: unsigned ones unless the MX answer is signed; any; signed only; "
		 "none",
		 NULL},
	[SRV_LABEL] = {"srv-label", TEXT, "label", "_smtp", "the service label of SRV records",
		       check_label},
	[SRV_NULL_OPTION] = {"srv-null", CHOICE, "reject|ignore", "reject",
			     "a lone signed SRV target \".\" without MX: no mail, or no SRV", NULL},
	[SRV_ERROR] = {"srv-error", CHOICE, "continue|defer", "continue",
		       "when the SRV question fails: go on with MX, or defer (RFC 7673)", NULL},
	[SRV_FALLBACK] =
		{"srv-fallback", CHOICE, "exhausted|unusable|absent", "exhausted",
		 "MX may follow when SRV gave no final answer, no usable host, or no record", NULL},
	[PORTS_INSECURE] = {"ports-insecure", LIST, "ports", "25",
			    "ports that unsigned SRV records may name", check_ports},
	[PORTS_SECURE] = {"ports-secure", LIST, "ports", "25,2525,1024-65535",
			  "ports that signed SRV records may name", check_ports},
	[FAMILY] = {"family", CHOICE, "both|4|6", "both", "the IP versions in use", NULL},
	[PREFER] = {"prefer", CHOICE, "6|4|any", "6", "the IP version to try first at each host",
		    NULL},
	[ALLOW_NETWORKS] = {"allow-networks", LIST, "networks", "",
			    "networks to use although they are private or special", check_network},
	[DENY_NETWORKS] = {"deny-networks", LIST, "networks", "",
			   "networks never to use; the more specific of allow and deny wins",
			   check_network},
	[NAT64_PREFIXES] = {"nat64-prefixes", LIST, "networks", "",
			    "further networks whose last 32 bits are an IPv4 address", check_nat64},
	[OWN_NAMES] = {"own-names", LIST, "names", "", "names of this mail server, to see loops",
		       check_name},
	[OWN_ADDRESSES] = {"own-addresses", LIST, "addresses", "",
			   "addresses of this server beside its interfaces' (NAT)", check_address},
	[OWN_PORTS] = {"own-ports", LIST, "ports", "25", "ports on which this server takes mail",
		       check_ports},
	[SINGLE_LABEL] = {"single-label", BOOL, "bool", "no", "accept domains of a single label",
			  NULL},
	[DEADLINE_MS] = {"deadline-ms", NUMBER, "1-3600000", "20000",
			 "milliseconds after which a request is answered with what is known", NULL},
	[MAX_QUESTIONS] = {"max-questions", NUMBER, "1-100000", "2000",
			   "questions in flight; what does not fit is deferred with 4.3.2", NULL},
	[CACHE_SIZE] = {"cache-size", NUMBER, "0-4294967295", "16777216",
			"bytes of routes kept for their TTL; 0 keeps none", NULL},
	[CACHE_MAX_TTL] = {"cache-max-ttl", NUMBER, "0-604800", "86400",
			   "seconds a route is used at the most", NULL},
	[LIMIT_KEY] = {"limit-key", TEXT, "text", "",
		       "changes which hosts are kept of a domain with more than 32", NULL},
	[OUTGOING_RANGE] = {"outgoing-range", NUMBER, "16-8192", "512",
			    "sockets for questions in flight, less if the descriptor limit is low",
			    NULL},
	[QNAME_MINIMISATION] = {"qname-minimisation", BOOL, "bool", "no",
				"tell each name server only what it needs to know; slower", NULL},
	[DNS_CACHE] = {"dns-cache", CHOICE, "small|large", "small",
		       "memory for DNS answers: about 30 or 230 MiB at the most", NULL},
};

static int
find(const char *name)
{
	for (int i = 0; i < N_OPTIONS; i++)
		if (strcmp(options_table[i].name, name) == 0)
			return i;
	return -1;
}

size_t
nmx_option_count(void)
{
	return N_OPTIONS;
}

const char *
nmx_option_name(size_t i)
{
	return i < N_OPTIONS ? options_table[i].name : NULL;
}

const char *
nmx_option_type(size_t i)
{
	return i < N_OPTIONS ? options_table[i].type : NULL;
}

const char *
nmx_option_default(size_t i)
{
	return i < N_OPTIONS ? options_table[i].initial : NULL;
}

const char *
nmx_option_help(size_t i)
{
	return i < N_OPTIONS ? options_table[i].help : NULL;
}

int
nmx_option_is_list(size_t i)
{
	return i < N_OPTIONS && options_table[i].kind == LIST;
}

static const char *
nearest_option(const char *name)
{
	const char *names[N_OPTIONS];

	for (int i = 0; i < N_OPTIONS; i++)
		names[i] = options_table[i].name;
	return nmx_nearest(name, names, N_OPTIONS);
}

/* ---- Setting -------------------------------------------------------------------------------- */

bool
options_init(struct options *options)
{
	options->values = calloc(N_OPTIONS, sizeof(*options->values));
	return options->values != NULL;
}

void
options_done(struct options *options)
{
	for (int i = 0; options->values && i < N_OPTIONS; i++)
		free(options->values[i]);
	free(options->values);
}

const char *
options_get(const struct options *options, const char *name)
{
	int i = find(name);

	if (i < 0)
		return NULL;
	return options->values[i] ? options->values[i] : options_table[i].initial;
}

/* The place of a word among "a|b|c"; -1 if it is none of them. */
static int
choice_of(const char *choices, const char *value)
{
	size_t length = strlen(value);

	for (int i = 0;; i++) {
		size_t n = strcspn(choices, "|");

		if (n == length && memcmp(choices, value, n) == 0)
			return i;
		if (choices[n] == '\0')
			return -1;
		choices += n + 1;
	}
}

static int
bool_of(const char *value)
{
	static const char *const no[] = {"no", "off", "false", "0"};
	static const char *const yes[] = {"yes", "on", "true", "1"};

	for (int i = 0; i < 4; i++) {
		if (strcasecmp(value, yes[i]) == 0)
			return 1;
		if (strcasecmp(value, no[i]) == 0)
			return 0;
	}
	return -1;
}

/* The next item of a comma-separated list, blanks around it taken off; false at the end. */
static bool
next_item(const char **list, const char **ret_item, size_t *ret_length)
{
	const char *item = *list;
	size_t n = strcspn(item, ",");

	if (*item == '\0')
		return false;
	*list = item + n + (item[n] == ',');
	while (n && item[0] == ' ')
		item++, n--;
	while (n && item[n - 1] == ' ')
		n--;
	*ret_item = item;
	*ret_length = n;
	return true;
}

/* NULL, or what was expected; the faulty piece is then returned too. */
static const char *
check_value(const struct option *option, const char *value, const char **ret_item,
	    size_t *ret_length)
{
	unsigned long least, most, number;
	const char *dash;

	*ret_item = value;
	*ret_length = strlen(value);
	switch (option->kind) {
	case BOOL:
		return bool_of(value) < 0 ? "yes or no" : NULL;
	case CHOICE:
		return choice_of(option->type, value) < 0 ? option->type : NULL;
	case NUMBER:
		dash = strchr(option->type, '-');
		least = strtoul(option->type, NULL, 10);
		most = strtoul(dash + 1, NULL, 10);
		return parse_number(value, strlen(value), least, most, &number) ? NULL
										: option->type;
	case TEXT:
		return option->check ? option->check(value, strlen(value)) : NULL;
	case LIST:
		while (next_item(&value, ret_item, ret_length)) {
			const char *expected = option->check(*ret_item, *ret_length);

			if (expected)
				return expected;
		}
	}
	return NULL;
}

static char *
append(const char *list, const char *value)
{
	struct text text = text_growing();

	if (list && *list && *value) {
		text_add(&text, list);
		text_char(&text, ',');
	}
	text_add(&text, value);
	if (text.failed) {
		free(text.data);
		return NULL;
	}
	return text.data;
}

int
options_set(struct options *options, const char *name, const char *value, struct text *error)
{
	int i = find(name);
	const char *expected, *item;
	size_t length;
	char *copy;

	if (i < 0) {
		text_add(error, "no option \"");
		text_escaped(error, name, strlen(name));
		text_printf(error, "\"; the nearest is %s", nearest_option(name));
		return NMX_E_OPTION;
	}
	expected = check_value(&options_table[i], value, &item, &length);
	if (expected) {
		text_printf(error, "option %s: \"", name);
		text_escaped(error, item, length);
		text_printf(error, "\": expected %s", expected);
		return NMX_E_VALUE;
	}
	copy = append(options_table[i].kind == LIST ? options->values[i] : NULL, value);
	if (!copy) {
		text_add(error, "out of memory");
		return NMX_E_NOMEM;
	}
	free(options->values[i]);
	options->values[i] = copy;
	return 0;
}

/* ---- Parsing -------------------------------------------------------------------------------- */

struct parse {
	const struct options *options;
	struct arena *arena;
};

static const char *
value_of(const struct parse *p, enum index i)
{
	return p->options->values[i] ? p->options->values[i] : options_table[i].initial;
}

static int
parse_choice(const struct parse *p, enum index i)
{
	return choice_of(options_table[i].type, value_of(p, i));
}

static bool
parse_bool(const struct parse *p, enum index i)
{
	return bool_of(value_of(p, i)) == 1;
}

static unsigned long
parse_ulong(const struct parse *p, enum index i)
{
	return strtoul(value_of(p, i), NULL, 10);
}

/* Room for as many things as the list has items, and their number. */
static void *
list_room(const struct parse *p, enum index i, size_t size, size_t *ret_n)
{
	const char *list = value_of(p, i), *item;
	size_t length, n = 0;

	while (next_item(&list, &item, &length))
		n++;
	*ret_n = n;
	return arena_array(p->arena, n, size);
}

/* Goes through the items of option i: body sees item, length and at, the item's number. */
#define FOR_ITEMS(p, i)                           \
	const char *list = value_of(p, i), *item; \
	size_t length;                            \
	for (size_t at = 0; next_item(&list, &item, &length); at++)

static struct port_set
parse_port_set(const struct parse *p, enum index i)
{
	struct port_set set;

	set.ranges = list_room(p, i, sizeof(*set.ranges), &set.n);
	if (!set.ranges)
		return (struct port_set){0};
	FOR_ITEMS(p, i)
	{
		parse_ports(item, length, &set.ranges[at]);
	}
	return set;
}

static struct network_set
parse_network_set(const struct parse *p, enum index i)
{
	struct network_set set;

	set.networks = list_room(p, i, sizeof(*set.networks), &set.n);
	if (!set.networks)
		return (struct network_set){0};
	FOR_ITEMS(p, i)
	{
		parse_network(item, length, &set.networks[at]);
	}
	return set;
}

static struct texts
parse_texts(const struct parse *p, enum index i)
{
	struct texts texts;

	texts.items = list_room(p, i, sizeof(*texts.items), &texts.n);
	if (!texts.items)
		return (struct texts){0};
	FOR_ITEMS(p, i)
	{
		char *copy = arena_alloc(p->arena, length + 1);

		if (copy)
			memcpy(copy, item, length);
		texts.items[at] = copy;
	}
	return texts;
}

static struct own_names
parse_names(const struct parse *p, enum index i)
{
	struct own_names own = {0};
	size_t n, used = 0;

	own.names = list_room(p, i, LIMIT_NAME, &n);
	if (!own.names)
		return own;
	FOR_ITEMS(p, i)
	{
		dname_from_text(item, length, own.names + used);
		used += dname_length(own.names + used);
		own.n = at + 1;
	}
	return own;
}

static struct servers
parse_servers(const struct parse *p, enum index i)
{
	struct servers servers = {0};
	size_t n;

	servers.items = list_room(p, i, sizeof(*servers.items), &n);
	if (!servers.items)
		return servers;
	FOR_ITEMS(p, i)
	{
		struct server *server = &servers.items[servers.n];

		if (is_resolv_conf(item, length))
			continue;
		if (i == STUB)
			parse_stub(item, length, server);
		else
			parse_server(item, length, server);
		servers.n++;
		(void)at;
	}
	return servers;
}

static bool
names_resolv_conf(const struct parse *p)
{
	FOR_ITEMS(p, UPSTREAM)
	{
		if (is_resolv_conf(item, length))
			return true;
		(void)at;
	}
	return false;
}

static void
parse_zones(const struct parse *p, struct settings *s)
{
	struct texts texts = parse_texts(p, ZONE);

	s->zones = arena_array(p->arena, texts.n, sizeof(*s->zones));
	for (size_t i = 0; s->zones && i < texts.n; i++) {
		if (!texts.items[i])
			return;
		s->zones[i].file =
			parse_zone_name(texts.items[i], strlen(texts.items[i]), s->zones[i].zone);
		s->n_zones = i + 1;
	}
}

static void
parse_policy(const struct parse *p, struct policy_settings *s)
{
	static const enum srv_use srv[] = {SRV_USE_AUTO, SRV_USE_ANY, SRV_USE_SECURE, SRV_USE_OFF};
	static const enum srv_fallback fallback[] = {SRV_FALLBACK_EXHAUSTED, SRV_FALLBACK_UNUSABLE,
						     SRV_FALLBACK_ABSENT};
	static const enum family_use family[] = {FAMILY_BOTH, FAMILY_4, FAMILY_6};
	static const enum family_prefer prefer[] = {PREFER_6, PREFER_4, PREFER_ANY};
	const char *key = value_of(p, LIMIT_KEY);

	s->srv = srv[parse_choice(p, SRV)];
	s->srv_null_ignored = parse_choice(p, SRV_NULL_OPTION) == 1;
	s->srv_error_defers = parse_choice(p, SRV_ERROR) == 1;
	s->srv_fallback = fallback[parse_choice(p, SRV_FALLBACK)];
	s->ports_insecure = parse_port_set(p, PORTS_INSECURE);
	s->ports_secure = parse_port_set(p, PORTS_SECURE);
	s->family = family[parse_choice(p, FAMILY)];
	s->prefer = prefer[parse_choice(p, PREFER)];
	s->allow = parse_network_set(p, ALLOW_NETWORKS);
	s->deny = parse_network_set(p, DENY_NETWORKS);
	s->nat64 = parse_network_set(p, NAT64_PREFIXES);
	s->own_names = parse_names(p, OWN_NAMES);
	s->dnssec_required = parse_choice(p, DNSSEC) == 1;
	s->limit_key = hash_bytes(0, key, strlen(key));
}

bool
options_parse(const struct options *options, struct arena *arena, struct settings *ret)
{
	struct parse p = {options, arena};
	struct settings s = {0};
	const char *label = value_of(&p, SRV_LABEL);

	parse_policy(&p, &s.policy);
	parse_zones(&p, &s);
	s.dnssec_off = parse_choice(&p, DNSSEC) == 2;
	s.single_label = parse_bool(&p, SINGLE_LABEL);
	s.srv_label = arena_copy(arena, label, strlen(label) + 1);
	s.trust_anchors = parse_texts(&p, TRUST_ANCHOR);
	s.upstreams = parse_servers(&p, UPSTREAM);
	s.upstream_resolv_conf = names_resolv_conf(&p);
	s.stubs = parse_servers(&p, STUB);
	s.own_addresses = parse_network_set(&p, OWN_ADDRESSES);
	s.own_ports = parse_port_set(&p, OWN_PORTS);
	s.deadline_ms = (unsigned)parse_ulong(&p, DEADLINE_MS);
	s.max_questions = (unsigned)parse_ulong(&p, MAX_QUESTIONS);
	s.cache_size = parse_ulong(&p, CACHE_SIZE);
	s.cache_max_ttl = (unsigned)parse_ulong(&p, CACHE_MAX_TTL);
	s.outgoing_range = (unsigned)parse_ulong(&p, OUTGOING_RANGE);
	s.qname_minimisation = parse_bool(&p, QNAME_MINIMISATION);
	s.dns_cache_large = parse_choice(&p, DNS_CACHE) == 1;
	if (arena->failed)
		return false;
	*ret = s;
	return true;
}
