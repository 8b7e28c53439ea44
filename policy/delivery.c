/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/delivery.h"

#include <string.h>

#include "base/text.h"
#include "policy/ports.h"

/*
 * RULES SRV-16:
 *
 *	none                            delivered
 *	connect, greeting, TLS, 4xx     the next endpoint
 *	5xx before MAIL                 port 25: stop; else the next: who listens there may not relay
 *	5xx to MAIL, RCPT, DATA         stop
 */
enum nmx_result
delivery_result_of(enum nmx_cause cause, uint16_t port)
{
	switch (cause) {
	case NMX_CAUSE_NONE:
		return NMX_DELIVERED;
	case NMX_CAUSE_CONNECT:
	case NMX_CAUSE_GREETING:
	case NMX_CAUSE_TLS:
	case NMX_CAUSE_4XX:
		return NMX_TRY_NEXT;
	case NMX_CAUSE_EARLY_5XX:
		return port == PORT_SMTP ? NMX_STOP_PERM : NMX_TRY_NEXT;
	case NMX_CAUSE_5XX:
		return NMX_STOP_PERM;
	}
	return NMX_STOP_TEMP;
}

bool
delivery_was_contacted(const struct tried *tried)
{
	return tried->result == NMX_DELIVERED || tried->cause >= NMX_CAUSE_TLS;
}

bool
delivery_was_not_contacted(const struct tried *tried)
{
	return tried->result != NMX_DELIVERED &&
	       (tried->cause == NMX_CAUSE_CONNECT || tried->cause == NMX_CAUSE_GREETING);
}

/* ---- RULES OUT-3 ---------------------------------------------------------------------------- */

/* How much a failure says about the message rather than about the way to it. */
static unsigned
rank(const struct tried *tried)
{
	static const unsigned ranks[] = {
		[NMX_CAUSE_NONE] = 1, [NMX_CAUSE_CONNECT] = 2,	 [NMX_CAUSE_GREETING] = 3,
		[NMX_CAUSE_TLS] = 4,  [NMX_CAUSE_EARLY_5XX] = 5, [NMX_CAUSE_4XX] = 6,
		[NMX_CAUSE_5XX] = 7,
	};

	return ranks[tried->cause];
}

/* The first of the highest rank: the better an endpoint, the earlier it was tried. */
static const struct tried *
most_informative(const struct tried *tried, size_t n)
{
	const struct tried *best = &tried[0];

	for (size_t i = 1; i < n; i++)
		if (rank(&tried[i]) > rank(best))
			best = &tried[i];
	return best;
}

/* A code alone proves nothing: a 5xx may have been said long before the connection broke. */
static bool
is_permanent(const struct tried *tried)
{
	return tried->cause == NMX_CAUSE_EARLY_5XX || tried->cause == NMX_CAUSE_5XX ||
	       (tried->cause == NMX_CAUSE_GREETING && tried->code >= 500);
}

static bool
all_permanent(const struct tried *tried, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_permanent(&tried[i]))
			return false;
	return true;
}

static const char *
usual_status(const struct tried *tried)
{
	switch (tried->cause) {
	case NMX_CAUSE_CONNECT:
		return "4.4.1";
	case NMX_CAUSE_GREETING:
		return "4.3.2";
	case NMX_CAUSE_TLS:
		return "4.7.5";
	default:
		return "4.0.0";
	}
}

/* The server's status, or the usual one, in the class that the outcome asks for (RFC 3463 section 2). */
static void
put_status(const struct tried *tried, enum nmx_outcome outcome, char status[static ENHANCED_SIZE])
{
	const char *from = tried->enhanced[0]		? tried->enhanced
			   : outcome == NMX_DELIVERABLE ? "2.0.0"
							: usual_status(tried);
	struct text text = text_into(status, ENHANCED_SIZE);

	text_add(&text, from);
	status[0] = outcome == NMX_DELIVERABLE ? '2' : outcome == NMX_REJECT ? '5' : '4';
}

static void
describe(struct text *text, const struct tried *tried)
{
	static const char *const words[] = {
		[NMX_CAUSE_NONE] = "no reason given",
		[NMX_CAUSE_CONNECT] = "no connection",
		[NMX_CAUSE_GREETING] = "refused at the greeting",
		[NMX_CAUSE_TLS] = "TLS is not as it must be",
		[NMX_CAUSE_4XX] = "refused for now",
		[NMX_CAUSE_EARLY_5XX] = "refused before MAIL",
		[NMX_CAUSE_5XX] = "refused",
	};

	text_printf(text, "%.260s", tried->host);
	if (tried->host[0] != '[')
		text_printf(text, "[%s]", tried->address);
	text_printf(text, ":%u", tried->port);
	if (tried->result != NMX_DELIVERED || tried->code || tried->enhanced[0] || tried->text[0])
		text_char(text, ':');
	if (tried->code)
		text_printf(text, " %u", tried->code);
	if (tried->enhanced[0])
		text_printf(text, " %s", tried->enhanced);
	if (tried->text[0] == '\0' && tried->result != NMX_DELIVERED)
		text_printf(text, " %s", words[tried->cause]);
	if (tried->text[0])
		text_char(text, ' ');
	text_add(text, tried->text);
}

static void
decide_by_result(const struct tried *last, struct delivery_verdict *v)
{
	struct text reason = text_into(v->reason, sizeof(v->reason));

	v->outcome = last->result == NMX_DELIVERED   ? NMX_DELIVERABLE
		     : last->result == NMX_STOP_PERM ? NMX_REJECT
						     : NMX_DEFER;
	put_status(last, v->outcome, v->status);
	describe(&reason, last);
}

/* Nobody took it, and nobody refused it for good. */
static void
decide_by_all(const struct tried *tried, size_t n, enum delivery_end end, bool softened,
	      struct delivery_verdict *v)
{
	const struct tried *best = most_informative(tried, n);
	struct text reason = text_into(v->reason, sizeof(v->reason));
	bool reject = end == END_EXHAUSTED && !softened && all_permanent(tried, n);

	v->outcome = reject ? NMX_REJECT : NMX_DEFER;
	put_status(best, v->outcome, v->status);
	describe(&reason, best);
	if (end == END_DEADLINE)
		strcpy(v->status, "4.4.7");
	text_printf(&reason, " (%zu %s%s)", n, n == 1 ? "attempt" : "attempts",
		    end == END_DEADLINE	 ? ", then the deadline passed"
		    : end == END_LIMITED ? ", more were not allowed"
					 : "");
}

void
delivery_decide(const struct tried *tried, size_t n, enum delivery_end end, bool softened,
		struct delivery_verdict *v)
{
	if (n == 0) {
		v->outcome = NMX_DEFER;
		strcpy(v->status, "4.4.7");
		strcpy(v->reason, "the deadline passed before the first attempt");
	} else if (end == END_RESULT) {
		decide_by_result(&tried[n - 1], v);
	} else {
		decide_by_all(tried, n, end, softened, v);
	}
}
