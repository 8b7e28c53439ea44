/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/deadline.h"

#include "policy/hosts.h"

bool
deadline_has_addresses(const struct host *host)
{
	return host->answers && host->answers->a.state != ANSWER_TIMEOUT &&
	       host->answers->aaaa.state != ANSWER_TIMEOUT;
}

static void
put_out(const struct stage *stage, struct host *host, enum why_code why, struct notes *notes)
{
	hosts_drop(notes, stage, host, NMX_DROP_ADDRESS_FAILED, why);
	host->out = true;
	host->undecided = true;
}

/* What is out for another reason stays out for that; TLS has put out what it could not decide. */
static void
put_undecided_out(struct stage *stage, struct notes *notes)
{
	for (size_t i = 0; i < stage->n_hosts; i++)
		if (!stage->hosts[i].out && !deadline_has_addresses(&stage->hosts[i]))
			put_out(stage, &stage->hosts[i], WHY_DROP_UNDECIDED, notes);
}

/*
 * The best tier that is not proven empty must have a host that is decided and usable, else nothing of
 * the stage is used: a backup is no substitute for a server that was slow in DNS.
 */
void
deadline_cut(struct stage *stage, struct notes *notes)
{
	bool undecided = false;
	size_t i = 0;

	put_undecided_out(stage, notes);
	while (i < stage->n_hosts && !undecided) {
		unsigned priority = stage->hosts[i].priority;
		bool usable = false;

		for (; i < stage->n_hosts && stage->hosts[i].priority == priority; i++) {
			usable |= !stage->hosts[i].out;
			undecided |= stage->hosts[i].undecided;
		}
		if (usable)
			return;
	}
	for (; i < stage->n_hosts; i++)
		if (!stage->hosts[i].out)
			put_out(stage, &stage->hosts[i], WHY_DROP_UNDECIDED_BETTER, notes);
}
