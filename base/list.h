/* SPDX-License-Identifier: BSD-2-Clause */
/* A doubly linked list of things that embed a node. Zeroed, it is empty. */
#ifndef NMX_BASE_LIST_H
#define NMX_BASE_LIST_H

#include <stddef.h>

struct list_node {
	struct list_node *next, *previous;
};

struct list {
	struct list_node *first, *last;
};

/* The thing of this type whose member is at node; NULL stays NULL. */
#define LIST_THING(node, type, member) ((type *)list_thing(node, offsetof(type, member)))

static inline void *
list_thing(struct list_node *node, size_t offset)
{
	return node ? (char *)node - offset : NULL;
}

static inline void
list_add_first(struct list *list, struct list_node *node)
{
	node->previous = NULL;
	node->next = list->first;
	if (list->first)
		list->first->previous = node;
	else
		list->last = node;
	list->first = node;
}

static inline void
list_add_last(struct list *list, struct list_node *node)
{
	node->next = NULL;
	node->previous = list->last;
	if (list->last)
		list->last->next = node;
	else
		list->first = node;
	list->last = node;
}

/* The node must be on this list. */
static inline void
list_remove(struct list *list, struct list_node *node)
{
	if (node->previous)
		node->previous->next = node->next;
	else
		list->first = node->next;
	if (node->next)
		node->next->previous = node->previous;
	else
		list->last = node->previous;
	node->next = node->previous = NULL;
}

#endif
