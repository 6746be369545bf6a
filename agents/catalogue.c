/*
 * catalogue.c - a policy as the rows of wire/offered.h. What is offered, policies/offer says.
 */
#include "agents/catalogue.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "policies/cohorts/cohort_sql.h"
#include "policies/offer/offer.h"
#include "policies/periods.h"
#include "policies/say.h"
#include "policies/shapes.h"
#include "policies/systems.h"

_Static_assert((int)SHOWN_NONE == (int)CATALOGUE_NONE &&
		       (int)SHOWN_STUDIES == (int)CATALOGUE_STUDIES &&
		       (int)SHOWN_OPEN == (int)CATALOGUE_OPEN,
	"the wire says it as the policy does");
_Static_assert((int)EVENT_LAST == (int)EVENTS - 1, "the wire knows every kind of event");
_Static_assert((int)OFFERED_KINDS == (1 << KINDS) - 1, "the wire knows every kind of question");

/* One in the making. */
struct making {
	struct offer offer; /* of the dataset under way */
	bool with_cohorts;
	const char *values[MAX_OFFERED_CUTS + 1]; /* of the parameter under way */
	struct arena *a;
	bool failed;
};

static void *rows(struct making *m, size_t n, size_t size)
{
	void *at = arena_array(m->a, n, size);

	m->failed = m->failed || at == NULL;
	return at;
}

static const char *text_or_empty(const char *s)
{
	return s == NULL ? "" : s;
}

/* ---- events ---- */

static void codes_of(struct making *m, const struct offer_event *e, struct offered_event *out)
{
	const struct column *c = e->concept;

	out->codes = rows(m, SYSTEMS, sizeof(*out->codes));
	for (int s = SYSTEM_OMOP; !m->failed && c != NULL && s < SYSTEMS; s++) {
		bool there = c->prefix == NULL
				     ? c->system == (enum code_system)s
				     : e->model->prefix[s] != NULL && c->prefix[s] != NULL;

		if (c->prefix == NULL && c->system == SYSTEM_OMOP && s != SYSTEM_OMOP)
			there = model_knows(m->offer.data->model, (enum code_system)s);
		if (there)
			out->codes[out->n_codes++] = words_system[s - SYSTEM_OMOP];
	}
}

static void uses_of(struct making *m, const struct offer_event *e, struct offered_event *out)
{
	static const char *const named[] = { "value", "ends", "lasting", "same_visit" };
	const bool is[] = { e->value != NULL || e->measured, e->ends,
		e->ends && m->offer.p->compose.window_days > 0, e->visits };
	enum {
		NAMED = sizeof(is) / sizeof(is[0])
	};

	out->uses = rows(m, NAMED + ATTRIBUTES, sizeof(*out->uses));
	for (unsigned i = 0; !m->failed && i < NAMED; i++)
		if (is[i])
			out->uses[out->n_uses++] = named[i];
	for (unsigned a = 0; !m->failed && a < ATTRIBUTES; a++)
		if (e->attributes >> a & 1)
			out->uses[out->n_uses++] = attribute_name((enum attribute_kind)a);
}

static void one_event(struct making *m, const struct offer_event *e, struct offered_event *out)
{
	struct say title = say_event(e->kind);

	*out = (struct offered_event){ .event = (uint64_t)e->kind,
		.title_en = title.en,
		.title_zh = title.zh,
		.step = e->start == NULL ? 0 : 1 + (uint64_t)e->start->truncate };
	codes_of(m, e, out);
	uses_of(m, e, out);
	out->columns = rows(m, e->n_columns, sizeof(*out->columns));
	for (unsigned i = 0; !m->failed && i < e->n_columns; i++)
		out->columns[out->n_columns++] = e->columns[i];
}

static void events(struct making *m, struct offered_dataset *out)
{
	struct offer_event e;

	out->events = rows(m, EVENTS, sizeof(*out->events));
	for (unsigned k = 0; !m->failed && k < EVENTS; k++)
		if (offer_event(&m->offer, (enum event_kind)k, &e))
			one_event(m, &e, &out->events[out->n_events++]);
}

/* ---- groups ---- */

static struct say group_title(const char *word, const struct column *c)
{
	if (word != NULL && strcmp(word, "sex") == 0)
		return SAY("sex", "性别");
	if (word != NULL)
		return SAY("age", "年龄");
	return c->alias != NULL ? (struct say){ c->alias, c->alias }
				: (struct say){ c->column, c->column };
}

