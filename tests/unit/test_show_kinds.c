/*
 * test_show_kinds.c - answers of each kind as people see them: what the gateway makes of releases, shown on terminals
 * of several widths, in both languages, and what a hostile gateway might send instead.
 */
#include "base/text.h"
#include "cli/show.h"
#include "query/question.h"
#include "tests/unit/answers.h"

static char *shown;
static size_t shown_len;

static void kind(enum question_kind k, uint64_t layers, uint64_t points, const char *canonical)
{
	begin();
	shape = (struct release){ .kind = k, .n_layers = layers, .n_points = points };
	snprintf(q.kind, sizeof(q.kind), "%s", kind_name(k));
	q.canonical = (struct view){ (const uint8_t *)canonical, strlen(canonical) };
}

static int show(const json_t *answer, const char *how, unsigned width)
{
	struct cli cli = { .zh = strstr(how, "zh") != NULL,
		.csv = strstr(how, "csv") != NULL,
		.explain = strstr(how, "explain") != NULL,
		.width = width };
	json_t *copy = json_deep_copy(answer);
	int status;

	free(shown);
	shown = NULL;
	cli.out = open_memstream(&shown, &shown_len);
	cli.err = cli.out;
	status = show_answer(&cli, copy);
	fclose(cli.out);
	json_decref(copy);
	return status;
}

static void has(const char *word)
{
	ck_assert_msg(strstr(shown, word) != NULL, "no '%s' in:\n%s", word, shown);
}

static size_t widest(void)
{
	size_t most = 0;
	char *copy = strdup(shown), *save = NULL;

	for (char *line = strtok_r(copy, "\n", &save); line != NULL;
		line = strtok_r(NULL, "\n", &save))
		most = utf8_width(line) > most ? utf8_width(line) : most;
	free(copy);
	return most;
}

static void from(struct made m, const char *site, const int64_t *cells, size_t n)
{
	struct stored_leg leg;

	m.site = site;
	m.state = SITE_ANSWERED;
	m.noise = NOISE_GAUSSIAN;
	m.t = 21;
	m.s = 1;
	memcpy(m.cells, cells, n * sizeof(*cells));
	leg = leg_of(&m);
	write(&leg, 1);
}
#define FROM(made, ...)                                                                            \
	from(made, "renmin", (const int64_t[]){ __VA_ARGS__ },                                     \
		sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))

static const struct made plain_one = { 0 };
static const struct made by_sex = { .group = { "sex" }, .labels = { { "男", "女" } } };
static const struct made crossed = { .group = { "sex", "结局" },
	.labels = { { "男", "女", "other" }, { "死亡", "存活" } } };

START_TEST(a_mean_stands_by_hospital_with_its_intervals)
{
	kind(KIND_MEAN, 3, 1, "");
	shape.low = 4000000000;
	shape.high = 14000000000;
	shape.resolution = 100;
	FROM(plain_one, 400, -8000, -1900000 + 100000);
	show(json, "", 0);
	has("hospital  people   mean  95 % interval  with sampling    sd  95 % interval\n");
	has("renmin    400 ±9  8.000  7.977 – 8.022");
	has("total     400 ±9  8.000  7.977 – 8.022");
	show(json, "zh", 0);
	has("含抽样误差");
	FROM(plain_one, 9, -80, -20000);
	show(json, "", 0);
	has("?: so few people that the noise is as large as they are; the mean says nothing.");
	end();
}
END_TEST

START_TEST(quantiles_end_at_edges_of_bins)
{
	kind(KIND_QUANTILE, 1, 8, "");
	shape.high = 80000000000;
	FROM(plain_one, 10, 40, 100, 200, 150, 60, -3, 4);
	show(json, "", 0);
	has("561 ±26      10 %     21        10 – 30");
	has("             50 %     37        30 – 40");
	has("Values are counted in bins of 10; intervals end at edges of bins, rounded outwards.");
	end();
}
END_TEST

START_TEST(edges_of_bins_are_shown_no_finer_than_the_value_and_rounded_outwards)
{
	kind(KIND_QUANTILE, 1, 8, "");
	shape.high = 3300000000; /* bins of 0.4125: from 0.4125 to 1.2375 */
	FROM(plain_one, 10, 40, 100, 200, 150, 60, -3, 4);
	show(json, "", 0);
	has("0.41 – 1.24");
	end();
}
END_TEST

static void survival(const struct made *m)
{
	kind(KIND_SURVIVAL, 1, 8, "");
	shape.step = 3;
	shape.step_months = true;
	FROM(*m, 100, 20, 80, 30, 120, 40, 60, 300, 150, 20, 80, 30, 20, 40, 60, 300);
}

