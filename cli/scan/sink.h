/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What writes the lines of all threads, in a thread of its own: a reader who does not read holds nobody up.
 * Lines go out in the order in which they were put, in big writes, and none waits longer than SINK_MS when
 * the reader takes them. The descriptor stays the caller's. Fails once, and then takes no line any more.
 */
#ifndef NMX_CLI_SCAN_SINK_H
#define NMX_CLI_SCAN_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SINK_MS = 100,
	SINK_WRITE = 256 * 1024,     /* as much is written without waiting for more */
	SINK_FULL = 4 * 1024 * 1024, /* as much waits before the sink counts as full */
};

struct sink;

/* `changed` is called from the writer's thread when the sink is no longer full, has failed, or is over.
 * NULL: errno says why. */
struct sink *sink_new(int fd, void (*changed)(void *user), void *user);
/* Waits for the writer to end: what is not written by then is written first, unless it failed. */
void sink_free(struct sink *sink);

/* Takes a copy of whole lines. False: memory ran out, or it has failed. */
bool sink_put(struct sink *sink, const char *lines, size_t length);
/* So much waits to be written that nothing more should be begun. */
bool sink_is_full(struct sink *sink);
/* No more is put. */
void sink_end(struct sink *sink);
/* Everything is written, or it has failed. */
bool sink_is_over(struct sink *sink);
/* 0, or errno of the write that failed. */
int sink_error(struct sink *sink);
/* Octets written after the last whole line. */
uint64_t sink_torn(struct sink *sink);

#endif
