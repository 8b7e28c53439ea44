/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a target without libFuzzer:
 *
 *	fuzz_TARGET CORPUS...	replays the files of these folders, and files named by themselves; then
 *				RUNS inputs for each kind, half of them random, half changed from the
 *				corpus. Always the same ones, so that a failure comes back.
 *
 * An input that ends the program is written in hexadecimal to standard error.
 */
#include "target.h"

#include <dirent.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"

enum { RUNS = 10000, MOST_ENTRIES = 512, MOST_BYTES = 8192, RANDOM_BYTES = 300 };

struct entry {
	uint8_t *data;
	size_t size;
};

static struct entry corpus[MOST_ENTRIES];
static size_t n_corpus;

/* What runs now, for whoever has to find out why it failed. */
static const uint8_t *current;
static size_t current_size;

/* Of the sanitizers, if they are there. */
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

static void
show_current(void)
{
	fprintf(stderr, "the input:");
	for (size_t i = 0; i < current_size; i++)
		fprintf(stderr, " %02x", current[i]);
	fprintf(stderr, "\n");
}

static void
on_signal(int number)
{
	show_current();
	signal(number, SIG_DFL);
	raise(number);
}

_Noreturn static void
die(const char *what, const char *name)
{
	fprintf(stderr, "%s: %s\n", name, what);
	exit(EXIT_FAILURE);
}

/* In memory of exactly its size, so that reading beyond is seen. */
static void
run(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size + (size == 0));

	if (!exact)
		abort();
	memcpy(exact, data, size);
	current = exact;
	current_size = size;
	LLVMFuzzerTestOneInput(exact, size);
	current_size = 0;
	free(exact);
}

/* ---- The corpus ----------------------------------------------------------------------------- */

static void
read_entry(const char *path)
{
	struct entry *entry = &corpus[n_corpus++];
	FILE *file = fopen(path, "rb");

	if (!file)
		die("cannot be read", path);
	if (n_corpus == MOST_ENTRIES)
		die("too many entries", path);
	entry->data = malloc(MOST_BYTES);
	if (!entry->data)
		abort();
	entry->size = fread(entry->data, 1, MOST_BYTES, file);
	fclose(file);
}

static int
is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Sorted by name: the same on every file system. */
static void
read_folder(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, is_visible, alphasort);

	if (n < 0)
		die("cannot be listed", path);
	for (int i = 0; i < n; i++) {
		char file[4096];

		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		read_entry(file);
		free(names[i]);
	}
	free(names);
}

/* ---- Inputs --------------------------------------------------------------------------------- */

static size_t
random_input(struct rng *rng, uint8_t *data)
{
	size_t size = rng_below(rng, RANDOM_BYTES);
	uint64_t most = rng_below(rng, 2) ? 256 : 4; /* small numbers make counts and lengths */

	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)(rng_below(rng, 8) ? rng_below(rng, most) : rng_next(rng));
	return size;
}

/* One change: octets set, inserted, taken out, repeated, cut off, or the end of another entry. */
static size_t
change(struct rng *rng, uint8_t *data, size_t size)
{
	static const uint8_t telling[] = {0,	1,   0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0,
					  0xff, '.', '-',  '@',	 '/',  ',',  '[',  ':'};
	const struct entry *other = &corpus[rng_below(rng, n_corpus)];
	size_t at = rng_below(rng, size + 1), n = 1 + rng_below(rng, 8), from;

	switch (rng_below(rng, 7)) {
	case 0:
		if (at < size)
			data[at] ^= (uint8_t)(1u << rng_below(rng, 8));
		break;
	case 1:
		if (at < size)
			data[at] = telling[rng_below(rng, sizeof(telling))];
		break;
	case 2:
		if (at < size)
			data[at] = (uint8_t)rng_next(rng);
		break;
	case 3: /* insert */
		if (size + n > MOST_BYTES)
			break;
		memmove(data + at + n, data + at, size - at);
		for (size_t i = 0; i < n; i++)
			data[at + i] = (uint8_t)rng_next(rng);
		return size + n;
	case 4: /* take out */
		n = n < size - at ? n : size - at;
		memmove(data + at, data + at + n, size - at - n);
		return size - n;
	case 5: /* repeat what stands before, or cut off */
		if (rng_below(rng, 2))
			return at;
		n = n < at ? n : at;
		if (size + n > MOST_BYTES)
			break;
		memmove(data + at + n, data + at, size - at);
		memcpy(data + at, data + at - n, n);
		return size + n;
	default:
		from = rng_below(rng, other->size + 1);
		if (at + other->size - from > MOST_BYTES)
			break;
		memcpy(data + at, other->data + from, other->size - from);
		return at + other->size - from;
	}
	return size;
}

/* An entry of this kind, mostly: a record is best changed into others of its type. */
static const struct entry *
pick_entry(struct rng *rng, unsigned kind)
{
	const struct entry *entry = &corpus[rng_below(rng, n_corpus)];

	for (int i = 0;
	     i < 30 && fuzz_kinds > 1 && entry->size && entry->data[0] % fuzz_kinds != kind; i++)
		entry = &corpus[rng_below(rng, n_corpus)];
	return entry;
}

static size_t
changed_input(struct rng *rng, unsigned kind, uint8_t *data)
{
	const struct entry *entry = pick_entry(rng, kind);
	size_t size = entry->size;

	memcpy(data, entry->data, size);
	for (uint64_t changes = 1 + rng_below(rng, 6); changes; changes--)
		size = change(rng, data, size);
	return size;
}

static void
run_kind(unsigned kind)
{
	struct rng rng = rng_from_seed(kind + 1);
	static uint8_t data[MOST_BYTES + 1];

	for (int i = 0; i < RUNS; i++) {
		size_t size = i % 2 && n_corpus ? changed_input(&rng, kind, data)
						: random_input(&rng, data);

		if (fuzz_kinds > 1 && size)
			data[0] = (uint8_t)kind;
		run(data, size);
	}
}

int
main(int argc, char **argv)
{
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(show_current);
	else
		signal(SIGSEGV, on_signal);
	signal(SIGABRT, on_signal);
	for (int i = 1; i < argc; i++) {
		struct stat status;

		if (stat(argv[i], &status) < 0)
			die("cannot be found", argv[i]);
		if (S_ISDIR(status.st_mode))
			read_folder(argv[i]);
		else
			read_entry(argv[i]);
	}
	if (n_corpus == 0)
		die("no corpus", argv[0]);
	for (size_t i = 0; i < n_corpus; i++)
		run(corpus[i].data, corpus[i].size);
	for (unsigned kind = 0; kind < (fuzz_kinds ? fuzz_kinds : 1); kind++)
		run_kind(kind);
	printf("%zu entries, %u inputs\n", n_corpus, RUNS * (fuzz_kinds ? fuzz_kinds : 1));
	for (size_t i = 0; i < n_corpus; i++)
		free(corpus[i].data);
	return EXIT_SUCCESS;
}
