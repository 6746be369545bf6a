/*
 * test_attacks.c - the forbidden questions of tests/corpus/questions: each is refused by exactly the rule that its
 * entry names, at the place it names, and for no other reason; what leaves the hospital tells nothing of its reasons.
 */
#include <ctype.h>

#include "base/clock.h"
#include "policies/decide/decide.h"
#include "tests/unit/corpus.h"
#include "tests/unit/vocabulary.h"

#define QUESTIONS  "tests/corpus/questions/"
#define VOCABULARY "tests/corpus/vocabulary.txt"

static const char *const themes[] = { "codes", "cohorts", "columns", "form", "kinds", "limits",
	"people", "release",
	"values" };

enum {
	THEMES = sizeof(themes) / sizeof(themes[0]),
	FORBIDDEN = 500 /* at least so many, all themes together */
};

/* One policy, read once for all entries that do not edit it. */
struct fixture {
	struct corpus_folder folder;
	struct arena arena, words;
	struct diags ds;
	struct policy *policy;
};

struct trial {
	const struct corpus_entry *e;
	const struct corpus_folder *folder;
	const struct policy *policy;
	const char *text; /* of the question, as read */
	size_t len;
	struct arena arena;
	struct diags ds;
	char wrong[1200]; /* empty: as the entry says */
};

static void wrong(struct trial *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void wrong(struct trial *t, const char *fmt, ...)
{
	va_list args;

	if (t->wrong[0] != '\0')
		return;
	va_start(args, fmt);
	vsnprintf(t->wrong, sizeof(t->wrong), fmt, args);
	va_end(args);
}

/* ---- the question ---- */

/* "DM", "DM histogram", "DM count registry" as the first line stand for study, kind and dataset. */
static void write_question(struct trial *t)
{
	const char *s = t->e->body, *end = s == NULL ? NULL : strchr(s, '\n');
	char first[160], study[64], kind[32] = "count", dataset[64] = "omop";
	struct text out;

	t->text = s == NULL ? "" : s;
	t->len = t->e->len;
	if (end == NULL || end - s >= 100 || !isupper((unsigned char)s[0]) ||
		memchr(s, ':', (size_t)(end - s)) != NULL)
		return;
	snprintf(first, sizeof(first), "%.*s", (int)(end - s), s);
	sscanf(first, "%63s %31s %63s", study, kind, dataset);
	text_init(&out, CORPUS_BYTES);
	text_addf(&out, "study: %s\nkind: %s\ndataset: %s\n", study, kind, dataset);
	text_addn(&out, end + 1, t->len - (size_t)(end + 1 - s));
	t->text = arena_textn(&t->arena, text_str(&out), out.len);
	t->len = out.len;
	text_clear(&out);
}

static bool is_code(const char *rule)
{
	return strlen(rule) >= 4 && strchr("QP", rule[0]) != NULL &&
	       isdigit((unsigned char)rule[1]) && (rule[4] == '\0' || rule[4] == ' ');
}

/* Whether `word` is among the words of the list. */
static bool lists(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; at != NULL && *at != '\0'; at = strchr(at, ' ')) {
		at += strspn(at, " ");
		if (strncmp(at, word, len) == 0 && (at[len] == ' ' || at[len] == '\0'))
			return true;
	}
	return false;
}

/* ---- places ---- */

/* The text that stands at line and column, columns counted in characters; NULL outside. */
static const char *text_at(const char *s, const struct place *p)
{
	for (unsigned line = 1; s != NULL && line < p->line; line++) {
		s = strchr(s, '\n');
		s = s == NULL ? NULL : s + 1;
	}
	for (unsigned column = 1; s != NULL && column < p->column && *s != '\0'; column++)
		do
			s++;
		while (((unsigned char)*s & 0xC0) == 0x80);
	return p->line == 0 ? NULL : s;
}

static void check_at(struct trial *t, const char *key, const char *file, const struct place *at)
{
	const char *want = corpus_get(t->e, key), *there = text_at(file, at);

	if (want != NULL && (there == NULL || strncmp(there, want, strlen(want)) != 0))
		wrong(t, "%s is %s:%u:%u, where '%.40s' stands, not '%s'", key,
			at->file == NULL ? "" : at->file, at->line, at->column,
			there == NULL ? "" : there, want);
}

static void check_places(struct trial *t, const struct finding *f)
{
	struct corpus_folder *folder = (struct corpus_folder *)(uintptr_t)t->folder;
	const struct corpus_file *file =
		f->at.file == NULL ? NULL : folder_file(folder, f->at.file);

	check_at(t, "at", file == NULL ? NULL : file->bytes, &f->at);
	check_at(t, "asked", t->text, &f->asked_at);
}

/* ---- the decision ---- */

