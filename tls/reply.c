/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/reply.h"

#include <string.h>
#include <strings.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Three digits, the first 2 to 5, and a blank, a hyphen, or nothing more; every line has the same. */
static bool
read_code(struct reply *reply)
{
	const char *line = reply->line;
	unsigned code;

	if (reply->length < 3 || line[0] < '2' || line[0] > '5' || !is_digit(line[1]) ||
	    !is_digit(line[2]) || (reply->length > 3 && line[3] != ' ' && line[3] != '-'))
		return false;
	code = (unsigned)(line[0] - '0') * 100 + (unsigned)(line[1] - '0') * 10 +
	       (unsigned)(line[2] - '0');
	if (reply->n_lines > 0 && reply->code != code)
		return false;
	reply->code = code;
	return true;
}

/* What no line of a reply begins with is refused at once, instead of waiting for its end. */
static bool
may_stand(char c, size_t at)
{
	switch (at) {
	case 0:
		return c >= '2' && c <= '5';
	case 1:
	case 2:
		return is_digit(c);
	case 3:
		return c == ' ' || c == '-' || c == '\r';
	default:
		return true;
	}
}

static bool
is_starttls(const struct reply *reply)
{
	static const char keyword[] = "STARTTLS";
	size_t n = sizeof(keyword) - 1;

	return reply->n_lines > 0 && reply->length >= 4 + n &&
	       strncasecmp(reply->line + 4, keyword, n) == 0 &&
	       (reply->length == 4 + n || reply->line[4 + n] == ' ');
}

static enum reply_state
end_line(struct reply *reply)
{
	if (reply->length && reply->line[reply->length - 1] == '\r')
		reply->length--;
	if (!read_code(reply))
		return REPLY_BAD;
	reply->has_starttls |= is_starttls(reply);
	reply->n_lines++;
	if (reply->length <= 3 || reply->line[3] == ' ')
		return REPLY_DONE;
	return reply->n_lines < REPLY_LINES ? REPLY_MORE : REPLY_LONG;
}

static enum reply_state
take(struct reply *reply, char c)
{
	if (reply->ended)
		reply->length = 0;
	reply->ended = c == '\n';
	if (reply->ended)
		return end_line(reply);
	if (reply->length == REPLY_LINE)
		return REPLY_LONG;
	reply->line[reply->length++] = c;
	return may_stand(c, reply->length - 1) ? REPLY_MORE : REPLY_BAD;
}

enum reply_state
reply_read(struct reply *reply, const uint8_t *bytes, size_t n, size_t *ret_used)
{
	enum reply_state state = REPLY_MORE;
	size_t at = 0;

	while (at < n && state == REPLY_MORE)
		state = take(reply, (char)bytes[at++]);
	*ret_used = at;
	return state;
}
