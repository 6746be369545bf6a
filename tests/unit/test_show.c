#include "cli/audit_differ.h"
#include "cli/show.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "tests/unit/unit.h"

static struct cli cli;
static char *out, *err_out;
static size_t out_len, err_len;

typedef int show_reply(const struct cli *cli, json_t *reply);

static void clear(void)
{
	free(out);
	free(err_out);
	out = err_out = NULL;
}

static json_t *json(const char *text)
{
	json_error_t at;
	json_t *j = json_loads(text, JSON_REJECT_DUPLICATES, &at);

	ck_assert_msg(j != NULL, "%s at %d", at.text, at.position);
	return j;
}

/* Shows `text` as `how` ("", "zh", "json", "csv", "zh csv"; "narrow": 70 columns) would; fills out and err_out. */
static int shown(show_reply *show, const char *how, const char *text)
{
	json_t *j = json(text);
	int status;

	clear();
	cli = (struct cli){ .zh = strstr(how, "zh") != NULL,
		.json = strstr(how, "json") != NULL,
		.csv = strstr(how, "csv") != NULL,
		.width = strstr(how, "narrow") != NULL ? 70 : 0 };
	cli.out = open_memstream(&out, &out_len);
	cli.err = open_memstream(&err_out, &err_len);
	status = show(&cli, j);
	fclose(cli.out);
	fclose(cli.err);
	json_decref(j);
	return status;
}

static void has(const char *word)
{
	ck_assert_msg(strstr(out, word) != NULL, "no '%s' in:\n%s", word, out);
}

static void has_not(const char *word)
{
	ck_assert_msg(strstr(out, word) == NULL, "'%s' in:\n%s", word, out);
}

/* Terminal column at which `word` begins in the line that begins with `line`. */
static size_t column_of(const char *line, const char *word)
{
	const char *at = out, *stop, *hit;
	char before[400];

	while (strncmp(at, line, strlen(line)) != 0) {
		at = strchr(at, '\n');
		ck_assert_msg(at != NULL, "no line %s in:\n%s", line, out);
		at++;
	}
	stop = strchr(at, '\n');
	hit = strstr(at, word);
	ck_assert_msg(hit != NULL && hit < stop, "no '%s' in line %s of:\n%s", word, line, out);
	ck_assert(text_copyn(before, sizeof(before), at, (size_t)(hit - at)));
	return utf8_width(before);
}

/* ---- an answer ---- */

#define ACCOUNT                                                                                    \
	"\"accounts\":[{\"account\":\"study:S\",\"unit\":\"rho\",\"cost\":\"0.02\",\"cap\":\"0."   \
	"5\",\"left\":\"0.11\"}]"
#define HEAD "\"id\":\"q-1\",\"study\":\"DM\",\"kind\":\"count\",\"confidence\":0.95,\"ms\":57"
#define RENMIN                                                                                     \
	"{\"site\":\"renmin\",\"state\":\"answered\",\"noise\":{\"kind\":\"discrete-gaussian\","   \
	"\"variance\":21},"                                                                        \
	"\"rows_left_out\":true,\"cells\":[{\"group\":{},\"value\":1417,\"interval\":[1408,1426]," \
	"\"state\":"                                                                               \
	"\"released\"}]," ACCOUNT "}"
#define TOTAL                                                                                      \
	"\"total\":{\"cells\":[{\"group\":{},\"value\":1417,\"interval\":[1408,1426],\"state\":"   \
	"\"released\","                                                                            \
	"\"sites\":[\"renmin\"]}]}"
#define NO_TOTAL "\"total\":{\"cells\":[{\"group\":{},\"state\":\"suppressed\",\"sites\":[]}]}"
#define PLAIN(state)                                                                               \
	"{" HEAD ",\"state\":\"" state "\",\"groups\":[]," TOTAL ",\"sites\":[" RENMIN             \
	",{\"site\":\"xiehe\",\"state\":\"refused\",\"rule\":\"code:hiv\",\"say\":{\"en\":\"Not "  \
	"that.\",\"zh\":\"不可"                                                                  \
	"以。\"}},{\"site\":\"huashan\",\"state\":\"timed-out\"}]}"

