/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { LEAST = 256, KEPT = 1024 };

/* Room for n more at the end. */
static bool
make_room(struct outbox *outbox, size_t n)
{
	size_t size = outbox->size ? outbox->size : LEAST;
	char *data;

	if (outbox->size - outbox->start - outbox->length >= n)
		return true;
	if (outbox->start) {
		memmove(outbox->data, outbox->data + outbox->start, outbox->length);
		outbox->start = 0;
	}
	while (size - outbox->length < n)
		size *= 2;
	if (size == outbox->size)
		return true;
	data = realloc(outbox->data, size);
	if (!data)
		return false;
	outbox->data = data;
	outbox->size = size;
	return true;
}

bool
outbox_add(struct outbox *outbox, const char *octets, size_t n)
{
	if (!make_room(outbox, n))
		return false;
	memcpy(outbox->data + outbox->start + outbox->length, octets, n);
	outbox->length += n;
	return true;
}

enum outbox_sent
outbox_send(struct outbox *outbox, int socket)
{
	ssize_t n;

	if (outbox->length == 0)
		return OUTBOX_ALL;
	n = send(socket, outbox->data + outbox->start, outbox->length, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ||
				       errno == ENOBUFS || errno == ENOMEM
			       ? OUTBOX_NOTHING
			       : OUTBOX_BROKEN;
	outbox->start += (size_t)n;
	outbox->length -= (size_t)n;
	if (outbox->length)
		return OUTBOX_SOME;
	outbox->start = 0;
	if (outbox->size > KEPT)
		outbox_done(outbox);
	return OUTBOX_ALL;
}

void
outbox_done(struct outbox *outbox)
{
	free(outbox->data);
	*outbox = (struct outbox){0};
}
