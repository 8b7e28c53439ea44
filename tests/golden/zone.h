/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A case: what is asked, with which options, and the answers of the whole DNS as one small file
 * (README.md in this folder describes it). Reads the file and puts its answers into the script.
 */
#ifndef NMX_TESTS_ZONE_H
#define NMX_TESTS_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "script.h"

struct zone_option {
	struct zone_option *next;
	const char *name, *value;
};

/* nmx_request_start(), or one like it. */
typedef int (*zone_start_fn)(struct nmx_context *ctx, const char *domain, nmx_route_fn fn,
			     void *user, struct nmx_request **ret_req);

struct zone {
	struct arena arena; /* everything below is in it */
	const char *domain; /* as asked, octets as they are */
	zone_start_fn start;
	unsigned flags; /* of nmx_json() */
	uint64_t seed;
	struct zone_option *options;
	struct zone_record *records;
	struct zone_mark *marks;
	struct zone_name *names; /* whose answers are put into the script */
	int security;		 /* in force at the end of the file */
	bool silent;		 /* a question of the case is never answered */
	/* An MTA-STS policy that is held from the beginning; NULL: none. */
	const char *held_id, *held;
	unsigned held_age;  /* seconds */
	const char *served; /* what the policy host serves; NULL: nothing */
	const char *fault;  /* a word of fetch_faults below, instead of that */
};

/* The words of @sts-fails, as of enum fetch_fault. */
extern const char *const zone_faults[];

/* Says what is wrong, with file and line, and returns false; zone_free either way. */
bool zone_read(const char *path, struct zone *ret_zone);
void zone_free(struct zone *zone);

/* Puts the answers into an empty script. */
void zone_install(const struct zone *zone, enum script_when when);
/* Gives one answer that waits, in the order of the file or backwards; false if there is none. */
bool zone_release(const struct zone *zone, bool backwards);

#endif
