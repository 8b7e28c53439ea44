/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of a policy (RULES STS-3, RFC 8461 section 3.2). Keys and values that carry meaning
 * are read to the letter. What stands beside them is not judged but remarked on: to refuse a
 * policy for it is to go without its protection, and who could put it there could as well serve
 * no policy at all.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/sts_bytes.h"

enum key { KEY_VERSION, KEY_MODE, KEY_MAX_AGE, N_KEYS };

#define OTHERS "; others may refuse the policy"

enum { MAX_AGE_DIGITS = 10, DAY = 86400, QUOTED_SIZE = 128, REMARK_SIZE = 400 };

/* What has been read. */
struct reader {
	struct arena *arena;
	unsigned line;
	struct sts_policy policy;
	struct sts_fault fault;
	unsigned first[N_KEYS]; /* line of the first one; 0: none yet */
	unsigned first_mx, n_mx;
	struct sts_pattern patterns[LIMIT_STS_PATTERNS];
	struct sts_fault remarks[LIMIT_STS_REMARKS];
};

static enum sts_result
refuse(struct reader *r, unsigned line, const char *fault)
{
	r->fault = (struct sts_fault){line, fault};
	return STS_INVALID;
}

__attribute__((format(printf, 3, 4))) static enum sts_result
remark(struct reader *r, unsigned line, const char *format, ...)
{
	char text[REMARK_SIZE];
	va_list args;
	struct sts_fault *last;

	if (r->policy.n_remarks == LIMIT_STS_REMARKS)
		return STS_OK;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	last = &r->remarks[r->policy.n_remarks++];
	*last = (struct sts_fault){line, arena_copy(r->arena, text, strlen(text) + 1)};
	return last->text ? STS_OK : STS_NOMEM;
}

/* The beginning of it, printable. */
static const char *
quoted(struct sts_bytes bytes, char buffer[static QUOTED_SIZE])
{
	struct text text = text_into(buffer, QUOTED_SIZE);

	text_escaped(&text, bytes.data, bytes.length < QUOTED_SIZE ? bytes.length : QUOTED_SIZE);
	return buffer;
}

/* ---- Fields --------------------------------------------------------------------------------- */

static enum sts_result
read_version(struct reader *r, struct sts_bytes value)
{
	return sts_bytes_is(value, "STSv1") ? STS_OK
					    : refuse(r, r->line, "the version is not STSv1");
}

static enum sts_result
read_mode(struct reader *r, struct sts_bytes value)
{
	for (int mode = NMX_STS_NONE; mode <= NMX_STS_ENFORCE; mode++)
		if (sts_bytes_is(value, nmx_sts_mode_name((enum nmx_sts_mode)mode))) {
			r->policy.mode = (enum nmx_sts_mode)mode;
			return STS_OK;
		}
	return refuse(r, r->line, "the mode is not enforce, testing or none");
}

/*
 *	1 to 10 digits, at most 31557600	that many seconds
 *	anything else				the policy is refused
 */
static enum sts_result
read_max_age(struct reader *r, struct sts_bytes value)
{
	struct cursor c = cursor_over(value.data, value.length);
	uint64_t seconds = 0;
	bool good = value.length >= 1 && value.length <= MAX_AGE_DIGITS;

	while (good && cursor_left(&c)) {
		uint8_t digit = cursor_u8(&c);

		good = digit >= '0' && digit <= '9';
		seconds = seconds * 10 + digit - '0';
	}
	if (!good)
		return refuse(r, r->line, "max_age is not 1 to 10 digits");
	if (seconds > LIMIT_STS_MAX_AGE)
		return refuse(r, r->line, "max_age is over 31557600");
	r->policy.max_age = (uint32_t)seconds;
	return STS_OK;
}

static bool
is_ascii(struct sts_bytes bytes)
{
	struct cursor c = cursor_over(bytes.data, bytes.length);

	while (cursor_left(&c))
		if (cursor_u8(&c) >= 0x80)
			return false;
	return true;
}

