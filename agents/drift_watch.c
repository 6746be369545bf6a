#include "agents/drift_watch.h"

#include <string.h>

#include "agents/release_in.h"
#include "base/clock.h"
#include "base/log.h"

enum {
	SNAPSHOT_MS = 60000,
	HOUR_MS = 3600000,
	AGAIN_MS = 15000, /* while something is refused, and after a failure */
};

void drift_watch_init(struct drift_watch *w)
{
	memset(w, 0, sizeof(*w));
	arena_init(&w->arena, MAX_CATALOG_ARENA);
	arena_init(&w->asking, MAX_POLICY_ARENA);
}

void drift_watch_clear(struct drift_watch *w)
{
	policy_drop(w->of);
	policy_drop(w->asked);
	arena_clear(&w->arena);
	arena_clear(&w->asking);
	w->of = w->asked = NULL;
}

bool drift_watch_ready(const struct pipeline *p)
{
	return p->policy != NULL && p->drift.of == p->policy &&
	       p->drift.session == source_session(p->source) && clock_mono_ms() < p->drift.ends_ms;
}

/* ---- telling ---- */

static void audit_change(struct pipeline *p, const char *rule, const char *to)
{
	const struct audit_note note = { .kind = "drift", .rule = rule, .to = to };
	struct error err;

	if (audit_add(p->parts.state->audit, &note, &err) != 0)
		log_line(LOG_ERROR, "drift: could not be recorded: %s", err.log);
}

static const char *refused(const struct drift_finding *f)
{
	switch (f->closes) {
	case CLOSES_ALL:
		return "every question is refused until this is fixed";
	case CLOSES_DATASET:
		return "questions on this dataset are refused until this is fixed";
	case CLOSES_TABLE:
		return "questions on it are refused until this is fixed";
	default:
		return "no question reads it, but it should be fixed";
	}
}

static const char *rule_of(const struct drift_finding *f, struct arena *a)
{
	if (f->closes == CLOSES_TABLE)
		return arena_textf(a, "drift:%s", f->table->name);
	if (f->closes == CLOSES_DATASET)
		return arena_textf(a, "drift:%s", f->data->id);
	return "drift:role";
}

static bool told(const struct drift *before, const struct drift_finding *f)
{
	for (unsigned i = 0; i < before->n; i++)
		if (before->list[i].level == f->level &&
			strcmp(before->list[i].say.en, f->say.en) == 0)
			return true;
	return false;
}

/* What is new is told loudly, what is gone too; what stays is not repeated. */
static void tell(
	struct pipeline *p, const struct drift *before, const struct drift *now, struct arena *a)
{
	for (unsigned i = 0; i < now->n; i++) {
		const struct drift_finding *f = &now->list[i];
		const char *rule = rule_of(f, a);

		if (f->level == DRIFT_NOTICE || told(before, f))
			continue;
		if (f->level == DRIFT_WARNING) {
			log_line(LOG_WARNING, "database: %s", f->say.en);
			continue;
		}
		log_line(LOG_ERROR, "DRIFT %s: %s; %s", f->thing, f->say.en, refused(f));
		if (f->closes != CLOSES_NOTHING && rule != NULL)
			audit_change(p, rule, "closed");
	}
	for (unsigned i = 0; i < before->n; i++) {
		const struct drift_finding *f = &before->list[i];
		const char *rule = rule_of(f, a);

		if (f->level != DRIFT_FOUND || told(now, f))
			continue;
		log_line(LOG_NOTICE, "DRIFT %s: mended: %s", f->thing, f->say.en);
		if (f->closes != CLOSES_NOTHING && rule != NULL)
			audit_change(p, rule, "open");
	}
}

/* ---- asking ---- */

static const char *cell(const void *rows, unsigned row, unsigned column)
{
	return source_text(rows, (int)row, (int)column);
}

static bool closes_any(const struct drift *d)
{
	for (unsigned i = 0; i < d->n; i++)
		if (d->list[i].closes != CLOSES_NOTHING)
			return true;
	return false;
}

/* The result takes the place of the one before; until it is whole, that one stays. */
static int take(struct pipeline *p, const struct source_rows *rows, struct error *err)
{
	struct drift_watch *w = &p->drift;
	struct snapshot s;
	struct drift drift, none = { 0 };
	struct arena arena;

	arena_init(&arena, MAX_CATALOG_ARENA);
	if (source_columns(rows) != SNAPSHOT_COLUMNS || source_rows(rows) < 0) {
		error_set(err, E_INPUT,
			SAY("what the database says about itself cannot be understood",
				"无法理解数据库的目录信息"),
			"the catalog's rows have an unexpected form");
		arena_clear(&arena);
		return -1;
	}
	if (snapshot_read(&s, &arena, (unsigned)source_rows(rows), cell, rows, err) != 0 ||
		drift_compare(w->asked->policy, &s, NULL, &arena, &drift, err) != 0) {
		arena_clear(&arena);
		return -1;
	}
	/* findings of another policy are not "mended" by this one */
	tell(p, w->of == w->asked ? &w->drift : &none, &drift, &arena);
	arena_clear(&w->arena);
	policy_drop(w->of);
	w->arena = arena;
	w->drift = drift;
	w->of = policy_take(w->asked);
	w->session = w->asked_session;
	w->checked_ms = clock_wall_ms();
	w->ends_ms = clock_mono_ms() + 2 * HOUR_MS;
	return 0;
}

