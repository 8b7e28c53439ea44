/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keys of [daemon]. A default is a value like any other and is read like one, so what --keys
 * and the manual say is what is done.
 */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/config_parse.h"
#include "daemon/shared.h"

/* How a value is read, and what is at its place in struct config_owned. */
enum kind {
	NUMBER, /* unsigned; the type is "least-most", or "word|least-most" with 0 for the word */
	YES_NO, /* bool */
	SECOND, /* bool: the second of two words */
	WORD,	/* const char *, one of the words */
	TRANSPORT, /* const char * */
	USER,	   /* const char * */
	SOCKETMAPS,
	HTTPS,
	PASS,
	LOG_WHY,
};

struct key {
	const char *name;
	enum kind kind;
	const char *type;
	const char *initial;
	const char *help;
	size_t place;
};

#define AT(field) offsetof(struct config_owned, config.field)

/* The lint check "manual" reads the first, third and fourth column. */
static const struct key keys[] = {
	{"socketmap", SOCKETMAPS, "listeners", "inet:127.0.0.1:8461",
	 "where Postfix and Exim ask: inet:ADDRESS:PORT, unix:PATH[:MODE]; or none", 0},
	{"http", HTTPS, "listeners", "unix:/run/nextmx/http",
	 "where HTTP is spoken: routes, /metrics, /healthz; or none", 0},
	{"allow-remote", YES_NO, "yes|no", "no",
	 "listen on addresses that other machines reach; there is no authentication",
	 offsetof(struct config_owned, allow_remote)},
	{"pass-domains", PASS, "domains", "",
	 "domains that are not routed: own, relayed, exempt; .example.org is all below it; or none",
	 0},
	{"answer", SECOND, "all|srv", "all",
	 "route every domain, or only those with usable SRV records", AT(answer_srv)},
	{"deadline-ms", NUMBER, "100-30000", "2500",
	 "milliseconds after which a question is answered with \"later\"", AT(deadline_ms)},
	{"slot-seconds", NUMBER, "1-3600", "10",
	 "seconds for which a domain keeps one order of its servers", AT(slot_s)},
	{"class-may", TRANSPORT, "transport", "nx-may", "unsigned names, no MTA-STS policy",
	 AT(classes[CLASS_MAY])},
	{"class-sec", TRANSPORT, "transport", "nx-sec", "signed names: TLS as tls-sec says",
	 AT(classes[CLASS_SEC])},
	{"class-sts", TRANSPORT, "transport", "nx-sts", "unsigned names, MTA-STS enforce",
	 AT(classes[CLASS_STS])},
	{"class-sts-sec", TRANSPORT, "transport", "nx-sts-sec",
	 "signed names, MTA-STS enforce: TLS as tls-sts says", AT(classes[CLASS_STS_SEC])},
	{"user", USER, "user", "nextmx", "whom workers run as, if started as root", AT(user)},
	{"workers", NUMBER, "cores|1-64", "cores", "processes that answer", AT(workers)},
	{"memory-mb", NUMBER, "0|128-1048576", "1024",
	 "mebibytes of data that a worker may have; 0 is no limit", AT(memory_mb)},
	{"connections", NUMBER, "16-65536", "4096",
	 "connections that a worker has at once, of socketmap and of http", AT(connections)},
	{"idle-seconds", NUMBER, "1-86400", "300",
	 "seconds after which a silent connection is closed", AT(idle_s)},
	{"quarantine-seconds", NUMBER, "1-86400", "600",
	 "seconds for which a domain that crashed a worker is put aside first; then they double",
	 AT(quarantine_s)},
	{"log", WORD, "stderr|syslog", "stderr", "where the log goes", AT(log)},
	{"log-level", WORD, "error|warning|info|debug", "info", "the least grave of what is logged",
	 AT(log_level)},
	{"log-why", LOG_WHY, "domains", "none", "domains whose every decision is logged; or none",
	 0},
};

_Static_assert(sizeof(keys) / sizeof(keys[0]) == CONFIG_KEYS, "all keys are counted");
_Static_assert(SHARED_WORKERS == 64, "the range of workers");

/* ---- The table -------------------------------------------------------------------------------- */

const char *
config_key_name(size_t i)
{
	return i < CONFIG_KEYS ? keys[i].name : NULL;
}

const char *
config_key_type(size_t i)
{
	return i < CONFIG_KEYS ? keys[i].type : NULL;
}

const char *
config_key_default(size_t i)
{
	return i < CONFIG_KEYS ? keys[i].initial : NULL;
}

const char *
config_key_help(size_t i)
{
	return i < CONFIG_KEYS ? keys[i].help : NULL;
}

bool
config_key_is_list(size_t i)
{
	return i < CONFIG_KEYS && keys[i].kind >= SOCKETMAPS;
}