START_TEST(a_table_has_hospitals_total_price_and_reasons)
{
	ck_assert_int_eq(shown(show_answer, "", PLAIN("partial")), EXIT_PARTIAL);
	has("question q-1  study DM  count  partial, 57 ms\n");
	has("renmin     1,417  1,408 – 1,426  answered          0.02 rho  0.11 of 0.5, 5 more like "
	    "this\n");
	has("huashan        –                 timed out\n");
	has("total      1,417  1,408 – 1,426  1 of 3 hospitals\n");
	has("\nxiehe: [code:hiv] Not that.\n");
	has("Each hospital added noise (discrete-gaussian)");
	has("1 hospital leaves out people who opted out and sensitive records, as its red list "
	    "says.");
	ck_assert_str_eq(err_out, "");
}
END_TEST

START_TEST(on_a_narrow_terminal_people_and_costs_are_a_table_each)
{
	ck_assert_int_eq(shown(show_answer, "narrow", PLAIN("partial")), EXIT_PARTIAL);
	has("renmin     1,417  1,408 – 1,426  answered\n");
	has("total      1,417  1,408 – 1,426  1 of 3 hospitals\n");
	has("hospital  price     left\n");
	has("renmin    0.02 rho  0.11 of 0.5, 5 more like this\n");
	ck_assert_int_eq(shown(show_answer, "narrow zh", PLAIN("partial")), EXIT_PARTIAL);
	has("医院    费用      剩余\n");
	has_not("xiehe\n");
}
END_TEST

START_TEST(columns_align_in_chinese)
{
	ck_assert_int_eq(shown(show_answer, "zh", PLAIN("complete")), EXIT_ANSWERED);
	has("医院");
	has("xiehe：[code:hiv] 不可以。\n");
	ck_assert_uint_eq(column_of("医院", "状态"), column_of("renmin", "已回答"));
	ck_assert_uint_eq(column_of("renmin", "已回答"), column_of("xiehe", "已拒绝"));
	ck_assert_uint_eq(column_of("renmin", "已回答"), column_of("合计", "含 1 家"));
	/* numbers end in one column */
	ck_assert_uint_eq(column_of("医院", "人数") + 4, column_of("renmin", "1,417") + 5);
}
END_TEST

#define CELL(sex, rest) "{\"group\":{\"sex\":\"" sex "\",\"age\":\"45-64\"}," rest "}"
#define NUMBER(v)       "\"value\":" v ",\"interval\":[-9,20],\"state\":\"released\""
#define GROUPS                                                                                     \
	"{" HEAD ",\"state\":\"complete\",\"groups\":[{\"name\":\"sex\",\"labels\":[\"男\","      \
	"\"女\"]},{\"name\":\"age\","                                                             \
	"\"labels\":[\"45-64\"]}],\"total\":{\"cells\":[" CELL("男", NUMBER("15")) "," CELL("女",  \
		NUMBER("-3")) "]},"                                                                \
			      "\"sites\":[{\"site\":\"仁民医院\",\"state\":\"answered\","      \
			      "\"cells\":[{\"group\":{\"age\":\"45-64\",\"sex\":\"女\"}," NUMBER(  \
				      "-4") "}," CELL("男",                                        \
				      "\"state\":\"suppressed\","                                  \
				      "\"threshold\":10") "]," ACCOUNT "},{\"site\":"              \
							  "\"xiehe\","                             \
							  "\"state\":"                             \
							  "\"answered\","                          \
							  "\"cells\":"                             \
							  "[" CELL("男", "\"state"                 \
									 "\":"                     \
									 "\"absent"                \
									 "\"") "]}"                \
									       "]}"

START_TEST(groups_give_a_row_each_and_a_column_per_hospital_whatever_the_order_of_cells)
{
	ck_assert_int_eq(shown(show_answer, "", GROUPS), EXIT_ANSWERED);
	ck_assert_uint_eq(column_of("sex", "仁民医院") + 8, column_of("女", "-4 ±24") + 6);
	ck_assert_uint_eq(column_of("男", "<10") + 3, column_of("女", "-4 ±24") + 6);
	ck_assert_uint_eq(column_of("男", "45-64"), column_of("女", "45-64"));
	has("-9 – 20");
}
END_TEST

#define SEXES(sites)                                                                               \
	"{" HEAD ",\"state\":\"complete\",\"groups\":[{\"name\":\"sex\",\"labels\":[\"女\"]}],"   \
	"\"total\":{\"cells\":[{\"group\":{\"sex\":\"女\"},\"sites\":[" sites                      \
	"]," NUMBER("15") "}]},"                                                                   \
			  "\"sites\":[{\"site\":\"a\",\"state\":\"answered\",\"cells\":[{"         \
			  "\"group\":{\"sex\":\"女\"}," NUMBER(                                    \
				  "15") "}]},{\"site\":\"b\",\"state\":\"suppressed\",\"cells\":[" \
					"{\"group\":{\"sex\":"                                     \
					"\"女\"},\"state\":\"suppressed\",\"threshold\":10}]},{"  \
					"\"site\":\"c\",\"state\":\"offline\"}]}"

