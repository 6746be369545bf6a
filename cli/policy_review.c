#include "cli/policy.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "cli/past.h"
#include "cli/policy_similar.h"
#include "policies/explain/rule_list.h"

/*
 * `cordon policy review`: what in a policy nobody needs, what ends soon, and which answered questions are nearly the
 * same. It looks at every question that the agent
 * still has (90 days at least), each decided again by the policy at hand.
 */

enum {
	KEPT_DAYS = 3660, /* whatever the agent has */
	SOON_DAYS = 60,
	SILENT_DAYS = 180,
	MAX_RULE_WIDTH = 60
};

struct review {
	struct desk *d;
	int32_t today, first; /* the day of the oldest question; today when there is none */
	struct policy_rule *rules;
	bool *reached;
	int32_t **last; /* by study and requester: the day of the last question */
	unsigned n_rules, n, unread;
	struct similar_review *similar;
};

/* ---- looking ---- */

static int begin(struct review *r, struct error *err)
{
	struct desk *d = r->d;
	const struct policy *p = d->policy;

	r->today = r->first = clock_today();
	if (rule_list(p, &d->arena, &r->rules, &r->n_rules, err) != 0)
		return -1;
	r->reached = arena_array(&d->arena, (size_t)r->n_rules + 1, sizeof(*r->reached));
	r->last = arena_array(&d->arena, (size_t)p->n_studies + 1, sizeof(*r->last));
	r->similar = similar_review_new();
	if (r->reached == NULL || r->last == NULL || r->similar == NULL)
		return error_memory(err);
	for (unsigned i = 0; i < p->n_studies; i++) {
		unsigned n = p->studies[i].n_requesters;

		r->last[i] = arena_array(&d->arena, (size_t)n + 1, sizeof(**r->last));
		if (r->last[i] == NULL)
			return error_memory(err);
		for (unsigned k = 0; k < n; k++)
			r->last[i][k] = DAY_NONE;
	}
	return 0;
}

static void note_requester(struct review *r, const struct past_question *q)
{
	const struct policy *p = r->d->policy;

	for (unsigned i = 0; i < p->n_studies; i++)
		for (unsigned k = 0; k < p->studies[i].n_requesters; k++)
			if (strcmp(p->studies[i].id, q->study) == 0 &&
				strcmp(p->studies[i].requesters[k].account, q->requester) == 0 &&
				q->day > r->last[i][k])
				r->last[i][k] = q->day;
}

static int look_at(const struct past_question *q, struct arena *arena, void *arg, struct error *err)
{
	struct review *r = arg;
	struct verdict v;

	r->n++;
	if (q->day < r->first && q->day > 0)
		r->first = q->day;
	note_requester(r, q);
	if (q->question == NULL) {
		r->unread++;
		return 0;
	}
	if (similar_review_add(r->similar, q, err) != 0)
		return -1;
	if (past_decide(r->d->policy, q, true, arena, &v, err) != 0)
		return -1;
	rule_list_reached(r->d->policy, q->question, &v, r->rules, r->n_rules, r->reached);
	return 0;
}

static bool soon(const struct review *r, int32_t day)
{
	return day <= r->today + SOON_DAYS;
}

/* Since when a requester has asked nothing: what is not kept is not known. */
static bool silent(const struct review *r, int32_t last)
{
	return (last == DAY_NONE ? r->first : last) <= r->today - SILENT_DAYS;
}

/* ---- for people ---- */

static void add_title(const struct review *r, struct text *t, struct say title)
{
	text_addf(t, "%s\n", desk_say(r->d, title));
}

static void add_row(
	struct text *t, const char *thing, size_t width, const char *rest, const struct place *at)
{
	size_t from;

	text_add(t, "  ");
	from = t->len;
	text_add(t, thing);
	desk_pad(t, from, width);
	text_addf(t, "  %s%s", rest, rest[0] == '\0' ? "" : "  ");
	desk_place(t, at);
	text_addc(t, '\n');
}

static void add_none(const struct review *r, struct text *t, size_t was)
{
	if (t->len == was)
		text_add(t, r->d->zh ? "  无\n" : "  none\n");
}

static size_t rule_width(const struct review *r)
{
	size_t width = 0;

	for (unsigned i = 0; i < r->n_rules; i++) {
		size_t w = r->reached[i] ? 0 : utf8_width(r->rules[i].id);

		if (w > width && w <= MAX_RULE_WIDTH)
			width = w;
	}
	return width;
}