static size_t
find(const char *name)
{
	size_t i = 0;

	while (i < CONFIG_KEYS && strcmp(keys[i].name, name) != 0)
		i++;
	return i;
}

bool
config_key_exists(const char *name)
{
	return find(name) < CONFIG_KEYS;
}

const char *
config_key_nearest(const char *name)
{
	const char *names[CONFIG_KEYS];

	for (size_t i = 0; i < CONFIG_KEYS; i++)
		names[i] = keys[i].name;
	return nmx_nearest(name, names, CONFIG_KEYS);
}

/* ---- Single values ---------------------------------------------------------------------------- */

/* The place of the value among "a|b|c"; -1 if it is none of them. */
static int
word_of(const char *words, const char *value)
{
	size_t length = strlen(value);

	for (int i = 0;; i++) {
		size_t n = strcspn(words, "|");

		if (n == length && memcmp(words, value, n) == 0)
			return i;
		if (words[n] == '\0')
			return -1;
		words += n + 1;
	}
}

static bool
read_number(const char *type, const char *value, unsigned *ret)
{
	const char *bar = strchr(type, '|'), *range = bar ? bar + 1 : type;
	unsigned long number = strtoul(value, NULL, 10);

	if (bar && strlen(value) == (size_t)(bar - type) &&
	    memcmp(value, type, (size_t)(bar - type)) == 0) {
		*ret = 0;
		return true;
	}
	if (*value == '\0' || strlen(value) > 9 || value[strspn(value, "0123456789")] ||
	    number < strtoul(range, NULL, 10) || number > strtoul(strchr(range, '-') + 1, NULL, 10))
		return false;
	*ret = (unsigned)number;
	return true;
}

static bool
read_yes_no(const char *value, bool *ret)
{
	static const char words[] = "no|off|false|0|yes|on|true|1";
	int i = word_of(words, value);

	if (i >= 0)
		*ret = i >= 4;
	return i >= 0;
}

/* It stands in front of a colon in an answer. Postfix's own transports that do not send mail are
 * refused: every message would be given back, kept for ever or lost. */
static bool
is_transport(const char *value)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t n = strspn(value, letters);

	for (size_t more; (more = strspn(value + n, "_.-") + strspn(value + n, letters)) > 0;)
		n += more;
	return value[0] && !strchr("_.-", value[0]) && value[n] == '\0' && n <= 64 &&
	       word_of("error|retry|discard", value) < 0;
}

static bool
is_user(const char *value)
{
	size_t n = strlen(value);

	return n > 0 && n <= 32 && !strpbrk(value, " \t:/,") && strcmp(value, "root") != 0;
}

static const char *
expected_of(const struct key *key)
{
	switch (key->kind) {
	case TRANSPORT:
		return "the name of a transport that sends mail: letters, digits, hyphens, "
		       "underscores, dots";
	case USER:
		return "the name of a user other than root";
	default:
		return key->type;
	}
}

static bool
set_single(struct config_owned *owned, const struct key *key, const char *value)
{
	void *place = (char *)owned + key->place;
	int word = word_of(key->type, value);

	switch (key->kind) {
	case NUMBER:
		return read_number(key->type, value, place);
	case YES_NO:
		return read_yes_no(value, place);
	case SECOND:
		*(bool *)place = word == 1;
		return word >= 0;
	case TRANSPORT:
		*(const char **)place = value;
		return is_transport(value);
	case USER:
		*(const char **)place = value;
		return is_user(value);
	default:
		*(const char **)place = value;
		return word >= 0;
	}
}

/* ---- Lists ------------------------------------------------------------------------------------ */

static bool
add_listener(struct listen_spec **list, size_t *n, const char *item, unsigned line,
	     struct fault *fault)
{
	struct listen_spec *grown;

	if (*n == CONFIG_LISTENERS)
		return fault_set(fault, line, "more than %d listeners of a kind", CONFIG_LISTENERS);
	grown = config_grow(*list, *n, sizeof(**list));
	if (!grown)
		return fault_set(fault, line, "out of memory");
	*list = grown;
	if (!config_listen_read(item, line, &grown[*n], fault))
		return false;
	++*n;
	return true;
}

static bool
add_domain(const char ***list, size_t *n, char *item, const struct key *key, unsigned line,
	   struct fault *fault)
{
	const char **grown;

	if (!config_domain_read(item))
		return fault_set(
			fault, line,
			"key %s: \"%.260s\": expected a domain in ASCII such as example.org, "
			"or .example.org for all below it",
			key->name, item);
	grown = config_grow(*list, *n, sizeof(**list));
	if (!grown)
		return fault_set(fault, line, "out of memory");
	*list = grown;
	grown[(*n)++] = item;
	return true;
}

