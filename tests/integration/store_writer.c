/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes policies and counts until it is killed, and says what is in the file by then (test_store.py).
 *
 *   store_writer FOLDER NAME   "ok DOMAIN FETCHED COUNTED" after each one that is written
 *   store_writer FOLDER        "DOMAIN FETCHED" of each policy that is held
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "resolver/store.h"

enum { TURN_MS = 100, SHARED = 7, ONE_IN = 4 };

/* Time goes faster than it does: counts are written every ten seconds. */
static int64_t turns;

static int64_t
boot_ns(const struct clock *clock)
{
	(void)clock;
	return turns * TURN_MS * NS_PER_MS;
}

static int64_t
wall_ns(const struct clock *clock)
{
	(void)clock;
	return (int64_t)time(NULL) * NS_PER_S;
}

static const struct clock fast = {boot_ns, wall_ns};

static void
print(void *user, enum nmx_log_level level, const char *text)
{
	(void)user;
	fprintf(stderr, "%d %s\n", (int)level, text);
}

_Noreturn static void
die(const char *what)
{
	fprintf(stderr, "store_writer: %s\n", what);
	exit(EXIT_FAILURE);
}

static void
put(struct store *store, const char *domain)
{
	int64_t now = (int64_t)time(NULL);
	struct store_policy policy = {domain,
				      "1",
				      now,
				      now + 86400,
				      NMX_STS_ENFORCE,
				      86400,
				      (const uint8_t *)domain,
				      strlen(domain)};

	if (!store_put(store, &policy))
		die("put");
}

static void
write_on(struct store *store, struct loop *loop, const char *name)
{
	char domain[64], line[128];
	unsigned counted = 0;

	for (unsigned i = 0;; i++) {
		int64_t now = (int64_t)time(NULL);

		if (i % ONE_IN == 1)
			snprintf(domain, sizeof(domain), "shared-%u.test", i % SHARED);
		else
			snprintf(domain, sizeof(domain), "%s-%u.test", name, i);
		put(store, domain);
		if (i % ONE_IN == 0) {
			store_tally(store, now / 86400, name, NMX_TLSRPT_STS, NMX_TLSRPT_SUCCESS,
				    "");
			counted++;
		}
		while (store_unwritten(store)) {
			turns++;
			if (loop_run(loop, false))
				die("loop");
			usleep(100);
		}
		snprintf(line, sizeof(line), "ok %s %" PRId64 " %u\n", domain, now, counted);
		if (write(STDOUT_FILENO, line, strlen(line)) < 0)
			die("stdout");
	}
}

static void
list(struct store *store)
{
	for (size_t i = 0, n = store_count(store); i < n; i++)
		printf("%s %" PRId64 "\n", store_at(store, i)->domain, store_at(store, i)->fetched);
}

int
main(int argc, char **argv)
{
	char line[300] = "";
	struct text error = text_into(line, sizeof(line));
	struct store_settings settings = {argc > 1 ? argv[1] : "", &fast, NULL, print, NULL};
	struct store *store;

	if (loop_new(&fast, &settings.loop) || store_open(&settings, &error, &store))
		die(line);
	if (argc > 2)
		write_on(store, settings.loop, argv[2]);
	list(store);
	store_close(store, false);
	loop_free(settings.loop);
	return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
