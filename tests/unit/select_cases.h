/* SPDX-License-Identifier: BSD-2-Clause */
/* select_run() on answers from text (see bench.h), as tables. */
#ifndef NMX_TESTS_SELECT_CASES_H
#define NMX_TESTS_SELECT_CASES_H

#include "bench.h"

enum { N_SRV = SRV_USABLE + 1, N_MX = MX_USABLE + 1 };

extern const char *const srv_words[N_SRV];
extern const char *const mx_words[N_MX];

struct select_case {
	const char *options, *srv, *mx; /* see bench.h */
	const char *stages, *drops;	/* expected */
	enum srv_state srv_state;
	enum mx_state mx_state;
};

/* The selection for example.org; SRV is not asked if the settings say so. */
struct selection select_answers(struct bench *bench, const char *srv, const char *mx);
void select_check(const struct select_case *cases, size_t n);

#define MX1 "10 mx.example"
#define MX1_STAGE "mx insecure 10/0 mx.example:25"
#define MX1_SECURE "mx secure 10/0 mx.example:25"

#endif
