/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/fetch.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include <nextmx.h>

#include "base/limits.h"
#include "base/list.h"
#include "resolver/fetch_tls.h"
#include "resolver/fetch_transfer.h"

struct fetcher {
	struct loop *loop;
	struct x509_store_st *trusted;
	struct list fetches;
	size_t n_fetches;
};

struct fetch {
	struct list_node node;
	struct fetcher *fetcher;
	struct transfer *transfer; /* NULL only while the next is made */
	struct timer deadline;
	unsigned timeout_ms;
	fetch_done_fn done;
	void *user;
	bool over; /* done is being called */
	char host[LIMIT_NAME + 1];
	char text[1200]; /* the answer's */
	size_t n, next;	 /* addresses, and those that were dialled */
	struct address addresses[];
};

/* ---- Opening -------------------------------------------------------------------------------- */

/* What a libcurl must be like to be used here, whatever the one was that we were built with. */
static int
check_libcurl(struct text *error)
{
	const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
	const char *fault = NULL;

	if (info->version_num < 0x075700)
		fault = "is older than 7.87";
	else if (!info->ssl_version || strncmp(info->ssl_version, "OpenSSL/3", 9) != 0)
		fault = "does not use OpenSSL 3";
	else if (!(info->features & CURL_VERSION_THREADSAFE))
		fault = "cannot be initialised by several threads";
	if (!fault)
		return 0;
	text_printf(error, "libcurl %s %s", info->version, fault);
	return NMX_E_CONFIG;
}

int
fetcher_open(struct loop *loop, const char *ca_file, struct text *error,
	     struct fetcher **ret_fetcher)
{
	struct fetcher *fetcher;
	int result = check_libcurl(error);

	if (result)
		return result;
	fetcher = calloc(1, sizeof(*fetcher));
	if (!fetcher)
		return NMX_E_NOMEM;
	fetcher->loop = loop;
	/* Counted by libcurl, and safe in several threads: see check_libcurl(). */
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(fetcher);
		return NMX_E_NOMEM;
	}
	result = fetch_tls_trust(ca_file, error, &fetcher->trusted);
	if (result)
		fetcher_close(fetcher, false);
	else
		*ret_fetcher = fetcher;
	return result;
}

void
fetcher_close(struct fetcher *fetcher, bool forked)
{
	if (!fetcher)
		return;
	while (fetcher->fetches.first) {
		struct fetch *fetch = LIST_THING(fetcher->fetches.first, struct fetch, node);

		if (forked)
			transfer_disown(fetch->transfer);
		fetch_cancel(fetch);
	}
	fetch_tls_distrust(fetcher->trusted);
	curl_global_cleanup();
	free(fetcher);
}

void
fetch_print_version(struct text *text)
{
	text_printf(text, "libcurl %s", curl_version_info(CURLVERSION_NOW)->version);
}

/* ---- Ending --------------------------------------------------------------------------------- */

static void
unlink_fetch(struct fetch *fetch)
{
	if (fetch->over)
		return;
	fetch->over = true;
	loop_cancel_timer(fetch->fetcher->loop, &fetch->deadline);
	list_remove(&fetch->fetcher->fetches, &fetch->node);
	fetch->fetcher->n_fetches--;
}

/* What the last address was like, and that it was not the only one. */
static const char *
whole_text(struct fetch *fetch, const char *why)
{
	struct text text = text_into(fetch->text, sizeof(fetch->text));

	text_add(&text, why);
	if (fetch->next > 1)
		text_printf(&text, "; %zu other address%s failed before", fetch->next - 1,
			    fetch->next > 2 ? "es" : "");
	return fetch->text;
}

/* Everything is given back before the caller hears of it, for it may start the next at once. */
static void
finish(struct fetch *fetch, enum fetch_fault fault, const char *why)
{
	struct fetch_answer answer = {.fault = fault, .text = why};

	unlink_fetch(fetch);
	if (fetch->transfer) {
		struct transfer_result result = transfer_result(fetch->transfer);

		answer = (struct fetch_answer){result.fault, result.text, result.body,
					       result.length};
		transfer_close(fetch->transfer);
	}
	if (answer.fault)
		answer.text = whole_text(fetch, answer.text);
	fetch->done(fetch->user, &answer);
	transfer_free(fetch->transfer);
	free(fetch);
}

