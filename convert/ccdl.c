#include "convert/read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The German "Clinical Cohort Definition Language" (structured query, versions 1 and 2): what must be there is an
 * AND of ORs, what must not an OR of ANDs. Its codes cover what lies below them. */

enum {
	DECIMALS = 4
};

/* ---- codes ---- */

static const struct {
	const char *url, *system;
	bool below; /* the system has a hierarchy */
} systems[] = {
	{ "http://fhir.de/CodeSystem/dimdi/icd-10-gm", "icd10", true },
	{ "http://fhir.de/CodeSystem/bfarm/icd-10-gm", "icd10", true },
	{ "http://hl7.org/fhir/sid/icd-10-gm", "icd10", true },
	{ "http://hl7.org/fhir/sid/icd-10", "icd10", true },
	{ "http://fhir.de/CodeSystem/dimdi/atc", "atc", true },
	{ "http://fhir.de/CodeSystem/bfarm/atc", "atc", true },
	{ "http://www.whocc.no/atc", "atc", true },
	{ "http://loinc.org", "loinc", false },
	{ "http://snomed.info/sct", "snomed", true },
	{ "http://fhir.de/CodeSystem/dimdi/ops", "ops", true },
	{ "http://fhir.de/CodeSystem/bfarm/ops", "ops", true },
};

static const struct {
	const char *code;
	enum event_kind kind;
} contexts[] = {
	{ "Diagnose", EVENT_CONDITION },
	{ "Condition", EVENT_CONDITION },
	{ "Laboruntersuchung", EVENT_MEASUREMENT },
	{ "Labor", EVENT_MEASUREMENT },
	{ "Observation", EVENT_MEASUREMENT },
	{ "Prozedur", EVENT_PROCEDURE },
	{ "Procedure", EVENT_PROCEDURE },
	{ "Medikamentenverabreichung", EVENT_DRUG },
	{ "Medikation", EVENT_DRUG },
	{ "MedicationAdministration", EVENT_DRUG },
	{ "MedicationStatement", EVENT_DRUG },
	{ "MedicationRequest", EVENT_DRUG },
	{ "Bioprobe", EVENT_SPECIMEN },
	{ "Specimen", EVENT_SPECIMEN },
};

static const char *const term_keys[] = { "code", "system", "version", "display", NULL };

static const char *term(struct reading *r, const struct spot *at, const char **system)
{
	struct spot code = spot_key(at, "code"), url = spot_key(at, "system");
	const char *s;

	if (!spot_keys(r, at, term_keys) || (*system = spot_text(r, &url)) == NULL)
		return NULL;
	s = spot_text(r, &code);
	if (s != NULL && (*s == '\0' || !draft_quotable(s))) {
		spot_refuse(r, &code, "V110", "a code belongs here", "此处应为代码");
		return NULL;
	}
	return s;
}

static struct draft *code(struct reading *r, const struct spot *at)
{
	const char *url, *s = term(r, at, &url);

	for (size_t i = 0; s != NULL && i < sizeof(systems) / sizeof(systems[0]); i++)
		if (strcmp(systems[i].url, url) == 0)
			return draft_quoted(&r->pen, "%s:%s%s", systems[i].system, s,
				systems[i].below ? "+" : "");
	if (s != NULL)
		spot_refuse(r, at, "V160",
			"codes of this system are not part of the language; it knows ICD-10, ATC, "
			"LOINC, SNOMED CT and OPS",
			"问题语言不含此编码系统，只支持 ICD-10、ATC、LOINC、SNOMED CT 和 OPS");
	return NULL;
}

static struct draft *codes(struct reading *r, const struct spot *list)
{
	struct draft *d = draft_list(&r->pen), *one;

	if (!spot_list(r, list))
		return NULL;
	for (size_t i = 0; i < json_array_size(list->at); i++) {
		struct spot at = spot_index(list, i);

		if ((one = code(r, &at)) == NULL)
			return NULL;
		draft_add(&r->pen, d, NULL, one);
	}
	if (d->count > 0)
		return d;
	spot_refuse(r, list, "V161", "the list is empty", "列表为空");
	return NULL;
}

/* ---- numbers ---- */

static bool number(struct reading *r, const struct spot *at, int64_t *out)
{
	double v = json_number_value(at->at);
	char text[64];

	if (json_is_number(at->at) && fabs(v) < 2e9 &&
		snprintf(text, sizeof(text), "%.*f", DECIMALS, v) > 0 && strtod(text, NULL) == v &&
		parse_decimal(text, DECIMALS, out))
		return true;
	spot_refuse(r, at, "V103", "a number of at most %d decimals belongs here",
		"此处应为至多 %d 位小数的数字", DECIMALS);
	return false;
}

