/*
 * fuzz_convert.h - any bytes as another system's cohort: what the targets of the three formats share.
 * Aborts when a promise of convert.h is broken.
 */
#ifndef TESTS_FUZZ_CONVERT_H
#define TESTS_FUZZ_CONVERT_H

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "convert/convert.h"
#include "policies/read.h"
#include "query/question.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/sql_tree.h"

static void require(bool held)
{
	if (!held)
		abort();
}

/* What is given is decided, and written when it may be asked, or refused by a rule with a name. */
static void decide_it(const struct question *q, struct arena *arena)
{
	static struct arena policy_arena;
	static struct policy *policy;
	const struct asking who = { .requester = "li@s1.example", .today = 20513 };
	struct verdict v;
	struct error err;
	struct diags ds;

	if (policy == NULL) {
		arena_init(&policy_arena, MAX_POLICY_ARENA);
		diags_init(&ds, &policy_arena);
		require(policy_read_folder("tests/corpus/whole", &policy_arena, &ds, &policy) == 0);
	}
	require(decide(policy, q, &who, arena, &v, &err) == 0);
	require(v.allow || (v.first.deny && v.first.rule != NULL && v.first.rule[0] != '\0'));
	if (v.allow)
		check_plan(v.plan, arena);
}

/* V3: what is given can be asked. What can be read goes back to Circe, or is refused with a sentence. */
static void read_back(const struct text *out, bool again)
{
	struct question *q = NULL;
	struct arena arena;
	struct diags ds;
	struct text circe, ours;
	const struct convert_want want = { .file = "again.json", .study = "DM", .dataset = "omop" };

	arena_init(&arena, 64 << 20);
	diags_init(&ds, &arena);
	text_init(&circe, 16 << 20);
	text_init(&ours, 16 << 20);
	require(question_read("q.yaml", text_str(out), out->len, &arena, &ds, &q) == 0);
	decide_it(q, &arena);
	if (again) {
		require(convert_to_circe(q, &arena, &ds, &circe) == 0 || ds.errors > 0);
		require((circe.len > 0) == (ds.errors == 0));
		if (circe.len > 0)
			require(convert_read(CONVERT_CIRCE, text_str(&circe), circe.len, &want,
					&arena, &ds, &ours) == 0);
	}
	text_clear(&circe);
	text_clear(&ours);
	arena_clear(&arena);
}

static int fuzz_format(enum convert_format format, const uint8_t *data, size_t size)
{
	const struct convert_want want = {
		.file = "in", .study = "DM", .dataset = "omop", .on = "2025-12-31"
	};
	enum convert_format seen;
	struct arena arena;
	struct diags ds;
	struct text out;
	int ret;

	arena_init(&arena, 64 << 20);
	diags_init(&ds, &arena);
	text_init(&out, 16 << 20);
	(void)convert_detect(data, size, &seen);
	ret = convert_read(format, data, size, &want, &arena, &ds, &out);
	require((ret == 0) == (ds.errors == 0));
	require((ret == 0) == (out.len > 0));
	for (size_t i = 0; i < ds.count; i++) {
		require(ds.list[i].en[0] != '\0' && ds.list[i].zh[0] != '\0');
		require(utf8_valid(ds.list[i].en, strlen(ds.list[i].en)));
		require(utf8_valid(ds.list[i].zh, strlen(ds.list[i].zh)));
	}
	if (ret == 0)
		read_back(&out, format == CONVERT_CIRCE);
	text_clear(&out);
	arena_clear(&arena);
	return 0;
}

static size_t give_seed(const char *const *seeds, size_t n, size_t i, uint8_t *out, size_t room)
{
	size_t len = i < n ? strlen(seeds[i]) : 0;

	if (len == 0 || len > room)
		return 0;
	memcpy(out, seeds[i], len);
	return len;
}

#endif
