/* SPDX-License-Identifier: BSD-2-Clause */
/* Each allocation of ours fails in turn: an error or an honest answer, never a crash or a leak. */
#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "delivery.h"
#include "script_fetch.h"
#include "suites.h"

/* The linker sends our objects' calls here (--wrap); libraries' own go past it. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

static unsigned allocations, fail_at; /* 0: none fails */

/* What every host of a route must demand at least; and how many demanded less. */
static enum nmx_tls least_tls;
static unsigned weaker;

static bool
fails(void)
{
	allocations++;
	if (fail_at == 0 || allocations != fail_at)
		return false;
	errno = ENOMEM;
	return true;
}

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

static const char *const options[][2] = {
	{"own-ports", ""},
	{"allow-networks", "192.0.2.0/24,2001:db8::/32"},
	{"own-names", "us.test,we.test"},
	{"deny-networks", "192.0.2.128/25"},
	{"deadline-ms", "1000"},
	{"records", "yes"},
};

typedef int (*start_fn)(struct nmx_context *ctx, const char *domain, nmx_route_fn fn, void *user,
			struct nmx_request **ret_req);

/* What each_allocation_fails() asks by; NULL: nmx_resolve(). */
static start_fn start_by;
/* The name servers that every route must have; and how many had fewer. */
static size_t least_records;
static unsigned too_few;

static void
count_weaker(const struct nmx_route *route)
{
	for (size_t i = 0; i < nmx_route_host_count(route); i++)
		weaker += nmx_host_tls(nmx_route_host(route, i)) < least_tls;
	too_few += nmx_route_record_count(route, NMX_RECORDS_NS) < least_records;
}

/* As nmx_resolve(), by another kind of request. */
static int
resolve(struct nmx_context *ctx, const char *domain, struct nmx_route **ret_route)
{
	struct got got = {0};
	int result;

	if (!start_by)
		return nmx_resolve(ctx, domain, ret_route);
	result = start_by(ctx, domain, note_route, &got, NULL);
	for (int i = 0; i < 4 && result == 0; i++)
		nmx_context_dispatch(ctx);
	if (result)
		return result;
	CU_ASSERT_EQUAL_FATAL(got.calls, 1);
	if (got.error == 0)
		*ret_route = got.route;
	return got.error;
}

/* Everything a caller does, giving up at the first error as a caller would. Returns the outcome of
 * the route, or the error. */
static int
whole_life(const char *domain, enum nmx_outcome *ret_outcome)
{
	struct nmx_context *ctx;
	struct nmx_route *route;
	struct nmx_plan *plan;
	char *json;
	int result = nmx_context_new(&ctx);

	if (result)
		return result;
	ctx->clock = &script_clock;
	for (size_t i = 0; result == 0 && i < sizeof(options) / sizeof(options[0]); i++)
		result = nmx_context_set(ctx, options[i][0], options[i][1], NULL);
	if (result == 0)
		result = nmx_context_start(ctx, NULL);
	if (result == 0)
		result = resolve(ctx, domain, &route);
	if (result == 0) {
		*ret_outcome = nmx_route_outcome(route);
		count_weaker(route);
		result = nmx_plan_new(route, 7, &plan);
		if (result == 0) {
			result = nmx_json(route, plan, NMX_JSON_HOSTS | NMX_JSON_RECORDS, &json);
			if (result == 0)
				nmx_text_free(json);
			nmx_plan_free(plan);
		}
		nmx_route_unref(route);
	}
	nmx_context_free(ctx);
	return result;
}

/* Without memory a domain may be deferred or the call may fail; it is never bounced for that, and a
 * route that is said to be deliverable is the whole route. */
static void
each_allocation_fails(const char *domain, enum nmx_outcome expected)
{
	enum nmx_outcome outcome = NMX_REJECT;
	unsigned n, failed = 0;

	allocations = fail_at = 0;
	CU_ASSERT_EQUAL_FATAL(whole_life(domain, &outcome), 0);
	CU_ASSERT_EQUAL(outcome, expected);
	n = allocations;
	CU_ASSERT(n > 20);
	for (unsigned i = 1; i <= n; i++) {
		int result;

		allocations = 0;
		fail_at = i;
		outcome = NMX_DEFER;
		result = whole_life(domain, &outcome);
		fail_at = 0;
		failed += result != 0;
		if (result != 0)
			CU_ASSERT_EQUAL(result, NMX_E_NOMEM);
		if (result == 0)
			CU_ASSERT(outcome == expected || outcome == NMX_DEFER);
	}
	CU_ASSERT(failed > n / 2);
}

/* ---- Deliveries ------------------------------------------------------------------------------- */

/* What a delivery came to: two attempts, the second pending. */
struct course {
	struct mail mail;
	int result; /* of the first call that failed */
	bool was_delivered;
};

