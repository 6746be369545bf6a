/*
 * test_broken.c - the broken policy folders of tests/corpus/broken: each meets exactly the errors that its entry names,
 * at exactly these places, written to disk and read as an agent reads it. And every code that the sources know is met.
 */
#include <ctype.h>

#include "tests/unit/corpus.h"

#define BROKEN "tests/corpus/broken/"

static const char *const themes[] = { "bytes", "cohorts", "folder", "models", "policy", "queries", "red-list", "release",
	"studies" };

enum {
	THEMES = sizeof(themes) / sizeof(themes[0]),
	FOLDERS = 200,
	MAX_WRONG = 2000
};

/* Codes that no folder of files alone can meet. */
static const struct {
	const char *code, *why;
} elsewhere[] = {
	{ "P109", "a text that does not fit into the arena; a file over its bound is P132 before" },
	{ "P201", "check --db" },
	{ "P241", "check --db" },
	{ "P242", "check --db" },
	{ "P243", "check --db" },
	{ "P244", "check --db" },
	{ "P245", "check --db" },
	{ "P246", "check --db" },
	{ "P247", "check --db" },
	{ "P248", "check --db" },
	{ "P249", "check --db" },
	{ "P250", "check --db" },
	{ "P371", "a checker that is missing or broken: tests/scenario/cohort.sh" },
	{ "P353", "a notice, no error" },
	{ "P404", "the agent's configuration: who approves" },
	{ "P401", "a running agent: the folder of another site" },
	{ "P402", "a running agent: changed without a higher version" },
	{ "P403", "a running agent: older than a version that ran" },
};

static char path[] = "/tmp/cordon-broken-XXXXXX";

/* ---- one folder ---- */

/* "P111 policy.yaml:7:1", without a line where there is none: "P131 release.yaml". */
static void finding(const struct diag *d, char out[300])
{
	const char *file = d->at.file == NULL ? "-" : d->at.file;

	if (d->at.line == 0)
		snprintf(out, 300, "%s %s", d->code, file);
	else
		snprintf(out, 300, "%s %s:%u:%u", d->code, file, d->at.line, d->at.column);
}

static bool expects(const struct corpus_entry *e, const char *what)
{
	for (unsigned i = 0; i < e->n_keys; i++)
		if (strcmp(e->keys[i].key, "error") == 0 && strcmp(e->keys[i].value, what) == 0)
			return true;
	return false;
}

static bool found(const struct diags *ds, const char *want)
{
	char one[300];

	for (size_t i = 0; i < ds->count; i++) {
		finding(&ds->list[i], one);
		if (ds->list[i].level == DIAG_ERROR && strcmp(one, want) == 0)
			return true;
	}
	return false;
}

static void complain(
	const struct corpus_entry *e, const char *how, const char *what, const char *say)
{
	fprintf(stderr, "%s:%u: %s\n    %s %s %s\n", e->file, e->line, e->name, how, what, say);
}

static bool check_found(const struct corpus_entry *e, const struct diags *ds, bool read)
{
	bool good = true;
	char one[300];

	for (size_t i = 0; i < ds->count; i++) {
		const struct diag *d = &ds->list[i];

		finding(d, one);
		if (!utf8_valid(d->en, strlen(d->en)) || !utf8_valid(d->zh, strlen(d->zh)) ||
			d->en[0] == '\0' || d->zh[0] == '\0') {
			complain(e, "is no sentence:", one, d->en);
			good = false;
		}
		if (d->level == DIAG_ERROR && !expects(e, one)) {
			complain(e, "error:", one, d->en);
			good = false;
		}
	}
	for (unsigned i = 0; i < e->n_keys; i++)
		if (strcmp(e->keys[i].key, "error") == 0 && !found(ds, e->keys[i].value)) {
			complain(e, "not met:", e->keys[i].value, "");
			good = false;
		}
	if (read != (corpus_get(e, "error") == NULL)) {
		complain(e, read ? "was read" : "was not read", "", "");
		good = false;
	}
	return good;
}

/* What only a file system has: "link: NAME -> TARGET", "folder: NAME", "minutes: 300" (files of minutes). */
static void add_specials(const struct corpus_entry *e)
{
	char full[400], name[100], target[200];
	struct error err;

	for (unsigned i = 0; i < e->n_keys; i++) {
		const char *key = e->keys[i].key, *value = e->keys[i].value;

		if (strcmp(key, "folder") == 0) {
			snprintf(full, sizeof(full), "%s/%s", path, value);
			ck_assert_int_eq(mkdir(full, 0700), 0);
		} else if (strcmp(key, "minutes") == 0) {
			for (long n = strtol(value, NULL, 10); n > 0; n--) {
				snprintf(full, sizeof(full), "%s/%ld.pdf", path, n);
				OK(file_write(full, "x", 1, 0600, &err));
			}
		} else if (strcmp(key, "link") == 0) {
			ck_assert_int_eq(sscanf(value, "%99s -> %199s", name, target), 2);
			snprintf(full, sizeof(full), "%s/%s", path, name);
			(void)unlink(full);
			ck_assert_int_eq(symlink(target, full), 0);
		}
	}
}

