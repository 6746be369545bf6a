/*
 * cohort.c - reading a cohort: from nodes to a tree of parts, with a sentence for everything that
 * is wrong. The tree given out is tidy (part.h). Whether a site offers a code, a measure or a label
 * is not asked here.
 */
#include "query/cohort.h"

#include <string.h>

#include "base/text.h"
#include "query/bounds.h"
#include "query/part.h"
#include "query/words.h"

static const char *const event_names[EVENTS] = {
	[EVENT_CONDITION] = "condition",
	[EVENT_DRUG] = "drug",
	[EVENT_PROCEDURE] = "procedure",
	[EVENT_MEASUREMENT] = "measurement",
	[EVENT_OBSERVATION] = "observation",
	[EVENT_VISIT] = "visit",
	[EVENT_DEATH] = "death",
	[EVENT_DEVICE] = "device",
	[EVENT_SPECIMEN] = "specimen",
	[EVENT_VISIT_DETAIL] = "visit_detail",
	[EVENT_CONDITION_ERA] = "condition_era",
	[EVENT_DRUG_ERA] = "drug_era",
	[EVENT_DOSE_ERA] = "dose_era",
	[EVENT_OBSERVATION_PERIOD] = "observation_period",
};

static const char *const attribute_names[ATTRIBUTES] = {
	[ATTR_TYPE] = "type",
	[ATTR_SOURCE] = "source",
	[ATTR_UNIT] = "unit",
	[ATTR_CONCEPT] = "concept",
	[ATTR_VISIT] = "visit",
	[ATTR_PROVIDER] = "provider",
	[ATTR_STATUS] = "status",
	[ATTR_ROUTE] = "route",
	[ATTR_MODIFIER] = "modifier",
	[ATTR_QUALIFIER] = "qualifier",
	[ATTR_OPERATOR] = "operator",
	[ATTR_PLACE] = "place",
	[ATTR_ANATOMY] = "anatomy",
	[ATTR_QUANTITY] = "quantity",
	[ATTR_SUPPLY] = "supply",
	[ATTR_REFILLS] = "refills",
	[ATTR_DOSE] = "dose",
	[ATTR_RECORDS] = "records",
	[ATTR_GAP] = "gap",
	[ATTR_LOW] = "low",
	[ATTR_HIGH] = "high",
	[ATTR_RANGE_LOW] = "range_low",
	[ATTR_RANGE_HIGH] = "range_high",
};

const char *attribute_name(enum attribute_kind kind)
{
	return attribute_names[kind];
}

/* One reading of one cohort. */
struct reading {
	struct arena *arena;
	struct diags *ds;
	unsigned criteria, codes; /* as written, before equal ones are dropped */
	bool failed;              /* memory ended */
};

const char *event_name(enum event_kind kind)
{
	return event_names[kind];
}

bool event_parse(const char *s, enum event_kind *out)
{
	for (int i = 0; i < EVENTS; i++)
		if (strcmp(event_names[i], s) == 0) {
			*out = (enum event_kind)i;
			return true;
		}
	return false;
}

static bool head_parse(const char *key, enum part_kind *kind, enum event_kind *event)
{
	static const struct {
		const char *key;
		enum part_kind kind;
	} heads[] = {
		{ "all", PART_ALL },
		{ "any", PART_ANY },
		{ "none", PART_NONE },
		{ "measure", PART_MEASURE },
		{ "age", PART_AGE },
		{ "sex", PART_SEX },
	};

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (strcmp(heads[i].key, key) == 0) {
			*kind = heads[i].kind;
			return true;
		}
	*kind = PART_EVENT;
	return event_parse(key, event);
}

static struct part *part_new(struct reading *r, enum part_kind kind, struct place at)
{
	struct part *p = arena_alloc(r->arena, sizeof(*p));

	if (p == NULL) {
		r->failed = true;
		return NULL;
	}
	*p = (struct part){ .kind = kind,
		.at = at,
		.from = DAY_NONE,
		.to = DAY_NONE,
		.ends_from = DAY_NONE,
		.ends_to = DAY_NONE,
		.lasting_from = -1,
		.lasting_to = -1,
		.age_from = -1,
		.age_to = -1 };
	return p;
}

enum code_form {
	CODE_GOOD,
	CODE_BAD,
	CODE_LATER
};

static enum code_form parse_code(const char *s, struct code *out)
{
	struct code c = { .out = *s == '-' };
	uint64_t value = 0;
	size_t digits;

