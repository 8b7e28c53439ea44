/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files config*.c share: from text to a configuration. */
#ifndef NMX_DAEMON_CONFIG_PARSE_H
#define NMX_DAEMON_CONFIG_PARSE_H

#include "daemon/config.h"
#include "daemon/ini.h"

enum {
	CONFIG_KEYS = 20,      /* of [daemon] */
	CONFIG_LISTENERS = 32, /* the most of a kind */
	CONFIG_DEFAULTS = 512, /* octets of all default values */
};

/* What a struct config is the beginning of. */
struct config_owned {
	struct config config;
	char *text; /* the file; keys and values are in it */
	char defaults[CONFIG_DEFAULTS];
	size_t defaults_length;
	bool allow_remote;
	unsigned line[CONFIG_KEYS]; /* where the key was given first; 0: it was not */
	bool is_none[CONFIG_KEYS];  /* the list is the word none */
};

/* config.c: the same as config_read() of a file's text, which it takes over, whatever comes of it:
 * memory of malloc(3) with one octet more than length. The path is for errors. */
bool config_parse(const char *path, char *text, size_t length, struct config **ret, char *ret_error,
		  size_t size);

/* config_file.c: a regular file of at most 1 MiB; for free(). */
bool config_load(const char *path, char **ret_text, size_t *ret_length, struct fault *fault);

/* config_keys.c: a line of [daemon]; and at the end what was not given gets its default. */
bool config_key_set(struct config_owned *owned, const struct ini_entry *entry, struct fault *fault);
bool config_key_set_defaults(struct config_owned *owned, struct fault *fault);
/* Whether there is a key of that name; the most similar one. */
bool config_key_exists(const char *name);
const char *config_key_nearest(const char *name);

/* config_list.c: the next item of a list with commas, cut out of it; NULL at its end. An empty
 * one, other than behind the last comma, is "". */
char *config_next_item(char **list);
/* Room for one more of n items in an array that grows only by this. NULL without memory. */
void *config_grow(void *array, size_t n, size_t item_size);

/* config_listen.c: "inet:ADDRESS:PORT" or "unix:PATH[:MODE]", which lives as long as *ret. */
bool config_listen_read(const char *text, unsigned line, struct listen_spec *ret,
			struct fault *fault);
/* Whether all can stand together, and which may be reached from elsewhere. */
bool config_listen_check(const struct config *config, bool allow_remote, struct fault *fault);

/* config_domains.c: makes it lower case, without final dot; false if it is neither a domain nor a
 * dot and a domain. */
bool config_domain_read(char *item);
void config_domains_sort(const char **domains, size_t *n);
/* It, or one above it with a leading dot, is among the sorted. */
bool config_domains_have(const char *const *domains, size_t n, const char *domain);

#endif
