/* SPDX-License-Identifier: BSD-2-Clause */
/* Delivers with a blocking call: blocking DOMAIN. The attempts are only printed, and all of them fail. */
#include <nextmx.h>
#include <stdio.h>

static enum nmx_result
deliver(struct nmx_attempt *attempt, void *user)
{
	const struct nmx_endpoint *e = nmx_attempt_endpoint(attempt);

	(void)user;
	printf("%u. %s port %u, TLS %s\n", nmx_attempt_number(attempt), nmx_endpoint_address(e),
	       nmx_host_port(nmx_endpoint_host(e)), nmx_tls_name(nmx_endpoint_tls(e)));
	return nmx_attempt_set_result(attempt, NMX_CAUSE_CONNECT, 0, NULL, "not tried");
}

int
main(int argc, char **argv)
{
	struct nmx_context *ctx;
	struct nmx_report *report;
	const char *why = "out of memory";

	if (argc != 2 || nmx_context_new(&ctx) || nmx_context_start(ctx, &why))
		return fprintf(stderr, "%s\n", argc == 2 ? why : "which domain?"), 1;
	if (nmx_deliver(ctx, argv[1], deliver, NULL, &report) == 0) {
		printf("%s: %s\n", nmx_report_status(report), nmx_report_reason(report));
		nmx_report_unref(report);
	}
	nmx_context_free(ctx);
	return 0;
}
