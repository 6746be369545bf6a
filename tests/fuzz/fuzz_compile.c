/*
 * fuzz_compile.c - bytes as the dice of a question to the policies of tests/corpus, decided, written as SQL and
 * read again: see sql_tree.h. The first byte chooses the policy. With FUZZ_TALLY set it says at its end how many
 * statements there were.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "policies/decide/decide.h"
#include "policies/read.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/sql_tree.h"
#include "tests/unit/asker.h"

enum {
	GROWN = 64,
	DICE = 96,
	TODAY = 20513
};

static struct arena policy_arena;
static const char *const folders[] = { "tests/corpus/policy", "tests/corpus/whole" };
static struct policy *policies[2];

static void tally(void)
{
	fprintf(stderr, "%lu statements\n", n_written);
}

static void load(void)
{
	struct diags ds;

	if (policies[0] != NULL)
		return;
	arena_init(&policy_arena, 2 * MAX_POLICY_ARENA);
	diags_init(&ds, &policy_arena);
	for (int i = 0; i < 2; i++)
		must_hold(policy_read_folder(folders[i], &policy_arena, &ds, &policies[i]) == 0,
			"policy", folders[i]);
	if (getenv("FUZZ_TALLY") != NULL)
		(void)atexit(tally);
}

/* ---- the input ---- */

struct bytes_left {
	const uint8_t *at;
	size_t len;
};

static uint32_t byte_dice(void *from, uint32_t sides)
{
	struct bytes_left *b = from;
	uint32_t v = b->len == 0 ? 0 : *b->at;

	if (b->len > 0) {
		b->at++;
		b->len--;
	}
	return v % sides;
}

size_t fuzz_seed(size_t i, uint8_t *out, size_t room)
{
	uint32_t state = 362436069u + (uint32_t)i * 2654435761u;

	if (i >= GROWN || room < DICE)
		return 0;
	for (size_t k = 0; k < DICE; k++) {
		state ^= state << 13;
		state ^= state >> 17;
		state ^= state << 5;
		out[k] = (uint8_t)state;
	}
	return DICE;
}

/* The same people, counted once over several hospitals. */
static void check_distinct(const struct plan *plan, struct arena *arena)
{
	const struct column *other = table_column(plan->patients, "person_source_value");
	struct plan p = *plan;

	if (plan->n_dims > 0 || plan->of.kind != KIND_COUNT)
		return;
	p.of.kind = KIND_DISTINCT;
	p.of.person = other == NULL ? plan->key : other;
	check_plan(&p, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes_left left = { data + 1, size - 1 };
	struct asker asker = { .dice = byte_dice, .from = &left };
	struct asking who = { .requester = "li@s1.example", .today = TODAY };
	struct verdict v = { .allow = false };
	struct question *q = NULL;
	struct arena arena;
	struct diags ds;
	struct error err;
	struct text t;

	if (size < 1)
		return 0;
	load();
	arena_init(&arena, 4 * MAX_QUERY_ARENA);
	diags_init(&ds, &arena);
	text_init(&t, 1 << 20);
	asker_question(&asker, &t);
	if (question_read("q", text_str(&t), t.len, &arena, &ds, &q) == 0 &&
		decide(policies[data[0] % 2], q, &who, &arena, &v, &err) == 0 && v.allow) {
		check_plan(v.plan, &arena);
		check_distinct(v.plan, &arena);
	}
	text_clear(&t);
	arena_clear(&arena);
	return 0;
}
