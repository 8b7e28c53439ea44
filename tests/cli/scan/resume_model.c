/* SPDX-License-Identifier: BSD-2-Clause */
#include "resume_model.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/scan/line.h"
#include "cli/scan/resume.h"
#include "cli/scan/window.h"

/* One run. */
struct run {
	struct model *model;
	struct window window;
	struct resume resume;
	struct rng rng;
	size_t begun[MODEL_MOST], n_begun; /* in flight, or waiting for it */
	size_t n_read, n_written;
};

void
model_init(struct model *m, uint64_t window, size_t n, unsigned kinds)
{
	*m = (struct model){.window = window, .n = n};
	for (size_t i = 0; i < n; i++)
		m->list[i] = kinds ? (unsigned)(i * 7 % kinds) : (unsigned)i;
	m->file = memfd_create("model", MFD_CLOEXEC);
}

void
model_done(struct model *m)
{
	close(m->file);
}

size_t
model_size(const struct model *m)
{
	struct stat status;

	return fstat(m->file, &status) == 0 ? (size_t)status.st_size : 0;
}

void
model_cut(struct model *m, size_t octets)
{
	(void)!ftruncate(m->file, (off_t)octets);
}

void
model_copy(struct model *m, const struct model *from, size_t octets)
{
	char bytes[64 * MODEL_MOST];

	(void)!pread(from->file, bytes, octets, 0);
	model_cut(m, 0);
	(void)!pwrite(m->file, bytes, octets, 0);
}

static void
write_line(struct run *r, size_t entry)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "{\"domain\":\"d%u.test\"}\n", r->model->list[entry]);

	(void)!pwrite(r->model->file, line, (size_t)n, (off_t)model_size(r->model));
	r->n_written++;
}

static uint64_t
key_of(const struct model *m, size_t entry)
{
	char domain[32];
	struct input_item item = {.domain = domain};

	snprintf(domain, sizeof(domain), "d%u.test", m->list[entry]);
	return line_key_of_item(&item);
}

/* As feed.c does: as far as there is room. */
static enum model_end
read_list(struct run *r)
{
	struct model *m = r->model;

	for (; r->n_read < m->n && window_has_room(&r->window, r->n_read); r->n_read++)
		switch (resume_decide(&r->resume, r->n_read, key_of(m, r->n_read))) {
		case RESUME_HAS_LINE:
			window_finish(&r->window, r->n_read);
			break;
		case RESUME_NEW:
			r->begun[r->n_begun++] = r->n_read;
			break;
		case RESUME_OTHER_LIST:
			return MODEL_OTHER_LIST;
		default:
			return MODEL_BROKEN;
		}
	/* The end of the list, or of the window: every line must have found its entry. */
	return resume_left(&r->resume) == 0 ? MODEL_COMPLETE : MODEL_OTHER_LIST;
}

static enum model_end
run(struct run *r, size_t lines)
{
	for (;;) {
		enum model_end end = read_list(r);
		size_t i;

		if (end != MODEL_COMPLETE || r->n_begun == 0)
			return end;
		if (r->n_written == 0)
			model_cut(r->model, r->resume.whole);
		if (r->n_written == lines)
			return MODEL_CRASHED;
		i = rng_below(&r->rng, (uint32_t)r->n_begun);
		write_line(r, r->begun[i]);
		window_finish(&r->window, r->begun[i]);
		r->begun[i] = r->begun[--r->n_begun];
	}
}

enum model_end
model_run(struct model *m, uint64_t seed, size_t lines)
{
	struct run r = {.model = m, .window.size = m->window, .rng = rng_from_seed(seed)};
	enum model_end end;

	switch (resume_open(m->file, m->window, &r.resume)) {
	case RESUME_OPEN:
		break;
	case RESUME_BAD_LINE:
		return MODEL_BAD_LINE;
	default:
		return MODEL_BROKEN;
	}
	end = run(&r, lines);
	resume_done(&r.resume);
	return end;
}

bool
model_is_right(const struct model *m)
{
	int counts[MODEL_MOST] = {0};
	unsigned domain;
	char text[64];
	off_t at = 0;

	for (size_t i = 0; i < m->n; i++)
		counts[m->list[i]]++;
	for (ssize_t n; (n = pread(m->file, text, sizeof(text) - 1, at)) > 0;) {
		char *end;

		text[n] = '\0';
		end = strchr(text, '\n');
		if (!end || sscanf(text, "{\"domain\":\"d%u.test\"}", &domain) != 1 ||
		    domain >= MODEL_MOST)
			return false;
		counts[domain]--;
		at += end - text + 1;
	}
	for (size_t i = 0; i < MODEL_MOST; i++)
		if (counts[i] != 0)
			return false;
	return true;
}
