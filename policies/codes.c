#include "policies/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/shape.h"
#include "base/text.h"
#include "policies/model.h"
#include "policies/say.h"
#include "policies/shapes.h"
#include "policies/systems.h"

/*
 * Sensitive codes: the presets' rules, and the red list's, which add to or tighten a preset's rule of the
 * same id and never loosen it.
 */

enum {
	MAX_RANGE = 10000
};

static bool parse_concept(const char *s, struct code *out)
{
	char digits[16];
	size_t len = strlen(s);
	int64_t v;

	*out = (struct code){ 0 };
	if (len > 0 && s[0] == '-') {
		out->out = true;
		s++;
		len--;
	}
	if (len > 0 && s[len - 1] == '+') {
		out->descendants = true;
		len--;
	}
	if (!text_copyn(digits, sizeof(digits), s, len) || !parse_i64(digits, &v) || v <= 0 ||
		v > INT32_MAX)
		return false;
	out->concept = (int32_t)v;
	return true;
}

static int by_code(const void *a, const void *b)
{
	const struct code *x = *(const struct code *const *)a, *y = *(const struct code *const *)b;

	if (x->concept != y->concept)
		return x->concept < y->concept ? -1 : 1;
	if (x->descendants != y->descendants)
		return x->descendants ? -1 : 1;
	if (x->out != y->out)
		return x->out ? -1 : 1;
	return (x > y) - (x < y);
}

static bool same_code(const struct code *a, const struct code *b)
{
	return a->concept == b->concept && a->descendants == b->descendants && a->out == b->out;
}

/* A site often repeats what its preset lists: the first of each stays, in the order they are written. */
static void drop_repeats(struct reading *rd, struct code_rule *r)
{
	struct code **sorted = make(rd, r->n_omop, sizeof(*sorted)), *kept = NULL;
	unsigned n = 0;

	for (unsigned i = 0; sorted != NULL && i < r->n_omop; i++)
		sorted[i] = &r->omop[i];
	if (sorted == NULL)
		return;
	qsort(sorted, r->n_omop, sizeof(*sorted), by_code);
	for (unsigned i = 0; i < r->n_omop; i++)
		if (kept != NULL && same_code(kept, sorted[i]))
			sorted[i]->concept = 0; /* which none is */
		else
			kept = sorted[i];
	for (unsigned i = 0; i < r->n_omop; i++)
		if (r->omop[i].concept != 0)
			r->omop[n++] = r->omop[i];
	r->n_omop = n;
}

static void add_omop(struct reading *rd, struct code_rule *r, const struct node *list)
{
	struct code *all = make(rd, r->n_omop + children(list), sizeof(*all));

	if (all == NULL)
		return;
	if (r->n_omop > 0)
		memcpy(all, r->omop, r->n_omop * sizeof(*all));
	r->omop = all;
	NODE_EACH(n, list) {
		const char *s = node_text(n);

		if (s == NULL || n->empty)
			continue;
		if (!parse_concept(s, &all[r->n_omop])) {
			diag_error(rd->ds, "P302", n->at,
				"'%s' is not an OMOP concept; write 439727, or 439727+ with "
				"descendants",
				"“%s”不是 OMOP 概念编码；请写 439727，含下级时写 439727+", s);
			continue;
		}
		all[r->n_omop++].at = n->at;
	}
	drop_repeats(rd, r);
}

