/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/dns_config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <nextmx.h>

/* ---- Files ---------------------------------------------------------------------------------- */

/* What a file in the master format (RFC 1035 section 5) mentions. */
struct mentions {
	bool soa, rrsig, ds, dnskey;
};

/* Reads the file whole; the caller frees it. NULL with a sentence in error. */
static char *
read_file(const char *file, size_t *ret_size, struct text *error)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hold us */
	FILE *stream = fd < 0 ? NULL : fdopen(fd, "r");
	struct stat status;
	char *bytes = NULL;
	size_t n;

	if (!stream || fstat(fileno(stream), &status) < 0)
		text_printf(error, "%s", strerror(errno));
	else if (!S_ISREG(status.st_mode))
		text_add(error, "not a file");
	else if (status.st_size > LIMIT_FILE)
		text_add(error, "over 64 MiB");
	else if (!(bytes = malloc((size_t)status.st_size + 1)))
		text_add(error, "out of memory");
	if (bytes) {
		n = fread(bytes, 1, (size_t)status.st_size, stream);
		if (ferror(stream)) {
			text_printf(error, "%s", strerror(errno));
			free(bytes);
			bytes = NULL;
		} else {
			bytes[n] = '\0';
			*ret_size = n;
		}
	}
	if (stream)
		fclose(stream);
	return bytes;
}

static bool
is_word(const char *word, size_t n, const char *wanted)
{
	return strlen(wanted) == n && strncasecmp(word, wanted, n) == 0;
}

static struct mentions
scan_file(const char *bytes, size_t size)
{
	struct mentions m = {0};

	for (size_t i = 0; i < size;) {
		size_t start = i;

		if (bytes[i] == ';') {
			while (i < size && bytes[i] != '\n')
				i++;
			continue;
		}
		if (bytes[i] == '"') {
			for (i++; i < size && bytes[i] != '"'; i++)
				if (bytes[i] == '\\')
					i++;
			i++;
			continue;
		}
		while (i < size && !isspace((unsigned char)bytes[i]) && bytes[i] != ';' &&
		       bytes[i] != '"')
			i++;
		m.soa |= is_word(bytes + start, i - start, "SOA");
		m.rrsig |= is_word(bytes + start, i - start, "RRSIG");
		m.ds |= is_word(bytes + start, i - start, "DS");
		m.dnskey |= is_word(bytes + start, i - start, "DNSKEY");
		i += i == start;
	}
	return m;
}

/* ---- Sections ------------------------------------------------------------------------------- */

static void
name_line(struct text *text, const char *key, const uint8_t *name)
{
	char buffer[LIMIT_NAME_TEXT];

	text_printf(text, "%s: \"", key);
	text_add(text, dname_text(name, buffer));
	text_add(text, dname_is_root(name) ? "\"\n" : ".\"\n");
}

static void
address_line(struct text *text, const char *key, const struct server *server)
{
	char buffer[ADDRESS_TEXT_SIZE];

	text_printf(text, "%s: %s@%u\n", key, address_text(&server->address, buffer), server->port);
}

static int
write_anchors(const struct settings *s, bool root_is_unsigned, struct text *text,
	      struct text *error)
{
	text_printf(text, "module-config: \"%siterator\"\n",
		    s->dnssec_off || root_is_unsigned ? "" : "validator ");
	if (s->dnssec_off)
		return 0;
	if (s->trust_anchors.n == 0) {
		text_add(error, "no trust anchor: set trust-anchor, or dnssec off to go without "
				"validation");
		return NMX_E_CONFIG;
	}
	for (size_t i = 0; i < s->trust_anchors.n; i++) {
		const char *file = s->trust_anchors.items[i];
		struct mentions m;
		size_t size;
		char *bytes;

		text_add(error, "trust anchor ");
		text_escaped(error, file, strlen(file));
		text_add(error, ": ");
		bytes = read_file(file, &size, error);
		if (!bytes)
			return NMX_E_CONFIG;
		m = scan_file(bytes, size);
		free(bytes);
		if (!m.ds && !m.dnskey) {
			text_add(error, "no DS and no DNSKEY record in it");
			return NMX_E_CONFIG;
		}
		*error = text_into(error->data, error->size);
		text_printf(text, "trust-anchor-file: \"");
		text_add(text, file);
		text_add(text, "\"\n");
	}
	return 0;
}

static bool
is_named_before(const struct settings *s, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (dname_equal(s->zones[j].zone, s->zones[i].zone))
			return true;
	return false;
}

/*
 * A file without signatures under a trust anchor would be bogus, or hang where DS cannot be asked:
 * it is taken as insecure. A signed one must validate. An unsigned root leaves nothing to validate,
 * and libunbound would not take that from domain-insecure, since the root has an anchor.
 */
