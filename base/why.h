/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Explanations. Where something is decided, a code and its arguments are written down; text is made
 * of them only when someone asks. A line is kept as: u16 length, u8 code, arguments. why_lines.h has
 * every code with its phase, its rule and its sentence.
 */
#ifndef NMX_BASE_WHY_H
#define NMX_BASE_WHY_H

#include "base/address.h"
#include "base/arena.h"
#include "base/dname.h"

#include <nextmx.h>

enum why_code {
#define WHY(name, phase, rule, format) WHY_##name,
#include "base/why_lines.h"
#undef WHY
	WHY_N_CODES
};

/* Lines behind each other, in an arena. */
struct why {
	uint8_t *bytes;
	size_t length, size;
	size_t n;
	bool cut; /* LIMIT_WHY is reached: the last line says so, what came later is left out */
};

/* A host or an address that is left out of a route. */
struct drop {
	enum nmx_source stage;
	enum nmx_drop_code code;
	uint16_t port;
	const uint8_t *host;	       /* wire form; NULL for a literal */
	const struct address *address; /* NULL: the whole host */
	size_t text;		       /* its line: offset into notes.texts */
};

/* What is written down while a route is made. */
struct notes {
	struct arena *arena;
	struct why lines;
	struct why texts; /* a line for each drop */
	struct drop *drops;
	size_t n_drops, drops_size;
	bool drops_cut;
	uint32_t causes; /* a bit for each enum nmx_drop_code that was dropped for, listed or not */
};

struct notes notes_in(struct arena *arena);

/* Arguments as the code's sentence wants them: %n const uint8_t * (name), %a const struct address *,
 * %u unsigned, %s const char *. */
void notes_why(struct notes *notes, enum why_code code, ...);
/* Records a drop; the same arguments follow. host and address must live as long as the arena. */
void notes_drop(struct notes *notes, const struct drop *drop, enum why_code code, ...);

/* The line at an offset, and the offset of the next one. */
enum why_code why_code_at(const uint8_t *line);
size_t why_next(const uint8_t *bytes, size_t at);
/* Line i of n; NULL beyond the last. */
const uint8_t *why_line(const uint8_t *bytes, size_t n, size_t i);
void why_print(struct text *text, const uint8_t *line);

const char *why_rule(enum why_code code);
const char *why_phase(enum why_code code);

#endif
