/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts of nextmxd.conf: each is refused with a printable sentence, or a configuration without
 * surprises. */
#include "target.h"

#include <string.h>
#include <sys/socket.h>

#include "daemon/config_parse.h"

const unsigned fuzz_kinds = 1;

static void
check_domains(const char *const *domains, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		MUST(*domains[i] && is_printable(domains[i], false));
		MUST(i == 0 || strcmp(domains[i - 1], domains[i]) < 0);
		MUST(config_domains_have(domains, n, domains[i]));
	}
}

static void
check_listeners(const struct listen_spec *specs, size_t n)
{
	MUST(n <= CONFIG_LISTENERS);
	for (size_t i = 0; i < n; i++) {
		int family = specs[i].address.ss_family;

		MUST(family == AF_INET || family == AF_INET6 || family == AF_UNIX);
		MUST(specs[i].length > 0 && specs[i].length <= sizeof(specs[i].address));
		MUST(specs[i].mode <= 0777);
		MUST(strncmp(specs[i].text, "inet:", 5) == 0 ||
		     strncmp(specs[i].text, "unix:/", 6) == 0);
	}
}

static void
check_settings(const struct config *c)
{
	for (size_t i = 0; i < c->n_settings; i++) {
		size_t j = 0;

		while (j < nmx_option_count() &&
		       strcmp(nmx_option_name(j), c->settings[i].name) != 0)
			j++;
		MUST(j < nmx_option_count() && c->settings[i].line > 0);
		MUST(i == 0 || c->settings[i].line > c->settings[i - 1].line);
		MUST(!strpbrk(c->settings[i].value, "\r\n") && c->settings[i].value[0] != ' ');
	}
}

static void
check_config(const struct config *c)
{
	MUST(c->n_socketmaps + c->n_https > 0);
	MUST(c->workers >= 1 && c->workers <= 64);
	MUST(c->deadline_ms >= 100 && c->deadline_ms <= 30000);
	MUST(c->slot_s >= 1 && c->slot_s <= 3600);
	MUST(c->memory_mb == 0 || c->memory_mb >= 128);
	MUST(c->connections >= 16 && c->idle_s >= 1 && c->quarantine_s >= 1);
	MUST(!c->user || (*c->user && strcmp(c->user, "root") != 0));
	MUST(strcmp(c->log, "stderr") == 0 || strcmp(c->log, "syslog") == 0);
	for (int i = 0; i < CLASS_COUNT; i++)
		MUST(*c->classes[i] && is_printable(c->classes[i], false) &&
		     !strpbrk(c->classes[i], ":,[]"));
	check_listeners(c->socketmaps, c->n_socketmaps);
	check_listeners(c->https, c->n_https);
	check_domains(c->pass, c->n_pass);
	check_domains(c->log_why, c->n_log_why);
	check_settings(c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *config = NULL;
	char error[1024] = "";
	char *text = malloc(size + 1);

	if (!text)
		abort();
	if (size)
		memcpy(text, data, size);
	if (config_parse("F", text, size, &config, error, sizeof(error))) {
		MUST(*error == '\0');
		check_config(config);
		config_free(config);
	} else {
		MUST(!config && strncmp(error, "F:", 2) == 0 && is_printable(error, true));
	}
	return 0;
}