START_TEST(a_total_of_some_hospitals_says_so)
{
	static const char of_some[] = "A total is of the hospitals that show a number in its row";

	shown(show_answer, "", SEXES("\"a\""));
	has(of_some);
	shown(show_answer, "zh", SEXES("\"a\""));
	has("合计只含本行中给出数字的医院。");
	shown(show_answer, "", SEXES("\"a\",\"b\""));
	has_not(of_some);
	shown(show_answer, "", PLAIN("partial")); /* its table says how many */
	has_not(of_some);
}
END_TEST

#define EARLIER(differs)                                                                           \
	"{\"sites\":[{\"site\":\"renmin\",\"state\":\"answered\",\"allowed\":true,\"similar\":[{"      \
	"\"id\":\"q-0\",\"differs\":[" differs "],\"together\":{\"rho\":\"0.04762\",\"epsilon\":"       \
	"\"1.44\",\"delta\":\"0.000001\"}}]," ACCOUNT "}]}"

START_TEST(an_earlier_question_that_is_nearly_the_same_is_told_with_what_both_cost)
{
#define ONE "{\"say\":{\"en\":\"more: group (group_by.sex)\",\"zh\":\"分组增加（group_by.sex）\"}}"
	shown(show_price, "", EARLIER(ONE "," ONE));
	has("renmin: nearly the same as the earlier question q-0: more: group (group_by.sex); more: "
	    "group (group_by.sex). Both answers together cost rho 0.04762; at delta 0.000001, "
	    "epsilon 1.44.\n");
	shown(show_price, "zh", EARLIER(ONE));
	has("renmin：与先前的查询 q-0 相差无几：分组增加（group_by.sex）。两次答案合计消耗 rho "
	    "0.04762，即 delta 为 0.000001 时 epsilon 1.44。\n");
	shown(show_answer, "", EARLIER(""));
	has("renmin: the same as the earlier question q-0, under another policy or for other data. "
	    "Both");
	shown(show_price, "csv", EARLIER(ONE));
	has_not("nearly");
#undef ONE
}
END_TEST

START_TEST(what_a_patient_of_one_hospital_and_of_several_loses_is_told)
{
#define PRIVACY(several)                                                                           \
	"{\"sites\":[{\"site\":\"renmin\",\"state\":\"answered\",\"allowed\":true," ACCOUNT "}],\"privacy\":{"  \
	"\"delta\":\"0.000001\",\"one\":{\"sites\":1,\"rho\":\"0.02381\",\"epsilon\":\"0.99\"}" several "}}"
	shown(show_price, "", PRIVACY(""));
	has("A patient of one hospital loses rho 0.02381 (at delta 0.000001, epsilon 0.99).\n");
	shown(show_price, "", PRIVACY(",\"several\":{\"sites\":2,\"rho\":\"0.04762\"}"));
	has("epsilon 0.99); one known to 2 of them, rho 0.04762.\n");
	shown(show_price, "zh", PRIVACY(",\"several\":{\"sites\":2,\"rho\":\"0.04762\",\"epsilon\":\"1.44\"}"));
	has("对单家医院的一名患者，隐私开销为 rho 0.02381（delta 为 0.000001 时 epsilon 0.99）；同时在 2 "
	    "家医院就诊的患者为 rho 0.04762（delta 为 0.000001 时 epsilon 1.44）。\n");
	shown(show_price, "csv", PRIVACY(""));
	has_not("loses");
#undef PRIVACY
}
END_TEST

/* What differs between two answers, as the one line of the first difference. */
static const char *first_difference(const char *published, const char *made, size_t want)
{
	static char line[600];
	json_t *a = json_loads(published, 0, NULL), *b = json_loads(made, 0, NULL);
	struct differences d;
	struct arena arena;

	arena_init(&arena, 1 << 20);
	differ(&d, &arena, a, b);
	ck_assert_uint_eq(d.all, want);
	line[0] = '\0';
	if (d.n > 0)
		snprintf(line, sizeof(line), "%s (%s): %s, %s", d.list[0].at, d.list[0].cell,
			d.list[0].published, d.list[0].made);
	arena_clear(&arena);
	json_decref(a);
	json_decref(b);
	return line;
}

