/* SPDX-License-Identifier: BSD-2-Clause */
/* A line that compare reads: however odd, it is refused, or counted once in each group it belongs to. */
#include <string.h>

#include "cli/compare/memory.h"
#include "cli/compare/totals.h"
#include "target.h"

const unsigned fuzz_kinds = 1;

/* What is printed is JSON again, and nothing that a terminal or a page would obey. */
static void
check_json(const char *text, size_t length)
{
	json_error_t error;
	json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);

	MUST(json_is_object(json));
	MUST(memchr(text, '\n', length) == text + length - 1);
	for (size_t i = 0; i + 1 < length; i++)
		MUST((unsigned char)text[i] >= 0x20);
}

static void
check_groups(const struct totals *totals)
{
	static const enum compare_group of_all[] = {GROUP_PUBLISH,   GROUP_SRV,	   GROUP_MX,
						    GROUP_STS,	     GROUP_SOURCE, GROUP_OUTCOME,
						    GROUP_OUTCOME_MX};

	for (int g = 0; g < N_GROUPS; g++)
		MUST(totals_of(totals, (enum compare_group)g) <= totals->domains);
	for (size_t i = 0; i < sizeof(of_all) / sizeof(of_all[0]); i++)
		MUST(totals_of(totals, of_all[i]) == totals->domains);
	MUST(totals->domains + totals->input_errors == 1);
	MUST(totals_of(totals, GROUP_REQUIREMENT) == totals->compared);
	MUST(totals_of(totals, GROUP_AGREEMENT) == totals->counts[GROUP_PUBLISH][PUBLISH_BOTH]);
	MUST(totals_of(totals, GROUP_WEIGHTS) == totals->counts[GROUP_SRV][STATE_PUBLISHED]);
}

/* One domain: what it prints, and its totals. */
static void
check_domain(const struct compare_domain *domain)
{
	struct totals totals;
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	MUST(out && totals_init(&totals) && totals_add(&totals, domain));
	check_groups(&totals);
	if (!domain->is_input_error) {
		MUST(domain_print(out, domain) && fflush(out) == 0);
		check_json(text, length);
	}
	rewind(out);
	MUST(totals_print_json(out, &totals, 5) && fflush(out) == 0);
	check_json(text, length);
	rewind(out);
	MUST(totals_print_text(out, &totals, 5) && fclose(out) == 0);
	for (size_t i = 0; i < length; i++)
		MUST(text[i] == '\n' || (text[i] >= 0x20 && text[i] < 0x7f));
	totals_done(&totals);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct compare_domain domain;
	json_error_t error;
	json_t *line;

	memory_begin();
	if (memory_prepare((const char *)data, size) == MEMORY_READY) {
		line = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, &error);
		MUST(line || json_error_code(&error) != json_error_out_of_memory);
		MUST(!memory_rewind());
		MUST(memory_prepare((const char *)data, size) == MEMORY_READY);
		line = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, &error);
		if (line && !domain_read(line, &domain))
			check_domain(&domain);
	}
	memory_end();
	return 0;
}
