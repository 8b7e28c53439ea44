/* SPDX-License-Identifier: BSD-2-Clause */
/* Replies that name no host, in the form of each map; see the tables of answer.h. */
#ifndef NMX_DAEMON_ANSWER_REPLY_H
#define NMX_DAEMON_ANSWER_REPLY_H

#include "daemon/answer.h"
#include "daemon/encode.h"

/* Whether the map is asked about domains, and not about hosts. */
bool answer_is_of_domain(enum question_kind kind);

/* What the encoder has written, as it is. */
void answer_text(const struct encoder *e, enum reply_status status, enum told told,
		 struct reply *ret);
void answer_notfound(enum told told, struct reply *ret);
/* TEMP, which defers in every map; with the status where Exim reads it. */
void answer_temp(enum question_kind kind, const char *status, const char *reason, enum told told,
		 char buffer[static ANSWER_SIZE], struct reply *ret);
/* The mail is deferred: TEMP where hosts are asked about. */
void answer_defer(enum question_kind kind, const char *status, const char *reason, enum told told,
		  char buffer[static ANSWER_SIZE], struct reply *ret);
/* The mail goes back to its sender; of domains only. */
void answer_reject(enum question_kind kind, const char *status, const char *reason,
		   char buffer[static ANSWER_SIZE], struct reply *ret);

#endif
