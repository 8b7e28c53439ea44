/* SPDX-License-Identifier: BSD-2-Clause */
/* Which answers give a route records: every answer to SRV with every answer to MX, and to NS. */
#include <stdio.h>
#include <string.h>

#include "machine.h"
#include "suites.h"

/* How a question is answered, and what the route keeps of it. */
struct answer_case {
	const char *title;
	const char *records; /* "" is absence, NULL: the packet is not looked at */
	int rcode_argument, security;
	unsigned rcode;
	enum script_when when;
	const char *kept; /* rcode */
	enum nmx_security kept_security;
	size_t n;
};

static const struct answer_case answer_cases[] = {
	{"signed", "1 m1.test|2 m2.test", 0, 2, 0, SCRIPT_INSIDE, "NOERROR", NMX_SECURE, 2},
	{"unsigned", "1 m1.test", 0, 0, 0, SCRIPT_INSIDE, "NOERROR", NMX_INSECURE, 1},
	{"null", "0 .", 0, 2, 0, SCRIPT_INSIDE, "NOERROR", NMX_SECURE, 1},
	{"bogus", "1 m1.test", 0, 1, 0, SCRIPT_INSIDE, "NOERROR", NMX_BOGUS, 0},
	{"no data", "", 0, 2, 0, SCRIPT_INSIDE, "NOERROR", NMX_SECURE, 0},
	{"no such name", "", 0, 0, 3, SCRIPT_INSIDE, "NXDOMAIN", NMX_INSECURE, 0},
	{"SERVFAIL", "1 m1.test", 0, 0, 2, SCRIPT_INSIDE, "SERVFAIL", NMX_INDETERMINATE, 0},
	{"failed", NULL, 2, 0, 0, SCRIPT_INSIDE, "SERVFAIL", NMX_INDETERMINATE, 0},
	{"refused", NULL, 5, 0, 0, SCRIPT_INSIDE, "REFUSED", NMX_INDETERMINATE, 0},
	{"cut off", "1 m1.test", 0, 2, FLAG_TC, SCRIPT_INSIDE, "SERVFAIL", NMX_INDETERMINATE, 0},
	{"silent", "1 m1.test", 0, 2, 0, SCRIPT_NEVER, "TIMEOUT", NMX_INDETERMINATE, 0},
};

enum { N_CASES = sizeof(answer_cases) / sizeof(answer_cases[0]) };

static void
put_record(struct packet *packet, const char *name, uint16_t type, const char *record)
{
	char rdata[64];

	if (type == RR_SRV)
		snprintf(rdata, sizeof(rdata), "%c 60 25 %s", record[0], record + 2);
	else
		snprintf(rdata, sizeof(rdata), "%s", type == RR_NS ? record + 2 : record);
	packet_text(packet, ANSWER_SECTION, name, 300, rr_type_name(type), rdata);
}

static void
script_case(const char *name, uint16_t type, const struct answer_case *c)
{
	static struct packet packet;
	char records[64], *rest = records, *record;

	snprintf(records, sizeof(records), "%s", c->records ? c->records : "1 not.looked.at");
	packet_begin(&packet, c->rcode, name, type);
	while ((record = strsep(&rest, "|")) && *record)
		put_record(&packet, name, type, record);
	if (packet.bytes[ANSWER_SECTION + 1] == 0)
		packet_soa(&packet, "elsewhere", 300, 300);
	script_put(name, type, c->rcode_argument, &packet, c->security,
		   c->security == 1 ? "signature expired" : NULL, c->when);
}

static void
check_kept(const struct nmx_route *route, enum nmx_records records, const struct answer_case *c)
{
	const char *rcode = nmx_route_records_rcode(route, records);
	bool good = strcmp(rcode, c->kept) == 0 &&
		    nmx_route_records_security(route, records) == c->kept_security &&
		    nmx_route_records_published(route, records) == c->n &&
		    nmx_route_record_count(route, records) == c->n;

	if (!good)
		printf("\n%s: %s %d %zu\n", c->title, rcode,
		       (int)nmx_route_records_security(route, records),
		       nmx_route_record_count(route, records));
	CU_ASSERT(good);
	for (size_t i = 0; i < c->n; i++) {
		const struct nmx_record *record = nmx_route_record(route, records, i);

		CU_ASSERT_EQUAL(nmx_record_priority(record),
				records == NMX_RECORDS_NS ? 0 : c->records[i * 10] - '0');
		CU_ASSERT_EQUAL(nmx_record_port(record), records == NMX_RECORDS_SRV ? 25 : 0);
		CU_ASSERT_EQUAL(nmx_record_weight(record), records == NMX_RECORDS_SRV ? 60 : 0);
		CU_ASSERT_EQUAL(strncmp(nmx_record_name(record), c->records + i * 10 + 2,
					strlen(nmx_record_name(record))),
				0);
	}
	CU_ASSERT_PTR_NULL(nmx_route_record(route, records, c->n));
}