static void check_sentence(struct trial *t, const char *s, bool outside)
{
	if (s == NULL || s[0] == '\0' || !utf8_valid(s, strlen(s)) || strlen(s) > MAX_SAY)
		wrong(t, "no sentence: '%.80s'", s == NULL ? "" : s);
	else if (outside && strstr(s, "inside") != NULL)
		wrong(t, "tells what stays inside: %s", s);
}

static void check_sentences(struct trial *t, const struct verdict *v)
{
	for (unsigned i = 0; i < v->n_chain; i++) {
		check_sentence(t, v->chain[i].say.en, false);
		check_sentence(t, v->chain[i].say.zh, false);
		if (v->chain[i].deny) {
			check_sentence(t, v->chain[i].outside.en, true);
			check_sentence(t, v->chain[i].outside.zh, true);
		}
	}
}

/* Every word of the list is met by a denial of the chain. */
static void check_also(struct trial *t, const char *list, const struct verdict *all)
{
	char copy[400], *save;

	snprintf(copy, sizeof(copy), "%s", list == NULL ? "" : list);
	for (char *word = strtok_r(copy, " ", &save); word != NULL;
		word = strtok_r(NULL, " ", &save)) {
		bool met = false;

		for (unsigned i = 0; i < all->n_chain; i++)
			met = met || (all->chain[i].deny && strcmp(all->chain[i].rule, word) == 0);
		if (!met)
			wrong(t, "not refused by %s too", word);
	}
}

static void check_refusal(struct trial *t, const struct verdict *first, const struct verdict *all)
{
	const char *rule = corpus_get(t->e, "rule"), *also = corpus_get(t->e, "also");

	if (first->allow || all->allow || first->plan != NULL) {
		wrong(t, "allowed");
		return;
	}
	if (strcmp(first->first.rule, rule) != 0 || strcmp(all->first.rule, rule) != 0)
		wrong(t, "refused by %s: %s", first->first.rule, first->first.say.en);
	for (unsigned i = 0; i < all->n_chain; i++)
		if (all->chain[i].deny && strcmp(all->chain[i].rule, rule) != 0 &&
			!lists(also, all->chain[i].rule))
			wrong(t, "refused by %s too: %s", all->chain[i].rule, all->chain[i].say.en);
	check_also(t, also, all);
	check_places(t, &first->first);
	check_sentences(t, all);
}

static int32_t day_of_entry(const struct corpus_entry *e)
{
	int32_t day = 0;

	ck_assert_msg(day_parse(corpus_get(e, "on"), &day), "%s:%u: no day", e->file, e->line);
	return day;
}

static void decide_trial(struct trial *t, const struct question *q)
{
	const char *rule = corpus_get(t->e, "rule"), *vocabulary = corpus_get(t->e, "vocabulary");
	const char *knows = corpus_get(t->e, "knows");
	struct red_codes *red;
	struct asking who = { .today = day_of_entry(t->e) };
	struct verdict first, all;
	struct error err;
	size_t len;

	who.requester = corpus_expand(&t->arena, corpus_get(t->e, "who"), &len);
	red = vocabulary_for(t->policy, &t->arena, VOCABULARY, true);
	if (knows != NULL)
		red->systems = system_bits(knows);
	who.red = vocabulary == NULL ? red : NULL;
	OK(decide(t->policy, q, &who, &t->arena, &first, &err));
	who.every_failure = true;
	OK(decide(t->policy, q, &who, &t->arena, &all, &err));
	if (strcmp(rule, "allowed") != 0)
		check_refusal(t, &first, &all);
	else if (!first.allow || !all.allow)
		wrong(t, "refused by %s: %s", first.first.rule, first.first.say.en);
}

/* ---- one entry ---- */

static void check_reading(struct trial *t)
{
	const char *rule = corpus_get(t->e, "rule");

	if (t->ds.errors == 0)
		wrong(t, "read");
	for (size_t i = 0; i < t->ds.count; i++)
		if (!lists(rule, t->ds.list[i].code))
			wrong(t, "%s: %s", t->ds.list[i].code, t->ds.list[i].en);
	for (const char *code = rule; code != NULL; code = strchr(code, ' ')) {
		bool met = false;

		code += strspn(code, " ");
		for (size_t i = 0; i < t->ds.count; i++)
			met = met || strncmp(code, t->ds.list[i].code, 4) == 0;
		if (!met)
			wrong(t, "not refused with %.4s too", code);
	}
	if (t->ds.count > 0)
		check_at(t, "asked", t->text, &t->ds.list[0].at);
}

static void wrong_policy(struct trial *t, const struct diags *ds)
{
	for (size_t i = 0; i < ds->count; i++)
		if (ds->list[i].level == DIAG_ERROR)
			wrong(t, "the policy: %s:%u: %s", ds->list[i].at.file, ds->list[i].at.line,
				ds->list[i].en);
}

static bool read_policy(struct fixture *f)
{
	arena_init(&f->arena, MAX_POLICY_ARENA);
	arena_init(&f->words, MAX_QUERY_ARENA);
	diags_init(&f->ds, &f->words);
	f->policy = folder_policy(&f->folder, &f->arena, &f->ds);
	return f->policy != NULL;
}

