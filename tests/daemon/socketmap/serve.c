/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A socketmap on a loopback port, with the stand-ins of fakes.h, for tests with thousands of
 * connections. It prints its port, then reads commands, a line each, and answers with one:
 *
 *	state		the numbers of print_state()
 *	reply SUBJECT	answers a question that waits: "yes" or "no"
 *	pass MS		moves the clock, which stands else, and ends what is over
 *	drain
 *
 * It ends when its standard input does.
 */
#include <malloc.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bed.h"

static struct bed bed;

/* The lowest free descriptor grows with each that is lost; malloc's octets in use with each block. */
static void
print_state(void)
{
	int lowest = dup(STDIN_FILENO);

	close(lowest);
	printf("connections=%zu refused=%u asked=%u open=%u cancelled=%u logged=%u lowest_fd=%d "
	       "octets=%zu\n",
	       socketmap_connections(bed.socketmap),
	       (unsigned)metric_get(&bed.metrics.refused[PROTOCOL_ROUTE]), fakes.asked, fakes.open,
	       fakes.cancelled, fakes.logged, lowest, mallinfo2().uordblks);
}

static void
obey(const char *command)
{
	if (strcmp(command, "state") == 0) {
		print_state();
	} else if (strncmp(command, "reply ", 6) == 0) {
		puts(fakes_reply(command + 6, REPLY_OK, "late") ? "yes" : "no");
	} else if (strncmp(command, "pass ", 5) == 0) {
		fakes.clock_ms += atoi(command + 5);
		socketmap_sweep(bed.socketmap);
		puts("passed");
	} else if (strcmp(command, "drain") == 0) {
		socketmap_drain(bed.socketmap);
		puts("draining");
	} else {
		puts("what?");
	}
	fflush(stdout);
}

static void
on_command(evutil_socket_t fd, short what, void *user)
{
	char line[256];
	ssize_t n = read(fd, line, sizeof(line) - 1);

	(void)what;
	(void)user;
	if (n <= 0) {
		event_base_loopbreak(bed.env.base);
		return;
	}
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	obey(line);
}

int
main(void)
{
	struct rlimit limit;
	struct event *commands;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	bed_start(&bed, AF_INET);
	bed.config.connections = 4000;
	commands = event_new(bed.env.base, STDIN_FILENO, EV_READ | EV_PERSIST, on_command, NULL);
	if (!commands || event_add(commands, NULL) < 0)
		return EXIT_FAILURE;
	printf("%u\n", ntohs(((struct sockaddr_in *)&bed.address)->sin_port));
	fflush(stdout);
	event_base_dispatch(bed.env.base);
	event_free(commands);
	socketmap_free(bed.socketmap);
	fakes_stop();
	event_base_free(bed.env.base);
	return EXIT_SUCCESS;
}