static struct got
answer(struct nmx_context *ctx,
       int start(struct nmx_context *, const char *, nmx_route_fn, void *, struct nmx_request **))
{
	struct got got = {0};

	CU_ASSERT_EQUAL_FATAL(start(ctx, "example.test", note_route, &got, NULL), 0);
	dispatch_all(ctx);
	if (!got.calls) {
		script_advance_ms(20001);
		dispatch_all(ctx);
	}
	CU_ASSERT_EQUAL_FATAL(got.calls, 1);
	CU_ASSERT_EQUAL_FATAL(got.error, 0);
	return got;
}

static void
check_none(const struct nmx_route *route, enum nmx_records records)
{
	CU_ASSERT_STRING_EQUAL(nmx_route_records_rcode(route, records), "");
	CU_ASSERT_EQUAL(nmx_route_records_security(route, records), NMX_INDETERMINATE);
	CU_ASSERT_EQUAL(nmx_route_records_published(route, records), 0);
	CU_ASSERT_EQUAL(nmx_route_record_count(route, records), 0);
}

/* With the option, by MX alone, with srv off, and without the option. */
static void
whole_table(void)
{
	static const char *const options[][5] = {
		{"records", "yes", NULL}, {"records", "yes", "srv", "off", NULL}, {NULL}};

	for (int s = 0; s < N_CASES; s++) {
		for (int m = 0; m < N_CASES; m++) {
			for (int mode = 0; mode < 4; mode++) {
				struct nmx_context *ctx;
				struct got got;

				script_reset();
				script_default(2, SCRIPT_INSIDE);
				script_case("_smtp._tcp.example.test", RR_SRV, &answer_cases[s]);
				script_case("example.test", RR_MX, &answer_cases[m]);
				ctx = start_context(options[mode < 2 ? 0 : mode - 1]);
				got = answer(ctx,
					     mode == 1 ? nmx_request_start_mx : nmx_request_start);
				if (mode == 0)
					check_kept(got.route, NMX_RECORDS_SRV, &answer_cases[s]);
				else
					check_none(got.route, NMX_RECORDS_SRV);
				if (mode < 3)
					check_kept(got.route, NMX_RECORDS_MX, &answer_cases[m]);
				else
					check_none(got.route, NMX_RECORDS_MX);
				check_none(got.route, NMX_RECORDS_NS);
				got_done(&got);
				nmx_context_free(ctx);
			}
		}
	}
}

/* Servers are kept with the option and without, and nothing else is asked. */
static void
servers(void)
{
	static const char *const options[][3] = {{"records", "yes", NULL}, {NULL}};

	for (int c = 0; c < N_CASES; c++) {
		for (int o = 0; o < 2; o++) {
			struct nmx_context *ctx;
			struct got got;

			script_reset();
			script_case("example.test", RR_NS, &answer_cases[c]);
			ctx = start_context(options[o]);
			got = answer(ctx, nmx_request_start_servers);
			check_kept(got.route, NMX_RECORDS_NS, &answer_cases[c]);
			check_none(got.route, NMX_RECORDS_SRV);
			check_none(got.route, NMX_RECORDS_MX);
			CU_ASSERT_EQUAL(script_asked(NULL, 0), 1);
			CU_ASSERT_EQUAL(nmx_route_outcome(got.route), NMX_DEFER);
			CU_ASSERT_EQUAL(nmx_route_host_count(got.route), 0);
			got_done(&got);
			nmx_context_free(ctx);
		}
	}
}

/* Of a host that the caller names nothing is published. */
static void
hosts_have_none(void)
{
	static const char *const keep[] = {"records", "yes", NULL};
	struct nmx_context *ctx;
	struct got got = {0};

	script_reset();
	script_rrset("mx.test", "A", "192.0.2.1", 2, SCRIPT_INSIDE);
	ctx = start_context(keep);
	nmx_request_start_host(ctx, "mx.test", 25, note_route, &got, NULL);
	dispatch_all(ctx);
	for (int i = NMX_RECORDS_SRV; i <= NMX_RECORDS_NS; i++)
		check_none(got.route, (enum nmx_records)i);
	CU_ASSERT_EQUAL(nmx_host_share(nmx_route_host(got.route, 0)), 1);
	got_done(&got);
	nmx_context_free(ctx);
}

CU_TestInfo records_tests[] = {
	{"the whole table", whole_table},
	{"servers", servers},
	{"hosts", hosts_have_none},
	CU_TEST_INFO_NULL,
};
