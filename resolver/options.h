/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registry of options: one table that the API, the command's flags, the daemon's file and the
 * manual share. Values are kept as text, and checked when they are set, so that the error can name the
 * value; settings.h has what becomes of them.
 */
#ifndef NMX_RESOLVER_OPTIONS_H
#define NMX_RESOLVER_OPTIONS_H

#include "base/text.h"

struct options {
	char **values; /* by index of the registry; NULL: the default */
};

/* False if memory ran out. */
bool options_init(struct options *options);
void options_done(struct options *options);

/* 0, or NMX_E_OPTION, NMX_E_VALUE, NMX_E_NOMEM with a sentence in error. */
int options_set(struct options *options, const char *name, const char *value, struct text *error);
/* NULL if there is no such option. */
const char *options_get(const struct options *options, const char *name);

/* The value as a place among the option's words, or as yes and no. The option must be such a one. */
int options_choice(const struct options *options, const char *name);
bool options_bool(const struct options *options, const char *name);
/* The next item of a comma-separated list, blanks around it taken off; false at the end. */
bool options_next_item(const char **list, const char **ret_item, size_t *ret_length);

#endif
