/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenSSL without memory, at each allocation in turn: "not known", never "no". */
#include "base/x509.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "keys.h"
#include "unit.h"

const char unit_name[] = "base/x509, memory";

/* Counts down to the allocation that fails; negative: none does. */
static long countdown = -1;
static bool goes_on; /* all after it fail, too */

static bool
fails(void)
{
	if (countdown < 0)
		return false;
	if (countdown > 0) {
		countdown--;
		return false;
	}
	if (!goes_on)
		countdown = -1;
	return true;
}

static void *
failing_malloc(size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return size == 0 || fails() ? NULL : malloc(size);
}

static void *
failing_realloc(void *old, size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return fails() ? NULL : realloc(old, size);
}

static void
plain_free(void *old, const char *file, int line)
{
	(void)file, (void)line;
	free(old);
}

static uint8_t *
octets(const char *hex, size_t *ret_length)
{
	size_t n = strlen(hex) / 2;
	uint8_t *bytes = malloc(n + 1);

	for (size_t i = 0; i < n; i++) {
		char digits[] = {hex[2 * i], hex[2 * i + 1], '\0'};

		bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	*ret_length = n;
	return bytes;
}

static void
warm_up(void)
{
	static const char *const good[] = {KEYS_CERTIFICATE, KEYS_KEY, KEYS_RSA};

	for (size_t i = 0; i < N_OF(good); i++) {
		size_t length;
		uint8_t *data = octets(good[i], &length);

		CHECK(x509_is_certificate(data, length) + x509_is_public_key(data, length) == 1,
		      "%zu", i);
		free(data);
	}
}

/* Returns how often it was not known. */
static unsigned
fail_each(enum x509_result (*ask)(const uint8_t *data, size_t length), const char *hex)
{
	unsigned unknown = 0, failed = 0;
	size_t length;
	uint8_t *data = octets(hex, &length);

	for (long at = 0; at < 100000; at++) {
		enum x509_result result;
		bool reached;

		countdown = at;
		result = ask(data, length);
		reached = goes_on ? countdown == 0 : countdown < 0;
		countdown = -1;
		if (!reached)
			break;
		failed++;
		unknown += result == X509_NOMEM;
		CHECK(result != X509_NO, "allocation %ld of %.8s", at, hex);
	}
	CHECK(failed > 0, "%.8s: something was allocated", hex);
	free(data);
	return unknown;
}

static void
an_allocation_that_fails_is_no_answer(void)
{
	static bool begun;

	if (!begun)
		CHECK(CRYPTO_set_mem_functions(failing_malloc, failing_realloc, plain_free),
		      "before OpenSSL's first allocation");
	begun = true;
	/* Once with memory, for OpenSSL that fails while it sets itself up may never recover. */
	warm_up();
	for (int i = 0; i < 2; i++) {
		unsigned unknown = 0;

		goes_on = i == 1;
		unknown += fail_each(x509_is_certificate, KEYS_CERTIFICATE);
		unknown += fail_each(x509_is_public_key, KEYS_KEY);
		unknown += fail_each(x509_is_public_key, KEYS_RSA);
		CHECK(!goes_on || unknown > 0, "memory that stays away is seen");
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(an_allocation_that_fails_is_no_answer),
	CU_TEST_INFO_NULL,
};
