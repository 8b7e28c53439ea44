/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines for the tests: one that has everything, and what is put in its place. */
#ifndef NMX_TESTS_CLI_COMPARE_LINE_TEXT_H
#define NMX_TESTS_CLI_COMPARE_LINE_TEXT_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define HOST(stage, priority, share, name, port, security, tls)                               \
	"{\"stage\":\"" stage "\",\"priority\":" #priority ",\"weight\":0,\"share\":" #share  \
	",\"host\":\"" name "\",\"port\":" #port ",\"addresses\":[],\"security\":\"" security \
	"\",\"tls\":\"" tls "\"}"
#define SRV(priority, weight, port, target)                                  \
	"{\"priority\":" #priority ",\"weight\":" #weight ",\"port\":" #port \
	",\"target\":\"" target "\"}"
#define MX(preference, exchange) "{\"preference\":" #preference ",\"exchange\":\"" exchange "\"}"
#define ANSWER(rcode, security, records)                    \
	"{\"rcode\":\"" rcode "\",\"security\":\"" security \
	"\",\"ttl\":5,\"published\":1,\"records\":[" records "]}"

/* A domain with SRV first, two hosts that share 0.6 to 0.4, and one MX host, which is one of the two. */
static const char full_line[] =
	"{\"schema\":\"nextmx.route/1\",\"domain\":\"d.test\",\"outcome\":\"deliverable\","
	"\"status\":\"2.0.0\",\"source\":\"srv\",\"sts\":{\"mode\":\"enforce\"},\"hosts\":"
	"[" HOST("srv", 10, 0.600000, "a.test", 2525, "secure", "dane") "," HOST("srv", 10, 0.400000, "b.test", 25, "insecure", "sts") "," HOST(
		"mx", 10, 1, "c.test", 25, "insecure",
		"may") "],"
		       "\"dropped\":[{\"code\":\"port-zero\"},{\"code\":\"port-zero\"}],"
		       "\"records\":{\"srv\":" ANSWER(
			       "NOERROR", "secure",
			       SRV(10, 60, 2525, "a.test") "," SRV(
				       10, 40, 25,
				       "b.test")) ",\"mx\":" ANSWER("NOERROR", "insecure",
								    MX(10,
								       "b.test")) "},"
										  "\"without_"
										  "srv\":{"
										  "\"outcome\""
										  ":\"delivera"
										  "ble\","
										  "\"hosts\":"
										  "[" HOST("mx", 10,
											   1,
											   "b."
											   "tes"
											   "t",
											   25,
											   "ins"
											   "ecu"
											   "re",
											   "enc"
											   "ryp"
											   "t") "]}"
												"}";

static inline json_t *
parse(const char *text)
{
	json_error_t error;
	json_t *json = json_loads(text, JSON_DECODE_ANY, &error);

	if (!json) {
		fprintf(stderr, "the test's own JSON: %s: %s\n", error.text, text);
		abort();
	}
	return json;
}

/* The full line with another value, as text, for a member. */
static inline json_t *
line_with(const char *member, const char *value)
{
	json_t *line = parse(full_line);

	if (json_object_set_new(line, member, parse(value)) != 0)
		abort();
	return line;
}

#endif
