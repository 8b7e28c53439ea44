/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of option --fields. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/scan/line.h"

/* In no order: a line has its own. */
static const char *const names[] = {
	"schema",   "domain", "ascii",	 "outcome",	"status", "reason",  "source",
	"security", "ttl",    "seed",	 "sts",		"plan",	  "dropped", "hosts",
	"records",  "why",    "queries", "without_srv", "input",  "error",
};

enum { N_NAMES = sizeof(names) / sizeof(names[0]), MOST_NAME = 64 };

struct fields {
	bool is_wanted[N_NAMES];
};

static size_t
index_of(const char *name, size_t length)
{
	size_t i = 0;

	while (i < N_NAMES && (strlen(names[i]) != length || memcmp(names[i], name, length) != 0))
		i++;
	return i;
}

static bool
want(struct fields *fields, const char *name, size_t length)
{
	size_t i = index_of(name, length);
	char word[MOST_NAME];

	if (i < N_NAMES) {
		fields->is_wanted[i] = true;
		return true;
	}
	if (length == 0) {
		complain("scan: an empty field in the list of fields");
		return false;
	}
	length = length < sizeof(word) ? length : sizeof(word) - 1;
	memcpy(word, name, length);
	word[length] = '\0';
	complain("scan: no field \"%s\"; the nearest is %s", word,
		 nmx_nearest(word, names, N_NAMES));
	return false;
}

bool
fields_read(const char *list, struct fields **ret_fields)
{
	/* By these the entry is known. */
	static const char *const always[] = {"domain", "input", "error"};
	struct fields *fields = calloc(1, sizeof(*fields));

	if (!fields) {
		complain("scan: out of memory");
		return false;
	}
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		fields->is_wanted[index_of(always[i], strlen(always[i]))] = true;
	for (;;) {
		size_t length = strcspn(list, ",");

		if (!want(fields, list, length)) {
			free(fields);
			return false;
		}
		if (!list[length])
			break;
		list += length + 1;
	}
	*ret_fields = fields;
	return true;
}

void
fields_free(struct fields *fields)
{
	free(fields);
}

bool
fields_has(const struct fields *fields, const char *name)
{
	size_t i;

	if (!fields)
		return true;
	i = index_of(name, strlen(name));
	return i < N_NAMES && fields->is_wanted[i];
}
