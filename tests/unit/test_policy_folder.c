/*
 * test_policy_folder.c - policies as folders on disk, what is shipped with the programs, and periods.
 */
#include "tests/unit/policies.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "policies/embed.h"
#include "policies/model.h"
#include "policies/periods.h"

/* ---- folders ---- */

static char folder[] = "/tmp/cordon-policy-XXXXXX";

static void put_file(const char *name, const char *text)
{
	char path[512];
	struct error err;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	OK(file_write(path, text, strlen(text), 0600, &err));
}

static void drop_file(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	(void)remove(path);
}

static struct policy *read_folder(void)
{
	struct policy *p = NULL;

	policy_fresh();
	ck_assert_int_eq(policy_read_folder(folder, &policy_arena, &policy_ds, &p) == 0, p != NULL);
	check_policy_sentences();
	return p;
}

/* Names that a terminal shows as something else: people read them in an approval. */
static const char *const misleading[] = { "README\x1b[2J", "README\nx", "README\t",
	"README\xe2\x80\xaetxt.fdp", "\xff.pdf", "a\xc2\x9b.pdf" };

START_TEST(a_folder_takes_its_own_files_and_no_others)
{
	struct policy *p;
	struct hash32 hash;
	uint64_t stamp;

	memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	for (int i = 0; i < P_FILES; i++)
		put_file(policy_names[i], policy_texts[i]);
	p = read_folder();
	ck_assert_msg(p != NULL, "%s", first_error());
	hash = p->hash;
	stamp = policy_folder_stamp(folder);
	ck_assert(stamp == policy_folder_stamp(folder));

	put_file("README.txt", "minutes");
	put_file("tests.yaml", "tests: []\n");
	put_file("approval.yaml", "x");
	ck_assert(stamp != policy_folder_stamp(folder));
	p = read_folder();
	ck_assert_msg(p != NULL, "%s", first_error());
	ck_assert_uint_eq(p->n_files, 8);
	ck_assert(!hash32_equal(&hash, &p->hash)); /* README and tests are hashed */

	hash = p->hash;
	put_file("approval.yaml", "y"); /* which will hold the hash itself */
	p = read_folder();
	ck_assert(hash32_equal(&hash, &p->hash));

	put_file("old.yaml", "x");
	ck_assert_ptr_null(read_folder());
	ck_assert_ptr_nonnull(diag_with("P105"));
	drop_file("old.yaml");
	for (size_t i = 0; i < sizeof(misleading) / sizeof(misleading[0]); i++) {
		put_file(misleading[i], "x");
		ck_assert_msg(read_folder() == NULL, "%zu", i);
		ck_assert_ptr_nonnull(diag_with("P105"));
		drop_file(misleading[i]);
	}
	drop_file("release.yaml");
	ck_assert_ptr_null(read_folder());
	ck_assert_ptr_nonnull(diag_with("P131"));
	drop_file("README.txt");
	drop_file("tests.yaml");
	drop_file("approval.yaml");
	for (int i = 0; i < P_FILES; i++)
		drop_file(policy_names[i]);
	ck_assert_int_eq(rmdir(folder), 0);

	ck_assert_ptr_null(read_folder());
	ck_assert_ptr_nonnull(diag_with("P132"));
}
END_TEST

START_TEST(the_shipped_example_is_good)
{
	struct policy *p = NULL;
	int ret;

	policy_fresh();
	ret = policy_read_folder("policies/examples/omop-hospital", &policy_arena, &policy_ds, &p);
	ck_assert_msg(ret == 0, "%s", first_error());
	ck_assert_uint_eq(policy_ds.warnings, 0);
	ck_assert_str_eq(p->site, "renmin");
}
END_TEST

