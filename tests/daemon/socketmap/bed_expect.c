/* SPDX-License-Identifier: BSD-2-Clause */
#include "bed.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void
bed_stop(struct bed *bed)
{
	fakes.fail_at = 0;
	socketmap_free(bed->socketmap);
	CHECK(fakes.open == 0, "%u questions nobody waits for", fakes.open);
	CHECK(metric_get(&bed->metrics.connections_now[PROTOCOL_ROUTE]) == 0, "connections_now");
	CHECK(!bed->env.socketmaps, "the list");
	fakes_stop();
	event_base_free(bed->env.base);
	close(bed->listening);
}

/* At least one octet, or 0 at the end. */
static size_t
receive(struct bed *bed, int client, char *octets, size_t most)
{
	for (;;) {
		ssize_t n = recv(client, octets, most, MSG_DONTWAIT);

		if (n >= 0)
			return (size_t)n;
		if (errno != EAGAIN)
			return 0;
		event_base_loop(bed->env.base, EVLOOP_ONCE);
	}
}

void
bed_expect(struct bed *bed, int client, const char *text)
{
	static char got[128 * 1024];
	size_t n = 0, wanted = strlen(text);

	while (n < wanted) {
		size_t more = receive(bed, client, got + n, wanted - n);

		if (more == 0)
			break;
		n += more;
	}
	got[n] = '\0';
	CHECK_TEXT(got, text, "what is received");
}

void
bed_expect_reply(struct bed *bed, int client, const char *reply)
{
	char text[1024];

	snprintf(text, sizeof(text), "%zu:%s,", strlen(reply), reply);
	bed_expect(bed, client, text);
}

void
bed_expect_nothing(struct bed *bed, int client)
{
	char octets[100];
	ssize_t n;

	bed_settle(bed);
	n = recv(client, octets, sizeof(octets), MSG_DONTWAIT);
	CHECK(n < 0 && errno == EAGAIN, "%zd octets: \"%.*s\"", n, n > 0 ? (int)n : 0, octets);
}

void
bed_expect_end(struct bed *bed, int client)
{
	char octets[100];
	size_t n = receive(bed, client, octets, sizeof(octets));

	CHECK(n == 0, "\"%.*s\" in place of the end", (int)n, octets);
}
