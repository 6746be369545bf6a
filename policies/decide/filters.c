#include <string.h>

#include "base/text.h"
#include "policies/decide/ruling.h"

/*
 * The question's `filter`: on an output column of an officer's cohort it chooses rows; without one it is a short
 * way to write a criterion that must hold, where that has one meaning: codes of a kind of event, labels of sex.
 */

static void no_filter(struct ruling *r, const struct question_filter *f, struct say hint)
{
	struct place at = r->data->at;

	deny(r, CHECK_VALUES, "default:not-listed", at, f->at,
		TELL(r, "'%s' may not be filtered so: %s%.0s.", "“%s”不能这样筛选：%.0s%s。",
			f->column, hint.en, hint.zh),
		TELL(r, "'%s' may not be filtered so: %s%.0s.", "“%s”不能这样筛选：%.0s%s。",
			f->column, hint.en, hint.zh));
}

/* 201826, 201826+ */
static bool read_code(const char *text, struct code *out)
{
	char digits[MAX_ID + 1];
	size_t len = strlen(text);
	int64_t v;

	out->descendants = len > 0 && text[len - 1] == '+';
	len -= out->descendants;
	if (!text_copyn(digits, sizeof(digits), text, len) || !parse_i64(digits, &v) || v < 1 ||
		v > INT32_MAX)
		return false;
	out->concept = (int32_t)v;
	return true;
}

static struct part *event_part(struct ruling *r, const struct question_filter *f, unsigned event)
{
	struct part *p = ruling_alloc(r, 1, sizeof(*p));
	struct code *codes = ruling_alloc(r, f->n_values, sizeof(*codes));

	if (p == NULL || codes == NULL)
		return NULL;
	*p = (struct part){ .kind = PART_EVENT,
		.at = f->at,
		.event = (enum event_kind)event,
		.codes = codes,
		.from = DAY_NONE,
		.to = DAY_NONE,
		.ends_from = DAY_NONE,
		.ends_to = DAY_NONE,
		.lasting_from = -1,
		.lasting_to = -1,
		.age_from = -1,
		.age_to = -1 };
	for (unsigned i = 0; i < f->n_values; i++) {
		if (!read_code(f->values[i].text, &codes[p->n_codes])) {
			no_filter(r, f,
				SAY("its values are codes such as 201826 or 201826+",
					"其取值应为编码，例如 201826 或 201826+"));
			return NULL;
		}
		codes[p->n_codes++].at = f->values[i].at;
	}
	return p;
}

static struct part *sex_part(struct ruling *r, const struct question_filter *f)
{
	struct part *any = ruling_alloc(r, 1, sizeof(*any)), **link;

	if (any == NULL)
		return NULL;
	*any = (struct part){ .kind = PART_ANY, .at = f->at };
	link = &any->children;
	for (unsigned i = 0; i < f->n_values; i++) {
		*link = ruling_alloc(r, 1, sizeof(**link));
		if (*link == NULL)
			return NULL;
		**link = (struct part){
			.kind = PART_SEX, .at = f->values[i].at, .label = f->values[i].text
		};
		link = &(*link)->next;
		any->n_children++;
	}
	return any;
}

static struct part *part_of(struct ruling *r, const struct question_filter *f)
{
	for (unsigned k = 0; k < EVENTS; k++) {
		const struct model_event *e = &r->model->events[k];
		const char *name = e->table == NULL || e->concept == NULL
					   ? NULL
					   : RULE(r, "%s.%s", e->table, e->concept);

		if (name != NULL && strcmp(name, f->column) == 0)
			return event_part(r, f, k);
	}
	if (r->model->sex != NULL) {
		const char *name = RULE(r, "%s.%s", r->patients->name, r->model->sex);

		if (name != NULL && strcmp(name, f->column) == 0)
			return sex_part(r, f);
	}
	no_filter(r, f,
		SAY("write it as a criterion of the cohort, with during, age or value",
			"请写成队列中的条件，使用 during、age 或 value"));
	return NULL;
}

static void add_criterion(struct ruling *r, const struct part *p)
{
	struct criterion **link = &r->plan->root->children;

	while (*link != NULL)
		link = &(*link)->next;
	*link = resolve_part(r, p);
}

void resolve_filters(struct ruling *r)
{
	for (unsigned i = 0; i < r->q->n_filters && r->plan->root != NULL; i++) {
		const struct question_filter *f = &r->q->filters[i];
		const struct column *c = dataset_column(r->data, f->column);
		const struct part *p;

		if (c != NULL && r->rows != NULL && filter_rows(r, f, c))
			continue;
		if (r->rows != NULL && (c == NULL || c->table != r->patients)) {
			no_filter(r, f,
				SAY("the cohort has no such output column",
					"该队列没有这样的输出字段"));
			continue;
		}
		p = part_of(r, f);
		if (p != NULL)
			add_criterion(r, p);
	}
}
