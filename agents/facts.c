#include "agents/facts_in.h"

#include <stdlib.h>
#include <string.h>

enum {
	FACTS_ARENA = 16 << 20
};

/* Of FACT_ANCESTOR; of FACT_CODE the rule and the concept. */
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

bool facts_same_vocabulary(const struct model *a, const struct model *b)
{
	return a != NULL && b != NULL && a->ancestors != NULL && b->ancestors != NULL &&
	       strcmp(a->ancestors, b->ancestors) == 0;
}

bool facts_has_vocabulary(const struct model *m)
{
	return m != NULL && m->ancestors != NULL && m->vocabulary.concepts != NULL;
}

bool facts_lists(const struct policy *p, enum code_system s)
{
	for (unsigned i = 0; i < p->n_codes; i++)
		if (p->codes[i].listed[s].n > 0)
			return true;
	return false;
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

/* What the rows say, sorted for looking up. */
struct told {
	struct pair *tree, *codes;
	size_t n_tree, n_codes;
	unsigned *known; /* by dataset: bit per system */
};

static bool is_concept(int64_t v)
{
	return v >= 1 && v <= INT32_MAX;
}

static int read_row(struct facts *f, const struct policy *p, const struct source_rows *rows, int i,
	struct told *told, struct error *err)
{
	int64_t what, a, b;

	if (!source_int(rows, i, 0, &what) || !source_int(rows, i, 1, &a) ||
		!source_int(rows, i, 2, &b) || a < 1)
		return bad_rows(err);
	if (what == FACT_UNIQUE && a <= (int64_t)p->n_datasets)
		f->one_row[a - 1] = true;
	else if (what == FACT_HELD && a <= (int64_t)p->n_datasets && b >= 1 &&
		 b <= (int64_t)p->datasets[a - 1].n_tables &&
		 f->n_held[a - 1] < p->datasets[a - 1].n_tables)
		f->held[a - 1][f->n_held[a - 1]++] = p->datasets[a - 1].tables[b - 1].name;
	else if (what == FACT_ANCESTOR && is_concept(a) && is_concept(b))
		told->tree[told->n_tree++] = (struct pair){ (int32_t)a, (int32_t)b };
	else if (what == FACT_CODE && a <= (int64_t)p->n_codes && is_concept(b))
		told->codes[told->n_codes++] = (struct pair){ (int32_t)a, (int32_t)b };
	else if (what == FACT_SYSTEM && a <= (int64_t)p->n_datasets && b > SYSTEM_OMOP &&
		 b < SYSTEMS)
		told->known[a - 1] |= 1u << b;
	else
		return bad_rows(err);
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

static bool add_coded(struct list *in, const struct told *told, unsigned rule)
{
	for (size_t i = first_of(told->codes, told->n_codes, (int32_t)rule + 1);
		i < told->n_codes && told->codes[i].ancestor == (int32_t)rule + 1; i++)
		if (!list_add(in, told->codes[i].descendant))
			return false;
	if (in->n > 0)
		qsort(in->at, in->n, sizeof(*in->at), by_number);
	return true;
}

static int expand_rule(struct facts *f, const struct policy *p, unsigned rule,
	const struct told *told, struct error *err)
{
	struct list in = { 0 }, out = { 0 };
	int ret = -1;

	if (expand(&p->codes[rule], false, told->tree, told->n_tree, &in) &&
		add_coded(&in, told, rule) &&
		expand(&p->codes[rule], true, told->tree, told->n_tree, &out))
		ret = keep(f, rule, &in, &out, err);
	else
		error_memory(err);
	free(in.at);
	free(out.at);
	return ret;
}

/* The first dataset that asked for the vocabulary of dataset d. */
static unsigned asker(const struct policy *p, unsigned d)
{
	for (unsigned i = 0; i < d; i++)
		if (facts_same_vocabulary(p->datasets[i].model, p->datasets[d].model))
			return i;
	return d;
}

/* A system is known when every vocabulary that should have it does. */
static unsigned known_systems(const struct policy *p, const struct told *told)
{
	unsigned known = ~0u;

	for (unsigned d = 0; d < p->n_datasets; d++)
		if (facts_has_vocabulary(p->datasets[d].model))
			known &= told->known[asker(p, d)];
	return known;
}

static int expand_all(
	struct facts *f, const struct policy *p, const struct told *told, struct error *err)
{
	size_t total = 0;

	qsort(told->tree, told->n_tree, sizeof(*told->tree), by_ancestor);
	qsort(told->codes, told->n_codes, sizeof(*told->codes), by_ancestor);
	f->red.n_rules = p->n_codes;
	f->red.systems = known_systems(p, told);
	f->red.concepts = arena_array(&f->arena, p->n_codes, sizeof(*f->red.concepts));
	f->red.counts = arena_array(&f->arena, p->n_codes, sizeof(*f->red.counts));
	if (f->red.concepts == NULL || f->red.counts == NULL)
		return error_memory(err);
	for (unsigned i = 0; i < p->n_codes; i++) {
		if (expand_rule(f, p, i, told, err) != 0)
			return -1;
		total += f->red.counts[i];
		if (total > MAX_RED_CODES)
			return too_many(err);
	}
	return 0;
}

/* A vocabulary is readable when each of its parts is. */
static int read_look(
	struct facts *f, const struct policy *p, const struct source_rows *rows, struct error *err)
{
	unsigned parts[FACT_DATASETS] = { 0 };

	for (int i = 0; i < source_rows(rows); i++) {
		int64_t what, a, b;

		if (!source_int(rows, i, 0, &what) || !source_int(rows, i, 1, &a) ||
			!source_int(rows, i, 2, &b) || what != FACT_COLUMN || a < 1 ||
			a > FACT_PARTS * FACT_DATASETS || b < 1)
			return bad_rows(err);
		parts[(a - 1) / FACT_PARTS] |= 1u << ((a - 1) % FACT_PARTS);
	}
	f->readable = 0;
	for (unsigned d = 0; d < p->n_datasets && d < FACT_DATASETS; d++)
		if (parts[d] == (1u << FACT_PARTS) - 1)
			f->readable |= UINT64_C(1) << d;
	f->looked = true;
	return 0;
}

static bool held_room(struct facts *f, const struct policy *p)
{
	f->held = arena_array(&f->arena, p->n_datasets, sizeof(*f->held));
	f->n_held = arena_array(&f->arena, p->n_datasets, sizeof(*f->n_held));
	if (f->held == NULL || f->n_held == NULL)
		return false;
	for (unsigned i = 0; i < p->n_datasets; i++) {
		f->held[i] = arena_array(&f->arena, p->datasets[i].n_tables, sizeof(*f->held[i]));
		if (f->held[i] == NULL)
			return false;
	}
	return true;
}

static int read_facts(
	struct facts *f, const struct policy *p, const struct source_rows *rows, struct error *err)
{
	int n_rows = source_rows(rows), ret = 0;
	struct told told = { .tree = calloc((size_t)n_rows + 1, sizeof(*told.tree)),
		.codes = calloc((size_t)n_rows + 1, sizeof(*told.codes)) };

	f->one_row = arena_array(&f->arena, p->n_datasets, sizeof(*f->one_row));
	told.known = arena_array(&f->arena, p->n_datasets, sizeof(*told.known));
	if (told.tree == NULL || told.codes == NULL || f->one_row == NULL || told.known == NULL ||
		!held_room(f, p))
		ret = error_memory(err);
	for (int i = 0; ret == 0 && i < n_rows; i++)
		ret = read_row(f, p, rows, i, &told, err);
	if (ret == 0)
		ret = expand_all(f, p, &told, err);
	free(told.tree);
	free(told.codes);
	f->ready = ret == 0;
	return ret;
}

int facts_read(
	struct facts *f, const struct policy *p, const struct source_rows *rows, struct error *err)
{
	bool looking = f->looking;

	arena_reset(&f->arena);
	f->looking = f->looked = f->ready = false;
	if (source_columns(rows) != 3)
		return bad_rows(err);
	if (source_rows(rows) > MAX_ROWS)
		return too_many(err);
	return looking ? read_look(f, p, rows, err) : read_facts(f, p, rows, err);
}

unsigned facts_unknown(const struct facts *f, const struct policy *p)
{
	unsigned bits = 0;

	for (unsigned d = 0; d < p->n_datasets; d++)
		for (enum code_system s = SYSTEM_ICD10; s < SYSTEMS; s++)
			if (facts_lists(p, s) && model_knows(p->datasets[d].model, s) &&
				!(f->red.systems >> s & 1))
				bits |= 1u << s;
	return bits;
}

struct sql_facts facts_for(
	const struct facts *f, const struct policy *p, const struct dataset *data)
{
	size_t at = (size_t)(data - p->datasets);

	return (struct sql_facts){ .red = &f->red,
		.one_row_a_patient = f->one_row[at],
		.held = f->held[at],
		.n_held = f->n_held[at] };
}
