/*
 * test_vocabulary_file.c - concepts to search: making the file of OMOP files, and finding things in it.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "tests/unit/unit.h"
#include "vocabulary/vocabulary.h"
#include "vocabulary/words.h"

static struct error err;
static struct arena arena;
static struct diags ds;
static struct vocabulary_made made;
static char folder[64], path[96];

static const char concepts[] =
	"concept_id\tconcept_name\tdomain_id\tvocabulary_id\tconcept_class_id\tstandard_concept\tconcept_code\n"
	"0\tNo matching concept\tMetadata\tNone\tUndefined\t\tNo matching concept\n"
	"201826\tType 2 diabetes mellitus\tCondition\tSNOMED\tDisorder\tS\t44054006\n"
	"201820\tDiabetes mellitus\tCondition\tSNOMED\tDisorder\tS\t73211009\n"
	"4193704\tType 2 diabetes mellitus \"without\" complication\tCondition\tSNOMED\tDisorder\tS\t313436004\n"
	"1567956\tType 2 diabetes mellitus\tCondition\tICD10CM\t3-char\t\tE11\n"
	"35206882\tType 2 diabetes mellitus without complications\tCondition\tICD10CM\t4-char\t\tE11.9\n"
	"3004410\tHemoglobin A1c\tMeasurement\tLOINC\tLab\tS\t4548-4\n"
	"1503297\tmetformin\tDrug\tRxNorm\tIngredient\tS\t6809\n"
	"255573\tM\xc3\xa9nière's disease\tCondition\tSNOMED\tDisorder\tS\t13445001\n";
static const char ancestors[] =
	"ancestor_concept_id\tdescendant_concept_id\tmin_levels_of_separation\tmax_levels_of_separation\n"
	"201820\t201820\t0\t0\n201820\t201826\t1\t1\n201826\t4193704\t1\t1\n201820\t4193704\t2\t2\n"
	"201826\t201826\t0\t0\n99\t201826\t1\t1\n";
static const char synonyms[] =
	"concept_id,concept_synonym_name,language_concept_id\r\n"
	"201826,2型糖尿病,4182948\r\n201820,糖尿病,4182948\r\n3004410,\"糖化血红蛋白, \"\"A1c\"\"\",4182948\r\n"
	"201820,Zuckerkrankheit,4182504\r\n1503297,\"Glucophage, generic\",4180186\r\n";
static const char relations[] =
	"concept_id_1\tconcept_id_2\trelationship_id\tinvalid_reason\n"
	"1567956\t201826\tMaps to\t\n201826\t201826\tMaps to\t\n35206882\t201820\tMaps to\tD\n"
	"201826\t201820\tIs a\t\n";

static void put(const char *name, const char *text)
{
	char file[160];

	snprintf(file, sizeof(file), "%s/%s", folder, name);
	OK(file_write(file, text, strlen(text), 0600, &err));
}

static void begin(void)
{
	arena_init(&arena, 16 << 20);
	diags_init(&ds, &arena);
	snprintf(folder, sizeof(folder), "/tmp/cordon-vocabulary-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/concepts.db", folder);
	put("CONCEPT.csv", concepts);
	put("concept_ancestor.csv", ancestors);
	put("CONCEPT_SYNONYM.csv", synonyms);
	put("CONCEPT_RELATIONSHIP.csv", relations);
}

static void end(void)
{
	static const char *const names[] = { "CONCEPT.csv", "concept_ancestor.csv",
		"CONCEPT_SYNONYM.csv", "CONCEPT_RELATIONSHIP.csv", "concepts.db" };
	char file[160];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(file, sizeof(file), "%s/%s", folder, names[i]);
		unlink(file);
	}
	ck_assert_int_eq(rmdir(folder), 0);
	arena_clear(&arena);
}

static struct vocabulary *ready(void)
{
	struct vocabulary *v;

	begin();
	OK(vocabulary_make(path, folder, NULL, NULL, &made, &ds, &err));
	OK(vocabulary_open(&v, path, &err));
	return v;
}

static void done(struct vocabulary *v)
{
	vocabulary_close(v);
	end();
}

/* Ids in their order: "201826 201820". */
static const char *found_in(struct vocabulary *v, const char *words, const char *domain)
{
	static char out[400];
	struct concept_page page;
	size_t n = 0;

	out[0] = '\0';
	OK(vocabulary_search(v, words, domain, "", 20, &arena, &page, &err));
	for (size_t i = 0; i < page.n; i++)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%lld", i > 0 ? " " : "",
			(long long)page.list[i].id);
	return out;
}
#define FINDS(words, want) ck_assert_str_eq(found_in(v, words, NULL), want)