START_TEST(the_first_place_where_two_answers_differ_is_named)
{
#define ANSWER(value, ms)                                                                            \
	"{\"id\":\"q\",\"ms\":" ms ",\"total\":{\"cells\":[{\"group\":{\"sex\":\"女\",\"age\":\"45-64\"},\"value\":" value "}],"  \
	"\"mean\":0.1},\"sites\":[]}"
	ck_assert_str_eq(first_difference(ANSWER("5", "1"), ANSWER("5", "2"), 0), "");
	ck_assert_str_eq(first_difference(ANSWER("5", "1"), ANSWER("6", "1"), 1),
		"total.cells[0].value (女, 45-64): 5, 6");
	ck_assert_str_eq(first_difference("{\"total\":{\"mean\":0.1},\"state\":\"a\"}",
				 "{\"total\":{\"mean\":0.10000000000000001},\"state\":\"a\"}", 0),
		"");
	ck_assert_str_eq(first_difference("{\"state\":\"a\",\"total\":{\"mean\":0.1}}",
				 "{\"state\":\"b\",\"total\":{\"mean\":0.1001}}", 2),
		"total.mean (): 0.1, 0.1001");
	ck_assert_str_eq(first_difference("{\"sites\":[1,2]}", "{\"sites\":[1],\"more\":{}}", 2),
		"sites[1] (): 2, absent");
	ck_assert_str_eq(first_difference("{\"a\\u001b[2J\":1}", "{}", 1), "a?[2J (): 1, absent");
#undef ANSWER
}
END_TEST

START_TEST(hospitals_that_say_the_same_share_a_line)
{
	shown(show_answer, "",
		"{\"state\":\"failed\",\"kind\":\"count\",\"groups\":[],\"total\":{\"cells\":[]},\"sites\":["
		"{\"site\":\"a\",\"state\":\"left-out\",\"say\":{\"en\":\"too few\",\"zh\":\"过少\"}},"
		"{\"site\":\"b\",\"state\":\"refused\",\"rule\":\"code:hiv\",\"say\":{\"en\":\"too few\",\"zh\":\"过少\"}},"
		"{\"site\":\"c\",\"state\":\"left-out\",\"say\":{\"en\":\"too few\",\"zh\":\"过少\"}}]}");
	has("a, c: too few\nb: [code:hiv] too few\n");
}
END_TEST

START_TEST(a_secure_sum_is_told_as_nobodys_own_number_with_what_is_promised)
{
#define SUM(kind)                                                                                  \
	"{\"state\":\"complete\",\"kind\":\"count\",\"groups\":[],\"total\":{\"cells\":[{\"group\":{},\"value\":1000,"   \
	"\"interval\":[989,1011],\"state\":\"released\",\"sites\":[\"renmin\",\"xiehe\",\"huashan\"]}],"          \
	"\"sum\":{\"sites\":3,\"honest\":3,\"noise\":{\"kind\":\"" kind "\"},\"guarantee\":{\"en\":\"Against "     \
	"the gateway.\\u001b[2J\",\"zh\":\"面向网关。\"}}},\"sites\":[{\"site\":\"renmin\",\"state\":\"summed\"}]}"
	ck_assert_int_eq(shown(show_answer, "", SUM("distributed-discrete-gaussian")), EXIT_ANSWERED);
	has("A secure sum of 3 hospitals: nobody sees the number of one of them.\n");
	has("one noise, made by all of them together");
	has("Against the gateway.");
	has_not("\x1b[2J");
	shown(show_answer, "zh", SUM("none"));
	has("安全求和：3 家医院之和");
	has("面向网关。\n");
	has_not("包含未加噪声的总和");
#undef SUM
}
END_TEST

START_TEST(csv_has_a_line_per_cell_and_the_total)
{
	ck_assert_int_eq(shown(show_answer, "csv", GROUPS), EXIT_ANSWERED);
	ck_assert_str_eq(out, "site,site_state,sex,age,cell_state,value,low,high\r\n"
			      "仁民医院,answered,女,45-64,released,-4,-9,20\r\n"
			      "仁民医院,answered,男,45-64,suppressed,,,\r\n"
			      "xiehe,answered,男,45-64,absent,,,\r\n"
			      "total,complete,男,45-64,released,15,-9,20\r\n"
			      "total,complete,女,45-64,released,-3,-9,20\r\n");
	ck_assert_int_eq(shown(show_answer, "zh csv", PLAIN("partial")), EXIT_PARTIAL);
	ck_assert_str_eq(out, "site,site_state,cell_state,value,low,high\r\n"
			      "renmin,answered,released,1417,1408,1426\r\n"
			      "xiehe,refused,,,,\r\n"
			      "huashan,timed-out,,,,\r\n"
			      "total,partial,released,1417,1408,1426\r\n");
}
END_TEST

