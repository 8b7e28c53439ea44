/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/options.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <nextmx.h>

#include "resolver/option_items.h"

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

/* The words of a choice stand in the order of the enum that they become; see settings.c. */
static const struct option options_table[] = {
	{"trust-anchor", LIST, "files", "/usr/share/dns/root.key",
	 "files with the DS or DNSKEY records that DNSSEC validation starts from", item_check_file},
	{"dnssec", CHOICE, "on|require|off", "on",
	 "validate; use only hosts named and addressed by signed records; or neither", NULL},
	{"dane", CHOICE, "on|require|off", "on",
	 "TLSA records: honour them; use only hosts that have them; or never ask for them", NULL},
	{"sts", CHOICE, "on|off", "on", "MTA-STS policies: obey them, or never ask for them", NULL},
	{"sts-timeout", NUMBER, "1-60", "5",
	 "seconds for which a new policy may hold a route up; after that without it for now", NULL},
	{"sts-ca-file", TEXT, "file", "",
	 "authorities that policy hosts' certificates come from; the system's if empty",
	 item_check_file_or_none},
	{"state-dir", TEXT, "folder", "",
	 "folder of what must survive a restart: policies; in memory only if empty",
	 item_check_file_or_none},
	{"upstream", LIST, "servers", "",
	 "forward to ADDR[@PORT] or to the servers of resolv.conf, and still validate",
	 item_check_upstream},
	{"stub", LIST, "servers", "",
	 "ask ADDR[@PORT] about a zone and what is below it: ZONE=ADDR[@PORT]", item_check_stub},
	{"zone", LIST, "files", "", "answer a zone from a file instead of the network: NAME=FILE",
	 item_check_zone},
	{"srv", CHOICE, "auto|any|secure|off", "auto",
	 "SRV records: unsigned ones unless the MX answer is signed; any; signed only; "
	 "none",
	 NULL},
	{"srv-label", TEXT, "label", "_smtp", "the service label of SRV records", item_check_label},
	{"srv-null", CHOICE, "reject|ignore", "reject",
	 "a lone signed SRV target \".\" without MX: no mail, or no SRV", NULL},
	{"srv-error", CHOICE, "continue|defer", "continue",
	 "when the SRV question fails: go on with MX, or defer (RFC 7673)", NULL},
	{"srv-fallback", CHOICE, "exhausted|unusable|absent", "exhausted",
	 "MX may follow when SRV gave no final answer, no usable host, or no record", NULL},
	{"ports-insecure", LIST, "ports", "25", "ports that unsigned SRV records may name",
	 item_check_ports},
	{"ports-secure", LIST, "ports", "25,2525,1024-65535",
	 "ports that signed SRV records may name", item_check_ports},
	{"family", CHOICE, "both|4|6", "both", "the IP versions in use", NULL},
	{"prefer", CHOICE, "6|4|any", "6", "the IP version to try first at each host", NULL},
	{"allow-networks", LIST, "networks", "",
	 "networks to use although they are private or special", item_check_network},
	{"deny-networks", LIST, "networks", "",
	 "networks never to use; the more specific of allow and deny wins", item_check_network},
	{"nat64-prefixes", LIST, "networks", "",
	 "further networks whose last 32 bits are an IPv4 address", item_check_nat64},
	{"own-names", LIST, "names", "", "names of this mail server, to see loops",
	 item_check_name},
	{"own-addresses", LIST, "addresses", "",
	 "addresses of this server beside its interfaces' (NAT)", item_check_address},
	{"own-ports", LIST, "ports", "25", "ports on which this server takes mail",
	 item_check_ports},
	{"single-label", BOOL, "bool", "no", "accept domains of a single label", NULL},
	{"deadline-ms", NUMBER, "1-3600000", "20000",
	 "milliseconds after which a request is answered with what is known", NULL},
	{"delivery-attempts", NUMBER, "1-20", "20", "endpoints that one delivery tries", NULL},
	{"delivery-deadline-ms", NUMBER, "1-86400000", "600000",
	 "milliseconds after which a delivery ends with what is known", NULL},
	{"backoff", BOOL, "bool", "yes",
	 "try endpoints that failed lately after the others of their tier", NULL},
	{"max-questions", NUMBER, "1-100000", "2000",
	 "questions in flight; what does not fit is deferred with 4.3.2", NULL},
	{"cache-size", NUMBER, "0-4294967295", "16777216",
	 "bytes of routes kept for their TTL; 0 keeps none", NULL},
	{"cache-max-ttl", NUMBER, "0-604800", "86400", "seconds a route is used at the most", NULL},
	{"limit-key", TEXT, "text", "",
	 "changes which hosts are kept of a domain with more than 32", NULL},
	{"records", BOOL, "bool", "no",
	 "keep with each route the SRV and MX records as they are published", NULL},
	{"outgoing-range", NUMBER, "16-8192", "1536",
	 "sockets for questions in flight, less if the descriptor limit is low", NULL},
	{"qname-minimisation", BOOL, "bool", "no",
	 "tell each name server only what it needs to know; slower", NULL},
	{"dns-cache", CHOICE, "small|large", "small",
	 "memory for DNS answers: about 30 or 230 MiB at the most", NULL},
};

enum { N_OPTIONS = sizeof(options_table) / sizeof(options_table[0]) };

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

bool
options_next_item(const char **list, const char **ret_item, size_t *ret_length)
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
		return item_number(value, strlen(value), least, most, &number) ? NULL
									       : option->type;
	case TEXT:
		return option->check ? option->check(value, strlen(value)) : NULL;
	case LIST:
		while (options_next_item(&value, ret_item, ret_length)) {
			const char *expected = option->check(*ret_item, *ret_length);

			if (expected)
				return expected;
		}
	}
	return NULL;
}

/* Without the commas and blanks that an item may leave at the end of a list. */
static size_t
trimmed_length(const char *list)
{
	size_t n = strlen(list);

	while (n && (list[n - 1] == ',' || list[n - 1] == ' '))
		n--;
	return n;
}

/* The list with the value behind it; either may be empty. */
static char *
append(const char *list, const char *value)
{
	size_t n = list ? trimmed_length(list) : 0;
	struct text text = text_growing();

	if (n && *value) {
		text_bytes(&text, list, n);
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

int
options_choice(const struct options *options, const char *name)
{
	return choice_of(options_table[find(name)].type, options_get(options, name));
}

bool
options_bool(const struct options *options, const char *name)
{
	return bool_of(options_get(options, name)) == 1;
}
