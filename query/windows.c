/*
 * windows.c - so many days, and how often: durations, within, lasting, observed, times.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "query/part.h"
#include "query/reading.h"
#include "query/words.h"

static const char *const how_names[] = {
	[AT_LEAST] = "at_least",
	[AT_MOST] = "at_most",
	[EXACTLY] = "exactly",
};
static const char *const distinct_names[] = {
	[DISTINCT_EVENTS] = "event", /* the default, which has no word */
	[DISTINCT_DAYS] = "day",
	[DISTINCT_CONCEPTS] = "concept",
	[DISTINCT_VISITS] = "visit",
};

int how_parse(const char *key)
{
	for (int i = 0; i < 3; i++)
		if (strcmp(how_names[i], key) == 0)
			return i;
	return -1;
}

const char *how_name(enum how_many how)
{
	return how_names[how];
}

const char *distinct_name(enum distinct d)
{
	return distinct_names[d];
}

bool duration_parse(const char *s, struct duration *out)
{
	static const struct {
		const char *one, *many;
		int64_t times;
		bool months;
	} units[] = { { "day", "days", 1, false }, { "week", "weeks", 7, false },
		{ "month", "months", 1, true }, { "year", "years", 12, true } };
	const char *space = strchr(s, ' ');
	char number[8];
	uint64_t v;

	if (space == NULL || !text_copyn(number, sizeof(number), s, (size_t)(space - s)) ||
		!parse_u64(number, &v))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(space + 1, units[i].many) == 0 || strcmp(space + 1, units[i].one) == 0) {
			*out = (struct duration){ (int64_t)v * units[i].times, units[i].months };
			return true;
		}
	return false;
}

/* "30 days", "2 weeks"; not negative. */
static bool read_days(struct reading *r, const struct node *n, int32_t *out)
{
	const char *s =
		words_text(n, n->key, SAY("days such as '30 days'", "天数，例如 30 days"), r->ds);
	struct duration d;

	if (s == NULL)
		return false;
	if (!duration_parse(s, &d) || d.months) {
		diag_error(r->ds, "Q117", n->at,
			"'%s' is not a number of days for '%s'; write '30 days' or '2 weeks' (a "
			"month has no fixed number of days)",
			"“%s”不是“%s”的有效天数，请写 30 days 或 2 weeks（月的天数不固定）",
			show(s).at, n->key);
		return false;
	}
	if (d.count > MAX_WINDOW_DAYS) {
		diag_error(r->ds, "Q118", n->at, "'%s' is more than %d days, a hundred years",
			"“%s”超过 %d 天（一百年）", show(s).at, MAX_WINDOW_DAYS);
		return false;
	}
	*out = (int32_t)d.count;
	return true;
}

/* ---- within ---- */

/* "-30 days", "30 days before", "30 days", "30 days after" */
static bool edge_parse(const char *s, struct duration *out)
{
	static const char *const ends[] = { " before", " after" };
	char head[32];
	size_t len = strlen(s);
	int sign = *s == '-' ? -1 : 1;

	for (int i = 0; i < 2 && sign > 0; i++) {
		size_t tail = strlen(ends[i]);

		if (len <= tail || strcmp(s + len - tail, ends[i]) != 0)
			continue;
		len -= tail;
		sign = i == 0 ? -1 : 1;
		break;
	}
	if (*s == '-') {
		s++;
		len--;
	}
	if (!text_copyn(head, sizeof(head), s, len) || !duration_parse(head, out))
		return false;
	out->count *= sign;
	return true;
}

static bool read_edge(struct reading *r, const struct node *n, int32_t *out)
{
	const char *s = words_text(n, n->key,
		SAY("days such as '-30 days' or 'all days before'",
			"天数，例如 -30 days 或 all days before"),
		r->ds);
	struct duration d = { 0 };

	if (s == NULL)
		return false;
	if (strcmp(s, "all days before") == 0 || strcmp(s, "all days after") == 0) {
		*out = s[9] == 'b' ? ALL_DAYS_BEFORE : ALL_DAYS_AFTER;
		return true;
	}
	if (!edge_parse(s, &d) || d.months) {
		diag_error(r->ds, "Q117", n->at,
			"'%s' is not an edge of a window for '%s'; write '-30 days' or '30 days "
			"before', '0 days', '2 weeks after', 'all days before', 'all days after' "
			"(months have no fixed number of days)",
			"“%s”不是“%s”的有效窗口边界，请写 -30 days 或 30 days before、0 days、2 "
			"weeks "
			"after、all days before、all days after（月的天数不固定）",
			show(s).at, n->key);
		return false;
	}
	if (d.count < -MAX_WINDOW_DAYS || d.count > MAX_WINDOW_DAYS) {
		diag_error(r->ds, "Q118", n->at,
			"'%s' is more than %d days, a hundred years; write 'all days before' or "
			"'all days after'",
			"“%s”超过 %d 天（一百年），请写 all days before 或 all days after",
			show(s).at, MAX_WINDOW_DAYS);
		return false;
	}
	*out = (int32_t)d.count;
	return true;
}