static bool
add_item(struct config_owned *owned, const struct key *key, char *item, unsigned line,
	 struct fault *fault)
{
	struct config *config = &owned->config;

	switch (key->kind) {
	case SOCKETMAPS:
		return add_listener(&config->socketmaps, &config->n_socketmaps, item, line, fault);
	case HTTPS:
		return add_listener(&config->https, &config->n_https, item, line, fault);
	case PASS:
		return add_domain(&config->pass, &config->n_pass, item, key, line, fault);
	default:
		return add_domain(&config->log_why, &config->n_log_why, item, key, line, fault);
	}
}

static size_t
n_items(const struct config *config, const struct key *key)
{
	switch (key->kind) {
	case SOCKETMAPS:
		return config->n_socketmaps;
	case HTTPS:
		return config->n_https;
	case PASS:
		return config->n_pass;
	default:
		return config->n_log_why;
	}
}

static bool
set_list(struct config_owned *owned, size_t i, char *value, unsigned line, struct fault *fault)
{
	const struct key *key = &keys[i];
	bool is_empty = true;
	char *item;

	while ((item = config_next_item(&value))) {
		is_empty = false;
		if (owned->is_none[i] ||
		    (strcmp(item, "none") == 0 && n_items(&owned->config, key) > 0))
			return fault_set(fault, line, "key %s: none stands alone", key->name);
		if (strcmp(item, "none") == 0)
			owned->is_none[i] = true;
		else if (*item == '\0')
			return fault_set(fault, line, "key %s: nothing between two commas",
					 key->name);
		else if (!add_item(owned, key, item, line, fault))
			return false;
	}
	if (is_empty)
		return fault_set(fault, line, "key %s: expected %s, or none", key->name, key->type);
	return true;
}

/* ---- Keys ------------------------------------------------------------------------------------- */

static bool
set_value(struct config_owned *owned, size_t i, char *value, unsigned line, struct fault *fault)
{
	if (config_key_is_list(i))
		return set_list(owned, i, value, line, fault);
	if (set_single(owned, &keys[i], value))
		return true;
	return fault_set(fault, line, "key %s: \"%.200s\": expected %s%s", keys[i].name, value,
			 expected_of(&keys[i]),
			 strpbrk(value, "#;") ? "; a comment has a line of its own" : "");
}

bool
config_key_set(struct config_owned *owned, const struct ini_entry *entry, struct fault *fault)
{
	size_t i = find(entry->key);

	if (owned->line[i] && !config_key_is_list(i))
		return fault_set(fault, entry->line,
				 "key %s is given twice: it stands already in line %u", entry->key,
				 owned->line[i]);
	if (!owned->line[i])
		owned->line[i] = entry->line;
	return set_value(owned, i, entry->value, entry->line, fault);
}

/* Those that this process may run on: not those that its container keeps it from. */
static unsigned
count_cores(void)
{
	cpu_set_t set;
	long n;

	CPU_ZERO(&set);
	n = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set)
							 : sysconf(_SC_NPROCESSORS_ONLN);
	return n < 1 ? 1 : n > SHARED_WORKERS ? SHARED_WORKERS : (unsigned)n;
}

static bool
set_default(struct config_owned *owned, size_t i, struct fault *fault)
{
	char *value = owned->defaults + owned->defaults_length;
	size_t size = strlen(keys[i].initial) + 1;

	if (size > sizeof(owned->defaults) - owned->defaults_length)
		return fault_set(fault, 0, "out of memory for the default of %s", keys[i].name);
	memcpy(value, keys[i].initial, size);
	owned->defaults_length += size;
	return set_value(owned, i, value, 0, fault);
}

/* Who names HTTP alone, and none of the domains that only a socketmap needs, wants no socketmap. */
static bool
is_http_alone(const struct config_owned *owned, size_t i)
{
	return strcmp(keys[i].name, "socketmap") == 0 && owned->line[find("http")] &&
	       !owned->line[find("pass-domains")];
}

bool
config_key_set_defaults(struct config_owned *owned, struct fault *fault)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++)
		if (!owned->line[i] && *keys[i].initial && !is_http_alone(owned, i) &&
		    !set_default(owned, i, fault))
			return false;
	if (owned->config.workers == 0)
		owned->config.workers = count_cores();
	if (!owned->line[find("user")]) /* who is not root need not have that account */
		owned->config.user = NULL;
	if (owned->config.n_socketmaps && !owned->line[find("pass-domains")])
		return fault_set(
			fault, 0,
			"[daemon] has no pass-domains: name the domains that this server "
			"delivers or relays itself, or say pass-domains = none. Postfix asks "
			"about them, too, and an answer would lead their mail away from here");
	return true;
}
