#include "policies/build.h"

#include <string.h>

#include "base/shape.h"
#include "policies/say.h"
#include "policies/shapes.h"

/*
 * What the presets demand of studies and datasets: papers, countries, purposes, people to leave out.
 * Checked when the policy is loaded and nowhere else: that an approval exists, or where a file goes
 * after it was answered, is beyond a program; see docs/policy.md.
 */

void read_requirements(
	struct reading *rd, const struct used_preset *preset, const struct node *list)
{
	if (rd->last_requirement == NULL)
		rd->last_requirement = &rd->requirements;
	NODE_EACH(n, list) {
		struct requirement *r = make(rd, 1, sizeof(*r));

		if (r == NULL)
			return;
		*r = (struct requirement){ preset, n, basis_of(rd, preset, n), NULL };
		*rd->last_requirement = r;
		rd->last_requirement = &r->next;
	}
}

/* ---- whom it concerns ---- */

static const struct study_approval *approval(const struct study *s, const char *key)
{
	for (unsigned i = 0; key != NULL && i < s->n_approvals; i++)
		if (strcmp(s->approvals[i].key, key) == 0)
			return &s->approvals[i];
	return NULL;
}

static const char *category_of(const struct policy *p, const char *name)
{
	for (unsigned d = 0; d < p->n_datasets; d++) {
		const struct column *c = dataset_column(&p->datasets[d], name);

		if (strncmp(name, "measure:", 8) == 0) {
			const struct measure *m = dataset_measure(&p->datasets[d], name + 8);

			c = m == NULL ? NULL : m->column;
		}
		if (c != NULL)
			return c->category;
	}
	return NULL;
}

static bool may_use_category(const struct policy *p, const struct study *s, const char *category)
{
	for (unsigned i = 0; i < s->n_may_use; i++) {
		const char *has = category_of(p, s->may_use[i].text);

		if (has != NULL && strcmp(has, category) == 0)
			return true;
	}
	return false;
}

static bool may_use_code(const struct policy *p, const struct study *s, const char *rule)
{
	for (unsigned i = 0; i < p->n_codes; i++) {
		const struct code_rule *r = &p->codes[i];

		for (unsigned k = 0; strcmp(r->id, rule) == 0 && k < r->n_studies; k++)
			if (strcmp(r->studies[k], s->id) == 0)
				return true;
	}
	return false;
}

static bool concerns(const struct reading *rd, const struct requirement *r, const struct study *s)
{
	const struct node *only = node_get(r->n, "for");

	if (approval(s, get(r->n, "unless")) != NULL)
		return false;
	NODE_EACH(n, only) {
		const char *what = node_text(n);

		if (strncmp(what, "code:", 5) == 0 ? may_use_code(rd->p, s, what + 5)
						   : may_use_category(rd->p, s, what))
			return true;
	}
	return only == NULL;
}

/* ---- what it says ---- */

static void unmet(struct reading *rd, const struct requirement *r, const char *code,
	struct place at, struct say what)
{
	const char *otherwise = get(r->n, "otherwise"), *key = get(r->n, "unless");
	bool warns = otherwise != NULL && strcmp(otherwise, "warning") == 0;
	struct say word = warns ? SAY("advised", "建议来自") : SAY("required", "要求来自");
	struct say way = key == NULL ? SAY("", "")
				     : say_make(rd->a, ", unless its approvals name '%s'",
					       "（批件中有“%s”时除外）", key);

	if (say_failed(what) || say_failed(way)) {
		rd->out_of_memory = true;
		return;
	}
	diag_add(rd->ds, warns ? DIAG_WARNING : DIAG_ERROR, warns ? "W421" : code, at,
		"%s%.0s; %s%.0s by preset %s%s%.0s (%s%.0s)",
		"%.0s%s；%.0s%s预设 %s%.0s%s（%.0s%s）", what.en, what.zh, word.en, word.zh,
		r->preset->id, way.en, way.zh, r->basis.en, r->basis.zh);
}

/* The entries of a list as one text. */
static const char *listed(struct reading *rd, const struct node *list)
{
	unsigned n = 0;
	const char **texts = read_texts(rd, list, &n);

	return texts == NULL ? "" : say_list(rd->a, texts, n, n);
}

static bool holds(const struct node *list, const char *word)
{
	NODE_EACH(n, list)
		if (strcmp(node_text(n), word) == 0)
			return true;
	return false;
}