	if (strchr(s, ':') != NULL)
		return CODE_LATER; /* icd10:E11, set:NAME */
	s += c.out;
	digits = strspn(s, "0123456789");
	if (digits == 0 || digits > 10 || *s == '0')
		return CODE_BAD;
	for (size_t i = 0; i < digits; i++)
		value = value * 10 + (uint64_t)(s[i] - '0');
	s += digits;
	c.descendants = *s == '+';
	s += c.descendants;
	if (*s != 0 || value > INT32_MAX)
		return CODE_BAD;
	c.concept = (int32_t)value;
	*out = c;
	return CODE_GOOD;
}

static bool read_code(struct reading *r, const struct node *n, const char *key, struct code *out)
{
	const char *s = words_text(n, key,
		SAY("codes such as 201826+ as members of its list", "代码列表，成员如 201826+"),
		r->ds);

	if (s == NULL)
		return false;
	switch (parse_code(s, out)) {
	case CODE_GOOD:
		out->at = n->at;
		return true;
	case CODE_LATER:
		diag_error(r->ds, "Q120", n->at,
			"'%s' is part of the question language but this version does not compute "
			"it yet; write concept ids such as 201826+",
			"“%s”属于问题语言，但本版本尚不能计算，请改用概念编号，例如 201826+",
			show(s).at);
		return false;
	case CODE_BAD:
		break;
	}
	diag_error(r->ds, "Q121", n->at,
		"'%s' is not a code for '%s'; write 201826, 201826+ (with descendants), -201826 or "
		"-201826+ (taken out)",
		"“%s”不是“%s”的有效代码，请写 201826、201826+（含下级概念）、-201826 或 "
		"-201826+（排除）",
		show(s).at, key);
	return false;
}

/* False once there are more codes in the cohort than a question may hold; says so once. */
static bool count_code(struct reading *r, struct place at)
{
	if (++r->codes == MAX_CODES + 1)
		diag_error(r->ds, "Q124", at, "a question may name at most %d codes",
			"一个问题最多可列 %d 个代码", MAX_CODES);
	return r->codes <= MAX_CODES;
}

static void read_codes(struct reading *r, const struct node *n, struct part *p)
{
	const char *key = event_name(p->event);
	bool names_one = false;

	if (n->kind == NODE_TEXT && strcmp(n->text, "any") == 0)
		return;
	if (!words_list(n, key,
		    SAY("'any' or a list of codes such as [201826+]",
			    "“any”或代码列表，例如 [201826+]"),
		    r->ds))
		return;
	if (n->count == 0) {
		diag_error(r->ds, "Q122", n->at,
			"the list of '%s' is empty; write '%s: any' for every such event",
			"“%s”的列表为空；如指任意此类事件，请写“%s: any”", key, key);
		return;
	}
	p->codes = arena_array(r->arena, n->count, sizeof(*p->codes));
	if (p->codes == NULL) {
		r->failed = true;
		return;
	}
	NODE_EACH(c, n)
	{
		if (!count_code(r, c->at))
			return;
		if (!read_code(r, c, key, &p->codes[p->n_codes]))
			names_one = true; /* already reported; perhaps this was the one */
		else
			names_one = !p->codes[p->n_codes++].out || names_one;
	}
	if (!names_one)
		diag_error(r->ds, "Q123", n->at,
			"the list of '%s' only takes codes out; name at least one to look for",
			"“%s”的列表只有排除项，请至少写一个要查找的代码", key);
	p->n_codes = part_tidy_codes(p->codes, p->n_codes);
}

static struct part *read_part(struct reading *r, const struct node *n, unsigned depth);

static bool too_deep(struct reading *r, const struct node *n, unsigned depth)
{
	if (depth <= MAX_COHORT_DEPTH)
		return false;
	diag_error(r->ds, "Q136", n->at, "all, any and none may nest at most %d deep",
		"all、any、none 最多嵌套 %d 层", MAX_COHORT_DEPTH);
	return true;
}

static void read_members(
	struct reading *r, const struct node *n, unsigned depth, struct part *group)
{
	struct part **link = &group->children;
	const char *key = part_head(group);

