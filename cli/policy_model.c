#include "cli/policy_tables.h"

#include "policies/model.h"
#include "policies/say.h"
#include "policies/systems.h"
#include "query/cohort.h"

/* What the tables of the red list mean in questions, by the dataset's model. */

enum {
	MAX_CELL = 1 << 16
};

/* "icd_code: icd10", or where a column holds several systems each with what stands before its codes: icd10 "ICD10CM:". */
static struct say systems_cell(struct doc *doc, const struct model_event *e)
{
	unsigned seen = 0;
	struct text t;

	if (e->concept == NULL)
		return SAY("none", "无");
	if (e->system != SYSTEM_NONE)
		return doc_say(doc, "%s: %s", "%s：%s", e->concept, system_key(e->system));
	text_init(&t, MAX_CELL);
	text_addf(&t, "%s: ", e->concept);
	for (enum code_system s = SYSTEM_ICD10; s < SYSTEMS; s++)
		if (e->prefix[s] != NULL)
			text_addf(&t, "%s%s \"%s\"", seen++ == 0 ? "" : ", ", system_key(s),
				e->prefix[s]);
	return doc_plain(tables_take(doc, &t));
}

/* The properties that the model has and the red list opens to questions. */
static const char *open_properties(
	struct doc *doc, const struct model_event *e, const struct table *t, int32_t day)
{
	struct text list;

	text_init(&list, MAX_CELL);
	for (unsigned a = 0; a < ATTRIBUTES; a++) {
		const struct column *c =
			e->attributes[a] == NULL ? NULL : table_column(t, e->attributes[a]);

		c = c == NULL ? NULL : column_on(c, day);
		if (c != NULL && (c->uses & (USE_FILTER | USE_GROUP)))
			text_addf(&list, "%s%s", list.len == 0 ? "" : ", ",
				attribute_name((enum attribute_kind)a));
	}
	return list.len == 0 ? (text_clear(&list), "-") : tables_take(doc, &list);
}

static const char *or_dash(const char *name)
{
	return name == NULL ? "-" : name;
}

static void model_row(
	struct doc *doc, struct doc_block *b, const struct dataset *d, unsigned e, int32_t day)
{
	const struct model_event *ev = &d->model->events[e];
	const struct table *t = ev->table == NULL ? NULL : dataset_table(d, ev->table);

	if (t == NULL)
		return;
	doc_row(doc, b, false,
		(struct say[]){ say_event((enum event_kind)e), doc_plain(ev->table),
			systems_cell(doc, ev),
			ev->end == NULL ? doc_plain(ev->start)
					: doc_say(doc, "%s to %s", "%s 至 %s", ev->start, ev->end),
			doc_plain(or_dash(ev->value)),
			doc_plain(open_properties(doc, ev, t, day)) });
}

/* What a table that is listed means in questions. The model's other tables cannot be asked, and are not shown. */
void tables_model(struct doc *doc, const struct dataset *d, int32_t day)
{
	static const struct doc_column columns[] = { { "event", { "event", "事件" }, false, true },
		{ "table", { "table", "表" }, false, false },
		{ "codes", { "codes", "编码" }, false, true },
		{ "days", { "days", "日期" }, false, true },
		{ "value", { "number", "数值" }, false, false },
		{ "properties", { "properties open", "开放的属性" }, false, false } };
	struct doc_block *b;

	if (d->model == NULL) {
		doc_para(doc,
			SAY("It has no model and cannot be asked.", "未写数据模型，无法查询。"));
		return;
	}
	b = doc_table(doc, arena_textf(doc->arena, "model.%s", d->id),
		doc_say(doc, "What its tables mean, by model %s", "各表的含义，依数据模型 %s",
			d->model->file != NULL ? d->model->file : d->model->id),
		columns, sizeof(columns) / sizeof(columns[0]));
	for (unsigned e = 0; e < EVENTS; e++)
		model_row(doc, b, d, e, day);
}
