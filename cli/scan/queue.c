/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/queue.h"

#include "cli/scan/job.h"
#include "cli/scan/wake.h"

void
queue_init(struct queue *q, int taker, int feeder)
{
	*q = (struct queue){.taker = taker, .feeder = feeder};
	pthread_mutex_init(&q->lock, NULL);
}

void
queue_done(struct queue *q)
{
	for (; q->n > 0; q->n--) {
		job_free(q->jobs[q->at]);
		q->at = (q->at + 1) % QUEUE;
	}
	pthread_mutex_destroy(&q->lock);
}

bool
queue_put(struct queue *q, struct job *job)
{
	bool is_put, was_empty;

	pthread_mutex_lock(&q->lock);
	was_empty = q->n == 0;
	is_put = q->n < QUEUE;
	if (is_put)
		q->jobs[(q->at + q->n++) % QUEUE] = job;
	else
		q->is_awaited = true;
	pthread_mutex_unlock(&q->lock);
	if (was_empty)
		wake_set(q->taker);
	return is_put;
}

struct job *
queue_take(struct queue *q)
{
	struct job *job = NULL;
	bool wakes = false;

	pthread_mutex_lock(&q->lock);
	if (q->n > 0) {
		job = q->jobs[q->at];
		q->at = (q->at + 1) % QUEUE;
		q->n--;
		wakes = q->is_awaited && q->n <= QUEUE / 2;
		if (wakes)
			q->is_awaited = false;
	}
	pthread_mutex_unlock(&q->lock);
	if (wakes)
		wake_set(q->feeder);
	return job;
}

void
queue_end(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->has_ended = true;
	pthread_mutex_unlock(&q->lock);
	wake_set(q->taker);
}

bool
queue_is_over(struct queue *q)
{
	bool is_over;

	pthread_mutex_lock(&q->lock);
	is_over = q->has_ended && q->n == 0;
	pthread_mutex_unlock(&q->lock);
	return is_over;
}
