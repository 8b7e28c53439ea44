/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/dns_log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/limits.h"
#include "resolver/dns.h"

enum { RING_LINES = 16 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static FILE *stream;
static char ring[RING_LINES][LIMIT_LOG_LINE];
static unsigned first, n_lines; /* the oldest is overwritten */
static atomic_uint waiting;	/* n_lines, to be read without the lock */
static _Thread_local struct text *caught;

static void
keep_line(const char *line, size_t n)
{
	struct text out;

	pthread_mutex_lock(&lock);
	if (n_lines == RING_LINES)
		first = (first + 1) % RING_LINES;
	else
		n_lines++;
	out = text_into(ring[(first + n_lines - 1) % RING_LINES], LIMIT_LOG_LINE);
	text_escaped(&out, line, n);
	atomic_store(&waiting, n_lines);
	pthread_mutex_unlock(&lock);
}

/* "[time] libunbound[pid:thread] error: text" without what stands before "error". */
static void
take_line(const char *line, size_t n)
{
	for (int brackets = 0; brackets < 2; brackets++) {
		const char *end = memchr(line, ']', n);

		if (!end || end + 1 == line + n)
			break;
		n -= (size_t)(end + 2 - line);
		line = end + 2;
	}
	if (caught) {
		text_escaped(caught, line, n);
		text_char(caught, '\n');
	} else if (n) {
		keep_line(line, n);
	}
}

/* The stream is line-buffered, and libunbound writes whole lines. */
static ssize_t
write_lines(void *cookie, const char *bytes, size_t n)
{
	const char *end = bytes + n;

	(void)cookie;
	while (bytes < end) {
		const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
		const char *stop = newline ? newline : end;

		if (stop > bytes)
			take_line(bytes, (size_t)(stop - bytes));
		bytes = stop + 1;
	}
	return (ssize_t)n;
}

FILE *
dns_log_stream(void)
{
	pthread_mutex_lock(&lock);
	if (!stream) {
		stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_lines});
		if (stream)
			setvbuf(stream, NULL, _IOLBF, BUFSIZ);
	}
	pthread_mutex_unlock(&lock);
	return stream;
}

void
dns_log_catch(struct text *text)
{
	if (stream)
		fflush(stream);
	caught = text;
}

bool
dns_take_log(enum nmx_log_level *ret_level, char *ret_line, size_t size)
{
	const char *line;
	struct text out;

	if (atomic_load_explicit(&waiting, memory_order_relaxed) == 0)
		return false;
	pthread_mutex_lock(&lock);
	if (n_lines == 0) {
		pthread_mutex_unlock(&lock);
		return false;
	}
	line = ring[first];
	*ret_level = strncmp(line, "error", 5) == 0	? NMX_LOG_ERROR
		     : strncmp(line, "warning", 7) == 0 ? NMX_LOG_WARNING
							: NMX_LOG_INFO;
	out = text_into(ret_line, size);
	text_add(&out, line);
	first = (first + 1) % RING_LINES;
	atomic_store(&waiting, --n_lines);
	pthread_mutex_unlock(&lock);
	return true;
}