START_TEST(no_cell_of_a_csv_is_a_formula)
{
	static const char *const bad[] = { "=1+1", "+1+1", "-1+1", "@SUM(A1)", " =1+1", "＝1+1",
		"－2", "\\t=1", "=\\\"x\\\",1" };
	char text[1000];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text),
			"{\"groups\":[{\"name\":\"%s\"}],\"state\":\"%s\",\"total\":{\"cells\":[{"
			"\"group\":{\"%s\":"
			"\"%s\"},\"state\":\"%s\"}]},\"sites\":[{\"site\":\"%s\",\"state\":\"%s\"}]"
			"}",
			bad[i], bad[i], bad[i], bad[i], bad[i], bad[i], bad[i]);
		shown(show_answer, "csv", text);
		for (const char *at = out; *at != '\0'; at += strcspn(at, ",\n") + 1) {
			at += strspn(at, " ");
			ck_assert_msg(strchr("=+-@", *at) == NULL && strncmp(at, "＝", 3) != 0 &&
					      strncmp(at, "－", 3) != 0,
				"%s", out);
			if (*at == '"') {
				ck_assert_int_eq(at[1], '\'');
				while (*++at != '"' || at[1] == '"')
					at += *at == '"';
			}
			if (strpbrk(at, ",\n") == NULL)
				break;
		}
	}
	/* numbers stay numbers */
	shown(show_answer, "csv", "{\"groups\":[{\"name\":\"-3.5\"}],\"state\":\"-\"}");
	has(",-3.5,");
	has(",\"'-\",");
}
END_TEST

START_TEST(quotes_and_commas_are_quoted_in_csv)
{
	shown(show_answer, "csv", "{\"groups\":[{\"name\":\"a,b\"},{\"name\":\"say \\\"x\\\"\"}]}");
	has("site,site_state,\"a,b\",\"say \"\"x\"\"\",cell_state");
}
END_TEST

/* ---- exit statuses ---- */

START_TEST(the_exit_status_says_what_came)
{
	static const struct {
		const char *state, *total;
		int status;
	} cases[] = {
		{ "complete", TOTAL, EXIT_ANSWERED },
		{ "complete", NO_TOTAL, EXIT_NO }, /* suppressed everywhere */
		{ "partial", TOTAL, EXIT_PARTIAL },
		{ "partial", NO_TOTAL, EXIT_NO },
		{ "failed", "\"total\":{\"cells\":[]}", EXIT_NO },
		{ "cancelled", TOTAL, EXIT_PARTIAL },
		{ "cancelled", NO_TOTAL, EXIT_NO },
		{ "running", NO_TOTAL, EXIT_ANSWERED },
		{ "running", "\"total\":null", EXIT_ANSWERED },
		{ "nonsense", TOTAL, EXIT_PARTIAL },
	};
	static const char *const how[] = { "", "json", "csv" };
	char text[2000];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t j = 0; j < 3; j++) {
			snprintf(text, sizeof(text), "{\"id\":\"q-1\",\"state\":\"%s\",%s}",
				cases[i].state, cases[i].total);
			ck_assert_msg(
				shown(show_answer, how[j], text) == cases[i].status, "case %zu", i);
			ck_assert_int_eq(shown(show_cancelled, how[j], text), EXIT_ANSWERED);
		}
}
END_TEST

START_TEST(a_running_question_says_how_to_go_on)
{
	shown(show_answer, "", PLAIN("running"));
	has("cordon show q-1");
	has("cordon cancel q-1");
	shown(show_answer, "", PLAIN("complete"));
	has_not("cordon show");
}
END_TEST

static int problem_400(const struct cli *c, json_t *j)
{
	return show_problem(c, 400, j);
}
static int problem_403(const struct cli *c, json_t *j)
{
	return show_problem(c, 403, j);
}

START_TEST(problems_are_told_on_standard_error_with_place_and_code)
{
	const char *text = "{\"title\":\"Bad Request\",\"say\":{\"en\":\"No such\\u001b[2J "
			   "key\",\"zh\":\"没有此键\"},"
			   "\"code\":\"Q103\",\"at\":\"question:3:12\"}";

	ck_assert_int_eq(shown(problem_400, "", text), EXIT_INPUT);
	ck_assert_str_eq(out, "");
	ck_assert_str_eq(err_out, "cordon: question:3:12: Q103: No such\xEF\xBF\xBD[2J key\n");
	ck_assert_int_eq(shown(problem_403, "zh", text), EXIT_NO);
	ck_assert_ptr_nonnull(strstr(err_out, "没有此键"));
	shown(problem_400, "json", text);
	has("\"Q103\"");
	shown(problem_400, "", "{\"title\":\"Te\\u009bapot\"}");
	ck_assert_str_eq(err_out, "cordon: the gateway says 400 Te�apot\n");
}
END_TEST