static void
act_note(struct mail *mail)
{
	struct course *course = (struct course *)mail;

	course->was_delivered = mail->attempts == 2;
}

/* Asynchronous, and blocking. The context's own start is in each_allocation_fails(). */
static void
run_course(struct course *course, bool blocking, unsigned fail)
{
	struct mail *mail = &course->mail;
	char *json;

	mail->ctx = start_context(NULL);
	mail->act = act_note;
	mail->results[0] = NMX_TRY_NEXT;
	mail->causes[0] = NMX_CAUSE_CONNECT;
	mail->results[1] = blocking ? NMX_DELIVERED : NMX_PENDING;
	allocations = 0;
	fail_at = fail;
	if (blocking)
		course->result =
			nmx_deliver(mail->ctx, "mail.test", mail_deliver, mail, &mail->report);
	else
		course->result = nmx_delivery_start(mail->ctx, "mail.test", mail_deliver,
						    mail_report, mail, &mail->own);
	for (int i = 0; i < 4 && !blocking && course->result == 0; i++)
		nmx_context_dispatch(mail->ctx);
	if (!blocking && mail->attempts == 2 && !mail->reports)
		CU_ASSERT_EQUAL(nmx_attempt_finish(mail->attempt, NMX_DELIVERED), 0);
	for (int i = 0; i < 4 && !blocking && course->result == 0; i++)
		nmx_context_dispatch(mail->ctx);
	if (mail->report && nmx_report_json(mail->report, 0, &json) == 0)
		nmx_text_free(json);
	fail_at = 0;
}

/* Whether each_course() looks at what was delivered, or at the rest. */
enum look { AT_ALL, AT_DELIVERED };

static void
each_course(bool blocking, enum look look)
{
	unsigned n = 0, lost = 0;

	for (unsigned i = 0; i <= n; i++) {
		struct course course = {.result = 0};
		struct mail *mail = &course.mail;

		mail_zone(SCRIPT_INSIDE);
		run_course(&course, blocking, i);
		if (i == 0) {
			n = allocations;
			CU_ASSERT(n > 20);
			CU_ASSERT_EQUAL(mail->attempts, 2);
			CU_ASSERT_PTR_NOT_NULL(mail->report);
		}
		CU_ASSERT(course.result == 0 || course.result == NMX_E_NOMEM);
		CU_ASSERT(mail->error == 0 || mail->error == NMX_E_NOMEM);
		CU_ASSERT_EQUAL(mail->reports, !blocking && course.result == 0);
		if (mail->report)
			CU_ASSERT_NOT_EQUAL(nmx_report_outcome(mail->report), NMX_REJECT);
		lost += course.was_delivered && !mail->report;
		mail_done_all(mail);
		script_reset();
	}
	if (look == AT_DELIVERED)
		CU_ASSERT_EQUAL(lost, 0);
}

static void
delivery(void)
{
	each_course(false, AT_ALL);
}

static void
blocking_delivery(void)
{
	each_course(true, AT_ALL);
}

/* Once a server has taken the message, no lack of memory turns that into an error: the caller would send it
 * again. */
static void
delivered_is_never_lost(void)
{
	each_course(false, AT_DELIVERED);
	each_course(true, AT_DELIVERED);
}

static void
srv_domain(void)
{
	script_example(SCRIPT_INSIDE);
	each_allocation_fails("example.test", NMX_DELIVERABLE);
}

/* An alias of which the second family is one, too. */
static void
script_alias(const char *name, const char *target, int security)
{
	static struct packet packet;

	packet_begin(&packet, 0, name, RR_A);
	packet_text(&packet, ANSWER_SECTION, name, 300, "CNAME", target);
	packet_text(&packet, ANSWER_SECTION, target, 300, "A", "192.0.2.1");
	script_put(name, RR_A, 0, &packet, security, NULL, SCRIPT_INSIDE);
	script_rrset(name, "CNAME", target, 2, SCRIPT_INSIDE);
}

/* DANE-6: a host of one signed alias, of one into an unsigned zone, and one whose TLSA fails. Without
 * memory none of them is used with less than its TLSA records. */
static void
dane_domain(void)
{
	static const char tlsa[] =
		"3 1 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f|1 0 0 00|"
		"3 1 2 00";

	script_default(2, SCRIPT_INSIDE);
	script_rrset("dane.test", "MX", "10 a.dane.test|10 b.dane.test|10 c.dane.test", 2,
		     SCRIPT_INSIDE);
	script_alias("a.dane.test", "a.example", 2);
	script_rrset("_25._tcp.a.example", "TLSA", tlsa, 2, SCRIPT_INSIDE);
	script_alias("b.dane.test", "b.example", 0);
	script_rrset("_25._tcp.b.dane.test", "TLSA", tlsa, 2, SCRIPT_INSIDE);
	script_rrset("c.dane.test", "A", "192.0.2.3", 2, SCRIPT_INSIDE);
	script_put("_25._tcp.c.dane.test", RR_TLSA, 2, NULL, 0, NULL, SCRIPT_INSIDE);
	least_tls = NMX_TLS_DANE;
	weaker = 0;
	each_allocation_fails("dane.test", NMX_DELIVERABLE);
	CU_ASSERT_EQUAL(weaker, 0);
	least_tls = NMX_TLS_MAY;
}

