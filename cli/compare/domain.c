/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/compare/domain.h"

#include <inttypes.h>
#include <string.h>

/* ---- First attempts ----------------------------------------------------------------------------- */

/* The entry of this host and port, a new one if there is none yet. There is room for all. */
static struct compare_host *
find_host(struct compare_domain *domain, const struct read_host *host)
{
	struct compare_host *found;

	for (size_t i = 0; i < domain->n_hosts; i++) {
		found = &domain->hosts[i];
		if (found->port == host->port && strcmp(found->name, host->name) == 0)
			return found;
	}
	found = &domain->hosts[domain->n_hosts++];
	*found = (struct compare_host){.name = host->name, .port = host->port};
	return found;
}

static void
add_hosts(struct compare_domain *domain)
{
	const struct read_way *route = &domain->read.route, *mx = judge_way_mx(&domain->read);

	if (route->outcome == OUTCOME_DELIVERABLE)
		for (size_t i = 0; i < route->n_best; i++)
			find_host(domain, &route->hosts[i])->routed += route->hosts[i].share;
	if (mx->outcome == OUTCOME_DELIVERABLE)
		for (size_t i = 0; i < mx->n_best; i++)
			find_host(domain, &mx->hosts[i])->mx += mx->hosts[i].share;
	for (size_t i = 0; i < domain->n_hosts && domain->is_compared; i++)
		if (domain->hosts[i].routed > domain->hosts[i].mx)
			domain->moved += domain->hosts[i].routed - domain->hosts[i].mx;
}

/* ---- Reading ------------------------------------------------------------------------------------ */

const char *
domain_read(json_t *line, struct compare_domain *ret_domain)
{
	json_t *schema = json_object_get(line, "schema"), *error = json_object_get(line, "error");
	const char *fault;

	if (schema &&
	    (!json_is_string(schema) || strcmp(json_string_value(schema), "nextmx.route/1") != 0))
		return "schema";
	if (error && !json_is_string(error))
		return "error";
	if (!error) {
		fault = read_line(line, &ret_domain->read);
		if (fault)
			return fault;
	}
	ret_domain->line = line;
	ret_domain->is_input_error = error != NULL;
	ret_domain->is_compared = !error && judge_is_compared(&ret_domain->read);
	ret_domain->n_hosts = 0;
	ret_domain->moved = 0;
	if (!error) {
		judge_line(&ret_domain->read, ret_domain->label);
		add_hosts(ret_domain);
	}
	return NULL;
}

/* ---- Printing ----------------------------------------------------------------------------------- */

/* A member of the line as it stands there, escaped anew. */
static bool
print_member(FILE *out, const struct compare_domain *domain, const char *name)
{
	json_t *value = json_object_get(domain->line, name);

	if (!json_is_string(value))
		return true;
	fprintf(out, ",\"%s\":", name);
	return json_dumpf(value, out, JSON_ENCODE_ANY) == 0 || ferror(out);
}

static void
print_labels(FILE *out, const struct compare_domain *domain)
{
	fputs(",\"groups\":{", out);
	for (size_t i = 0; i < N_GROUPS; i++) {
		const char *comma = i ? "," : "";
		int label = domain->label[i];

		if (label == NOT_COUNTED)
			fprintf(out, "%s\"%s\":null", comma, groups[i].name);
		else
			fprintf(out, "%s\"%s\":\"%s\"", comma, groups[i].name,
				groups[i].labels[label].name);
	}
	fputc('}', out);
}

/* read.c lets no name through that needs escaping. */
static void
print_hosts(FILE *out, const struct compare_domain *domain)
{
	fputs(",\"hosts\":[", out);
	for (size_t i = 0; i < domain->n_hosts; i++) {
		const struct compare_host *host = &domain->hosts[i];

		fprintf(out,
			"%s{\"host\":\"%s\",\"port\":%u,\"routed\":%" PRIu32 ",\"mx\":%" PRIu32 "}",
			i ? "," : "", host->name, host->port, host->routed, host->mx);
	}
	fputc(']', out);
}

bool
domain_print(FILE *out, const struct compare_domain *domain)
{
	fputs("{\"schema\":\"nextmx.compare-domain/1\"", out);
	if (!print_member(out, domain, "domain") || !print_member(out, domain, "input"))
		return false;
	fprintf(out, ",\"status\":\"%s\"", domain->read.status);
	print_labels(out, domain);
	if (domain->is_compared)
		fprintf(out, ",\"moved\":%" PRIu32, domain->moved);
	else
		fputs(",\"moved\":null", out);
	print_hosts(out, domain);
	fputs("}\n", out);
	return true;
}
