/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A list of a scan as a whole: its entries, the lines of those that are faults, and keys. The first octet
 * chooses a line each, a column by number, or by name. In a file of memory, read as /proc/self/fd/N.
 */
#include "target.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/scan/line.h"
#include "cli/scan/members.h"
#include "cli/scan/utf8.h"

const unsigned fuzz_kinds = 3;

/* Of cli/args.c: a list of the fuzzer's has many columns that are not there. */
void
complain(const char *format, ...)
{
	MUST(strncmp(format, "scan: ", 6) == 0);
}

bool
args_number(const char *flag, const char *value, uint64_t least, uint64_t most,
	    uint64_t *ret_number)
{
	(void)flag, (void)least, (void)most;
	*ret_number = strtoull(value, NULL, 10);
	return true;
}

static void
check_fault(const struct input_item *item)
{
	struct member error, domain;
	uint64_t key;
	size_t length;
	char *line = line_of_fault(item, NULL, &length);

	if (!line)
		abort();
	MUST(strlen(line) == length && strchr(line, '\n') == line + length - 1);
	line[length - 1] = '\0';
	MUST(is_printable(line, true) && is_printable(item->fault, true));
	MUST(strlen(item->domain) <= 255);
	MUST(members_find(line, length - 1, "domain", &domain));
	MUST(members_find(line, length - 1, "error", &error));
	MUST(line_key_of_line(line, length - 1, &key) && key == line_key_of_item(item));
	free(line);
}

/* The key of a line as the library would write it: octets that are no UTF-8 make it another. */
static void
check_key(const struct input_item *item)
{
	size_t n = strlen(item->domain);
	char *line = malloc(6 * n + 32), *to;
	uint64_t key = 0;
	bool is_utf8 = true;

	if (!line)
		abort();
	to = stpcpy(line, "{\"domain\":\"");
	for (size_t at = 0, length; at < n; at += length) {
		uint32_t code;

		is_utf8 &= utf8_read(item->domain + at, n - at, &code, &length) && code != 0xfffd;
		if (code < 0x20 || code == '"' || code == '\\')
			to += sprintf(to, "\\u%04x", code);
		else
			to += utf8_write(code, to);
	}
	to += sprintf(to, "\"}");
	MUST(line_key_of_line(line, (size_t)(to - line), &key));
	MUST((key == line_key_of_item(item)) == is_utf8);
	free(line);
}

static void
check_item(const struct input_item *item, uint64_t number, uint64_t last_line)
{
	size_t n = strlen(item->domain);

	MUST(item->number == number && item->line > last_line && n <= INPUT_LINE);
	MUST(input_shard(item->domain, 7) >= 1 && input_shard(item->domain, 7) <= 7);
	MUST(!memchr(item->domain, '\n', n));
	if (item->fault) {
		check_fault(item);
	} else {
		MUST(n > 0 && item->domain[0] != ' ' && item->domain[n - 1] != ' ');
		check_key(item);
	}
}

static void
read_list(char *path, const char *column)
{
	struct input_settings settings = {
		.files = &path, .n_files = 1, .csv_column = column, .shard = 1, .n_shards = 1};
	uint64_t number = 0, line = 0, taken, all;
	enum input_result result;
	struct input_item item;
	struct input *input;

	if (!input_open(&settings, &input))
		abort();
	while ((result = input_next(input, &item)) == INPUT_ITEM) {
		check_item(&item, ++number, line);
		line = item.line;
	}
	MUST(result == INPUT_END || (result == INPUT_FAILED && column && number == 0));
	input_progress(input, &taken, &all);
	MUST(taken == all || result == INPUT_FAILED);
	input_close(input);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const columns[] = {NULL, "2", "domain"};
	static int fd = -1;
	char path[64];

	if (!size)
		return 0;
	if (fd < 0)
		fd = memfd_create("list", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, 0) < 0 ||
	    pwrite(fd, data + 1, size - 1, 0) != (ssize_t)size - 1)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	read_list(path, columns[data[0] % fuzz_kinds]);
	return 0;
}
