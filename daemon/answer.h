/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a route to the reply of a map: pure, given the plan. The tables of what Postfix and Exim
 * do with each are in docs/postfix.md and docs/exim.md.
 *
 *	                 route                       exim              exim-class
 *	hosts            OK CLASS:[h]:p, [h]:p       OK <;h:p;h:p      OK class=CLASS hosts=<;h:p;h:p
 *	defer            OK retry:4.x.y reason       TEMP 4.x.y reason OK class=defer status=4.x.y text="reason"
 *	reject           OK error:5.x.y reason       PERM 5.x.y reason OK class=fail status=5.x.y text="reason"
 *	answer srv, and the route is not by SRV: NOTFOUND, whatever it is
 *
 *	                 tls-sec                     tls-sts
 *	dane             OK dane-only                OK dane-only
 *	encrypt          OK encrypt                  OK secure match=HOST servername=hostname
 *	may              OK may                      OK secure match=HOST servername=hostname
 *	not deliverable  TEMP reason                 TEMP reason
 */
#ifndef NMX_DAEMON_ANSWER_H
#define NMX_DAEMON_ANSWER_H

#include "daemon/config.h"
#include "daemon/question.h"

enum { ANSWER_SIZE = 8 * 1024 };

/* Why there is no route to answer with. */
enum trouble {
	TROUBLE_LATER,	     /* the deadline came first, the look-up goes on */
	TROUBLE_QUARANTINED, /* looking it up has crashed a worker */
	TROUBLE_OVERLOAD,    /* too many look-ups */
	TROUBLE_MEMORY,
};

/* The class of a route that can be delivered to. */
enum class answer_class(const struct nmx_route *route);

/* Every kind but QUESTION_JSON. plan is the route's, drawn; NULL for TLS questions, whose route is the
 * host's (nmx_request_start_host). The reply's data are in buffer. */
void answer_make(const struct config *config, const struct question *question,
		 const struct nmx_route *route, const struct nmx_plan *plan,
		 char buffer[static ANSWER_SIZE], struct reply *ret);
/* Every kind: route gets retry: (NOTFOUND with answer srv), but a quarantined domain TEMP. */
void answer_trouble(const struct config *config, const struct question *question,
		    enum trouble trouble, char buffer[static ANSWER_SIZE], struct reply *ret);

#endif