START_TEST(a_folder_becomes_one_file)
{
	struct vocabulary *v = ready();
	struct stat st;

	ck_assert_uint_eq(made.concepts, 8);
	ck_assert_uint_eq(made.standard, 6);
	ck_assert_uint_eq(made.chinese, 3);
	ck_assert_uint_eq(made.edges, 2);
	ck_assert_int_eq(stat(path, &st), 0);
	snprintf(path + strlen(path), 8, ".part");
	ck_assert_int_ne(stat(path, &st), 0);
	path[strlen(path) - 5] = '\0';
	done(v);
}
END_TEST

START_TEST(words_find_names_standard_and_short_ones_first)
{
	struct vocabulary *v = ready();

	FINDS("diabetes", "201820 201826 4193704 1567956 35206882");
	FINDS("DIABET mell", "201820 201826 4193704 1567956 35206882");
	FINDS("type 2 without", "4193704 35206882");
	FINDS("meniere", "255573");
	FINDS("glucophage", "1503297");
	FINDS("Zuckerkrankheit", "");
	FINDS("nothing", "");
	FINDS("No matching concept", "");
	done(v);
}
END_TEST

START_TEST(chinese_words_of_one_two_and_more_characters_are_found)
{
	struct vocabulary *v = ready();

	FINDS("糖尿", "201820 201826");
	FINDS("糖", "3004410 201820 201826");
	FINDS("2型糖尿病", "201826");
	FINDS("血红蛋白 A1c", "3004410");
	FINDS("尿糖", ""); /* not side by side in this order */
	done(v);
}
END_TEST

START_TEST(ids_and_codes_are_found_directly)
{
	struct vocabulary *v = ready();

	FINDS("201826", "201826");
	/* what E11 maps to comes first: it is the standard concept; an invalid mapping is none */
	FINDS("E11", "201826 1567956 35206882");
	FINDS("e11.9", "35206882");
	FINDS("E119", "35206882");
	FINDS("4548-4", "3004410");
	FINDS("44054006", "201826");
	done(v);
}
END_TEST

START_TEST(a_domain_narrows)
{
	struct vocabulary *v = ready();

	ck_assert_str_eq(found_in(v, "m", "Drug"), "1503297");
	ck_assert_str_eq(found_in(v, "E11", "Drug"), "");
	ck_assert_str_eq(found_in(v, "201826", "Measurement"), "");
	done(v);
}
END_TEST

START_TEST(pages_give_everything_once)
{
	struct vocabulary *v = ready();
	static const char *const words[] = { "diabetes", "E11", "2" };
	char after[AFTER_BYTES], all[400], pages[400];
	struct concept_page page;
	size_t n;

	for (size_t w = 0; w < 3; w++) {
		snprintf(all, sizeof(all), "%s", found_in(v, words[w], NULL));
		after[0] = '\0';
		n = 0;
		do {
			OK(vocabulary_search(v, words[w], NULL, after, 1, &arena, &page, &err));
			ck_assert_uint_le(page.n, 1);
			if (page.n == 1)
				n += (size_t)snprintf(pages + n, sizeof(pages) - n, "%s%lld",
					n > 0 ? " " : "", (long long)page.list[0].id);
			memcpy(after, page.after, sizeof(after));
		} while (after[0] != '\0');
		ck_assert_str_eq(pages, all);
	}
	FAILS(vocabulary_search(v, "x", NULL, "9-1", 1, &arena, &page, &err), E_INPUT);
	FAILS(vocabulary_search(v, "x", NULL, "1'--", 1, &arena, &page, &err), E_INPUT);
	done(v);
}
END_TEST

START_TEST(what_people_type_is_never_syntax)
{
	static const char *const hostile[] = { "\"", "\"\"\"", "a\" OR \"b", "NEAR(a b)", "name:x",
		"* OR *", "^diabetes", "-diabetes", "a AND NOT b", "(", "')--", "{name domain}: x", "\xff\xfe",
		"糖\"尿", "a+b", "%", "_", "’", "\x01", "condition:", "" };
	struct vocabulary *v = ready();
	struct concept_page page;
	char many[MAX_WORDS + 1];

	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++)
		OK(vocabulary_search(v, hostile[i], NULL, "", 20, &arena, &page, &err));
	FINDS("^diabetes*", "201820 201826 4193704 1567956 35206882");
	FINDS("domain:Condition", "");
	for (size_t i = 0; i < MAX_WORDS; i++)
		many[i] = i % 2 == 0 ? 'a' : ' ';
	many[MAX_WORDS] = '\0';
	FAILS(vocabulary_search(v, many, NULL, "", 20, &arena, &page, &err), E_INPUT);
	many[31] = '\0'; /* sixteen */
	FINDS(many, "3004410");
	done(v);
}
END_TEST

