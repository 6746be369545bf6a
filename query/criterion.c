/*
 * criterion.c - one criterion: the key that says what it looks for, what may stand beside it, and
 * what cannot be.
 */
#include <string.h>

#include "query/bounds.h"
#include "query/part.h"
#include "query/reading.h"
#include "query/words.h"

enum role {
	ROLE_BESIDE, /* no head */
	ROLE_GROUP,
	ROLE_PERSON, /* beside an event: a member of its `with` */
	ROLE_EVENT
};

static enum role role_of(const char *key, enum part_kind *kind, enum event_kind *event)
{
	static const struct {
		const char *key;
		enum part_kind kind;
		enum role role;
	} heads[] = {
		{ "all", PART_ALL, ROLE_GROUP },
		{ "any", PART_ANY, ROLE_GROUP },
		{ "none", PART_NONE, ROLE_GROUP },
		{ "of", PART_OF, ROLE_GROUP },
		{ "measure", PART_MEASURE, ROLE_EVENT },
		{ "age", PART_AGE, ROLE_PERSON },
		{ "sex", PART_SEX, ROLE_PERSON },
		{ "race", PART_RACE, ROLE_PERSON },
		{ "ethnicity", PART_ETHNICITY, ROLE_PERSON },
		{ "birth", PART_BIRTH, ROLE_PERSON },
	};

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (strcmp(heads[i].key, key) == 0) {
			*kind = heads[i].kind;
			return heads[i].role;
		}
	*kind = PART_EVENT;
	return event_parse(key, event) ? ROLE_EVENT : ROLE_BESIDE;
}

static bool is_dated(const struct part *p)
{
	return p->kind == PART_EVENT || p->kind == PART_MEASURE;
}

struct part *part_new(struct reading *r, enum part_kind kind, struct place at)
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

/* ---- groups ---- */

static bool too_deep(struct reading *r, struct place at, unsigned depth)
{
	if (depth <= MAX_COHORT_DEPTH)
		return false;
	diag_error(r->ds, "Q136", at, "all, any, none, of and with may nest at most %d deep",
		"all、any、none、of、with 最多嵌套 %d 层", MAX_COHORT_DEPTH);
	return true;
}

static void add_member(struct part *group, struct part *p)
{
	struct part **link = &group->children;

	while (*link != NULL)
		link = &(*link)->next;
	*link = p;
	group->n_children++;
}