static void done(
	enum source_end end, const struct source_rows *rows, const char *sqlstate, void *arg)
{
	struct pipeline *p = arg;
	struct drift_watch *w = &p->drift;
	struct error err = { 0 };
	bool ok = end == SOURCE_ROWS && take(p, rows, &err) == 0;

	w->failed = !ok && end != SOURCE_LOST;
	w->due_ms = clock_mono_ms() + (ok && !closes_any(&w->drift) ? HOUR_MS : AGAIN_MS);
	if (w->failed)
		log_line(LOG_ERROR, "drift: the database cannot be compared with the policy%s: %s",
			drift_watch_ready(p) ? "" : ", every question is refused",
			end == SOURCE_ROWS ? err.log : sqlstate);
	policy_drop(w->asked);
	w->asked = NULL;
	arena_reset(&w->asking);
}

static bool wanted(const struct pipeline *p)
{
	const struct drift_watch *w = &p->drift;

	if (p->policy == NULL || w->asked != NULL || !source_ready(p->source))
		return false;
	if (!drift_watch_ready(p) && !w->failed)
		return true;
	return clock_mono_ms() >= w->due_ms;
}

void drift_watch_load(struct pipeline *p)
{
	struct drift_watch *w = &p->drift;
	struct source_job job = {
		.sql = &w->sql, .timeout_ms = SNAPSHOT_MS, .done = done, .arg = p
	};
	struct snapshot_sql sql;
	struct error err;

	if (!wanted(p))
		return;
	arena_reset(&w->asking);
	if (snapshot_write(&sql, p->policy->policy, NULL, &w->asking, &err) == 0) {
		const char **values = arena_array(&w->asking, 4, sizeof(*values));

		if (values != NULL) {
			memcpy(values, sql.values, sizeof(sql.values));
			w->sql = (struct sql){
				.text = sql.text, .values = values, .n_values = sql.n_values };
			w->asked = policy_take(p->policy);
			w->asked_session = source_session(p->source);
			if (source_run(p->source, &job, &err) == 0)
				return;
			policy_drop(w->asked);
			w->asked = NULL;
		}
	}
	log_line(LOG_ERROR, "drift: the database cannot be asked what it is");
	w->failed = true;
	w->due_ms = clock_mono_ms() + AGAIN_MS;
}

/* ---- refusing ---- */

const char *drift_watch_rule(const struct pipeline *p, const struct plan *plan, struct arena *a)
{
	const struct drift *d = &p->drift.drift;
	const struct drift_finding *f = drift_closing(d, plan->data, NULL);
	const char *rule;

	for (unsigned i = 0; f == NULL && i < plan->n_tables; i++)
		f = drift_closing(d, plan->data, plan->tables[i]);
	if (f == NULL)
		return NULL;
	rule = rule_of(f, a);
	return rule == NULL ? "drift:role" : rule;
}

struct say drift_watch_say(void)
{
	return SAY("This hospital's database differs from its policy at the moment, so the "
		   "question was "
		   "refused.",
		"该医院的数据库目前与其策略不一致，因此拒绝此查询。");
}

const char *drift_watch_refusing(const struct pipeline *p)
{
	if (!drift_watch_ready(p))
		return "drift:unknown";
	return drift_closing(&p->drift.drift, NULL, NULL) == NULL ? NULL : "drift:role";
}

static bool seen_before(const struct drift *d, unsigned upto)
{
	for (unsigned i = 0; i < upto; i++)
		if (d->list[i].closes != CLOSES_NOTHING &&
			strcmp(d->list[i].thing, d->list[upto].thing) == 0)
			return true;
	return false;
}

void drift_watch_json(const struct pipeline *p, struct text *t)
{
	const struct drift_watch *w = &p->drift;
	const struct drift *d = &w->drift;
	bool first = true;
	char at[32];

	text_add(t, "\"drift\":{\"checked\":");
	if (w->of == NULL)
		text_add(t, "null");
	else
		text_addf(t, "\"%s\"", clock_iso(w->checked_ms, at));
	text_addf(t, ",\"known\":%s,\"found\":%u,\"warnings\":%u,\"closed\":[",
		drift_watch_ready(p) ? "true" : "false", d->found, d->warnings);
	for (unsigned i = 0; i < d->n; i++) {
		if (d->list[i].closes == CLOSES_NOTHING || seen_before(d, i))
			continue;
		text_add(t, first ? "" : ",");
		text_add_json(t, d->list[i].thing);
		first = false;
	}
	text_add(t, "],\"findings\":[");
	first = true;
	for (unsigned i = 0; i < d->n; i++) {
		if (d->list[i].level != DRIFT_FOUND)
			continue;
		text_add(t, first ? "{\"en\":" : ",{\"en\":");
		text_add_json(t, d->list[i].say.en);
		text_add(t, ",\"zh\":");
		text_add_json(t, d->list[i].say.zh);
		text_add(t, ",\"mend\":");
		if (d->list[i].mend == NULL)
			text_add(t, "null");
		else
			text_add_json(t, d->list[i].mend);
		text_addc(t, '}');
		first = false;
	}
	text_add(t, "]}");
}
