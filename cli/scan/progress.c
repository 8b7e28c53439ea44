/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cli.h"

enum { MOST_TEXT = 256, COLUMNS = 80 };

static const char clear[] = "\r\033[K";

void
progress_init(struct progress *p, bool is_wanted, int64_t now)
{
	*p = (struct progress){.started = now, .next = now + PROGRESS_MS};
	p->is_shown = is_wanted && isatty(STDERR_FILENO) == 1;
	if (p->is_shown)
		complain_after(clear);
}

void
progress_done(struct progress *p)
{
	if (p->is_drawn)
		(void)!write(STDERR_FILENO, clear, strlen(clear));
	p->is_drawn = false;
}

int
progress_wait(const struct progress *p, int64_t now)
{
	if (!p->is_shown)
		return -1;
	return p->next > now ? (int)(p->next - now) : 0;
}

/* ---- Numbers ---------------------------------------------------------------------------------- */

/* Entries a second over the last samples. */
static double
rate(struct progress *p, uint64_t done, int64_t now)
{
	size_t oldest = p->n_samples < PROGRESS_SAMPLES ? 0 : p->n_samples % PROGRESS_SAMPLES;
	struct progress_sample from = {p->started, 0};

	if (p->n_samples)
		from = p->samples[oldest];
	p->samples[p->n_samples++ % PROGRESS_SAMPLES] = (struct progress_sample){now, done};
	return now > from.at ? 1000.0 * (double)(done - from.done) / (double)(now - from.at) : 0;
}

/* Entries that are not done, as far as that is known; negative: it is not. */
static double
estimate_left(const struct counts *counts, const struct progress_list *list)
{
	double waiting = (double)(list->entries - counts->done);

	if (list->has_ended)
		return waiting;
	if (list->all == 0 || list->taken == 0 || list->entries == 0)
		return -1;
	return waiting +
	       (double)(list->all - list->taken) * (double)list->entries / (double)list->taken;
}

static size_t
put_duration(char *text, size_t size, double seconds)
{
	uint64_t s = seconds < 1e9 ? (uint64_t)seconds : 1000000000;

	if (s >= 3600)
		return (size_t)snprintf(text, size, "%" PRIu64 ":%02u:%02u", s / 3600,
					(unsigned)(s / 60 % 60), (unsigned)(s % 60));
	return (size_t)snprintf(text, size, "%u:%02u", (unsigned)(s / 60), (unsigned)(s % 60));
}

/* Shares of what this run found out. */
static void
put_outcomes(char *text, size_t size, const struct counts *counts, int digits)
{
	uint64_t of = counts->done - counts->kept;
	size_t n = 0;

	for (int i = 0; i < N_OUTCOMES && n < size; i++)
		n += (size_t)snprintf(text + n, size - n, ", %.*f %% %s", digits,
				      of ? 100.0 * (double)counts->outcomes[i] / (double)of : 0,
				      nmx_outcome_name((enum nmx_outcome)i));
	if (n < size)
		snprintf(text + n, size - n, ", %" PRIu64 " errors", counts->errors);
}

/* ---- The line --------------------------------------------------------------------------------- */

static size_t
columns(void)
{
	struct winsize window;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) < 0 || window.ws_col == 0)
		return COLUMNS;
	return window.ws_col;
}

/* One write, so that no complaint comes between. */
static void
show(struct progress *p, char *text, const char *end)
{
	char bytes[MOST_TEXT + sizeof(clear) + 2];

	int n = snprintf(bytes, sizeof(bytes), "%s%s%s", clear, text, end);

	if (n > 0)
		(void)!write(STDERR_FILENO, bytes, (size_t)n);
	p->is_drawn = *end == '\0';
}

void
progress_draw(struct progress *p, const struct counts *counts, const struct progress_list *list,
	      int64_t now)
{
	double left = estimate_left(counts, list), per_s;
	char text[MOST_TEXT];
	size_t n, most = columns() - 1;

	if (!p->is_shown || now < p->next)
		return;
	p->next = now + PROGRESS_MS;
	per_s = rate(p, counts->done - counts->kept, now);
	n = (size_t)snprintf(text, sizeof(text), "%" PRIu64 " done, %.0f/s", counts->done, per_s);
	if (left >= 0 && per_s > 0) {
		n += (size_t)snprintf(text + n, sizeof(text) - n, ", ");
		n += put_duration(text + n, sizeof(text) - n, left / per_s);
		n += (size_t)snprintf(text + n, sizeof(text) - n, " left");
	}
	put_outcomes(text + n, sizeof(text) - n, counts, 0);
	if (most < sizeof(text))
		text[most] = '\0';
	show(p, text, "");
}

void
progress_end(struct progress *p, const struct counts *counts, int64_t now)
{
	double seconds = (double)(now - p->started) / 1000;
	uint64_t of = counts->done - counts->kept;
	char text[MOST_TEXT];
	size_t n;

	if (!p->is_shown)
		return;
	n = (size_t)snprintf(text, sizeof(text), "%" PRIu64 " done in ", counts->done);
	n += put_duration(text + n, sizeof(text) - n, seconds);
	n += (size_t)snprintf(text + n, sizeof(text) - n, ", %.0f/s",
			      seconds > 0 ? (double)of / seconds : 0);
	put_outcomes(text + n, sizeof(text) - n, counts, 1);
	show(p, text, "\n");
}
