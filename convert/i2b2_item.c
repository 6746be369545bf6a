#include "convert/i2b2_in.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* Items: what one is, its path tells: \\TABLE\i2b2\Diagnoses\... is a diagnosis. */

bool i2b2_attributes(struct reading *r, const struct xml *x)
{
	static const char *const fine[][2] = { { "inclusive", "yes" }, { "time", "start_date" },
		{ "name", NULL } };
	bool good = true;

	for (const char *const *a = x->attributes; *a != NULL; a += 2) {
		size_t i = 0, n = sizeof(fine) / sizeof(fine[0]);

		while (i < n && (strcmp(fine[i][0], a[0]) != 0 ||
					(fine[i][1] != NULL && strcasecmp(fine[i][1], a[1]) != 0)))
			i++;
		if (i < n)
			continue;
		xml_refuse(r, x, "V102",
			"%.60s=\"%.60s\" is not known here, so what it asks for cannot be kept",
			"此处不认识 %.60s=“%.60s”，无法保留其含义", a[0], a[1]);
		good = false;
	}
	return good;
}

bool i2b2_known(struct reading *r, const struct xml *x, const char *const *names)
{
	bool good = i2b2_attributes(r, x);

	for (const struct xml *c = x->first; c != NULL; c = c->next) {
		const char *const *n = names;

		while (*n != NULL && strcmp(*n, c->name) != 0)
			n++;
		if (c->first == NULL)
			good = i2b2_attributes(r, c) && good;
		if (*n != NULL && strcmp(c->name, "panel") != 0 && strcmp(c->name, "item") != 0 &&
			xml_get(x, c->name) != c) {
			xml_refuse(r, c, "V173", "'%.60s' stands here twice", "“%.60s”重复出现",
				c->name);
			good = false;
		}
		if (*n != NULL)
			continue;
		xml_refuse(r, c, "V102",
			"'%.60s' is not known here, so what it asks for cannot be kept",
			"此处不认识“%.60s”，无法保留其含义", c->name);
		good = false;
	}
	return good;
}

bool i2b2_day(struct reading *r, const struct xml *x, const char **out)
{
	char buf[11];
	int32_t day;

	if (x == NULL || x->text[0] == '\0')
		return true;
	if (strlen(x->text) >= 10 && text_copyn(buf, sizeof(buf), x->text, 10) &&
		day_parse(buf, &day)) {
		*out = arena_text(r->arena, buf);
		r->pen.failed = r->pen.failed || *out == NULL;
		return *out != NULL;
	}
	xml_refuse(r, x, "V105", "a day such as 2020-01-31 belongs here",
		"此处应为日期，例如 2020-01-31");
	return false;
}

/* ---- what a path is ---- */

/* Where the path has \NAME\ in it first, whatever the case; or NULL. */
static const char *has(const char *path, const char *name)
{
	const char *at = strcasestr(path, name);
	size_t len = strlen(name);

	for (; at != NULL; at = strcasestr(at + 1, name))
		if (at > path && at[-1] == '\\' && (at[len] == '\\' || at[len] == '\0'))
			return at;
	return NULL;
}

bool i2b2_path(struct reading *r, const struct xml *x, struct path *out)
{
	static const struct {
		const char *name;
		enum event_kind kind;
	} roots[] = { { "Diagnoses", EVENT_CONDITION }, { "Diagnosis", EVENT_CONDITION },
		{ "Medications", EVENT_DRUG }, { "Medication", EVENT_DRUG },
		{ "Procedures", EVENT_PROCEDURE }, { "Labtests", EVENT_MEASUREMENT },
		{ "Lab Tests", EVENT_MEASUREMENT }, { "Labs", EVENT_MEASUREMENT },
		{ "Laboratory", EVENT_MEASUREMENT } };
	const char *s = x->text, *table_end, *who, *at, *nearest = NULL;

	*out = (struct path){ .sort = SORT_NONE };
	table_end = strncmp(s, "\\\\", 2) == 0 ? strchr(s + 2, '\\') : NULL;
	if (table_end == NULL || table_end[1] == '\0' || !draft_quotable(table_end) ||
		strlen(table_end) > MAX_NAME - 10) {
		xml_refuse(r, x, "V180", "a key such as \\\\TABLE\\i2b2\\Diagnoses\\ belongs here",
			"此处应为形如 \\\\TABLE\\i2b2\\Diagnoses\\ 的键");
		return false;
	}
	out->text = table_end;
	/* the name nearest to the root: below it, a procedure may be of a laboratory */
	who = has(out->text, "Demographics");
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		if ((at = has(out->text, roots[i].name)) != NULL &&
			(nearest == NULL || at < nearest)) {
			nearest = at;
			out->sort = SORT_EVENT;
			out->kind = roots[i].kind;
		}
	if (who != NULL && (nearest == NULL || who < nearest))
		out->sort = has(who - 1, "Age")      ? SORT_AGE
			    : has(who - 1, "Gender") ? SORT_SEX
						     : SORT_NONE;
	if (out->sort != SORT_NONE)
		return true;
	xml_refuse(r, x, "V181",
		"the path does not tell a diagnosis, medication, procedure, laboratory test, age "
		"or gender",
		"路径不属于诊断、用药、操作、检验、年龄或性别");
	return false;
}

