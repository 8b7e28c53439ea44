/* SPDX-License-Identifier: BSD-2-Clause */
/* The contexts of a scan, one for each thread, all with the same options. */
#ifndef NMX_CLI_SCAN_CONTEXTS_H
#define NMX_CLI_SCAN_CONTEXTS_H

#include <nextmx.h>

struct scan_settings;

/* Sets what suits a scan, before the caller's options are read. Codes to exit with; told. */
int contexts_prepare(struct nmx_context *first);
/* Fits limits to the settings, after that. */
int contexts_fit(struct nmx_context *first, const struct scan_settings *settings);
/* Another context with the options of the first. */
int contexts_copy(struct nmx_context *first, struct nmx_context **ret_ctx);
/* Warnings go to warn.h. */
int contexts_start(struct nmx_context *ctx);

#endif
