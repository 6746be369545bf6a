/*
 * test_node.c - the YAML subset: what is accepted, what is refused, with which code and where.
 */
#include "base/node.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "tests/unit/unit.h"

static struct arena arena;
static struct diags ds;
static struct node *root;

static int read_bytes(const char *bytes, size_t len)
{
	arena_clear(&arena);
	arena_init(&arena, MAX_POLICY_ARENA);
	diags_init(&ds, &arena);
	return node_read("x.yaml", bytes, len, MAX_DEPTH, &arena, &ds, &root);
}

static int read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

static const char *found(void)
{
	static char buf[4000];
	FILE *f = fmemopen(buf, sizeof(buf), "w");

	diags_sort(&ds);
	diags_print(&ds, f, 0);
	diags_print(&ds, f, 1);
	fclose(f);
	return buf;
}

#define ACCEPTED(text) ck_assert_msg(read_text(text) == 0, "%s\n%s", text, found())

/* The first finding has this code and place; the text is refused. */
#define REFUSED(text, want, want_line, want_column)                                                \
	do {                                                                                       \
		const char *text_ = text;                                                          \
		ck_assert_msg(read_text(text_) == -1, "accepted: %s", text_);                      \
		ck_assert_uint_gt(ds.errors, 0);                                                   \
		diags_sort(&ds);                                                                   \
		ck_assert_msg(strcmp(ds.list[0].code, want) == 0 &&                                \
				      ds.list[0].at.line == (want_line) &&                         \
				      ds.list[0].at.column == (want_column),                       \
			"%s\nwanted %s at %d:%d\n%s", text_, want, want_line, want_column,         \
			found());                                                                  \
	} while (0)

static const char good[] =
	"# 红线清单\n"
	"datasets:\n"
	"  omop:\n"
	"    title: {zh: 住院与门诊数据, en: In- and outpatient data}\n"
	"    tables:\n"
	"      cdm.person:\n"
	"        per_patient_max: 1      # rows\n"
	"        columns:\n"
	"          gender_concept_id: {use: group, categories: {男: [8507], 女: [8532]}}\n"
	"          year_of_birth:\n"
	"            use: [group, measure]\n"
	"            bands: [0, 18, 45, 65]\n"
	"codes:\n"
	"  - id: hiv\n"
	"    why: \"中文，带标点：说明\"\n"
	"  - id: 'x'\n"
	"    empty: \"\"\n"
	"    list: []\n";

START_TEST(a_policy_becomes_a_tree_with_places)
{
	struct node *n;

	ck_assert_msg(read_text(good) == 0, "%s", found());
	ck_assert_int_eq(root->kind, NODE_MAP);
	ck_assert_uint_eq(root->count, 2);
	n = node_get(node_get(node_get(root, "datasets"), "omop"), "title");
	ck_assert_str_eq(node_text(node_get(n, "zh")), "住院与门诊数据");
	n = node_get(n, "en");
	ck_assert_str_eq(n->text, "In- and outpatient data");
	ck_assert_str_eq(n->at.file, "x.yaml");
	ck_assert_uint_eq(n->at.line, 4);
	/* columns are characters: the Chinese text before counts 7, not 21 */
	ck_assert_uint_eq(n->at.column, 30);
	ck_assert_uint_eq(n->at.width, 23);
	ck_assert_uint_eq(n->key_at.column, 26);
	ck_assert_uint_eq(n->key_at.width, 2);
	n = node_get(root, "codes");
	ck_assert_int_eq(n->kind, NODE_LIST);
	ck_assert_uint_eq(n->count, 2);
	n = n->first->next;
	ck_assert(node_get(n, "id")->quoted);
	ck_assert(node_get(n, "empty")->quoted && !node_get(n, "empty")->empty);
	ck_assert_uint_eq(node_get(n, "list")->count, 0);
	ck_assert_ptr_null(node_get(n, "nothing"));
	ck_assert_ptr_null(node_get(NULL, "x"));
	ck_assert_ptr_null(node_text(n));
	ck_assert_ptr_null(node_text(NULL));
}
END_TEST

START_TEST(children_keep_the_order_of_the_text)
{
	const char *want[] = { "z", "a", "m" };
	size_t i = 0;

	ACCEPTED("{z: 1, a: 2, m: 3}");
	NODE_EACH(child, root)
	ck_assert_str_eq(child->key, want[i++]);
	ck_assert_uint_eq(i, 3);
}
END_TEST