static void group_of(struct making *m, const struct column *c, struct offered_group *out)
{
	const char *word = offer_group_word(&m->offer, c);
	struct say title = group_title(word, c);

	*out = (struct offered_group){ .name = word != NULL       ? word
					       : c->alias != NULL ? c->alias
								  : c->name,
		.column = c->name,
		.title_en = title.en,
		.title_zh = title.zh };
	out->labels = rows(m, offer_labels(c), sizeof(*out->labels));
	for (unsigned i = 0; !m->failed && i < offer_labels(c); i++) {
		out->labels[out->n_labels] = offer_label(c, i, m->a);
		m->failed = out->labels[out->n_labels++] == NULL;
	}
}

static void people_groups(struct making *m, struct offered_dataset *out)
{
	const struct table *t = dataset_table(m->offer.data, m->offer.data->model->patients);

	for (unsigned i = 0; !m->failed && t != NULL && i < t->n_columns; i++) {
		const struct column *c =
			offer_column(&m->offer, t, t->columns[i].column, USE_GROUP);

		if (c != NULL && offer_groups(&m->offer, c) && out->n_groups < MAX_OFFERED_GROUPS)
			group_of(m, c, &out->groups[out->n_groups++]);
	}
}

/* The periods of the cohort's entry, from years down to what the days are cut to. */
static void period_groups(struct making *m, struct offered_dataset *out)
{
	static const struct {
		enum truncate t;
		const char *name;
		struct say title;
	} words[] = { { TRUNCATE_YEAR, "year", { "year of entry", "入组年份" } },
		{ TRUNCATE_QUARTER, "quarter", { "quarter of entry", "入组季度" } },
		{ TRUNCATE_MONTH, "month", { "month of entry", "入组月份" } } };
	struct offer_event e;

	for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++)
		for (unsigned k = 0; k < EVENTS; k++) {
			if (!offer_event(&m->offer, (enum event_kind)k, &e) || !offer_periods(&e) ||
				!period_contains(words[w].t, e.start->truncate))
				continue;
			if (out->n_groups < MAX_OFFERED_GROUPS)
				out->groups[out->n_groups++] =
					(struct offered_group){ .name = words[w].name,
						.column = e.start->name,
						.title_en = words[w].title.en,
						.title_zh = words[w].title.zh };
			break;
		}
}

static void groups(struct making *m, struct offered_dataset *out)
{
	out->groups = rows(m, MAX_OFFERED_GROUPS, sizeof(*out->groups));
	people_groups(m, out);
	if (!m->failed)
		period_groups(m, out);
}

/* ---- measures ---- */

static void measures(struct making *m, struct offered_dataset *out)
{
	const struct dataset *d = m->offer.data;
	size_t all = 0;

	for (unsigned t = 0; t < d->n_tables; t++)
		all += d->tables[t].n_measures;
	out->measures = rows(m, all, sizeof(*out->measures));
	for (unsigned t = 0; !m->failed && t < d->n_tables; t++)
		for (unsigned i = 0; i < d->tables[t].n_measures; i++) {
			const struct measure *x = &d->tables[t].measures[i];

			if (!offer_measure(&m->offer, x))
				continue;
			out->measures[out->n_measures++] = (struct offered_measure){ .id = x->id,
				.title_en = x->title.en,
				.title_zh = x->title.zh,
				.unit = text_or_empty(x->unit),
				.low = x->low,
				.high = x->high,
				.n_cuts = x->n_cuts,
				.cuts = x->cuts };
		}
}

/* ---- datasets ---- */

static void one_dataset(struct making *m, const struct dataset *d, struct offered_dataset *out)
{
	int32_t from, to;

	*out = (struct offered_dataset){ .id = d->id,
		.title_en = d->title.en,
		.title_zh = d->title.zh,
		.level = (uint64_t)d->level,
		.model = d->model == NULL ? "" : d->model->id };
	if (d->model == NULL)
		return; /* no question reaches it */
	m->offer.data = d;
	out->spans = offer_span(&m->offer, &from, &to);
	if (out->spans) {
		out->from = from;
		out->to = to;
	}
	events(m, out);
	groups(m, out);
	measures(m, out);
}

static struct offered_dataset *datasets(struct making *m, uint64_t *n)
{
	const struct policy *p = m->offer.p;
	struct offered_dataset *out = rows(m, p->n_datasets, sizeof(*out));

	*n = 0;
	for (unsigned i = 0; !m->failed && i < p->n_datasets; i++)
		if (m->offer.s == NULL || study_asks(m->offer.s, p->datasets[i].id))
			one_dataset(m, &p->datasets[i], &out[(*n)++]);
	return out;
}

/* ---- officers' cohorts ---- */

