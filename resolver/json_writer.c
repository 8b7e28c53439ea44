/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/json_writer.h"

#include <stdlib.h>

#include <nextmx.h>

void
json_separate(struct json *w)
{
	if (w->comma)
		text_char(&w->text, ',');
	w->comma = true;
}

void
json_open(struct json *w, char bracket)
{
	text_char(&w->text, bracket);
	w->comma = false;
}

void
json_close(struct json *w, char bracket)
{
	text_char(&w->text, bracket);
	w->comma = true;
}

/* RFC 8259 section 7. Everything is valid UTF-8 by now. */
void
json_quote(struct json *w, const char *string)
{
	text_char(&w->text, '"');
	while (*string) {
		size_t plain = 0;

		while (string[plain] && string[plain] != '"' && string[plain] != '\\' &&
		       (unsigned char)string[plain] >= 0x20 && string[plain] != 0x7f)
			plain++;
		text_bytes(&w->text, string, plain);
		string += plain;
		if (*string)
			text_printf(&w->text, "\\u%04x", (unsigned char)*string++);
	}
	text_char(&w->text, '"');
}

void
json_key(struct json *w, const char *name)
{
	json_separate(w);
	text_char(&w->text, '"');
	text_add(&w->text, name);
	text_add(&w->text, "\":");
}

void
json_string(struct json *w, const char *name, const char *value)
{
	json_key(w, name);
	json_quote(w, value);
}

void
json_number(struct json *w, const char *name, uint64_t value)
{
	json_key(w, name);
	text_u64(&w->text, value);
}

void
json_null(struct json *w, const char *name)
{
	json_key(w, name);
	text_add(&w->text, "null");
}

void
json_array(struct json *w, const char *name)
{
	json_key(w, name);
	json_open(w, '[');
}

void
json_element(struct json *w)
{
	json_separate(w);
	json_open(w, '{');
}

int
json_give(struct json *w, char **ret_text)
{
	if (w->text.failed) {
		free(w->text.data);
		return NMX_E_NOMEM;
	}
	*ret_text = w->text.data;
	return 0;
}
