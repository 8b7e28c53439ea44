/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/resume.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/scan/keys.h"
#include "cli/scan/line.h"
#include "cli/scan/members.h"

/* ---- The whole file --------------------------------------------------------------------------- */

/* One line; true while there may be more. */
static bool
check_line(struct file_lines *lines, struct resume *r, enum resume_open_result *ret_result)
{
	const char *line;
	size_t length;
	uint64_t key;

	switch (file_lines_next(lines, &line, &length)) {
	case FILE_LINES_LINE:
		r->n_lines++;
		if (line_key_of_line(line, length, &key))
			return true;
		*ret_result = RESUME_BAD_LINE;
		return false;
	case FILE_LINES_LONG:
		r->n_lines++;
		*ret_result = RESUME_BAD_LINE;
		return false;
	case FILE_LINES_FAILED:
		*ret_result = RESUME_UNREADABLE;
		return false;
	default:
		*ret_result = RESUME_OPEN;
		return false;
	}
}

/* What would be cut off is the beginning of a line, not something that somebody wants to keep. */
static bool
is_torn_line(const struct resume *r)
{
	char begin[64];
	size_t n = r->torn < sizeof(begin) ? (size_t)r->torn : sizeof(begin);
	ssize_t got = pread(r->fd, begin, n, (off_t)r->whole);

	return got == (ssize_t)n && line_key_is_begin(begin, n);
}

enum resume_open_result
resume_open(int fd, uint64_t window, struct resume *ret_resume)
{
	struct resume r = {.fd = fd, .window = window};
	enum resume_open_result result = RESUME_OPEN;
	struct file_lines lines;

	file_lines_init(&lines, fd, 0);
	while (check_line(&lines, &r, &result))
		;
	r.whole = lines.next;
	r.torn = lines.read - lines.next;
	file_lines_done(&lines);
	if (result == RESUME_OPEN && r.torn && !is_torn_line(&r)) {
		r.n_lines++;
		result = RESUME_BAD_LINE;
	}
	if (result != RESUME_OPEN) {
		ret_resume->n_lines = r.n_lines;
		return result;
	}
	r.keys = keys_new((size_t)window);
	if (!r.keys) {
		errno = ENOMEM;
		return RESUME_UNREADABLE;
	}
	file_lines_init(&r.lines, fd, 0);
	*ret_resume = r;
	return RESUME_OPEN;
}

void
resume_done(struct resume *r)
{
	file_lines_done(&r->lines);
	keys_free(r->keys);
}

/* ---- Entries ---------------------------------------------------------------------------------- */

/* The keys of the lines before number n. False: errno says why. */
static bool
read_until(struct resume *r, uint64_t n)
{
	const char *line;
	size_t length;
	uint64_t key;

	for (; r->n_read < n && r->n_read < r->n_lines; r->n_read++) {
		enum file_lines_result result = file_lines_next(&r->lines, &line, &length);

		if (result == FILE_LINES_FAILED)
			return false;
		if (result != FILE_LINES_LINE || !line_key_of_line(line, length, &key) ||
		    !keys_put(r->keys, key, r->lines.start)) {
			errno = ESTALE; /* somebody changed it */
			return false;
		}
	}
	return true;
}

enum resume_entry
resume_decide(struct resume *r, uint64_t number, uint64_t key)
{
	bool is_late = r->has_new && number - r->first_new >= r->window;

	if (resume_left(r) == 0)
		return RESUME_NEW;
	if (is_late)
		return RESUME_OTHER_LIST;
	if (!read_until(r, number + r->window))
		return RESUME_FAILED;
	if (keys_take(r->keys, key))
		return RESUME_HAS_LINE;
	if (!r->has_new) {
		r->has_new = true;
		r->first_new = number;
	}
	return r->n_lines < r->first_new + r->window ? RESUME_NEW : RESUME_OTHER_LIST;
}

uint64_t
resume_left(const struct resume *r)
{
	return r->n_lines - r->n_read + keys_count(r->keys);
}

void
resume_example(const struct resume *r, char *ret_domain, size_t size)
{
	uint64_t offset = keys_count(r->keys) ? keys_first(r->keys) : r->lines.next;
	struct file_lines lines;
	struct member member;
	const char *line;
	size_t length;

	ret_domain[0] = '\0';
	file_lines_init(&lines, r->fd, offset);
	if (file_lines_next(&lines, &line, &length) == FILE_LINES_LINE &&
	    (members_find(line, length, "input", &member) ||
	     members_find(line, length, "domain", &member)))
		snprintf(ret_domain, size, "%.*s",
			 (int)(member.value_length < size ? member.value_length : size),
			 member.value);
	file_lines_done(&lines);
}