static void add_number(struct making *m, struct offered_param *out, int64_t n, unsigned places)
{
	char number[32];
	const char *kept = arena_text(m->a, format_decimal(number, sizeof(number), n, places));

	m->failed = m->failed || kept == NULL;
	if (!m->failed && out->n_values <= MAX_OFFERED_CUTS)
		out->values[out->n_values++] = kept;
}

static void add_cuts(struct making *m, const struct column *c, struct offered_param *out)
{
	const struct dataset *d = m->offer.data;

	for (unsigned t = 0; t < d->n_tables; t++)
		for (unsigned i = 0; i < d->tables[t].n_measures; i++) {
			const struct measure *x = &d->tables[t].measures[i];

			for (unsigned k = 0; offer_measure(&m->offer, x) &&
					     strcmp(x->column->name, c->name) == 0 && k < x->n_cuts;
				k++)
				add_number(m, out, x->cuts[k], 9);
		}
}

/* As cohort_bind() reads them. Of more than can be told none is, so that nobody takes a part for all. */
static void values_of(struct making *m, const struct column *c, struct offered_param *out)
{
	out->values = m->values;
	out->takes = PARAM_LABEL;
	for (unsigned i = 0; !m->failed && c->gen == GEN_CATEGORIES && i < offer_labels(c) &&
			     out->n_values <= MAX_OFFERED_CUTS;
		i++)
		out->values[out->n_values++] = offer_label(c, i, m->a);
	for (unsigned i = 0; !m->failed && c->gen == GEN_VALUES && i < c->n_values; i++)
		add_number(m, out, c->values[i], 0);
	for (unsigned i = 0; !m->failed && c->gen == GEN_BANDS && i < c->n_bands; i++)
		add_number(m, out, c->bands[i], 0);
	if (!m->failed && c->gen == GEN_NONE)
		add_cuts(m, c, out);
	if (out->n_values > MAX_OFFERED_CUTS)
		out->n_values = 0;
	out->values = rows(m, out->n_values, sizeof(*out->values));
	if (!m->failed)
		memcpy(out->values, m->values, out->n_values * sizeof(*out->values));
}

static void one_param(struct making *m, const struct cohort_param *p, struct offered_param *out)
{
	const struct column *c = offer_param(&m->offer, p);

	*out = (struct offered_param){ .name = p->name, .takes = PARAM_CODE };
	if (c->gen == GEN_TRUNCATE) {
		out->takes = PARAM_PERIOD;
		out->step = 1 + (uint64_t)c->truncate;
		out->from = c->from;
		out->to = c->to;
	} else if (c->gen != GEN_CODES) {
		values_of(m, c, out);
	}
}

static void one_cohort(struct making *m, const struct officer_cohort *c, struct offered_study *out)
{
	struct offered_cohort *to = &out->cohorts[out->n_cohorts++];

	*to = (struct offered_cohort){ .id = c->id,
		.title_en = c->title.en,
		.title_zh = c->title.zh,
		.dataset = m->offer.data->id,
		.kinds = c->kinds & offer_kinds(&m->offer) };
	to->params = rows(m, c->n_params, sizeof(*to->params));
	for (unsigned i = 0; !m->failed && i < c->n_params; i++)
		one_param(m, &c->params[i], &to->params[to->n_params++]);
}

static void cohorts(struct making *m, struct offered_study *out)
{
	const struct policy *p = m->offer.p;

	out->cohorts = rows(m, (size_t)p->n_cohorts * p->n_datasets, sizeof(*out->cohorts));
	for (unsigned d = 0; d < p->n_datasets; d++) {
		m->offer.data = &p->datasets[d];
		for (unsigned i = 0; !m->failed && i < p->n_cohorts; i++)
			if (m->offer.data->model != NULL &&
				study_asks(m->offer.s, m->offer.data->id) &&
				out->n_cohorts < MAX_OFFERED_COHORTS &&
				offer_cohort(&m->offer, &p->cohorts[i]))
				one_cohort(m, &p->cohorts[i], out);
	}
}

/* ---- studies ---- */

static void one_study(struct making *m, const struct study *s, struct offered_study *out)
{
	const struct policy *p = m->offer.p;

	*out = (struct offered_study){ .id = s->id,
		.title_en = s->title.en,
		.title_zh = s->title.zh,
		.from = s->from > p->from ? s->from : p->from,
		.to = s->to < p->to ? s->to : p->to };
	m->offer.s = s;
	out->kinds = offer_kinds(&m->offer);
	out->requesters = rows(m, s->n_requesters, sizeof(*out->requesters));
	for (unsigned i = 0; !m->failed && i < s->n_requesters; i++)
		out->requesters[out->n_requesters++] =
			(struct offered_requester){ s->requesters[i].account,
				s->requesters[i].role->id };
	out->datasets = datasets(m, &out->n_datasets);
	if (!m->failed && m->with_cohorts)
		cohorts(m, out);
}

