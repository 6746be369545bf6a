#include "cli/policy.h"

#include <string.h>

#include "base/clock.h"

/*
 * check: are the files right? With errors it never gets here: desk_read() has printed them all.
 */

enum {
	MAX_OUTPUT = 16 << 20
};

struct counts {
	unsigned tables, columns, forbidden, groups, filters, measures, inside;
	unsigned kinds, preset_rules, tightened, own_rules;
};

static void count_column(struct counts *n, unsigned uses)
{
	n->columns++;
	n->forbidden += uses == USE_FORBIDDEN;
	n->groups += (uses & USE_GROUP) != 0;
	n->filters += uses == USE_FILTER;
	n->measures += (uses & USE_MEASURE) != 0;
	n->inside += uses == USE_PATIENT_KEY || uses == USE_LINK;
}

static struct counts count(const struct policy *p)
{
	struct counts n = { 0 };

	for (unsigned d = 0; d < p->n_datasets; d++)
		for (unsigned t = 0; t < p->datasets[d].n_tables; t++) {
			n.tables++;
			for (unsigned c = 0; c < p->datasets[d].tables[t].n_columns; c++)
				count_column(&n, p->datasets[d].tables[t].columns[c].uses);
		}
	for (unsigned k = 0; k < KINDS; k++)
		n.kinds += p->kinds[k].listed;
	for (unsigned i = 0; i < p->n_codes; i++) {
		bool preset = p->codes[i].preset != NULL;

		n.preset_rules += preset;
		n.own_rules += !preset;
		n.tightened += preset && strcmp(p->codes[i].at.file, "red-list.yaml") == 0;
	}
	return n;
}

/* ---- the summary ---- */

/* "no tables", "1 table", "8 tables" */
static void add_count(
	struct text *t, const char *before, unsigned n, const char *one, const char *many)
{
	if (n == 0)
		text_addf(t, "%sno %s", before, many);
	else
		text_addf(t, "%s%u %s", before, n, n == 1 ? one : many);
}

static void add_english(const struct policy *p, const struct counts *n, struct text *out)
{
	add_count(out, "The red list is good: ", p->n_datasets, "dataset", "datasets");
	add_count(out, ", ", n->tables, "table", "tables");
	add_count(out, ", ", n->columns, "column", "columns");
	text_addf(out, " (%u forbidden, %u group, %u filter, %u measure, %u inside only)",
		n->forbidden, n->groups, n->filters, n->measures, n->inside);
	add_count(out, ", ", p->n_studies, "study", "studies");
	add_count(out, ", ", n->kinds, "kind", "kinds");
	add_count(out, ", ", p->n_cohorts, "cohort", "cohorts");
	text_add(out, ".\n");
	add_count(out, "", p->n_codes, "code rule", "code rules");
	text_addf(out,
		" (%u from presets, %u of them added to or tightened here; %u of this site's "
		"own); ",
		n->preset_rules, n->tightened, n->own_rules);
}

static void add_chinese(const struct policy *p, const struct counts *n, struct text *out)
{
	text_addf(out,
		"红线清单检查通过：%u 个数据集、%u 张表、%u 个字段（禁止 %u，分组 %u，筛选 "
		"%u，指标 %u，内部 %u），",
		p->n_datasets, n->tables, n->columns, n->forbidden, n->groups, n->filters,
		n->measures, n->inside);
	text_addf(out, "%u 个课题，%u 种查询，%u 个队列。\n", p->n_studies, n->kinds, p->n_cohorts);
	text_addf(out,
		"敏感代码规则 %u 条（预设 %u 条，其中本院补充或收紧 %u 条；本院自有 %u 条）；",
		p->n_codes, n->preset_rules, n->tightened, n->own_rules);
}

static void add_exceptions(const struct desk *d, struct text *out)
{
	const struct policy *p = d->policy;
	int32_t left = p->n_exceptions == 0 ? 0 : p->exception_ends - clock_today();
	char day[16];

	if (p->n_exceptions == 0) {
		text_add(out, d->zh ? "无例外。\n" : "no exceptions.\n");
		return;
	}
	left = left < 0 ? 0 : left;
	day_text(p->exception_ends, day);
	if (d->zh && p->n_exceptions == 1)
		text_addf(out, "例外 1 条，将于 %s 到期（还有 %d 天）。\n", day, (int)left);
	else if (d->zh)
		text_addf(out, "例外 %u 条，最早的将于 %s 到期（还有 %d 天）。\n", p->n_exceptions,
			day, (int)left);
	else if (p->n_exceptions == 1)
		text_addf(out, "1 exception, which ends on %s (in %d day%s).\n", day, (int)left,
			left == 1 ? "" : "s");
	else
		text_addf(out, "%u exceptions, the first ends on %s (in %d day%s).\n",
			p->n_exceptions, day, (int)left, left == 1 ? "" : "s");
}

static void add_summary(const struct desk *d, struct text *out)
{
	const struct policy *p = d->policy;
	struct counts n = count(p);
	char hash[HASH_TEXT];

	if (d->zh)
		add_chinese(p, &n, out);
	else
		add_english(p, &n, out);
	add_exceptions(d, out);
	text_addf(out, d->zh ? "机构 %s，版本 %lld，%s\n" : "site %s, version %lld, %s\n", p->site,
		(long long)p->version, hash32_text(&p->hash, hash));
	if (d->ds.warnings > 0 && d->zh)
		text_addf(out, "%zu 个警告，见上。\n", d->ds.warnings);
	else if (d->ds.warnings > 0)
		text_addf(out, "%zu warning%s above.\n", d->ds.warnings,
			d->ds.warnings == 1 ? "" : "s");
}

static void add_summary_json(const struct desk *d, struct text *out)
{
	const struct policy *p = d->policy;
	struct counts n = count(p);
	char hash[HASH_TEXT];

	text_addf(out, "{\"ok\":true,\"errors\":0,\"warnings\":%zu,\"site\":", d->ds.warnings);
	text_add_json(out, p->site);
	text_addf(out,
		",\"version\":%lld,\"hash\":\"%s\",\"datasets\":%u,\"tables\":%u,\"columns\":%u,"
		"\"studies\":%u,\"kinds\":%u,\"cohorts\":%u,\"codes\":%u,\"exceptions\":%u,"
		"\"diagnostics\":",
		(long long)p->version, hash32_text(&p->hash, hash), p->n_datasets, n.tables,
		n.columns, p->n_studies, n.kinds, p->n_cohorts, p->n_codes, p->n_exceptions);
	desk_diags_json(d, out);
	text_add(out, "}\n");
}

/* ---- the command ---- */

int policy_check(struct desk *d)
{
	struct text out;

	if (d->db != NULL)
		return policy_check_db(d);
	text_init(&out, MAX_OUTPUT);
	if (d->json) {
		add_summary_json(d, &out);
		return desk_print(&out, POLICY_GOOD);
	}
	desk_diags(d, NULL, 0);
	add_summary(d, &out);
	return desk_print(&out, POLICY_GOOD);
}
