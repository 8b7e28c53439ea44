/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One HTTPS GET from one address, in the loop. It has a multi handle of libcurl's to itself, so that no
 * name, connection or session of one transfer can be used by another, and closing it closes all of it.
 * libcurl calls back inside any of its functions: its callbacks note and watch, and no more; whose the
 * transfer is hears of it afterwards, from the loop.
 */
#ifndef NMX_RESOLVER_FETCH_TRANSFER_H
#define NMX_RESOLVER_FETCH_TRANSFER_H

#include "resolver/fetch.h"

struct transfer;
struct x509_store_st;

struct transfer_order {
	struct loop *loop;
	struct x509_store_st *trusted;
	const char *host; /* must outlive the transfer */
	struct address address;
	unsigned connect_ms; /* for TCP and TLS */
	/* Called once, from loop_run(); it may free the transfer. */
	void (*done)(void *user);
	void *user;
};

struct transfer_result {
	enum fetch_fault fault;
	const char *text;
	const uint8_t *body;
	size_t length;
	bool other_may_do; /* the address is at fault, as far as one can see, not the host */
};

/* 0, NMX_E_NOMEM or NMX_E_SYSTEM. */
int transfer_new(const struct transfer_order *order, struct transfer **ret_transfer);
/* Ends it, for time_ms are over: its result is FETCH_TIMEOUT. done is not called. */
void transfer_give_up(struct transfer *transfer, unsigned time_ms);
/* Lent until it is freed. */
struct transfer_result transfer_result(const struct transfer *transfer);
/* Closes the connection; the result stays. */
void transfer_close(struct transfer *transfer);
/* In a forked child: the connection is the parent's, and closing must not be heard by the server. */
void transfer_disown(struct transfer *transfer);
void transfer_free(struct transfer *transfer);

#endif
