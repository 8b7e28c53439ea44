/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A context in a libevent loop: event_loop [OPTION=VALUE] ... DOMAIN ... prints where the mail of each
 * domain goes first, or why it goes nowhere.
 */
#include <event2/event.h>
#include <nextmx.h>
#include <stdio.h>
#include <string.h>

struct app {
	struct event_base *base;
	struct nmx_context *ctx;
	int running;
};

static enum nmx_result
deliver(struct nmx_attempt *attempt, void *user)
{
	const struct nmx_endpoint *e = nmx_attempt_endpoint(attempt);

	(void)user;
	printf("%s: %s port %u\n", nmx_attempt_domain(attempt), nmx_endpoint_address(e),
	       nmx_host_port(nmx_endpoint_host(e)));
	return NMX_STOP_TEMP;
}

static void
reported(int error, struct nmx_report *report, void *user)
{
	struct app *app = user;

	if (error)
		fprintf(stderr, "%s\n", nmx_strerror(error));
	else if (nmx_report_attempt_count(report) == 0)
		printf("%s: %s\n", nmx_report_domain(report), nmx_report_reason(report));
	if (--app->running == 0)
		event_base_loopbreak(app->base);
}

static void
readable(evutil_socket_t fd, short events, void *user)
{
	struct app *app = user;

	(void)fd, (void)events;
	if (nmx_context_dispatch(app->ctx) < 0)
		event_base_loopbreak(app->base);
}

/* What has an equals sign is an option: "stub=test=127.0.0.1@5300". */
static int
open_context(struct app *app, char **arguments, const char **ret_why)
{
	int error = nmx_context_new(&app->ctx);

	for (; *arguments && !error; arguments++) {
		char *value = strchr(*arguments, '=');

		if (value) {
			*value = '\0';
			error = nmx_context_set(app->ctx, *arguments, value + 1, ret_why);
			*value = '=';
		}
	}
	return error ? error : nmx_context_start(app->ctx, ret_why);
}

int
main(int argc, char **argv)
{
	struct app app = {event_base_new(), NULL, 0};
	const char *why = "out of memory";
	struct event *event;
	int i;

	if (!app.base || open_context(&app, argv + 1, &why))
		return fprintf(stderr, "%s\n", why), 1;
	event = event_new(app.base, nmx_context_fd(app.ctx), EV_READ | EV_PERSIST, readable, &app);
	event_add(event, NULL);
	for (i = 1; i < argc; i++)
		if (!strchr(argv[i], '='))
			app.running += nmx_delivery_start(app.ctx, argv[i], deliver, reported, &app,
							  NULL) == 0;
	if (app.running)
		event_base_dispatch(app.base);
	event_free(event);
	nmx_context_free(app.ctx);
	event_base_free(app.base);
	return 0;
}