/* "VIP01-VIP99": the same letters before, as many digits. */
static bool split_range(
	const char *s, size_t *stem, size_t *digits, unsigned *first, unsigned *last)
{
	const char *dash = strchr(s, '-');
	size_t len = dash == NULL ? 0 : (size_t)(dash - s), n = 0;

	if (len == 0 || strlen(dash + 1) != len || strchr(dash + 1, '-') != NULL)
		return false;
	while (n < len && s[len - 1 - n] >= '0' && s[len - 1 - n] <= '9')
		n++;
	if (n == 0 || n > 6 || memcmp(s, dash + 1, len - n) != 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (dash[1 + len - n + i] < '0' || dash[1 + len - n + i] > '9')
			return false;
	*first = *last = 0;
	for (size_t i = 0; i < n; i++) {
		*first = *first * 10 + (unsigned)(s[len - n + i] - '0');
		*last = *last * 10 + (unsigned)(dash[1 + len - n + i] - '0');
	}
	*stem = len - n;
	*digits = n;
	return *first <= *last && *last - *first < MAX_RANGE;
}

static unsigned patterns_of(const char *s)
{
	size_t stem, digits;
	unsigned first, last;

	return s != NULL && split_range(s, &stem, &digits, &first, &last) ? last - first + 1 : 1;
}

/* A code as it is, or every code of a range; a range also covers longer codes (F10-F19: F10.2). */
static void add_patterns(struct reading *rd, struct local_codes *l, const struct node *n)
{
	const char *s = node_text(n);
	size_t stem, digits;
	unsigned first, last;

	if (s == NULL || n->empty)
		return;
	if (strpbrk(s, "*?%") != NULL) {
		diag_error(rd->ds, "P307", n->at,
			"'%s': wildcards are not read; write the codes out or a range such as "
			"VIP01-VIP99",
			"“%s”：不支持通配符，请逐个写出或写成范围，如 VIP01-VIP99", s);
		return;
	}
	if (!split_range(s, &stem, &digits, &first, &last)) {
		l->patterns[l->n_patterns++] = s;
		return;
	}
	for (unsigned i = first; i <= last; i++) {
		const char *one = arena_textf(rd->a, "%.*s%0*u*", (int)stem, s, (int)digits, i);

		if (one == NULL) {
			rd->out_of_memory = true;
			return;
		}
		l->patterns[l->n_patterns++] = one;
	}
}

static void add_local(struct reading *rd, struct code_rule *r, const struct node *map)
{
	struct local_codes *all = make(rd, r->n_local + children(map), sizeof(*all));

	if (all == NULL)
		return;
	if (r->n_local > 0)
		memcpy(all, r->local, r->n_local * sizeof(*all));
	r->local = all;
	NODE_EACH(n, map_of(map)) {
		struct local_codes *l = &all[r->n_local];
		size_t room = 0;

		l->column = find_column(rd, "P303", n->key, n->key_at);
		if (l->column != NULL && l->column->uses == USE_FORBIDDEN) {
			diag_error(rd->ds, "P303", n->key_at,
				"column '%s' is forbidden, so the rule cannot find its rows; use: "
				"link is "
				"enough",
				"字段“%s”为禁止使用，规则无法据此剔除记录；use: link 即可", n->key);
			continue;
		}
		NODE_EACH(c, n)
			room += patterns_of(node_text(c));
		l->patterns = make(rd, room, sizeof(*l->patterns));
		if (l->column == NULL || l->patterns == NULL || n->kind != NODE_LIST)
			continue;
		NODE_EACH(c, n)
			add_patterns(rd, l, c);
		r->n_local++;
	}
}

static void add_listed(
	struct reading *rd, struct code_rule *r, enum code_system s, const struct node *list)
{
	struct say hint = system_hint(s);

	NODE_EACH(n, list) {
		const char *text = node_text(n);

		if (text == NULL || n->empty)
			continue;
		switch (system_add(s, text, rd->a, &r->listed[s])) {
		case SYSTEM_READ:
			break;
		case SYSTEM_BAD:
			diag_error(rd->ds, "P302", n->at, "'%s' is not an %s code; write %s%.0s",
				"“%s”不是 %s 编码；请写 %.0s%s", text, system_title(s), hint.en,
				hint.zh);
			break;
		case SYSTEM_MEMORY:
			rd->out_of_memory = true;
			return;
		}
	}
}

static bool names_codes(const struct code_rule *r)
{
	for (enum code_system s = SYSTEM_OMOP; s < SYSTEMS; s++)
		if (r->listed[s].n > 0)
			return true;
	return r->n_omop > 0 || r->n_local > 0;
}

/* Keys that were there but unreadable: said already. */
static bool tries_codes(const struct node *n)
{
	for (enum code_system s = SYSTEM_OMOP; s < SYSTEMS; s++)
		if (node_get(n, system_key(s)) != NULL)
			return true;
	return node_get(n, "local") != NULL;
}

static struct code_rule *rule_named(const struct policy *p, const char *id)
{
	for (unsigned i = 0; id != NULL && i < p->n_codes; i++)
		if (strcmp(p->codes[i].id, id) == 0)
			return &p->codes[i];
	return NULL;
}

static int64_t stricter(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* preset: whose line it is, NULL for the site's own */
static void merge_rule(struct reading *rd, struct code_rule *r, const struct node *n, bool first,
	const struct used_preset *preset)
{
	bool restricted = get(n, "use") != NULL && strcmp(get(n, "use"), "restricted") == 0;
	unsigned kinds = read_kinds(rd, node_get(n, "kinds"), NULL);
	bool weaker = preset != NULL && !first && !r->restricted && restricted;

	/* of several presets the strictest holds, whatever their order; the site may not undo it */
	if (preset == NULL && !first && !r->restricted && restricted)
		diag_error(rd->ds, "P301", place_of(node_get(n, "use"), n),
			"code rule '%s' comes from preset %s as forbidden and cannot become "
			"restricted",
			"代码规则“%s”在预设 %s 中为 forbidden，不得放宽", r->id, r->preset);
	if (preset != NULL && r->restricted && !restricted)
		r->preset = preset->id; /* whose word it is that nobody may undo */
	r->restricted = first ? restricted : r->restricted && restricted;
	r->kinds = first || r->kinds == 0 ? kinds : kinds == 0 ? r->kinds : r->kinds & kinds;
	if (r->kinds == 0 && node_get(n, "kinds") != NULL)
		r->restricted = false; /* no kind is left: as if forbidden */
	r->min_patients = stricter(r->min_patients, node_int(node_get(n, "min_patients"), 0));
	r->min_sites = stricter(r->min_sites, node_int(node_get(n, "min_sites"), 0));
	if (node_get(n, "title") != NULL)
		r->title = title_of(node_get(n, "title"));
	if (node_get(n, "why") != NULL)
		r->why = title_of(node_get(n, "why"));
	if (node_get(n, "basis") != NULL && !weaker)
		r->basis = basis_of(rd, preset, n);
	if (node_get(n, "studies") != NULL)
		r->studies = read_texts(rd, node_get(n, "studies"), &r->n_studies);
	r->at = place_of(node_get(n, "id"), n);
	add_omop(rd, r, node_get(n, "omop"));
	add_local(rd, r, node_get(n, "local"));
	for (enum code_system s = SYSTEM_ICD10; s < SYSTEMS; s++)
		add_listed(rd, r, s, node_get(n, system_key(s)));
}

/* The earlier rule of the same list with this id, or NULL. */
static const struct node *earlier(const struct node *list, const struct node *n, const char *id)
{
	NODE_EACH(other, list) {
		if (other == n)
			return NULL;
		if (get(other, "id") != NULL && strcmp(get(other, "id"), id) == 0)
			return other;
	}
	return NULL;
}

static void read_list(struct reading *rd, const struct node *list, const struct used_preset *preset)
{
	if (list == NULL || list->kind != NODE_LIST)
		return;
	NODE_EACH(n, list) {
		const char *id = get(n, "id");
		struct code_rule *r = rule_named(rd->p, id);

		if (id == NULL)
			continue;
		if (earlier(list, n, id) != NULL) {
			report_twice(rd, n->at, id, earlier(list, n, id)->at.line);
			continue;
		}
		if (r == NULL) {
			r = &rd->p->codes[rd->p->n_codes++];
			r->id = id;
			r->preset = preset == NULL ? NULL : preset->id;
			merge_rule(rd, r, n, true, preset);
		} else {
			merge_rule(rd, r, n, false, preset);
		}
		if (!names_codes(r) && !tries_codes(n))
			diag_error(rd->ds, "P308", n->at, "code rule '%s' names no codes",
				"代码规则“%s”没有写任何编码", id);
		if (r->restricted && r->n_studies == 0 && preset == NULL)
			diag_warning(rd->ds, "W405", n->at,
				"code rule '%s' is restricted to no study, which is the same as "
				"forbidden",
				"代码规则“%s”没有写可用课题，等同于禁止", id);
	}
}

/* ---- what a rule cannot find ---- */

/* W401: the drugs, tests and wards of an illness tell of it as well as its name. */
static void warn_only_diagnoses(struct reading *rd, const struct code_rule *r)
{
	if (r->listed[SYSTEM_ICD10].n == 0 || r->listed[SYSTEM_ATC].n > 0 ||
		r->listed[SYSTEM_LOINC].n > 0 || r->listed[SYSTEM_DEPARTMENT].n > 0)
		return;
	diag_warning(rd->ds, "W401", r->at,
		"code rule '%s' lists diagnoses but no drugs (atc), tests (loinc) or departments, "
		"which "
		"reveal the same",
		"代码规则“%s”只列了诊断，未列药品（atc）、检验（loinc）或科室（departments）；"
		"后者同样会暴露诊断",
		r->id);
}

static bool has_column_in(const struct dataset *d, enum code_system s)
{
	for (unsigned t = 0; t < d->n_tables; t++)
		for (unsigned i = 0; i < d->tables[t].n_columns; i++) {
			const struct column *c = &d->tables[t].columns[i];

			if ((c->prefix != NULL ? c->prefix[s] != NULL : c->system == s) &&
				c->uses != USE_FORBIDDEN)
				return true;
		}
	return false;
}

/* W406: codes of a system that stands in no listed column, nor in the dataset's vocabulary. */
static void warn_out_of_reach(struct reading *rd, const struct dataset *d, enum code_system s)
{
	const char *ids[8];
	unsigned n = 0, all = 0;
	const struct code_rule *first = NULL;

	if (d->model == NULL || has_column_in(d, s) || model_knows(d->model, s))
		return;
	for (unsigned i = 0; i < rd->p->n_codes; i++) {
		const struct code_rule *r = &rd->p->codes[i];

		if (r->listed[s].n == 0)
			continue;
		if (n < 8)
			ids[n++] = r->id;
		if (first == NULL)
			first = r;
		all++;
	}
	if (first == NULL)
		return;
	diag_warning(rd->ds, "W406", first->at,
		"%u code rules (%s) list '%s', but dataset '%s' lists no column with codes: %s; "
		"such rows stay",
		"%u 条代码规则（%s）列有“%s”，但数据集“%s”没有标明 codes: %s "
		"的字段，此类记录不会被剔除",
		all, say_list(rd->a, ids, n, 8), system_key(s), d->id,
		words_system[s - SYSTEM_OMOP]);
}

static void check_reach(struct reading *rd)
{
	for (unsigned i = 0; i < rd->p->n_codes; i++)
		warn_only_diagnoses(rd, &rd->p->codes[i]);
	/* a dataset without a model cannot be asked */
	for (unsigned d = 0; d < rd->p->n_datasets; d++)
		for (enum code_system s = SYSTEM_ICD10; s < SYSTEMS; s++)
			warn_out_of_reach(rd, &rd->p->datasets[d], s);
}

void read_codes(struct reading *rd, const struct node *list)
{
	size_t room = children(list);

	for (unsigned i = 0; i < rd->n_presets; i++)
		room += children(rd->presets[i].codes);
	rd->p->codes = make(rd, room, sizeof(*rd->p->codes));
	if (rd->p->codes == NULL)
		return;
	for (unsigned i = 0; i < rd->n_presets; i++)
		read_list(rd, rd->presets[i].codes, &rd->presets[i]);
	read_list(rd, list, NULL);
	check_reach(rd);
}
