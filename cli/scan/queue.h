/* SPDX-License-Identifier: BSD-2-Clause */
/* The entries that wait for one thread: a few, from the thread that reads the list. */
#ifndef NMX_CLI_SCAN_QUEUE_H
#define NMX_CLI_SCAN_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum { QUEUE = 256 };

struct job;

struct queue {
	pthread_mutex_t lock;
	struct job *jobs[QUEUE];
	size_t at, n;
	bool has_ended, is_awaited;
	int taker, feeder; /* to wake; lent */
};

void queue_init(struct queue *queue, int taker, int feeder);
/* Frees what is left in it. */
void queue_done(struct queue *queue);

/* The queue's then. False: it is full; the feeder is woken when it is half empty. */
bool queue_put(struct queue *queue, struct job *job);
/* NULL: there is none; the taker is woken when there is, or the queue has ended. */
struct job *queue_take(struct queue *queue);
/* Nothing more is put. */
void queue_end(struct queue *queue);
/* It has ended and is empty. */
bool queue_is_over(struct queue *queue);

#endif
