#include "cli/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "cli/doc.h"
#include "cli/policy_sheet.h"
#include "cli/policy_tables.h"

/*
 * show: the policy as tables, on a terminal, for a spreadsheet, or as a page; the approval sheet; what a study's
 * researchers may see.
 */

enum {
	MAX_SHOWN = 16 << 20
};

enum format {
	AS_TEXT,
	AS_CSV,
	AS_HTML,
	AS_JSON
};

/* ---- sections ---- */

static const struct {
	const char *name;
	void (*tell)(struct doc *doc, const struct policy *p, int32_t day);
} sections[] = { { "red-list", tables_red_list }, { "codes", tables_codes },
	{ "kinds", tables_kinds }, { "release", tables_release }, { "budgets", tables_budgets },
	{ "studies", tables_studies } };
enum {
	SECTIONS = sizeof(sections) / sizeof(sections[0])
};

static int no_section(const struct desk *d)
{
	const char *names[SECTIONS], *near;

	for (size_t i = 0; i < SECTIONS; i++)
		names[i] = sections[i].name;
	near = text_nearest(d->word, names, SECTIONS);
	fprintf(stderr,
		d->zh ? "cordon policy show：没有“%s”这一部分，也没有这个目录；可用："
		      : "cordon policy show: '%s' is no part of a policy and no folder; there is:",
		d->word);
	for (size_t i = 0; i < SECTIONS; i++)
		fprintf(stderr, " %s", names[i]);
	if (near != NULL)
		fprintf(stderr, d->zh ? "。是否应为“%s”？" : "; did you mean '%s'?", near);
	fputc('\n', stderr);
	return POLICY_ERRORS;
}

static int tell_sections(const struct desk *d, struct doc *doc, int32_t day, enum format as)
{
	bool any = false;

	if (d->word == NULL || as != AS_CSV) /* a spreadsheet of one part is that part's table */
		tables_about(doc, d->policy, day);
	for (size_t i = 0; i < SECTIONS; i++) {
		if (d->word != NULL && strcmp(d->word, sections[i].name) != 0)
			continue;
		sections[i].tell(doc, d->policy, day);
		any = true;
	}
	return any ? POLICY_GOOD : no_section(d);
}

static int tell_catalogue(const struct desk *d, struct doc *doc, int32_t day)
{
	const struct study *s = policy_study(d->policy, d->for_requesters);

	if (s == NULL)
		return desk_bad_use(d, SAY("there is no study ", "没有课题 "), d->for_requesters);
	catalogue(doc, d->policy, s, day);
	return POLICY_GOOD;
}

static struct say title(struct doc *doc, const struct desk *d)
{
	const struct policy *p = d->policy;

	if (d->for_requesters != NULL)
		return doc_say(doc, "What study %s may ask at %s", "课题 %s 可向 %s 查询的内容",
			d->for_requesters, p->site);
	if (d->sheet)
		return doc_say(
			doc, "Approval sheet: %s%.0s", "审批单：%.0s%s", p->title.en, p->title.zh);
	return p->title;
}

static int tell(struct desk *d, struct doc *doc, int32_t day, enum format as)
{
	doc_init(doc, &d->arena, SAY("", ""));
	doc->title = title(doc, d);
	if (d->sheet)
		return sheet(doc, d, day);
	if (d->for_requesters != NULL)
		return tell_catalogue(d, doc, day);
	return tell_sections(d, doc, day, as);
}

/* ---- output ---- */

static int no_memory(const struct desk *d)
{
	fputs(d->zh ? "cordon policy show：内存不足\n" : "cordon policy show: out of memory\n",
		stderr);
	return POLICY_ENVIRONMENT;
}

static bool colour(const struct desk *d)
{
	const char *no = getenv("NO_COLOR");

	return d->out == NULL && !d->no_colour && isatty(STDOUT_FILENO) &&
	       (no == NULL || *no == '\0');
}

static void write_as(const struct desk *d, const struct doc *doc, enum format as, FILE *out)
{
	struct text t;

	switch (as) {
	case AS_TEXT:
		doc_text(doc, d->zh, colour(d), out);
		break;
	case AS_CSV:
		doc_csv(doc, d->zh, out);
		break;
	case AS_HTML:
		doc_html(doc, d->zh, out);
		break;
	case AS_JSON:
		text_init(&t, MAX_SHOWN);
		doc_json(doc, &t);
		fputs(text_str(&t), out);
		text_clear(&t);
		break;
	}
}

static int save(const struct desk *d, const char *bytes, size_t len)
{
	struct error err = { .code = E_NONE };

	if (file_write(d->out, bytes, len, 0644, &err) == 0)
		return POLICY_GOOD;
	return desk_failed(d, &err);
}

/* All of it in memory first: half a sheet must not be signed. */
static int print(const struct desk *d, const struct doc *doc, enum format as)
{
	char *bytes = NULL;
	size_t len = 0;
	FILE *out = doc->failed ? NULL : open_memstream(&bytes, &len);
	int status = POLICY_GOOD;

	if (out == NULL)
		return no_memory(d);
	write_as(d, doc, as, out);
	if (fclose(out) != 0)
		status = no_memory(d);
	else if (d->out != NULL)
		status = save(d, bytes, len);
	else if (fwrite(bytes, 1, len, stdout) != len)
		status = POLICY_ENVIRONMENT;
	free(bytes);
	return status;
}

/* ---- the command ---- */

static int format_of(const struct desk *d, enum format *as)
{
	static const char *const words[] = { "text", "csv", "html" };

	*as = d->json ? AS_JSON : AS_TEXT;
	for (size_t i = 0; d->format != NULL && i < 3; i++)
		if (strcmp(d->format, words[i]) == 0) {
			*as = (enum format)i;
			return POLICY_GOOD;
		}
	return d->format == NULL ? POLICY_GOOD
				 : desk_bad_use(d,
					   SAY("--format takes text, csv or html, not ",
						   "--format 可用 text、csv、html，不可用 "),
					   d->format);
}

int policy_show(struct desk *d)
{
	int32_t day = clock_today();
	struct doc doc;
	enum format as;
	int status = format_of(d, &as);

	if (status != POLICY_GOOD)
		return status;
	if (desk_on(d, &day) != POLICY_GOOD)
		return POLICY_ERRORS;
	if ((d->sheet || d->for_requesters != NULL) && d->word != NULL)
		return desk_bad_use(d,
			SAY("a sheet or catalogue is not in parts: leave out ",
				"审批单与目录不分部分，请去掉 "),
			d->word);
	if (d->sheet && d->for_requesters != NULL)
		return desk_bad_use(d,
			SAY("--sheet and --for-requesters are two things",
				"--sheet 与 --for-requesters 不能同时使用"),
			"");
	status = tell(d, &doc, day, as);
	return status == POLICY_GOOD ? print(d, &doc, as) : status;
}