void
fetch_cancel(struct fetch *fetch)
{
	if (fetch->over)
		return;
	unlink_fetch(fetch);
	transfer_free(fetch->transfer);
	free(fetch);
}

/* ---- Addresses in turn ---------------------------------------------------------------------- */

static void transfer_ended(void *user);

/*
 * libcurl would dial addresses of both families at once; we dial one after another, as they were given.
 * Each has an equal share of the time that is left to come to TLS; once there, and the last one in any
 * case, until the deadline.
 */
static int
dial_next(struct fetch *fetch)
{
	struct loop *loop = fetch->fetcher->loop;
	int64_t left_ms = (fetch->deadline.at - loop_now(loop)) / NS_PER_MS;
	size_t n_left = fetch->n - fetch->next;
	struct transfer_order order = {
		.loop = loop,
		.trusted = fetch->fetcher->trusted,
		.host = fetch->host,
		.address = fetch->addresses[fetch->next],
		.connect_ms = fetch->timeout_ms,
		.done = transfer_ended,
		.user = fetch,
	};

	if (n_left > 1 && left_ms > 0)
		order.connect_ms = (unsigned)(left_ms / (int64_t)n_left) + 1;
	fetch->next++;
	return transfer_new(&order, &fetch->transfer);
}

static void
transfer_ended(void *user)
{
	struct fetch *fetch = user;
	struct transfer_result result = transfer_result(fetch->transfer);

	if (!result.other_may_do || fetch->next == fetch->n) {
		finish(fetch, result.fault, result.text);
		return;
	}
	transfer_free(fetch->transfer);
	fetch->transfer = NULL;
	if (dial_next(fetch))
		finish(fetch, FETCH_SYSTEM, "out of memory");
}

static void
deadline_is_over(struct timer *timer)
{
	struct fetch *fetch = (struct fetch *)((char *)timer - offsetof(struct fetch, deadline));

	transfer_give_up(fetch->transfer, fetch->timeout_ms);
	finish(fetch, FETCH_TIMEOUT, "");
}

/* ---- Starting ------------------------------------------------------------------------------- */

/* Nothing that would end the host's part of a URL. */
static bool
is_host(const char *host)
{
	size_t n = strlen(host);

	return n > 0 && n <= LIMIT_NAME &&
	       strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
		       n;
}

static struct fetch *
new_fetch(struct fetcher *fetcher, const char *host, const struct address *addresses, size_t n)
{
	struct fetch *fetch = calloc(1, sizeof(*fetch) + n * sizeof(*addresses));

	if (!fetch)
		return NULL;
	fetch->fetcher = fetcher;
	fetch->n = n;
	memcpy(fetch->host, host, strlen(host));
	memcpy(fetch->addresses, addresses, n * sizeof(*addresses));
	fetch->deadline.fire = deadline_is_over;
	list_add_last(&fetcher->fetches, &fetch->node);
	fetcher->n_fetches++;
	return fetch;
}

int
fetch_start(struct fetcher *fetcher, const char *host, const struct address *addresses, size_t n,
	    unsigned timeout_ms, fetch_done_fn done, void *user, struct fetch **ret_fetch)
{
	struct fetch *fetch;
	int result;

	if (n == 0 || !is_host(host))
		return NMX_E_INVALID;
	if (fetcher->n_fetches >= LIMIT_FETCHES)
		return NMX_E_LIMIT;
	fetch = new_fetch(fetcher, host, addresses, n);
	if (!fetch)
		return NMX_E_NOMEM;
	fetch->timeout_ms = timeout_ms;
	fetch->done = done;
	fetch->user = user;
	result = loop_set_timer(fetcher->loop, &fetch->deadline,
				loop_now(fetcher->loop) + (int64_t)timeout_ms * NS_PER_MS);
	if (result == 0)
		result = dial_next(fetch);
	if (result)
		fetch_cancel(fetch);
	else
		*ret_fetch = fetch;
	return result;
}