static void end_policy(struct fixture *f)
{
	folder_clear(&f->folder);
	arena_clear(&f->arena);
	arena_clear(&f->words);
}

static void run_question(struct trial *t)
{
	struct question *q = NULL;
	int ret;

	diags_init(&t->ds, &t->arena);
	write_question(t);
	ret = question_read("q.yaml", t->text, t->len, &t->arena, &t->ds, &q);
	if (is_code(corpus_get(t->e, "rule")))
		check_reading(t);
	else if (ret != 0)
		wrong(t, "not read: %s", t->ds.count > 0 ? t->ds.list[0].en : "");
	else
		decide_trial(t, q);
}

/* Prints what is wrong; whether all was right. */
static bool run_entry(const struct corpus_entry *e, struct fixture *shared)
{
	struct fixture own = { .policy = NULL };
	struct trial t = { .e = e, .folder = &shared->folder, .policy = shared->policy };
	const char *path = corpus_get(e, "policy");

	ck_assert_msg(corpus_get(e, "rule") != NULL, "%s:%u: no rule", e->file, e->line);
	arena_init(&t.arena, 32 << 20);
	folder_read(&own.folder, path, "");
	if (folder_edit(&own.folder, &t.arena, e) || strcmp(path, "tests/corpus/policy") != 0) {
		if (!read_policy(&own))
			wrong_policy(&t, &own.ds);
		t.policy = own.policy;
		t.folder = &own.folder;
	}
	if (t.policy != NULL)
		run_question(&t);
	if (t.wrong[0] != '\0')
		fprintf(stderr, "%s:%u: %s\n    %s\n", e->file, e->line, e->name, t.wrong);
	arena_clear(&t.arena);
	end_policy(&own);
	return t.wrong[0] == '\0';
}

static void read_theme(struct corpus *c, int i)
{
	char path[120];

	snprintf(path, sizeof(path), QUESTIONS "%s.txt", themes[i]);
	corpus_read(c, path);
}

START_TEST(every_forbidden_question_meets_its_rule)
{
	struct fixture shared = { .policy = NULL };
	struct corpus c;
	unsigned failed = 0;

	folder_read(&shared.folder, "tests/corpus/policy", "");
	ck_assert_msg(read_policy(&shared), "the policy of the corpus: %s",
		shared.ds.count > 0 ? shared.ds.list[0].en : "");
	read_theme(&c, _i);
	ck_assert_uint_gt(c.n, 0);
	for (unsigned i = 0; i < c.n; i++)
		failed += !run_entry(&c.entries[i], &shared);
	ck_assert_msg(failed == 0, "%u of %u entries of %s", failed, c.n, themes[_i]);
	arena_clear(&c.arena);
	end_policy(&shared);
}
END_TEST

/* Whether two entries try the same: what stands in them apart from what they expect. */
static bool same_attempt(const struct corpus_entry *a, const struct corpus_entry *b)
{
	static const char *const tried[] = { "policy", "who", "on", "knows", "vocabulary", "in",
		"-", "+" };

	if (a->len != b->len || (a->len > 0 && memcmp(a->body, b->body, a->len) != 0))
		return false;
	for (size_t i = 0; i < sizeof(tried) / sizeof(tried[0]); i++) {
		const char *x = corpus_get(a, tried[i]), *y = corpus_get(b, tried[i]);

		if ((x == NULL) != (y == NULL) || (x != NULL && strcmp(x, y) != 0))
			return false;
	}
	return true;
}

START_TEST(the_corpus_is_large_and_tries_nothing_twice)
{
	static struct corpus all[THEMES];
	unsigned forbidden = 0;

	for (int i = 0; i < (int)THEMES; i++) {
		read_theme(&all[i], i);
		for (unsigned k = 0; k < all[i].n; k++) {
			const struct corpus_entry *e = &all[i].entries[k];

			forbidden += strcmp(corpus_get(e, "rule"), "allowed") != 0;
			for (int j = 0; j <= i; j++)
				for (unsigned m = 0; m < (j == i ? k : all[j].n); m++)
					ck_assert_msg(!same_attempt(&all[j].entries[m], e),
						"%s:%u: '%s' is there already: line %u of %s",
						e->file, e->line, e->name, all[j].entries[m].line,
						all[j].entries[m].file);
		}
	}
	printf("%u forbidden questions\n", forbidden);
	ck_assert_uint_ge(forbidden, FORBIDDEN);
	for (int i = 0; i < (int)THEMES; i++)
		arena_clear(&all[i].arena);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("attacks");
	TCase *c = tcase_create("attacks");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 120);
	tcase_add_loop_test(c, every_forbidden_question_meets_its_rule, 0, THEMES);
	tcase_add_test(c, the_corpus_is_large_and_tries_nothing_twice);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