/* STS-6: a policy that is fetched for the route. Without memory no host is used as if there were none. */
static void
sts_domain(void)
{
	script_rrset("sts.test", "MX", "10 a.sts.test|20 b.example", 0, SCRIPT_INSIDE);
	script_rrset("a.sts.test", "A", "192.0.2.1", 0, SCRIPT_INSIDE);
	script_rrset("b.example", "A", "192.0.2.2", 0, SCRIPT_INSIDE);
	script_rrset("_mta-sts.sts.test", "TXT", "v=STSv1; id=1", 0, SCRIPT_INSIDE);
	script_rrset("mta-sts.sts.test", "A", "192.0.2.9", 0, SCRIPT_INSIDE);
	script_rrset("mta-sts.sts.test", "AAAA", "2001:db8::9", 0, SCRIPT_INSIDE);
	script_fetch_reset();
	script_fetch_put("mta-sts.sts.test", FETCH_OK,
			 "version: STSv1\nmode: enforce\nmx: *.sts.test\nmax_age: 86400\n",
			 SCRIPT_INSIDE);
	least_tls = NMX_TLS_STS;
	weaker = 0;
	each_allocation_fails("sts.test", NMX_DELIVERABLE);
	CU_ASSERT_EQUAL(weaker, 0);
	least_tls = NMX_TLS_MAY;
}

static void
rejected_domain(void)
{
	script_rrset("null.test", "MX", "0 .", 2, SCRIPT_INSIDE);
	each_allocation_fails("null.test", NMX_REJECT);
}

static void
bogus_domain(void)
{
	static struct packet packet;

	packet_begin(&packet, 0, "bogus.test", RR_MX);
	packet_text(&packet, ANSWER_SECTION, "bogus.test", 300, "MX", "10 m.bogus.test");
	script_put("bogus.test", RR_MX, 0, &packet, 1, "signature expired", SCRIPT_INSIDE);
	each_allocation_fails("bogus.test", NMX_DEFER);
}

static void
many_hosts(void)
{
	static struct packet packet;
	char record[64];

	packet_begin(&packet, 0, "many.test", RR_MX);
	for (int i = 0; i < 40; i++) {
		snprintf(record, sizeof(record), "10 m%d.many.test", i);
		packet_text(&packet, ANSWER_SECTION, "many.test", 300, "MX", record);
	}
	script_put("many.test", RR_MX, 0, &packet, 2, NULL, SCRIPT_INSIDE);
	for (int i = 0; i < 40; i++) {
		snprintf(record, sizeof(record), "m%d.many.test", i);
		script_rrset(record, "A", "192.0.2.1|192.0.2.200|10.0.0.1", 2, SCRIPT_INSIDE);
	}
	each_allocation_fails("many.test", NMX_DELIVERABLE);
}

static void
unicode_domain(void)
{
	each_allocation_fails("b\xc3\xbc"
			      "cher.test",
			      NMX_REJECT);
}

static void
mx_alone(void)
{
	script_example(SCRIPT_INSIDE);
	start_by = nmx_request_start_mx;
	each_allocation_fails("example.test", NMX_DELIVERABLE);
	start_by = NULL;
}

/* Two zones are asked, and a route that comes out has all the servers. */
static void
servers(void)
{
	static struct packet packet;

	packet_begin(&packet, 0, "mail.example.test", RR_NS);
	packet_soa(&packet, "example.test", 60, 60);
	script_put("mail.example.test", RR_NS, 0, &packet, 2, NULL, SCRIPT_INSIDE);
	script_rrset("example.test", "NS", "ns1.example.test|ns2.example.test", 2, SCRIPT_INSIDE);
	start_by = nmx_request_start_servers;
	least_records = 2;
	each_allocation_fails("mail.example.test", NMX_DEFER);
	CU_ASSERT_EQUAL(too_few, 0);
	least_records = 0;
	start_by = NULL;
}

CU_TestInfo memory_tests[] = {
	{"MX alone", mx_alone},
	{"name servers", servers},
	{"SRV domain", srv_domain},
	{"DANE domain", dane_domain},
	{"MTA-STS domain", sts_domain},
	{"rejected domain", rejected_domain},
	{"bogus domain", bogus_domain},
	{"many hosts", many_hosts},
	{"domain in Unicode", unicode_domain},
	{"delivery", delivery},
	{"blocking delivery", blocking_delivery},
	{"delivered is never lost", delivered_is_never_lost},
	CU_TEST_INFO_NULL,
};
