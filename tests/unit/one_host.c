/* SPDX-License-Identifier: BSD-2-Clause */
#include "one_host.h"

#include <string.h>

#include "policy/addresses.h"
#include "unit.h"

void
one_host_judge(struct one_host *t, const char *options, enum nmx_source source, const char *naming,
	       const char *a, const char *aaaa)
{
	memset(t, 0, sizeof(*t));
	t->bench = bench_new(options);
	t->answers.a = bench_answer(t->bench, RR_A, a);
	t->answers.aaaa = bench_answer(t->bench, RR_AAAA, aaaa);
	t->host = (struct host){.priority = 10,
				.port = 25,
				.name = bench_name(t->bench, "mx.example"),
				.answers = &t->answers};
	t->stage = (struct stage){.source = source,
				  .security =
					  strcmp(naming, "secure") == 0 ? NMX_SECURE : NMX_INSECURE,
				  .hosts = &t->host,
				  .n_hosts = 1};
	CHECK(addresses_judge(&t->stage, &t->bench->settings, false, &t->bench->notes), "memory");
}

const char *
one_host_addresses(const struct one_host *t)
{
	static char buffer[4096];
	struct text text = text_into(buffer, sizeof(buffer));

	for (size_t i = 0; i < t->host.n_addresses; i++) {
		text_printf(&text, "%s", i ? " " : "");
		address_print(&text, &t->host.addresses[i].address);
		text_printf(&text, "/%s", nmx_security_name(t->host.addresses[i].security));
	}
	return buffer;
}