static void add_rules(const struct review *r, struct text *t)
{
	size_t width = rule_width(r), was;

	add_title(r, t, SAY("Rules that no question reached", "没有查询触及的规则"));
	was = t->len;
	for (unsigned i = 0; i < r->n_rules; i++)
		if (!r->reached[i])
			add_row(t, r->rules[i].id, width, "", &r->rules[i].at);
	add_none(r, t, was);
}

/* "in 12 days" */
static const char *when(const struct review *r, int32_t day, char *buf, size_t size)
{
	int left = (int)(day - r->today);
	char text[16];

	day_text(day, text);
	if (left < 0)
		snprintf(buf, size, r->d->zh ? "已于 %s 结束" : "ended on %s", text);
	else
		snprintf(buf, size, r->d->zh ? "%s 到期（还有 %d 天）" : "ends on %s (in %d days)",
			text, left);
	return buf;
}

/* Each column with an exception that ends soon. */
static void each_exception(const struct review *r,
	void (*each)(const struct review *r, const struct column *c, void *arg), void *arg)
{
	const struct policy *p = r->d->policy;

	for (unsigned d = 0; d < p->n_datasets; d++)
		for (unsigned t = 0; t < p->datasets[d].n_tables; t++)
			for (unsigned i = 0; i < p->datasets[d].tables[t].n_columns; i++) {
				const struct column *c = &p->datasets[d].tables[t].columns[i];

				if (c->after != NULL && soon(r, c->until))
					each(r, c, arg);
			}
}

struct rows {
	struct text *t;
	size_t width;
	bool first;
};

static void measure_exception(const struct review *r, const struct column *c, void *arg)
{
	struct rows *rows = arg;
	size_t w = utf8_width(c->name) + utf8_width(r->d->zh ? "例外 " : "exception ");

	if (w > rows->width)
		rows->width = w;
}

static void add_exception(const struct review *r, const struct column *c, void *arg)
{
	struct rows *rows = arg;
	char name[MAX_NAME + 32], buf[80];

	snprintf(name, sizeof(name), r->d->zh ? "例外 %s" : "exception %s", c->name);
	add_row(rows->t, name, rows->width, when(r, c->until, buf, sizeof(buf)), &c->at);
}

static size_t study_width(const struct review *r)
{
	size_t width = 6;

	for (unsigned i = 0; i < r->d->policy->n_studies; i++) {
		size_t w = utf8_width(r->d->policy->studies[i].id) + 6;

		if (w > width)
			width = w;
	}
	return width;
}

static void add_ends(const struct review *r, struct text *t)
{
	const struct policy *p = r->d->policy;
	struct rows rows = { t, study_width(r), false };
	char name[MAX_ID + 32], buf[80];
	size_t was;

	add_title(r, t, SAY("Ends within 60 days, or has ended", "60 天内到期或已到期"));
	was = t->len;
	each_exception(r, measure_exception, &rows);
	if (soon(r, p->to))
		add_row(t, r->d->zh ? "策略" : "policy", rows.width,
			when(r, p->to, buf, sizeof(buf)), &p->valid_at);
	each_exception(r, add_exception, &rows);
	for (unsigned i = 0; i < p->n_studies; i++) {
		const struct study *s = &p->studies[i];

		if (!soon(r, s->to))
			continue;
		snprintf(name, sizeof(name), r->d->zh ? "课题 %s" : "study %s", s->id);
		add_row(t, name, rows.width, when(r, s->to, buf, sizeof(buf)), &s->valid_at);
	}
	add_none(r, t, was);
}

static void add_requesters(const struct review *r, struct text *t)
{
	const struct policy *p = r->d->policy;
	char day[16], rest[MAX_NAME + 80];
	size_t width = study_width(r), was;

	add_title(
		r, t, SAY("Requesters without a question for 180 days", "180 天没有查询的申请人"));
	was = t->len;
	for (unsigned i = 0; i < p->n_studies; i++)
		for (unsigned k = 0; k < p->studies[i].n_requesters; k++) {
			int32_t last = r->last[i][k];
			const struct requester *who = &p->studies[i].requesters[k];

			if (!silent(r, last))
				continue;
			day_text(last == DAY_NONE ? r->first : last, day);
			snprintf(rest, sizeof(rest),
				last == DAY_NONE
					? (r->d->zh ? "%s  自 %s 起没有查询"
						    : "%s  no question since %s")
					: (r->d->zh ? "%s  最近一次 %s" : "%s  last on %s"),
				who->account, day);
			add_row(t, p->studies[i].id, width, rest, &who->at);
		}
	if (t->len == was && r->first > r->today - SILENT_DAYS)
		text_addf(t,
			r->d->zh ? "  无从判断：最早的查询记录为 %s\n"
				 : "  not known: the first question kept is of %s\n",
			day_text(r->first, day));
	else
		add_none(r, t, was);
}

