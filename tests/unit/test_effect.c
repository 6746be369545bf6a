/*
 * test_effect.c - what changes when one policy follows another: each kind of difference in both directions, and that
 * no question opens without a WIDER in the list.
 */
#include "tests/unit/rulings.h"

#include "policies/effect.h"

/* A field that nobody compares is a change that nobody is told of. Whoever adds one compares it in policies/effect_*.c
 * and brings the size here up to date. */
#define SIZE_IS(type, bytes) \
	_Static_assert(sizeof(struct type) == (bytes), "a field of struct " #type " is new: compare it in effect_*.c")
SIZE_IS(category, 24);
SIZE_IS(column, 272);
SIZE_IS(measure, 128);
SIZE_IS(table, 136);
SIZE_IS(dataset, 104);
SIZE_IS(local_codes, 24);
SIZE_IS(code_list, 16);
SIZE_IS(code_rule, 288);
SIZE_IS(kind_rule, 128);
SIZE_IS(compose_rule, 56);
SIZE_IS(officer_cohort, 48);
SIZE_IS(release_rule, 200);
SIZE_IS(tighter_rule, 72);
SIZE_IS(budget, 80);
SIZE_IS(role, 40);
SIZE_IS(requester, 40);
SIZE_IS(study, 248);
SIZE_IS(policy, 1632);

/* Two policies at once, each in its own arena. */
static struct arena sides[2], effect_arena;

static struct policy *side(int which, const struct edit *edits, unsigned n)
{
	struct policy_file files[P_FILES];
	char *texts[P_FILES];
	struct policy *p = NULL;
	struct arena words;
	struct diags found;

	arena_clear(&sides[which]);
	arena_init(&sides[which], MAX_POLICY_ARENA);
	arena_init(&words, MAX_QUERY_ARENA);
	diags_init(&found, &words);
	for (int i = 0; i < P_FILES; i++) {
		texts[i] = edited(i, edits, n);
		files[i] = (struct policy_file){ policy_names[i], texts[i], strlen(texts[i]) };
	}
	if (policy_read(files, P_FILES, &sides[which], &found, &p) != 0)
		p = NULL;
	for (int i = 0; i < P_FILES; i++)
		free(texts[i]);
	arena_clear(&words);
	return p;
}

static struct effect between(const struct policy *before, const struct policy *after)
{
	struct effect e;
	struct error err;

	arena_clear(&effect_arena);
	arena_init(&effect_arena, MAX_POLICY_ARENA);
	OK(effect_between(before, after, &effect_arena, &e, &err));
	ck_assert_uint_eq(e.n, e.wider + e.tighter + e.same);
	return e;
}

static void print(const struct effect *e)
{
	static const char *const ways[] = { "WIDER", "TIGHTER", "SAME" };

	for (unsigned i = 0; i < e->n; i++)
		printf("%-8s %s | %s\n", ways[e->items[i].way], e->items[i].thing.en,
			e->items[i].change.en);
	fflush(stdout);
}

static bool has(const struct effect *e, enum effect_way way, const char *thing, const char *part)
{
	for (unsigned i = 0; i < e->n; i++)
		if (e->items[i].way == way && strstr(e->items[i].thing.en, thing) != NULL &&
			strstr(e->items[i].change.en, part) != NULL)
			return true;
	return false;
}