START_TEST(a_status_without_a_problem_decides_by_its_class)
{
	static const struct {
		int http, status;
	} cases[] = { { 301, EXIT_GATEWAY }, { 400, EXIT_INPUT }, { 401, EXIT_INPUT },
		{ 403, EXIT_NO }, { 404, EXIT_INPUT }, { 429, EXIT_GATEWAY }, { 500, EXIT_GATEWAY },
		{ 503, EXIT_GATEWAY } };

	shown(problem_400, "", "{}"); /* makes cli */
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		clear();
		cli.err = open_memstream(&err_out, &err_len);
		ck_assert_int_eq(show_problem(&cli, cases[i].http, NULL), cases[i].status);
		fclose(cli.err);
		ck_assert_ptr_nonnull(strstr(err_out, "the gateway says"));
	}
}
END_TEST

START_TEST(prices_and_budgets_name_who_would_answer)
{
	const char *reply =
		"{\"sites\":[{\"site\":\"renmin\",\"state\":\"answered\",\"allowed\":true,"
		"\"recalled\":true," ACCOUNT "},{\"site\":\"xiehe\",\"state\":\"answered\","
		"\"allowed\":false,\"rule\":\"r\",\"say\":{\"en\":"
		"\"No.\"}},{\"site\":\"huashan\",\"state\":\"offline\"}]}";
	const char *none =
		"{\"sites\":[{\"site\":\"xiehe\",\"state\":\"answered\",\"allowed\":false}]}";

	ck_assert_int_eq(shown(show_price, "", reply), EXIT_ANSWERED);
	has("renmin    answered before, free  study:S   0.02  0.11  0.5 rho\n");
	has("xiehe     would refuse\n");
	has("huashan   offline\n");
	has("xiehe: [r] No.\n");
	ck_assert_int_eq(shown(show_budget, "", reply), EXIT_ANSWERED);
	has("renmin    may ask       study:S  0.11  0.5 rho\n");
	has("renmin: a count costs rho 0.02, and what is left pays for 5 (study:S).\n");
	has_not("price");
	shown(show_price, "",
		"{\"sites\":[{\"site\":\"renmin\",\"state\":\"answered\",\"allowed\":true," ACCOUNT "}]}");
	has("renmin: this costs rho 0.02, and what is left pays for it 5 times (study:S).\n");
	ck_assert_int_eq(shown(show_price, "zh csv", reply), EXIT_ANSWERED);
	ck_assert_ptr_eq(strstr(out, "hospital,state,account,price,left,of\r\nrenmin,"), out);
	has_not("[r]");
	ck_assert_int_eq(shown(show_price, "", none), EXIT_NO);
	ck_assert_int_eq(shown(show_price, "json", none), EXIT_NO);
	ck_assert_int_eq(shown(show_budget, "", none), EXIT_NO);
}
END_TEST

START_TEST(hospitals_and_history_are_listed)
{
	shown(show_sites, "",
		"{\"sites\":[{\"site\":\"renmin\",\"online\":true,\"since\":\"2026-03-01\","
		"\"policy\":{\"version\":7,"
		"\"hash\":\"sha256:0123456789abcdef\"},\"data\":\"d\",\"program\":\"0.1\"},{"
		"\"site\":\"x\",\"online\":"
		"false}]}");
	has("renmin    online   2026-03-01  version 7 sha256:0123456789ab");
	has("x         offline\n");
	shown(show_history, "",
		"{\"questions\":[{\"id\":\"q-9\",\"asked\":\"2026\",\"study\":\"S\",\"kind\":"
		"\"count\",\"state\":\"partial\","
		"\"sites\":3,\"answered\":2}],\"next\":\"q-8\"}");
	has("q-9");
	has("2 of 3");
	has("cordon history --before q-8");
	shown(show_history, "csv", "{\"questions\":[],\"next\":\"q-8\"}");
	ck_assert_str_eq(out, "question,asked,study,kind,state,answered\r\n");
}
END_TEST

/* ---- hostile gateways ---- */