/* What is odd about a pattern that names something. */
static enum sts_result
remark_on_pattern(struct reader *r, struct sts_bytes value, const struct sts_pattern *pattern)
{
	char text[QUOTED_SIZE];
	enum sts_result result = STS_OK;

	if (!is_ascii(value))
		result = remark(r, r->line, "mx \"%s\" is not in A-labels" OTHERS,
				quoted(value, text));
	if (result == STS_OK && value.data[value.length - 1] == '.')
		result = remark(r, r->line, "mx \"%s\" ends in a dot" OTHERS, quoted(value, text));
	if (result == STS_OK && dname_labels(pattern->name) == 1)
		result = remark(r, r->line, "mx \"%s\" is %s", quoted(value, text),
				pattern->wildcard ? "a whole top-level domain" : "a single label");
	return result;
}

/*
 * One that is no name names no host. It is left out, and the others bind: the policy says less
 * then, never more.
 */
static enum sts_result
read_mx(struct reader *r, struct sts_bytes value)
{
	struct sts_pattern *pattern = &r->patterns[r->policy.n_patterns];
	char text[QUOTED_SIZE];
	const char *fault;
	enum sts_result result;

	if (!r->first_mx)
		r->first_mx = r->line;
	if (r->n_mx++ >= LIMIT_STS_PATTERNS)
		return r->n_mx > LIMIT_STS_PATTERNS + 1
			       ? STS_OK
			       : remark(r, r->line, "only the first %d mx count",
					LIMIT_STS_PATTERNS);
	result =
		sts_pattern_read((const char *)value.data, value.length, r->arena, pattern, &fault);
	if (result == STS_INVALID)
		return remark(r, r->line, "mx \"%s\" names no host: %s", quoted(value, text),
			      fault);
	if (result == STS_OK) {
		r->policy.n_patterns++;
		result = remark_on_pattern(r, value, pattern);
	}
	return result;
}

static const struct {
	const char *name, *missing;
	enum sts_result (*read)(struct reader *r, struct sts_bytes value);
} keys[N_KEYS] = {
	[KEY_VERSION] = {"version", "version is missing", read_version},
	[KEY_MODE] = {"mode", "mode is missing", read_mode},
	[KEY_MAX_AGE] = {"max_age", "max_age is missing", read_max_age},
};

/* RFC 8461 section 3.2: of a field that may stand once only the first counts, whatever the
 * others say. */
static enum sts_result
read_once(struct reader *r, enum key key, struct sts_bytes value)
{
	if (r->first[key])
		return remark(r, r->line, "%s is ignored: that of line %u counts", keys[key].name,
			      r->first[key]);
	r->first[key] = r->line;
	return keys[key].read(r, value);
}

static enum sts_result
read_field(struct reader *r, struct sts_bytes key, struct sts_bytes value)
{
	char text[QUOTED_SIZE];

	for (int i = 0; i < N_KEYS; i++)
		if (sts_bytes_is(key, keys[i].name))
			return read_once(r, (enum key)i, value);
	if (sts_bytes_is(key, "mx"))
		return read_mx(r, value);
	if (!sts_bytes_are_key(key) || !value.length)
		return remark(r, r->line,
			      "\"%s\" is ignored: not KEY: VALUE as RFC 8461 has it" OTHERS,
			      quoted(key, text));
	return remark(r, r->line, "\"%s\" is ignored: no key of RFC 8461", quoted(key, text));
}

/* ---- Lines ---------------------------------------------------------------------------------- */

/*
 *	a control character, or not UTF-8	the policy is refused
 *	nothing but blanks			ignored
 *	no colon				ignored
 *	version, mode, max_age			the first counts; wrong, it refuses the policy
 *	mx					ignored unless it names a host
 *	any other key				ignored
 *
 * Blanks are WSP: spaces and tabs. The grammar has them behind the colon and at the end; here
 * they may stand at the beginning and before the colon, too. Anywhere else a tab is a control
 * character.
 */
