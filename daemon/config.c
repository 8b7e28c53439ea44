/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config_parse.h"

enum section { SECTION_RESOLVER, SECTION_DAEMON, SECTIONS };

static const char *const sections[SECTIONS] = {"resolver", "daemon"};

/* ---- Errors ----------------------------------------------------------------------------------- */

/* File and fault may hold anything: only printable ASCII leaves. */
static void
write_error(const char *path, const struct fault *fault, char *ret_error, size_t size)
{
	if (fault->line)
		snprintf(ret_error, size, "%s:%u: %s", path, fault->line, fault->text);
	else
		snprintf(ret_error, size, "%s: %s", path, fault->text);
	for (char *c = ret_error; size && *c; c++)
		if (*c < 0x20 || *c >= 0x7f)
			*c = '?';
}

/* ---- [resolver] ------------------------------------------------------------------------------- */

static size_t
find_option(const char *name)
{
	size_t i = 0;

	while (i < nmx_option_count() && strcmp(nmx_option_name(i), name) != 0)
		i++;
	return i;
}

static bool
is_option(const char *name)
{
	return find_option(name) < nmx_option_count();
}

static const char *
nearest_option(const char *name)
{
	enum { MOST = 256 };
	const char *names[MOST];
	size_t n = 0;

	for (; n < nmx_option_count() && n < MOST; n++)
		names[n] = nmx_option_name(n);
	return nmx_nearest(name, names, n);
}

/* Its value is judged by the context that it is given to. */
static bool
add_setting(struct config *config, const struct ini_entry *entry, struct fault *fault)
{
	struct setting *grown;

	if (!nmx_option_is_list(find_option(entry->key)))
		for (size_t i = 0; i < config->n_settings; i++)
			if (strcmp(config->settings[i].name, entry->key) == 0)
				return fault_set(
					fault, entry->line,
					"key %s is given twice: it stands already in line %u",
					entry->key, config->settings[i].line);
	grown = config_grow(config->settings, config->n_settings, sizeof(*grown));
	if (!grown)
		return fault_set(fault, entry->line, "out of memory");
	config->settings = grown;
	grown[config->n_settings++] = (struct setting){entry->key, entry->value, entry->line};
	return true;
}

/* ---- Reading ---------------------------------------------------------------------------------- */

static bool
unknown(const struct ini_entry *entry, struct fault *fault)
{
	bool in_daemon = entry->section == SECTION_DAEMON;

	if (in_daemon ? is_option(entry->key) : config_key_exists(entry->key))
		return fault_set(fault, entry->line, "key %s belongs to [%s], not to [%s]",
				 entry->key, sections[!in_daemon], sections[in_daemon]);
	return fault_set(fault, entry->line, "no key \"%.100s\" in [%s]; the nearest is %s",
			 entry->key, sections[in_daemon],
			 in_daemon ? config_key_nearest(entry->key) : nearest_option(entry->key));
}

static bool
take_entry(const struct ini_entry *entry, void *user, struct fault *fault)
{
	struct config_owned *owned = user;

	if (entry->section == SECTION_DAEMON && config_key_exists(entry->key))
		return config_key_set(owned, entry, fault);
	if (entry->section == SECTION_RESOLVER && is_option(entry->key))
		return add_setting(&owned->config, entry, fault);
	return unknown(entry, fault);
}

static bool
finish(struct config_owned *owned, struct fault *fault)
{
	struct config *config = &owned->config;

	if (!config_key_set_defaults(owned, fault) ||
	    !config_listen_check(config, owned->allow_remote, fault))
		return false;
	config_domains_sort(config->pass, &config->n_pass);
	config_domains_sort(config->log_why, &config->n_log_why);
	return true;
}

bool
config_parse(const char *path, char *text, size_t length, struct config **ret, char *ret_error,
	     size_t size)
{
	struct config_owned *owned = calloc(1, sizeof(*owned));
	struct fault fault;

	if (owned)
		owned->config.path = strdup(path);
	if (!owned || !owned->config.path) {
		fault_set(&fault, 0, "out of memory");
		free(text);
		free(owned);
		write_error(path, &fault, ret_error, size);
		return false;
	}
	owned->text = text;
	if (ini_read(text, length, sections, SECTIONS, take_entry, owned, &fault) &&
	    finish(owned, &fault)) {
		*ret = &owned->config;
		return true;
	}
	config_free(&owned->config);
	write_error(path, &fault, ret_error, size);
	return false;
}

bool
config_read(const char *path, struct config **ret, char *ret_error, size_t size)
{
	struct fault fault;
	size_t length;
	char *text;

	if (config_load(path, &text, &length, &fault))
		return config_parse(path, text, length, ret, ret_error, size);
	write_error(path, &fault, ret_error, size);
	return false;
}

void
config_free(struct config *config)
{
	struct config_owned *owned = (struct config_owned *)config;

	if (!config)
		return;
	free((char *)(uintptr_t)config->path);
	free(config->settings);
	free(config->socketmaps);
	free(config->https);
	free(config->pass);
	free(config->log_why);
	free(owned->text);
	free(owned);
}

/* ---- Use -------------------------------------------------------------------------------------- */

bool
config_apply(const struct config *config, struct nmx_context *ctx, char *ret_error, size_t size)
{
	for (size_t i = 0; i < config->n_settings; i++) {
		const struct setting *setting = &config->settings[i];
		const char *error = NULL;
		struct fault fault;
		int result = nmx_context_set(ctx, setting->name, setting->value, &error);

		if (result == 0)
			continue;
		fault_set(&fault, setting->line, "%s", error ? error : nmx_strerror(result));
		write_error(config->path, &fault, ret_error, size);
		return false;
	}
	return true;
}

bool
config_passes(const struct config *config, const char *domain)
{
	return config_domains_have(config->pass, config->n_pass, domain);
}

bool
config_logs_why(const struct config *config, const char *domain)
{
	return config_domains_have(config->log_why, config->n_log_why, domain);
}
