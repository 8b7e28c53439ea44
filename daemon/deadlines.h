/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ends of what lasts too long. All that is in a queue may last equally long, so the order of beginning
 * is the order of ending: starting and stopping touch the ends of a list, and one timer looks at the
 * heads. Deadlines are embedded in what they end, and taken out before it goes.
 */
#ifndef NMX_DAEMON_DEADLINES_H
#define NMX_DAEMON_DEADLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct deadline {
	TAILQ_ENTRY(deadline) link;
	void *owner;
	int64_t since_ms;
	bool runs;
};

TAILQ_HEAD(deadline_list, deadline);

struct deadline_queue {
	struct deadline_list list;
	int64_t most_ms;
};

static inline void
deadline_queue_init(struct deadline_queue *queue, int64_t most_ms)
{
	TAILQ_INIT(&queue->list);
	queue->most_ms = most_ms;
}

/* One that runs goes on as it began. */
static inline void
deadline_start(struct deadline_queue *queue, struct deadline *deadline, int64_t now_ms)
{
	if (deadline->runs)
		return;
	deadline->runs = true;
	deadline->since_ms = now_ms;
	TAILQ_INSERT_TAIL(&queue->list, deadline, link);
}

static inline void
deadline_stop(struct deadline_queue *queue, struct deadline *deadline)
{
	if (!deadline->runs)
		return;
	deadline->runs = false;
	TAILQ_REMOVE(&queue->list, deadline, link);
}

/* The one that began first, or NULL. */
static inline struct deadline *
deadline_oldest(const struct deadline_queue *queue)
{
	return TAILQ_FIRST(&queue->list);
}

/* When the first will end; INT64_MAX if there is none. */
static inline int64_t
deadline_next(const struct deadline_queue *queue)
{
	const struct deadline *oldest = deadline_oldest(queue);

	return oldest ? oldest->since_ms + queue->most_ms : INT64_MAX;
}

#endif
