/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/answer_reply.h"

bool
answer_is_of_domain(enum question_kind kind)
{
	return kind == QUESTION_ROUTE || kind == QUESTION_EXIM || kind == QUESTION_EXIM_CLASS;
}

void
answer_text(const struct encoder *e, enum reply_status status, enum told told, struct reply *ret)
{
	*ret = (struct reply){status, told, e->buffer, e->length};
}

void
answer_notfound(enum told told, struct reply *ret)
{
	*ret = (struct reply){REPLY_NOTFOUND, told, "", 0};
}

void
answer_temp(enum question_kind kind, const char *status, const char *reason, enum told told,
	    char buffer[static ANSWER_SIZE], struct reply *ret)
{
	struct encoder e = encoder_in(buffer, ANSWER_SIZE);

	if (kind == QUESTION_EXIM || kind == QUESTION_EXIM_CLASS) {
		encode_status(&e, '4', status);
		encode_word(&e, " ");
	}
	encode_reason(&e, reason);
	answer_text(&e, REPLY_TEMP, told, ret);
}

/* class is '4' or '5'. Postfix bounces what "error:" stands before, whatever its status, and Exim
 * what is PERM or class=fail: nothing but class chooses these words. */
static void
fail(enum question_kind kind, char class, const char *status, const char *reason, enum told told,
     char buffer[static ANSWER_SIZE], struct reply *ret)
{
	struct encoder e = encoder_in(buffer, ANSWER_SIZE);
	bool is_final = class == '5';

	if (kind == QUESTION_ROUTE)
		encode_word(&e, is_final ? "error:" : "retry:");
	else if (kind == QUESTION_EXIM_CLASS)
		encode_word(&e, is_final ? "class=fail status=" : "class=defer status=");
	encode_status(&e, class, status);
	encode_word(&e, kind == QUESTION_EXIM_CLASS ? " text=\"" : " ");
	encode_reason(&e, reason);
	if (kind == QUESTION_EXIM_CLASS)
		encode_word(&e, "\"");
	if (kind == QUESTION_EXIM)
		answer_text(&e, is_final ? REPLY_PERM : REPLY_TEMP, told, ret);
	else
		answer_text(&e, REPLY_OK, told, ret);
}

void
answer_defer(enum question_kind kind, const char *status, const char *reason, enum told told,
	     char buffer[static ANSWER_SIZE], struct reply *ret)
{
	if (answer_is_of_domain(kind))
		fail(kind, '4', status, reason, told, buffer, ret);
	else
		answer_temp(kind, status, reason, told, buffer, ret);
}

void
answer_reject(enum question_kind kind, const char *status, const char *reason,
	      char buffer[static ANSWER_SIZE], struct reply *ret)
{
	fail(kind, '5', status, reason, TOLD_REJECT, buffer, ret);
}
