/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON (RFC 8259) written as it comes, on one line. What is written is valid UTF-8 by then. */
#ifndef NMX_RESOLVER_JSON_WRITER_H
#define NMX_RESOLVER_JSON_WRITER_H

#include "base/text.h"

/* A comma before everything but the first thing of an object or array. */
struct json {
	struct text text;
	bool comma;
};

/* In front of an element of an array that is no object. */
void json_separate(struct json *w);
/* '{' or '[', and their ends. */
void json_open(struct json *w, char bracket);
void json_close(struct json *w, char bracket);
/* A string. */
void json_quote(struct json *w, const char *string);

/* Members of an object; after a key comes its value. */
void json_key(struct json *w, const char *name);
void json_string(struct json *w, const char *name, const char *value);
void json_number(struct json *w, const char *name, uint64_t value);
void json_null(struct json *w, const char *name);
/* Begins an array, which json_close() ends. */
void json_array(struct json *w, const char *name);

/* Begins an object that is an element of an array. */
void json_element(struct json *w);

/* The end: the text is the caller's, for free(). 0 or NMX_E_NOMEM. */
int json_give(struct json *w, char **ret_text);

#endif