/* Every text of every reply, with what a terminal must not get. */
#define EVIL "x\\u001b[2J\\u009b31m\\u202e\\u200b\\u007f\\u0007\\r\\nFAKE: 9\\ty"
static const char evil[] =
	"{\"id\":\"" EVIL "\",\"study\":\"" EVIL "\",\"kind\":\"" EVIL
	"\",\"state\":\"complete\",\"groups\":[{\"name\":"
	"\"" EVIL "\"}],\"total\":{\"cells\":[{\"group\":{\"" EVIL "\":\"" EVIL
	"\"},\"state\":\"" EVIL "\"}]},\"sites\":[{\"site\":\"" EVIL "\",\"state\":\"" EVIL
	"\",\"rule\":\"" EVIL "\",\"say\":{\"en\":\"" EVIL "\",\"zh\":\"" EVIL
	"\"},\"noise\":{\"kind\":\"" EVIL "\"},\"cells\":[{\"group\":{\"" EVIL "\":\"" EVIL
	"\"}}],\"online\":true,\"since\":\"" EVIL "\",\"policy\":{\"version\":1,\"hash\":\"" EVIL
	"\"},\"data\":\"" EVIL "\",\"program\":\"" EVIL "\",\"accounts\":[{\"account\":\"" EVIL
	"\",\"unit\":\"" EVIL "\",\"cost\":\"" EVIL "\",\"cap\":\"" EVIL "\",\"left\":\"" EVIL
	"\"}]}],\"questions\":[{\"id\":\"" EVIL "\",\"asked\":\"" EVIL "\",\"study\":\"" EVIL
	"\",\"state\":\"" EVIL "\"}],\"next\":\"" EVIL "\",\"say\":{\"en\":\"" EVIL
	"\"},\"code\":\"" EVIL "\",\"at\":\"" EVIL "\"}";

static void harmless(const char *text)
{
	size_t len = strlen(text);

	for (size_t n; len > 0; text += n, len -= n) {
		uint32_t cp;

		n = utf8_next(text, len, &cp);
		ck_assert_uint_gt(n, 0);
		ck_assert_msg(!utf8_hidden(cp), "U+%04X before: %s", cp, text);
		ck_assert_msg(strncmp(text, "\nFAKE", 5) != 0, "a line of its own: %s", text);
	}
}

static show_reply *const shows[] = { show_answer, show_cancelled, show_price, show_budget,
	show_sites, show_history, problem_400 };
static const char *const ways[] = { "", "zh", "json", "csv" };

START_TEST(nothing_in_a_reply_steers_the_terminal)
{
	for (size_t i = 0; i < sizeof(shows) / sizeof(shows[0]); i++)
		for (size_t j = 0; j < sizeof(ways) / sizeof(ways[0]); j++) {
			shown(shows[i], ways[j], evil);
			harmless(out);
			harmless(err_out);
		}
}
END_TEST

START_TEST(json_output_means_the_same_as_the_reply)
{
	json_t *in, *back;

	shown(show_answer, "json", evil);
	in = json(evil);
	back = json(out);
	ck_assert(json_equal(in, back));
	json_decref(in);
	json_decref(back);
	shown(show_answer, "json", PLAIN("complete"));
	has("\"confidence\": 0.95,");
	shown(show_answer, "json",
		"{\"a\":\"\\udb40\\udc41 \\ud83d\\ude00\"}"); /* a tag, and a face */
	has("\\udb40\\udc41 \xF0\x9F\x98\x80");
}
END_TEST

START_TEST(replies_of_another_form_are_shown_as_far_as_they_go)
{
	static const char *const odd[] = { "{}", "[]", "[{}]", "{\"sites\":{}}",
		"{\"sites\":[1,null,[],\"x\",{}]}",
		"{\"sites\":[{\"cells\":[1,{}],\"accounts\":[1,{}],\"policy\":3,\"noise\":1,"
		"\"say\":[]}],"
		"\"groups\":[1,{},{\"name\":1},{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"c\"}],"
		"\"total\":{\"cells\":[{},"
		"1,{\"group\":1,\"state\":\"released\"},{\"state\":\"released\",\"value\":\"1\","
		"\"interval\":[1]}]}}",
		"{\"total\":[],\"groups\":\"x\",\"questions\":{},\"next\":{},\"say\":{\"en\":1}}",
		"{\"groups\":[],\"total\":{\"cells\":[{\"state\":\"released\",\"value\":-"
		"9223372036854775808,\"interval\":"
		"[-9223372036854775808,9223372036854775807]}]},\"ms\":-9223372036854775808,"
		"\"sites\":[{\"cells\":[{"
		"\"state\":\"released\",\"value\":-9223372036854775808,\"interval\":[0,"
		"9223372036854775807]}]}]}",
		"{\"groups\":[{\"name\":\"g\"}],\"total\":{\"cells\":[{\"group\":{\"g\":\"x\"},"
		"\"state\":\"released\"}]},"
		"\"sites\":[{\"site\":\"s\",\"cells\":[{\"group\":{\"g\":\"x\"},\"state\":"
		"\"released\",\"value\":-9,\"interval\":"
		"[0,9223372036854775807]}]}]}" };

	for (size_t k = 0; k < sizeof(odd) / sizeof(odd[0]); k++)
		for (size_t i = 0; i < sizeof(shows) / sizeof(shows[0]); i++)
			for (size_t j = 0; j < sizeof(ways) / sizeof(ways[0]); j++)
				shown(shows[i], ways[j], odd[k]);
	/* a number that is none is not shown as 0 */
	shown(show_answer, "",
		"{\"total\":{\"cells\":[{\"state\":\"released\",\"value\":\"7\",\"interval\":["
		"\"1\",2]}]}}");
	has("total          ?   ");
}
END_TEST