static struct draft *decimal(struct reading *r, int64_t v)
{
	char buf[32];

	return draft_text(&r->pen, "%s", format_decimal(buf, sizeof(buf), v, DECIMALS));
}

static struct draft *pair(struct reading *r, int64_t low, int64_t high)
{
	struct draft *d = draft_list(&r->pen);

	draft_add(&r->pen, d, NULL, decimal(r, low));
	draft_add(&r->pen, d, NULL, decimal(r, high));
	return d;
}

/* low, high and how they bind, of "quantity-comparator" and "quantity-range". */
struct quantity {
	const char *key; /* at_least, at_most, above, below, between, outside */
	int64_t low, high;
};

static bool quantity(struct reading *r, const struct spot *at, const char *type, struct quantity *q)
{
	static const struct {
		const char *word, *key;
	} words[] = { { "gt", "above" }, { "ge", "at_least" }, { "lt", "below" },
		{ "le", "at_most" }, { "eq", "between" }, { "ne", "outside" } };
	struct spot low = spot_key(at, "minValue"), high = spot_key(at, "maxValue"),
		    value = spot_key(at, "value"), comparator = spot_key(at, "comparator");
	const char *s;

	*q = (struct quantity){ 0 };
	if (strcmp(type, "quantity-range") == 0) {
		q->key = "between";
		if (!number(r, &low, &q->low) || !number(r, &high, &q->high))
			return false;
		if (q->low <= q->high)
			return true;
		spot_refuse(r, at, "V162", "the range ends before it begins", "范围的上限小于下限");
		return false;
	}
	s = spot_text(r, &comparator);
	for (size_t i = 0; s != NULL && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].word, s) == 0)
			q->key = words[i].key;
	if (s != NULL && q->key == NULL)
		spot_refuse(r, &comparator, "V113", "the comparator is gt, ge, lt, le, eq or ne",
			"比较符应为 gt、ge、lt、le、eq 或 ne");
	if (q->key == NULL || !number(r, &value, &q->low))
		return false;
	q->high = q->low;
	return true;
}

static bool no_attributes(struct reading *r, const struct spot *at)
{
	struct spot more = spot_key(at, "attributeFilters");

	if (more.at == NULL || (json_is_array(more.at) && json_array_size(more.at) == 0))
		return true;
	spot_refuse(r, &more, "V168", "filters by attributes of a FHIR resource cannot be kept",
		"无法保留按 FHIR 资源属性的筛选");
	return false;
}

static const char *const filter_keys[] = { "type", "comparator", "value", "unit", "minValue",
	"maxValue", "selectedConcepts", NULL };

/* ---- people ---- */

static bool ages(struct reading *r, const struct spot *at, const char *type, struct draft *list)
{
	static const char *const years[] = { "a", "year", "years", "Jahr" };
	struct spot unit = spot_key(at, "unit"), unit_code = spot_key(&unit, "code");
	const char *s = unit.at == NULL ? "a" : spot_text(r, &unit_code);
	const int64_t one = 10000;
	struct quantity q;
	bool known = false, from, to, whole;
	int64_t low, high;
	struct draft *map;

	for (size_t i = 0; s != NULL && i < sizeof(years) / sizeof(years[0]); i++)
		known = known || strcmp(years[i], s) == 0;
	if (!known || strcmp(type, "concept") == 0) {
		spot_refuse(r, at, "V163", "ages are whole years here", "此处年龄以周岁计");
		return false;
	}
	if (!quantity(r, at, type, &q))
		return false;
	whole = q.low % one == 0 && q.high % one == 0 && q.low >= 0;
	if (!whole || strcmp(q.key, "outside") == 0) {
		spot_refuse(r, at, "V163", "ages are whole years here", "此处年龄以周岁计");
		return false;
	}
	low = q.low / one + (strcmp(q.key, "above") == 0);
	high = q.high / one + (strcmp(q.key, "below") != 0);
	from = strcmp(q.key, "at_most") != 0 && strcmp(q.key, "below") != 0;
	to = strcmp(q.key, "at_least") != 0 && strcmp(q.key, "above") != 0;
	map = draft_map(&r->pen);
	if (from)
		draft_add(&r->pen, map, "from", draft_text(&r->pen, "%lld", (long long)low));
	if (to)
		draft_add(&r->pen, map, "to", draft_text(&r->pen, "%lld", (long long)high));
	draft_add(&r->pen, list, NULL, draft_pair(&r->pen, "age", map));
	r->needs_day = true;
	return true;
}

