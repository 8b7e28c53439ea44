/* SPDX-License-Identifier: BSD-2-Clause */
/* What it all means: outcome, enhanced status code and reason (RULES OUT-1, OUT-2, OUT-4). */
#ifndef NMX_POLICY_STATUS_H
#define NMX_POLICY_STATUS_H

#include "policy/select.h"

enum status_cause { CAUSE_NONE, CAUSE_PERMANENT, CAUSE_LOCAL, CAUSE_TEMPORARY };

/* RULES OUT-4. */
enum status_cause status_cause_of(enum nmx_drop_code code);

struct verdict {
	enum nmx_outcome outcome;
	char code[8]; /* "4.4.3" */
	const char *reason;
};

struct status_input {
	const struct policy_settings *settings;
	const struct selection *sel;
	const struct notes *notes;
	const uint8_t *domain; /* NULL for a literal */
	const char *text;      /* as asked */
	bool deliverable;      /* an endpoint is left */
	bool overloaded;       /* a question was not asked for max-questions */
};

/* The reason is in the notes' arena. */
struct verdict status_decide(const struct status_input *in);

#endif