static bool run_entry(const struct corpus_entry *e)
{
	static struct corpus_folder folder;
	struct arena arena, words;
	struct diags ds;
	struct policy *p = NULL;
	bool good;

	arena_init(&arena, MAX_POLICY_ARENA);
	arena_init(&words, MAX_POLICY_ARENA);
	diags_init(&ds, &words);
	folder_read(&folder, "tests/corpus/policy", "");
	(void)folder_edit(&folder, &words, e);
	memcpy(path + strlen(path) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(path));
	folder_write(&folder, path);
	add_specials(e);
	good = policy_read_folder(path, &arena, &ds, &p) == 0;
	ck_assert_int_eq(good, p != NULL);
	good = check_found(e, &ds, good);
	folder_remove(path, true);
	folder_clear(&folder);
	arena_clear(&arena);
	arena_clear(&words);
	return good;
}

static void read_theme(struct corpus *c, int i)
{
	char name[120];

	snprintf(name, sizeof(name), BROKEN "%s.txt", themes[i]);
	corpus_read(c, name);
}

START_TEST(every_broken_folder_meets_its_errors)
{
	struct corpus c;
	unsigned failed = 0;

	read_theme(&c, _i);
	ck_assert_uint_gt(c.n, 0);
	for (unsigned i = 0; i < c.n; i++)
		failed += !run_entry(&c.entries[i]);
	ck_assert_msg(failed == 0, "%u of %u entries of %s", failed, c.n, themes[_i]);
	arena_clear(&c.arena);
}
END_TEST

/* ---- every code ---- */

static bool is_elsewhere(const char *code)
{
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
		if (strcmp(elsewhere[i].code, code) == 0)
			return true;
	return false;
}

/* Every "P123" of a source file that is neither expected by an entry nor in the list above. */
static unsigned missing_of(const char *source, char (*met)[8], unsigned n_met)
{
	struct error err;
	uint8_t *bytes;
	size_t len;
	unsigned missing = 0;

	OK(file_read(source, CORPUS_BYTES, &bytes, &len, &err));
	for (size_t i = 0; i + 6 <= len; i++) {
		const char *s = (const char *)bytes + i;
		char code[8] = "";
		bool known = false;

		if (s[0] != '"' || s[1] != 'P' || s[5] != '"' || !isdigit((unsigned char)s[2]) ||
			!isdigit((unsigned char)s[3]) || !isdigit((unsigned char)s[4]))
			continue;
		memcpy(code, s + 1, 4);
		for (unsigned k = 0; k < n_met && !known; k++)
			known = strcmp(met[k], code) == 0;
		if (!known && !is_elsewhere(code)) {
			fprintf(stderr, "%s has %s, which no broken folder meets\n", source, code);
			missing++;
		}
	}
	free(bytes);
	return missing;
}

static unsigned missing_in(const char *folder, char (*met)[8], unsigned n_met)
{
	DIR *dir = opendir(folder);
	const struct dirent *d;
	unsigned missing = 0;

	ck_assert_ptr_nonnull(dir);
	while ((d = readdir(dir)) != NULL) {
		size_t len = strlen(d->d_name);
		char full[400];

		if (len < 3 || strcmp(d->d_name + len - 2, ".c") != 0)
			continue;
		snprintf(full, sizeof(full), "%s/%s", folder, d->d_name);
		missing += missing_of(full, met, n_met);
	}
	closedir(dir);
	return missing;
}

START_TEST(every_code_of_the_sources_is_met)
{
	static char met[MAX_WRONG][8];
	unsigned n_met = 0, folders = 0;

	for (int i = 0; i < (int)THEMES; i++) {
		struct corpus c;

		read_theme(&c, i);
		for (unsigned k = 0; k < c.n; k++) {
			const struct corpus_entry *e = &c.entries[k];

			folders += corpus_get(e, "error") != NULL;
			for (unsigned j = 0; j < e->n_keys; j++)
				if (strcmp(e->keys[j].key, "error") == 0 && n_met < MAX_WRONG)
					snprintf(met[n_met++], 8, "%.4s", e->keys[j].value);
		}
		arena_clear(&c.arena);
	}
	printf("%u broken folders\n", folders);
	ck_assert_uint_ge(folders, FOLDERS);
	ck_assert_uint_eq(missing_in("policies", met, n_met) + missing_in("base", met, n_met), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("broken");
	TCase *c = tcase_create("broken");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 120);
	tcase_add_loop_test(c, every_broken_folder_meets_its_errors, 0, THEMES);
	tcase_add_test(c, every_code_of_the_sources_is_met);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