/* Which event the days are counted from: "index", "parent". */
static bool read_whose(struct reading *r, const struct node *n, struct window *w)
{
	static const char *const whose[] = { "index", "parent" };
	int word = words_one_of(n, "of", whose, 2, r->ds);

	if (word < 0)
		return false;
	if (word == 0 && (r->in_entry || !r->has_index)) {
		diag_error(r->ds, "Q139", n->at,
			r->in_entry
				? "in the entry there is no index date yet; write 'of: parent'"
				: "there is no index date: give the cohort an 'entry', or write "
				  "'of: parent' inside a 'with'",
			r->in_entry
				? "入组事件之内尚无入组日期，请写“of: parent”"
				: "没有入组日期：请为队列写“entry”，或在“with”内写“of: parent”");
		return false;
	}
	/* outside of every `with` the index event is the parent */
	w->of_index = word == 0 && r->in_with > 0;
	return true;
}

static bool read_side(struct reading *r, const struct node *n, bool *end)
{
	static const char *const sides[] = { "start", "end" };
	int word = words_one_of(n, n->key, sides, 2, r->ds);

	*end = word == 1;
	return word >= 0;
}

static bool read_window(struct reading *r, const struct node *n, struct window *out)
{
	const struct node *from = node_get(n, "from"), *to = node_get(n, "to"),
			  *of = node_get(n, "of"), *on = node_get(n, "on"),
			  *to_on = node_get(n, "to_on");
	size_t before = r->ds->errors;

	*out = (struct window){ .from = ALL_DAYS_BEFORE, .to = ALL_DAYS_AFTER, .at = n->at };
	if (!words_map(n, "within",
		    SAY("a map such as {from: 0 days, to: 90 days}",
			    "映射，例如 {from: 0 days, to: 90 days}"),
		    r->ds))
		return false;
	words_keys(n, IN_WINDOW, r->ds);
	if (from == NULL && to == NULL && r->ds->errors == before)
		diag_error(r->ds, "Q140", n->at,
			"the window has no edge; give from, to or both, as {from: 0 days, to: 90 "
			"days}",
			"窗口没有边界，请写 from、to 或两者，例如 {from: 0 days, to: 90 days}");
	if (from != NULL)
		(void)read_edge(r, from, &out->from);
	if (to != NULL)
		(void)read_edge(r, to, &out->to);
	if (of != NULL)
		(void)read_whose(r, of, out);
	if (on != NULL)
		(void)read_side(r, on, &out->on_end);
	if (to_on != NULL)
		(void)read_side(r, to_on, &out->to_end);
	if (r->ds->errors == before &&
		(out->from > out->to || out->from == ALL_DAYS_AFTER || out->to == ALL_DAYS_BEFORE))
		diag_error(r->ds, "Q140", n->at,
			"the window is empty: no day comes at or after 'from' and at or before "
			"'to'; days before are negative, as in {from: -90 days, to: 0 days}",
			"窗口为空：没有一天既不早于“from”又不晚于“to”；之前的天数为负，例如 {from: "
			"-90 days, to: 0 days}");
	return r->ds->errors == before;
}

static bool same_days(const struct window *a, const struct window *b)
{
	return a->of_index == b->of_index && a->on_end == b->on_end && a->to_end == b->to_end;
}

/* Two windows are a set: sorted, and one that is written twice is one. */
static void tidy_windows(struct reading *r, struct part *p)
{
	struct window *a = &p->windows[0], *b = &p->windows[1], swap;
	int order;

	if (p->n_windows < 2)
		return;
	if (same_days(a, b) && (a->from > b->to || b->from > a->to)) {
		diag_error(r->ds, "Q162", b->at,
			"no day lies in both windows; leave one out, or write two members of an "
			"'any'",
			"没有一天同时落在两个窗口内，请删去一个，或写成“any”的两个成员");
		return;
	}
	order = part_compare_windows(r, a, b);
	if (order == 0)
		p->n_windows = 1;
	if (order > 0) {
		swap = *a;
		*a = *b;
		*b = swap;
	}
}

void read_within(struct reading *r, const struct node *n, struct part *p)
{
	const struct node *other = NULL;
	bool good = true;

	if (r->in_with == 0 && !r->has_index)
		diag_error(r->ds, "Q139", n->key_at,
			"'within' counts days from the index date, and there is none: give the "
			"cohort an 'entry'",
			"“within”从入组日期起计算天数，但没有入组日期：请为队列写“entry”");
	if (n->kind != NODE_LIST) {
		p->n_windows = read_window(r, n, &p->windows[0]);
		return;
	}
	if (n->count == 0 || n->count > MAX_WINDOWS) {
		diag_error(r->ds, "Q165", n->at, "'within' is one window or a list of at most %d",
			"“within”应为一个窗口，或最多 %d 个窗口的列表", MAX_WINDOWS);
		return;
	}
	NODE_EACH(c, n)
		if (c->kind != NODE_MAP && other == NULL)
			other = c;
	if (other != NULL) { /* once, as of [0, 90] */
		if (!words_empty(other, r->ds))
			diag_error(r->ds, "Q105", other->at,
				"a window in the list of 'within' is a map such as {from: 0 days, "
				"to: 90 days}, not a number",
				"“within”列表中的窗口应为映射，例如 {from: 0 days, to: 90 "
				"days}，不是数字");
		return;
	}
	NODE_EACH(c, n) {
		good = read_window(r, c, &p->windows[p->n_windows]) && good;
		p->n_windows++;
	}
	if (good)
		tidy_windows(r, p);
}

