/*
 * corpus.h - entries of tests/corpus: text files that people read and extend, and the policy folders that they
 * edit. The form is told in tests/README.md.
 *
 *   === a sentence that names the entry
 *   key: value                      any number
 *   in: red-list.yaml               an edit of the policy folder: the lines after '-' must stand there, and where
 *   - what is replaced              they do first become those after '+'; without '-' these go to the end
 *   + by what
 *   ---
 *   the rest, up to the next ===, is the body
 *
 * {{1000*text}} is the text a thousand times, {{x:EFBBBF}} bytes, {{n}} a line end without a line. What stands before
 * the first entry holds for all of them.
 */
#ifndef TESTS_CORPUS_H
#define TESTS_CORPUS_H

#include <dirent.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"
#include "policies/read.h"
#include "tests/unit/unit.h"

enum {
	CORPUS_KEYS = 48,
	CORPUS_ENTRIES = 400,
	CORPUS_FILES = 64,
	CORPUS_BYTES = 4 << 20
};

struct corpus_key {
	const char *key, *value;
};

struct corpus_entry {
	const char *file, *name;
	unsigned line;
	struct corpus_key keys[CORPUS_KEYS];
	unsigned n_keys;
	const char *body;
	size_t len;
};

struct corpus {
	struct arena arena;
	struct corpus_entry *entries;
	unsigned n;
};

/* ---- {{...}} ---- */

static inline unsigned corpus_hex(char c)
{
	return c >= '0' && c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10) & 15;
}

static inline void corpus_directive(struct text *t, const char *s, size_t len)
{
	char *star;
	unsigned long times = strtoul(s, &star, 10);

	if (len > 2 && memcmp(s, "x:", 2) == 0) {
		for (size_t i = 2; i + 1 < len; i += 2)
			text_addc(t, (char)(corpus_hex(s[i]) << 4 | corpus_hex(s[i + 1])));
	} else if (len == 1 && s[0] == 'n') {
		text_addc(t, '\n');
	} else {
		size_t head = (size_t)(star - s) + 1;

		ck_assert_msg(*star == '*' && head <= len, "{{%.*s}} is no directive", (int)len, s);
		for (unsigned long i = 0; i < times; i++)
			text_addn(t, s + head, len - head);
	}
}

/* Into the arena, zero ended; *len without the zero. */
static inline const char *corpus_expand(struct arena *a, const char *s, size_t *len)
{
	const char *open, *close, *end = s + strlen(s);
	struct text t;
	char *out;

	text_init(&t, CORPUS_BYTES);
	while ((open = strstr(s, "{{")) != NULL && (close = strstr(open, "}}")) != NULL) {
		text_addn(&t, s, (size_t)(open - s));
		corpus_directive(&t, open + 2, (size_t)(close - open) - 2);
		s = close + 2;
	}
	text_addn(&t, s, (size_t)(end - s));
	ck_assert_msg(!text_failed(&t), "an entry is too large");
	out = arena_alloc(a, t.len + 1);
	ck_assert_ptr_nonnull(out);
	if (t.len > 0)
		memcpy(out, t.at, t.len);
	out[t.len] = '\0';
	*len = t.len;
	text_clear(&t);
	return out;
}

/* ---- entries ---- */

static inline void corpus_add_key(struct arena *a, struct corpus_entry *e, const char *line)
{
	struct corpus_key *k = &e->keys[e->n_keys];
	const char *colon = strstr(line, ": ");
	size_t len = strlen(line);

	ck_assert_msg(e->n_keys < CORPUS_KEYS, "%s:%u: too many lines", e->file, e->line);
	if (line[0] == '-' || line[0] == '+') {
		k->key = line[0] == '-' ? "-" : "+";
		k->value = len < 2 ? "" : arena_text(a, line + 2);
	} else {
		ck_assert_msg(colon != NULL, "%s:%u: '%s' is no key", e->file, e->line, line);
		k->key = arena_textn(a, line, (size_t)(colon - line));
		k->value = arena_text(a, colon + 2);
	}
	ck_assert(k->key != NULL && k->value != NULL);
	e->n_keys++;
}

