/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The members of one JSON object on one line, by name, without reading what is inside them: what a scan
 * leaves out of its lines, and finds again in them. Made for lines of our own; others are refused, not
 * misread (RFC 8259; duplicate names: the first).
 */
#ifndef NMX_CLI_SCAN_MEMBERS_H
#define NMX_CLI_SCAN_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

struct member {
	const char *name; /* without quotes, as it stands in the line */
	size_t name_length;
	const char *value; /* as it stands in the line, quotes of a string among it */
	size_t value_length;
};

/* Goes from member to member: *at is 0 at first. */
enum members_result { MEMBERS_NEXT, MEMBERS_END, MEMBERS_BAD };
enum members_result members_next(const char *line, size_t length, size_t *at,
				 struct member *ret_member);

/* The value of a member; false if there is none, or the line is no object. The whole line is read. */
bool members_find(const char *line, size_t length, const char *name, struct member *ret_member);

#endif
