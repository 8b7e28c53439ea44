/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATIENCE_MS = 1000 };

/* Standard error: there is one, whatever the number of commands. */
static struct {
	int64_t until;		 /* when patience is over; 0: the last octets were taken */
	unsigned long n_dropped; /* lines that are not told yet */
	bool is_cut;		 /* the last of them in its middle */
} errors;

/* ---- Standard error --------------------------------------------------------------------------- */

/*
 * That a pipe has room now does not mean that it has when we write: others may have it, too. Opened once
 * more it does not block, and theirs stays as it is. Where that is not allowed, poll(2) has to do.
 */
static int
open_errors(void)
{
	struct stat status;

	if (fstat(STDERR_FILENO, &status) < 0 ||
	    (!S_ISFIFO(status.st_mode) && !isatty(STDERR_FILENO)))
		return -1;
	return open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* write(2) that gives EAGAIN in place of blocking. */
static ssize_t
put(int fd, const char *bytes, size_t n)
{
	ssize_t done = send(fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (done >= 0 || errno != ENOTSOCK)
		return done;
	if (poll(&(struct pollfd){fd, POLLOUT, 0}, 1, 0) == 1)
		return write(fd, bytes, n);
	errno = EAGAIN;
	return -1;
}

static void
took(struct output *o, size_t n)
{
	o->out_at += n;
	errors.until = 0;
	errors.n_dropped = 0; /* it is told at the beginning */
	errors.is_cut = false;
}

static void
drop(struct output *o)
{
	errors.n_dropped += o->n_lines;
	errors.is_cut |= o->out_at > 0;
	o->out_at = o->out_n = 0;
}

/* What is on its way. False: it has to wait. */
static bool
push(struct output *o, int64_t now_ms)
{
	while (o->out_at < o->out_n) {
		ssize_t n = put(o->to, o->out + o->out_at, o->out_n - o->out_at);

		if (n >= 0) {
			took(o, (size_t)n);
		} else if (errno == EAGAIN) {
			if (!errors.until)
				errors.until = now_ms + PATIENCE_MS;
			if (now_ms < errors.until)
				return false;
			drop(o);
		} else if (errno != EINTR) {
			o->out_at = o->out_n; /* who is not there misses nothing */
		}
	}
	o->out_at = o->out_n = 0;
	return true;
}

/* ---- Lines ------------------------------------------------------------------------------------ */

/* Puts what is missing on its way: nothing else is. */
static void
tell_dropped(struct output *o)
{
	o->n_lines = 0;
	if (errors.n_dropped)
		o->out_n = (size_t)snprintf(o->out, sizeof(o->out),
					    "%snextmx: %lu lines of a command's are missing here: "
					    "nobody read them\n",
					    errors.is_cut ? "\n" : "", errors.n_dropped);
}

/* Puts the line on its way: nothing else is. */
static void
show(struct output *o)
{
	o->line[o->length] = '\0';
	tell_dropped(o);
	o->n_lines = 1;
	o->out_n += (size_t)snprintf(o->out + o->out_n, sizeof(o->out) - o->out_n, "%s%s\n",
				     o->prefix, o->line);
	if (o->length && !o->is_rest)
		memcpy(o->last, o->line, o->length + 1);
	o->length = 0;
}

/* Takes octets until a line is on its way, or none is left. */
static void
take(struct output *o)
{
	while (o->at < o->n && !o->out_n) {
		unsigned char c = (unsigned char)o->in[o->at];

		if (c != '\n' && c != '\r' && o->length == OUTPUT_LINE - 1) {
			show(o);
			o->is_rest = true;
			return;
		}
		o->at++;
		if (c == '\n') {
			show(o);
			o->is_rest = false;
		} else if (c != '\r') {
			o->line[o->length++] = c >= 0x20 && c < 0x7f ? (char)c : '?';
		}
	}
}

/* What is there now; at the end the line that nothing ended. */
static void
refill(struct output *o)
{
	size_t most = o->most < sizeof(o->in) ? o->most : sizeof(o->in);
	ssize_t n = most ? read(o->from, o->in, most) : 0;

	o->at = 0;
	o->n = n > 0 ? (size_t)n : 0;
	o->most -= o->most == SIZE_MAX ? 0 : o->n;
	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	o->from = -1;
	if (o->length)
		show(o);
	else
		tell_dropped(o);
}

/* ---- Interface -------------------------------------------------------------------------------- */

void
output_init(struct output *o, const char *prefix, char *ret_last)
{
	int own = open_errors();

	*o = (struct output){.from = -1, .to = own >= 0 ? own : STDERR_FILENO};
	o->prefix = prefix;
	o->last = ret_last;
	o->most = SIZE_MAX;
}

void
output_done(struct output *o)
{
	if (o->to != STDERR_FILENO)
		close(o->to);
}

void
output_step(struct output *o, int64_t now_ms)
{
	if (push(o, now_ms) && o->at == o->n && o->from >= 0)
		refill(o);
	while (push(o, now_ms) && o->at < o->n)
		take(o);
}

struct pollfd
output_wants(const struct output *o)
{
	return o->out_n ? (struct pollfd){o->to, POLLOUT, 0} : (struct pollfd){o->from, POLLIN, 0};
}

int64_t
output_until(const struct output *o)
{
	return o->out_n ? errors.until : INT64_MAX;
}

bool
output_is_over(const struct output *o)
{
	return o->from < 0 && o->at == o->n && !o->out_n;
}

void
output_last(struct output *o)
{
	int there = 0;

	if (o->from >= 0 && ioctl(o->from, FIONREAD, &there) < 0)
		there = 0;
	o->most = (size_t)there;
}

void
output_hurry(void)
{
	errors.until = 1;
}
