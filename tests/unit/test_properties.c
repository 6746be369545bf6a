/*
 * test_properties.c - what must hold of every policy and question, tried with many: a rule that is added never lets more
 * be asked; the order of lines never matters; exceptions end by themselves; a vocabulary that knows more codes of a
 * rule, or fewer systems, never lets more be asked.
 *
 * CORDON_SEED=n repeats a run (default 1), CORDON_ROUNDS=n makes it n times as long.
 */
#include "policies/embed.h"
#include "tests/unit/asker.h"
#include "tests/unit/plan_text.h"
#include "tests/unit/sides.h"

enum {
	QUESTIONS = 400,
	ROUNDS = 12
};

struct asked {
	const char *who;
	int32_t today;
	char *text;
	struct question *question;
};

static struct arena pool_arena;
static struct asked pool[QUESTIONS];

static unsigned from_environment(const char *name, unsigned otherwise)
{
	const char *s = getenv(name);

	return s == NULL ? otherwise : (unsigned)strtoul(s, NULL, 10);
}

static unsigned rounds(void)
{
	return ROUNDS * from_environment("CORDON_ROUNDS", 1);
}

/* ---- questions ---- */

static uint32_t pool_dice(void *from, uint32_t sides)
{
	(void)from;
	return rw_dice(sides);
}

static void make_pool(void)
{
	static const char *const people[] = { "li@s1.example", "li@s1.example", "li@s1.example",
		"wang@uni.example", "mallory@s1.example" };
	static const char *const days[] = { "2026-03-01", "2026-03-01", "2026-06-30", "2026-07-01",
		"2026-11-30", "2026-12-31" };
	struct asker asker = { .dice = pool_dice, .from = NULL };
	struct diags ds;
	unsigned n = 0;

	rw_seed(from_environment("CORDON_SEED", 1));
	arena_init(&pool_arena, 64 << 20);
	diags_init(&ds, &pool_arena);
	while (n < QUESTIONS) {
		struct text t;
		struct asked *a = &pool[n];

		text_init(&t, 1 << 16);
		asker_question(&asker, &t);
		a->text = text_take(&t);
		if (question_read("q", a->text, strlen(a->text), &pool_arena, &ds, &a->question) !=
			0) {
			free(a->text);
			continue;
		}
		a->who = ASKER_PICK(&asker, people);
		a->today = day(ASKER_PICK(&asker, days));
		n++;
	}
}

/* ---- sides ---- */

/* Several rules that say no to the same: which one is named must not depend on their lines. */
static void add_ties(struct side *s)
{
	struct node *codes = rw_get(s->rw.root[RW_RED], "codes");
	struct node *budgets = rw_get(s->rw.root[RW_RELEASE], "budgets");

	rw_add(&s->rw, codes, NULL, "{id: zz, use: forbidden, omop: [316139, 9202]}");
	rw_add(&s->rw, codes, NULL, "{id: aa, use: forbidden, omop: [9202, 316139, 320128]}");
	rw_add(&s->rw, codes, NULL, "{id: mm, use: forbidden, omop: [320128, 316139]}");
	rw_add(&s->rw, budgets, NULL, "{for: each-study, rho: 1, period: 2026-01-01..2026-11-29}");
}

static struct verdict ruling(
	const struct side *s, const struct asked *a, int32_t today, bool every, struct arena *arena)
{
	struct asking who = { a->who, today, s->red, every };
	struct verdict v;
	struct error err;

	OK(decide(s->policy, a->question, &who, arena, &v, &err));
	return v;
}

/* What a side says to every question on its day. */
static struct verdict *rulings(const struct side *s, bool every, struct arena *arena)
{
	struct verdict *all = arena_array(arena, QUESTIONS, sizeof(*all));

	ck_assert_ptr_nonnull(all);
	for (unsigned i = 0; i < QUESTIONS; i++)
		all[i] = ruling(s, &pool[i], pool[i].today, every, arena);
	return all;
}

/* ---- the order of lines ---- */

static bool between_words(char c)
{
	return strchr(" ,;:()", c) != NULL;
}

/* The words of a sentence in one order: lists of labels follow the file's. */
static const char *sorted_words(const char *s, struct arena *a)
{
	const char *words[PLAN_WORDS];
	unsigned n = 0;
	struct text t;
	const char *out;

	while (*s != '\0' && n < PLAN_WORDS) {
		size_t len = 0;

		while (*s != '\0' && between_words(*s))
			s++;
		while (s[len] != '\0' && !between_words(s[len]))
			len++;
		if (len > 0)
			words[n++] = arena_textn(a, s, len);
		s += len;
	}
	text_init(&t, 1 << 16);
	plan_sorted(&t, "words", words, n);
	out = arena_text(a, text_str(&t));
	text_clear(&t);
	return out;
}

