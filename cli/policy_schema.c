#include "cli/policy.h"

#include <stdio.h>

#include "base/file.h"
#include "base/limits.h"
#include "policies/schema.h"

/*
 * schema: what an editor's YAML plugin needs to complete and explain the files of a policy folder.
 */

enum {
	MAX_SCHEMA = MAX_FILE_BYTES
};

static int save(const struct desk *d, const struct schema_file *f, const char *path)
{
	struct error err = { .code = E_NONE };
	struct text t;
	int ret;

	text_init(&t, MAX_SCHEMA);
	schema_write(f, d->zh, &t);
	ret = text_failed(&t) ? error_memory(&err) : file_write(path, t.at, t.len, 0644, &err);
	text_clear(&t);
	return ret == 0 ? POLICY_GOOD : desk_failed(d, &err);
}

static int save_all(struct desk *d)
{
	struct error err = { .code = E_NONE };

	if (file_mkdirs(d->out, 0755, &err) != 0)
		return desk_failed(d, &err);
	for (const struct schema_file *f = schema_files; f->file != NULL; f++) {
		const char *path = arena_textf(&d->arena, "%s/%s.schema.json", d->out, f->name);
		int status = path == NULL ? POLICY_ENVIRONMENT : save(d, f, path);

		if (status != POLICY_GOOD)
			return status;
		printf("%s\n", path);
	}
	return POLICY_GOOD;
}

static int print_list(const struct desk *d)
{
	struct text t;

	text_init(&t, MAX_SCHEMA);
	text_add(&t, d->json ? "[" : "");
	for (const struct schema_file *f = schema_files; f->file != NULL; f++) {
		size_t from = t.len;

		if (d->json) {
			text_addf(&t, "%s{\"file\":\"%s\",\"schema\":\"%s.schema.json\",\"en\":",
				f == schema_files ? "" : ",", f->file, f->name);
			text_add_json(&t, f->help.en);
			text_add(&t, ",\"zh\":");
			text_add_json(&t, f->help.zh);
			text_addc(&t, '}');
			continue;
		}
		text_add(&t, f->file);
		desk_pad(&t, from, 16);
		text_addf(&t, "%s\n", desk_say(d, f->help));
	}
	if (d->json)
		text_add(&t, "]\n");
	else
		text_add(&t,
			d->zh ? "\n打印其一：cordon policy schema 文件；全部写入目录：--out 目录\n"
			      : "\none of them: cordon policy schema FILE; all into a folder: "
				"--out DIR\n");
	return desk_print(&t, POLICY_GOOD);
}

int policy_schema(struct desk *d)
{
	const struct schema_file *f = d->word == NULL ? NULL : schema_find(d->word);
	struct text t;

	if (d->word == NULL)
		return d->out == NULL ? print_list(d) : save_all(d);
	if (f == NULL) {
		fprintf(stderr,
			d->zh ? "cordon policy schema：没有文件“%s”的 Schema；可用的有："
			      : "cordon policy schema: there is no schema of '%s'; there is:",
			d->word);
		for (f = schema_files; f->file != NULL; f++)
			fprintf(stderr, " %s", f->file);
		fputc('\n', stderr);
		return POLICY_ERRORS;
	}
	if (d->out != NULL)
		return save(d, f, d->out);
	text_init(&t, MAX_SCHEMA);
	schema_write(f, d->zh, &t);
	return desk_print(&t, POLICY_GOOD);
}