static enum sts_result
read_line(struct reader *r, struct sts_bytes line)
{
	struct cursor c = cursor_over(line.data, line.length);
	const char *fault = sts_bytes_fault(line);
	bool colon;
	struct sts_bytes before, key, value;
	enum sts_result result = STS_OK;

	if (fault)
		return refuse(r, r->line, fault);
	if (sts_bytes_trim(line).length == 0)
		return remark(r, r->line, "an empty line" OTHERS);
	before = sts_bytes_until(&c, ':', &colon);
	key = sts_bytes_trim(before);
	value = sts_bytes_trim((struct sts_bytes){line.data + c.at, line.length - c.at});
	if (sts_bytes_has(key, '\t') || sts_bytes_has(value, '\t'))
		return refuse(r, r->line, "a control character");
	if (!colon)
		return remark(r, r->line, "the line is ignored: not KEY: VALUE" OTHERS);
	if (key.length != before.length)
		result = remark(r, r->line, "blanks before a key or its colon" OTHERS);
	return result == STS_OK ? read_field(r, key, value) : result;
}

/* Editors of another system put it there. */
static enum sts_result
skip_byte_order_mark(struct reader *r, struct cursor *text)
{
	struct cursor ahead = *text;

	if (cursor_left(text) < 3 || memcmp(cursor_bytes(&ahead, 3), "\xef\xbb\xbf", 3) != 0)
		return STS_OK;
	*text = ahead;
	return remark(r, 1, "a byte order mark" OTHERS);
}

/* Lines end in LF or CRLF, the last may end with the text. Any other CR is a control character. */
static enum sts_result
read_lines(struct reader *r, struct cursor *text)
{
	enum sts_result result = skip_byte_order_mark(r, text);

	while (result == STS_OK && cursor_left(text)) {
		bool ended;
		struct sts_bytes line = sts_bytes_until(text, '\n', &ended);

		r->line++;
		if (ended && line.length && line.data[line.length - 1] == '\r')
			line.length--;
		result = read_line(r, line);
	}
	return result;
}

/* ---- The whole ------------------------------------------------------------------------------ */

/*
 * A policy that names no host at all, though it must, is refused as one without mx: it could only
 * stop all mail, which protects nobody's.
 */
static enum sts_result
judge_whole(struct reader *r)
{
	for (int i = 0; i < N_KEYS; i++)
		if (!r->first[i])
			return refuse(r, 0, keys[i].missing);
	if (r->policy.mode == NMX_STS_NONE)
		return STS_OK;
	if (r->policy.n_patterns == 0)
		return refuse(r, r->first_mx, r->n_mx ? "no mx names a host" : "mx is missing");
	if (r->policy.max_age < DAY)
		return remark(r, r->first[KEY_MAX_AGE],
			      "max_age is shorter than a day; RFC 8461 expects weeks");
	return STS_OK;
}

static enum sts_result
give(struct reader *r, struct sts_policy *ret_policy)
{
	struct sts_policy policy = r->policy;

	policy.patterns =
		arena_copy(r->arena, r->patterns, policy.n_patterns * sizeof(*policy.patterns));
	policy.remarks =
		arena_copy(r->arena, r->remarks, policy.n_remarks * sizeof(*policy.remarks));
	if (!policy.patterns || !policy.remarks)
		return STS_NOMEM;
	*ret_policy = policy;
	return STS_OK;
}

enum sts_result
sts_policy_read(const uint8_t *text, size_t length, struct arena *arena,
		struct sts_policy *ret_policy, struct sts_fault *ret_fault)
{
	struct reader r = {.arena = arena};
	struct cursor c = cursor_over(text, length);
	enum sts_result result;

	if (length > LIMIT_STS_POLICY)
		result = refuse(&r, 0, "over 64 KiB");
	else
		result = read_lines(&r, &c);
	if (result == STS_OK)
		result = judge_whole(&r);
	if (result == STS_OK)
		result = give(&r, ret_policy);
	if (result == STS_INVALID)
		*ret_fault = r.fault;
	return result;
}