static void studies(struct making *m, struct offered *out)
{
	const struct policy *p = m->offer.p;

	out->studies = rows(m, p->n_studies, sizeof(*out->studies));
	for (unsigned i = 0; !m->failed && i < p->n_studies; i++)
		one_study(m, &p->studies[i], &out->studies[out->n_studies++]);
	out->refusals = rows(m, p->n_refused, sizeof(*out->refusals));
	for (unsigned i = 0; !m->failed && i < p->n_refused; i++)
		out->refusals[out->n_refusals++] = (struct offered_refusal){ p->refused[i].id,
			p->refused[i].why.en, p->refused[i].why.zh };
}

/* ---- all of it ---- */

static uint64_t modes_of(const struct policy *p)
{
	uint64_t noised = UINT64_C(1) << MODE_NOISED, secure = UINT64_C(1) << MODE_SECURE;

	switch (p->release.secure) {
	case SECURE_OFF:
		return noised;
	case SECURE_PREFERRED:
		return noised | secure;
	default:
		return secure;
	}
}

static void rules(const struct policy *p, struct offered *out)
{
	const struct offer open = { .p = p };

	out->title_en = p->title.en;
	out->title_zh = p->title.zh;
	out->timing = (uint64_t)p->release.timing;
	out->modes = modes_of(p);
	out->kinds = offer_kinds(&open);
	out->composes = p->compose.listed;
	if (p->compose.listed) {
		out->criteria = (uint64_t)p->compose.criteria;
		out->depth = (uint64_t)p->compose.depth;
		out->window = (uint64_t)p->compose.window_days;
	}
}

static int build(const struct policy *p, const char *data, int32_t day, bool with_cohorts,
	struct arena *a, struct offered *out, struct error *err)
{
	struct making m = { .offer = { .p = p, .day = day }, .with_cohorts = with_cohorts, .a = a };

	*out = (struct offered){ .shown = SHOWN_NONE };
	if (p == NULL)
		return 0;
	out->policy_version = (uint64_t)p->version;
	out->policy_hash = p->hash;
	out->shown = (uint64_t)p->catalogue;
	if (p->catalogue == CATALOGUE_NONE)
		return 0;
	out->data = data;
	rules(p, out);
	if (p->catalogue == CATALOGUE_OPEN)
		out->datasets = datasets(&m, &out->n_datasets);
	if (!m.failed)
		studies(&m, out);
	return m.failed ? error_memory(err) : 0;
}

int catalogue_build(const struct policy *p, const char *data, int32_t day, struct arena *a,
	struct offered *out, struct error *err)
{
	return build(p, data, day, true, a, out, err);
}

/* The gateway reads it into so much memory, and ends the line of a site whose catalogue it cannot read. */
static int can_be_read(const struct writer *w, struct writer_mark before, struct error *err)
{
	struct offered o;
	struct arena a;
	const void *bytes;
	size_t len;
	int ret;

	if (writer_bytes(w, &bytes, &len, err) != 0)
		return -1;
	arena_init(&a, MAX_CATALOGUE_ARENA);
	ret = offered_decode((const uint8_t *)bytes + before.size, len - before.size, &a, &o, err);
	arena_clear(&a);
	return ret;
}

static int pack(const struct policy *p, const char *data, int32_t day, bool with_cohorts,
	struct writer *w, struct error *err)
{
	struct writer_mark before = writer_mark(w);
	struct offered o;
	struct arena a;
	int ret;

	arena_init(&a, CATALOGUE_MEMORY);
	ret = build(p, data, day, with_cohorts, &a, &o, err);
	if (ret == 0)
		ret = offered_encode(&o, w, err);
	arena_clear(&a);
	if (ret == 0 && can_be_read(w, before, err) == 0)
		return 0;
	writer_back(w, before);
	return -1;
}

int catalogue_pack(
	const struct policy *p, const char *data, int32_t day, struct writer *w, struct error *err)
{
	const struct offered nothing = { .shown = SHOWN_NONE };
	struct error why;

	if (pack(p, data, day, true, w, &why) == 0)
		return 0;
	if (pack(p, data, day, false, w, &why) == 0) {
		log_line(LOG_WARNING, "the policy is too large for the gateway's catalogue, which "
				      "is not told of the officers' cohorts");
		return 0;
	}
	log_line(LOG_ERROR,
		"the policy is too large for the gateway's catalogue, which is told nothing: %s",
		why.log);
	return offered_encode(&nothing, w, err); /* K1 */
}