/* Everything that a verdict says but places. */
static const char *verdict_text(const struct verdict *v, struct arena *a)
{
	const char *words[PLAN_WORDS];
	const char *out;
	struct text t;

	text_init(&t, 1 << 20);
	text_addf(&t, "%s by %s: %s / %s\n", v->allow ? "allowed" : "refused", v->first.rule,
		sorted_words(v->first.say.en, a), sorted_words(v->first.outside.zh, a));
	for (unsigned i = 0; i < v->n_chain; i++)
		words[i] = arena_textf(a, "%u %d %s %s\n", v->chain[i].check, v->chain[i].deny,
			v->chain[i].rule, sorted_words(v->chain[i].say.zh, a));
	plan_sorted(&t, "chain", words, v->n_chain);
	if (v->plan != NULL)
		plan_text(&t, v->plan, a);
	ck_assert(!text_failed(&t));
	out = arena_text(a, text_str(&t));
	text_clear(&t);
	return out;
}

START_TEST(the_order_of_lines_never_matters)
{
	const char *want[QUESTIONS];
	struct side plain, mixed;
	struct verdict *all;
	struct arena kept;
	unsigned allowed = 0;

	make_pool();
	side_open(&plain);
	add_ties(&plain);
	side_read(&plain);
	ck_assert_msg(plain.policy != NULL, "%s", first_error(&plain));
	arena_init(&kept, 256 << 20);
	all = rulings(&plain, true, &kept);
	for (unsigned i = 0; i < QUESTIONS; i++) {
		want[i] = verdict_text(&all[i], &kept);
		allowed += all[i].allow;
	}
	for (unsigned round = 0; round < rounds(); round++) {
		struct arena arena;

		arena_init(&arena, 256 << 20);
		side_open(&mixed);
		add_ties(&mixed);
		for (int i = 0; i < RW_FILES; i++)
			rw_shuffle(mixed.rw.root[i]);
		side_read(&mixed);
		ck_assert_msg(mixed.policy != NULL, "round %u: %s", round, first_error(&mixed));
		all = rulings(&mixed, true, &arena);
		for (unsigned i = 0; i < QUESTIONS; i++)
			ck_assert_msg(strcmp(want[i], verdict_text(&all[i], &arena)) == 0,
				"round %u, %s\n%s\nis not\n%s", round, pool[i].text,
				verdict_text(&all[i], &arena), want[i]);
		side_close(&mixed);
		arena_clear(&arena);
	}
	ck_assert_msg(allowed > QUESTIONS / 40, "only %u were allowed", allowed);
	arena_clear(&kept);
	side_close(&plain);
}
END_TEST

/* ---- rules added ---- */

static struct node *some_table(struct side *s)
{
	struct node *dataset = rw_any(rw_get(s->rw.root[RW_RED], "datasets"));

	return rw_any(rw_get(dataset, "tables"));
}

static struct node *some_column(struct side *s, struct node **columns)
{
	*columns = rw_get(some_table(s), "columns");
	return rw_any(*columns);
}

static void add_code_rule(struct side *s)
{
	static const char *const codes[] = { "omop: [201826]", "omop: [3004410]",
		"omop: [9201+, 8532]", "icd10: [A00-Z99]", "icd10: [E11]", "atc: [A10]",
		"loinc: [4548-4]", "departments: [内科]", "icd9cm3: [74]", "snomed: [86406008]",
		"local: {cdm.condition_occurrence.condition_source_value: [E11-E14, X]}",
		"local: {cdm.condition_occurrence.condition_concept_id: ['201826', 3-9]}" };
	static const char *const uses[] = { "forbidden", "restricted, studies: [DM]",
		"restricted, studies: [MH], kinds: [histogram]", "restricted, min_patients: 90",
		"restricted, studies: [DM, MH], min_sites: 2" };
	char yaml[300];

	snprintf(yaml, sizeof(yaml), "{id: added%u, use: %s, %s}", rw_dice(1000000),
		uses[rw_dice(5)], codes[rw_dice(sizeof(codes) / sizeof(codes[0]))]);
	rw_add(&s->rw, rw_get(s->rw.root[RW_RED], "codes"), NULL, yaml);
}

static void forbid_column(struct side *s)
{
	struct node *columns, *c = some_column(s, &columns);

	if (c != NULL)
		rw_add(&s->rw, columns, c->key, "{use: forbidden, why: added}");
}

