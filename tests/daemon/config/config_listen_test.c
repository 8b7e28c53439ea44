/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/config_parse.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "unit.h"

const char unit_name[] = "daemon/config_listen";

#define FORMS "expected inet:ADDRESS:PORT, inet:[ADDRESS]:PORT or unix:PATH[:MODE]"
#define PORT "expected a port of 1-65535 behind the last colon"
#define ADDRESS "expected an IPv4 address, or an IPv6 address in brackets; names are not looked up"
#define WHOLE "expected the whole path of a socket, from / on"
#define MODE "expected an octal mode of 0-777 behind the colon"

/* What it becomes, "family address port mode", or the fault behind "listener "TEXT": ". */
static const struct {
	const char *text, *good, *bad;
} forms[] = {
	{"inet:127.0.0.1:8461", "4 127.0.0.1 8461 0", NULL},
	{"inet:192.0.2.1:1", "4 192.0.2.1 1 0", NULL},
	{"inet:0.0.0.0:65535", "4 0.0.0.0 65535 0", NULL},
	{"inet:[::1]:8461", "6 ::1 8461 0", NULL},
	{"inet:[2001:DB8::1]:8461", "6 2001:db8::1 8461 0", NULL},
	{"unix:/run/nextmx/http", "u /run/nextmx/http 0 660", NULL},
	{"unix:/run/a b:600", "u /run/a b 0 600", NULL},
	{"unix:/run/a:0777", "u /run/a 0 777", NULL},
	{"unix:/a:0", "u /a 0 0", NULL},
	{"127.0.0.1:8461", NULL, FORMS},
	{"tcp:127.0.0.1:8461", NULL, FORMS},
	{"inet", NULL, FORMS},
	{"inet:", NULL, FORMS},
	{"inet:8461", NULL, FORMS},
	{"Inet:127.0.0.1:1", NULL, FORMS},
	{"inet::8461", NULL, ADDRESS},
	{"inet:localhost:8461", NULL, ADDRESS},
	{"inet:127.1:8461", NULL, ADDRESS},
	{"inet:::1:8461", NULL, ADDRESS},
	{"inet:[127.0.0.1]:8461", NULL, ADDRESS},
	{"inet:[::ffff:127.0.0.1]:8461", NULL, ADDRESS},
	{"inet:[fe80::1%lo]:8461", NULL, ADDRESS},
	{"inet:[]:8461", NULL, ADDRESS},
	{"inet:[:8461", NULL, ADDRESS},
	{"inet:[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001]:1", NULL, ADDRESS},
	{"inet:127.0.0.1", NULL, FORMS},
	{"inet:127.0.0.1:", NULL, PORT},
	{"inet:127.0.0.1:0", NULL, PORT},
	{"inet:127.0.0.1:65536", NULL, PORT},
	{"inet:127.0.0.1:4294967297", NULL, PORT},
	{"inet:127.0.0.1:-1", NULL, PORT},
	{"inet:127.0.0.1:smtp", NULL, PORT},
	{"inet:[::1]", NULL, PORT},
	{"unix:", NULL, WHOLE},
	{"unix:/", NULL, WHOLE},
	{"unix:run/a", NULL, WHOLE},
	{"unix:@a", NULL, WHOLE},
	{"unix:/run/", NULL, WHOLE},
	{"unix::600", NULL, WHOLE},
	{"unix:/run/a:", NULL, MODE},
	{"unix:/run/a:888", NULL, MODE},
	{"unix:/run/a:1777", NULL, MODE},
	{"unix:/run/a:rw", NULL, MODE},
	{"unix:/run/a:b:600", NULL, MODE},
};

static void
show(const struct listen_spec *spec, char *text, size_t size)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)&spec->address;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&spec->address;
	const struct sockaddr_un *un = (const struct sockaddr_un *)&spec->address;
	char host[64];

	switch (spec->address.ss_family) {
	case AF_INET:
		snprintf(text, size, "4 %s %u %o",
			 inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host)), ntohs(in->sin_port),
			 (unsigned)spec->mode);
		break;
	case AF_INET6:
		snprintf(text, size, "6 %s %u %o",
			 inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host)),
			 ntohs(in6->sin6_port), (unsigned)spec->mode);
		break;
	default:
		snprintf(text, size, "u %s 0 %o", un->sun_path, (unsigned)spec->mode);
		CHECK(spec->length ==
			      offsetof(struct sockaddr_un, sun_path) + strlen(un->sun_path) + 1,
		      "%s", spec->text);
	}
}

static void
every_form(void)
{
	for (size_t i = 0; i < N_OF(forms); i++) {
		struct listen_spec spec;
		struct fault fault = {0, ""};
		char text[512];

		if (config_listen_read(forms[i].text, 7, &spec, &fault)) {
			show(&spec, text, sizeof(text));
			CHECK(forms[i].good != NULL, "%s", forms[i].text);
			if (forms[i].good)
				CHECK_TEXT(text, forms[i].good, "%s", forms[i].text);
			CHECK(spec.text == forms[i].text && spec.line == 7, "%s", forms[i].text);
		} else {
			snprintf(text, sizeof(text), "listener \"%s\": %s", forms[i].text,
				 forms[i].bad ? forms[i].bad : "nothing");
			CHECK_TEXT(fault.text, text, "%s", forms[i].text);
			CHECK(fault.line == 7, "%s", forms[i].text);
		}
	}
}

