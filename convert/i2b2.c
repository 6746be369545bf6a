#include "convert/read.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "convert/xml.h"

/* Query definitions of i2b2, panels of items, and of SHRINE, nested expressions of terms. What an item is, its path
 * tells: \\TABLE\i2b2\Diagnoses\... is a diagnosis. Panels of one visit hang on the first of them, as its index
 * events: with `index: each` a person belongs when one of those meets all the others. */

#define refuse(r, x, code, ...) diag_error((r)->ds, code, (x)->at, __VA_ARGS__)

/* What is asked of all items of a panel. */
struct panel {
	const char *from, *to; /* days or NULL */
	int64_t times;
	bool inverted, same_visit;
};

/* What an attribute says is kept by the default alone: days count from their start, themselves included. A name
 * says nothing. */
static bool known_attributes(struct reading *r, const struct xml *x)
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
		refuse(r, x, "V102",
			"%.60s=\"%.60s\" is not known here, so what it asks for cannot be kept",
			"此处不认识 %.60s=“%.60s”，无法保留其含义", a[0], a[1]);
		good = false;
	}
	return good;
}

/* Of these names alone; but for panels and items each once, as only one would be looked at. */
static bool known(struct reading *r, const struct xml *x, const char *const *names)
{
	bool good = known_attributes(r, x);

	for (const struct xml *c = x->first; c != NULL; c = c->next) {
		const char *const *n = names;

		while (*n != NULL && strcmp(*n, c->name) != 0)
			n++;
		if (c->first == NULL)
			good = known_attributes(r, c) && good;
		if (*n != NULL && strcmp(c->name, "panel") != 0 && strcmp(c->name, "item") != 0 &&
			xml_get(x, c->name) != c) {
			refuse(r, c, "V173", "'%.60s' stands here twice", "“%.60s”重复出现",
				c->name);
			good = false;
		}
		if (*n != NULL)
			continue;
		refuse(r, c, "V102",
			"'%.60s' is not known here, so what it asks for cannot be kept",
			"此处不认识“%.60s”，无法保留其含义", c->name);
		good = false;
	}
	return good;
}

/* "2010-01-31T00:00:00.000-05:00" */
static bool read_day(struct reading *r, const struct xml *x, const char **out)
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
	refuse(r, x, "V105", "a day such as 2020-01-31 belongs here",
		"此处应为日期，例如 2020-01-31");
	return false;
}

/* ---- what a path is ---- */

enum sort {
	SORT_EVENT,
	SORT_AGE,
	SORT_SEX,
	SORT_NONE
};

struct path {
	enum sort sort;
	enum event_kind kind;
	const char *text; /* \i2b2\Diagnoses\...\ */
};

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