START_TEST(every_shipped_model_and_preset_is_good)
{
	for (unsigned i = 0; model_ids()[i] != NULL; i++) {
		const struct model *m;

		policy_fresh();
		m = model_shipped(model_ids()[i], &policy_arena, &policy_ds);
		ck_assert_msg(m != NULL, "%s", first_error());
		ck_assert_ptr_nonnull(m->events[EVENT_CONDITION].table);
		ck_assert_ptr_nonnull(m->events[EVENT_MEASUREMENT].value);
	}
	policy_fresh();
	ck_assert_ptr_null(model_shipped("nothing", &policy_arena, &policy_ds));
	for (unsigned i = 0; shipped_preset_ids()[i] != NULL; i++) {
		const char *id = shipped_preset_ids()[i];
		char line[128];
		const struct edit e = { P_POLICY, "extends: [presets/strict, presets/omop-cdm-5.4]",
			line };

		ck_assert_ptr_nonnull(shipped_preset(id));
		snprintf(line, sizeof(line), "extends: [presets/%s]", id);
		(void)policy_with(&e, 1);
		for (size_t k = 0; k < policy_ds.count; k++)
			ck_assert_msg(
				policy_ds.list[k].level != DIAG_ERROR ||
					strncmp(policy_ds.list[k].at.file, "presets/", 8) != 0,
				"%s: %s", id, policy_ds.list[k].en);
	}
}
END_TEST

/* ---- periods ---- */

START_TEST(periods_are_whole)
{
	int32_t day = day_of(2024, 2, 29), y = day_of(2020, 12, 31), first;
	enum truncate t;

	ck_assert_int_eq(period_first(day, TRUNCATE_YEAR), day_of(2024, 1, 1));
	ck_assert_int_eq(period_last(day, TRUNCATE_YEAR), day_of(2024, 12, 31));
	ck_assert_int_eq(period_first(day, TRUNCATE_QUARTER), day_of(2024, 1, 1));
	ck_assert_int_eq(period_last(day, TRUNCATE_QUARTER), day_of(2024, 3, 31));
	ck_assert_int_eq(period_last(day, TRUNCATE_MONTH), day);
	ck_assert_int_eq(period_first(day, TRUNCATE_WEEK), day_of(2024, 2, 26)); /* a Monday */
	ck_assert_int_eq(period_last(day, TRUNCATE_WEEK), day_of(2024, 3, 3));
	ck_assert_int_eq(period_first(day_of(1969, 12, 30), TRUNCATE_WEEK), day_of(1969, 12, 29));
	ck_assert_uint_eq(period_count(day_of(2018, 1, 1), y, TRUNCATE_QUARTER), 12);
	ck_assert_uint_eq(
		period_count(day_of(2019, 12, 31), day_of(2020, 1, 1), TRUNCATE_MONTH), 2);
	ck_assert_uint_eq(period_count(y, day, TRUNCATE_WEEK), 166);
	ck_assert_uint_eq(period_count(day, y, TRUNCATE_YEAR), 0);
	policy_fresh();
	ck_assert_str_eq(period_label(day, TRUNCATE_QUARTER, &policy_arena), "2024-Q1");
	ck_assert_str_eq(period_label(y, TRUNCATE_WEEK, &policy_arena), "2020-W53");
	ck_assert_str_eq(
		period_label(day_of(2021, 1, 4), TRUNCATE_WEEK, &policy_arena), "2021-W01");
	ck_assert(period_contains(TRUNCATE_YEAR, TRUNCATE_MONTH));
	ck_assert(!period_contains(TRUNCATE_MONTH, TRUNCATE_QUARTER));
	ck_assert(!period_contains(TRUNCATE_MONTH, TRUNCATE_WEEK));
	ck_assert(period_contains(TRUNCATE_WEEK, TRUNCATE_WEEK));
	ck_assert(period_contains(TRUNCATE_WEEK, TRUNCATE_DAY));
	ck_assert(!period_contains(TRUNCATE_DAY, TRUNCATE_WEEK));
	ck_assert_int_eq(period_first(day, TRUNCATE_DAY), day);
	ck_assert_int_eq(period_last(day, TRUNCATE_DAY), day);
	ck_assert_uint_eq(period_count(y, day, TRUNCATE_DAY), (unsigned)(day - y) + 1);
	ck_assert_str_eq(period_label(day, TRUNCATE_DAY, &policy_arena), "2024-02-29");
	ck_assert(period_parse("2024-02-29", &t, &first) && t == TRUNCATE_DAY && first == day);
	ck_assert(!period_parse("2024-02-30", &t, &first));
}
END_TEST

UNIT_MAIN("policy_folder", a_folder_takes_its_own_files_and_no_others, the_shipped_example_is_good,
	every_shipped_model_and_preset_is_good, periods_are_whole)
