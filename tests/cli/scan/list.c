/* SPDX-License-Identifier: BSD-2-Clause */
#include "list.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

enum { MOST_PATHS = 64 };

static char folder[] = "/tmp/nextmx-scan-test-XXXXXX";
static char *paths[MOST_PATHS];
static size_t n_paths;

static void
must(bool good, const char *what)
{
	if (!good) {
		perror(what);
		abort();
	}
}

void
list_begin(void)
{
	snprintf(folder, sizeof(folder), "/tmp/nextmx-scan-test-XXXXXX");
	must(mkdtemp(folder), "mkdtemp");
}

void
list_end(void)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	must(dir, folder);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && unlinkat(dirfd(dir), entry->d_name, 0) < 0)
			must(unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR) == 0, "unlink");
	closedir(dir);
	must(rmdir(folder) == 0, folder);
	while (n_paths)
		free(paths[--n_paths]);
}

char *
list_path(const char *name)
{
	char *path;

	must(n_paths < MOST_PATHS, "paths");
	if (!*name || *name == '-' || *name == '/')
		path = strdup(name);
	else if (asprintf(&path, "%s/%s", folder, name) < 0)
		path = NULL;
	must(path, "memory");
	return paths[n_paths++] = path;
}

void
list_write(const char *name, const void *octets, size_t n)
{
	FILE *file = fopen(list_path(name), "wb");

	must(file, name);
	must(fwrite(octets, 1, n, file) == n, name);
	must(fclose(file) == 0, name);
}

/* A domain that is too long to read is shown by its length. */
static void
add_item(struct text *text, const struct input_item *item)
{
	const char *file = strncmp(item->file, folder, strlen(folder)) == 0
				   ? item->file + strlen(folder) + 1
				   : item->file;
	size_t length = strlen(item->domain);

	text_printf(text, "%llu %s:%llu ", (unsigned long long)item->number, file,
		    (unsigned long long)item->line);
	if (length > 300)
		text_printf(text, "%.3s...(%zu)", item->domain, length);
	else
		text_escaped(text, item->domain, length);
	if (item->fault)
		text_printf(text, " !%s", item->fault);
	text_char(text, '\n');
}

char *
list_read_on(struct input *input)
{
	static const char *const ends[] = {"", "WAIT", "", "FAILED"};
	struct text text = text_growing();
	enum input_result result;
	struct input_item item;

	text_add(&text, "");
	while ((result = input_next(input, &item)) == INPUT_ITEM)
		add_item(&text, &item);
	text_add(&text, ends[result]);
	must(!text.failed, "memory");
	return text.data;
}

char *
list_read(const struct input_settings *settings)
{
	struct input *input = NULL;
	char *text;

	if (!input_open(settings, &input))
		return strdup("NOT OPENED");
	text = list_read_on(input);
	input_close(input);
	return text;
}
