/* SPDX-License-Identifier: BSD-2-Clause */
/* Without limits: a line each on standard error, values in quotes. */
#include "daemon/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char process_name[32] = "start";
static enum nmx_log_level most = NMX_LOG_INFO;

void
log_open(const char *target, enum nmx_log_level level, const char *process)
{
	(void)target;
	most = level;
	snprintf(process_name, sizeof(process_name), "%s", process);
}

bool
log_wants(enum nmx_log_level level)
{
	return level <= most;
}

bool
log_level_of(const char *name, enum nmx_log_level *ret_level)
{
	static const char *const names[] = {"error", "warning", "info", "debug"};

	for (unsigned i = 0; i < 4; i++) {
		if (strcmp(names[i], name) == 0) {
			*ret_level = i;
			return true;
		}
	}
	return false;
}

/* Quotes inside become single ones, so that the tests need not unescape. */
static int
add_pair(char *line, size_t size, const char *name, const char *value)
{
	int n = snprintf(line, size, " %s=\"%s\"", name, value);

	for (char *c = line + strlen(name) + 3; (size_t)(c - line) < size && c[0] && c[1]; c++) {
		if (*c == '"')
			*c = '\'';
	}
	return n;
}

static void
write_line(const char *event, va_list args)
{
	char line[4096];
	int n = snprintf(line, sizeof(line) - 1, "process=%s event=%s", process_name, event);
	const char *name;

	while ((name = va_arg(args, const char *))) {
		const char *value = va_arg(args, const char *);

		if (value && (size_t)n < sizeof(line) - 1)
			n += add_pair(line + n, sizeof(line) - 1 - (size_t)n, name, value);
	}
	if ((size_t)n > sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	(void)!write(STDERR_FILENO, line, (size_t)n);
}

void
log_write(enum nmx_log_level level, const char *event, ...)
{
	va_list args;

	if (!log_wants(level))
		return;
	va_start(args, event);
	write_line(event, args);
	va_end(args);
}

void
log_always(enum nmx_log_level level, const char *event, ...)
{
	va_list args;

	(void)level;
	va_start(args, event);
	write_line(event, args);
	va_end(args);
}