START_TEST(scalars_have_no_hidden_meaning)
{
	static const char *const words[] = { "no", "012", "1e3", "2026-01-01", "~", "null", "0x1F",
		"1_000", "y", "12:30:45", ".5", "NaN" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char text[64];

		snprintf(text, sizeof(text), "k: %s\n", words[i]);
		ACCEPTED(text);
		ck_assert_str_eq(node_text(node_get(root, "k")), words[i]);
	}
}
END_TEST

START_TEST(byte_order_mark_and_windows_line_ends_are_accepted)
{
	ACCEPTED("\xEF\xBB\xBF"
		 "a: 1\r\nb: 2\r\n");
	ck_assert_uint_eq(node_get(root, "a")->key_at.column, 1);
	ck_assert_uint_eq(node_get(root, "b")->key_at.line, 2);
	ck_assert_str_eq(node_text(node_get(root, "a")), "1");
	ACCEPTED("---\na: 1\n");
}
END_TEST

START_TEST(json_is_read_by_the_same_reader)
{
	ACCEPTED("{\"a\":1,\"b\":[true,null,-1.5e3,\"x\"],\"c\":{\"d\":\"e\"},\"f\":\"http://"
		 "g:1\"}");
	ck_assert_str_eq(node_text(node_get(root, "a")), "1");
	ck_assert(!node_get(root, "a")->quoted);
	ck_assert_uint_eq(node_get(root, "b")->count, 4);
	ck_assert_str_eq(node_get(root, "b")->first->next->next->text, "-1.5e3");
	ck_assert_str_eq(node_text(node_get(node_get(root, "c"), "d")), "e");
	ck_assert_str_eq(node_text(node_get(root, "f")), "http://g:1");

	ACCEPTED("{\n\t\"kind\": \"count\",\n\t\"cohort\": {\n\t\t\"all\": [\n\t\t\t{\"sex\": "
		 "\"\\u5973\"}\t,\n\t\t\t{\"age\":\t[1,\t2]}\n\t\t]\n\t}\n}\n");
	ck_assert_str_eq(node_text(node_get(root, "kind")), "count");
	ck_assert_str_eq(
		node_text(node_get(node_get(node_get(root, "cohort"), "all")->first, "sex")), "女");
	ACCEPTED("[1,2,[3,[]],{}]");
	ck_assert_uint_eq(root->count, 4);
}
END_TEST

START_TEST(json_escapes_become_the_characters_they_mean)
{
	ACCEPTED("{\"a\":\"\\u7cd6\\u5C3F \\\"q\\\" \\\\ \\/ \\n\\t\"}");
	ck_assert_str_eq(node_text(node_get(root, "a")), "糖尿 \"q\" \\ / \n\t");
	/* beyond U+FFFF, JSON writes two halves */
	ACCEPTED("{\"a\":\"\\ud842\\udfb7x\", \"b\":\"\\\\ud842\\\\udfb7\"}");
	ck_assert_str_eq(node_text(node_get(root, "a")), "𠮷x");
	ck_assert_str_eq(node_text(node_get(root, "b")), "\\ud842\\udfb7");
	REFUSED("{\"a\":\"\\ud842\"}", "P119", 1, 9);
	REFUSED("{\"a\":\"\\udfb7\\ud842\"}", "P119", 1, 9);
	ACCEPTED("[\\ud842\\udfb7, \"\\ud842\\udfb7\"]");
	ck_assert_str_eq(root->first->text, "\\ud842\\udfb7");
	ck_assert_str_eq(root->first->next->text, "𠮷");
	/* outside JSON nothing is touched */
	ACCEPTED("a: '{\\ud842\\udfb7}'\n");
	ck_assert_str_eq(node_text(node_get(root, "a")), "{\\ud842\\udfb7}");
}
END_TEST

START_TEST(files_in_other_encodings_are_named)
{
	REFUSED("a: 1\ntitle: \xCC\xC7\xC4\xF2\xB2\xA1\n", "P101", 2, 8); /* 糖尿病 in GBK */
	ck_assert_ptr_nonnull(strstr(ds.list[0].en, "looks like GBK"));
	ck_assert_ptr_nonnull(strstr(ds.list[0].zh, "疑似 GBK"));
	ck_assert_int_eq(read_bytes("\xFF\xFE"
				    "a\0:\0",
				 6),
		-1);
	ck_assert_ptr_nonnull(strstr(ds.list[0].en, "UTF-16"));
	/* UTF-8 with one damaged byte is not GBK */
	REFUSED("title: 糖尿\xE7\n", "P101", 1, 10);
	ck_assert_ptr_null(strstr(ds.list[0].en, "GBK"));
	REFUSED("title: 糖尿 \xCC\xC7\n", "P101", 1, 11);
	ck_assert_ptr_null(strstr(ds.list[0].en, "GBK"));
	REFUSED("title: \xFF\n", "P101", 1, 8);
}
END_TEST

