/* SPDX-License-Identifier: BSD-2-Clause */
#include "script_fetch.h"

#include <stdlib.h>
#include <string.h>

#include <nextmx.h>

#include "base/limits.h"

enum { MOST_SERVED = 4096 };

struct served {
	char host[LIMIT_NAME + 1];
	enum fetch_fault fault;
	char *text;
	enum script_when when;
	unsigned n_fetched;
};

struct fetcher {
	struct loop *loop;
};

struct fetch {
	struct fetch *next;
	struct fetcher *fetcher;
	struct served *served;
	struct timer timer;
	fetch_done_fn done;
	void *user;
};

static struct served served[MOST_SERVED];
static size_t n_served;
static struct fetch *under_way;

void
script_fetch_reset(void)
{
	for (size_t i = 0; i < n_served; i++)
		free(served[i].text);
	n_served = 0;
}

static struct served *
find(const char *host)
{
	for (size_t i = 0; i < n_served; i++)
		if (strcmp(served[i].host, host) == 0)
			return &served[i];
	if (n_served == MOST_SERVED)
		abort();
	served[n_served] = (struct served){.fault = FETCH_CONNECT,
					   .text = strdup("connection refused"),
					   .when = SCRIPT_INSIDE};
	strncpy(served[n_served].host, host, LIMIT_NAME);
	return &served[n_served++];
}

void
script_fetch_put(const char *host, enum fetch_fault fault, const char *text, enum script_when when)
{
	struct served *s = find(host);

	free(s->text);
	s->fault = fault;
	s->text = strdup(text);
	s->when = when;
}

unsigned
script_fetched(const char *host)
{
	unsigned n = 0;

	for (size_t i = 0; i < n_served; i++)
		if (!host || strcmp(served[i].host, host) == 0)
			n += served[i].n_fetched;
	return n;
}

unsigned
script_fetching(void)
{
	unsigned n = 0;

	for (struct fetch *f = under_way; f; f = f->next)
		n++;
	return n;
}

void
script_fetch_release(void)
{
	for (struct fetch *f = under_way; f; f = f->next)
		loop_set_timer(f->fetcher->loop, &f->timer, script_clock.boot_ns(&script_clock));
}

/* ---- In place of resolver/fetch.c ----------------------------------------------------------- */

int
fetcher_open(struct loop *loop, const char *ca_file, struct text *error,
	     struct fetcher **ret_fetcher)
{
	struct fetcher *fetcher = calloc(1, sizeof(*fetcher));

	(void)ca_file, (void)error;
	if (!fetcher)
		return NMX_E_NOMEM;
	fetcher->loop = loop;
	*ret_fetcher = fetcher;
	return 0;
}

void
fetch_cancel(struct fetch *fetch)
{
	struct fetch **at = &under_way;

	while (*at != fetch)
		at = &(*at)->next;
	*at = fetch->next;
	loop_cancel_timer(fetch->fetcher->loop, &fetch->timer);
	free(fetch);
}

void
fetcher_close(struct fetcher *fetcher, bool forked)
{
	(void)forked;
	if (!fetcher)
		return;
	for (struct fetch *f = under_way, *next; f; f = next) {
		next = f->next;
		if (f->fetcher == fetcher)
			fetch_cancel(f);
	}
	free(fetcher);
}

static void
ended(struct timer *timer)
{
	struct fetch *f = (struct fetch *)((char *)timer - offsetof(struct fetch, timer));
	struct served *s = f->served;
	bool ok = s->fault == FETCH_OK;
	struct fetch_answer answer = {.fault = s->fault, .text = ok ? "" : s->text};
	fetch_done_fn done = f->done;
	void *user = f->user;

	if (ok) {
		answer.body = (const uint8_t *)s->text;
		answer.length = strlen(s->text);
	}
	fetch_cancel(f);
	done(user, &answer);
}

int
fetch_start(struct fetcher *fetcher, const char *host, const struct address *addresses, size_t n,
	    unsigned timeout_ms, fetch_done_fn done, void *user, struct fetch **ret_fetch)
{
	struct fetch *f;
	int64_t now = script_clock.boot_ns(&script_clock);

	(void)addresses;
	if (n == 0 || script_fetching() >= LIMIT_FETCHES)
		abort(); /* the caller's to know */
	f = calloc(1, sizeof(*f));
	if (!f)
		return NMX_E_NOMEM;
	*f = (struct fetch){under_way, fetcher, find(host), {.fire = ended}, done, user};
	f->served->n_fetched++;
	under_way = f;
	*ret_fetch = f;
	if (f->served->when == SCRIPT_INSIDE)
		loop_set_timer(fetcher->loop, &f->timer, now);
	else
		loop_set_timer(fetcher->loop, &f->timer, now + timeout_ms * (int64_t)NS_PER_MS);
	return 0;
}

void
fetch_print_version(struct text *text)
{
	text_add(text, "scripted policies");
}