static inline void corpus_end_body(struct corpus *c, struct text *body)
{
	struct corpus_entry *e = c->n == 0 ? NULL : &c->entries[c->n - 1];

	if (e != NULL && body->len > 0) {
		/* the empty line before the next entry is not part of it */
		while (body->len > 1 && body->at[body->len - 1] == '\n' &&
			body->at[body->len - 2] == '\n')
			body->len--;
		e->body = corpus_expand(&c->arena, text_str(body), &e->len);
	}
	text_reset(body);
}

static inline struct corpus_entry *corpus_next(
	struct corpus *c, const struct corpus_entry *defaults, const char *name, unsigned line)
{
	struct corpus_entry *e = &c->entries[c->n];

	ck_assert_uint_lt(c->n, CORPUS_ENTRIES);
	*e = *defaults;
	e->name = arena_text(&c->arena, name);
	e->line = line;
	c->n++;
	return e;
}

static inline void corpus_read(struct corpus *c, const char *path)
{
	struct corpus_entry defaults = { .file = NULL }, *e = &defaults;
	struct error err;
	struct text body;
	uint8_t *bytes;
	size_t len;
	unsigned line = 0;
	bool in_body = false;

	arena_init(&c->arena, 64 << 20);
	c->n = 0;
	c->entries = arena_array(&c->arena, CORPUS_ENTRIES, sizeof(*c->entries));
	ck_assert_ptr_nonnull(c->entries);
	defaults.file = arena_text(&c->arena, path);
	OK(file_read(path, CORPUS_BYTES, &bytes, &len, &err));
	text_init(&body, CORPUS_BYTES);
	for (size_t at = 0; at < len;) {
		const char *s = (const char *)bytes + at;
		size_t n = (size_t)((const char *)memchr(s, '\n', len - at) - s);
		const char *one = arena_textn(&c->arena, s, n);

		line++;
		at += n + 1;
		if (strncmp(one, "=== ", 4) == 0) {
			corpus_end_body(c, &body);
			in_body = false;
			e = corpus_next(c, &defaults, one + 4, line);
		} else if (in_body) {
			text_add(&body, one);
			text_addc(&body, '\n');
		} else if (strcmp(one, "---") == 0) {
			in_body = true;
		} else if (one[0] != '#' && one[0] != '\0') {
			corpus_add_key(&c->arena, e, one);
		}
	}
	corpus_end_body(c, &body);
	text_clear(&body);
	free(bytes);
}

/* The last value of a key, or NULL. */
static inline const char *corpus_get(const struct corpus_entry *e, const char *key)
{
	const char *value = NULL;

	for (unsigned i = 0; i < e->n_keys; i++)
		if (strcmp(e->keys[i].key, key) == 0)
			value = e->keys[i].value;
	return value;
}

/* ---- policy folders ---- */

struct corpus_file {
	char name[80];
	char *bytes; /* heap, zero ended */
	size_t len;
};

struct corpus_folder {
	struct corpus_file files[CORPUS_FILES];
	unsigned n;
};

static inline void folder_clear(struct corpus_folder *f)
{
	for (unsigned i = 0; i < f->n; i++)
		free(f->files[i].bytes);
	f->n = 0;
}

static inline struct corpus_file *folder_file(struct corpus_folder *f, const char *name)
{
	for (unsigned i = 0; i < f->n; i++)
		if (strcmp(f->files[i].name, name) == 0)
			return &f->files[i];
	return NULL;
}

static inline void folder_put(
	struct corpus_folder *f, const char *name, const char *bytes, size_t len)
{
	struct corpus_file *file = folder_file(f, name);
	char *copy = malloc(len + 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes, len);
	copy[len] = '\0';
	if (file == NULL) {
		ck_assert_uint_lt(f->n, CORPUS_FILES);
		file = &f->files[f->n++];
		snprintf(file->name, sizeof(file->name), "%s", name);
	} else {
		free(file->bytes);
	}
	file->bytes = copy;
	file->len = len;
}

