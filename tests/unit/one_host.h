/* SPDX-License-Identifier: BSD-2-Clause */
/* One host of a stage, judged with answers from text (see bench.h). */
#ifndef NMX_TESTS_ONE_HOST_H
#define NMX_TESTS_ONE_HOST_H

#include "bench.h"

struct one_host {
	struct bench *bench;
	struct host host;
	struct stage stage;
	struct host_answers answers;
};

/* mx.example:25 in a stage of this source, named by a "secure" or "insecure" RRset. Its bench is the
 * caller's, for bench_free(). */
void one_host_judge(struct one_host *t, const char *options, enum nmx_source source,
		    const char *naming, const char *a, const char *aaaa);
/* "198.41.0.4/secure 2606:4700::1/insecure", until the next call. */
const char *one_host_addresses(const struct one_host *t);

#endif