static int
check_zones(const struct settings *s, struct text *text, struct text *error,
	    bool *ret_root_is_unsigned)
{
	*ret_root_is_unsigned = false;
	for (size_t i = 0; i < s->n_zones; i++) {
		const struct zone_file *zone = &s->zones[i];
		char name[LIMIT_NAME_TEXT];
		struct mentions m;
		size_t size;
		char *bytes;

		text_printf(error, "zone ");
		text_add(error, dname_text(zone->zone, name));
		text_add(error, ", file ");
		text_escaped(error, zone->file, strlen(zone->file));
		text_add(error, ": ");
		if (is_named_before(s, i)) {
			text_add(error, "the zone has another file already");
			return NMX_E_CONFIG;
		}
		bytes = read_file(zone->file, &size, error);
		if (!bytes)
			return NMX_E_CONFIG;
		m = scan_file(bytes, size);
		free(bytes);
		if (!m.soa) {
			text_add(error, "no SOA record in it");
			return NMX_E_CONFIG;
		}
		*error = text_into(error->data, error->size);
		if (!m.rrsig && dname_is_root(zone->zone))
			*ret_root_is_unsigned = true;
		else if (!m.rrsig && !s->dnssec_off)
			name_line(text, "domain-insecure", zone->zone);
	}
	return 0;
}

static void
write_zones(const struct settings *s, struct text *text)
{
	for (size_t i = 0; i < s->n_zones; i++) {
		text_add(text, "auth-zone:\n");
		name_line(text, "name", s->zones[i].zone);
		text_add(text, "zonefile: \"");
		text_add(text, s->zones[i].file);
		text_add(text, "\"\nfor-downstream: no\nfor-upstream: yes\nfallback-enabled: no\n");
	}
}

static bool
same_zone_before(const struct servers *servers, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (dname_equal(servers->items[j].zone, servers->items[i].zone))
			return true;
	return false;
}

/* One stub section a zone, with all its servers. */
static void
write_stubs(const struct servers *stubs, struct text *text)
{
	for (size_t i = 0; i < stubs->n; i++) {
		if (same_zone_before(stubs, i))
			continue;
		text_add(text, "stub-zone:\n");
		name_line(text, "name", stubs->items[i].zone);
		for (size_t j = i; j < stubs->n; j++)
			if (dname_equal(stubs->items[j].zone, stubs->items[i].zone))
				address_line(text, "stub-addr", &stubs->items[j]);
	}
}

static void
write_upstreams(const struct servers *upstreams, struct text *text)
{
	if (upstreams->n == 0)
		return;
	text_add(text, "forward-zone:\nname: \".\"\n");
	for (size_t i = 0; i < upstreams->n; i++)
		address_line(text, "forward-addr", &upstreams->items[i]);
}

/* Whether everything is asked of servers that the operator named: then no built-in zone stays. */
static bool
takes_all_over(const struct settings *s)
{
	bool all = settings_forward(s);

	for (size_t i = 0; i < s->n_zones; i++)
		all |= dname_is_root(s->zones[i].zone);
	for (size_t i = 0; i < s->stubs.n; i++)
		all |= dname_is_root(s->stubs.items[i].zone);
	return all;
}

static void
let_through_line(struct text *text, const uint8_t *zone)
{
	char buffer[LIMIT_NAME_TEXT];

	text_add(text, "local-zone: \"");
	text_add(text, dname_text(zone, buffer));
	text_add(text, ".\" transparent\n");
}

/* A zone without data lets everything below its name through, whatever built-in zone stands above it. */
static void
write_let_through(const struct settings *s, struct text *text)
{
	if (takes_all_over(s))
		return;
	for (size_t i = 0; i < s->n_zones; i++)
		let_through_line(text, s->zones[i].zone);
	for (size_t i = 0; i < s->stubs.n; i++)
		if (!same_zone_before(&s->stubs, i))
			let_through_line(text, s->stubs.items[i].zone);
}

static bool
is_loopback(const struct address *address)
{
	static const struct address v6 = {6, {[15] = 1}};

	return address->family == 4 ? address->bytes[0] == 127 : address_compare(address, &v6) == 0;
}

/* libunbound refuses to ask loopback servers unless it is told that one was meant. */
static bool
names_loopback(const struct settings *s)
{
	for (size_t i = 0; i < s->stubs.n; i++)
		if (is_loopback(&s->stubs.items[i].address))
			return true;
	for (size_t i = 0; i < s->upstreams.n; i++)
		if (is_loopback(&s->upstreams.items[i].address))
			return true;
	return s->upstream_resolv_conf;
}