START_TEST(full_width_punctuation_is_pointed_at_where_it_breaks_the_form)
{
	REFUSED("a:\n  use： forbidden\n  why: x\n", "P102", 2, 6);
	REFUSED("use： forbidden\nwhy: x\n", "P102", 1, 4);
	REFUSED("use: forbidden\nwhy：x\n", "P102", 2, 4);
	REFUSED("a:\n  use：forbidden\n", "P102", 2, 6);
	REFUSED("use：forbidden\n", "P102", 1, 4);
	REFUSED("codes:\n  - id：hiv\n    use: x\n", "P102", 2, 7);
	REFUSED("codes:\n  - id：hiv\n", "P102", 2, 7);
	REFUSED("a: {use： group}\n", "P102", 1, 8);
	REFUSED("a: {use: group，category: sex}\n", "P102", 1, 15);
	REFUSED("gender： {use: group}\n", "P102", 1, 7);
	REFUSED("bands: [0，18，45]\n", "P102", 1, 10);
	REFUSED("all: [{sex: 女}，{age: 1}]\n", "P102", 1, 15);
	REFUSED("bands: ［0, 18］\n", "P102", 1, 8);
	REFUSED("bands: ［0, 18]\n", "P102", 1, 8);
	REFUSED("bands: [0, 18］\nwhy: x\n", "P102", 1, 14);
	REFUSED("bands: [0, 18］\n", "P102", 1, 14);
	REFUSED("a: {zh: 文, en: x｝  \nb: {c: d}\n", "P102", 1, 17);
	REFUSED("extends: [presets/a，presets/b]\n", "P102", 1, 20);
	ck_assert_uint_eq(ds.errors, 1);
	ACCEPTED("title: {zh: ［公告］标题：全角，在文字中, en: x}\n");
	ACCEPTED("departments: [神经内科，一区]\n");
	REFUSED("a: ｛use: group｝\n", "P102", 1, 4);
	REFUSED("　use: group\n", "P102", 1, 1);
	ck_assert_ptr_nonnull(strstr(ds.list[0].zh, "全角空格"));
}
END_TEST

START_TEST(full_width_punctuation_inside_text_is_text)
{
	ACCEPTED("title: 糖尿病，随访\n");
	ACCEPTED("title: {zh: 红线清单（试行）, en: red list}\n");
	ACCEPTED("title: {zh: 糖尿病，随访：第一期, en: x}\n");
	ACCEPTED("why: GB/T：xx\nbasis: 附录：G，H\n");
	ACCEPTED("why: note：见附录\n");
	ACCEPTED("departments: [感染科，内科, 外科]\n");
	ACCEPTED("list:\n  - 注意：保密\n  - 一，二\n");
	ACCEPTED("list:\n  - \"id：hiv\"\n  - 'a，b'\n");
	ACCEPTED("\"键：值\": 1\n");
	ACCEPTED("categories: {男（成人）: [1], 女: [2]}\n");
	ACCEPTED("a: 1 # 注释：全角，没关系\n# 注释：x\n");
	ck_assert_uint_eq(ds.count, 0);
}
END_TEST

START_TEST(a_parse_error_elsewhere_is_not_blamed_on_chinese_text)
{
	REFUSED("title: 糖尿病，随访\na: b: c\n", "P119", 2, 5);
	REFUSED("x: {zh: 红线，试行, en: [a}\n", "P119", 1, 22);
	REFUSED("x: {zh: 红线：试行, en: \"a}\n", "P119", 2, 1);
}
END_TEST

START_TEST(equal_keys_are_named_with_the_first_line)
{
	REFUSED("a: 1\nb: 2\na: 3\n", "P103", 3, 1);
	ck_assert_str_eq(ds.list[0].en, "key 'a' appears twice (first at line 1)");
	ck_assert_str_eq(ds.list[0].zh, "键“a”重复（首次出现在第 1 行）");
	REFUSED("x: {k: 1, 'k': 2, \"k\": 3}\n", "P103", 1, 11);
	ck_assert_uint_eq(ds.errors, 2);
	REFUSED("{\"\\u0061\": 1, \"a\": 2}", "P103", 1, 15);
	REFUSED("'?': 1\n\"?\": 2\n", "P103", 2, 1);
	ACCEPTED("a: {k: 1}\nb: {k: 1}\n");
}
END_TEST

