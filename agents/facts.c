#include "agents/facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

enum {
	FACT_UNIQUE = 0,   /* (0, dataset, 0): its patients' key is unique */
	FACT_ANCESTOR = 1, /* (1, ancestor, descendant) */
	MAX_ROWS = 4 * MAX_RED_CODES,
	FACTS_ARENA = 16 << 20,
	SQL_ROOM = 64 << 10,
};

struct pair {
	int32_t ancestor, descendant;
};

void facts_init(struct facts *f)
{
	memset(f, 0, sizeof(*f));
	arena_init(&f->arena, FACTS_ARENA);
}

void facts_clear(struct facts *f)
{
	arena_clear(&f->arena);
	f->ready = false;
}

/* ---- the statement ---- */

/* {"a","b"} of one word of each dataset's patients. */
static const char *words(
	struct arena *arena, const struct policy *p, const char *(*word)(const struct dataset *))
{
	struct text t;
	const char *out;

	text_init(&t, SQL_ROOM);
	text_addc(&t, '{');
	for (unsigned i = 0; i < p->n_datasets; i++) {
		const char *s = p->datasets[i].model == NULL ? "" : word(&p->datasets[i]);

		text_add(&t, i == 0 ? "\"" : ",\"");
		for (; *s != '\0'; s++) {
			if (*s == '"' || *s == '\\')
				text_addc(&t, '\\');
			text_addc(&t, *s);
		}
		text_addc(&t, '"');
	}
	text_addc(&t, '}');
	out = text_failed(&t) ? NULL : arena_text(arena, text_str(&t));
	text_clear(&t);
	return out;
}

static const char *patients_table(const struct dataset *d)
{
	return d->model->patients == NULL ? "" : d->model->patients;
}

static const char *patients_key(const struct dataset *d)
{
	return d->model->key == NULL ? "" : d->model->key;
}

static unsigned count_codes(const struct policy *p)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->n_codes; i++)
		n += p->codes[i].n_omop;
	return n;
}

static const char *expanded_codes(struct arena *arena, const struct policy *p)
{
	int32_t *list = arena_array(arena, count_codes(p), sizeof(*list));
	unsigned n = 0;

	if (list == NULL)
		return NULL;
	for (unsigned i = 0; i < p->n_codes; i++)
		for (unsigned k = 0; k < p->codes[i].n_omop; k++)
			if (p->codes[i].omop[k].descendants)
	list[n++] = p->codes[i].omop[k].concept;
	return n == 0 ? "" : sql_ints(arena, list, n);
}

/* Datasets may share a vocabulary: it is asked once. */
static bool asked_before(const struct policy *p, unsigned i)
{
	for (unsigned j = 0; j < i; j++)
		if (p->datasets[j].model != NULL && p->datasets[j].model->ancestors != NULL &&
			strcmp(p->datasets[j].model->ancestors, p->datasets[i].model->ancestors) ==
				0)
			return true;
	return false;
}

static void ask_ancestors(struct text *t, const struct model *m)
{
	text_add(t, "\nUNION ALL (SELECT 1, a.");
	sql_name(t, m->ancestor);
	text_add(t, ", a.");
	sql_name(t, m->descendant);
	text_add(t, " FROM ");
	sql_qualified(t, m->ancestors);
	text_add(t, " a WHERE a.");
	sql_name(t, m->ancestor);
	text_addf(t, " = ANY ($3::int4[]) LIMIT %d)", MAX_ROWS + 1);
}

static const char unique_sql[] =
	"SELECT 0 AS what, d.i AS a, 0::int8 AS b"
	" FROM unnest($1::text[], $2::text[]) WITH ORDINALITY d(r, c, i)"
	" WHERE d.r <> '' AND EXISTS (SELECT 1" SQL_UNIQUE_INDEXES
	" AND n.nspname || '.' || t.relname = d.r AND k.attname = d.c)";

int facts_write(struct facts *f, const struct policy *p, struct sql *out, struct error *err)
{
	const char **values;
	struct text t;
	const char *text;

	arena_reset(&f->arena);
	f->ready = false;
	values = arena_array(&f->arena, 3, sizeof(*values));
	if (values == NULL)
		return error_memory(err);
	values[0] = words(&f->arena, p, patients_table);
	values[1] = words(&f->arena, p, patients_key);
	values[2] = expanded_codes(&f->arena, p);
	text_init(&t, SQL_ROOM);
	text_add(&t, unique_sql);
	bool tree = values[2] != NULL && values[2][0] != '\0';
	bool asked = false;
	for (unsigned i = 0; tree && i < p->n_datasets; i++) {
		const struct model *m = p->datasets[i].model;

		if (m == NULL || m->ancestors == NULL || asked_before(p, i))
			continue;
		ask_ancestors(&t, m);
		asked = true;
	}
	text = text_failed(&t) ? NULL : arena_text(&f->arena, text_str(&t));
	text_clear(&t);
	if (text == NULL || values[0] == NULL || values[1] == NULL || values[2] == NULL)
		return error_memory(err);
	*out = (struct sql){ .text = text, .values = values, .n_values = asked ? 3 : 2 };
	return 0;
}

/* ---- its rows ---- */

static int bad_rows(struct error *err)
{
	return error_set(err, E_INPUT,
		SAY("this site's vocabulary could not be read", "无法读取本院的术语表"),
		"the facts' rows have an unexpected form");
}

static int too_many(struct error *err)
{
	return error_set(err, E_LIMIT,
		SAY("this site's sensitive codes expand to too many concepts",
			"本院敏感代码展开后的概念过多"),
		"the code rules expand to more than %d concepts", MAX_RED_CODES);
}