START_TEST(a_survival_is_a_curve_with_those_at_risk_under_it)
{
	survival(&plain_one);
	show(json, "", 0);
	has("\n 100% │███");
	has("\n  50% │");
	has("      months. At risk:\n       750");
	has("750 ±26      12  12 – not reached  12 – not reached\n");
	has("\n    3  750 ±26  100 ±9     86.7 %    85.6 – 87.8    84.0 – 89.4\n");
	show(json, "zh", 40);
	has("时间（月）。风险人数：");
	ck_assert_uint_le(widest(), 110); /* sentences wrap on the terminal */
	end();
	survival(&by_sex);
	show(json, "", 0);
	has("A");
	has("\n  A  男\n  B  女\n");
	end();
}
END_TEST

#define ATTRITION                                                                                  \
	"{\"cohort\":{\"all\":[{\"age\":{\"from\":18}},{\"sex\":\"女\"}]},\"dataset\":\"omop\","  \
	"\"kind\":\"attrition\",\"mode\":\"noised\",\"on\":\"2025-12-31\",\"study\":\"S\"}"

START_TEST(an_attrition_is_a_funnel_with_the_criteria_in_words)
{
	kind(KIND_ATTRITION, 1, 3, ATTRITION);
	FROM(plain_one, 1000, 800, CELL_SUPPRESSED);
	show(json, "", 0);
	has("0  at the start\n   █");
	has("1  aged 18 or over\n   █");
	has("800 ±13  80.0 ±0.8 %  lost 200 ±9\n");
	has("2  sex \"女\"\n");
	has("suppressed\n");
	show(json, "zh", 40);
	has("1  年龄满 18 岁\n   800 ±13  80.0 ±0.8 %  排除 200 ±9\n");
	end();
}
END_TEST

START_TEST(a_crosstab_is_a_two_way_table)
{
	kind(KIND_CROSSTAB, 1, 1, "");
	FROM(crossed, 140, 1060, 130, 1890, -2, 3);
	show(json, "", 0);
	has("sex \\ 结局     死亡       存活      total\n");
	has("男           140 ±9   1,060 ±9  1,200 ±13\n");
	has("total       268 ±16  2,953 ±16  3,221 ±23\n");
	has("chi-square 26.81, p <= 0.001 (2 rows, 2 columns;");
	has("死亡: 男 against 女");
	has("odds ratio             1.92      1.75 – 2.11      1.47 – 2.51\n");
	show(json, "zh", 30); /* a list where it does not fit */
	has("男\n  死亡  140 ±9\n  存活  1,060 ±9\n  合计  1,200 ±13\n");
	FROM(crossed, 140, CELL_SUPPRESSED, 130, 1890, -2, 3);
	show(json, "", 0);
	has("suppressed");
	ck_assert_ptr_null(strstr(shown, "chi-square")); /* one row is left, or one column */
	end();
}
END_TEST

START_TEST(a_histogram_has_bars_with_their_intervals)
{
	kind(KIND_HISTOGRAM, 1, 1, "");
	FROM(by_sex, 40, 10);
	show(json, "", 0);
	has("男      40        31 – 49  █████████████▓▓▓░░░░   40 ±9\n");
	has("女      10         1 – 19  ▓▓▓▓░░░░               10 ±9\n");
	end();
}
END_TEST

START_TEST(spreadsheets_have_every_number_of_every_kind)
{
	kind(KIND_MEAN, 3, 1, "");
	shape.low = 4000000000;
	shape.high = 14000000000;
	shape.resolution = 100;
	FROM(plain_one, 400, -8000, -1800000);
	show(json, "csv", 0);
	has("site,site_state,number,at,value,low,high,from,to\r\n");
	has("renmin,answered,cell squares,,-1800000,-1800009,-1799991,,\r\n");
	has("renmin,answered,mean,,8,7.977002,8.0219891,");
	has("total,partial,people,,400,391,409,,\r\n");
	ck_assert(strstr(shown, "renmin,answered,mean") < strstr(shown, ",cell ")); /* what was asked for first */
	end();
	survival(&by_sex);
	show(json, "csv", 0);
	has("renmin,answered,女,cell,7,300,291,309,,\r\n");
	has("total,partial,男,surviving,3,0.86666667,0.85553312,0.87794511,0.84029134,0."
	    "89386988\r\n");
	end();
	kind(KIND_CROSSTAB, 1, 1, "");
	FROM(crossed, 140, 1060, 130, 1890, -2, 3);
	show(json, "csv", 0);
	has("total,partial,女,存活,cell,,1890,1881,1899,,\r\n");
	has("total,partial,,,odds_ratio,,1.9192512,");
	end();
}
END_TEST

