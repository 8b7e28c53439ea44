/* SPDX-License-Identifier: BSD-2-Clause */
/* A scan in miniature for resume_test.c: a list of numbers, a window of a few, a file in memory. */
#ifndef NMX_TESTS_RESUME_MODEL_H
#define NMX_TESTS_RESUME_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MODEL_MOST = 512 };

struct model {
	uint64_t window;
	unsigned list[MODEL_MOST]; /* entry i is domain number list[i] */
	size_t n;
	int file;
};

enum model_end { MODEL_COMPLETE, MODEL_CRASHED, MODEL_OTHER_LIST, MODEL_BAD_LINE, MODEL_BROKEN };

/* n entries of `kinds` different domains, or all different if that is 0. */
void model_init(struct model *model, uint64_t window, size_t n, unsigned kinds);
void model_done(struct model *model);

/* Runs or goes on until the whole list has its lines, or `lines` lines were written. */
enum model_end model_run(struct model *model, uint64_t seed, size_t lines);
/* What a crash leaves. */
void model_cut(struct model *model, size_t octets);
/* The beginning of another's file in place of what is there. */
void model_copy(struct model *model, const struct model *from, size_t octets);
size_t model_size(const struct model *model);
/* The file holds every entry once, whatever the order. */
bool model_is_right(const struct model *model);

#endif
