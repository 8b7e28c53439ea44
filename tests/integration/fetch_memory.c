/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that runs out in a fetch, once at each allocation in turn, ours, libcurl's and OpenSSL's:
 *
 *	fetch_memory CA-FILE HOST ADDRESS STEP < POLICY
 *
 * Only ours from libcurl 8 on: 8.14 hands OpenSSL the NULL of an SSL_new() that failed, and dies of it.
 * Opens, fetches and closes, again and again. What comes of it must be an error, a fault, or the
 * policy. Behind the first hundreds only each STEPth allocation fails, for time's sake. Prints how many
 * allocations there were, and how many fetches were good, faulty and not begun.
 */
#include <curl/curl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nextmx.h>

#include "resolver/fetch.h"

enum { ALL_OF = 400, TIMEOUT_MS = 3000, LARGEST = 65536 };

/* Counts down to the allocation that fails; negative: none does. */
static long countdown = -1;
static uint8_t policy[LARGEST];
static size_t length;
static size_t good, faulty, not_begun;
static bool waiting;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

static bool
fails(void)
{
	return countdown >= 0 && countdown-- == 0;
}

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

static char *
wrap_strdup(const char *text)
{
	return fails() ? NULL : strdup(text);
}

static void *
ssl_malloc(size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return size == 0 ? NULL : __wrap_malloc(size);
}

static void *
ssl_realloc(void *old, size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return __wrap_realloc(old, size);
}

static void
ssl_free(void *old, const char *file, int line)
{
	(void)file, (void)line;
	free(old);
}

__attribute__((noreturn)) static void
die(const char *what)
{
	fprintf(stderr, "fetch_memory: %s\n", what);
	exit(EXIT_FAILURE);
}

static void
done(void *user, const struct fetch_answer *answer)
{
	(void)user;
	waiting = false;
	if (answer->fault) {
		faulty++;
		if (!*answer->text)
			die("a fault says nothing");
		return;
	}
	good++;
	if (answer->length != length || memcmp(answer->body, policy, length) != 0)
		die("another policy");
}

static int
fetch(struct loop *loop, const char *ca_file, const char *host, const struct address *address)
{
	char buffer[512];
	struct text error = text_into(buffer, sizeof(buffer));
	struct fetcher *fetcher;
	struct fetch *started;
	struct pollfd fd = {.fd = loop_fd(loop), .events = POLLIN};
	int result = fetcher_open(loop, ca_file, &error, &fetcher);

	if (result)
		return result;
	result = fetch_start(fetcher, host, address, 1, TIMEOUT_MS, done, NULL, &started);
	waiting = result == 0;
	while (waiting) {
		loop_settle(loop, false);
		poll(&fd, 1, -1);
		if (loop_run(loop, false))
			die("the loop failed");
	}
	fetcher_close(fetcher, false);
	return result;
}

/* False if there were fewer allocations than that. */
static bool
try_once(long at, char **argv, const struct address *address)
{
	struct loop *loop;
	bool failed;
	int result;

	if (loop_new(&clock_system, &loop))
		die("no loop");
	countdown = at;
	result = fetch(loop, argv[1], argv[2], address);
	failed = countdown < 0;
	countdown = -1;
	loop_free(loop);
	ERR_clear_error();
	if (result)
		not_begun++;
	if (result && result != NMX_E_NOMEM && result != NMX_E_SYSTEM && result != NMX_E_CONFIG)
		die("another error");
	return failed;
}

int
main(int argc, char **argv)
{
	bool all = curl_version_info(CURLVERSION_NOW)->version_num < 0x080000;
	struct address address;
	long n = 0, step;

	if (argc != 5 || !address_from_text(argv[3], &address) || (step = atol(argv[4])) < 1)
		die("usage");
	if (all && (!CRYPTO_set_mem_functions(ssl_malloc, ssl_realloc, ssl_free) ||
		    curl_global_init_mem(CURL_GLOBAL_DEFAULT, __wrap_malloc, free, __wrap_realloc,
					 wrap_strdup, __wrap_calloc) != CURLE_OK))
		die("too late");
	length = fread(policy, 1, sizeof(policy), stdin);
	try_once(-1, argv, &address); /* what OpenSSL makes once */
	if (good != 1)
		die("no good fetch");
	while (try_once(n, argv, &address))
		n += n < ALL_OF ? 1 : step;
	if (all)
		curl_global_cleanup();
	printf("%d %ld %zu %zu %zu\n", all, n, good, faulty, not_begun);
	return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
