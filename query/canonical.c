/*
 * canonical.c - writing the one spelling, and proving that a peer sent it. question_build() has
 * already brought every set into order (part.h); here is only the writing.
 */
#include "query/canonical.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "query/part.h"

/* The next key of the cohort's map, nothing before the first. */
static void write_parts(struct text *t, const char **lead, const char *key, const struct part *list)
{
	text_addf(t, "%s\"%s\":[", *lead, key);
	*lead = ",";
	for (const struct part *p = list; p != NULL; p = p->next) {
		part_write(t, p);
		text_addc(t, p->next == NULL ? ']' : ',');
	}
}

static void write_cohort(struct text *t, const struct cohort *c)
{
	const char *lead = "";

	if (c->officer != NULL) {
		text_add_json(t, c->officer);
		return;
	}
	text_addc(t, '{');
	if (c->root->children != NULL)
		write_parts(t, &lead, "all", c->root->children);
	if (c->entry != NULL) {
		write_parts(t, &lead, "entry", c->entry);
		text_addf(t, ",\"index\":\"%s\"", index_name(c->index));
	}
	if (c->before >= 0)
		text_addf(t,
			",\"observed\":{\"after\":\"%" PRId32 " days\",\"before\":\"%" PRId32
			" days\"}",
			c->after, c->before);
	text_addc(t, '}');
}

static void write_groups(struct text *t, const struct question *q)
{
	text_add(t, ",\"group_by\":");
	for (unsigned i = 0; i < q->n_groups; i++) {
		text_addc(t, i == 0 ? '[' : ',');
		text_add_json(t, q->groups[i].text);
	}
	text_addc(t, ']');
}

static void write_value(struct text *t, const struct question_value *v)
{
	if (v->number)
		text_add(t, v->text);
	else
		text_add_json(t, v->text);
}

static void write_filters(struct text *t, const struct question *q)
{
	text_add(t, ",\"filter\":");
	for (unsigned i = 0; i < q->n_filters; i++) {
		text_addc(t, i == 0 ? '{' : ',');
		text_add_json(t, q->filters[i].column);
		for (unsigned k = 0; k < q->filters[i].n_values; k++) {
			text_add(t, k == 0 ? ":[" : ",");
			write_value(t, &q->filters[i].values[k]);
		}
		text_addc(t, ']');
	}
	text_addc(t, '}');
}

static void write_params(struct text *t, const struct question *q)
{
	text_add(t, ",\"params\":");
	for (unsigned i = 0; i < q->n_params; i++) {
		text_addc(t, i == 0 ? '{' : ',');
		text_add_json(t, q->params[i].name);
		text_addc(t, ':');
		write_value(t, &q->params[i].value);
	}
	text_addc(t, '}');
}

static void write_duration(struct text *t, const char *key, const struct duration *d)
{
	if (d->count > 0)
		text_addf(t, ",\"%s\":\"%" PRId64 " %s\"", key, d->count,
			d->months ? "months" : "days");
}

static void write_quantiles(struct text *t, const struct question *q)
{
	char buf[32];

	text_add(t, "\"at\":");
	for (unsigned i = 0; i < q->n_at; i++) {
		text_addc(t, i == 0 ? '[' : ',');
		text_add(t, format_decimal(buf, sizeof(buf), q->at[i], 9));
	}
	text_add(t, "],");
}

/* at cohort dataset event filter group_by horizon kind mode of on params step study: the keys in the
 * order of their bytes. */
static void write_question(struct text *t, const struct question *q)
{
	bool everybody = q->cohort.officer == NULL && q->cohort.entry == NULL &&
			 q->cohort.root->children == NULL;
	char day[16];

	text_addc(t, '{');
	if (q->n_at > 0)
		write_quantiles(t, q);
	if (!everybody) {
		text_add(t, "\"cohort\":");
		write_cohort(t, &q->cohort);
		text_addc(t, ',');
	}
	text_add(t, "\"dataset\":");
	text_add_json(t, q->dataset);
	if (q->event != NULL) {
		text_add(t, ",\"event\":");
		part_write(t, q->event);
	}
	if (q->n_filters > 0)
		write_filters(t, q);
	if (q->n_groups > 0)
		write_groups(t, q);
	write_duration(t, "horizon", &q->horizon);
	text_addf(t, ",\"kind\":\"%s\",\"mode\":\"%s\"", kind_name(q->kind),
		q->mode == MODE_SECURE ? "secure" : "noised");
	if (q->of.text != NULL) {
		text_add(t, ",\"of\":");
		text_add_json(t, q->of.text);
	}
	if (q->on != DAY_NONE)
		text_addf(t, ",\"on\":\"%s\"", day_text(q->on, day));
	if (q->n_params > 0)
		write_params(t, q);
	write_duration(t, "step", &q->step);
	text_add(t, ",\"study\":");
	text_add_json(t, q->study);
	text_addc(t, '}');
}

int canonical_write(const struct question *q, struct text *out, struct error *err)
{
	struct text t;
	int ret = -1;

	text_init(&t, MAX_QUESTION_BYTES);
	write_question(&t, q);
	if (!text_failed(&t))
		text_addn(out, t.at, t.len);
	if (text_failed(&t) || text_failed(out))
		error_set(err, E_LIMIT,
			SAY("the question is too long in its canonical form", "问题的规范形式过长"),
			"canonical text of a question does not fit in %d bytes",
			MAX_QUESTION_BYTES);
	else
		ret = 0;
	text_clear(&t);
	return ret;
}

static int not_canonical(struct error *err, const char *why)
{
	return error_set(err, E_INPUT,
		SAY("the question is not in its canonical form", "问题不是规范形式"),
		"question is not canonical: %s", why);
}

int canonical_read(const void *bytes, size_t len, struct arena *arena, struct question **out,
	struct hash32 *hash, struct error *err)
{
	struct question *q;
	struct diags ds;
	struct text again;
	struct error ignored;
	bool same;

	diags_init(&ds, arena);
	if (question_read("question", bytes, len, arena, &ds, &q) < 0)
		return not_canonical(err, ds.count == 0 ? "it cannot be read" : ds.list[0].en);
	text_init(&again, MAX_QUESTION_BYTES);
	/* what does not fit when written again was not written that way */
	same = canonical_write(q, &again, &ignored) == 0 && again.len == len &&
	       memcmp(again.at, bytes, len) == 0;
	text_clear(&again);
	if (!same)
		return not_canonical(err, "its meaning has another spelling");
	*hash = sha256(bytes, len);
	*out = q;
	return 0;
}
