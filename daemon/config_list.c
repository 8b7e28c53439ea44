/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists: items with commas between them, and arrays that grow. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config_parse.h"

char *
config_next_item(char **list)
{
	char *item = *list + strspn(*list, " \t"), *end;
	size_t length = strcspn(item, ",");

	if (*item == '\0')
		return NULL;
	end = item + length;
	*list = end + (*end == ',');
	while (end > item && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = '\0';
	return item;
}

/* It doubles whenever the number is a power of two, so nobody need note how large it is. */
void *
config_grow(void *array, size_t n, size_t item_size)
{
	size_t more = n ? 2 * n : 1;

	if (n & (n - 1))
		return array;
	return more > SIZE_MAX / item_size ? NULL : realloc(array, more * item_size);
}
