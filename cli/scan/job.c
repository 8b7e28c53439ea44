/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/job.h"

#include <nextmx.h>
#include <stdlib.h>
#include <string.h>

struct job *
job_new(uint64_t number, const struct input_item *item)
{
	size_t n = strlen(item->domain) + 1;
	struct job *job = calloc(1, sizeof(*job) + n);

	if (!job)
		return NULL;
	job->number = number;
	job->item = *item;
	job->item.domain = memcpy(job->domain, item->domain, n);
	job->size = sizeof(*job) + n;
	return job;
}

void
job_free(struct job *job)
{
	if (!job)
		return;
	nmx_route_unref(job->route);
	free(job);
}

void
job_list_add(struct job_list *list, struct job *job)
{
	job->next = NULL;
	job->previous = list->last;
	if (list->last)
		list->last->next = job;
	else
		list->first = job;
	list->last = job;
}

void
job_list_remove(struct job_list *list, struct job *job)
{
	if (job->previous)
		job->previous->next = job->next;
	else
		list->first = job->next;
	if (job->next)
		job->next->previous = job->previous;
	else
		list->last = job->previous;
	job->next = job->previous = NULL;
}

struct job *
job_list_take(struct job_list *list)
{
	struct job *job = list->first;

	if (job)
		job_list_remove(list, job);
	return job;
}

void
job_list_free(struct job_list *list)
{
	struct job *job;

	while ((job = job_list_take(list)))
		job_free(job);
}
