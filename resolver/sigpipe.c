/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/sigpipe.h"

#include <time.h>

static bool
sigpipe_is_pending(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

void
sigpipe_guard(struct sigpipe_guard *guard)
{
	sigset_t sigpipe;

	sigemptyset(&sigpipe);
	sigaddset(&sigpipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &sigpipe, &guard->before);
	/* What is not blocked does not stay pending. */
	guard->was_pending = sigismember(&guard->before, SIGPIPE) == 1 && sigpipe_is_pending();
}

void
sigpipe_unguard(const struct sigpipe_guard *guard)
{
	static const struct timespec at_once = {0, 0};
	sigset_t sigpipe;

	sigemptyset(&sigpipe);
	sigaddset(&sigpipe, SIGPIPE);
	if (!guard->was_pending && sigpipe_is_pending())
		sigtimedwait(&sigpipe, NULL, &at_once);
	pthread_sigmask(SIG_SETMASK, &guard->before, NULL);
}
