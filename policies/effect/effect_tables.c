#include "policies/effect/effect_in.h"

#include <string.h>

#include "policies/model.h"

/*
 * Datasets, tables, measures.
 */

static struct say plain(const char *text)
{
	return (struct say){ text, text };
}

/* ---- measures ---- */

static const struct measure *find_measure(const struct table *t, const char *id)
{
	for (unsigned i = 0; t != NULL && i < t->n_measures; i++)
		if (strcmp(t->measures[i].id, id) == 0)
			return &t->measures[i];
	return NULL;
}

static const char *column_name(const struct column *c)
{
	return c == NULL ? "-" : c->name;
}

static struct say clamp_say(struct comparing *c, const struct measure *m)
{
	const int64_t ends[] = { m->low, m->high };

	return plain(effect_numbers_text(c, ends, 2, 9));
}

static void compare_where(
	struct comparing *c, struct say thing, const struct measure *b, const struct measure *a)
{
	struct effect_set was = effect_set_numbers(c, b->codes, b->n_codes, 0),
			  now = effect_set_numbers(c, a->codes, a->n_codes, 0);

	if (effect_same_text(column_name(b->where), column_name(a->where)) &&
		effect_set_equal(&was, &now))
		return;
	effect_words(c, EFFECT_WIDER, thing, a->at, SAY("where", "条件"),
		plain(arena_textf(c->a, "%s %s", column_name(b->where), effect_set_text(c, &was))),
		plain(arena_textf(c->a, "%s %s", column_name(a->where), effect_set_text(c, &now))));
}

static void compare_measure(struct comparing *c, const struct measure *b, const struct measure *a)
{
	struct say thing = effect_thing(c, SAY("measure", "指标"), a->id);

	effect_text(c, thing, a->at, SAY("title", "标题"), b->title, a->title);
	effect_text(c, thing, a->at, SAY("unit", "单位"), plain(b->unit), plain(a->unit));
	if (!effect_same_text(column_name(b->column), column_name(a->column)))
		effect_words(c, EFFECT_WIDER, thing, a->at, SAY("column", "字段"),
			plain(column_name(b->column)), plain(column_name(a->column)));
	compare_where(c, thing, b, a);
	if (a->low != b->low || a->high != b->high)
		effect_words(c, EFFECT_WIDER, thing, a->at, SAY("clamp", "上下限"), clamp_say(c, b),
			clamp_say(c, a));
	effect_sets(c, thing, a->at, SAY("new cut", "新增切点"), SAY("cut removed", "移除切点"),
		effect_set_numbers(c, b->cuts, b->n_cuts, 9),
		effect_set_numbers(c, a->cuts, a->n_cuts, 9));
}

static void compare_measures(struct comparing *c, const struct table *b, const struct table *a)
{
	const struct say kind = SAY("measure", "指标");

	for (unsigned i = 0; i < a->n_measures; i++) {
		const struct measure *now = &a->measures[i], *was = find_measure(b, now->id);
		struct effect_set cuts = effect_set_numbers(c, now->cuts, now->n_cuts, 9);

		if (was != NULL)
			compare_measure(c, was, now);
		else
			effect_note(c, EFFECT_WIDER, effect_thing(c, kind, now->id), now->at,
				EFFECT_SAY(c, "listed: %s, clamp %s, cuts %s",
					"新列出：%s，上下限 %s，切点 %s", column_name(now->column),
					clamp_say(c, now).en, effect_set_text(c, &cuts)));
	}
	for (unsigned i = 0; b != NULL && i < b->n_measures; i++)
		if (find_measure(a, b->measures[i].id) == NULL)
			effect_note(c, EFFECT_TIGHTER, effect_thing(c, kind, b->measures[i].id),
				b->measures[i].at, SAY("no longer listed", "不再列出"));
}

/* ---- tables and datasets ---- */

static void compare_kind(struct comparing *c, const struct table *b, const struct table *a)
{
	static const struct say kinds[] = { { "table", "表" }, { "view", "视图" },
		{ "lookup", "代码表" } };
	struct say thing = plain(a->name);
	char was[HASH_TEXT], now[HASH_TEXT];

	if (a->kind != b->kind)
		effect_words(c, EFFECT_WIDER, thing, a->at, SAY("kind", "种类"), kinds[b->kind],
			kinds[a->kind]);
	if (a->kind == TABLE_VIEW && b->kind == TABLE_VIEW &&
		!hash32_equal(&a->definition, &b->definition))
		effect_words(c, EFFECT_WIDER, thing, a->at, SAY("definition", "定义"),
			plain(arena_text(c->a, hash32_text(&b->definition, was))),
			plain(arena_text(c->a, hash32_text(&a->definition, now))));
	effect_number(c, thing, a->at, SAY("per_patient_max", "每人行数上限"), b->per_patient_max,
		a->per_patient_max, EFFECT_WIDER);
}

