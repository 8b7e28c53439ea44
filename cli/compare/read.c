/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/compare/read.h"

#include <string.h>

/* The first member that is not as it should be, or NULL. */
struct reading {
	const char *fault;
};

static void
blame(struct reading *r, const char *member)
{
	if (!r->fault)
		r->fault = member;
}

/* ---- Values ------------------------------------------------------------------------------------- */

/* Some characters and these; not empty, nor longer than any name or address. */
static bool
is_of(const char *text, const char *others)
{
	size_t n = 0;

	for (; text[n]; n++)
		if (!((text[n] >= 'a' && text[n] <= 'z') || (text[n] >= 'A' && text[n] <= 'Z') ||
		      (text[n] >= '0' && text[n] <= '9') || strchr(others, text[n])))
			return false;
	return n > 0 && n <= 255;
}

static const char *
get_text(struct reading *r, json_t *object, const char *key, const char *others, const char *member)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (text && is_of(text, others))
		return text;
	blame(r, member);
	return "";
}

/* One of a group's labels. */
static int
get_label(struct reading *r, json_t *object, const char *key, enum compare_group group,
	  const char *member)
{
	const char *text = json_string_value(json_object_get(object, key));
	int label = text ? groups_label(group, text) : -1;

	if (label >= 0)
		return label;
	blame(r, member);
	return 0;
}

static unsigned
get_number(struct reading *r, json_t *object, const char *key, unsigned least, const char *member)
{
	json_t *number = json_object_get(object, key);
	json_int_t value = json_integer_value(number);

	if (json_is_integer(number) && value >= least && value <= 65535)
		return (unsigned)value;
	blame(r, member);
	return 0;
}

/* Secure or not; *ret_other is NULL, or why there is nothing to rely on: bogus, indeterminate. */
static bool
get_secure(struct reading *r, json_t *object, const char *member, const char **ret_other)
{
	const char *text = json_string_value(json_object_get(object, "security"));

	*ret_other = NULL;
	if (!text)
		text = "";
	if (strcmp(text, "secure") == 0)
		return true;
	if (strcmp(text, "bogus") == 0)
		*ret_other = "bogus";
	else if (strcmp(text, "indeterminate") == 0)
		*ret_other = "indeterminate";
	else if (strcmp(text, "insecure") != 0)
		blame(r, member);
	return false;
}

/* ---- Hosts -------------------------------------------------------------------------------------- */

static uint32_t
get_share(struct reading *r, json_t *object, const char *member)
{
	json_t *number = json_object_get(object, "share");
	double share = json_number_value(number);

	if (json_is_number(number) && share >= 0 && share <= 1)
		return (uint32_t)(share * SHARE_WHOLE + 0.5);
	blame(r, member);
	return 0;
}

static void
read_host(struct reading *r, json_t *object, const char *member, struct read_host *ret)
{
	const char *other;

	ret->name = get_text(r, object, "host", "._:[]-", member);
	ret->port = get_number(r, object, "port", 1, member);
	ret->tls = (enum label_tls)get_label(r, object, "tls", GROUP_TLS, member);
	ret->is_secure = get_secure(r, object, member, &other);
	ret->share = get_share(r, object, member);
}

/* Stage and priority, as one number that only compares. */
static unsigned
tier_of(struct reading *r, json_t *object, const char *member)
{
	int stage = get_label(r, object, "stage", GROUP_SOURCE, member);

	if (stage == SOURCE_NONE)
		blame(r, member);
	return (unsigned)stage * 65536 + get_number(r, object, "priority", 0, member);
}

static void
read_hosts(struct reading *r, json_t *array, const char *member, struct read_way *ret)
{
	unsigned best = 0;

	ret->n_hosts = json_array_size(array);
	ret->n_best = 0;
	if (!json_is_array(array) || ret->n_hosts > READ_HOSTS)
		blame(r, member);
	for (size_t i = 0; i < ret->n_hosts && !r->fault; i++) {
		json_t *object = json_array_get(array, i);
		unsigned tier = tier_of(r, object, member);

		read_host(r, object, member, &ret->hosts[i]);
		if (i == 0)
			best = tier;
		if (tier == best && ret->n_best == i)
			ret->n_best++;
	}
	if (ret->outcome == OUTCOME_DELIVERABLE && ret->n_hosts == 0)
		blame(r, member);
}

static void
read_without_srv(struct reading *r, json_t *line, struct read_line *ret)
{
	json_t *object = json_object_get(line, "without_srv");

	ret->has_mx = !json_is_null(object);
	if (!ret->has_mx)
		return;
	ret->mx.outcome = (enum label_outcome)get_label(r, object, "outcome", GROUP_OUTCOME,
							"without_srv.outcome");
	read_hosts(r, json_object_get(object, "hosts"), "without_srv.hosts", &ret->mx);
}

/* ---- Records ------------------------------------------------------------------------------------ */