/* The last name of the path. */
static bool last_name(const char *path, char *buf, size_t size)
{
	size_t len = strlen(path), at;

	while (len > 0 && path[len - 1] == '\\')
		len--;
	for (at = len; at > 0 && path[at - 1] != '\\';)
		at--;
	while (at < len && path[at] == ' ')
		at++;
	return text_copyn(buf, size, path + at, len - at);
}

static struct draft *sex(struct reading *r, const struct xml *x, const struct path *p)
{
	struct draft *list = draft_list(&r->pen);
	char name[32];
	int concept;

	if (!last_name(p->text, name, sizeof(name)))
		name[0] = '\0';
	concept = strcasecmp(name, "female") == 0 ? 8532 : strcasecmp(name, "male") == 0 ? 8507 : 0;
	if (concept == 0) {
		xml_refuse(r, x, "V164", "only male and female are known here",
			"此处只支持 male 与 female");
		return NULL;
	}
	draft_add(&r->pen, list, NULL, draft_text(&r->pen, "%d", concept));
	return draft_pair(&r->pen, "sex", list);
}

/* "18-34 years old", "5 years old", ">= 90 years old" */
static struct draft *age(struct reading *r, const struct xml *x, const struct path *p, bool index)
{
	struct draft *map = draft_map(&r->pen);
	char name[64], *end;
	const char *s;
	long low, high;
	bool open;

	if (!last_name(p->text, name, sizeof(name)))
		name[0] = '\0';
	open = strncmp(name, ">=", 2) == 0;
	s = name + (open ? 2 : 0);
	low = high = strtol(s, &end, 10);
	if (end != s && *end == '-')
		high = strtol(end + 1, &end, 10);
	if (end == s || low < 0 || high < low || high > 150 || strstr(end, "year") == NULL ||
		index) {
		xml_refuse(r, x, index ? "V182" : "V163",
			index ? "with panels of one visit there is an index date, and ages would "
				"be taken on it"
			      : "an age such as '18-34 years old' belongs here",
			index ? "存在同次就诊的面板时以其日期为入组日期，年龄会按该日计算"
			      : "此处应为年龄，例如“18-34 years old”");
		return NULL;
	}
	draft_add(&r->pen, map, "from", draft_text(&r->pen, "%ld", low));
	if (!open)
		draft_add(&r->pen, map, "to", draft_text(&r->pen, "%ld", high + 1));
	r->needs_day = true;
	return draft_pair(&r->pen, "age", map);
}

struct draft *i2b2_code(struct reading *r, const struct path *p)
{
	return draft_quoted(&r->pen, "path:%s+", p->text);
}

/* ---- values ---- */

static struct draft *number(struct reading *r, const char *s, size_t len)
{
	char buf[64], out[32];
	int64_t v;

	if (!text_copyn(buf, sizeof(buf), s, len) || !parse_decimal(buf, 9, &v))
		return NULL;
	return draft_text(&r->pen, "%s", format_decimal(out, sizeof(out), v, 9));
}

static struct draft *read_value(struct reading *r, const struct xml *x)
{
	static const char *const names[] = { "value_operator", "value_constraint",
		"value_unit_of_measure", "value_type", NULL };
	static const struct {
		const char *word, *key;
	} words[] = { { "GT", "above" }, { "GE", "at_least" }, { "LT", "below" },
		{ "LE", "at_most" }, { "EQ", "between" }, { "NE", "outside" },
		{ "BETWEEN", "between" } };
	const struct xml *op = xml_get(x, "value_operator"),
			 *value = xml_get(x, "value_constraint"), *type = xml_get(x, "value_type"),
			 *unit = xml_get(x, "value_unit_of_measure");
	struct draft *map = draft_map(&r->pen), *a, *b, *pair;
	const char *key = NULL, *and;

