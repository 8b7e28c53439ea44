/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "daemon/log_limit.h"
#include "daemon/log_line.h"
#include "daemon/log_to.h"
#include "daemon/moment.h"

static const char *const levels[] = {"error", "warning", "info", "debug"};
static const char syslog_path[] = "/dev/log";

/* There is one in a process. */
static struct {
	enum nmx_log_level level;
	char process[32];
	bool to_syslog, is_detached;
	struct log_limit limit;
	uint64_t n_lost, n_lost_untold;
} own = {.level = NMX_LOG_INFO};

void
log_open(const char *target, enum nmx_log_level level, const char *process)
{
	own.level = level;
	snprintf(own.process, sizeof(own.process), "%s", process);
	own.to_syslog = own.is_detached || strcmp(target, "syslog") == 0;
	own.limit = (struct log_limit){0};
	own.n_lost = own.n_lost_untold = 0;
	/* Both: a reload may change from one to the other when neither can be opened any more. */
	log_to_stderr_open();
	log_to_syslog_open(syslog_path);
}

void
log_detach(void)
{
	own.is_detached = own.to_syslog = true;
}

uint64_t
log_lost(void)
{
	return own.n_lost;
}

bool
log_wants(enum nmx_log_level level)
{
	return level <= own.level;
}

bool
log_level_of(const char *name, enum nmx_log_level *ret_level)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (strcmp(name, levels[i]) == 0) {
			*ret_level = (enum nmx_log_level)i;
			return true;
		}
	return false;
}

/* ---- Writing ---------------------------------------------------------------------------------- */

static void
begin(struct log_line *line, enum nmx_log_level level, const char *event)
{
	log_line_begin(line);
	log_line_add(line, "level", levels[level]);
	log_line_add(line, "event", event);
	if (*own.process)
		log_line_add(line, "process", own.process);
}

static bool
send_line(struct log_line *line, enum nmx_log_level level)
{
	static const int severities[] = {LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};

	if (own.to_syslog)
		return log_to_syslog(syslog_path, severities[level], line->text, line->length);
	log_line_end(line);
	return log_to_stderr(line->text, line->length);
}

/* A line about lines; the count is told, and zero again, if it is taken. */
static bool
tell(const char *event, uint64_t *n)
{
	struct log_line line;
	char number[24];

	if (*n == 0)
		return true;
	snprintf(number, sizeof(number), "%" PRIu64, *n);
	begin(&line, NMX_LOG_WARNING, event);
	log_line_add(&line, "lines", number);
	if (!send_line(&line, NMX_LOG_WARNING))
		return false;
	*n = 0;
	return true;
}

static void
write_pairs(enum nmx_log_level level, const char *event, va_list pairs)
{
	struct log_line line;

	begin(&line, level, event);
	for (const char *name; (name = va_arg(pairs, const char *));) {
		const char *value = va_arg(pairs, const char *);

		if (value)
			log_line_add(&line, name, value);
	}
	if (tell("lost", &own.n_lost_untold) && tell("suppressed", &own.limit.n_held_back) &&
	    send_line(&line, level))
		return;
	own.n_lost++;
	own.n_lost_untold++;
}

void
log_write(enum nmx_log_level level, const char *event, ...)
{
	va_list pairs;

	if (!log_wants(level) || !log_limit_take(&own.limit, level, moment_ns()))
		return;
	va_start(pairs, event);
	write_pairs(level, event, pairs);
	va_end(pairs);
}

void
log_always(enum nmx_log_level level, const char *event, ...)
{
	va_list pairs;

	va_start(pairs, event);
	write_pairs(level, event, pairs);
	va_end(pairs);
}
