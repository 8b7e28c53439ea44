/* SPDX-License-Identifier: BSD-2-Clause */
/* Contexts over the script, for tests that see no more of the library than its header. */
#ifndef NMX_TESTS_CONTEXTS_H
#define NMX_TESTS_CONTEXTS_H

#include <nextmx.h>

/* A started context over the script and its clock. Options as "name", "value", ..., NULL. */
struct nmx_context *start_context(const char *const *options);
/* Dispatches until nothing happens any more; returns how many callbacks ran. */
int dispatch_all(struct nmx_context *ctx);
uint64_t stat_of(struct nmx_context *ctx, enum nmx_stat stat);

#endif