static bool sexes(struct reading *r, const struct spot *at, const char *type, struct draft *list)
{
	static const struct {
		const char *word;
		int concept;
	} words[] = { { "male", 8507 }, { "M", 8507 }, { "female", 8532 }, { "F", 8532 } };
	struct spot chosen = spot_key(at, "selectedConcepts");

	if (strcmp(type, "concept") != 0 || json_array_size(chosen.at) == 0) {
		spot_refuse(r, at, "V164", "only male and female are known here",
			"此处只支持 male 与 female");
		return false;
	}
	for (size_t i = 0; i < json_array_size(chosen.at); i++) {
		struct spot one = spot_index(&chosen, i);
		struct draft *sex = NULL;
		const char *url, *s = term(r, &one, &url);

		for (size_t n = 0; s != NULL && n < sizeof(words) / sizeof(words[0]); n++)
			if (strcmp(words[n].word, s) == 0) {
				sex = draft_list(&r->pen);
				draft_add(&r->pen, sex, NULL,
					draft_text(&r->pen, "%d", words[n].concept));
			}
		if (sex == NULL) {
			if (s != NULL)
				spot_refuse(r, &one, "V164", "only male and female are known here",
					"此处只支持 male 与 female");
			return false;
		}
		draft_add(&r->pen, list, NULL, draft_pair(&r->pen, "sex", sex));
	}
	return true;
}

/* What is said about the person goes into `list`, the members of an `any`. */
static bool person(struct reading *r, const struct spot *at, struct draft *list)
{
	static const char *const age_codes[] = { "30525-0", "424144002" }, *const sex_codes[] = {
		"LL2191-6", "76689-9", "263495000"
	};
	struct spot terms = spot_key(at, "termCodes"), first = spot_index(&terms, 0),
		    filter = spot_key(at, "valueFilter"), type = spot_key(&filter, "type"),
		    days = spot_key(at, "timeRestriction");
	const char *url, *s = term(r, &first, &url), *kind = s == NULL ? NULL : spot_text(r, &type);

	if (kind == NULL || !spot_keys(r, &filter, filter_keys) || !no_attributes(r, at))
		return false;
	if (json_array_size(terms.at) != 1) {
		spot_refuse(r, &terms, "V192", "one code of a person's attribute belongs here",
			"此处应恰有一个人员属性代码");
		return false;
	}
	if (days.at != NULL) {
		spot_refuse(r, &days, "V165", "who somebody is has no days", "人员属性没有日期");
		return false;
	}
	for (size_t i = 0; i < 2; i++)
		if (strcmp(age_codes[i], s) == 0)
			return ages(r, &filter, kind, list);
	for (size_t i = 0; i < 3; i++)
		if (strcmp(sex_codes[i], s) == 0)
			return sexes(r, &filter, kind, list);
	spot_refuse(r, &first, "V166", "of a person only age and sex are known here",
		"人员属性只支持年龄与性别");
	return false;
}

/* ---- events ---- */

static bool value(struct reading *r, const struct spot *at, struct draft *map)
{
	struct spot type = spot_key(at, "type"), unit = spot_key(at, "unit"),
		    unit_code = spot_key(&unit, "code"), chosen = spot_key(at, "selectedConcepts");
	struct draft *d = draft_map(&r->pen), *list;
	struct quantity q;
	const char *s;

	if (!spot_keys(r, at, filter_keys) || (s = spot_text(r, &type)) == NULL)
		return false;
	if (strcmp(s, "concept") == 0) {
		if ((list = codes(r, &chosen)) == NULL)
			return false;
		draft_add(&r->pen, d, "concept", list);
	} else if (strcmp(s, "quantity-comparator") == 0 || strcmp(s, "quantity-range") == 0) {
		if (!quantity(r, at, s, &q))
			return false;
		draft_add(&r->pen, d, q.key,
			strcmp(q.key, "between") == 0 || strcmp(q.key, "outside") == 0
				? pair(r, q.low, q.high)
				: decimal(r, q.low));
		if (unit.at != NULL) {
			s = spot_text(r, &unit_code);
			if (s != NULL && (*s == '\0' || !draft_quotable(s)))
				spot_refuse(r, &unit_code, "V110", "a code belongs here",
					"此处应为代码");
			if (s == NULL || *s == '\0' || !draft_quotable(s))
				return false;
			list = draft_list(&r->pen);
			draft_add(&r->pen, list, NULL, draft_quoted(&r->pen, "ucum:%s", s));
			draft_add(&r->pen, d, "unit", list);
		}
	} else {
		spot_refuse(r, &type, "V167",
			"the type is concept, quantity-comparator or quantity-range",
			"类型应为 concept、quantity-comparator 或 quantity-range");
		return false;
	}
	draft_add(&r->pen, map, "value", d);
	return true;
}