/* ---- lasting, observed ---- */

void read_lasting(struct reading *r, const struct node *n, struct part *p)
{
	const struct node *low = node_get(n, "at_least"), *high = node_get(n, "at_most");
	size_t before = r->ds->errors;

	p->lasting_at = n->at;
	if (!words_map(n, "lasting",
		    SAY("a map such as {at_least: 30 days}", "映射，例如 {at_least: 30 days}"),
		    r->ds))
		return;
	words_keys(n, IN_LASTING, r->ds);
	if (n->count == 0)
		diag_error(r->ds, "Q141", n->at,
			"'lasting' has no bound; give at_least, at_most or both",
			"“lasting”未给出界限，请写 at_least、at_most 或两者");
	if (low != NULL)
		(void)read_days(r, low, &p->lasting_from);
	if (high != NULL)
		(void)read_days(r, high, &p->lasting_to);
	if (r->ds->errors == before && p->lasting_to >= 0 && p->lasting_from > p->lasting_to)
		diag_error(r->ds, "Q143", n->at,
			"no event can last at least %d and at most %d days",
			"没有事件能既持续至少 %d 天又至多 %d 天", p->lasting_from, p->lasting_to);
}

void read_observed(struct reading *r, const struct node *n, struct cohort *out)
{
	const struct node *before = node_get(n, "before"), *after = node_get(n, "after");

	out->observed_at = n->key_at;
	if (!words_map(n, "observed",
		    SAY("a map such as {before: 365 days, after: 0 days}",
			    "映射，例如 {before: 365 days, after: 0 days}"),
		    r->ds))
		return;
	words_keys(n, IN_OBSERVED, r->ds);
	if (!r->has_index)
		diag_error(r->ds, "Q137", n->key_at,
			"'observed' looks around the index date; give the cohort an 'entry'",
			"“observed”针对入组日期前后，请为队列写“entry”");
	if (n->count == 0)
		diag_error(r->ds, "Q141", n->at,
			"'observed' says no days; write {before: 365 days, after: 0 days}",
			"“observed”未给出天数，请写 {before: 365 days, after: 0 days}");
	out->before = out->after = 0;
	if (before != NULL)
		(void)read_days(r, before, &out->before);
	if (after != NULL)
		(void)read_days(r, after, &out->after);
}

/* ---- times ---- */

static void check_times(struct reading *r, const struct node *n, struct part *p)
{
	if (p->times == 0 && p->times_how == AT_LEAST) {
		diag_error(r->ds, "Q148", n->at,
			"everybody has such an event at least 0 times; leave the criterion out",
			"任何人都至少有 0 次该事件，请删去此条件");
		return;
	}
	/* as often on no day as at all */
	if (p->times == 0) {
		p->times_how = AT_MOST;
		p->distinct = p->distinct == DISTINCT_DAYS ? DISTINCT_EVENTS : p->distinct;
	}
	if (p->times == 1 && p->times_how == AT_LEAST && p->distinct == DISTINCT_DAYS)
		p->distinct = DISTINCT_EVENTS;
	p->has_times = p->times != 1 || p->times_how != AT_LEAST || p->distinct != DISTINCT_EVENTS;
	if (!p->has_times)
		p->times = 0;
}

void read_times(struct reading *r, const struct node *n, struct part *p)
{
	const struct node *distinct = node_get(n, "distinct");
	const struct node *given = NULL;
	size_t before = r->ds->errors;
	int32_t times = 0;
	int word;

	p->times_at = n->at;
	if (!words_map(n, "times", SAY("a map such as {at_least: 2}", "映射，例如 {at_least: 2}"),
		    r->ds))
		return;
	words_keys(n, IN_TIMES, r->ds);
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
		p->times_how = (enum how_many)how;
		(void)words_int(c, c->key, 0, MAX_TIMES, &times, r->ds);
	}
	if (given == NULL && r->ds->errors == before)
		diag_error(r->ds, "Q141", n->at,
			"'times' says no number; give at_least, at_most or exactly",
			"“times”未给出次数，请写 at_least、at_most 或 exactly");
	if (distinct != NULL) {
		word = words_one_of(distinct, "distinct", distinct_names + 1, 3, r->ds);
		p->distinct = word < 0 ? DISTINCT_EVENTS : (enum distinct)(word + 1);
	}
	p->times = (unsigned)times;
	if (r->ds->errors == before)
		check_times(r, n, p);
}