START_TEST(many_sites_and_cells_are_shown_without_a_column_each)
{
	struct text t;

	text_init(&t, 8 << 20);
	text_add(
		&t, "{\"state\":\"complete\",\"groups\":[{\"name\":\"g\"}],\"total\":{\"cells\":[");
	for (int i = 0; i < 3000; i++)
		text_addf(&t, "%s{\"group\":{\"g\":\"%d\"},\"state\":\"released\",\"value\":%d}",
			i > 0 ? "," : "", i, i);
	text_add(&t, "]},\"sites\":[");
	for (int s = 0; s < 8; s++) {
		text_addf(&t, "%s{\"site\":\"s%d\",\"state\":\"answered\",\"cells\":[",
			s > 0 ? "," : "", s);
		for (int i = 3000; i-- > 0;)
			text_addf(&t,
				"{\"group\":{\"g\":\"%d\"},\"state\":\"released\",\"value\":%d}%s",
				i, i, i > 0 ? "," : "");
		text_add(&t, "]}");
	}
	text_add(&t, "]}");
	ck_assert(!text_failed(&t));
	ck_assert_int_eq(shown(show_answer, "", t.at), EXIT_ANSWERED);
	has("\n2999");
	has("s7");
	text_clear(&t);
}
END_TEST

START_TEST(progress_is_one_line_that_goes_away_and_only_on_a_terminal)
{
	json_t *j = json("{\"sites\":[{\"state\":\"answered\"},{\"state\":\"waiting\"},{\"state\":"
			 "\"waiting\"}]}");

	for (int live = 0; live < 2; live++) {
		clear();
		cli = (struct cli){ .live = live == 1 };
		cli.err = open_memstream(&err_out, &err_len);
		show_progress(&cli, j);
		show_progress_end(&cli);
		fclose(cli.err);
		ck_assert_str_eq(
			err_out, live == 0 ? "" : "\r\033[K█░░ 1 of 3 hospitals answered\r\033[K");
	}
	json_decref(j);
}
END_TEST

UNIT_MAIN("show", a_table_has_hospitals_total_price_and_reasons,
	on_a_narrow_terminal_people_and_costs_are_a_table_each, columns_align_in_chinese,
	groups_give_a_row_each_and_a_column_per_hospital_whatever_the_order_of_cells,
	a_total_of_some_hospitals_says_so, an_earlier_question_that_is_nearly_the_same_is_told_with_what_both_cost,
		csv_has_a_line_per_cell_and_the_total,
	what_a_patient_of_one_hospital_and_of_several_loses_is_told,
	a_secure_sum_is_told_as_nobodys_own_number_with_what_is_promised,
	hospitals_that_say_the_same_share_a_line,
	the_first_place_where_two_answers_differ_is_named,
	no_cell_of_a_csv_is_a_formula, quotes_and_commas_are_quoted_in_csv,
	the_exit_status_says_what_came, a_running_question_says_how_to_go_on,
	problems_are_told_on_standard_error_with_place_and_code,
	a_status_without_a_problem_decides_by_its_class, prices_and_budgets_name_who_would_answer,
	hospitals_and_history_are_listed, nothing_in_a_reply_steers_the_terminal,
	json_output_means_the_same_as_the_reply,
	replies_of_another_form_are_shown_as_far_as_they_go,
	many_sites_and_cells_are_shown_without_a_column_each,
	progress_is_one_line_that_goes_away_and_only_on_a_terminal)