	if (too_deep(r, n, depth) ||
		!words_list(n, key,
			SAY("a list such as [{sex: 女}, {condition: [201826+]}]",
				"列表，例如 [{sex: 女}, {condition: [201826+]}]"),
			r->ds))
		return;
	if (n->count == 0) {
		diag_error(r->ds, "Q134", n->at, "the list of '%s' is empty; leave '%s' out",
			"“%s”的列表为空，请删去“%s”", key, key);
		return;
	}
	while (*link != NULL)
		link = &(*link)->next;
	NODE_EACH(c, n)
	{
		struct part *p =
			r->failed || r->criteria > MAX_CRITERIA ? NULL : read_part(r, c, depth);

		if (p == NULL)
			continue;
		*link = p;
		link = &p->next;
		group->n_children++;
	}
}

/* Checks the keys of a part and finds the one that says what it is. */
static const struct node *find_head(
	struct reading *r, const struct node *n, unsigned where, struct part *p)
{
	const struct node *head = NULL;
	size_t before = r->ds->errors;

	words_keys(n, where, r->ds);
	NODE_EACH(c, n)
	{
		enum part_kind kind;
		enum event_kind event = EVENT_CONDITION;

		if (!head_parse(c->key, &kind, &event))
			continue;
		if (head != NULL) {
			diag_error(r->ds, "Q132", c->key_at,
				"'%s' stands beside '%s' in one criterion; write them as two "
				"members of the list",
				"“%s”与“%s”不能写在同一条件内，请分成列表的两个成员", c->key,
				head->key);
			return NULL;
		}
		head = c;
		p->kind = kind;
		p->event = event;
	}
	/* a key that was refused by name may have been meant to be the head */
	if (head == NULL && r->ds->errors == before)
		diag_error(r->ds, "Q131", n->at,
			"this criterion does not say what it looks for; give one of condition, "
			"drug, procedure, measurement, observation, visit, death, device, measure, "
			"age, sex, all, any, none",
			"此条件未说明查找什么，请写 condition、drug、procedure、measurement、"
			"observation、visit、death、device、measure、age、sex、all、any、none "
			"之一");
	return head;
}

/* `during` and `value`, and whether they may stand beside this head. */
static void read_modifiers(struct reading *r, const struct node *n, struct part *p)
{
	const struct node *during = node_get(n, "during"), *value = node_get(n, "value");
	bool dated = p->kind == PART_EVENT || p->kind == PART_MEASURE;

	if (during != NULL && dated) {
		p->during_at = during->at;
		(void)words_span(during, "during", &p->from, &p->to, r->ds);
	}
	if (value != NULL && p->kind == PART_MEASURE)
		p->has_value = bounds_value(value, &p->value, r->ds);
	if (during != NULL && !dated)
		diag_error(r->ds, "Q133", during->key_at,
			"'during' cannot stand beside '%s'; it belongs to an event or a measure",
			"“during”不能与“%s”并列，它只用于事件或指标", part_head(p));
	if (value != NULL && p->kind != PART_MEASURE)
		diag_error(r->ds, "Q133", value->key_at,
			"'value' cannot stand beside '%s'; it belongs to a 'measure'",
			"“value”不能与“%s”并列，它只用于“measure”", part_head(p));
}

static void read_head(struct reading *r, const struct node *head, unsigned depth, struct part *p)
{
	switch (p->kind) {
	case PART_ALL:
	case PART_ANY:
	case PART_NONE:
		read_members(r, head, depth + 1, p);
		break;
	case PART_EVENT:
		read_codes(r, head, p);
		break;
	case PART_MEASURE:
		p->measure = words_id(head, "measure", r->ds);
		break;
	case PART_AGE:
		bounds_age(head, &p->age_from, &p->age_to, r->ds);
		break;
	case PART_SEX:
		p->label = words_label(head, "sex", r->ds);
		break;
	case PART_OF:
	case PART_RACE:
	case PART_ETHNICITY:
	case PART_BIRTH:
		break;
	}
}

static struct part *read_part(struct reading *r, const struct node *n, unsigned depth)
{
	const struct node *head;
	struct part *p;

	if (n->kind != NODE_MAP) {
		if (!words_empty(n, r->ds))
			diag_error(r->ds, "Q130", n->at,
				"a criterion is a map such as {condition: [201826+]}",
				"条件应为映射，例如 {condition: [201826+]}");
		return NULL;
	}
	p = part_new(r, PART_ALL, n->at);
	head = p == NULL ? NULL : find_head(r, n, IN_PART, p);
	if (head == NULL)
		return NULL;
	if (p->kind != PART_ALL && p->kind != PART_ANY && p->kind != PART_NONE &&
		++r->criteria > MAX_CRITERIA) {
		diag_error(r->ds, "Q135", n->at, "a cohort may hold at most %d criteria",
			"一个队列最多可含 %d 个条件", MAX_CRITERIA);
		return NULL;
	}
	read_head(r, head, depth, p);
	read_modifiers(r, n, p);
	return p;
}