/* Reads a folder and its cohorts. */
static inline void folder_read(struct corpus_folder *f, const char *path, const char *sub)
{
	char full[400];
	DIR *dir;
	const struct dirent *d;

	snprintf(full, sizeof(full), "%s/%s", path, sub);
	dir = opendir(full);
	if (sub[0] == '\0')
		f->n = 0;
	ck_assert_msg(dir != NULL || sub[0] != '\0', "%s is not there", path);
	while (dir != NULL && (d = readdir(dir)) != NULL) {
		char name[80];
		struct error err;
		uint8_t *bytes;
		size_t len;

		if (d->d_name[0] == '.')
			continue;
		if (sub[0] == '\0' && strcmp(d->d_name, "cohorts") == 0) {
			folder_read(f, path, "cohorts/");
			continue;
		}
		ck_assert_int_lt(
			snprintf(name, sizeof(name), "%s%s", sub, d->d_name), (int)sizeof(name));
		ck_assert_int_lt(
			snprintf(full, sizeof(full), "%s/%s", path, name), (int)sizeof(full));
		OK(file_read(full, CORPUS_BYTES, &bytes, &len, &err));
		folder_put(f, name, (const char *)bytes, len);
		free(bytes);
	}
	if (dir != NULL)
		closedir(dir);
}

/* The first place of `part` in the file. */
static inline size_t folder_find(
	const struct corpus_entry *e, const struct corpus_file *file, const char *part, size_t len)
{
	const char *at = memmem(file->bytes, file->len, part, len);

	ck_assert_msg(at != NULL, "%s:%u: %s has no '%s'", e->file, e->line, file->name, part);
	return (size_t)(at - file->bytes);
}

static inline void folder_replace(struct corpus_folder *f, const struct corpus_entry *e,
	const char *name, const char *from, size_t from_len, const char *to, size_t to_len)
{
	struct corpus_file *file = folder_file(f, name);
	struct text t;
	size_t at;

	ck_assert_msg(file != NULL, "%s:%u: there is no file %s", e->file, e->line, name);
	at = from_len == 0 ? file->len : folder_find(e, file, from, from_len);
	text_init(&t, CORPUS_BYTES);
	text_addn(&t, file->bytes, at);
	text_addn(&t, to, to_len);
	text_addn(&t, file->bytes + at + from_len, file->len - at - from_len);
	ck_assert(!text_failed(&t));
	folder_put(f, name, text_str(&t), t.len);
	text_clear(&t);
}

/* The lines of one sign from keys[*i] on, joined; with a line end behind each when `whole`. */
static inline const char *corpus_lines(struct arena *a, const struct corpus_entry *e, unsigned *i,
	const char *sign, bool whole, size_t *len)
{
	struct text t;
	const char *out;

	text_init(&t, CORPUS_BYTES);
	for (unsigned first = *i; *i < e->n_keys && strcmp(e->keys[*i].key, sign) == 0; (*i)++) {
		if (!whole && *i > first)
			text_addc(&t, '\n');
		text_add(&t, e->keys[*i].value);
		if (whole)
			text_addc(&t, '\n');
	}
	out = corpus_expand(a, text_str(&t), len);
	text_clear(&t);
	return out;
}

static inline void folder_convert(struct corpus_folder *f, const char *name, const char *to)
{
	struct corpus_file *file = folder_file(f, name);
	size_t in_left, room, out_left;
	char *in, *out, *at;
	iconv_t cd = iconv_open(to, "UTF-8");

	ck_assert_msg(file != NULL && cd != (iconv_t)-1, "%s cannot be written in %s", name, to);
	in = file->bytes;
	in_left = file->len;
	room = out_left = 4 * file->len + 8;
	at = out = malloc(room);
	ck_assert_ptr_nonnull(out);
	ck_assert_msg(iconv(cd, &in, &in_left, &at, &out_left) != (size_t)-1, "%s in %s", name, to);
	iconv_close(cd);
	folder_put(f, name, out, room - out_left);
	free(out);
}

