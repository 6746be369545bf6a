#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "cli/mark.h"
#include "cli/plain.h"
#include "cli/policy.h"
#include "cli/wrap.h"

/* What every command at the desk reads, says and prints in the same way. */

enum {
	LINE = 100,
	LEAST = 24 /* columns a line gets, however far to the right it begins */
};

/* ---- printing ---- */

void desk_place(struct text *t, const struct place *at)
{
	if (at->file == NULL)
		text_addc(t, '-');
	else /* the name of a file is whatever who made it wanted, a terminal's commands too */
		plain_addn(t, at->file, strlen(at->file));
	if (at->file != NULL && at->line != 0)
		text_addf(t, ":%u:%u", at->line, at->column);
}

void desk_place_json(struct text *t, const struct place *at)
{
	text_add(t, ",\"file\":");
	text_add_json(t, at->file == NULL ? "" : at->file);
	text_addf(t, ",\"line\":%u,\"column\":%u", at->line, at->column);
}

void desk_pad(struct text *t, size_t from, size_t width)
{
	size_t have = text_failed(t) ? width : utf8_width(text_str(t) + from);

	for (; have < width; have++)
		text_addc(t, ' ');
}

static size_t columns_from(size_t at)
{
	return at + LEAST > LINE ? LEAST : LINE - at;
}

void desk_wrap(struct text *t, const char *s, size_t at, size_t indent)
{
	while (*s != '\0') {
		size_t next, n = wrap_line(s, columns_from(at), &next);

		text_addn(t, s, n);
		s += next;
		if (*s == '\0' || next == 0)
			return;
		text_addc(t, '\n');
		for (at = 0; at < indent; at++)
			text_addc(t, ' ');
	}
}

void desk_say_json(struct text *t, struct say s)
{
	if (s.en == NULL || s.zh == NULL) {
		text_add(t, "null");
		return;
	}
	text_add(t, "{\"en\":");
	text_add_json(t, s.en);
	text_add(t, ",\"zh\":");
	text_add_json(t, s.zh);
	text_addc(t, '}');
}

int desk_print(struct text *t, int status)
{
	if (text_failed(t)) {
		fputs("cordon policy: out of memory（内存不足）\n", stderr); /* it knows no language here */
		status = POLICY_ENVIRONMENT;
	} else {
		fputs(text_str(t), stdout);
	}
	text_clear(t);
	return status;
}

static void show_source(struct desk *d, struct text *out, const struct place *at)
{
	char path[4096];
	uint8_t *bytes;
	size_t len;
	struct error err;

	if (at->file == NULL || at->line == 0 ||
		snprintf(path, sizeof(path), "%s/%s", d->folder, at->file) >= (int)sizeof(path) ||
		file_read(path, MAX_FILE_BYTES, &bytes, &len, &err) != 0)
		return;
	mark_add(out, at, (const char *)bytes, len);
	free(bytes);
}

void desk_diags(struct desk *d, const char *text, size_t len)
{
	static const struct say levels[] = { { "notice", "提示" }, { "warning", "警告" },
		{ "error", "错误" } };
	struct text out;

	text_init(&out, DESK_OUTPUT);
	diags_sort(&d->ds);
	for (size_t i = 0; i < d->ds.count; i++) {
		const struct diag *one = &d->ds.list[i];

		if (one->at.file != NULL) {
			desk_place(&out, &one->at);
			text_add(&out, ": ");
		}
		text_addf(&out, "%s %s: ", desk_say(d, levels[one->level]), one->code);
		plain_addn(&out, d->zh ? one->zh : one->en, strlen(d->zh ? one->zh : one->en));
		text_addc(&out, '\n');
		if (text != NULL)
			mark_add(&out, &one->at, text, len);
		else
			show_source(d, &out, &one->at);
	}
	(void)desk_print(&out, 0);
}

void desk_diags_json(const struct desk *d, struct text *out)
{
	static const char *const levels[] = { "notice", "warning", "error" };

	text_addc(out, '[');
	for (size_t i = 0; i < d->ds.count; i++) {
		const struct diag *one = &d->ds.list[i];

		text_addf(out, "%s{\"level\":\"%s\",\"code\":\"%s\"", i == 0 ? "" : ",",
			levels[one->level], one->code);
		desk_place_json(out, &one->at);
		text_add(out, ",\"en\":");
		text_add_json(out, one->en);
		text_add(out, ",\"zh\":");
		text_add_json(out, one->zh);
		text_addc(out, '}');
	}
	text_addc(out, ']');
}

/* ---- failing ---- */

int desk_failed(const struct desk *d, const struct error *err)
{
	fprintf(stderr, d->zh ? "cordon policy %s：%s（" : "cordon policy %s: %s (", d->command,
		desk_say(d, err->say));
	plain_print(stderr, err->log); /* a server's words, a file's name */
	fputs(d->zh ? "）\n" : ")\n", stderr);
	return err->code == E_SYSTEM ? POLICY_ENVIRONMENT : POLICY_ERRORS;
}

int desk_bad_use(const struct desk *d, struct say why, const char *word)
{
	fprintf(stderr, d->zh ? "cordon policy %s：%s%s\n" : "cordon policy %s: %s%s\n", d->command,
		desk_say(d, why), word);
	return POLICY_ERRORS;
}

int desk_no_agent(const struct desk *d)
{
	return desk_bad_use(d,
		SAY("the agent's socket is needed: --agent SOCKET",
			"须用 --agent 给出代理的套接字"),
		"");
}

int desk_on(const struct desk *d, int32_t *day)
{
	if (d->on == NULL || day_parse(d->on, day))
		return POLICY_GOOD;
	return desk_bad_use(d,
		SAY("--on takes a day such as 2026-03-01", "--on 须为日期，例如 2026-03-01"), "");
}

/* ---- reading ---- */

static int report_errors(struct desk *d)
{
	struct text out;

	text_init(&out, DESK_OUTPUT);
	if (d->json) {
		text_addf(&out, "{\"ok\":false,\"errors\":%zu,\"warnings\":%zu,\"diagnostics\":",
			d->ds.errors, d->ds.warnings);
		desk_diags_json(d, &out);
		text_add(&out, "}\n");
		return desk_print(&out, POLICY_ERRORS);
	}
	desk_diags(d, NULL, 0);
	if (d->zh)
		text_addf(&out, "%zu 个错误，%zu 个警告。未载入任何内容。\n", d->ds.errors,
			d->ds.warnings);
	else
		text_addf(&out, "%zu error%s, %zu warning%s. Nothing was loaded.\n", d->ds.errors,
			d->ds.errors == 1 ? "" : "s", d->ds.warnings,
			d->ds.warnings == 1 ? "" : "s");
	return desk_print(&out, POLICY_ERRORS);
}

int desk_read(struct desk *d)
{
	struct stat st;

	if (stat(d->folder, &st) != 0 || !S_ISDIR(st.st_mode)) {
		fprintf(stderr,
			d->zh ? "cordon policy：没有目录“%s”\n"
			      : "cordon policy: there is no folder '%s'\n",
			d->folder);
		return POLICY_ENVIRONMENT;
	}
	if (policy_read_folder(d->folder, &d->arena, &d->ds, &d->policy) != 0)
		return report_errors(d);
	return POLICY_GOOD;
}