/* ---- the five demands ---- */

static void check_approvals(struct reading *rd, const struct requirement *r, const struct study *s)
{
	const struct node *keys = node_get(r->n, "approvals");

	if (keys == NULL)
		return;
	NODE_EACH(n, keys)
		if (approval(s, node_text(n)) != NULL)
			return;
	unmet(rd, r, "P342", s->approvals_at,
		keys->count == 1 ? say_make(rd->a, "study '%s' lacks approvals.%s",
					   "课题“%s”缺少批件 approvals.%s", s->id, listed(rd, keys))
				 : say_make(rd->a, "study '%s' lacks one of approvals: %s",
					   "课题“%s”缺少批件，approvals 中须有其一：%s", s->id,
					   listed(rd, keys)));
}

static void check_countries(struct reading *rd, const struct requirement *r, const struct study *s)
{
	const struct node *allowed = node_get(r->n, "results_to");

	if (allowed == NULL)
		return;
	if (s->n_results_to == 0)
		unmet(rd, r, "P382", s->results_to_at,
			say_make(rd->a, "study '%s' does not say results_to, which may hold %s",
				"课题“%s”未写 results_to；可写 %s", s->id, listed(rd, allowed)));
	for (unsigned i = 0; i < s->n_results_to; i++)
		if (!holds(allowed, s->results_to[i].text))
			unmet(rd, r, "P382", s->results_to[i].at,
				say_make(rd->a, "results of study '%s' may go to %s, not to %s",
					"课题“%s”的结果只可送往 %s，不可送往 %s", s->id,
					listed(rd, allowed), s->results_to[i].text));
}

static void check_purpose(struct reading *rd, const struct requirement *r, const struct study *s)
{
	const struct node *allowed = node_get(r->n, "purpose");

	if (allowed == NULL)
		return;
	for (unsigned i = 0; i < s->n_purposes; i++)
		if (holds(allowed, s->purposes[i].text))
			return;
	unmet(rd, r, "P383", s->purposes_at,
		say_make(rd->a, "the purpose of study '%s' is none of %s",
			"课题“%s”的目的不在此列：%s", s->id, listed(rd, allowed)));
}

/* People to leave out: a dataset that nobody may ask about, or that has no model and so cannot be
 * asked, leaves everybody out. */
static void check_left_out(struct reading *rd, const struct requirement *r, const struct study *s,
	const struct dataset *d)
{
	int64_t age = node_int(node_get(r->n, "under_age"), 0);

	if (age > d->under_age)
		unmet(rd, r, "P381", d->drop_at,
			say_make(rd->a,
				"dataset '%s' must leave out people under %lld, because study '%s' "
				"uses it (drop_patients: {under_age: %lld})",
				"数据集“%s”须剔除未满 %lld 岁者，因为课题“%s”使用它"
				"（drop_patients: {under_age: %lld}）",
				d->id, (long long)age, s->id, (long long)age));
	if (node_get(r->n, "drop") != NULL && d->opt_out_column == NULL)
		unmet(rd, r, "P381", d->drop_at,
			say_make(rd->a,
				"dataset '%s' must leave out people who opted out, because study "
				"'%s' uses it (drop_patients: {opted_out: schema.table.column})",
				"数据集“%s”须剔除选择退出者，因为课题“%s”使用它"
				"（drop_patients: {opted_out: 模式.表.字段}）",
				d->id, s->id));
}

/* Once for a dataset, with the first study that it concerns. */
static void check_dataset(struct reading *rd, const struct requirement *r, const struct dataset *d)
{
	for (unsigned i = 0; d->model != NULL && i < rd->p->n_studies; i++) {
		const struct study *s = &rd->p->studies[i];

		if (study_asks(s, d->id) && concerns(rd, r, s)) {
			check_left_out(rd, r, s, d);
			return;
		}
	}
}

void check_requirements(struct reading *rd)
{
	for (const struct requirement *r = rd->requirements; r != NULL; r = r->next) {
		for (unsigned i = 0; i < rd->p->n_studies; i++) {
			const struct study *s = &rd->p->studies[i];

			if (!concerns(rd, r, s))
				continue;
			check_approvals(rd, r, s);
			check_countries(rd, r, s);
			check_purpose(rd, r, s);
		}
		for (unsigned d = 0; d < rd->p->n_datasets; d++)
			check_dataset(rd, r, &rd->p->datasets[d]);
	}
}