static void read_entry(struct reading *r, const struct node *n, struct cohort *out)
{
	const struct node *first = node_get(n, "first"), *head;
	struct part *p;

	if (!words_map(n, "entry",
		    SAY("a map such as {condition: [201826+]}",
			    "映射，例如 {condition: [201826+]}"),
		    r->ds))
		return;
	p = part_new(r, PART_EVENT, n->at);
	head = p == NULL ? NULL : find_head(r, n, IN_ENTRY, p);
	if (head == NULL || p->kind != PART_EVENT)
		return; /* words_keys() refused the other heads */
	r->criteria++;
	read_head(r, head, 1, p);
	read_modifiers(r, n, p);
	/* JSON writes a yes as true */
	if (first != NULL && !words_empty(first, r->ds) &&
		(first->kind != NODE_TEXT ||
			(strcmp(first->text, "yes") != 0 && strcmp(first->text, "true") != 0)))
		diag_error(r->ds, "Q137", first->at,
			"'first' can only be yes: the entry is each person's first such event",
			"“first”只能为 yes：以每人首次发生的该事件为入组事件");
	out->entry = p;
	out->n_entries = 1;
}

static void count_parts(const struct part *p, unsigned depth, struct cohort *out)
{
	if (p->kind != PART_ALL && p->kind != PART_ANY && p->kind != PART_NONE) {
		out->criteria++;
		return;
	}
	if (depth > out->depth)
		out->depth = depth;
	for (const struct part *c = p->children; c != NULL; c = c->next)
		count_parts(c, depth + 1, out);
}

/* The map form: all's members are the root's, any and none are one member each. */
static void read_expression(struct reading *r, const struct node *n, struct cohort *out)
{
	const struct node *all = node_get(n, "all"), *entry = node_get(n, "entry");

	words_keys(n, IN_COHORT, r->ds);
	if (entry != NULL)
		read_entry(r, entry, out);
	if (all != NULL)
		read_members(r, all, 1, out->root);
	for (int i = 0; i < 2; i++) {
		const struct node *list = node_get(n, i == 0 ? "any" : "none");
		struct part *group =
			list == NULL ? NULL
				     : part_new(r, i == 0 ? PART_ANY : PART_NONE, list->key_at);
		struct part **link = &out->root->children;

		if (group == NULL)
			continue;
		read_members(r, list, 2, group);
		while (*link != NULL)
			link = &(*link)->next;
		*link = group;
		out->root->n_children++;
	}
}

int cohort_build(const struct node *n, struct arena *arena, struct diags *ds, struct cohort *out)
{
	struct reading r = { .arena = arena, .ds = ds };
	struct cohort c = { .before = -1, .after = -1 };
	size_t before = ds->errors;

	c.root = part_new(&r, PART_ALL, n == NULL ? (struct place){ .line = 0 } : n->at);
	if (c.root != NULL && n != NULL && n->kind == NODE_TEXT)
		c.officer = words_id(n, "cohort", ds);
	else if (c.root != NULL && n != NULL &&
		 words_map(n, "cohort",
			 SAY("an officer's cohort id, or a map with entry, all, any, none",
				 "合规人员预置队列的标识，或含 entry、all、any、none 的映射"),
			 ds))
		read_expression(&r, n, &c);
	if (!r.failed && ds->errors == before)
		c.root = part_tidy(c.root, arena);
	if (r.failed || c.root == NULL)
		diag_error(ds, "Q190", (struct place){ .line = 0 },
			"memory ended while reading this question", "读取该问题时内存不足");
	if (ds->errors != before)
		return -1;
	count_parts(c.root, 1, &c);
	c.criteria += c.entry != NULL;
	*out = c;
	return 0;
}

static int32_t later(int32_t a, int32_t b)
{
	return a == DAY_NONE ? b : b == DAY_NONE || a > b ? a : b;
}

static int32_t last_day(const struct part *p)
{
	int32_t day = DAY_NONE;

	if (p == NULL)
		return DAY_NONE;
	if (p->kind == PART_EVENT || p->kind == PART_MEASURE)
		return p->to;
	for (const struct part *c = p->children; c != NULL; c = c->next)
		day = later(day, last_day(c));
	return day;
}

int32_t cohort_last_day(const struct cohort *c)
{
	return later(last_day(c->entry), last_day(c->root));
}