/* Sockets that may be open at once: the rest of the limit is the host program's. */
static int
outgoing_range(const struct settings *s, unsigned *ret_range, struct text *error)
{
	struct rlimit limit;
	unsigned long most = s->outgoing_range;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
		if (limit.rlim_cur < LIMIT_DESCRIPTORS_SPARED + 2 * LIMIT_DESCRIPTORS_LEAST) {
			text_printf(error,
				    "descriptor limit %lu: at least %d are needed (ulimit -n)",
				    (unsigned long)limit.rlim_cur,
				    LIMIT_DESCRIPTORS_SPARED + 2 * LIMIT_DESCRIPTORS_LEAST);
			return NMX_E_CONFIG;
		}
		if ((limit.rlim_cur - LIMIT_DESCRIPTORS_SPARED) / 2 < most)
			most = (limit.rlim_cur - LIMIT_DESCRIPTORS_SPARED) / 2;
	}
	*ret_range = (unsigned)most;
	return 0;
}

/* Below a twentieth of the range, or below 50, good domains were bogus; 200 were always enough. */
static unsigned
tcp_slots(unsigned range)
{
	if (range < 512)
		return range / 4 > 50 ? range / 4 : 50;
	return range / 20 > 200 ? range / 20 : 200;
}

/*
 * Too few TCP slots make truncated answers bogus, so there are many of them; small caches and small
 * ranges cost most of the speed. The additional section is never used (RULES SRV-10), and validating
 * it can hold an answer with 30 SRV targets for a third of a second. docs/decisions.md has the figures.
 */
static int
write_server(const struct settings *s, bool root_is_unsigned, struct text *text, struct text *error,
	     unsigned *ret_sockets)
{
	unsigned range = 0;
	int result = outgoing_range(s, &range, error);

	if (result)
		return result;
	*ret_sockets = range;
	text_printf(text, "server:\noutgoing-range: %u\nnum-queries-per-thread: %u\n", range,
		    range);
	text_printf(text, "outgoing-num-tcp: %u\n", tcp_slots(range));
	text_add(text,
		 s->dns_cache_large
			 ? "msg-cache-size: 64m\nrrset-cache-size: 128m\nkey-cache-size: 32m\n"
			   "neg-cache-size: 8m\n"
			 : "msg-cache-size: 8m\nrrset-cache-size: 16m\nkey-cache-size: 4m\n"
			   "neg-cache-size: 1m\n");
	text_add(text, "msg-cache-slabs: 1\nrrset-cache-slabs: 1\nkey-cache-slabs: 1\n"
		       "infra-cache-slabs: 1\nprefetch-key: yes\noutbound-msg-retry: 3\n"
		       "infra-cache-max-rtt: 5000\nval-clean-additional: no\n");
	/* Three tries, each twice as patient, are all that a server gets: from the default 50 ms on, one that is
	 * near would be given up after a third of a second. An upstream has look-ups of its own to make. */
	text_printf(text, "infra-cache-min-rtt: %u\n", settings_forward(s) ? 600u : 200u);
	text_printf(text, "qname-minimisation: %s\n", s->qname_minimisation ? "yes" : "no");
	text_printf(text, "do-not-query-localhost: %s\n", names_loopback(s) ? "no" : "yes");
	write_let_through(s, text);
	return write_anchors(s, root_is_unsigned, text, error);
}

static bool
has_stub(const struct settings *s, const uint8_t *zone)
{
	for (size_t i = 0; i < s->stubs.n; i++)
		if (dname_in_zone(zone, s->stubs.items[i].zone))
			return true;
	return false;
}

/* libunbound asks the upstream about everything that no stub is for, and never reads the file. */
static int
refuse_idle_zones(const struct settings *s, struct text *error)
{
	char name[LIMIT_NAME_TEXT];

	if (!settings_forward(s))
		return 0;
	for (size_t i = 0; i < s->n_zones; i++) {
		if (has_stub(s, s->zones[i].zone))
			continue;
		text_printf(error, "zone %.300s: with upstream the file would not be read",
			    dname_text(s->zones[i].zone, name));
		return NMX_E_CONFIG;
	}
	return 0;
}

int
dns_config_write(const struct settings *s, struct text *text, struct text *error,
		 unsigned *ret_sockets)
{
	struct text insecure = text_growing();
	bool root_is_unsigned;
	int result = refuse_idle_zones(s, error);

	if (result == 0)
		result = check_zones(s, &insecure, error, &root_is_unsigned);
	if (result == 0)
		result = write_server(s, root_is_unsigned, text, error, ret_sockets);
	if (insecure.data)
		text_bytes(text, insecure.data, insecure.length);
	text->failed |= insecure.failed;
	free(insecure.data);
	if (result)
		return result;
	write_zones(s, text);
	write_stubs(&s->stubs, text);
	write_upstreams(&s->upstreams, text);
	return text->failed ? NMX_E_NOMEM : 0;
}