static bool read_path(struct reading *r, const struct xml *x, struct path *out)
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
		refuse(r, x, "V180", "a key such as \\\\TABLE\\i2b2\\Diagnoses\\ belongs here",
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
	refuse(r, x, "V181",
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
		refuse(r, x, "V164", "only male and female are known here",
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
		refuse(r, x, index ? "V182" : "V163",
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

static struct draft *path_code(struct reading *r, const struct path *p)
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

	if (!known(r, x, names))
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
		refuse(r, x, "V183",
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

struct item {
	struct path path;
	const struct xml *key;
	struct draft *value;
	const char *from, *to;
};

static bool read_item(struct reading *r, const struct xml *x, struct item *out)
{
	static const char *const names[] = { "hlevel", "item_name", "item_key", "item_icon",
		"tooltip", "class", "item_is_synonym", "constrain_by_date", "constrain_by_value",
		"item_color", "item_table_name", NULL };
	static const char *const date_names[] = { "date_from", "date_to", NULL };
	const struct xml *key = xml_get(x, "item_key"), *date = xml_get(x, "constrain_by_date"),
			 *value = xml_get(x, "constrain_by_value");

	*out = (struct item){ .key = key };
	if (!known(r, x, names))
		return false;
	if (key == NULL) {
		refuse(r, x, "V180", "an item has an item_key", "条目应有 item_key");
		return false;
	}
	if (!read_path(r, key, &out->path))
		return false;
	if (date != NULL && (!known(r, date, date_names) ||
				    !read_day(r, xml_get(date, "date_from"), &out->from) ||
				    !read_day(r, xml_get(date, "date_to"), &out->to)))
		return false;
	if (value != NULL && (out->value = read_value(r, value)) == NULL)
		return false;
	if (out->path.sort == SORT_EVENT ||
		(out->value == NULL && out->from == NULL && out->to == NULL))
		return true;
	refuse(r, x, "V165", "who somebody is has no days and no values", "人员属性没有日期和数值");
	return false;
}

/* The later of two first days, the earlier of two last ones. */
static struct panel narrowed(const struct panel *p, const struct item *i)
{
	struct panel n = *p;

	if (i->from != NULL && (n.from == NULL || strcmp(i->from, n.from) > 0))
		n.from = i->from;
	if (i->to != NULL && (n.to == NULL || strcmp(i->to, n.to) < 0))
		n.to = i->to;
	return n;
}

static struct draft *item_draft(struct reading *r, const struct item *i, const struct panel *p,
	struct draft *codes, bool index)
{
	struct panel n = narrowed(p, i);

	if (i->path.sort != SORT_EVENT && (n.from != NULL || n.to != NULL)) {
		refuse(r, i->key, "V165", "who somebody is has no days", "人员属性没有日期");
		return NULL;
	}
	if (i->path.sort == SORT_SEX)
		return sex(r, i->key, &i->path);
	if (i->path.sort == SORT_AGE)
		return age(r, i->key, &i->path, index);
	return event(r, i->path.kind, codes, i->value, &n);
}

/* The items of a panel as members of an `any`: those of one kind that ask for nothing else are one criterion. */
static bool read_items(struct reading *r, const struct xml *panel, const struct panel *p,
	bool index, struct draft *list)
{
	struct draft *merged[EVENTS] = { NULL }, *d, *codes;
	struct item i;
	bool good = true, plain;

	for (const struct xml *x = panel->first; x != NULL && !pen_failed(&r->pen); x = x->next) {
		if (strcmp(x->name, "item") != 0)
			continue;
		if (!read_item(r, x, &i)) {
			good = false;
			continue;
		}
		plain = i.path.sort == SORT_EVENT && i.value == NULL && i.from == NULL &&
			i.to == NULL;
		if (plain && merged[i.path.kind] != NULL) {
			draft_add(&r->pen, merged[i.path.kind], NULL, path_code(r, &i.path));
			continue;
		}
		codes = draft_list(&r->pen);
		if (i.path.sort == SORT_EVENT)
			draft_add(&r->pen, codes, NULL, path_code(r, &i.path));
		if (plain)
			merged[i.path.kind] = codes;
		d = item_draft(r, &i, p, codes, index);
		if (d == NULL)
			good = false;
		else
			draft_add(&r->pen, list, NULL, d);
	}
	return good;
}

/* ---- panels ---- */

static bool read_timing(struct reading *r, const struct xml *x, bool *same_visit)
{
	if (x == NULL || x->text[0] == '\0' || strcmp(x->text, "ANY") == 0) {
		*same_visit = false;
		return true;
	}
	*same_visit = strcmp(x->text, "SAMEVISIT") == 0;
	if (*same_visit)
		return true;
	refuse(r, x, "V184",
		"timing is ANY or SAMEVISIT here: facts of one instance cannot be said",
		"此处时间关系应为 ANY 或 SAMEVISIT；无法表达同一记录实例");
	return false;
}

static bool read_panel_head(
	struct reading *r, const struct xml *x, bool same_visit, struct panel *out)
{
	static const char *const names[] = { "panel_number", "panel_accuracy_scale", "invert",
		"panel_timing", "panel_date_from", "panel_date_to", "total_item_occurrences",
		"item", "name", NULL };
	const struct xml *invert = xml_get(x, "invert"), *timing = xml_get(x, "panel_timing"),
			 *times = xml_get(x, "total_item_occurrences");

	*out = (struct panel){ .times = 1, .same_visit = same_visit };
	out->inverted = invert != NULL && strcmp(invert->text, "1") == 0;
	if (invert != NULL && !out->inverted && invert->text[0] != '\0' &&
		strcmp(invert->text, "0") != 0) {
		refuse(r, invert, "V190", "0 or 1 belongs here", "此处应为 0 或 1");
		return false;
	}
	if (!known(r, x, names) || (timing != NULL && !read_timing(r, timing, &out->same_visit)) ||
		!read_day(r, xml_get(x, "panel_date_from"), &out->from) ||
		!read_day(r, xml_get(x, "panel_date_to"), &out->to))
		return false;
	/* a panel of one visit in a query of any visit hangs on nothing */
	out->same_visit = out->same_visit && same_visit;
	if (times == NULL || times->text[0] == '\0' ||
		(parse_i64(times->text, &out->times) && out->times >= 1 && out->times <= MAX_TIMES))
		return true;
	refuse(r, times, "V109", "the number of occurrences is 1 to %d", "出现次数应为 1 至 %d",
		MAX_TIMES);
	return false;
}

static void add_visit(struct reading *r, struct draft *list)
{
	for (struct draft *d = list->first; d != NULL; d = d->next) {
		draft_add(&r->pen, d, "same_visit", draft_text(&r->pen, "yes"));
		draft_add(&r->pen, d, "inside_observation", draft_text(&r->pen, "no"));
	}
}

static bool add_times(
	struct reading *r, const struct xml *x, const struct panel *p, struct draft *list)
{
	struct draft *times;

	if (p->times == 1)
		return true;
	if (list->count != 1 || draft_get(list->first, "age") != NULL ||
		draft_get(list->first, "sex") != NULL) {
		refuse(r, x, "V185",
			"occurrences are counted over items of one kind without dates and values "
			"of their own",
			"次数只能针对同一类且无单独日期和数值条件的条目统计");
		return false;
	}
	times = draft_map(&r->pen);
	draft_add(&r->pen, times, "at_least", draft_text(&r->pen, "%lld", (long long)p->times));
	draft_add(&r->pen, list->first, "times", times);
	return true;
}

struct query {
	struct draft *entry, *all, *none;
	bool same_visit;
};

static bool only_events(const struct draft *list)
{
	for (const struct draft *d = list->first; d != NULL; d = d->next)
		if (draft_get(d, "age") != NULL || draft_get(d, "sex") != NULL)
			return false;
	return true;
}

static bool read_panel(struct reading *r, const struct xml *x, struct query *q)
{
	struct draft *list = draft_list(&r->pen);
	struct panel p;

	if (!read_panel_head(r, x, q->same_visit, &p) || !read_items(r, x, &p, q->same_visit, list))
		return false;
	if (list->count == 0) {
		refuse(r, x, "V161", "the panel has no item", "面板没有条目");
		return false;
	}
	if (p.same_visit && !only_events(list)) {
		refuse(r, x, "V186", "age and gender belong to no visit",
			"年龄与性别不属于任何一次就诊");
		return false;
	}
	if (p.same_visit && !p.inverted && q->entry == NULL && p.times == 1) {
		q->entry = list->count == 1 ? list->first : list;
		return true;
	}
	if (p.same_visit)
		add_visit(r, list);
	if (!add_times(r, x, &p, list))
		return false;
	draft_add(&r->pen, p.inverted ? q->none : q->all, NULL,
		list->count == 1 ? list->first : draft_pair(&r->pen, "any", list));
	return true;
}

static struct draft *query_draft(struct reading *r, const struct query *q)
{
	struct draft *map = draft_map(&r->pen);

	if (q->entry != NULL) {
		draft_add(&r->pen, map, "entry", q->entry);
		draft_add(&r->pen, map, "index", draft_text(&r->pen, "each"));
	}
	if (q->all->count > 0)
		draft_add(&r->pen, map, "all", q->all);
	if (q->none->count > 0)
		draft_add(&r->pen, map, "none", q->none);
	return map;
}

static struct draft *read_panels(struct reading *r, const struct xml *x)
{
	static const char *const names[] = { "query_name", "query_description", "query_id",
		"query_timing", "specificity_scale", "use_shrine", "panel", NULL };
	struct query q = { .all = draft_list(&r->pen), .none = draft_list(&r->pen) };
	bool good = known(r, x, names);

	good = read_timing(r, xml_get(x, "query_timing"), &q.same_visit) && good;
	for (const struct xml *c = x->first; c != NULL && !pen_failed(&r->pen); c = c->next)
		if (strcmp(c->name, "panel") == 0)
			good = read_panel(r, c, &q) && good;
	if (good && q.same_visit && q.entry == NULL) {
		refuse(r, x, "V187",
			"of the panels of one visit one must be neither inverted nor counted",
			"同次就诊的面板中，至少一个不得取反或计次");
		good = false;
	}
	if (good && q.entry == NULL && q.all->count == 0 && q.none->count == 0) {
		refuse(r, x, "V161", "the query has no panel", "查询没有面板");
		good = false;
	}
	return good ? query_draft(r, &q) : NULL;
}

/* ---- SHRINE ---- */

static struct draft *expression(struct reading *r, const struct xml *x, const struct panel *p);

static struct draft *members(
	struct reading *r, const struct xml *x, const struct panel *p, const char *word)
{
	struct draft *list = draft_list(&r->pen), *d;
	bool good = true;

	for (const struct xml *c = x->first; c != NULL && !pen_failed(&r->pen); c = c->next) {
		d = expression(r, c, p);
		if (d == NULL)
			good = false;
		else
			draft_add(&r->pen, list, NULL, d);
	}
	if (good && list->count == 0) {
		refuse(r, x, "V161", "the list is empty", "列表为空");
		good = false;
	}
	return good ? draft_pair(&r->pen, word, list) : NULL;
}

static struct draft *bounded(struct reading *r, const struct xml *x, const struct panel *p)
{
	struct item days = { 0 };
	const struct xml *inner = NULL;
	struct panel n;

	for (const struct xml *c = x->first; c != NULL; c = c->next) {
		if ((strcmp(c->name, "start") == 0 || strcmp(c->name, "end") == 0) &&
			xml_get(x, c->name) == c) {
			if (!known_attributes(r, c))
				return NULL;
			continue;
		}
		if (inner != NULL) {
			refuse(r, c, "V188", "one expression belongs here", "此处应恰有一个表达式");
			return NULL;
		}
		inner = c;
	}
	if (inner == NULL || !read_day(r, xml_get(x, "start"), &days.from) ||
		!read_day(r, xml_get(x, "end"), &days.to))
		return NULL;
	n = narrowed(p, &days);
	return expression(r, inner, &n);
}

static struct draft *term(struct reading *r, const struct xml *x, const struct panel *p)
{
	struct item i = { .key = x };
	struct draft *codes;

	if (!read_path(r, x, &i.path))
		return NULL;
	codes = draft_list(&r->pen);
	if (i.path.sort == SORT_EVENT)
		draft_add(&r->pen, codes, NULL, path_code(r, &i.path));
	return item_draft(r, &i, p, codes, false);
}

static struct draft *expression(struct reading *r, const struct xml *x, const struct panel *p)
{
	if (!known_attributes(r, x))
		return NULL;
	if (strcmp(x->name, "term") == 0)
		return term(r, x, p);
	if (strcmp(x->name, "and") == 0)
		return members(r, x, p, "all");
	if (strcmp(x->name, "or") == 0)
		return members(r, x, p, "any");
	if (strcmp(x->name, "not") == 0)
		return members(r, x, p, "none");
	if (strcmp(x->name, "dateBounded") == 0)
		return bounded(r, x, p);
	refuse(r, x, "V102", "'%.60s' is not known here, so what it asks for cannot be kept",
		"此处不认识“%.60s”，无法保留其含义", x->name);
	return NULL;
}

static struct draft *read_shrine(struct reading *r, const struct xml *x)
{
	static const char *const names[] = { "name", "expr", NULL };
	const struct xml *expr = xml_get(x, "expr");
	const struct panel all = { .times = 1 };
	struct draft *list = draft_list(&r->pen), *d;

	if (!known(r, x, names))
		return NULL;
	if (expr == NULL || expr->first == NULL || expr->first->next != NULL) {
		refuse(r, x, "V188", "one expression belongs here", "此处应恰有一个表达式");
		return NULL;
	}
	d = expression(r, expr->first, &all);
	if (d == NULL)
		return NULL;
	draft_add(&r->pen, list, NULL, d);
	return draft_pair(&r->pen, "all", list);
}

/* No second definition stands in the document, which would be passed over. */
static bool alone(struct reading *r, const struct xml *x, const struct xml *query)
{
	for (const struct xml *c = x->first; c != NULL; c = c->next) {
		if (c != query && strcmp(c->name, query->name) == 0) {
			refuse(r, c, "V173", "'%.60s' stands here twice", "“%.60s”重复出现",
				c->name);
			return false;
		}
		if (!alone(r, c, query))
			return false;
	}
	return true;
}

struct draft *i2b2_read(struct reading *r, const char *bytes, size_t len)
{
	struct xml *root = xml_read(r->file, bytes, len, r->arena, r->ds), *query;

	if (root == NULL)
		return NULL;
	query = xml_find(root, "query_definition");
	if (query != NULL)
		return alone(r, root, query) ? read_panels(r, query) : NULL;
	query = xml_find(root, "queryDefinition");
	if (query != NULL)
		return alone(r, root, query) ? read_shrine(r, query) : NULL;
	refuse(r, root, "V189", "there is no query_definition in this document",
		"文档中没有 query_definition");
	return NULL;
}
