/* SPDX-License-Identifier: BSD-2-Clause */
/* Every allocation of the reading fails in turn: an error that says so, nothing left behind. */
#include "daemon/config_parse.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

const char unit_name[] = "daemon/config without memory";

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

static int left = -1; /* allocations until one fails; below zero none does */

static bool
fails(void)
{
	return left >= 0 && left-- == 0;
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

char *
__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

static const char text[] =
	"[daemon]\nsocketmap = inet:127.0.0.1:1,inet:127.0.0.1:2,inet:127.0.0.1:3\n"
	"pass-domains = a.example, b.example, c.example\nlog-why = d.example\n"
	"[resolver]\nsrv = off\nfamily = 4\nown-ports = 25\n";

static void
each_in_turn(void)
{
	int n;

	for (n = 0; n < 100; n++) {
		struct config *config = NULL;
		char error[256] = "";
		char *copy = __real_malloc(sizeof(text));
		bool good;

		if (!CHECK(copy != NULL, "memory"))
			return;
		memcpy(copy, text, sizeof(text));
		left = n;
		good = config_parse("F", copy, sizeof(text) - 1, &config, error, sizeof(error));
		if (good) {
			left = -1;
			CHECK(config->n_pass == 3 && config->n_settings == 3, "whole");
			config_free(config);
			break;
		}
		CHECK(left == -1 && config == NULL, "%d", n);
		CHECK(strstr(error, "out of memory") && error[0] == 'F', "%d: %s", n, error);
		left = -1;
	}
	/* The object, its path, and what grew: 1, 2, 4 of three kinds, 1 of two. */
	CHECK(n >= 12 && n < 100, "%d allocations", n);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(each_in_turn),
	CU_TEST_INFO_NULL,
};
