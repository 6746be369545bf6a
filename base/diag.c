/*
 * diag.c - a list of findings in the caller's arena. Without memory a finding is counted and its
 * text lost: whoever asks only whether there were errors still gets the truth.
 */
#include "base/diag.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

void diags_init(struct diags *ds, struct arena *arena)
{
	*ds = (struct diags){ .arena = arena };
}

static struct diag *diag_slot(struct diags *ds)
{
	if (ds->count >= MAX_DIAGS)
		return NULL;
	if (ds->count == ds->room) {
		size_t room = ds->room == 0 ? 8 : ds->room * 2;
		struct diag *larger = arena_array(ds->arena, room, sizeof(*larger));

		if (larger == NULL)
			return NULL;
		if (ds->count > 0)
			memcpy(larger, ds->list, ds->count * sizeof(*larger));
		ds->list = larger;
		ds->room = room;
	}
	return &ds->list[ds->count];
}

void diag_add(struct diags *ds, enum diag_level level, const char *code, struct place at,
	const char *en, const char *zh, ...)
{
	struct diag *d = diag_slot(ds);
	va_list args;

	if (level == DIAG_ERROR)
		ds->errors++;
	if (level == DIAG_WARNING)
		ds->warnings++;
	if (d == NULL)
		return;
	*d = (struct diag){ .level = level, .at = at };
	(void)!text_copy(d->code, sizeof(d->code), code);
	va_start(args, zh);
	d->en = arena_textv(ds->arena, en, args);
	va_end(args);
	va_start(args, zh);
	d->zh = arena_textv(ds->arena, zh, args);
	va_end(args);
	if (d->en == NULL || d->zh == NULL) {
		d->en = "there are more findings than memory to tell them";
		d->zh = "问题过多，内存不足，无法全部列出";
	}
	ds->count++;
}

void diag_say(
	struct diags *ds, enum diag_level level, const char *code, struct place at, struct say say)
{
	/* Each format takes both arguments and shows one. */
	diag_add(ds, level, code, at, "%s%.0s", "%.0s%s", say.en, say.zh);
}

static bool comes_before(const struct place *a, const struct place *b)
{
	int order = strcmp(a->file == NULL ? "" : a->file, b->file == NULL ? "" : b->file);

	if (order != 0)
		return order < 0;
	if (a->line != b->line)
		return a->line < b->line;
	return a->column < b->column;
}

/* Insertion: the list is short, nearly sorted, and equal places must keep their order. */
void diags_sort(struct diags *ds)
{
	for (size_t i = 1; i < ds->count; i++) {
		struct diag d = ds->list[i];
		size_t k = i;

		for (; k > 0 && comes_before(&d.at, &ds->list[k - 1].at); k--)
			ds->list[k] = ds->list[k - 1];
		ds->list[k] = d;
	}
}

static const char *level_word(enum diag_level level, int chinese)
{
	switch (level) {
	case DIAG_NOTICE:
		return chinese ? "提示" : "notice";
	case DIAG_WARNING:
		return chinese ? "警告" : "warning";
	case DIAG_ERROR:
		break;
	}
	return chinese ? "错误" : "error";
}

/* "file:3:7: ", "file: " without a position, nothing without a file. */
static const char *place_text(const struct place *at, char *buf, size_t size)
{
	int n = 0;

	buf[0] = 0;
	if (at->file != NULL && at->line == 0)
		n = snprintf(buf, size, "%s: ", at->file);
	else if (at->file != NULL)
		n = snprintf(buf, size, "%s:%u:%u: ", at->file, at->line, at->column);
	return n < 0 || (size_t)n >= size ? "(long file name): " : buf;
}

void diags_print(const struct diags *ds, FILE *out, int chinese)
{
	size_t found = ds->errors + ds->warnings, listed = 0;
	char place[MAX_SAY];

	for (size_t i = 0; i < ds->count; i++) {
		const struct diag *d = &ds->list[i];

		listed += d->level != DIAG_NOTICE;
		fprintf(out, "%s%s %s: %s\n", place_text(&d->at, place, sizeof(place)),
			level_word(d->level, chinese), d->code, chinese ? d->zh : d->en);
	}
	if (found > listed)
		fprintf(out, chinese ? "另有 %zu 个问题未列出\n" : "%zu more not listed\n",
			found - listed);
}

const struct diag *diags_first(const struct diags *ds)
{
	for (size_t i = 0; i < ds->count; i++)
		if (ds->list[i].level == DIAG_ERROR)
			return &ds->list[i];
	return NULL;
}

int diags_fail(const struct diags *ds, struct error *err)
{
	const struct say say =
		SAY("the text has errors; nothing was changed", "内容有错误，未作任何更改");
	const struct diag *d = diags_first(ds);
	char place[MAX_NAME + 40];
	const char *at;

	if (d == NULL)
		return error_set(err, E_INPUT, say, "%zu errors, not listed", ds->errors);
	at = place_text(&d->at, place, sizeof(place));
	if (ds->errors > 1)
		return error_set(err, E_INPUT, say, "%s%s %s (and %zu more)", at, d->code, d->en,
			ds->errors - 1);
	return error_set(err, E_INPUT, say, "%s%s %s", at, d->code, d->en);
}