static void close_column(struct side *s)
{
	struct node *columns, *c = some_column(s, &columns);

	if (c != NULL && rw_dice(2) == 0)
		rw_drop(columns, c);
	else if (c != NULL)
		rw_add(&s->rw, columns, c->key, "{use: forbidden, category: quasi.geo}");
}

static void close_table(struct side *s)
{
	struct node *tables = rw_get(rw_any(rw_get(s->rw.root[RW_RED], "datasets")), "tables");
	struct node *t = rw_any(tables);

	if (t != NULL)
		rw_drop(tables, t);
}

static void add_tighter(struct side *s)
{
	static const char *const rules[] = { "{for: 'kind:count', rho: 0.001}",
		"{for: 'study:DM', min_patients: 77}", "{for: 'dataset:omop', min_sites: 2}",
		"{for: 'table:cdm.condition_occurrence', min_sites: 2}",
		"{for: 'measure:hba1c', rho: 0.002, min_patients: 40}",
		"{for: 'code:mental', min_patients: 70}", "{for: 'code:hiv', min_sites: 3}" };

	rw_add(&s->rw, rw_get(s->rw.root[RW_RELEASE], "tighter"), NULL, rules[rw_dice(7)]);
}

static void shrink_budget(struct side *s)
{
	struct node *budgets = rw_get(s->rw.root[RW_RELEASE], "budgets");
	struct node *b = rw_any(budgets);

	switch (rw_dice(4)) {
	case 0:
		rw_add(&s->rw, b, rw_get(b, "rho") != NULL ? "rho" : "epsilon", "0.01");
		break;
	case 1:
		rw_add(&s->rw, b, "queries", "1");
		break;
	case 2:
		rw_add(&s->rw, b, "period", "2026-05-01..2026-05-31");
		break;
	default:
		rw_add(&s->rw, budgets, NULL,
			"{for: each-study, rho: 0.5, period: 2026-01-01..2026-06-30}");
	}
}

static void narrow_study(struct side *s)
{
	static const char *const lists[] = { "may_use", "requesters", "kinds", "datasets" };
	struct node *study = rw_any(rw_get(s->rw.root[RW_STUDIES], "studies"));
	struct node *list = rw_get(study, lists[rw_dice(4)]);

	if (rw_dice(5) == 0)
		rw_add(&s->rw, study, "valid",
			strcmp(rw_get(study, "id")->text, "SOON") == 0 ? "2026-10-01..2026-10-31"
								       : "2026-03-01..2026-06-30");
	else if (list != NULL && list->count > 0)
		rw_drop(list, rw_any(list));
}

static void narrow_role(struct side *s)
{
	struct node *role = rw_any(rw_get(s->rw.root[RW_STUDIES], "roles"));

	if (role != NULL && role->count > 0)
		rw_drop(role, rw_any(role));
}

static void add_preset(struct side *s)
{
	const char *const *ids = shipped_preset_ids();
	struct node *extends = rw_get(s->rw.root[RW_POLICY], "extends");
	char name[100];
	uint32_t n = 0;

	while (ids[n] != NULL)
		n++;
	snprintf(name, sizeof(name), "presets/%s", ids[rw_dice(n)]);
	NODE_EACH(p, extends)
		if (strcmp(p->text, name) == 0)
			return;
	rw_add(&s->rw, extends, NULL, name);
}

static void limit_kind(struct side *s)
{
	struct node *kinds = rw_get(s->rw.root[RW_QUERIES], "kinds"), *k = rw_any(kinds);

	if (rw_dice(4) == 0)
		rw_drop(kinds, k);
	else
		rw_add(&s->rw, k, rw_dice(2) == 0 ? "group_by" : "max_cells", "1");
}

static void limit_cohorts(struct side *s)
{
	struct node *root = s->rw.root[RW_QUERIES], *c = rw_get(root, "compose");

	if (c == NULL)
		return;
	switch (rw_dice(4)) {
	case 0:
		rw_drop(root, c);
		break;
	case 1:
		rw_add(&s->rw, c, "criteria", "2");
		break;
	case 2:
		rw_add(&s->rw, c, "depth", "1");
		break;
	default:
		rw_drop(c, rw_get(c, "window_step"));
	}
}

static void stricter_release(struct side *s)
{
	struct node *r = rw_get(s->rw.root[RW_RELEASE], "release");

	switch (rw_dice(4)) {
	case 0:
		rw_add(&s->rw, r, "min_patients", "100");
		break;
	case 1:
		rw_add(&s->rw, r, "min_sites", "3");
		break;
	case 2:
		rw_add(&s->rw, r, "secure_aggregation", "required");
		break;
	default:
		rw_add(&s->rw, r, "rho", "0.01");
	}
}

