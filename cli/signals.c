/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/signals.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/cli.h"

bool
signals_hold(struct signals *s)
{
	static const int numbers[] = {SIGHUP, SIGINT, SIGTERM};

	sigemptyset(&s->ending);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct sigaction action;

		if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&s->ending, numbers[i]);
	}
	s->fd = signalfd(-1, &s->ending, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->fd < 0) {
		complain("no descriptor for signals: %s", strerror(errno));
		return false;
	}
	pthread_sigmask(SIG_BLOCK, &s->ending, &s->before);
	return true;
}

void
signals_release(struct signals *s)
{
	close(s->fd);
	pthread_sigmask(SIG_SETMASK, &s->before, NULL);
}

int
signals_read(const struct signals *s)
{
	struct signalfd_siginfo info;

	return read(s->fd, &info, sizeof(info)) == sizeof(info) ? (int)info.ssi_signo : 0;
}

void
signals_end(int number)
{
	sigset_t only;

	sigemptyset(&only);
	sigaddset(&only, number);
	raise(number);
	pthread_sigmask(SIG_UNBLOCK, &only, NULL);
}