#define CODED                                                                                      \
	"{\"cohort\":{\"all\":[{\"condition\":[\"201826+\"]},{\"sex\":\"女\"}]},\"dataset\":"     \
	"\"omop\",\"kind\":\"count\",\"mode\":\"noised\",\"study\":\"S\"}"

START_TEST(explain_tells_what_shaped_each_hospitals_answer)
{
	static const char *rules[] = { "code:hiv", "tighter:study:S" };

	kind(KIND_COUNT, 1, 1, CODED);
	shape.rules = rules;
	shape.n_rules = 2;
	shape.n_codes = 1;
	shape.codes[0] = (struct release_codes){ 0, 412 };
	FROM(plain_one, 1000);
	show(json, "", 0);
	ck_assert_ptr_null(strstr(shown, "412"));
	show(json, "explain", 0);
	has("discrete-gaussian, variance 21\n");
	has("suppressed below   10\n");
	has("rules in force     code:hiv, tighter:study:S\n");
	has("412 concepts\n");
	show(json, "zh explain", 0);
	has("412 个概念\n");
	end();
}
END_TEST

/* ---- hostile gateways ---- */

static const char *const odd[] = { "null",
	"{\"rules\":[1,\"\\u001b[2J\",null,{}],\"codes\":[1,{},{\"list\":-1,\"concepts\":7},{"
	"\"concepts\":\"7\",\"label\":[]}]}",
	"{}", "[]", "{\"groups\":1}", "{\"groups\":[1,{},null,{\"group\":[]}]}",
	"{\"step\":-9223372036854775808,\"unit\":1,\"groups\":[{\"steps\":[{},1,{\"surviving\":{"
	"\"value\":1e308,"
	"\"interval\":[-1e308,1e308]}},{\"until\":9223372036854775807,\"surviving\":{\"value\":0.5,"
	"\"interval\":[1,0]}}],"
	"\"median\":[],\"quantiles\":[{\"at\":\"x\",\"value\":-0.0}],\"mean\":{\"value\":\"7\"},"
	"\"sum\":{\"value\":1e14}}]}",
	"{\"resolution\":1e-320,\"groups\":[{\"people\":{\"value\":3,\"interval\":[3]},"
	"\"quantiles\":[{\"at\":1e300,\"value\":1}]}]}",
	"{\"tables\":[{},{\"chi_square\":{\"value\":1},\"compared\":{\"rows\":1,\"odds_ratio\":{"
	"\"value\":1e999}}}]}" };

START_TEST(replies_of_another_form_are_shown_as_far_as_they_go)
{
	static const char *const kinds[] = { "mean", "quantile", "survival", "attrition",
		"crosstab", "histogram" };
	static const char *const ways[] = { "explain", "zh explain", "csv" };
	static const unsigned widths[] = { 0, 1, 20, 37, 1000 };
	char text[4000];

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		for (size_t k = 0; k < 6; k++)
			for (size_t groups = 0; groups < 3; groups++) {
				static const char *const lists[] = { "[]",
					"[{\"name\":\"a\",\"labels\":[\"x\",1]}]",
					"[{\"name\":\"a\",\"labels\":[\"x\\u001b[2J\"]},{\"name\":"
					"\"\\u202e\",\"labels\":[\"y\"]},{}]" };
				json_t *j;

				snprintf(text, sizeof(text),
					"{\"kind\":\"%s\",\"groups\":%s,\"total\":{\"cells\":[{}],"
					"\"statistics\":%s},"
					"\"sites\":[{\"site\":\"s\",\"explain\":%s,\"statistics\":%"
					"s}]}",
					kinds[k], lists[groups], odd[i], odd[i], odd[i]);
				j = json_loads(text, 0, NULL);
				if (j == NULL)
					continue; /* 1e999 is no JSON to jansson */
				for (size_t w = 0; w < 15; w++) {
					show(j, ways[w % 3], widths[w / 3]);
					ck_assert_ptr_null(strchr(shown, '\033'));
					ck_assert_ptr_null(strstr(shown, "\xE2\x80\xAE"));
				}
				json_decref(j);
			}
}
END_TEST

UNIT_MAIN("show kinds", a_mean_stands_by_hospital_with_its_intervals,
	quantiles_end_at_edges_of_bins,
	edges_of_bins_are_shown_no_finer_than_the_value_and_rounded_outwards,
	a_survival_is_a_curve_with_those_at_risk_under_it,
	an_attrition_is_a_funnel_with_the_criteria_in_words, a_crosstab_is_a_two_way_table,
	a_histogram_has_bars_with_their_intervals, spreadsheets_have_every_number_of_every_kind,
	explain_tells_what_shaped_each_hospitals_answer,
	replies_of_another_form_are_shown_as_far_as_they_go)