	if (!i2b2_known(r, x, names))
		return NULL;
	for (size_t i = 0; op != NULL && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(words[i].word, op->text) == 0)
			key = words[i].key;
	and = value == NULL ? NULL : strcasestr(value->text, " and ");
	a = value == NULL ? NULL
			  : number(r, value->text,
				    and != NULL ? (size_t)(and-value->text) : strlen(value->text));
	b = and == NULL ? a : number(r, and+5, strlen(and+5));
	if (key == NULL || a == NULL || b == NULL ||
		(and != NULL) != (strcasecmp(op->text, "BETWEEN") == 0) ||
		(type != NULL && strcasecmp(type->text, "NUMBER") != 0)) {
		xml_refuse(r, x, "V183",
			"only numbers are compared: GT, GE, LT, LE, EQ, NE or BETWEEN '1 and 5'",
			"只能比较数值：GT、GE、LT、LE、EQ、NE，或 BETWEEN“1 and 5”");
		return NULL;
	}
	if (unit != NULL && unit->text[0] != '\0')
		diag_add(r->ds, DIAG_NOTICE, "V191", unit->at,
			"i2b2 does not compare units, and neither does what was made of it",
			"i2b2 不比较单位，转换结果也不比较");
	if (strcmp(key, "between") != 0 && strcmp(key, "outside") != 0) {
		draft_add(&r->pen, map, key, a);
		return map;
	}
	pair = draft_list(&r->pen);
	draft_add(&r->pen, pair, NULL, a);
	draft_add(&r->pen, pair, NULL, a == b ? draft_copy(&r->pen, a) : b);
	draft_add(&r->pen, map, key, pair);
	return map;
}

/* ---- events ---- */

static struct draft *event(struct reading *r, enum event_kind kind, struct draft *codes,
	struct draft *value, const struct panel *p)
{
	struct draft *map = draft_map(&r->pen);

	draft_add(&r->pen, map, event_name(kind), codes);
	if (p->from != NULL || p->to != NULL)
		draft_add(&r->pen, map, "during",
			draft_text(&r->pen, "%s..%s", p->from == NULL ? "" : p->from,
				p->to == NULL ? "" : p->to));
	if (value != NULL)
		draft_add(&r->pen, map, "value", value);
	return map;
}

bool i2b2_item(struct reading *r, const struct xml *x, struct item *out)
{
	static const char *const names[] = { "hlevel", "item_name", "item_key", "item_icon",
		"tooltip", "class", "item_is_synonym", "constrain_by_date", "constrain_by_value",
		"item_color", "item_table_name", NULL };
	static const char *const date_names[] = { "date_from", "date_to", NULL };
	const struct xml *key = xml_get(x, "item_key"), *date = xml_get(x, "constrain_by_date"),
			 *value = xml_get(x, "constrain_by_value");

	*out = (struct item){ .key = key };
	if (!i2b2_known(r, x, names))
		return false;
	if (key == NULL) {
		xml_refuse(r, x, "V180", "an item has an item_key", "条目应有 item_key");
		return false;
	}
	if (!i2b2_path(r, key, &out->path))
		return false;
	if (date != NULL && (!i2b2_known(r, date, date_names) ||
				    !i2b2_day(r, xml_get(date, "date_from"), &out->from) ||
				    !i2b2_day(r, xml_get(date, "date_to"), &out->to)))
		return false;
	if (value != NULL && (out->value = read_value(r, value)) == NULL)
		return false;
	if (out->path.sort == SORT_EVENT ||
		(out->value == NULL && out->from == NULL && out->to == NULL))
		return true;
	xml_refuse(r, x, "V165", "who somebody is has no days and no values",
		"人员属性没有日期和数值");
	return false;
}

struct panel i2b2_narrowed(const struct panel *p, const struct item *i)
{
	struct panel n = *p;

	if (i->from != NULL && (n.from == NULL || strcmp(i->from, n.from) > 0))
		n.from = i->from;
	if (i->to != NULL && (n.to == NULL || strcmp(i->to, n.to) < 0))
		n.to = i->to;
	return n;
}

struct draft *i2b2_draft(struct reading *r, const struct item *i, const struct panel *p,
	struct draft *codes, bool index)
{
	struct panel n = i2b2_narrowed(p, i);

	if (i->path.sort != SORT_EVENT && (n.from != NULL || n.to != NULL)) {
		xml_refuse(r, i->key, "V165", "who somebody is has no days", "人员属性没有日期");
		return NULL;
	}
	if (i->path.sort == SORT_SEX)
		return sex(r, i->key, &i->path);
	if (i->path.sort == SORT_AGE)
		return age(r, i->key, &i->path, index);
	return event(r, i->path.kind, codes, i->value, &n);
}
