/* SPDX-License-Identifier: BSD-2-Clause */
/* Delivers with a blocking call: blocking DOMAIN [OPTION VALUE] ... The attempts are only printed, and all fail. */
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
	int i, error;

	if (argc < 2)
		return fprintf(stderr, "which domain?\n"), 1;
	error = nmx_context_new(&ctx);
	for (i = 2; !error && i + 1 < argc; i += 2)
		error = nmx_context_set(ctx, argv[i], argv[i + 1], &why);
	if (error || nmx_context_start(ctx, &why))
		return fprintf(stderr, "%s\n", why), 1;
	error = nmx_deliver(ctx, argv[1], deliver, NULL, &report);
	if (error)
		return fprintf(stderr, "%s\n", nmx_strerror(error)), 1;
	printf("%s: %s\n", nmx_report_status(report), nmx_report_reason(report));
	nmx_report_unref(report);
	nmx_context_free(ctx);
	return 0;
}