static void compare_table(struct comparing *c, const struct dataset *bd, const struct dataset *ad,
	const struct table *b, const struct table *a)
{
	struct effect_pair in = { bd, ad, a };

	if (b == NULL)
		effect_note(c, EFFECT_WIDER, plain(a->name), a->at,
			EFFECT_SAY(c, "listed, at most %lld rows a patient",
				"新列出，每名患者至多 %lld 行", (long long)a->per_patient_max));
	else
		compare_kind(c, b, a);
	for (unsigned i = 0; i < a->n_columns; i++)
		effect_column(c, &in, b == NULL ? NULL : table_column(b, a->columns[i].column),
			&a->columns[i]);
	for (unsigned i = 0; b != NULL && i < b->n_columns; i++)
		if (table_column(a, b->columns[i].column) == NULL)
			effect_column(c, &in, &b->columns[i], NULL);
	compare_measures(c, b, a);
}

static const char *opt_out(struct comparing *c, const struct dataset *d)
{
	const char *s;

	if (d->opt_out_column == NULL)
		return "-";
	s = arena_textf(
		c->a, "%s.%s.%s", d->opt_out_schema, d->opt_out_relation, d->opt_out_column);
	if (s == NULL)
		c->failed = true;
	return s == NULL ? "" : s;
}

static void compare_people(
	struct comparing *c, struct say thing, const struct dataset *b, const struct dataset *a)
{
	const char *was = opt_out(c, b), *now = opt_out(c, a);

	if (strcmp(was, now) != 0)
		effect_words(c, strcmp(was, "-") == 0 ? EFFECT_TIGHTER : EFFECT_WIDER, thing, a->at,
			SAY("people who opted out, left out by", "剔除已退出者，依据"), plain(was),
			plain(now));
	effect_number(c, thing, a->at, SAY("left out under the age of", "剔除低于此年龄者"),
		b->under_age, a->under_age, EFFECT_TIGHTER);
	effect_model(c, thing, b, a);
}

static struct say level_say(struct comparing *c, const struct dataset *d)
{
	return d->level == 0 ? SAY("none", "无")
			     : EFFECT_SAY(c, "%lld", "%lld", (long long)d->level);
}

static void compare_dataset(
	struct comparing *c, struct say thing, const struct dataset *b, const struct dataset *a)
{
	static const struct dataset none = { 0 };

	if (b == NULL) {
		effect_note(c, EFFECT_WIDER, thing, a->at, SAY("listed", "新列出"));
		b = &none;
	} else {
		effect_text(c, thing, a->at, SAY("title", "标题"), b->title, a->title);
		effect_text(
			c, thing, a->at, SAY("level", "分级"), level_say(c, b), level_say(c, a));
		compare_people(c, thing, b, a);
	}
	for (unsigned i = 0; i < a->n_tables; i++)
		compare_table(c, b, a, dataset_table(b, a->tables[i].name), &a->tables[i]);
	for (unsigned i = 0; i < b->n_tables; i++)
		if (dataset_table(a, b->tables[i].name) == NULL)
			effect_note(c, EFFECT_TIGHTER, plain(b->tables[i].name), b->tables[i].at,
				SAY("no longer listed", "不再列出"));
}

void effect_datasets(struct comparing *c)
{
	const struct say kind = SAY("dataset", "数据集");

	for (unsigned i = 0; i < c->after->n_datasets; i++) {
		const struct dataset *a = &c->after->datasets[i];

		compare_dataset(
			c, effect_thing(c, kind, a->id), policy_dataset(c->before, a->id), a);
	}
	for (unsigned i = 0; i < c->before->n_datasets; i++)
		if (policy_dataset(c->after, c->before->datasets[i].id) == NULL)
			effect_note(c, EFFECT_TIGHTER,
				effect_thing(c, kind, c->before->datasets[i].id),
				c->before->datasets[i].at, SAY("no longer listed", "不再列出"));
}
