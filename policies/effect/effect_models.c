#include "policies/effect/effect_in.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "policies/model.h"
#include "policies/shapes.h"

/*
 * What a dataset's tables mean. A model grants nothing, but another meaning of a column can change any answer, so each
 * line of it that changes is WIDER, removed ones too. A model is compared as lines of what it says, so that neither the
 * order of its file nor its comments show.
 */

enum {
	MAX_LINES = EVENTS + 8
};

struct lines {
	struct comparing *c;
	const char *at[MAX_LINES];
	unsigned n;
	struct text now;
};

static void begin(struct lines *l, const char *head)
{
	text_init(&l->now, MAX_FILE_BYTES);
	text_add(&l->now, head);
}

static void say_part(struct lines *l, const char *key, const char *value)
{
	if (value != NULL)
		text_addf(&l->now, " %s=%s", key, value);
}

static void end(struct lines *l)
{
	const char *s = text_failed(&l->now) ? NULL : arena_text(l->c->a, text_str(&l->now));

	text_clear(&l->now);
	if (s == NULL)
		l->c->failed = true;
	else
		l->at[l->n++] = s;
}

static void list(struct lines *l, const char *key, const char *const *texts, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		say_part(l, key, texts[i]);
}

static void add_event(struct lines *l, enum event_kind k, const struct model_event *e)
{
	if (e->table == NULL)
		return;
	begin(l, event_name(k));
	say_part(l, "table", e->table);
	say_part(l, "concept", e->concept);
	if (e->system == SYSTEM_OMOP)
		say_part(l, "codes", "omop");
	for (enum code_system s = SYSTEM_ICD10; s < SYSTEMS; s++)
		if (e->prefix[s] != NULL) {
			say_part(l, "codes", words_system[s - SYSTEM_OMOP]);
			if (e->prefix[s][0] != '\0')
				say_part(l, "after", e->prefix[s]);
		}
	say_part(l, "kinds", e->kind_column);
	list(l, "kind", e->kinds, e->n_kinds);
	say_part(l, "start", e->start);
	say_part(l, "end", e->end);
	say_part(l, "end_days", e->end_days);
	text_addf(&l->now, " lasts=%d", (int)e->lasts);
	say_part(l, "value", e->value);
	say_part(l, "id", e->id);
	say_part(l, "visit", e->visit);
	say_part(l, "provider", e->provider);
	for (unsigned i = 0; i < ATTRIBUTES; i++)
		say_part(l, attribute_name(i), e->attributes[i]);
	end(l);
}

static void add_people(struct lines *l, const struct model *m)
{
	begin(l, "patients");
	say_part(l, "table", m->patients);
	say_part(l, "key", m->key);
	say_part(l, "sex", m->sex);
	say_part(l, "birth_year", m->birth_year);
	say_part(l, "birth", m->birth);
	say_part(l, "race", m->race);
	say_part(l, "ethnicity", m->ethnicity);
	say_part(l, "codes", m->person_codes == SYSTEM_OMOP ? "omop" : "own");
	end(l);
}

static void add_vocabulary(struct lines *l, const struct model_vocabulary *v)
{
	begin(l, "vocabulary");
	say_part(l, "concepts", v->concepts);
	say_part(l, "id", v->id);
	say_part(l, "system", v->system);
	say_part(l, "code", v->code);
	say_part(l, "maps", v->maps);
	say_part(l, "from", v->from);
	say_part(l, "to", v->to);
	say_part(l, "kind", v->kind);
	say_part(l, "mapping", v->mapping);
	say_part(l, "invalid", v->invalid);
	say_part(l, "maps_invalid", v->maps_invalid);
	for (enum code_system s = SYSTEM_ICD10; s < SYSTEMS; s++)
		list(l, words_system[s - SYSTEM_OMOP], v->names[s], v->n_names[s]);
	end(l);
}

static void add_trees(struct lines *l, const struct model *m)
{
	begin(l, "ancestors");
	say_part(l, "table", m->ancestors);
	say_part(l, "ancestor", m->ancestor);
	say_part(l, "descendant", m->descendant);
	end(l);
	begin(l, "paths");
	say_part(l, "table", m->paths.table);
	say_part(l, "path", m->paths.path);
	say_part(l, "code", m->paths.code);
	end(l);
	begin(l, "providers");
	say_part(l, "table", m->providers.table);
	say_part(l, "id", m->providers.id);
	say_part(l, "speciality", m->providers.speciality);
	end(l);
}

static struct effect_set lines_of(struct comparing *c, const struct model *m)
{
	struct lines l = { .c = c };

	if (m != NULL) {
		add_people(&l, m);
		for (unsigned k = 0; k < EVENTS; k++)
			add_event(&l, k, &m->events[k]);
		add_vocabulary(&l, &m->vocabulary);
		add_trees(&l, m);
	}
	return effect_set_of(c, l.at, l.n, sizeof(l.at[0]));
}

static void each(struct comparing *c, struct say thing, struct place at, struct say what,
	const struct effect_set *these, const struct effect_set *others)
{
	for (unsigned i = 0; i < these->n; i++)
		if (!effect_set_has(others, these->at[i]))
			effect_note(c, EFFECT_WIDER, thing, at,
				EFFECT_SAY(c, "%s%.0s %s", "%.0s%s %s", what.en, what.zh,
					these->at[i]));
}

void effect_model(
	struct comparing *c, struct say thing, const struct dataset *b, const struct dataset *a)
{
	const char *old = b->model == NULL ? "-" : b->model->id,
		   *new = a->model == NULL ? "-" : a->model->id;
	struct effect_set was, now;

	if (strcmp(old, new) != 0)
		effect_words(c, a->model == NULL ? EFFECT_TIGHTER : EFFECT_WIDER, thing, a->at,
			SAY("model", "数据模型"), (struct say){ old, old },
			(struct say){ new, new });
	if (a->model == NULL || b->model == NULL)
		return;
	effect_text(c, thing, a->at, SAY("title of the model", "数据模型的标题"), b->model->title,
		a->model->title);
	if ((a->model->file == NULL) != (b->model->file == NULL))
		effect_note(c, EFFECT_WIDER, thing, a->at,
			SAY("another model of the same name", "同名的另一数据模型"));
	was = lines_of(c, b->model);
	now = lines_of(c, a->model);
	each(c, thing, a->at, SAY("the model says:", "数据模型现为："), &now, &was);
	each(c, thing, a->at, SAY("the model no longer says:", "数据模型不再为："), &was, &now);
}
