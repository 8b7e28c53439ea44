/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/quarantine.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)

enum { SUSPECT_S = 10 * 60, LONGEST_S = 24 * 60 * 60, MEMORY_S = 24 * 60 * 60 };

/* An empty name: an empty place. */
struct suspect {
	char name[SHARED_NAME];
	int64_t seen;
};

struct known {
	char name[SHARED_NAME];
	int64_t until;
	unsigned seconds; /* the last time's */
	unsigned death;	  /* by which it was put aside last */
};

struct quarantine {
	unsigned first_s;
	unsigned n_deaths;
	struct suspect suspects[QUARANTINE_SUSPECTS];
	struct known known[QUARANTINE_KNOWN];
};

struct quarantine *
quarantine_new(unsigned first_s)
{
	struct quarantine *quarantine = calloc(1, sizeof(*quarantine));

	if (quarantine)
		quarantine->first_s = first_s;
	return quarantine;
}

void
quarantine_free(struct quarantine *quarantine)
{
	free(quarantine);
}

void
quarantine_set_first(struct quarantine *quarantine, unsigned first_s)
{
	quarantine->first_s = first_s;
}

enum death
quarantine_death_of(int signal)
{
	switch (signal) {
	case SIGSEGV:
	case SIGABRT:
	case SIGBUS:
	case SIGILL:
	case SIGFPE:
	case SIGSYS:
		return DEATH_CRASH;
	case SIGKILL:
		return DEATH_KILLED;
	default:
		return DEATH_ENDED;
	}
}

/* UTF-8 is not read here: what is above ASCII the log escapes. */
bool
quarantine_is_text(const char *subject)
{
	size_t length = strnlen(subject, SHARED_NAME);

	if (length == 0 || length == SHARED_NAME)
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned char octet = (unsigned char)subject[i];

		if (octet < ' ' || octet == 0x7f)
			return false;
	}
	return true;
}

static int
compare(const void *a, const void *b)
{
	return strncmp(a, b, SHARED_NAME);
}

/* What is fit and not said twice, moved to the front; how many that are. */
static size_t
tidy(char (*subjects)[SHARED_NAME], size_t n)
{
	size_t kept = 0;

	qsort(subjects, n, sizeof(*subjects), compare);
	for (size_t i = 0; i < n; i++) {
		if (!quarantine_is_text(subjects[i]) ||
		    (kept > 0 && strcmp(subjects[kept - 1], subjects[i]) == 0))
			continue;
		if (kept != i)
			memcpy(subjects[kept], subjects[i], SHARED_NAME);
		kept++;
	}
	return kept;
}

/* ---- Suspects --------------------------------------------------------------------------------- */

/* Its place, or NULL. */
static struct suspect *
find_suspect(struct quarantine *q, const char *name)
{
	for (size_t i = 0; i < QUARANTINE_SUSPECTS; i++) {
		if (strcmp(q->suspects[i].name, name) == 0)
			return &q->suspects[i];
	}
	return NULL;
}

static bool
was_seen(struct quarantine *q, const char *name, int64_t now)
{
	const struct suspect *suspect = find_suspect(q, name);

	return suspect && now - suspect->seen <= SUSPECT_S * NS_PER_S;
}

static void
remember(struct quarantine *q, const char *name, int64_t now)
{
	struct suspect *place = find_suspect(q, name);

	if (!place) {
		place = &q->suspects[0];
		for (size_t i = 0; i < QUARANTINE_SUSPECTS && place->name[0]; i++) {
			if (!q->suspects[i].name[0] || q->suspects[i].seen < place->seen)
				place = &q->suspects[i];
		}
		memcpy(place->name, name, strlen(name) + 1);
	}
	place->seen = now;
}

/* ---- Put aside -------------------------------------------------------------------------------- */

/* The subject's place, else the one to give it: an empty one, or that which ended first. */
static struct known *
known_place(struct quarantine *q, const char *name)
{
	struct known *best = &q->known[0];

	for (size_t i = 0; i < QUARANTINE_KNOWN; i++) {
		struct known *known = &q->known[i];

		if (strcmp(known->name, name) == 0)
			return known;
		if (best->name[0] && (!known->name[0] || known->until < best->until))
			best = known;
	}
	return best;
}

