/* SPDX-License-Identifier: BSD-2-Clause */
#include <nextmx.h>

#include <string.h>

/* Levenshtein's distance, for short words. */
static size_t
distance(const char *a, const char *b)
{
	enum { MOST = 64 };
	size_t row[MOST + 1], n = strnlen(a, MOST), m = strnlen(b, MOST);

	for (size_t j = 0; j <= m; j++)
		row[j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t change = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
			if (change < row[j])
				row[j] = change;
		}
	}
	return row[m];
}

const char *
nmx_nearest(const char *word, const char *const *words, size_t n)
{
	const char *best = NULL;
	size_t least = SIZE_MAX;

	for (size_t i = 0; word && words && i < n; i++) {
		size_t d = distance(word, words[i]);

		if (d < least) {
			least = d;
			best = words[i];
		}
	}
	return best;
}