static int by_ancestor(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->ancestor != y->ancestor)
		return x->ancestor < y->ancestor ? -1 : 1;
	return (x->descendant > y->descendant) - (x->descendant < y->descendant);
}

static int by_number(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

static int read_row(struct facts *f, const struct policy *p, const struct source_rows *rows, int i,
	struct pair *pairs, size_t *n, struct error *err)
{
	int64_t what, a, b;

	if (!source_int(rows, i, 0, &what) || !source_int(rows, i, 1, &a) ||
		!source_int(rows, i, 2, &b))
		return bad_rows(err);
	if (what == FACT_UNIQUE && a >= 1 && a <= (int64_t)p->n_datasets) {
		f->one_row[a - 1] = true;
		return 0;
	}
	if (what != FACT_ANCESTOR || a < 1 || a > INT32_MAX || b < 1 || b > INT32_MAX)
		return bad_rows(err);
	pairs[(*n)++] = (struct pair){ (int32_t)a, (int32_t)b };
	return 0;
}

/* Room for everything that the codes of one direction (in or out) expand to. */
struct list {
	int32_t *at;
	size_t n, room;
};

static bool list_add(struct list *l, int32_t concept)
{
	if (l->n == l->room) {
		size_t room = l->room == 0 ? 256 : l->room * 2;
		int32_t *at = realloc(l->at, room * sizeof(*at));

		if (at == NULL)
			return false;
		l->at = at;
		l->room = room;
	}
	l->at[l->n++] = concept;
	return true;
}

static size_t first_of(const struct pair *pairs, size_t n, int32_t ancestor)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (pairs[mid].ancestor < ancestor)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool expand(
	const struct code_rule *rule, bool out, const struct pair *pairs, size_t n, struct list *l)
{
	for (unsigned k = 0; k < rule->n_omop; k++) {
		const struct code *c = &rule->omop[k];

		if (c->out != out)
			continue;
		if (!list_add(l, c->concept))
			return false;
		for (size_t i = first_of(pairs, n, c->concept);
			c->descendants && i < n && pairs[i].ancestor == c->concept; i++)
			if (!list_add(l, pairs[i].descendant))
				return false;
	}
	if (l->n > 0)
		qsort(l->at, l->n, sizeof(*l->at), by_number);
	return true;
}

/* Sorted, each once, without what is taken out again. */
static int keep(struct facts *f, unsigned rule, const struct list *in, const struct list *out,
	struct error *err)
{
	int32_t *kept = arena_array(&f->arena, in->n, sizeof(*kept));
	unsigned n = 0;

	if (kept == NULL)
		return error_memory(err);
	for (size_t i = 0; i < in->n; i++) {
		if (i > 0 && in->at[i] == in->at[i - 1])
			continue;
		if (out->n > 0 &&
			bsearch(&in->at[i], out->at, out->n, sizeof(*out->at), by_number) != NULL)
			continue;
		kept[n++] = in->at[i];
	}
	f->red.concepts[rule] = kept;
	f->red.counts[rule] = n;
	return 0;
}

static int expand_rule(struct facts *f, const struct policy *p, unsigned rule,
	const struct pair *pairs, size_t n, struct error *err)
{
	struct list in = { 0 }, out = { 0 };
	int ret = -1;

	if (expand(&p->codes[rule], false, pairs, n, &in) &&
		expand(&p->codes[rule], true, pairs, n, &out))
		ret = keep(f, rule, &in, &out, err);
	else
		error_memory(err);
	free(in.at);
	free(out.at);
	return ret;
}

static int expand_all(
	struct facts *f, const struct policy *p, struct pair *pairs, size_t n, struct error *err)
{
	size_t total = 0;

	qsort(pairs, n, sizeof(*pairs), by_ancestor);
	f->red.n_rules = p->n_codes;
	f->red.concepts = arena_array(&f->arena, p->n_codes, sizeof(*f->red.concepts));
	f->red.counts = arena_array(&f->arena, p->n_codes, sizeof(*f->red.counts));
	if (f->red.concepts == NULL || f->red.counts == NULL)
		return error_memory(err);
	for (unsigned i = 0; i < p->n_codes; i++) {
		if (expand_rule(f, p, i, pairs, n, err) != 0)
			return -1;
		total += f->red.counts[i];
		if (total > MAX_RED_CODES)
			return too_many(err);
	}
	return 0;
}

int facts_read(
	struct facts *f, const struct policy *p, const struct source_rows *rows, struct error *err)
{
	int n_rows = source_rows(rows), ret = 0;
	struct pair *pairs;
	size_t n = 0;

	arena_reset(&f->arena);
	if (source_columns(rows) != 3)
		return bad_rows(err);
	if (n_rows > MAX_ROWS)
		return too_many(err);
	pairs = calloc((size_t)n_rows + 1, sizeof(*pairs));
	f->one_row = arena_array(&f->arena, p->n_datasets, sizeof(*f->one_row));
	if (pairs == NULL || f->one_row == NULL)
		ret = error_memory(err);
	for (int i = 0; ret == 0 && i < n_rows; i++)
		ret = read_row(f, p, rows, i, pairs, &n, err);
	if (ret == 0)
		ret = expand_all(f, p, pairs, n, err);
	free(pairs);
	f->ready = ret == 0;
	return ret;
}

struct sql_facts facts_for(
	const struct facts *f, const struct policy *p, const struct dataset *data)
{
	return (struct sql_facts){ .red = &f->red,
		.one_row_a_patient = f->one_row[data - p->datasets] };
}