static inline void folder_crlf(struct corpus_folder *f, const char *name)
{
	const struct corpus_file *file = folder_file(f, name);
	struct text t;

	ck_assert_ptr_nonnull(file);
	text_init(&t, CORPUS_BYTES);
	for (size_t i = 0; i < file->len; i++) {
		if (file->bytes[i] == '\n')
			text_addc(&t, '\r');
		text_addc(&t, file->bytes[i]);
	}
	folder_put(f, name, text_str(&t), t.len);
	text_clear(&t);
}

/* All edits of an entry, in their order; whether there was one. */
static inline bool folder_edit(
	struct corpus_folder *f, struct arena *a, const struct corpus_entry *e)
{
	bool edited = false;

	for (unsigned i = 0; i < e->n_keys;) {
		const char *key = e->keys[i].key, *value = e->keys[i].value, *from, *to;
		size_t from_len = 0, to_len = 0;

		i++;
		if (strcmp(key, "in") == 0) {
			from = corpus_lines(a, e, &i, "-", false, &from_len);
			to = corpus_lines(a, e, &i, "+", from_len == 0, &to_len);
			folder_replace(f, e, value, from, from_len, to, to_len);
		} else if (strcmp(key, "whole") == 0) {
			to = corpus_lines(a, e, &i, "+", true, &to_len);
			folder_put(f, value, to, to_len);
		} else if (strcmp(key, "remove") == 0) {
			struct corpus_file *file = folder_file(f, value);

			ck_assert_ptr_nonnull(file);
			free(file->bytes);
			*file = f->files[--f->n];
		} else if (strcmp(key, "GBK") == 0 || strcmp(key, "UTF-16") == 0 ||
			   strcmp(key, "UTF-16BE") == 0 || strcmp(key, "UTF-32") == 0) {
			folder_convert(f, value, key);
		} else if (strcmp(key, "CRLF") == 0) {
			folder_crlf(f, value);
		} else {
			continue;
		}
		edited = true;
	}
	return edited;
}

/* Writes the folder under `path`, which is there. */
static inline void folder_write(const struct corpus_folder *f, const char *path)
{
	char full[400];
	struct error err;

	for (unsigned i = 0; i < f->n; i++) {
		const char *slash = strchr(f->files[i].name, '/');

		if (slash != NULL) {
			snprintf(full, sizeof(full), "%s/%.*s", path,
				(int)(slash - f->files[i].name), f->files[i].name);
			(void)mkdir(full, 0700);
		}
		snprintf(full, sizeof(full), "%s/%s", path, f->files[i].name);
		OK(file_write(full, f->files[i].bytes, f->files[i].len, 0600, &err));
	}
}

static inline void folder_remove(const char *path, bool deeper)
{
	DIR *dir = opendir(path);
	const struct dirent *d;
	char full[700];

	while (dir != NULL && (d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		if (snprintf(full, sizeof(full), "%s/%s", path, d->d_name) >= (int)sizeof(full))
			continue;
		if (unlink(full) != 0 && deeper)
			folder_remove(full, false);
	}
	if (dir != NULL)
		closedir(dir);
	(void)rmdir(path);
}

/* The folder as a policy, from memory; NULL with errors in ds. */
static inline struct policy *folder_policy(
	const struct corpus_folder *f, struct arena *arena, struct diags *ds)
{
	struct policy_file files[CORPUS_FILES];
	struct policy *p = NULL;

	for (unsigned i = 0; i < f->n; i++)
		files[i] = (struct policy_file){ arena_text(arena, f->files[i].name),
			f->files[i].bytes, f->files[i].len };
	return policy_read(files, f->n, arena, ds, &p) == 0 ? p : NULL;
}

#endif
