/*
 * test_proposal.c - a proposed study as the entry of studies.yaml: pasted into the demo's policy, it is read by the policy's
 * own reader as what was proposed.
 */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "gateway/proposal.h"
#include "policies/read.h"
#include "tests/unit/unit.h"

#define LI_IS   "li@renmin.example"
#define WANG_IS "wang@uni.example"
#define STUDY_OF(title, members, note)                                                             \
	"{\"id\":\"DM-2026-09\",\"title\":" title                                                  \
	",\"purpose\":[\"DUO:0000007\",\"MONDO:0005148\"],"                                        \
	"\"members\":[" members "],\"kinds\":[\"count\",\"mean\"],\"datasets\":[\"omop\"],"        \
	"\"may_use\":[\"cdm.person.year_of_birth\",\"measure:hba1c\"],\"budget\":{\"rho\":\"0."    \
	"5\"},"                                                                                    \
	"\"valid\":{\"from\":\"2026-03-01\",\"to\":\"2026-12-31\"},\"note\":" note "}"
#define LI_ALONE    "{\"account\":\"" LI_IS "\",\"role\":\"analyst\"}"
#define LI_AND_WANG LI_ALONE ",{\"account\":\"" WANG_IS "\",\"role\":\"viewer\"}"

static struct error err;

/* The entry of a body, which is read, written, and read again on the way. Static. */
static const char *entry_of(const char *body)
{
	static struct text entry;
	struct text once, twice;
	struct proposal p, again;
	struct arena a;
	struct diags ds;

	arena_init(&a, MAX_QUERY_ARENA);
	diags_init(&ds, &a);
	text_init(&once, 1 << 20);
	text_init(&twice, 1 << 20);
	OK(proposal_read(&p, body, strlen(body), &a, &ds, &err));
	proposal_write(&p, &once);
	OK(proposal_read(&again, text_str(&once), once.len, &a, &ds, &err));
	proposal_write(&again, &twice);
	ck_assert_str_eq(text_str(&once), text_str(&twice));
	text_clear(&entry);
	text_init(&entry, 1 << 20);
	proposal_entry(&again, LI_IS, 1795737600000, &entry);
	text_clear(&once);
	text_clear(&twice);
	arena_clear(&a);
	return text_str(&entry);
}

/* The demo's folder with `entry` at the end of studies.yaml and `budget` at the end of release.yaml: its errors. */
static const struct study *pasted(
	const char *entry, const char *budget, const char *id, struct diags *ds, struct arena *a)
{
	struct policy_folder folder;
	const struct study *found = NULL;
	struct policy *p = NULL;
	char *texts[2] = { NULL, NULL };

	diags_init(ds, a);
	OK(policy_folder_load("demo/policy", a, ds, &folder));
	for (unsigned i = 0; i < folder.n; i++) {
		int which = strcmp(folder.files[i].name, "studies.yaml") == 0   ? 0
			    : strcmp(folder.files[i].name, "release.yaml") == 0 ? 1
										: 2;
		struct text t;

		if (which == 2)
			continue;
		text_init(&t, 1 << 20);
		text_addn(&t, folder.files[i].bytes, folder.files[i].len);
		text_add(&t, which == 0 ? entry : budget);
		folder.files[i].len = t.len;
		free((void *)(uintptr_t)folder.files[i].bytes);
		folder.files[i].bytes = texts[which] = text_take(&t);
	}
	if (policy_read(folder.files, folder.n, a, ds, &p) == 0)
		for (unsigned i = 0; i < p->n_studies; i++)
			if (strcmp(p->studies[i].id, id) == 0)
				found = &p->studies[i];
	if (ds->errors > 0)
		diags_print(ds, stdout, 0);
	policy_folder_clear(&folder);
	return found;
}

/* The commented line of the budget, as an officer would move it. */
static const char *budget_of(const char *entry)
{
	static char line[300];
	const char *at = strstr(entry, "#   - {for:");

	ck_assert_ptr_nonnull(at);
	snprintf(line, sizeof(line), "  %.*s\n", (int)strcspn(at + 4, "\n"), at + 4);
	return line;
}

START_TEST(the_entry_passes_the_policys_own_reader)
{
	const char *entry = entry_of(
		STUDY_OF("{\"zh\":\"课题\",\"en\":\"A study\"}", LI_AND_WANG, "\"please\""));
	const struct study *s;
	struct arena a;
	struct diags ds;

	ck_assert_ptr_nonnull(strstr(entry, "  #   please\n"));
	arena_init(&a, MAX_POLICY_ARENA);
	s = pasted(entry, budget_of(entry), "DM-2026-09", &ds, &a);
	ck_assert_uint_eq(ds.errors, 0);
	ck_assert_ptr_nonnull(s);
	ck_assert_str_eq(s->title.zh, "课题");
	ck_assert_uint_eq(s->n_requesters, 2);
	ck_assert_str_eq(s->requesters[1].account, WANG_IS);
	ck_assert_str_eq(s->requesters[1].role->id, "viewer");
	ck_assert_uint_eq(s->n_may_use, 2);
	ck_assert_str_eq(s->may_use[1].text, "measure:hba1c");
	ck_assert_uint_eq(s->n_purposes, 2);
	ck_assert_uint_eq(s->kinds, 1u << KIND_COUNT | 1u << KIND_MEAN);
	arena_clear(&a);
}
END_TEST

START_TEST(no_text_of_a_proposal_ends_its_line_its_quotes_or_its_comment)
{
	static const struct {
		const char *title, *want, *note;
	} tricks[] = {
		{ "\\\"}\\\\ requesters: {x: y} #", "\"}\\ requesters: {x: y} #",
			"a\\n  - id: EVIL\\n" },
		{ "': |- & * ! %TAG", "': |- & * ! %TAG", "\\r\\n  - id: EVIL\\r  - id: EVIL" },
		{ "# no comment", "# no comment", "\\n\\n\\n---\\n...\\n" },
		{ "yes: [a, b", "yes: [a, b", "\\t- id: EVIL" },
		{ "“引号”：冒号，{括号}", "“引号”：冒号，{括号}", "：，、「」" },
		{ "\\ud83e\\uddec", "\xf0\x9f\xa7\xac", "\\ud83e\\uddec" },
		{ "\\\\u000a\\\\n", "\\u000a\\n", "\\\\n  - id: EVIL" },
	};
	char body[3000];
	struct arena a;
	struct diags ds;

	for (size_t i = 0; i < sizeof(tricks) / sizeof(tricks[0]); i++) {
		const struct study *s;
		const char *entry;

		snprintf(body, sizeof(body),
			STUDY_OF("{\"en\":\"%s\",\"zh\":\"\"}", LI_ALONE, "\"%s\""),
			tricks[i].title, tricks[i].note);
		entry = entry_of(body);
		arena_init(&a, MAX_POLICY_ARENA);
		s = pasted(entry, "", "DM-2026-09", &ds, &a);
		ck_assert_msg(ds.errors == 0, "%s", entry);
		ck_assert_ptr_nonnull(s);
		ck_assert_str_eq(s->title.en, tricks[i].want);
		ck_assert_str_eq(s->title.zh, tricks[i].want);
		ck_assert_uint_eq(s->n_requesters, 1);
		ck_assert_ptr_null(pasted(entry, "", "EVIL", &ds, &a));
		arena_clear(&a);
	}
}
END_TEST

UNIT_MAIN("proposal", the_entry_passes_the_policys_own_reader,
	no_text_of_a_proposal_ends_its_line_its_quotes_or_its_comment)
