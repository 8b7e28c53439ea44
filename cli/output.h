/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a command writes, a line at a time, to our standard error. That never holds us: when it has taken
 * nothing for a second, lines are dropped, and as soon as it takes some again it is told how many. Patience
 * and count are the process's: whoever does not read costs a second in all.
 */
#ifndef NMX_CLI_OUTPUT_H
#define NMX_CLI_OUTPUT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a line is cut to, and its end. */
enum { OUTPUT_LINE = 400 };

struct output {
	int from, to; /* the command's, which does not block, -1 at its end; standard error */
	const char *prefix;
	char *last;    /* OUTPUT_LINE octets: the beginning of the last line that had something */
	size_t most;   /* that are still read */
	char in[4096]; /* read, from at to n not taken yet */
	size_t at, n;
	char line[OUTPUT_LINE]; /* so far */
	size_t length;
	bool is_rest;	      /* its beginning was too long, and is shown already */
	char out[1024];	      /* on its way, from out_at on; less than PIPE_BUF */
	size_t out_at, out_n; /* out_n is 0: nothing is */
	unsigned n_lines;     /* of the command's */
};

/* Without `from`, which is the caller's. */
void output_init(struct output *o, const char *prefix, char *ret_last);
void output_done(struct output *o);

/* Reads and writes what can be read and written at once, up to some thousand octets. */
void output_step(struct output *o, int64_t now_ms);
/* What the next step waits for, and how long at the most; INT64_MAX: for ever. */
struct pollfd output_wants(const struct output *o);
int64_t output_until(const struct output *o);
/* Nothing can come any more, and all is shown. */
bool output_is_over(const struct output *o);

/* Reads no more than is there now: who is left behind may write for ever. */
void output_last(struct output *o);
/* The next step waits for nobody. */
void output_hurry(void);

#endif