static bool days(struct reading *r, const struct spot *at, struct draft *map)
{
	static const char *const keys[] = { "afterDate", "beforeDate", NULL };
	struct spot after = spot_key(at, "afterDate"), before = spot_key(at, "beforeDate");
	int32_t day;

	if (!spot_keys(r, at, keys) || (after.at != NULL && !spot_day(r, &after, &day)) ||
		(before.at != NULL && !spot_day(r, &before, &day)))
		return false;
	if (after.at == NULL && before.at == NULL) {
		spot_refuse(r, at, "V161", "one of afterDate and beforeDate belongs here",
			"此处应有 afterDate 或 beforeDate");
		return false;
	}
	spot_notice(r, at, "V151",
		"an event counts by its first day; what began before these days and lasts into "
		"them does not",
		"按事件的开始日计算；在此之前开始而延续至此的事件不计入");
	draft_add(&r->pen, map, "during",
		draft_text(&r->pen, "%.10s..%.10s",
			after.at == NULL ? "" : json_string_value(after.at),
			before.at == NULL ? "" : json_string_value(before.at)));
	return true;
}

static bool event(
	struct reading *r, const struct spot *at, enum event_kind kind, struct draft *list)
{
	struct spot terms = spot_key(at, "termCodes"), filter = spot_key(at, "valueFilter"),
		    restriction = spot_key(at, "timeRestriction");
	struct draft *map = draft_map(&r->pen), *named = codes(r, &terms);

	if (!no_attributes(r, at) || named == NULL)
		return false;
	draft_add(&r->pen, map, event_name(kind), named);
	if ((restriction.at != NULL && !days(r, &restriction, map)) ||
		(filter.at != NULL && !value(r, &filter, map)))
		return false;
	draft_add(&r->pen, list, NULL, map);
	return true;
}

static bool criterion(struct reading *r, const struct spot *at, struct draft *list)
{
	static const char *const keys[] = { "context", "termCodes", "valueFilter",
		"attributeFilters", "timeRestriction", NULL };
	struct spot context = spot_key(at, "context");
	const char *url, *s;

	if (!spot_keys(r, at, keys) || (s = term(r, &context, &url)) == NULL)
		return false;
	if (strcmp(s, "Patient") == 0 || strcmp(s, "Person") == 0)
		return person(r, at, list);
	for (size_t i = 0; i < sizeof(contexts) / sizeof(contexts[0]); i++)
		if (strcmp(contexts[i].code, s) == 0)
			return event(r, at, contexts[i].kind, list);
	spot_refuse(r, &context, "V169", "this context is no event of the language",
		"问题语言没有与此上下文对应的事件");
	return false;
}

/* ---- the whole ---- */

/* One inner list, as a member `any` or `all`. */
static struct draft *inner(struct reading *r, const struct spot *at, bool any)
{
	struct draft *list = draft_list(&r->pen), *own;
	bool good = spot_list(r, at);

	for (size_t i = 0; i < json_array_size(at->at) && !pen_failed(&r->pen); i++) {
		struct spot one = spot_index(at, i);

		own = any ? list : draft_list(&r->pen);
		if (!criterion(r, &one, own))
			good = false;
		else if (!any)
			draft_add(&r->pen, list, NULL,
				own->count == 1 ? own->first : draft_pair(&r->pen, "any", own));
	}
	if (good && list->count == 0) {
		spot_refuse(r, at, "V161", "the list is empty", "列表为空");
		good = false;
	}
	if (!good)
		return NULL;
	return list->count == 1 ? list->first : draft_pair(&r->pen, any ? "any" : "all", list);
}

static struct draft *outer(struct reading *r, const struct spot *at, bool any, bool *good)
{
	struct draft *list = draft_list(&r->pen), *d;

	if (at->at != NULL && !spot_list(r, at))
		*good = false;
	for (size_t i = 0; i < json_array_size(at->at) && !pen_failed(&r->pen); i++) {
		struct spot one = spot_index(at, i);

		d = inner(r, &one, any);
		if (d == NULL)
			*good = false;
		else
			draft_add(&r->pen, list, NULL, d);
	}
	return list;
}

struct draft *ccdl_read(struct reading *r, json_t *query)
{
	static const char *const keys[] = { "version", "display", "inclusionCriteria",
		"exclusionCriteria", NULL };
	struct spot root = { .at = query }, in = spot_key(&root, "inclusionCriteria"),
		    out = spot_key(&root, "exclusionCriteria");
	struct draft *map = draft_map(&r->pen), *all, *none;
	bool good = spot_keys(r, &root, keys);

	all = outer(r, &in, true, &good);
	none = outer(r, &out, false, &good);
	if (good && all->count == 0) {
		spot_refuse(r, &in, "V161", "the list is empty", "列表为空");
		good = false;
	}
	if (!good)
		return NULL;
	draft_add(&r->pen, map, "all", all);
	if (none->count > 0)
		draft_add(&r->pen, map, "none", none);
	return map;
}