START_TEST(a_concept_tells_what_is_right_above_and_below)
{
	struct vocabulary *v = ready();
	struct concept_tree tree;

	ck_assert_int_eq(vocabulary_tree(v, 201826, &arena, &tree, &err), 1);
	ck_assert_str_eq(tree.self.zh, "2型糖尿病");
	ck_assert_int_eq(tree.self.descendants, 1);
	ck_assert_uint_eq(tree.n_parents, 1);
	ck_assert_int_eq(tree.parents[0].id, 201820);
	ck_assert_int_eq(tree.parents[0].descendants, 2);
	ck_assert_uint_eq(tree.n_children, 1);
	ck_assert_str_eq(tree.children[0].name, "Type 2 diabetes mellitus \"without\" complication");
	ck_assert(!tree.more);
	ck_assert_int_eq(vocabulary_tree(v, 5, &arena, &tree, &err), 0);
	done(v);
}
END_TEST

START_TEST(more_children_than_are_told_are_said_to_be_there)
{
	struct vocabulary *v;
	struct concept_tree tree;
	struct text c, a;

	begin();
	text_init(&c, 1 << 20);
	text_init(&a, 1 << 20);
	text_add(&c, "concept_id,concept_name,domain_id,vocabulary_id,concept_code,standard_concept\n");
	text_add(&a, "ancestor_concept_id,descendant_concept_id,min_levels_of_separation\n");
	for (int i = 1; i <= MAX_NEAR + 2; i++) {
		text_addf(&c, "%d,\"concept, number %d\",Condition,X,c%d,S\n", i, i, i);
		if (i > 1)
			text_addf(&a, "1,%d,1\n", i);
	}
	put("CONCEPT.csv", text_str(&c));
	put("concept_ancestor.csv", text_str(&a));
	OK(vocabulary_make(path, folder, NULL, NULL, &made, &ds, &err));
	OK(vocabulary_open(&v, path, &err));
	ck_assert_int_eq(vocabulary_tree(v, 1, &arena, &tree, &err), 1);
	ck_assert_uint_eq(tree.n_children, MAX_NEAR);
	ck_assert(tree.more);
	text_clear(&c);
	text_clear(&a);
	done(v);
}
END_TEST

/* ---- strict reading ---- */

static void broken(const char *file, const char *text, const char *code, unsigned line)
{
	begin();
	put(file, text);
	FAILS(vocabulary_make(path, folder, NULL, NULL, &made, &ds, &err), E_INPUT);
	ck_assert_str_eq(ds.list[0].code, code);
	ck_assert_str_eq(ds.list[0].at.file, file);
	ck_assert_uint_eq(ds.list[0].at.line, line);
	ck_assert(!file_there(path)); /* nothing was left behind */
	end();
}

START_TEST(what_is_wrong_is_told_by_file_and_line)
{
	broken("CONCEPT.csv", "concept_id\tconcept_name\n1\ta\n", "V101", 1);
	broken("CONCEPT.csv", "", "V101", 0);
	broken("concept_ancestor.csv",
		"ancestor_concept_id,descendant_concept_id,min_levels_of_separation\n1,2,1\n1,x,1\n", "V106", 3);
	broken("concept_ancestor.csv",
		"ancestor_concept_id,descendant_concept_id,min_levels_of_separation\n1,2\n", "V105", 2);
	broken("CONCEPT_SYNONYM.csv", "concept_id,concept_synonym_name,language_concept_id\n1,\"a,2\n",
		"V104", 2);
	broken("CONCEPT_SYNONYM.csv", "concept_id,concept_synonym_name,language_concept_id\n1,\xff,2\n",
		"V103", 2);
	broken("CONCEPT_SYNONYM.csv", "concept_id,concept_synonym_name,language_concept_id\n-1,a,4182948\n",
		"V106", 2);
}
END_TEST

START_TEST(a_file_that_is_no_vocabulary_is_not_opened)
{
	struct vocabulary *v;

	begin();
	FAILS(vocabulary_open(&v, path, &err), E_SYSTEM);
	put("concepts.db", "this is no database at all, but long enough to look like one .......");
	FAILS(vocabulary_open(&v, path, &err), E_INPUT);
	end();
}
END_TEST

START_TEST(without_concepts_there_is_no_file)
{
	char file[160];

	begin();
	snprintf(file, sizeof(file), "%s/CONCEPT.csv", folder);
	unlink(file);
	FAILS(vocabulary_make(path, folder, NULL, NULL, &made, &ds, &err), E_SYSTEM);
	ck_assert(!file_there(path));
	end();
}
END_TEST

UNIT_MAIN("vocabulary_file", a_folder_becomes_one_file, words_find_names_standard_and_short_ones_first,
	chinese_words_of_one_two_and_more_characters_are_found, ids_and_codes_are_found_directly,
	a_domain_narrows, pages_give_everything_once, what_people_type_is_never_syntax,
	a_concept_tells_what_is_right_above_and_below,
	more_children_than_are_told_are_said_to_be_there, what_is_wrong_is_told_by_file_and_line,
	a_file_that_is_no_vocabulary_is_not_opened, without_concepts_there_is_no_file)