static void
read_record(struct reading *r, json_t *object, bool is_srv, const char *member,
	    struct read_record *ret)
{
	ret->name = json_string_value(json_object_get(object, is_srv ? "target" : "exchange"));
	if (!ret->name || !*ret->name)
		blame(r, member);
	ret->priority = get_number(r, object, is_srv ? "priority" : "preference", 0, member);
	ret->weight = is_srv ? get_number(r, object, "weight", 0, member) : 0;
	ret->port = is_srv ? get_number(r, object, "port", 0, member) : 0;
}

/* The number of all records, "." too. */
static size_t
read_names(struct reading *r, json_t *array, bool is_srv, const char *member,
	   struct read_records *ret)
{
	size_t n = json_array_size(array);

	ret->n_records = 0;
	if (!json_is_array(array) || n > READ_RECORDS)
		blame(r, member);
	for (size_t i = 0; i < n && !r->fault; i++) {
		struct read_record *record = &ret->records[ret->n_records];

		read_record(r, json_array_get(array, i), is_srv, member, record);
		if (!r->fault && strcmp(record->name, ".") != 0)
			ret->n_records++;
	}
	return n;
}

/*
 * In this order: what is bogus or failed says nothing, whatever else is there. NXDOMAIN for MX: there is no
 * such domain; for SRV only no such name below it.
 */
static enum label_state
state_of(const char *failure, bool is_no_name, bool is_srv, size_t n, size_t n_hosts)
{
	if (failure)
		return strcmp(failure, "bogus") == 0 ? STATE_BOGUS : STATE_FAILED;
	if (n > 0)
		return n_hosts > 0 ? STATE_PUBLISHED : STATE_NULL;
	return is_no_name && !is_srv ? STATE_NO_DOMAIN : STATE_ABSENT;
}

static void
read_records(struct reading *r, json_t *object, bool is_srv, struct read_records *ret)
{
	const char *member = is_srv ? "records.srv" : "records.mx", *rcode, *failure;
	bool is_no_name;
	size_t n;

	ret->n_records = 0;
	ret->failure = NULL;
	ret->is_secure = false;
	ret->state = STATE_NOT_ASKED;
	if (json_is_null(object))
		return;
	rcode = get_text(r, object, "rcode", "", member);
	ret->is_secure = get_secure(r, object, member, &failure);
	n = read_names(r, json_object_get(object, "records"), is_srv, member, ret);
	is_no_name = strcmp(rcode, "NXDOMAIN") == 0;
	if (!is_no_name && strcmp(rcode, "NOERROR") != 0 &&
	    !(failure && strcmp(failure, "bogus") == 0))
		failure = rcode;
	ret->failure = failure;
	ret->state = state_of(failure, is_no_name, is_srv, n, ret->n_records);
}

/* ---- The line ----------------------------------------------------------------------------------- */

static enum label_sts
read_sts(struct reading *r, json_t *object)
{
	int mode;

	if (json_is_null(object))
		return STS_ABSENT;
	mode = get_label(r, object, "mode", GROUP_STS, "sts");
	if (mode == STS_ABSENT)
		blame(r, "sts");
	return (enum label_sts)mode;
}

static json_t *
read_dropped(struct reading *r, json_t *array)
{
	json_t *drop;
	size_t i;

	if (!json_is_array(array))
		blame(r, "dropped");
	json_array_foreach(array, i, drop) get_text(r, drop, "code", "-", "dropped");
	return array;
}

/* First those that are not there: --fields leaves them out, and then all lines lack the same. */
static void
read_members(struct reading *r, json_t *line)
{
	static const char *const members[] = {"domain", "outcome", "status",  "source",	    "sts",
					      "hosts",	"dropped", "records", "without_srv"};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (!json_object_get(line, members[i]))
			blame(r, members[i]);
	if (!json_is_string(json_object_get(line, "domain")))
		blame(r, "domain");
}

const char *
read_line(json_t *line, struct read_line *ret)
{
	struct reading r = {NULL};
	json_t *records = json_object_get(line, "records");

	read_members(&r, line);
	ret->route.outcome =
		(enum label_outcome)get_label(&r, line, "outcome", GROUP_OUTCOME, "outcome");
	ret->status = get_text(&r, line, "status", ".", "status");
	ret->source = (enum label_source)get_label(&r, line, "source", GROUP_SOURCE, "source");
	ret->sts = read_sts(&r, json_object_get(line, "sts"));
	read_hosts(&r, json_object_get(line, "hosts"), "hosts", &ret->route);
	ret->dropped = read_dropped(&r, json_object_get(line, "dropped"));
	read_records(&r, json_object_get(records, "srv"), true, &ret->srv_records);
	read_records(&r, json_object_get(records, "mx"), false, &ret->mx_records);
	read_without_srv(&r, line, ret);
	return r.fault;
}