static void fewer_values(struct side *s)
{
	static const char *const keys[] = { "categories", "values", "bands", "geo" };
	struct node *columns, *c = some_column(s, &columns), *list;
	struct node *measures = rw_get(some_table(s), "measures");

	list = rw_get(c, keys[rw_dice(4)]);
	if (list != NULL && rw_get(list, "areas") != NULL)
		list = rw_get(list, "areas");
	if (list != NULL && list->count > 1)
		rw_drop(list, rw_any(list));
	list = rw_get(rw_any(measures), "cuts");
	if (list != NULL && list->count > 1)
		rw_drop(list, rw_any(list));
}

static void coarser_days(struct side *s)
{
	struct node *columns, *c = some_column(s, &columns);

	if (rw_get(c, "truncate") != NULL && strcmp(rw_get(c, "truncate")->text, "week") != 0)
		rw_add(&s->rw, c, "truncate", "year");
}

static void end_exception(struct side *s)
{
	struct node *list = rw_get(s->rw.root[RW_RED], "exceptions");

	if (list != NULL && list->count > 0)
		/* that for places: when weeks become months, other days fit, which are no part of
		 * the old ones */
		rw_add(&s->rw, rw_nth(list, 0), "until",
			rw_dice(2) == 0 ? "2026-01-31" : "2026-04-30");
}

static void shorter_policy(struct side *s)
{
	rw_add(&s->rw, s->rw.root[RW_POLICY], "valid",
		rw_dice(2) == 0 ? "2026-03-02..2026-12-31" : "2026-01-01..2026-12-30");
}

static void without_model(struct side *s)
{
	struct node *models = rw_get(s->rw.root[RW_POLICY], "models");

	if (models != NULL && models->count > 1)
		rw_drop(models, rw_any(models));
}

static void more_left_out(struct side *s)
{
	struct node *d = rw_get(rw_get(s->rw.root[RW_RED], "datasets"), "omop");

	rw_add(&s->rw, rw_get(d, "drop_patients"), "under_age", "18");
}

static void (*const tightenings[])(struct side *) = { add_code_rule, add_code_rule, add_code_rule,
	forbid_column, forbid_column, close_column, close_table, add_tighter, add_tighter,
	shrink_budget, shrink_budget, narrow_study, narrow_study, narrow_role, add_preset,
	limit_kind, limit_cohorts, stricter_release, fewer_values, fewer_values, coarser_days,
	end_exception, shorter_policy, without_model, more_left_out };

static void tighten(struct side *s)
{
	for (uint32_t n = 1 + rw_dice(3); n > 0; n--)
		tightenings[rw_dice(sizeof(tightenings) / sizeof(tightenings[0]))](s);
}

START_TEST(a_rule_that_is_added_never_lets_more_be_asked)
{
	unsigned read = 0, closed = 0, open = 0, n = rounds() * 10;
	struct side plain, tight;
	struct verdict *before;
	struct arena kept;

	make_pool();
	side_open(&plain);
	side_read(&plain);
	arena_init(&kept, 256 << 20);
	before = rulings(&plain, false, &kept);
	for (unsigned round = 0; round < n; round++) {
		struct verdict *after;
		struct arena arena;

		arena_init(&arena, 256 << 20);
		side_open(&tight);
		tighten(&tight);
		side_read(&tight);
		read += tight.policy != NULL;
		after = tight.policy == NULL ? NULL : rulings(&tight, false, &arena);
		for (unsigned i = 0; after != NULL && i < QUESTIONS; i++) {
			check_not_wider(&before[i], &after[i], pool[i].text);
			closed += before[i].allow && !after[i].allow;
			open += after[i].allow;
		}
		side_close(&tight);
		arena_clear(&arena);
	}
	/* a policy that is none any more answers nothing; but many are to be policies */
	ck_assert_msg(read > n / 3, "only %u of %u are policies", read, n);
	ck_assert_msg(closed > n && open > n, "%u closed, %u open in %u rounds", closed, open, n);
	arena_clear(&kept);
	side_close(&plain);
}
END_TEST

/* ---- exceptions ---- */

