#include "catalog/finding.h"

#include <string.h>

#include "policies/model.h"

/*
 * What a column is used for, and the types that can be used so.
 */

enum {
	TYPE_INTEGER = 1,
	TYPE_NUMBER = 2, /* with a fraction */
	TYPE_DAY = 4,
	TYPE_TEXT = 8,
	TYPE_UUID = 16,
	TYPE_ANY = 32,
};

static const struct {
	const char *type;
	unsigned kind;
} types[] = { { "int2", TYPE_INTEGER }, { "int4", TYPE_INTEGER }, { "int8", TYPE_INTEGER },
	{ "numeric", TYPE_NUMBER }, { "float4", TYPE_NUMBER }, { "float8", TYPE_NUMBER },
	{ "date", TYPE_DAY }, { "timestamp", TYPE_DAY }, { "timestamptz", TYPE_DAY },
	{ "text", TYPE_TEXT }, { "varchar", TYPE_TEXT }, { "bpchar", TYPE_TEXT },
	{ "name", TYPE_TEXT }, { "uuid", TYPE_UUID } };

static unsigned type_kind(const char *type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].type, type) == 0)
			return types[i].kind;
	return 0;
}

static bool is_column(const struct column *c, const char *name)
{
	return name != NULL && strcmp(name, c->column) == 0;
}

/* Whether the model takes the column for a concept, a year of birth or a sex: whole numbers. */
static bool model_number(const struct dataset *d, const struct column *c)
{
	const struct model *m = d->model;
	const char *table = c->table->name;

	if (m == NULL)
		return false;
	if (m->patients != NULL && strcmp(m->patients, table) == 0 &&
		((m->sex != NULL && m->person_codes == SYSTEM_OMOP &&
			 strcmp(m->sex, c->column) == 0) ||
			(m->birth_year != NULL && strcmp(m->birth_year, c->column) == 0)))
		return true;
	for (unsigned k = 0; k < EVENTS; k++)
		if (m->events[k].table != NULL && m->events[k].concept != NULL &&
			m->events[k].system == SYSTEM_OMOP &&
			strcmp(m->events[k].table, table) == 0 &&
			(is_column(c, m->events[k].concept) ||
				is_column(c, m->events[k].attributes[ATTR_SOURCE]) ||
				is_column(c, m->events[k].attributes[ATTR_CONCEPT])))
			return true;
	return false;
}

/* Whether ages are taken from the year of this day. */
static bool model_birth_day(const struct dataset *d, const struct column *c)
{
	const struct model *m = d->model;

	return m != NULL && c->as_age && m->birth_year == NULL && m->birth != NULL &&
	       strcmp(m->patients, c->table->name) == 0 && strcmp(m->birth, c->column) == 0;
}

static bool of_texts(const struct column *c)
{
	for (unsigned i = 0; i < c->n_categories; i++)
		if (c->categories[i].n_texts > 0)
			return true;
	return false;
}

bool type_unfit(const struct dataset *d, const struct column *c, const char *type,
	struct say *purpose, struct say *wanted)
{
	static const struct say whole = { "a whole number", "整数" },
				number = { "a number", "数值" },
				day = { "a day or a time", "日期或时间" },
				text = { "text", "文本" },
				key = { "a whole number, text or uuid", "整数、文本或 uuid" };
	unsigned kind = type_kind(type), may = TYPE_ANY;

	*purpose = SAY("its generalisation", "其归并方式");
	switch (c->gen) {
	case GEN_BANDS:
	case GEN_CATEGORIES:
	case GEN_VALUES:
		may = model_birth_day(d, c) ? TYPE_DAY : of_texts(c) ? TYPE_TEXT : TYPE_INTEGER;
		*wanted = model_birth_day(d, c) ? day : of_texts(c) ? text : whole;
		break;
	case GEN_CUTS:
		may = TYPE_INTEGER | TYPE_NUMBER;
		*wanted = number;
		break;
	case GEN_TRUNCATE:
		may = TYPE_DAY;
		*wanted = day;
		break;
	case GEN_GEO:
		may = TYPE_TEXT | TYPE_INTEGER;
		*wanted = text;
		break;
	default:
		break;
	}
	if (may == TYPE_ANY && c->system == SYSTEM_OMOP) {
		may = TYPE_INTEGER;
		*purpose = SAY("concept codes", "概念编码");
		*wanted = whole;
	} else if (may == TYPE_ANY && (c->system != SYSTEM_NONE || c->prefix != NULL)) {
		may = TYPE_TEXT | TYPE_INTEGER;
		*purpose = SAY("codes", "编码");
		*wanted = text;
	} else if (may == TYPE_ANY && model_number(d, c)) {
		may = TYPE_INTEGER;
		*purpose = SAY("what the model takes it for", "数据模型中的含义");
		*wanted = whole;
	} else if (c->uses == USE_PATIENT_KEY) {
		may = TYPE_INTEGER | TYPE_NUMBER | TYPE_TEXT | TYPE_UUID;
		*purpose = SAY("telling patients apart", "区分患者");
		*wanted = key;
	}
	if (may != TYPE_ANY && (kind & may) == 0)
		return true;
	*purpose = SAY("a measure", "指标");
	*wanted = number;
	return (c->uses & USE_MEASURE) != 0 && (kind & (TYPE_INTEGER | TYPE_NUMBER)) == 0;
}