void read_members(struct reading *r, const struct node *n, unsigned depth, struct part *group)
{
	struct part **link = &group->children;
	const char *key = n->key;

	if (too_deep(r, n->at, depth) ||
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
	NODE_EACH(c, n) {
		struct part *p =
			r->failed || r->criteria > MAX_CRITERIA ? NULL : read_part(r, c, depth);

		if (p == NULL)
			continue;
		*link = p;
		link = &p->next;
		group->n_children++;
	}
}

/* ---- the head ---- */

static unsigned count_events(const struct node *n, bool *visit)
{
	enum part_kind kind;
	enum event_kind event = EVENT_CONDITION;
	unsigned count = 0;

	*visit = false;
	NODE_EACH(c, n) {
		if (role_of(c->key, &kind, &event) != ROLE_EVENT)
			continue;
		if (kind == PART_EVENT && event == EVENT_VISIT)
			*visit = true;
		else
			count++;
	}
	return count;
}

static void report_headless(struct reading *r, const struct node *n, bool event)
{
	if (event)
		diag_error(r->ds, "Q131", n->at,
			"this event does not say what it looks for; give one of condition, drug, "
			"procedure, measurement, observation, visit, death, device, specimen, "
			"visit_detail, condition_era, drug_era, dose_era, observation_period, "
			"measure",
			"此事件未说明查找什么，请写 condition、drug、procedure、measurement、"
			"observation、visit、death、device、specimen、visit_detail、condition_era、"
			"drug_era、dose_era、observation_period、measure 之一");
	else
		diag_error(r->ds, "Q131", n->at,
			"this criterion does not say what it looks for; give an event (condition, "
			"drug, procedure, measurement, observation, visit, death, device, ...), "
			"measure, age, sex, race, ethnicity, birth, all, any, none, or at_least "
			"with of",
			"此条件未说明查找什么，请写一种事件（condition、drug、procedure、"
			"measurement、observation、visit、death、device 等）、measure、age、sex、"
			"race、ethnicity、birth、all、any、none，或 at_least 加 of");
}

/* Checks the keys of a part and finds the one that says what it is. */
static const struct node *find_head(
	struct reading *r, const struct node *n, unsigned where, struct part *p)
{
	const struct node *head = NULL;
	size_t before = r->ds->errors;
	bool visit;
	unsigned events = count_events(n, &visit);

	words_keys(n, where, r->ds);
	NODE_EACH(c, n) {
		enum part_kind kind;
		enum event_kind event = EVENT_CONDITION;
		enum role role = role_of(c->key, &kind, &event);
		bool attribute = kind == PART_EVENT && event == EVENT_VISIT && events > 0;

		if (role == ROLE_BESIDE || (role == ROLE_EVENT && attribute) ||
			(role == ROLE_PERSON && (events > 0 || visit)))
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
	if (head != NULL && where == IN_ENTRY && !is_dated(p))
		head = NULL;
	if (head == NULL && r->ds->errors == before)
		report_headless(r, n, where == IN_ENTRY);
	return head;
}

static void read_event_codes(struct reading *r, const struct node *n, struct part *p)
{
	const char *key = event_name(p->event);

	if (n->kind == NODE_TEXT && strcmp(n->text, "any") == 0)
		return;
	if (!words_list(n, key,
		    SAY("'any' or a list of codes such as [201826+]",
			    "“any”或代码列表，例如 [201826+]"),
		    r->ds))
		return;
	if (n->count == 0)
		diag_error(r->ds, "Q122", n->at,
			"the list of '%s' is empty; write '%s: any' for every such event",
			"“%s”的列表为空；如指任意此类事件，请写“%s: any”", key, key);
	else if (p->event == EVENT_OBSERVATION_PERIOD)
		diag_error(r->ds, "Q166", n->at,
			"an observation period has no codes; write 'observation_period: any', and "
			"its 'type' beside it",
			"观察期没有代码，请写“observation_period: any”，类型写在“type”中");
	else
		(void)codes_read(r, n, key, false, &p->codes, &p->n_codes);
}

/* A label of the site, or codes. */
static void read_person(struct reading *r, const struct node *n, struct part *p)
{
	if (n->kind != NODE_LIST)
		p->label = words_label(n, n->key, r->ds);
	else if (n->count == 0)
		diag_error(r->ds, "Q122", n->at, "the list of '%s' is empty; leave '%s' out",
			"“%s”的列表为空，请删去“%s”", n->key, n->key);
	else
		(void)codes_read(r, n, n->key, false, &p->codes, &p->n_codes);
}

static void read_of(struct reading *r, const struct node *n, const struct node *of, unsigned depth,
	struct part *p)
{
	const struct node *given = NULL;
	int32_t count = 0;

	NODE_EACH(c, n) {
		int how = how_parse(c->key);

		if (how >= 0 && given != NULL)
			diag_error(r->ds, "Q142", c->key_at,
				"'%s' stands beside '%s'; give one, and the other in a criterion "
				"of its own",
				"“%s”与“%s”只能写一个，另一个请另写条件", c->key, given->key);
		if (how < 0 || given != NULL)
			continue;
		given = c;
		p->how = (enum how_many)how;
		(void)words_int(c, c->key, 0, MAX_TIMES, &count, r->ds);
	}
	p->n = (unsigned)count;
	if (given == NULL)
		diag_error(r->ds, "Q138", of->key_at,
			"'of' does not say how many of its members hold; put at_least, at_most or "
			"exactly beside it",
			"“of”未说明须满足其中几个，请并列写 at_least、at_most 或 exactly");
	read_members(r, of, depth, p);
}

static void read_head(struct reading *r, const struct node *n, const struct node *head,
	unsigned depth, struct part *p)
{
	switch (p->kind) {
	case PART_ALL:
	case PART_ANY:
	case PART_NONE:
		read_members(r, head, depth + 1, p);
		break;
	case PART_OF:
		read_of(r, n, head, depth + 1, p);
		break;
	case PART_EVENT:
		read_event_codes(r, head, p);
		break;
	case PART_MEASURE:
		p->measure = words_id(head, "measure", r->ds);
		break;
	case PART_AGE:
		bounds_age(head, &p->age_from, &p->age_to, r->ds);
		break;
	case PART_SEX:
	case PART_RACE:
	case PART_ETHNICITY:
		read_person(r, head, p);
		break;
	case PART_BIRTH:
		p->during_at = head->at;
		(void)words_span(head, "birth", &p->from, &p->to, r->ds);
		break;
	}
}

/* ---- beside an event ---- */

static void read_during(struct reading *r, const struct node *n, struct part *p)
{
	p->during_at = n->at;
	(void)words_span(n, "during", &p->from, &p->to, r->ds);
}

static void read_ends(struct reading *r, const struct node *n, struct part *p)
{
	p->ends_at = n->at;
	(void)words_span(n, "ends", &p->ends_from, &p->ends_to, r->ds);
}

static void read_first(struct reading *r, const struct node *n, struct part *p)
{
	(void)words_yes(n, "first", &p->first, r->ds);
}

static void read_same_visit(struct reading *r, const struct node *n, struct part *p)
{
	if (!words_yes(n, "same_visit", &p->same_visit, r->ds))
		return;
	if (p->same_visit && r->in_with == 0 && !r->has_index)
		diag_error(r->ds, "Q139", n->key_at,
			"'same_visit' is that of the index event, and there is none: give the "
			"cohort an 'entry'",
			"“same_visit”指与入组事件同一次就诊，但没有入组事件：请为队列写“entry”");
}

static void read_inside(struct reading *r, const struct node *n, struct part *p)
{
	bool yes;

	if (!words_yes(n, "inside_observation", &yes, r->ds))
		return;
	p->inside = yes ? TRI_YES : TRI_NO;
	if (yes && r->in_with == 0 && !r->has_index)
		diag_error(r->ds, "Q139", n->key_at,
			"'inside_observation' is about the index event's observation period, and "
			"there is none: give the cohort an 'entry'",
			"“inside_observation”指入组事件所在的观察期，但没有入组事件：请为队列写"
			"“entry”");
}

static struct part *with_of(struct reading *r, struct place at, unsigned depth, struct part *p)
{
	if (too_deep(r, at, depth))
		return NULL;
	if (p->with == NULL)
		p->with = part_new(r, PART_ALL, at);
	return p->with;
}

static bool count_criterion(struct reading *r, struct place at)
{
	if (++r->criteria == MAX_CRITERIA + 1)
		diag_error(r->ds, "Q135", at, "a cohort may hold at most %d criteria",
			"一个队列最多可含 %d 个条件", MAX_CRITERIA);
	return r->criteria <= MAX_CRITERIA;
}

/* {condition: [..], age: ..} is {condition: [..], with: [{age: ..}]} */
static void read_person_beside(struct reading *r, const struct node *n, enum part_kind kind,
	unsigned depth, struct part *p)
{
	struct part *with = with_of(r, n->key_at, depth + 1, p);
	struct part *member = with == NULL ? NULL : part_new(r, kind, n->key_at);

	if (member == NULL || !count_criterion(r, n->key_at))
		return;
	read_head(r, NULL, n, depth + 1, member);
	add_member(with, member);
}

static void read_with(struct reading *r, const struct node *n, unsigned depth, struct part *p)
{
	struct part *with = with_of(r, n->key_at, depth + 1, p);

	if (with == NULL)
		return;
	r->in_with++;
	read_members(r, n, depth + 1, with);
	r->in_with--;
}

/* Days that no event can have. */
static void check_days(struct reading *r, const struct part *p)
{
	bool from = p->from != DAY_NONE, to = p->to != DAY_NONE;

	if (from && p->ends_to != DAY_NONE && p->ends_to < p->from)
		diag_error(r->ds, "Q163", p->ends_at,
			"such an event would end before 'during' lets it begin",
			"按“during”，该事件的开始晚于此处的结束日期");
	else if (to && p->ends_from != DAY_NONE && p->lasting_to >= 0 &&
		 p->ends_from - p->to > p->lasting_to)
		diag_error(r->ds, "Q163", p->lasting_at,
			"from the last day of 'during' to the first of 'ends' are more than %d "
			"days",
			"从“during”的最后一天到“ends”的第一天已超过 %d 天", p->lasting_to);
	else if (from && p->ends_to != DAY_NONE && p->lasting_from >= 0 &&
		 p->ends_to - p->from < p->lasting_from)
		diag_error(r->ds, "Q163", p->lasting_at,
			"from the first day of 'during' to the last of 'ends' are less than %d "
			"days",
			"从“during”的第一天到“ends”的最后一天不足 %d 天", p->lasting_from);
}

static void finish_event(struct reading *r, struct part *p)
{
	check_days(r, p);
	if (p->has_times && p->distinct == DISTINCT_CONCEPTS && p->kind == PART_EVENT &&
		p->event == EVENT_OBSERVATION_PERIOD)
		diag_error(r->ds, "Q166", p->times_at,
			"an observation period has no codes, so 'distinct: concept' counts "
			"nothing; "
			"write 'distinct: day'",
			"观察期没有代码，“distinct: concept”无从计数，请写“distinct: day”");
	/* what is so anyway is not written */
	if (p->inside == TRI_NO && p->n_windows == 0 && !p->same_visit && r->in_with == 0)
		p->inside = TRI_DEFAULT;
}

static void read_beside(struct reading *r, const struct node *n, const struct node *head,
	unsigned where, unsigned depth, struct part *p)
{
	static const struct {
		const char *key;
		void (*read)(struct reading *, const struct node *, struct part *);
	} readers[] = { { "during", read_during }, { "ends", read_ends }, { "first", read_first },
		{ "lasting", read_lasting }, { "within", read_within }, { "value", read_value },
		{ "times", read_times }, { "same_visit", read_same_visit },
		{ "inside_observation", read_inside } };

	NODE_EACH(c, n) {
		enum attribute_kind attribute;
		enum part_kind kind;
		enum event_kind event;

		if (c == head || !words_known(c->key, where))
			continue;
		for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
			if (strcmp(readers[i].key, c->key) == 0)
				readers[i].read(r, c, p);
		if (strcmp(c->key, "with") == 0)
			read_with(r, c, depth, p);
		else if (attribute_parse(c->key, &attribute) && !attribute_in_value(attribute))
			read_attribute(r, c, attribute, p);
		else if (role_of(c->key, &kind, &event) == ROLE_PERSON)
			read_person_beside(r, c, kind, depth, p);
		else if (how_parse(c->key) >= 0)
			diag_error(r->ds, "Q133", c->key_at,
				"'%s' cannot stand beside '%s'; write 'times: {%s: ..}' or "
				"'value: {%s: ..}'",
				"“%s”不能与“%s”并列，请写“times: {%s: ..}”或“value: {%s: ..}”",
				c->key, head->key, c->key, c->key);
	}
	finish_event(r, p);
}

/* Beside a group or a property of the person stands nothing, except a number beside `of`. */
static void refuse_beside(
	struct reading *r, const struct node *n, const struct node *head, const struct part *p)
{
	NODE_EACH(c, n) {
		if (c == head || (p->kind == PART_OF && how_parse(c->key) >= 0))
			continue;
		if (how_parse(c->key) >= 0)
			diag_error(r->ds, "Q133", c->key_at,
				"'%s' cannot stand beside '%s'; write '%s: 2, of: [..]'",
				"“%s”不能与“%s”并列，请写“%s: 2, of: [..]”", c->key, head->key,
				c->key);
		else if (words_known(c->key, IN_PART)) /* else it was reported */
			diag_error(r->ds, "Q133", c->key_at,
				"'%s' cannot stand beside '%s'; it belongs to an event or a "
				"measure",
				"“%s”不能与“%s”并列，它只用于事件或指标", c->key, head->key);
	}
}

static void read_rest(struct reading *r, const struct node *n, const struct node *head,
	unsigned where, unsigned depth, struct part *p)
{
	read_head(r, n, head, depth, p);
	if (is_dated(p))
		read_beside(r, n, head, where, depth, p);
	else
		refuse_beside(r, n, head, p);
}

/* Only events pair a person's rows once more: an age there, in a `with` or beside the event, does not. */
static bool too_many_withs(struct reading *r, const struct node *n, const struct part *p)
{
	if (!is_dated(p) || r->in_with <= MAX_WITHS)
		return false;
	diag_error(r->ds, "Q173", n->at,
		"events may stand at most %d deep in the 'with' of one another; look from the "
		"index "
		"date with 'within' instead",
		"事件在“with”中最多嵌套 %d 层；请改用 within 以入组日期为准", MAX_WITHS);
	return true;
}

struct part *read_part(struct reading *r, const struct node *n, unsigned depth)
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
	if (head == NULL || too_many_withs(r, n, p))
		return NULL;
	if (!part_is_group(p) && !count_criterion(r, n->at))
		return NULL;
	read_rest(r, n, head, IN_PART, depth, p);
	return p;
}

struct part *read_event(struct reading *r, const struct node *n, const char *key)
{
	const struct node *head;
	struct part *p;

	if (!words_map(n, key,
		    SAY("a map such as {condition: [201826+]}",
			    "映射，例如 {condition: [201826+]}"),
		    r->ds))
		return NULL;
	p = part_new(r, PART_EVENT, n->at);
	head = p == NULL ? NULL : find_head(r, n, IN_ENTRY, p);
	if (head == NULL || !count_criterion(r, n->at))
		return NULL;
	read_rest(r, n, head, IN_ENTRY, 1, p);
	return p;
}