START_TEST(an_exception_ends_by_itself)
{
	const int32_t last = day("2026-06-30");
	struct side plain, without;
	unsigned flipped = 0, alike = 0;

	make_pool();
	side_open(&plain);
	side_read(&plain);
	/* what the columns become without their exceptions */
	side_open(&without);
	struct node *tables =
		rw_get(rw_get(rw_get(without.rw.root[RW_RED], "datasets"), "omop"), "tables");
	rw_add(&without.rw, rw_get(rw_get(tables, "cdm.person"), "columns"), "location_id",
		"{use: forbidden, category: quasi.geo}");
	rw_add(&without.rw,
		rw_get(rw_get(rw_get(tables, "cdm.measurement"), "columns"), "measurement_date"),
		"truncate", "month");
	rw_drop(without.rw.root[RW_RED], rw_get(without.rw.root[RW_RED], "exceptions"));
	struct node *may_use =
		rw_get(rw_nth(rw_get(without.rw.root[RW_STUDIES], "studies"), 0), "may_use");
	for (size_t i = 0; i < may_use->count; i++)
		if (strcmp(rw_nth(may_use, i)->text, "cdm.person.location_id") == 0)
			rw_drop(may_use, rw_nth(may_use, i)); /* a study cannot list it forbidden */
	side_read(&without);
	ck_assert_msg(without.policy != NULL, "%s", first_error(&without));
	for (unsigned i = 0; i < QUESTIONS; i++) {
		struct verdict before, after, never;
		struct arena arena;

		arena_init(&arena, 32 << 20);
		before = ruling(&plain, &pool[i], last, false, &arena);
		after = ruling(&plain, &pool[i], last + 1, false, &arena);
		never = ruling(&without, &pool[i], last + 1, false, &arena);
		ck_assert_msg(after.allow == never.allow, "%s, not %s:\n%s", after.first.rule,
			never.first.rule, pool[i].text);
		flipped += before.allow && !after.allow;
		alike += after.allow;
		arena_clear(&arena);
	}
	ck_assert_msg(flipped > 2 && alike > 2, "%u ended, %u went on", flipped, alike);
	side_close(&without);
	side_close(&plain);
}
END_TEST

/* ---- vocabularies ---- */

/* Other concepts more, or a system fewer. */
static struct red_codes *grown(const struct side *s, struct arena *a)
{
	struct red_codes *red = arena_alloc(a, sizeof(*red));
	unsigned n = s->policy->n_codes;

	ck_assert_ptr_nonnull(red);
	*red = (struct red_codes){ arena_array(a, n, sizeof(int32_t *)),
		arena_array(a, n, sizeof(unsigned)), n, s->red->systems };
	for (unsigned i = 0; i < n; i++) {
		static const int32_t more[] = { 201826, 320128, 1503297, 3004410, 9201, 316139 };

		red->concepts[i] = arena_array(a, s->red->counts[i] + 8, sizeof(int32_t));
		ck_assert_ptr_nonnull(red->concepts[i]);
		for (unsigned k = 0; k < s->red->counts[i]; k++)
			add_concept(red, i, s->red->concepts[i][k]);
		for (uint32_t k = rw_dice(3); k > 0; k--)
			add_concept(red, i, more[rw_dice(6)]);
		qsort(red->concepts[i], red->counts[i], sizeof(int32_t), by_concept);
	}
	if (rw_dice(3) == 0)
		red->systems &= ~(1u << (SYSTEM_ICD10 + rw_dice(SYSTEMS - SYSTEM_ICD10)));
	return red;
}

START_TEST(a_vocabulary_that_finds_more_or_knows_less_never_opens)
{
	struct side plain, other;
	struct verdict *before;
	struct arena kept;
	unsigned closed = 0, open = 0;

	make_pool();
	side_open(&plain);
	side_read(&plain);
	arena_init(&kept, 256 << 20);
	before = rulings(&plain, false, &kept);
	for (unsigned round = 0; round < rounds(); round++) {
		struct arena arena;

		arena_init(&arena, 512 << 20);
		other = plain;
		other.red = grown(&plain, &arena);
		for (unsigned i = 0; i < QUESTIONS; i++) {
			struct verdict w = ruling(&other, &pool[i], pool[i].today, false, &arena);

			ck_assert_msg(before[i].allow || !w.allow, "opened:\n%s", pool[i].text);
			closed += before[i].allow && !w.allow;
			open += w.allow;
		}
		arena_clear(&arena);
	}
	ck_assert_msg(closed > rounds() && open > rounds(), "%u closed, %u open", closed, open);
	arena_clear(&kept);
	side_close(&plain);
}
END_TEST

UNIT_MAIN("properties", the_order_of_lines_never_matters,
	a_rule_that_is_added_never_lets_more_be_asked, an_exception_ends_by_itself,
	a_vocabulary_that_finds_more_or_knows_less_never_opens)