static void add_text(const struct review *r, struct text *t)
{
	char day[16];

	text_addf(t,
		r->d->zh ? "本院代理保存的 %u 个查询，自 %s 起"
			 : "%u questions that the agent has, since %s",
		r->n, day_text(r->first, day));
	if (r->unread > 0)
		text_addf(t, r->d->zh ? "，%u 个无法读取" : ", %u cannot be read", r->unread);
	text_addc(t, '\n');
	add_rules(r, t);
	add_ends(r, t);
	add_requesters(r, t);
	similar_review_text(r->similar, r->d, t);
}

/* ---- JSON ---- */

static void open_json(struct rows *rows, const char *key, const char *value)
{
	text_addf(rows->t, "%s{\"%s\":", rows->first ? "" : ",", key);
	text_add_json(rows->t, value);
	rows->first = false;
}

static void close_json(struct rows *rows, const struct place *at)
{
	desk_place_json(rows->t, at);
	text_addc(rows->t, '}');
}

static void add_end_json(
	struct rows *rows, const char *kind, const char *id, int32_t day, const struct place *at)
{
	char text[16];

	open_json(rows, "kind", kind);
	text_add(rows->t, ",\"id\":");
	text_add_json(rows->t, id);
	text_addf(rows->t, ",\"ends\":\"%s\"", day_text(day, text));
	close_json(rows, at);
}

static void add_exception_json(const struct review *r, const struct column *c, void *arg)
{
	(void)r;
	add_end_json(arg, "exception", c->name, c->until, &c->at);
}

static void add_ends_json(const struct review *r, struct text *t)
{
	const struct policy *p = r->d->policy;
	struct rows rows = { t, 0, true };

	text_add(t, "],\"ends\":[");
	if (soon(r, p->to))
		add_end_json(&rows, "policy", p->site, p->to, &p->valid_at);
	each_exception(r, add_exception_json, &rows);
	for (unsigned i = 0; i < p->n_studies; i++)
		if (soon(r, p->studies[i].to))
			add_end_json(&rows, "study", p->studies[i].id, p->studies[i].to,
				&p->studies[i].valid_at);
}

static void add_requesters_json(const struct review *r, struct text *t)
{
	const struct policy *p = r->d->policy;
	struct rows rows = { t, 0, true };
	char day[16];

	text_add(t, "],\"silent\":[");
	for (unsigned i = 0; i < p->n_studies; i++)
		for (unsigned k = 0; k < p->studies[i].n_requesters; k++) {
			const struct requester *who = &p->studies[i].requesters[k];
			int32_t last = r->last[i][k];

			if (!silent(r, last))
				continue;
			open_json(&rows, "study", p->studies[i].id);
			text_add(t, ",\"requester\":");
			text_add_json(t, who->account);
			if (last == DAY_NONE)
				text_add(t, ",\"last\":null");
			else
				text_addf(t, ",\"last\":\"%s\"", day_text(last, day));
			close_json(&rows, &who->at);
		}
}

static void add_json(const struct review *r, struct text *t)
{
	struct rows rows = { t, 0, true };
	char day[16];

	text_addf(t, "{\"questions\":%u,\"unreadable\":%u,\"since\":\"%s\",\"unreached\":[", r->n,
		r->unread, day_text(r->first, day));
	for (unsigned i = 0; i < r->n_rules; i++) {
		if (r->reached[i])
			continue;
		open_json(&rows, "rule", r->rules[i].id);
		close_json(&rows, &r->rules[i].at);
	}
	add_ends_json(r, t);
	add_requesters_json(r, t);
	text_add(t, "],");
	similar_review_json(r->similar, r->d, t);
	text_addf(t, ",\"rules\":%u}\n", r->n_rules);
}

int policy_review(struct desk *d)
{
	struct error err = { .code = E_NONE };
	struct review r = { .d = d };
	struct text out;
	int ret;

	if (d->agent == NULL)
		return desk_no_agent(d);
	if (begin(&r, &err) != 0 || past_each(d->agent, KEPT_DAYS, look_at, &r, &err) != 0 ||
		similar_review_compare(r.similar, &err) != 0) {
		similar_review_free(r.similar);
		return desk_failed(d, &err);
	}
	text_init(&out, DESK_OUTPUT);
	if (d->json)
		add_json(&r, &out);
	else
		add_text(&r, &out);
	ret = desk_print(&out, POLICY_GOOD);
	similar_review_free(r.similar);
	return ret;
}
