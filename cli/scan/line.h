/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line that a scan writes for an entry: nextmx.route/1 with "hosts" and "records", and up to three
 * members more (docs/scan.schema.json):
 *
 *	without_srv   outcome, status, reason, source, security and hosts by MX alone; null if there is no
 *	              SRV record, so that it is the same, or option srv is off
 *	input         the entry as it was read, if that is not what "domain" says (octets that are no UTF-8
 *	              as U+FFFD)
 *	error         why the entry is no domain, if it could not even be asked about; the rest is then the
 *	              route of a bad name: outcome reject, 5.1.2
 *
 * With a list of fields only these are written, and "domain", "input" and "error", by which the entry is known.
 */
#ifndef NMX_CLI_SCAN_LINE_H
#define NMX_CLI_SCAN_LINE_H

#include <nextmx.h>

#include "cli/scan/input.h"

struct fields; /* NULL: all */

/* From "a,b,c". False: told; a name that is none is named with the nearest. */
bool fields_read(const char *list, struct fields **ret_fields);
void fields_free(struct fields *fields);
bool fields_has(const struct fields *fields, const char *name);

/* One line with its newline, for free(). NULL: memory ran out. without_srv may be NULL. */
char *line_of_route(const struct input_item *item, const struct nmx_route *route,
		    const struct nmx_plan *plan, const struct nmx_route *without_srv,
		    const struct fields *fields, size_t *ret_length);
/* Of an entry with a fault. */
char *line_of_fault(const struct input_item *item, const struct fields *fields, size_t *ret_length);

/*
 * What tells entries apart when a scan goes on: a hash of the entry as it was read, and the same from the
 * line that was written for it. False: the line is none of a scan's.
 */
/* Whether a line of a scan begins so, or what a crash of the machine may leave of one: zeros. */
bool line_key_is_begin(const char *octets, size_t n);
uint64_t line_key_of_item(const struct input_item *item);
bool line_key_of_line(const char *line, size_t length, uint64_t *ret_key);

#endif