START_TEST(anchors_aliases_tags_and_merges_are_refused)
{
	REFUSED("a: &x 1\n", "P104", 1, 4);
	REFUSED("a: &x 1\nb: *x\n", "P104", 1, 4);
	ck_assert_uint_eq(ds.errors, 2);
	REFUSED("a: !!int 1\n", "P104", 1, 4);
	REFUSED("a: ! 1\n", "P104", 1, 4);
	REFUSED("a: !<tag:x> {b: 1}\n", "P104", 1, 4);
	REFUSED("a: &x [b]\n", "P104", 1, 4);
	REFUSED("&x a: 1\n", "P104", 1, 1);
	REFUSED("*x : 1\n", "P104", 1, 1);
	REFUSED("a: {<<: 1}\n", "P104", 1, 5);
	REFUSED("a: *\n", "P104", 1, 5);
	REFUSED("a: !x!y 1\n", "P104", 1, 4);
	REFUSED("%TAG ! tag:x,2026:\n---\na: 1\n", "P104", 1, 1);
	REFUSED("%YAML 1.1\n---\na: 1\n", "P104", 1, 1);
	ACCEPTED("a: '*'\nb: \"&x\"\nc: 'x!'\n");
}
END_TEST

START_TEST(tabs_in_indentation_are_refused_and_elsewhere_accepted)
{
	REFUSED("a:\n\tb: 1\n", "P106", 2, 1);
	REFUSED("a:\n  \tb: 1\n", "P106", 2, 3);
	REFUSED("a:\n  -\tb: 1\n", "P106", 2, 4);
	ACCEPTED("a:\t1\nb: x\ty\nc: 1\t# note\n");
	ck_assert_str_eq(node_text(node_get(root, "b")), "x\ty");
}
END_TEST

START_TEST(empty_values_are_named_by_their_key)
{
	REFUSED("a: 1\nwhy:\n", "P107", 2, 1);
	ck_assert_str_eq(ds.list[0].en, "key 'why' has no value");
	ck_assert_str_eq(ds.list[0].zh, "键“why”没有值");
	ck_assert(node_get(root, "why")->empty);
	REFUSED("why: # later\nb: 1\n", "P107", 1, 1);
	REFUSED("{a: , b: 1}", "P107", 1, 2);
	REFUSED("{a, b: 1}", "P107", 1, 2);
	REFUSED("{a:1, b: 1}", "P107", 1, 2);
	ck_assert_ptr_nonnull(strstr(ds.list[0].en, "a space is missing"));
	REFUSED("- a\n-\n", "P107", 2, 2);
	REFUSED("{? : 1}\n", "P107", 1, 4);
	REFUSED("", "P107", 1, 1);
	REFUSED("# nothing\n", "P107", 1, 1);
	REFUSED("---\n", "P107", 2, 1);
}
END_TEST

START_TEST(depth_has_a_bound_that_is_reached_exactly)
{
	ACCEPTED("[[[[[[[[[[x]]]]]]]]]]");
	REFUSED("[[[[[[[[[[[x]]]]]]]]]]]", "P108", 1, 11);
	ck_assert_uint_eq(ds.errors, 1);
	/* reading goes on behind what is too deep */
	REFUSED("a: [[[[[[[[[[[[x], &y z]]]]]]]]]]]\nb: &x 1\nc:\n", "P108", 1, 13);
	ck_assert_uint_eq(ds.errors, 3);
	ck_assert_str_eq(ds.list[1].code, "P104");
	ck_assert_str_eq(ds.list[2].code, "P107");
}
END_TEST

START_TEST(size_has_a_bound_that_is_reached_exactly)
{
	char *big = malloc(MAX_FILE_BYTES + 2);

	memset(big, 'x', MAX_FILE_BYTES + 2);
	memcpy(big, "a: ", 3);
	big[MAX_FILE_BYTES + 1] = 0;
	REFUSED(big, "P109", 1, 1);
	ck_assert_ptr_null(root);
	big[MAX_FILE_BYTES] = 0;
	ACCEPTED(big);
	ck_assert_uint_eq(node_get(root, "a")->len, MAX_FILE_BYTES - 3);
	free(big);
}
END_TEST

