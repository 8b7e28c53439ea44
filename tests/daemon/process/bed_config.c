/* SPDX-License-Identifier: BSD-2-Clause */
/* A line each: "socketmap unix:PATH[:MODE]", "workers 2", "name first" ... */
#include "stand_ins.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/config.h"

static char *
copy(const char *text)
{
	char *made = strdup(text);

	if (!made)
		abort();
	return made;
}

static struct listen_spec
spec_of(const char *text, unsigned line)
{
	struct listen_spec spec = {.text = copy(text), .line = line, .mode = 0660};
	char *part = copy(strchr(text, ':') + 1), *colon = strrchr(part, ':');

	if (strncmp(text, "unix:", 5) == 0) {
		struct sockaddr_un *un = (struct sockaddr_un *)&spec.address;

		un->sun_family = AF_UNIX;
		if (colon) {
			*colon = '\0';
			spec.mode = (mode_t)strtoul(colon + 1, NULL, 8);
		}
		strcpy(un->sun_path, part);
		spec.length =
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(part) + 1);
	} else if (part[0] == '[') {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&spec.address;

		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((uint16_t)atoi(colon + 1));
		colon[-1] = '\0';
		inet_pton(AF_INET6, part + 1, &in6->sin6_addr);
		spec.length = sizeof(*in6);
	} else {
		struct sockaddr_in *in = (struct sockaddr_in *)&spec.address;

		*colon = '\0';
		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)atoi(colon + 1));
		inet_pton(AF_INET, part, &in->sin_addr);
		spec.length = sizeof(*in);
	}
	free(part);
	return spec;
}

static void
add_spec(struct listen_spec **specs, size_t *n, const char *value, unsigned line)
{
	*specs = realloc(*specs, (*n + 1) * sizeof(**specs));
	(*specs)[(*n)++] = spec_of(value, line);
}

static void
set_text(const char **text, const char *value)
{
	free((char *)*text);
	*text = copy(value);
}

static bool
set(struct config *c, const char *name, const char *value, unsigned line)
{
	if (strcmp(name, "socketmap") == 0)
		add_spec(&c->socketmaps, &c->n_socketmaps, value, line);
	else if (strcmp(name, "http") == 0)
		add_spec(&c->https, &c->n_https, value, line);
	else if (strcmp(name, "workers") == 0)
		c->workers = (unsigned)atoi(value);
	else if (strcmp(name, "user") == 0)
		set_text(&c->user, value);
	else if (strcmp(name, "name") == 0)
		set_text(&c->classes[WORD_NAME], value);
	else if (strcmp(name, "start") == 0)
		set_text(&c->classes[WORD_START], value);
	else if (strcmp(name, "check") == 0)
		set_text(&c->classes[WORD_CHECK], value);
	else if (strcmp(name, "log-level") == 0)
		set_text(&c->log_level, value);
	else if (strcmp(name, "quarantine") == 0)
		c->quarantine_s = (unsigned)atoi(value);
	else if (strcmp(name, "connections") == 0)
		c->connections = (unsigned)atoi(value);
	else if (strcmp(name, "memory-mb") == 0)
		c->memory_mb = (unsigned)atoi(value);
	else
		return false;
	return true;
}

bool
config_read(const char *path, struct config **ret, char *ret_error, size_t size)
{
	struct config *c = calloc(1, sizeof(*c));
	char line[1024], name[64], value[512];
	FILE *file = fopen(path, "r");

	if (!c || !file) {
		snprintf(ret_error, size, "%s: cannot be read", path);
		free(c);
		return false;
	}
	c->path = copy(path);
	c->workers = 1;
	c->quarantine_s = 600;
	c->log = copy("stderr");
	for (size_t i = 0; i < CLASS_COUNT; i++)
		c->classes[i] = copy("");
	for (unsigned n = 1; fgets(line, sizeof(line), file); n++) {
		if (sscanf(line, "%63s %511s", name, value) == 2 && set(c, name, value, n))
			continue;
		snprintf(ret_error, size, "%s:%u: no option \"%s\"", path, n, name);
		fclose(file);
		config_free(c);
		return false;
	}
	fclose(file);
	*ret = c;
	return true;
}

static void
free_specs(struct listen_spec *specs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free((char *)specs[i].text);
	free(specs);
}

void
config_free(struct config *c)
{
	if (!c)
		return;
	free_specs(c->socketmaps, c->n_socketmaps);
	free_specs(c->https, c->n_https);
	for (size_t i = 0; i < CLASS_COUNT; i++)
		free((char *)c->classes[i]);
	free((char *)c->path);
	free((char *)c->user);
	free((char *)c->log);
	free((char *)c->log_level);
	free(c);
}

bool
config_apply(const struct config *c, struct nmx_context *ctx, char *ret_error, size_t size)
{
	const char *how = c->classes[WORD_CHECK];

	(void)ctx;
	if (strcmp(how, "crash") == 0)
		abort();
	while (strcmp(how, "hang") == 0)
		pause();
	if (strcmp(how, "bad") != 0)
		return true;
	snprintf(ret_error, size, "%s:7: a bad option, as uid %u", c->path, (unsigned)geteuid());
	return false;
}