/* The longest path fits in with its final zero. */
static void
paths_have_a_longest(void)
{
	char text[256] = "unix:/";
	struct listen_spec spec;
	struct fault fault = {0, ""};

	memset(text + 6, 'a', 106);
	CHECK(config_listen_read(text, 1, &spec, &fault), "%s", fault.text);
	CHECK(spec.length <= sizeof(struct sockaddr_un), "%u", spec.length);
	text[6 + 106] = 'a';
	CHECK(!config_listen_read(text, 1, &spec, &fault), "one more");
	CHECK(strstr(fault.text, "the path is longer than 107 octets"), "%s", fault.text);
}

/* ---- Together --------------------------------------------------------------------------------- */

#define REMOTE                                                                             \
	"other machines could ask, and there is no authentication; if that is meant, set " \
	"allow-remote = yes"

/* Lines 2 and on of [daemon]; what is wrong with them, or NULL. */
static const struct {
	const char *lines, *error;
} together[] = {
	{"socketmap = inet:127.0.0.1:1, inet:127.0.0.1:2, inet:127.255.0.1:1, inet:[::1]:1", NULL},
	{"http = inet:192.0.2.1:1", "F:2: listener \"inet:192.0.2.1:1\": " REMOTE},
	{"http = inet:0.0.0.0:1", "F:2: listener \"inet:0.0.0.0:1\": " REMOTE},
	{"http = inet:[::]:1", "F:2: listener \"inet:[::]:1\": " REMOTE},
	{"socketmap = inet:[2001:db8::1]:1", "F:2: listener \"inet:[2001:db8::1]:1\": " REMOTE},
	{"allow-remote = no\nhttp = inet:10.0.0.1:1", "F:3: listener \"inet:10.0.0.1:1\": " REMOTE},
	{"allow-remote = yes\nhttp = inet:10.0.0.1:1", NULL},
	{"http = inet:10.0.0.1:1\nallow-remote = on", NULL},
	{"http = unix:/a:600\nsocketmap = unix:/b:600", NULL},
	{"http = unix:/a:600\nhttp = unix:/a:660",
	 "F:3: listener \"unix:/a:660\" stands already in line 2"},
	{"http = unix:/a\nsocketmap = unix:/a",
	 "F:3: listener \"unix:/a\" stands already in line 2"},
	{"socketmap = unix:/a\nhttp = unix:/a",
	 "F:3: listener \"unix:/a\" stands already in line 2"},
	{"socketmap = inet:[::1]:1\nhttp = inet:[0:0::1]:1",
	 "F:3: listener \"inet:[0:0::1]:1\" stands already in line 2"},
	{"socketmap = unix:/a,unix:/a", "F:2: listener \"unix:/a\" stands already in line 2"},
	{"http = inet:127.0.0.1:8461",
	 "F:2: listener \"inet:127.0.0.1:8461\": this is where the other protocol listens by "
	 "default; give both"},
	{"socketmap = unix:/run/nextmx/http",
	 "F:2: listener \"unix:/run/nextmx/http\": this is where the other protocol listens by "
	 "default; give both"},
};

static void
whether_they_can_stand_together(void)
{
	for (size_t i = 0; i < N_OF(together); i++) {
		char text[512], error[1024] = "";
		struct config *config = NULL;
		int n = snprintf(text, sizeof(text), "[daemon]\n%s\npass-domains = none\n",
				 together[i].lines);
		char *copy = strdup(text);

		if (!copy)
			abort();
		config_parse("F", copy, (size_t)n, &config, error, sizeof(error));
		CHECK_TEXT(error, together[i].error ? together[i].error : "", "%s",
			   together[i].lines);
		config_free(config);
	}
}

static void
there_are_at_most_32(void)
{
	char text[2048] = "[daemon]\npass-domains = none\n", error[1024] = "";
	struct config *config = NULL;
	size_t n = strlen(text);

	for (int i = 0; i < 32; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "http = inet:127.0.0.1:%d\n",
				      i + 1);
	CHECK(config_parse("F", strdup(text), n, &config, error, sizeof(error)) &&
		      config->n_https == 32,
	      "%s", error);
	config_free(config);
	n += (size_t)snprintf(text + n, sizeof(text) - n, "http = inet:127.0.0.1:99\n");
	CHECK(!config_parse("F", strdup(text), n, &config, error, sizeof(error)), "33");
	CHECK_TEXT(error, "F:35: more than 32 listeners of a kind", "33");
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(every_form),
	UNIT_TEST(paths_have_a_longest),
	UNIT_TEST(whether_they_can_stand_together),
	UNIT_TEST(there_are_at_most_32),
	CU_TEST_INFO_NULL,
};