static unsigned
next_seconds(const struct quarantine *q, const struct known *known, const char *name, int64_t now)
{
	uint64_t seconds = q->first_s;

	if (strcmp(known->name, name) == 0 && now - known->until < MEMORY_S * NS_PER_S)
		seconds = 2 * (uint64_t)known->seconds;
	return seconds < LONGEST_S ? (unsigned)seconds : LONGEST_S;
}

static void
put_aside(struct quarantine *q, const char *name, const char *reason, int64_t now, quarantine_fn fn,
	  void *user)
{
	struct known *known = known_place(q, name);

	if (strcmp(known->name, name) == 0 && known->until > now)
		return;
	known->seconds = next_seconds(q, known, name, now);
	known->until = now + known->seconds * NS_PER_S;
	known->death = q->n_deaths;
	memcpy(known->name, name, strlen(name) + 1);
	fn(name, reason, known->seconds, known->until, user);
}

/* Copies ".example.org" of "a.example.org" or "a.example.org:25/TCP". How many labels that has. */
static unsigned
parent_of(const char *name, char ret_parent[static SHARED_NAME])
{
	const char *dot = strchr(name, '.');
	unsigned n = 0;
	size_t length = dot ? strcspn(dot, ":") : 0;

	memcpy(ret_parent, dot ? dot : "", length);
	ret_parent[length] = '\0';
	for (size_t i = 0; i < length; i++)
		n += ret_parent[i] == '.';
	return name[0] == '.' ? 0 : n;
}

/* Whether the place is the first to tell of its death among those below the parent that are aside. */
static bool
tells_of_another_death(const struct quarantine *q, size_t place, const char *parent,
		       unsigned labels, int64_t now)
{
	char other[SHARED_NAME];

	for (size_t i = 0; i <= place; i++) {
		const struct known *known = &q->known[i];

		if (known->until <= now || parent_of(known->name, other) != labels ||
		    strcmp(parent, other) != 0)
			continue;
		if (i == place)
			return true;
		if (known->death == q->known[place].death)
			return false;
	}
	return false;
}

/* Whether so many deaths have put names below the same domain aside that all below it had better be. One
 * death tells of one name: who was in flight beside it may be innocent. */
static void
judge_siblings(struct quarantine *q, const char *name, int64_t now, quarantine_fn fn, void *user)
{
	char parent[SHARED_NAME];
	unsigned labels = parent_of(name, parent), n = 0;

	if (labels < 2)
		return;
	for (size_t i = 0; i < QUARANTINE_KNOWN; i++)
		n += tells_of_another_death(q, i, parent, labels, now);
	if (n >= (labels == 2 ? QUARANTINE_SIBLINGS_HIGH : QUARANTINE_SIBLINGS))
		put_aside(q, parent, "many names below it are aside", now, fn, user);
}

void
quarantine_death(struct quarantine *q, enum death death, char (*subjects)[SHARED_NAME], size_t n,
		 int64_t now, quarantine_fn fn, void *user)
{
	bool at_once;

	if (death == DEATH_ENDED || q->first_s == 0)
		return;
	q->n_deaths++;
	n = tidy(subjects, n);
	at_once = death == DEATH_CRASH && n <= QUARANTINE_AT_ONCE;
	for (size_t i = 0; i < n; i++) {
		if (at_once)
			put_aside(q, subjects[i], "in flight at a crash, with few others", now, fn,
				  user);
		else if (was_seen(q, subjects[i], now))
			put_aside(q, subjects[i], "in flight at two deaths of workers", now, fn,
				  user);
	}
	for (size_t i = 0; i < n; i++)
		judge_siblings(q, subjects[i], now, fn, user);
	/* Afterwards, so that no new one takes the place of one that is still to be looked for. */
	for (size_t i = 0; i < n; i++)
		remember(q, subjects[i], now);
}