START_TEST(a_full_arena_is_an_error_and_no_crash)
{
	for (size_t max = 0; max < 8000; max += 24) {
		int ret;

		arena_clear(&arena);
		arena_init(&arena, max);
		diags_init(&ds, &arena);
		ret = node_read("x", good, strlen(good), MAX_DEPTH, &arena, &ds, &root);
		ck_assert(ret == 0 || ds.errors > 0);
		ck_assert(ret == -1 || ds.errors == 0);
	}
}
END_TEST

START_TEST(control_and_invisible_characters_are_refused_however_written)
{
	REFUSED("a: x\x01y\n", "P110", 1, 5);
	REFUSED("a: x\x7F\n", "P110", 1, 5);
	REFUSED("a: 1\nb: \xE2\x80\xAEx\n", "P110", 2, 4); /* right-to-left override */
	REFUSED("a: \xC2\x85\n", "P110", 1, 4);            /* next line */
	REFUSED("a: x\xEF\xBB\xBF\n", "P110", 1, 5);       /* byte order mark inside */
	REFUSED("a: \"\\u202e\"\n", "P110", 1, 4);
	REFUSED("a: \"x\\0y\"\n", "P110", 1, 4);
	ck_assert_uint_eq(node_get(root, "a")->len, 1);
	REFUSED("\"\\e\": 1\n", "P110", 1, 1);
	ck_assert_int_eq(read_bytes("a: 1\0b", 6), -1);
	ck_assert_str_eq(ds.list[0].code, "P110");
	ck_assert_uint_eq(ds.list[0].at.column, 5);
}
END_TEST

START_TEST(only_one_document_is_allowed)
{
	REFUSED("a: 1\n---\nb: 2\n", "P118", 2, 1);
	REFUSED("a: 1\n...\n---\nb: &x 2\n", "P118", 3, 1);
	ck_assert_uint_eq(ds.errors, 1);
	ck_assert_str_eq(node_text(node_get(root, "a")), "1");
	ACCEPTED("a: 1\n...\n");
}
END_TEST

START_TEST(other_forms_are_refused_with_a_plain_explanation)
{
	REFUSED("a: |\n  x\n", "P119", 1, 4);
	REFUSED("a: >\n  x\n", "P119", 1, 4);
	REFUSED("? [a]\n: b\n", "P119", 1, 3);
	REFUSED("{[a]: b, {c: d}: e}", "P119", 1, 2);
	ck_assert_uint_eq(ds.errors, 2);
	REFUSED("a: b: c\n", "P119", 1, 5);
	ck_assert_ptr_nonnull(strstr(ds.list[0].en, "second ':'"));
	REFUSED("a:b\nc: d\n", "P119", 1, 2);
	ck_assert_ptr_nonnull(strstr(ds.list[0].en, "space is missing"));
	REFUSED("unit: %\n", "P119", 1, 7);
	ck_assert_ptr_nonnull(strstr(ds.list[0].en, "'%' must be put in quotes"));
	REFUSED("a: @x\n", "P119", 1, 4);
	REFUSED("a: `x`\n", "P119", 1, 4);
	REFUSED("a: [1, 2\nb: 3\n", "P119", 2, 2);
	REFUSED("a: \"x\n", "P119", 2, 1);
	REFUSED("a: 1\n b: 2\n", "P119", 2, 3);
	REFUSED("a:\n  b: 1\n c: 2\n", "P119", 3, 2);
	REFUSED("- a\nb: 1\n", "P119", 2, 1);
	REFUSED("{a: 1} {b: 2}\n", "P119", 1, 8);
	REFUSED("a: \"\\q\"\n", "P119", 1, 5);
	for (size_t i = 0; i < ds.count; i++)
		ck_assert(ds.list[i].zh[0] != 0);
}
END_TEST

START_TEST(all_problems_of_a_file_are_collected)
{
	REFUSED("a: &x 1\na: 2\nb:\nc：d: 3\ne: {f: , f: 1}\n", "P104", 1, 4);
	ck_assert_uint_eq(ds.errors, 6);
	ck_assert_str_eq(ds.list[1].code, "P103");
	ck_assert_str_eq(ds.list[2].code, "P107");
	ck_assert_str_eq(ds.list[3].code, "P102");
	ck_assert_str_eq(ds.list[4].code, "P107");
	ck_assert_str_eq(ds.list[5].code, "P103");
}
END_TEST

START_TEST(findings_of_an_earlier_file_do_not_spoil_a_good_one)
{
	ck_assert_int_eq(read_text("a:\n"), -1);
	ck_assert_int_eq(node_read("y.yaml", "a: 1", 4, MAX_DEPTH, &arena, &ds, &root), 0);
	ck_assert_uint_eq(ds.errors, 1);
	ck_assert_str_eq(root->first->at.file, "y.yaml");
}
END_TEST

/* Never a crash; and never a failure without a reason, or a reason without a failure. */
static void read_consistently(const char *bytes, size_t len)
{
	int ret = read_bytes(bytes, len);

	ck_assert_int_eq(ret, ds.errors == 0 ? 0 : -1);
	ck_assert(ret == -1 || root != NULL);
}

START_TEST(every_truncation_is_read_or_refused_with_a_reason)
{
	static const char json[] =
		"{\"kind\":\"count\",\"cohort\":{\"all\":[{\"sex\":\"\\u5973\"},"
		"{\"x\":\"\\ud842\\udfb7\"}],\"none\":[]},\"by\":[\"sex\",\"age\"]}";

	for (size_t len = 0; len <= strlen(good); len++)
		read_consistently(good, len);
	for (size_t len = 0; len <= strlen(json); len++)
		read_consistently(json, len);
}
END_TEST

START_TEST(random_damage_is_read_or_refused_with_a_reason)
{
	static const char signs[] = "{}[]:,-#&*!|>'\"%@`?\t\n \\<\xEF\xBC\x9A\xFF\x01";
	uint64_t seed = 20260301;
	char text[sizeof(good)];

	for (int round = 0; round < 6000; round++) {
		memcpy(text, good, sizeof(good));
		for (unsigned hits = 0; hits < 1 + (unsigned)round % 4; hits++) {
			size_t at;

			seed = seed * 6364136223846793005u + 1442695040888963407u;
			at = (size_t)(seed >> 33) % strlen(good);
			text[at] = round % 2 == 0 ? (char)(seed >> 25)
						  : signs[(seed >> 20) % (sizeof(signs) - 1)];
		}
		read_consistently(text, strlen(good));
	}
}
END_TEST

START_TEST(hostile_shapes_take_bounded_time)
{
	static const char *const units[] = { "[", "{", "- ", "? ", "a: ", "[a, ", "{a: ", "\"", "'",
		"&a ", "!a ", "*a ", "a\n", "- a\n", "a: b\n", "[]\n", ", ", ": ", "\n", "|\n", "%",
		"a，", "：", "{a: 1}, " };
	char *text = malloc(MAX_FILE_BYTES + 1);

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t n = strlen(units[i]), len = 0;
		struct timespec t0, t1;

		while (len + n <= MAX_FILE_BYTES) {
			memcpy(text + len, units[i], n);
			len += n;
		}
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t0);
		read_consistently(text, len);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t1);
		ck_assert_msg(t1.tv_sec - t0.tv_sec < 20, "unit '%s' takes too long", units[i]);
		if (getenv("SHOW_TIMES") != NULL)
			fprintf(stderr, "%s: %ld ms\n", units[i],
				(t1.tv_sec - t0.tv_sec) * 1000 +
					(t1.tv_nsec - t0.tv_nsec) / 1000000);
	}
	free(text);
}
END_TEST

UNIT_MAIN("node", a_policy_becomes_a_tree_with_places, children_keep_the_order_of_the_text,
	scalars_have_no_hidden_meaning, byte_order_mark_and_windows_line_ends_are_accepted,
	json_is_read_by_the_same_reader, json_escapes_become_the_characters_they_mean,
	files_in_other_encodings_are_named,
	full_width_punctuation_is_pointed_at_where_it_breaks_the_form,
	full_width_punctuation_inside_text_is_text,
	a_parse_error_elsewhere_is_not_blamed_on_chinese_text,
	equal_keys_are_named_with_the_first_line, anchors_aliases_tags_and_merges_are_refused,
	tabs_in_indentation_are_refused_and_elsewhere_accepted, empty_values_are_named_by_their_key,
	depth_has_a_bound_that_is_reached_exactly, size_has_a_bound_that_is_reached_exactly,
	a_full_arena_is_an_error_and_no_crash,
	control_and_invisible_characters_are_refused_however_written, only_one_document_is_allowed,
	other_forms_are_refused_with_a_plain_explanation, all_problems_of_a_file_are_collected,
	findings_of_an_earlier_file_do_not_spoil_a_good_one,
	every_truncation_is_read_or_refused_with_a_reason,
	random_damage_is_read_or_refused_with_a_reason, hostile_shapes_take_bounded_time)
